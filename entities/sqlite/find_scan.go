package sqlite

import (
	"context"
	"math"

	"github.com/chengma/chengma/entities"
)

// scan reads kinds in order of code, chunk by chunk. The latest version of a
// code is known only when a later code, or the end, has come, so that one
// version is held back between chunks.
type scan struct {
	*finder
	matcher *entities.Matcher
	ranges  []codeRange
	code    entities.Code    // the last row that was read
	from    entities.Instant // and its beginning

	held entities.Entity // latest version so far of the code read last
	fits bool            // whether held fits; it is decoded only then
}

func newScan(f *finder, after entities.Code, p *entities.Matcher) *scan {
	s := &scan{finder: f, matcher: p, code: after, from: math.MaxInt64}
	for _, r := range codeRanges(f.q.Kinds) {
		if r.last > after {
			s.ranges = append(s.ranges, r)
		}
	}
	s.enter()
	return s
}

// enter goes to the beginning of the first range left.
func (s *scan) enter() {
	if len(s.ranges) > 0 && s.code < s.ranges[0].first-1 {
		s.code, s.from = s.ranges[0].first-1, math.MaxInt64
	}
}

// next looks at up to size rows and returns what is sure to fit.
func (s *scan) next(ctx context.Context, size int) (found []entities.Entity, done bool, err error) {
	if len(s.ranges) == 0 {
		return s.flush(nil), true, nil
	}
	n := 0
	err = s.read(ctx, func(c *conn) error {
		rows, err := c.query(ctx, versionsScanSQL, int64(s.code), int64(s.from), int64(s.q.Valid.From),
			int64(s.q.Valid.To), int64(s.rev), int64(s.ranges[0].last), int64(size))
		if err != nil {
			return err
		}
		for rows.next() {
			n++
			code := entities.Code(rows.int(versionCode))
			if code != s.code {
				found = s.flush(found)
			}
			s.code, s.from = code, entities.Instant(rows.int(versionValidFrom))
			if s.held, s.fits, err = s.store.match(s.matcher, c, rows, s.rev); err != nil {
				_ = rows.close() // the first error is the one that says why
				return err
			}
		}
		return rows.close()
	})
	if err == nil && n < size {
		s.ranges = s.ranges[1:]
		found = s.flush(found)
		s.enter()
	}
	return found, err == nil && len(s.ranges) == 0, err
}

// flush gives out the version held back.
func (s *scan) flush(found []entities.Entity) []entities.Entity {
	if s.fits {
		found = append(found, s.held)
	}
	s.held, s.fits = entities.Entity{}, false
	return found
}
