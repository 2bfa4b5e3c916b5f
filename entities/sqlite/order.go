package sqlite

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// sortedSet returns items in order, each once, in a slice of its own.
func sortedSet[T cmp.Ordered](items []T) []T {
	items = slices.Clone(items)
	slices.Sort(items)
	return slices.Compact(items)
}

// comparePositions orders places in the answer of a query.
func comparePositions(order []entities.Order, a, b *entities.Position) int {
	for i, o := range order {
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

// compareValues orders values of one attribute: unset, null, false, true,
// numbers, text, JSON.
func compareValues(a, b entities.Value) int {
	if c := cmp.Compare(valueRank(a), valueRank(b)); c != 0 {
		return c
	}
	switch a.Type() {
	case entities.IntType, entities.FloatType:
		return compareNumbers(a, b)
	case entities.StringType, entities.JSONType:
		return strings.Compare(a.Text(), b.Text())
	}
	return 0
}

func valueRank(v entities.Value) int {
	switch v.Type() {
	case entities.UnsetType:
		return 0
	case entities.NullType:
		return 1
	case entities.BoolType:
		if v.Bool() {
			return 3
		}
		return 2
	case entities.IntType, entities.FloatType:
		return 4
	case entities.StringType:
		return 5
	}
	return 6
}

// compareNumbers compares exactly, also integers that a float cannot hold.
func compareNumbers(a, b entities.Value) int {
	i, aWhole := a.Int()
	j, bWhole := b.Int()
	if aWhole && bWhole {
		return cmp.Compare(i, j)
	}
	x, _ := a.Float()
	y, _ := b.Float()
	if c := cmp.Compare(x, y); c != 0 || !aWhole && !bWhole {
		return c
	}
	return exactNumber(a).Cmp(exactNumber(b))
}

func exactNumber(v entities.Value) *big.Float {
	if i, whole := v.Int(); whole {
		return new(big.Float).SetInt64(i)
	}
	f, _ := v.Float()
	return big.NewFloat(f)
}

// ranking collects places and keeps the first of them.
type ranking struct {
	order []entities.Order
	limit int // 0: all are kept
	items []entities.Position
}

// add puts a place in. What cannot be among the first is dropped from time to
// time, so that no more than twice the limit is held.
func (r *ranking) add(p entities.Position) {
	r.items = append(r.items, p)
	if r.limit > 0 && len(r.items) >= 2*r.limit {
		r.sort()
		r.items = r.items[:r.limit]
	}
}

func (r *ranking) sort() {
	slices.SortFunc(r.items, func(a, b entities.Position) int { return comparePositions(r.order, &a, &b) })
}

// first returns the places in order.
func (r *ranking) first() []entities.Position {
	r.sort()
	if r.limit > 0 && len(r.items) > r.limit {
		r.items = r.items[:r.limit]
	}
	return r.items
}
