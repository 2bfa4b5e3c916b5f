package tiles

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

const (
	// leastCost is how many bytes a feature takes at least: its id, its code as
	// text, a geometry of one point.
	leastCost = 37
	// crowdedZoom is the deepest zoom at which tiles are expected to hold more
	// features than their budget.
	crowdedZoom = 14
	// widestNumber is how many bytes a value's number takes at most. Numbers are
	// not known before it is known what is drawn.
	widestNumber = 3
	// batch is how many candidates are ranked at a time: the budget may be spent
	// long before all are.
	batch = 4096
)

// ranking holds the buffers of choosing what is drawn.
type ranking struct {
	found  []snapshot.Row // in the order of the search
	ranked []candidate
	drawn  []stretch // of shapes, by the order of the search
	shapes []byte
}

// candidate ranks a feature that may be drawn.
type candidate struct {
	size float32
	at   uint32 // index of found
	code uint64
}

// stretch is where a shape is.
type stretch struct{ from, to uint32 }

// largest draws what a search finds from the largest down, until the budget is
// spent, so that what is dropped costs nothing. What was drawn is then added in
// the order of the search.
func (e *layerEncoder) largest(ctx context.Context, v *snapshot.View, q snapshot.Search) (c snapshot.Constancy, err error) {
	e.clear()
	err = v.Read(func() error {
		if c, err = e.candidates(ctx, v, q); err != nil {
			return err
		}
		if err := e.spend(ctx, v); err != nil {
			return err
		}
		e.clear() // of what spending noted
		for i, s := range e.drawn {
			if s.from < s.to {
				f := v.Feature(e.found[i])
				e.add(&f, e.shapes[s.from:s.to])
			}
		}
		return nil
	})
	return c, err
}

// candidates collects what a search finds.
func (e *layerEncoder) candidates(ctx context.Context, v *snapshot.View, q snapshot.Search) (snapshot.Constancy, error) {
	e.found, e.ranked = e.found[:0], e.ranked[:0]
	c, err := v.Search(q, func(f *snapshot.Feature) bool {
		n := len(e.found)
		if n%checkEvery == 0 && ctx.Err() != nil {
			return false
		}
		if e.allow == nil || e.allow(f) {
			e.ranked = append(e.ranked, candidate{f.Size(), uint32(n), uint64(f.Code)})
			e.found = append(e.found, f.Row())
		}
		return true
	})
	if err == nil {
		err = ctx.Err()
	}
	return c, err
}

// spend draws candidates, best first, until the budget is spent.
func (e *layerEncoder) spend(ctx context.Context, v *snapshot.View) error {
	e.shapes = e.shapes[:0]
	e.drawn = append(e.drawn[:0], make([]stretch, len(e.found))...)
	left := e.budget - e.frame() - e.allKeys()
	for rest := e.ranked; len(rest) > 0; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var best []candidate
		best, rest = foremost(rest, batch)
		for i, c := range best {
			f := v.Feature(e.found[c.at])
			shape := e.draw(&f)
			if len(shape) == 0 {
				continue
			}
			if left -= e.price(&f, len(shape)); left < 0 {
				e.dropped = len(best) - i + len(rest)
				return nil
			}
			from := uint32(len(e.shapes))
			e.shapes = append(e.shapes, shape...)
			e.drawn[c.at] = stretch{from, uint32(len(e.shapes))}
		}
	}
	return nil
}

// allKeys returns how many bytes the keys take if all are used.
func (e *layerEncoder) allKeys() int {
	n := 1 + bytesSize(len(entities.CodeProperty))
	for i := range e.columns {
		n += 1 + bytesSize(len(e.columns[i].name))
	}
	return n
}

// price returns how many bytes a feature takes at most, with those of its values
// that none before it had.
func (e *layerEncoder) price(f *snapshot.Feature, shape int) int {
	tags, before := 1+widestNumber, len(e.values)
	for i := range e.columns {
		if n := e.columns[i].number(f); n != 0 {
			tags += uvarintSize(uint64(i+1)) + widestNumber
			e.shared(f, i, n)
		}
	}
	values := codeValue + len(e.values) - before
	return values + 1 + bytesSize(featureLength(uint64(f.Code), tags, shape))
}

// foremost splits candidates into at least n that go before all others, in
// order, and the rest, in none. The number may be larger, for those that the
// upper bits of their sizes do not tell apart stay together.
func foremost(all []candidate, n int) (best, rest []candidate) {
	if len(all) > n {
		// Counting sizes by their upper bits finds the n-th without sorting all.
		var counts [1 << sizeBits]uint32
		for i := range all {
			counts[all[i].bucket()]++
		}
		least, sum := len(counts), 0
		for sum < n {
			least--
			sum += int(counts[least])
		}
		k := 0
		for i := range all {
			if all[i].bucket() >= uint32(least) {
				all[i], all[k] = all[k], all[i]
				k++
			}
		}
		all, rest = all[:k], all[k:]
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.size != b.size {
			return cmp.Compare(b.size, a.size)
		}
		return cmp.Compare(a.code, b.code)
	})
	return all, rest
}

// sizeBits are the bits of a size that choose its bucket: the exponent and the
// first of the fraction. Floats that are not negative have the order of their bits.
const sizeBits = 13

func (c *candidate) bucket() uint32 { return math.Float32bits(c.size) << 1 >> (32 - sizeBits) }
