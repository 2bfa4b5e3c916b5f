package postgis

import (
	"context"
	"slices"

	"github.com/chengma/chengma/entities"
)

// listed returns the codes that a query can be about, in order, where it names
// few enough of them; false where the kinds must be scanned.
func (f *finder) listed(ctx context.Context) ([]entities.Code, bool, error) {
	var codes []entities.Code
	have := false
	restrict := func(to []entities.Code) { // both sorted sets
		if have {
			to = slices.DeleteFunc(to, func(code entities.Code) bool {
				_, found := slices.BinarySearch(codes, code)
				return !found
			})
		}
		codes, have = to, true
	}
	if len(f.q.Codes) > 0 {
		restrict(sortedSet(f.q.Codes))
	}
	if f.q.Linked != nil {
		linked, err := f.linked(ctx)
		if err != nil {
			return nil, false, err
		}
		restrict(linked)
	}
	if !have {
		boxed, listed, err := f.boxed(ctx)
		if err != nil {
			return nil, false, err
		}
		if listed {
			restrict(boxed)
		}
	}
	if have {
		codes = slices.DeleteFunc(codes, func(code entities.Code) bool { return !slices.Contains(f.q.Kinds, code.Kind()) })
	}
	return codes, have, nil
}

// linked returns the things with the link that the query asks for.
func (f *finder) linked(ctx context.Context) ([]entities.Code, error) {
	text := linkedToSQL
	if f.q.Linked.Reverse {
		text = linkedFromSQL
	}
	var codes []entities.Code
	err := f.read(ctx, func(c *conn) error {
		var err error
		codes, err = codesOf(ctx, c, text, int64(f.q.Linked.Code), f.q.Linked.Role,
			int64(f.q.Valid.From), int64(f.q.Valid.To), int64(f.rev))
		return err
	})
	return codes, err
}

// boxed returns the things whose envelopes are in the areas asked about; false
// where there are no areas or too many things in them.
func (f *finder) boxed(ctx context.Context) ([]entities.Code, bool, error) {
	envelopes, bounded := f.q.Envelopes()
	if !bounded {
		return nil, false, nil
	}
	var codes []entities.Code
	most := f.store.limits.boxCodes
	err := f.read(ctx, func(c *conn) error {
		for _, box := range envelopes {
			for _, kinds := range codeRanges(f.q.Kinds) {
				found, err := codesOf(ctx, c, boxCodesSQL, box.West, box.South, box.East, box.North,
					int64(kinds.first), int64(kinds.last), int64(f.q.Valid.From), int64(f.q.Valid.To),
					int64(f.rev), int64(most+1-min(len(codes), most)))
				if err != nil {
					return err
				}
				codes = append(codes, found...)
			}
		}
		return nil
	})
	if err != nil || len(codes) > most {
		return nil, false, err
	}
	return sortedSet(codes), true, nil
}
