package storetest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strings"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"github.com/chengma/chengma/entities"
)

// Find implements [entities.Features].
func (r *modelReader) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	var failed error
	found := sequence(ctx, r, func() []entities.Entity {
		var out []entities.Entity
		out, failed = r.find(&q)
		return out
	})
	return func(yield func(entities.Entity, error) bool) {
		if err := checkQuery(&q); err != nil {
			yield(entities.Entity{}, err)
			return
		}
		for e, err := range found {
			if !yield(e, err) {
				return
			}
		}
		if failed != nil {
			yield(entities.Entity{}, failed)
		}
	}
}

func checkQuery(q *entities.Query) error {
	switch {
	case len(q.Kinds) == 0:
		return fmt.Errorf("%w: no kinds", entities.ErrInvalidQuery)
	case q.Valid.Empty():
		return fmt.Errorf("%w: valid time %s", entities.ErrInvalidQuery, q.Valid)
	case q.After != nil && len(q.After.Keys) != len(q.Order):
		return fmt.Errorf("%w: a position of %d keys in an order of %d", entities.ErrInvalidQuery, len(q.After.Keys), len(q.Order))
	}
	return nil
}

func (r *modelReader) find(q *entities.Query) ([]entities.Entity, error) {
	var out []entities.Entity
	for code := range r.m.versions {
		if !slices.Contains(q.Kinds, code.Kind()) || (len(q.Codes) > 0 && !slices.Contains(q.Codes, code)) {
			continue
		}
		held := only(r.versions(code), func(e entities.Entity) bool { return e.Valid.Overlaps(q.Valid) })
		if len(held) == 0 {
			continue
		}
		latest := held[len(held)-1]
		match, err := r.matches(&latest, q)
		if err != nil {
			return nil, err
		}
		if match {
			out = append(out, latest)
		}
	}
	slices.SortFunc(out, func(a, b entities.Entity) int { return comparePositions(q, q.PositionOf(&a), q.PositionOf(&b)) })
	if q.After != nil {
		out = only(out, func(e entities.Entity) bool { return comparePositions(q, q.PositionOf(&e), *q.After) > 0 })
	}
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out, nil
}

func (r *modelReader) matches(e *entities.Entity, q *entities.Query) (bool, error) {
	if len(q.Classes) > 0 && !slices.Contains(q.Classes, e.Class) {
		return false, nil
	}
	if q.Box != nil && !inBox(e.Geometry, *q.Box) {
		return false, nil
	}
	if q.Intersects != nil && !touches(e.Geometry, q.Intersects) {
		return false, nil
	}
	if q.Linked != nil && !r.linked(e.Code, q) {
		return false, nil
	}
	if q.Filter != nil {
		return q.Filter.Match(e)
	}
	return true, nil
}

func (r *modelReader) linked(code entities.Code, q *entities.Query) bool {
	from, to := code, q.Linked.Code
	if q.Linked.Reverse {
		from, to = to, from
	}
	return slices.ContainsFunc(r.m.linksAt(from, r.rev), func(l entities.Link) bool {
		return l.To == to && (q.Linked.Role == "" || l.Role == q.Linked.Role) && l.Valid.Overlaps(q.Valid)
	})
}

func inBox(g entities.Geometry, box entities.Box) bool {
	if box.Empty() {
		return false
	}
	return slices.ContainsFunc(box.Split(), func(b entities.Box) bool {
		flat := []float64{b.West, b.South, b.East, b.South, b.East, b.North, b.West, b.North, b.West, b.South}
		switch {
		case b.West == b.East && b.South == b.North:
			return touches(g, geom.NewPointFlat(geom.XY, flat[:2]))
		case b.West == b.East || b.South == b.North:
			return touches(g, geom.NewLineStringFlat(geom.XY, []float64{b.West, b.South, b.East, b.North}))
		}
		return touches(g, geom.NewPolygonFlat(geom.XY, flat, []int{len(flat)}))
	})
}

// touches reports whether two shapes share a point. A shape that cannot be
// compared shares none.
func touches(g entities.Geometry, shape geom.T) bool {
	if g.IsZero() {
		return false
	}
	raw, err := wkb.Marshal(shape, wkb.NDR)
	if err != nil {
		return false
	}
	a, err := sf.UnmarshalWKB(g.WKB(), sf.NoValidate{})
	if err != nil {
		return false
	}
	b, err := sf.UnmarshalWKB(raw, sf.NoValidate{})
	return err == nil && sf.Intersects(a, b)
}

// comparePositions orders two places in the answer of a query.
func comparePositions(q *entities.Query, a, b entities.Position) int {
	for i, o := range q.Order {
		c := compareValues(a.Keys[i], b.Keys[i])
		if o.Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Code, b.Code)
}

// compareValues orders values: unset, null, false, true, numbers, text, JSON.
func compareValues(a, b entities.Value) int {
	rank := func(v entities.Value) int {
		switch v.Type() {
		case entities.FloatType:
			return int(entities.IntType)
		case entities.BoolType:
			return int(entities.BoolType)
		}
		return int(v.Type())
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch a.Type() {
	case entities.BoolType:
		return strings.Compare(a.Text(), b.Text()) // "false" < "true"
	case entities.IntType, entities.FloatType:
		return number(a).Cmp(number(b))
	}
	return strings.Compare(a.Text(), b.Text())
}

func number(v entities.Value) *big.Float {
	if i, whole := v.Int(); whole {
		return new(big.Float).SetInt64(i)
	}
	f, _ := v.Float()
	return big.NewFloat(f)
}

// Search implements [entities.Searcher]: the search text of a thing is all its
// text attributes.
func (m *Model) Search(ctx context.Context, rev entities.Revision, q entities.TextQuery) iter.Seq2[entities.Entity, error] {
	r := &modelReader{m, rev}
	return sequence(ctx, r, func() []entities.Entity {
		terms := entities.Bigrams(q.Text)
		var out []entities.Entity
		for code := range m.versions {
			if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, code.Kind()) {
				continue
			}
			for _, v := range r.versions(code) {
				if v.Valid.Contains(q.At) && len(terms) > 0 && holdsAll(&v, terms) {
					out = append(out, v)
				}
			}
		}
		slices.SortFunc(out, func(a, b entities.Entity) int { return cmp.Compare(a.Code, b.Code) })
		if q.Limit > 0 && len(out) > q.Limit {
			out = out[:q.Limit]
		}
		return out
	})
}

func holdsAll(e *entities.Entity, terms []string) bool {
	has := make(map[string]bool)
	for _, attr := range e.Attrs {
		if attr.Value.Type() == entities.StringType {
			for _, term := range entities.Bigrams(attr.Value.Text()) {
				has[term] = true
			}
		}
	}
	return !slices.ContainsFunc(terms, func(t string) bool { return !has[t] })
}
