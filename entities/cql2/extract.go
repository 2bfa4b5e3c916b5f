package cql2

import (
	"math"
	"slices"
)

// Bounds returns an envelope that the geometry of every match intersects, in
// the CRS of the literals, for an index to look in; ok is false where the
// filter gives none. Geometry names the properties that count; with none named
// all do. A box that spans the antimeridian gives the whole width.
func Bounds(e Expr, geometry ...string) (minX, minY, maxX, maxY float64, ok bool) {
	b, ok := bounds(e, geometry, false)
	if !ok {
		return 0, 0, 0, 0, false
	}
	return b.minX, b.minY, b.maxX, b.maxY, true
}

// bounds is Bounds of e, or of NOT e. A row matches only where the filter is
// TRUE, so that NOT can be carried inwards.
func bounds(e Expr, names []string, negated bool) (box, bool) {
	switch e := e.(type) {
	case *Not:
		return bounds(e.Arg, names, !negated)
	case *And:
		return junctionBounds(e.Args, names, negated, !negated)
	case *Or:
		return junctionBounds(e.Args, names, negated, negated)
	case *Spatial:
		if (e.Op == SDisjoint) != negated {
			return box{}, false
		}
		for _, pair := range [2][2]Expr{{e.Left, e.Right}, {e.Right, e.Left}} {
			p, ok := pair[0].(*Property)
			if !ok || len(names) > 0 && !slices.Contains(names, p.Name) {
				continue
			}
			if b, ok := literalBox(pair[1]); ok {
				return b, true
			}
		}
	}
	return box{}, false
}

// junctionBounds: of parts that all hold, the smallest envelope; of parts of
// which one holds, the union, if all have one.
func junctionBounds(args []Expr, names []string, negated, all bool) (box, bool) {
	result, found := emptyBox(), false
	for _, arg := range args {
		b, ok := bounds(arg, names, negated)
		switch {
		case !ok && all:
			continue
		case !ok:
			return box{}, false
		case !all:
			result = result.union(b)
		case !found || b.area() < result.area():
			result = b
		}
		found = true
	}
	return result, found
}

func (b box) area() float64 { return (b.maxX - b.minX) * (b.maxY - b.minY) }

func literalBox(e Expr) (box, bool) {
	switch e := e.(type) {
	case *BBox:
		g, err := boxGeometry(e)
		if err != nil {
			return box{}, false
		}
		return boxOf(g), true
	case *Literal:
		if g := e.Value.AsGeometry(); g != nil {
			b := boxOf(g)
			return b, !b.empty() && !math.IsInf(b.area(), 0)
		}
	}
	return box{}, false
}

// Equality says that a property equals one of the values in every match.
type Equality struct {
	Property string
	Values   []Value // at least one
}

// Equals returns what a filter fixes: the property = constant and property IN
// (constants) terms that hold in every match, one entry for each term, in
// order. Values are as written: a number may be an integer or a float, and
// folded strings (CASEI, ACCENTI) are left out.
func Equals(e Expr) []Equality {
	switch e := e.(type) {
	case *And:
		var terms []Equality
		for _, arg := range e.Args {
			terms = append(terms, Equals(arg)...)
		}
		return terms
	case *Or:
		return anyOf(e.Args)
	case *Compare:
		if e.Op != Equal {
			return nil
		}
		if term, ok := equality(e.Left, e.Right); ok {
			return []Equality{term}
		}
		if term, ok := equality(e.Right, e.Left); ok {
			return []Equality{term}
		}
	case *In:
		if term, ok := equality(e.Operand, e.List...); ok {
			return []Equality{term}
		}
	}
	return nil
}

func equality(operand Expr, constants ...Expr) (Equality, bool) {
	p, ok := operand.(*Property)
	if !ok || len(constants) == 0 {
		return Equality{}, false
	}
	term := Equality{Property: p.Name}
	for _, c := range constants {
		literal, ok := c.(*Literal)
		if !ok {
			return Equality{}, false
		}
		term.Values = append(term.Values, literal.Value)
	}
	return term, true
}

// anyOf joins alternatives that each fix just the same property.
func anyOf(args []Expr) []Equality {
	var joined Equality
	for i, arg := range args {
		terms := Equals(arg)
		if len(terms) != 1 || i > 0 && terms[0].Property != joined.Property {
			return nil
		}
		joined.Property = terms[0].Property
		joined.Values = append(joined.Values, terms[0].Values...)
	}
	return []Equality{joined}
}
