package cql2

import (
	"fmt"

	"github.com/twpayne/go-geom"
)

// smallProduct is up to which number of pairs arrays are compared pair by
// pair; above it they go through a map.
const smallProduct = 64

// arrayHolds evaluates an array predicate; both arrays are sets.
func arrayHolds(op ArrayOp, a, b Value) (truth, error) {
	if a.kind == KindNull || b.kind == KindNull {
		return unknown, nil
	}
	if a.kind != KindArray || b.kind != KindArray {
		return unknown, fmt.Errorf("cql2: cannot compare a %s with a %s as arrays: %w", a.kind, b.kind, ErrType)
	}
	x, y := a.AsArray(), b.AsArray()
	switch op {
	case AContains:
		return subset(y, x), nil
	case AContainedBy:
		return subset(x, y), nil
	case AEquals:
		return and(subset(x, y), subset(y, x)), nil
	default:
		return overlap(x, y), nil
	}
}

func and(a, b truth) truth {
	switch {
	case a == no || b == no:
		return no
	case a == unknown || b == unknown:
		return unknown
	default:
		return yes
	}
}

// subset is: every item of a is in b.
func subset(a, b []Value) truth {
	find := finder(a, b)
	result := yes
	for _, item := range a {
		if result = and(result, find(item)); result == no {
			return no
		}
	}
	return result
}

// overlap is: some item of a is in b.
func overlap(a, b []Value) truth {
	find := finder(a, b)
	result := no
	for _, item := range a {
		switch find(item) {
		case yes:
			return yes
		case unknown:
			result = unknown
		}
	}
	return result
}

// finder returns how to look up items of a in b.
func finder(a, b []Value) func(Value) truth {
	pairwise := func(v Value) truth { return memberOf(v, b) }
	if len(a)*len(b) <= smallProduct {
		return pairwise
	}
	keys := make(map[key]struct{}, len(b))
	for _, item := range b {
		k, ok := keyOf(item)
		if !ok {
			return pairwise
		}
		keys[k] = struct{}{}
	}
	return func(v Value) truth {
		k, ok := keyOf(v)
		if !ok {
			return memberOf(v, b)
		}
		_, found := keys[k]
		return truthOf(found)
	}
}

func memberOf(v Value, items []Value) truth {
	result := no
	for _, item := range items {
		switch equalItems(v, item) {
		case yes:
			return yes
		case unknown:
			result = unknown
		}
	}
	return result
}

// equalItems compares items of arrays. Items of different families are
// different, not a fault: arrays may be mixed.
func equalItems(a, b Value) truth {
	if a.kind == KindNull || b.kind == KindNull {
		return unknown
	}
	if family(a.kind) != family(b.kind) {
		return no
	}
	switch a.kind {
	case KindArray:
		return and(subset(a.AsArray(), b.AsArray()), subset(b.AsArray(), a.AsArray()))
	case KindInterval:
		as, _, _ := spanOf(a)
		bs, _, _ := spanOf(b)
		return truthOf(TEquals.holds(as, bs))
	case KindGeometry:
		return truthOf(sameGeometry(a.AsGeometry(), b.AsGeometry()))
	default:
		order, known, _ := compareValues(a, b)
		if !known {
			return unknown
		}
		return truthOf(order == 0)
	}
}

// sameGeometry compares by type and x and y of every position, in order.
func sameGeometry(a, b geom.T) bool {
	return exactlyEqual(a, b)
}
