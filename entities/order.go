package entities

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
)

// ComparePositions orders places in the answer of a query.
func ComparePositions(order []Order, a, b *Position) int {
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
func compareValues(a, b Value) int {
	if c := cmp.Compare(valueRank(a), valueRank(b)); c != 0 {
		return c
	}
	switch a.Type() {
	case IntType, FloatType:
		return compareNumbers(a, b)
	case StringType, JSONType:
		return strings.Compare(a.Text(), b.Text())
	}
	return 0
}

func valueRank(v Value) int {
	switch v.Type() {
	case UnsetType:
		return 0
	case NullType:
		return 1
	case BoolType:
		if v.Bool() {
			return 3
		}
		return 2
	case IntType, FloatType:
		return 4
	case StringType:
		return 5
	}
	return 6
}

// compareNumbers compares exactly, also integers that a float cannot hold.
func compareNumbers(a, b Value) int {
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

func exactNumber(v Value) *big.Float {
	if i, whole := v.Int(); whole {
		return new(big.Float).SetInt64(i)
	}
	f, _ := v.Float()
	return big.NewFloat(f)
}

// Ranking collects places and keeps the first of them.
type Ranking struct {
	Order []Order
	Limit int // 0: all are kept
	items []Position
}

// Add puts a place in. What cannot be among the first is dropped from time to
// time, so that no more than twice the limit is held.
func (r *Ranking) Add(p Position) {
	r.items = append(r.items, p)
	if r.Limit > 0 && len(r.items) >= 2*r.Limit {
		r.sort()
		r.items = r.items[:r.Limit]
	}
}

func (r *Ranking) sort() {
	slices.SortFunc(r.items, func(a, b Position) int { return ComparePositions(r.Order, &a, &b) })
}

// First returns the places in order.
func (r *Ranking) First() []Position {
	r.sort()
	if r.Limit > 0 && len(r.items) > r.Limit {
		r.items = r.items[:r.Limit]
	}
	return r.items
}
