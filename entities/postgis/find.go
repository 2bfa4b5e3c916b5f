package postgis

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/chengma/chengma/entities"
)

// Find yields the versions that a query asks for.
//
// Things named by codes, links or an area are listed first and then looked up
// many at a time; without those, the kinds are scanned in order of code. Where an
// order by attributes is asked for, everything that fits is looked at first:
// memory holds the keys of twice the limit, or of all that fit where there is
// none.
func (r *reader) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		err := q.Check()
		if err == nil {
			f := finder{reader: r, q: &q}
			if f.matcher, err = entities.NewMatcher(&q); err == nil {
				if len(q.Order) == 0 {
					err = f.byCode(ctx, yield)
				} else {
					err = f.byAttributes(ctx, yield)
				}
			}
		}
		if err != nil {
			yield(entities.Entity{}, fmt.Errorf("find: %w", err))
		}
	}
}

// finder is one Find at work.
type finder struct {
	*reader
	q       *entities.Query
	matcher *entities.Matcher
}

// byCode yields in order of code. It returns nil when the consumer has stopped.
func (f *finder) byCode(ctx context.Context, yield func(entities.Entity, error) bool) error {
	after := entities.Code(0)
	if f.q.After != nil {
		after = f.q.After.Code
	}
	left := f.q.Limit
	return f.matches(ctx, after, func(e *entities.Entity) bool {
		if !yield(*e, nil) {
			return false
		}
		left--
		return left != 0 // from 0, which is no limit, it goes below and stays there
	})
}

// byAttributes ranks everything that fits, then yields it in order.
func (f *finder) byAttributes(ctx context.Context, yield func(entities.Entity, error) bool) error {
	ranked := entities.Ranking{Order: f.q.Order, Limit: f.q.Limit}
	err := f.matches(ctx, 0, func(e *entities.Entity) bool {
		p := f.q.PositionOf(e)
		if f.q.After == nil || entities.ComparePositions(f.q.Order, &p, f.q.After) > 0 {
			ranked.Add(p)
		}
		return true
	})
	if err != nil {
		return err
	}
	everything := new(entities.Matcher) // they fit already
	for chunk := range slices.Chunk(ranked.First(), mostChunk/4) {
		codes := make([]entities.Code, len(chunk))
		place := make(map[entities.Code]int, len(chunk))
		for i := range chunk {
			codes[i] = chunk[i].Code
			place[chunk[i].Code] = i
		}
		found, err := f.lookUp(ctx, codes, everything)
		if err != nil {
			return err
		}
		slices.SortFunc(found, func(a, b entities.Entity) int { return place[a.Code] - place[b.Code] })
		for i := range found {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(found[i], nil) {
				return nil
			}
		}
	}
	return nil
}

// matches calls use for every version that fits, in order of code from behind
// after on, until it returns false. use is called without a connection.
func (f *finder) matches(ctx context.Context, after entities.Code, use func(*entities.Entity) bool) error {
	codes, listed, err := f.listed(ctx)
	if err != nil {
		return err
	}
	if !listed {
		scan := newScan(f, after)
		return stream(ctx, use, func(size int) ([]entities.Entity, bool, error) { return scan.next(ctx, size) })
	}
	i, _ := slices.BinarySearch(codes, after+1)
	codes = codes[i:]
	return stream(ctx, use, func(size int) ([]entities.Entity, bool, error) {
		now := codes[:min(size, len(codes))]
		codes = codes[len(now):]
		found, err := f.lookUp(ctx, now, f.matcher)
		slices.SortFunc(found, func(a, b entities.Entity) int { return int(int64(a.Code) - int64(b.Code)) })
		return found, len(codes) == 0, err
	})
}

// lookUp returns, of each code, the latest version that overlaps the valid time
// asked about, where it fits; in no order.
func (f *finder) lookUp(ctx context.Context, codes []entities.Code, m *entities.Matcher) ([]entities.Entity, error) {
	var found versions
	err := f.read(ctx, func(c *conn) error {
		if len(codes) == 0 {
			return nil
		}
		err := c.query(ctx, func(r *row) error { return found.match(c, m, r, f.rev) },
			versionsLatestSQL, plain(codes), int64(f.q.Valid.From), int64(f.q.Valid.To), int64(f.rev))
		if err != nil {
			return err
		}
		return f.store.giveOrigins(ctx, c, &found)
	})
	return found.entities(), err
}

// match adds a row of versions where it fits. The cheap questions come first, and
// a row is decoded only as far as they ask.
func (v *versions) match(c *conn, m *entities.Matcher, r *row, rev entities.Revision) error {
	if !m.Class(r.text(versionClass)) {
		return nil
	}
	shape, err := wkbOf(r)
	if err != nil {
		return err
	}
	if touches, err := m.Touches(shape); err != nil || !touches {
		return codeError(r, err)
	}
	found, err := version(c, r, rev, shape)
	if err != nil {
		return err
	}
	fits, err := m.Filter(&found.entity)
	if fits && err == nil {
		v.rows = append(v.rows, found)
	}
	return codeError(r, err)
}

func codeError(r *row, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", entities.Code(r.int(versionCode)), err)
}

// scan reads kinds in order of code, chunk by chunk.
type scan struct {
	*finder
	ranges []codeRange
	after  entities.Code // the last code that was read
}

func newScan(f *finder, after entities.Code) *scan {
	s := &scan{finder: f, after: after}
	for _, r := range codeRanges(f.q.Kinds) {
		if r.last > after {
			s.ranges = append(s.ranges, r)
		}
	}
	return s
}

// next looks at up to size versions and returns those that fit. Of several of one
// code the last counts, so that the last code of a full chunk, which may have more,
// is left for the next.
func (s *scan) next(ctx context.Context, size int) ([]entities.Entity, bool, error) {
	if len(s.ranges) == 0 {
		return nil, true, s.read(ctx, func(*conn) error { return nil })
	}
	s.after = max(s.after, s.ranges[0].first-1)
	var found versions
	n, mark := 0, 0 // rows, and how many versions were found before those of code
	code, before := s.after, s.after
	err := s.read(ctx, func(c *conn) error {
		err := c.plan(ctx, func(r *row) error {
			n++
			if now := entities.Code(r.int(versionCode)); now != code {
				code, before, mark = now, code, len(found.rows)
			}
			found.rows = found.rows[:mark]
			return found.match(c, s.matcher, r, s.rev)
		}, versionsScanSQL, int64(s.after), int64(s.ranges[0].last), int64(s.q.Valid.From), int64(s.q.Valid.To), int64(s.rev), int64(size))
		if err != nil {
			return err
		}
		if n == size {
			found.rows = found.rows[:mark]
		}
		return s.store.giveOrigins(ctx, c, &found)
	})
	switch {
	case err != nil:
		return nil, false, err
	case n < size:
		s.ranges = s.ranges[1:]
	case before == s.after: // one code filled the chunk
		s.after = code
		latest, err := s.lookUp(ctx, []entities.Code{code}, s.matcher)
		return latest, false, err
	default:
		s.after = before
	}
	return found.entities(), len(s.ranges) == 0, nil
}
