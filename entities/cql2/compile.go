package cql2

import (
	"fmt"
	"slices"
)

// Row gives the values of one feature. A property that the feature does not
// have is (Null, false) or (Null, true): both are NULL.
type Row interface {
	Property(name string) (Value, bool)
}

// Program is a compiled filter. It is immutable and safe for concurrent use.
type Program struct {
	root       predicate
	properties []string
}

// Compile checks a filter against the queryables (see Check) and makes a
// program of it. Constant parts are computed once, here.
func Compile(e Expr, q Queryables) (*Program, error) {
	if err := Check(e, q); err != nil {
		return nil, err
	}
	c := &compiler{functions: q.Functions, checked: true}
	root, err := c.predicate(e)
	if err != nil {
		return nil, err
	}
	return &Program{root: root, properties: Properties(e)}, nil
}

// Match reports whether the filter is TRUE for the row. An error means that
// the row has a value of a kind that its queryable does not, that a function
// failed, or that a geometry of the row cannot be compared.
func (p *Program) Match(row Row) (bool, error) {
	t, err := p.root(row)
	return t == yes, err
}

// Truth returns TRUE, FALSE or Null for the row; errors are those of Match.
func (p *Program) Truth(row Row) (Value, error) {
	t, err := p.root(row)
	return t.value(), err
}

// Properties returns the names of the properties that a row is asked for.
func (p *Program) Properties() []string { return slices.Clone(p.properties) }

// Eval evaluates any expression for one row without queryables: operands of
// the wrong kind are errors when they are met, functions are not known.
// For many rows, Compile.
func Eval(e Expr, row Row) (Value, error) {
	eval, err := (&compiler{}).operand(e)
	if err != nil {
		return Null, err
	}
	return eval(row)
}

type (
	operand   func(Row) (Value, error)
	predicate func(Row) (truth, error)
)

type compiler struct {
	functions map[string]FunctionDef
	checked   bool // Check has accepted the filter
	pairs     int  // positions of literals that are compared with each other
}

// isConstant reports whether an expression has the same value for every row.
func isConstant(e Expr) bool {
	constant := true
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *Property, *Function:
			constant = false
		}
		return constant
	})
	return constant
}

func always(v Value) operand { return func(Row) (Value, error) { return v, nil } }

// operand compiles an expression that has a value.
func (c *compiler) operand(e Expr) (operand, error) {
	eval, err := c.rawOperand(e)
	if err != nil || !isConstant(e) {
		return eval, err
	}
	if _, ok := e.(*Literal); ok {
		return eval, nil
	}
	v, err := eval(nil)
	if err != nil {
		return nil, err
	}
	return always(v), nil
}

// constant computes a constant expression.
func (c *compiler) constant(e Expr) (Value, error) {
	eval, err := c.operand(e)
	if err != nil {
		return Null, err
	}
	return eval(nil)
}

func (c *compiler) rawOperand(e Expr) (operand, error) {
	switch e := e.(type) {
	case *Literal:
		return always(e.Value), nil
	case *Property:
		name := e.Name
		return func(row Row) (Value, error) {
			v, _ := row.Property(name)
			return v, nil
		}, nil
	case *BBox:
		g, err := boxGeometry(e)
		return always(Geometry(g)), err
	case *IntervalOf:
		return c.interval(e)
	case *ArrayOf:
		return c.array(e)
	case *Fold:
		arg, err := c.operand(e.Arg)
		op := e.Op
		return func(row Row) (Value, error) {
			v, err := arg(row)
			if err != nil {
				return Null, err
			}
			return op.value(v)
		}, err
	case *Arithmetic:
		return c.arithmetic(e)
	case *Function:
		return c.function(e)
	default:
		test, err := c.predicate(e)
		return func(row Row) (Value, error) {
			t, err := test(row)
			return t.value(), err
		}, err
	}
}

func (c *compiler) operands(exprs ...Expr) ([]operand, error) {
	evals := make([]operand, len(exprs))
	for i, e := range exprs {
		var err error
		if evals[i], err = c.operand(e); err != nil {
			return nil, err
		}
	}
	return evals, nil
}

func (c *compiler) interval(e *IntervalOf) (operand, error) {
	var ends [2]operand
	for i, end := range []Expr{e.Start, e.End} {
		if end == nil {
			continue
		}
		var err error
		if ends[i], err = c.operand(end); err != nil {
			return nil, err
		}
	}
	return func(row Row) (Value, error) {
		s, known, err := spanFrom(ends, row)
		if err != nil || !known {
			return Null, err
		}
		return Interval(s.start, s.end)
	}, nil
}

// spanFrom evaluates the ends of an interval; a nil end is unbounded, a null
// one makes the interval null.
func spanFrom(ends [2]operand, row Row) (span, bool, error) {
	var values [2]Value
	for i, end := range ends {
		if end == nil {
			continue
		}
		v, err := end(row)
		if err != nil || v.kind == KindNull {
			return span{}, false, err
		}
		if !v.isInstant() {
			return span{}, false, fmt.Errorf("cql2: an interval ends at a date or timestamp, not at a %s: %w", v.kind, ErrType)
		}
		values[i] = v
	}
	return span{values[0], values[1]}, true, nil
}

func (c *compiler) array(e *ArrayOf) (operand, error) {
	items, err := c.operands(e.Items...)
	return func(row Row) (Value, error) {
		values := make([]Value, len(items))
		for i, item := range items {
			var err error
			if values[i], err = item(row); err != nil {
				return Null, err
			}
		}
		return Array(values...), nil
	}, err
}

func (c *compiler) arithmetic(e *Arithmetic) (operand, error) {
	sides, err := c.operands(e.Left, e.Right)
	if err != nil {
		return nil, err
	}
	left, right, op := sides[0], sides[1], e.Op
	return func(row Row) (Value, error) {
		a, err := left(row)
		if err != nil {
			return Null, err
		}
		b, err := right(row)
		if err != nil {
			return Null, err
		}
		return arithmetic(op, a, b)
	}, nil
}

func (c *compiler) function(e *Function) (operand, error) {
	def, ok := c.functions[e.Name]
	if !ok || def.Call == nil {
		return nil, Queryables{Functions: c.functions}.unknownFunction(e)
	}
	args, err := c.operands(e.Args...)
	if err != nil {
		return nil, err
	}
	name := e.Name
	return func(row Row) (Value, error) {
		values := make([]Value, len(args))
		for i, arg := range args {
			var err error
			if values[i], err = arg(row); err != nil {
				return Null, err
			}
			if values[i].kind == KindNull && !def.Nulls {
				return Null, nil
			}
		}
		v, err := def.Call(values)
		if err != nil {
			return Null, fmt.Errorf("cql2: function %s: %w", name, err)
		}
		return v, nil
	}, nil
}
