package sqlite

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/chengma/chengma/entities"
)

// Chunks of sequences, in rows that are looked at. The first is small, for most
// callers want little.
const (
	firstChunk = 64
	mostChunk  = 2048
)

// Find yields the versions that a query asks for.
//
// Things named by codes, links or a box are listed first and then looked up one
// by one; without those, the kinds are scanned in order of code. Where an order
// by attributes is asked for, everything that fits is looked at first: memory
// holds the keys of twice the limit, or of all that fit where there is none.
func (r *reader) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		err := q.Check()
		if err == nil {
			f := finder{reader: r, q: &q}
			if len(q.Order) == 0 {
				err = f.byCode(ctx, yield)
			} else {
				err = f.byAttributes(ctx, yield)
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
	q *entities.Query
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
	p := new(entities.Matcher) // they fit already
	places := ranked.First()
	for chunk := range slices.Chunk(places, mostChunk/8) {
		codes := make([]entities.Code, len(chunk))
		for i := range chunk {
			codes[i] = chunk[i].Code
		}
		found, err := f.lookUp(ctx, codes, p)
		if err != nil {
			return err
		}
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
	p, err := entities.NewMatcher(f.q)
	if err != nil {
		return err
	}
	codes, listed, err := f.listed(ctx)
	if err != nil {
		return err
	}
	if !listed {
		scan := newScan(f, after, p)
		return stream(ctx, use, func(size int) ([]entities.Entity, bool, error) { return scan.next(ctx, size) })
	}
	i, _ := slices.BinarySearch(codes, after+1)
	codes = codes[i:]
	return stream(ctx, use, func(size int) ([]entities.Entity, bool, error) {
		now := codes[:min(size, len(codes))]
		codes = codes[len(now):]
		found, err := f.lookUp(ctx, now, p)
		return found, len(codes) == 0, err
	})
}

// lookUp returns, of each code, the latest version that overlaps the valid time
// asked about, where it fits.
func (f *finder) lookUp(ctx context.Context, codes []entities.Code, p *entities.Matcher) ([]entities.Entity, error) {
	found := make([]entities.Entity, 0, len(codes))
	err := f.read(ctx, func(c *conn) error {
		for i, code := range codes {
			if i%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			row, err := c.row(versionLatestSQL, int64(code), int64(f.q.Valid.From), int64(f.q.Valid.To), int64(f.rev))
			if err != nil {
				return err
			}
			if row == nil {
				continue
			}
			e, fits, err := f.store.match(p, c, row, f.rev)
			if err != nil {
				return err
			}
			if fits {
				found = append(found, e)
			}
		}
		return nil
	})
	return found, err
}
