package tiles

import (
	"cmp"
	"context"
	"slices"

	"github.com/chengma/chengma/entities/snapshot"
)

const (
	// leastCost is how many bytes a feature takes at least: its id, its code as
	// text, a geometry of one point.
	leastCost = 37
	// crowdedZoom is the deepest zoom at which tiles are expected to hold more
	// features than their budget.
	crowdedZoom = 14
)

// candidate ranks a feature that may be drawn.
type candidate struct {
	size float32
	at   uint32 // in the order of the search
	code uint64
}

// largest draws what a search finds from the largest down, until the budget is
// spent, so that what is dropped costs nothing. The result has the order of the
// search, and is by the same rule as [layerEncoder.fit]. There are n at the most.
func (e *layerEncoder) largest(ctx context.Context, v *snapshot.View, q snapshot.Search, sel *selection, n int) (c snapshot.Constancy, err error) {
	err = v.Read(func() error {
		found := make([]snapshot.Feature, 0, n)
		all := make([]candidate, 0, n)
		var err error
		c, err = v.Search(q, func(f *snapshot.Feature) bool {
			if len(all)%checkEvery == 0 && ctx.Err() != nil {
				return false
			}
			if sel.allow == nil || sel.allow(f) {
				all = append(all, candidate{f.Size(), uint32(len(all)), uint64(f.Code)})
				found = append(found, *f)
			}
			return true
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		slices.SortFunc(all, func(a, b candidate) int {
			if a.size != b.size {
				return cmp.Compare(b.size, a.size)
			}
			return cmp.Compare(a.code, b.code)
		})
		return e.spend(ctx, found, all, sel, v.Tables() > 1)
	})
	return c, err
}

// spend draws candidates in their order until the budget is spent, and puts what
// was drawn back into the order of the search.
func (e *layerEncoder) spend(ctx context.Context, found []snapshot.Feature, all []candidate, sel *selection, several bool) error {
	type place struct {
		record record
		at     uint32
	}
	var drawn []place
	e.keys = sel.keys(e.keys[:0]) // so that what the keys take is known beforehand
	spent := costs{left: sel.budget - e.frame(sel.name)}
	for i := range all {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		n := len(e.records)
		e.feature(&found[all[i].at], sel, several)
		if len(e.records) == n {
			continue
		}
		if !spent.take(e, &e.records[n]) {
			e.left = len(all) - i
			break
		}
		drawn = append(drawn, place{e.records[n], all[i].at})
	}
	slices.SortFunc(drawn, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	e.records = e.records[:0]
	for i := range drawn {
		e.records = append(e.records, drawn[i].record)
	}
	e.renumber()
	return nil
}
