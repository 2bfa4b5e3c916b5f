package cql2

import (
	"fmt"
	"slices"
)

func constantTruth(t truth) predicate { return func(Row) (truth, error) { return t, nil } }

// predicate compiles an expression that is true, false or unknown.
func (c *compiler) predicate(e Expr) (predicate, error) {
	test, err := c.rawPredicate(e)
	if err != nil || !isConstant(e) {
		return test, err
	}
	t, err := test(nil)
	if err != nil {
		return nil, err
	}
	return constantTruth(t), nil
}

func (c *compiler) rawPredicate(e Expr) (predicate, error) {
	switch e := e.(type) {
	case *And:
		return c.junction(e.Args, no)
	case *Or:
		return c.junction(e.Args, yes)
	case *Not:
		arg, err := c.predicate(e.Arg)
		return func(row Row) (truth, error) {
			t, err := arg(row)
			return t.not(), err
		}, err
	case *Compare:
		return c.compare(e)
	case *Like:
		return c.like(e)
	case *Between:
		return c.between(e)
	case *In:
		return c.in(e)
	case *IsNull:
		arg, err := c.operand(e.Operand)
		return func(row Row) (truth, error) {
			v, err := arg(row)
			return truthOf(v.kind == KindNull), err
		}, err
	case *Spatial:
		return c.spatial(e)
	case *Temporal:
		return c.temporal(e)
	case *ArrayTest:
		return c.arrayTest(e)
	case *Literal, *Property, *Function, *Arithmetic, *Fold, *BBox, *IntervalOf, *ArrayOf:
		return c.booleanOperand(e)
	default:
		return nil, notRepresentable(e, "a node is missing")
	}
}

// booleanOperand takes a boolean value as a predicate.
func (c *compiler) booleanOperand(e Expr) (predicate, error) {
	eval, err := c.rawOperand(e)
	return func(row Row) (truth, error) {
		v, err := eval(row)
		switch {
		case err != nil || v.kind == KindNull:
			return unknown, err
		case v.kind != KindBool:
			return unknown, fmt.Errorf("cql2: a %s is not a predicate: %w", v.kind, ErrType)
		default:
			return truthOf(v.num != 0), nil
		}
	}, err
}

// cost ranks arguments of AND and OR: cheap ones go first.
func cost(e Expr) int {
	total := 1
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *Spatial:
			total += 100
		case *Function, *ArrayTest:
			total += 20
		case *Like, *Fold:
			total += 4
		default:
			total++
		}
		return true
	})
	return total
}

// junction is AND (decided by no) or OR (decided by yes). An argument that
// decides hides the errors of those after it.
func (c *compiler) junction(args []Expr, decisive truth) (predicate, error) {
	args = slices.Clone(args)
	slices.SortStableFunc(args, func(a, b Expr) int { return cost(a) - cost(b) })
	tests := make([]predicate, len(args))
	for i, arg := range args {
		var err error
		if tests[i], err = c.predicate(arg); err != nil {
			return nil, err
		}
	}
	return func(row Row) (truth, error) {
		result := decisive.not()
		for _, test := range tests {
			t, err := test(row)
			if err != nil {
				return unknown, err
			}
			if t == decisive {
				return decisive, nil
			}
			if t == unknown {
				result = unknown
			}
		}
		return result, nil
	}, nil
}

func (c *compiler) compare(e *Compare) (predicate, error) {
	sides, err := c.operands(e.Left, e.Right)
	if err != nil {
		return nil, err
	}
	left, right, op := sides[0], sides[1], e.Op
	return func(row Row) (truth, error) {
		a, err := left(row)
		if err != nil {
			return unknown, err
		}
		b, err := right(row)
		if err != nil {
			return unknown, err
		}
		order, known, err := compareValues(a, b)
		if !known {
			return unknown, err
		}
		return truthOf(op.holds(order)), nil
	}, nil
}

