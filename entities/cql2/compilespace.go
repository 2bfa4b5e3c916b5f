package cql2

import "fmt"

// spatial compiles a spatial predicate; a constant side is prepared once.
func (c *compiler) spatial(e *Spatial) (predicate, error) {
	if isConstant(e.Left) == isConstant(e.Right) {
		return c.spatialPair(e)
	}
	op, fixed, moving := e.Op, e.Left, e.Right
	if isConstant(e.Right) {
		op, fixed, moving = e.Op.converse(), e.Right, e.Left
	}
	// From here on op relates the fixed side to the moving one.
	constant, err := c.constantSite(fixed)
	if err != nil {
		return nil, err
	}
	arg, err := c.operand(moving)
	if err != nil {
		return nil, err
	}
	return func(row Row) (truth, error) {
		v, err := arg(row)
		if err != nil {
			return unknown, err
		}
		s, known, err := rowSite(v)
		if err != nil || !known {
			return unknown, err
		}
		holds, err := relate(op, constant, &s)
		if err != nil {
			return unknown, err
		}
		return truthOf(holds), nil
	}, nil
}

func rowSite(v Value) (s site, known bool, err error) {
	switch v.kind {
	case KindNull:
		return site{}, false, nil
	case KindGeometry:
		return newSite(v.AsGeometry()), true, nil
	default:
		return site{}, false, fmt.Errorf("cql2: a spatial function takes a geometry, not a %s: %w", v.kind, ErrType)
	}
}

func (c *compiler) constantSite(e Expr) (*site, error) {
	v, err := c.constant(e)
	if err != nil {
		return nil, err
	}
	if v.kind != KindGeometry {
		return nil, errorAt(ErrType, e.Position(), "a spatial function takes a geometry, not a %s", v.kind)
	}
	if !c.checked {
		if err := validGeometry(e.Position(), v.AsGeometry()); err != nil {
			return nil, err
		}
	}
	return preparedSite(e.Position(), v.AsGeometry())
}

// spatialPair compares two constants or two moving sides.
func (c *compiler) spatialPair(e *Spatial) (predicate, error) {
	sides, err := c.operands(e.Left, e.Right)
	if err != nil {
		return nil, err
	}
	if isConstant(e) {
		if err := c.countPairs(e); err != nil {
			return nil, err
		}
	}
	op := e.Op
	return func(row Row) (truth, error) {
		var both [2]site
		for i, side := range sides {
			v, err := side(row)
			if err != nil {
				return unknown, err
			}
			s, known, err := rowSite(v)
			if err != nil || !known {
				return unknown, err
			}
			both[i] = s
		}
		holds, err := relate(op, &both[0], &both[1])
		if err != nil {
			return unknown, err
		}
		return truthOf(holds), nil
	}, nil
}

// countPairs holds predicates between literals to maxLiteralPairs.
func (c *compiler) countPairs(e *Spatial) error {
	product := 1
	for _, side := range []Expr{e.Left, e.Right} {
		v, err := c.constant(side)
		if err != nil {
			return err
		}
		if g := v.AsGeometry(); g != nil {
			product *= countPositions(g)
		}
	}
	if c.pairs += product; c.pairs > maxLiteralPairs {
		return limitError(e.Pos, "MaxLiteralPairs", maxLiteralPairs, "pairs of positions in spatial predicates between literals")
	}
	return nil
}

// temporal compiles a temporal predicate. Intervals made of properties are
// compared without making a value of them.
func (c *compiler) temporal(e *Temporal) (predicate, error) {
	left, err := c.span(e.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.span(e.Right)
	if err != nil {
		return nil, err
	}
	op := e.Op
	return func(row Row) (truth, error) {
		a, known, err := left(row)
		if err != nil || !known {
			return unknown, err
		}
		b, known, err := right(row)
		if err != nil || !known {
			return unknown, err
		}
		return truthOf(op.holds(a, b)), nil
	}, nil
}

func (c *compiler) span(e Expr) (func(Row) (span, bool, error), error) {
	if interval, ok := e.(*IntervalOf); ok {
		var ends [2]operand
		for i, end := range []Expr{interval.Start, interval.End} {
			if end == nil {
				continue
			}
			var err error
			if ends[i], err = c.operand(end); err != nil {
				return nil, err
			}
		}
		return func(row Row) (span, bool, error) { return spanFrom(ends, row) }, nil
	}
	eval, err := c.operand(e)
	return func(row Row) (span, bool, error) {
		v, err := eval(row)
		if err != nil {
			return span{}, false, err
		}
		return spanOf(v)
	}, err
}