func (c *compiler) between(e *Between) (predicate, error) {
	// Unlike in SQL, 5 BETWEEN NULL AND 3 is NULL, not FALSE: requirement
	// between-predicate, C, asks for NULL wherever a part is.
	parts, err := c.operands(e.Operand, e.Low, e.High)
	if err != nil {
		return nil, err
	}
	return func(row Row) (truth, error) {
		var values [3]Value
		for i, part := range parts {
			var err error
			if values[i], err = part(row); err != nil {
				return unknown, err
			}
		}
		low, known1, err := compareValues(values[0], values[1])
		if err != nil {
			return unknown, err
		}
		high, known2, err := compareValues(values[0], values[2])
		if err != nil || !known1 || !known2 {
			return unknown, err
		}
		return truthOf(low >= 0 && high <= 0), nil
	}, nil
}

func (c *compiler) like(e *Like) (predicate, error) {
	arg, err := c.operand(e.Operand)
	if err != nil {
		return nil, err
	}
	text, err := c.constant(e.Pattern)
	if err != nil {
		return nil, err
	}
	if text.kind != KindString {
		return nil, errorAt(ErrType, e.Pattern.Position(), "the pattern of LIKE is a string, not a %s", text.kind)
	}
	pattern := compileLike(text.str)
	return func(row Row) (truth, error) {
		v, err := arg(row)
		switch {
		case err != nil || v.kind == KindNull:
			return unknown, err
		case v.kind != KindString:
			return unknown, fmt.Errorf("cql2: LIKE takes a string, not a %s: %w", v.kind, ErrType)
		default:
			return truthOf(pattern.match(v.str)), nil
		}
	}, nil
}

// smallList is up to which length a list is searched item by item.
const smallList = 8

func (c *compiler) in(e *In) (predicate, error) {
	arg, err := c.operand(e.Operand)
	if err != nil {
		return nil, err
	}
	items, err := c.operands(e.List...)
	if err != nil {
		return nil, err
	}
	if keys, kind, ok := constantKeys(e.List, items); ok && len(items) > smallList {
		return inKeys(arg, keys, kind), nil
	}
	return func(row Row) (truth, error) {
		v, err := arg(row)
		if err != nil {
			return unknown, err
		}
		result := no
		for _, item := range items {
			w, err := item(row)
			if err != nil {
				return unknown, err
			}
			order, known, err := compareValues(v, w)
			switch {
			case err != nil:
				return unknown, err
			case !known:
				result = unknown
			case order == 0:
				return yes, nil
			}
		}
		return result, nil
	}, nil
}

// constantKeys returns the set of the items if all are constant scalars of one
// family.
func constantKeys(list []Expr, items []operand) (keys map[key]struct{}, kind Kind, ok bool) {
	keys = make(map[key]struct{}, len(items))
	for i, item := range items {
		if !isConstant(list[i]) {
			return nil, 0, false
		}
		v, err := item(nil)
		if err != nil {
			return nil, 0, false
		}
		k, ok := keyOf(v)
		if !ok || i > 0 && family(v.kind) != kind {
			return nil, 0, false
		}
		keys[k], kind = struct{}{}, family(v.kind)
	}
	return keys, kind, true
}

func inKeys(arg operand, keys map[key]struct{}, kind Kind) predicate {
	return func(row Row) (truth, error) {
		v, err := arg(row)
		if err != nil || v.kind == KindNull {
			return unknown, err
		}
		k, ok := keyOf(v)
		if family(v.kind) != kind {
			return unknown, fmt.Errorf("cql2: cannot compare a %s with a %s: %w", v.kind, kind, ErrType)
		}
		if !ok {
			return unknown, nil
		}
		_, found := keys[k]
		return truthOf(found), nil
	}
}

func (c *compiler) arrayTest(e *ArrayTest) (predicate, error) {
	sides, err := c.operands(e.Left, e.Right)
	if err != nil {
		return nil, err
	}
	left, right, op := sides[0], sides[1], e.Op
	return func(row Row) (truth, error) {
		a, err := left(row)
		if err != nil {
			return unknown, err
		}
		b, err := right(row)
		if err != nil {
			return unknown, err
		}
		return arrayHolds(op, a, b)
	}, nil
}
