package cql2

import "strings"

// Check holds a filter to the queryables: every property and function is
// known, every operand has a type that its operator takes, geometry literals
// are valid, and the whole is boolean. It returns the first fault in source
// order of the checks as an *Error.
func Check(e Expr, q Queryables) error {
	t, err := (&checker{q}).typeOf(e)
	if err != nil {
		return err
	}
	if !t.is(KindBool) {
		return errorAt(ErrType, e.Position(), "a filter is a boolean, not a %s", t)
	}
	return nil
}

type checker struct{ queryables Queryables }

// is reports whether a value of the type can be of the kind, with all numbers
// and all instants each as one kind.
func (t Type) is(k Kind) bool {
	return t.Kind == KindAny || k == KindAny || family(t.Kind) == family(k)
}

// family joins the kinds that compare with each other.
func family(k Kind) Kind {
	switch k {
	case KindInt:
		return KindFloat
	case KindDate:
		return KindTimestamp
	default:
		return k
	}
}

func isScalar(k Kind) bool {
	switch k {
	case KindInterval, KindGeometry, KindArray, KindNull:
		return false
	default:
		return true
	}
}

var boolType = Type{Kind: KindBool}

func (c *checker) typeOf(e Expr) (Type, error) {
	switch e := e.(type) {
	case *Literal:
		return c.literal(e)
	case *Property:
		t, ok := c.queryables.Properties[e.Name]
		if !ok {
			return Type{}, c.queryables.unknownProperty(e)
		}
		return t, nil
	case *BBox:
		_, err := boxGeometry(e)
		return Type{Kind: KindGeometry}, err
	case *IntervalOf:
		return c.interval(e)
	case *ArrayOf:
		return c.array(e)
	case *Fold:
		return Type{Kind: KindString}, c.want(strings.ToUpper(e.Op.String()), KindString, e.Arg)
	case *Arithmetic:
		return c.arithmetic(e)
	case *Function:
		return c.function(e)
	default:
		return boolType, c.predicate(e)
	}
}

func (c *checker) predicate(e Expr) error {
	switch e := e.(type) {
	case *And:
		return c.want("AND", KindBool, e.Args...)
	case *Or:
		return c.want("OR", KindBool, e.Args...)
	case *Not:
		return c.want("NOT", KindBool, e.Arg)
	case *Compare:
		return c.same(e.Op.String(), e.Left, e.Right)
	case *Like:
		return c.want("LIKE", KindString, e.Operand, e.Pattern)
	case *Between:
		return c.same("BETWEEN", e.Operand, e.Low, e.High)
	case *In:
		return c.same("IN", append([]Expr{e.Operand}, e.List...)...)
	case *IsNull:
		_, err := c.typeOf(e.Operand)
		return err
	case *Spatial:
		return c.want(strings.ToUpper(e.Op.String()), KindGeometry, e.Left, e.Right)
	case *Temporal:
		return c.temporal(e)
	case *ArrayTest:
		return c.arrayTest(e)
	default:
		return notRepresentable(e, "a node is missing")
	}
}

// want holds every operand to one kind.
func (c *checker) want(operator string, k Kind, operands ...Expr) error {
	for _, operand := range operands {
		t, err := c.typeOf(operand)
		if err != nil {
			return err
		}
		if !t.is(k) {
			return mismatch(operand, operator, "takes a "+k.String(), t)
		}
	}
	return nil
}

func mismatch(e Expr, operator, takes string, got Type) error {
	if p, ok := e.(*Property); ok {
		err := errorAt(ErrType, p.Pos, "%s %s, but property \"%s\" is a %s", operator, takes, shorten(p.Name), got)
		err.Name = p.Name
		return err
	}
	return errorAt(ErrType, e.Position(), "%s %s, not a %s", operator, takes, got)
}

// same holds the operands to scalars of one family.
func (c *checker) same(operator string, operands ...Expr) error {
	first := Type{Kind: KindAny}
	for _, operand := range operands {
		t, err := c.typeOf(operand)
		if err != nil {
			return err
		}
		if !isScalar(t.Kind) {
			return mismatch(operand, operator, "compares booleans, numbers, strings, dates and timestamps", t)
		}
		if !t.is(first.Kind) {
			return mismatch(operand, operator, "compares a "+first.String()+" with its like here", t)
		}
		if first.Kind == KindAny {
			first = t
		}
	}
	return nil
}

func (c *checker) literal(e *Literal) (Type, error) {
	t := Type{Kind: e.Value.Kind()}
	if t.Kind == KindGeometry {
		return t, validGeometry(e.Pos, e.Value.AsGeometry())
	}
	if !isScalar(t.Kind) {
		return t, notRepresentable(e, "a "+t.String()+" is not a literal of CQL2")
	}
	return t, nil
}

func (c *checker) interval(e *IntervalOf) (Type, error) {
	t := Type{Kind: KindInterval}
	for _, end := range Children(e) {
		if err := c.want("INTERVAL", KindTimestamp, end); err != nil {
			return t, err
		}
	}
	start, ok1 := e.Start.(*Literal)
	end, ok2 := e.End.(*Literal)
	if ok1 && ok2 && compareEnds(start.Value, atStart, end.Value, atEnd) > 0 {
		return t, errorAt(ErrValue, e.Pos, "the interval ends (%s) before it begins (%s)", end.Value, start.Value)
	}
	return t, nil
}

func (c *checker) array(e *ArrayOf) (Type, error) {
	t := Type{Kind: KindArray, Elem: KindAny}
	for i, item := range e.Items {
		it, err := c.typeOf(item)
		if err != nil {
			return t, err
		}
		switch {
		case i == 0:
			t.Elem = it.Kind
		case family(t.Elem) != family(it.Kind):
			t.Elem = KindAny
		}
	}
	return t, nil
}

func (c *checker) arithmetic(e *Arithmetic) (Type, error) {
	t := Type{Kind: KindInt}
	for _, operand := range []Expr{e.Left, e.Right} {
		ot, err := c.typeOf(operand)
		if err != nil {
			return t, err
		}
		if !ot.is(KindFloat) {
			return t, mismatch(operand, e.Op.String(), "takes a number", ot)
		}
		if ot.Kind != KindInt {
			t.Kind = KindFloat
		}
	}
	if e.Op == Divide || e.Op == Power {
		t.Kind = KindFloat
	}
	return t, nil
}

func (c *checker) function(e *Function) (Type, error) {
	def, ok := c.queryables.Functions[e.Name]
	if !ok {
		return Type{}, c.queryables.unknownFunction(e)
	}
	if fewest := len(def.Params); def.Variadic && len(e.Args) < fewest-1 || !def.Variadic && len(e.Args) != fewest {
		err := errorAt(ErrType, e.Pos, "%s takes %d arguments, not %d", e.Name, fewest, len(e.Args))
		err.Name = e.Name
		return def.Result, err
	}
	for i, arg := range e.Args {
		param := def.Params[min(i, len(def.Params)-1)]
		if err := c.want(e.Name, param.Kind, arg); err != nil {
			return def.Result, err
		}
	}
	return def.Result, nil
}

func (c *checker) temporal(e *Temporal) error {
	operator := strings.ToUpper(e.Op.String())
	for _, operand := range []Expr{e.Left, e.Right} {
		t, err := c.typeOf(operand)
		if err != nil {
			return err
		}
		if e.Op.intervalsOnly() {
			if !t.is(KindInterval) {
				return mismatch(operand, operator, "takes intervals (21-065r2, clause 7.8)", t)
			}
		} else if !t.is(KindInterval) && !t.is(KindTimestamp) {
			return mismatch(operand, operator, "takes dates, timestamps and intervals", t)
		}
	}
	return nil
}

func (c *checker) arrayTest(e *ArrayTest) error {
	operator := strings.ToUpper(e.Op.String())
	var types [2]Type
	for i, operand := range []Expr{e.Left, e.Right} {
		t, err := c.typeOf(operand)
		if err != nil {
			return err
		}
		if !t.is(KindArray) {
			return mismatch(operand, operator, "takes arrays", t)
		}
		types[i] = t
	}
	a, b := types[0].Elem, types[1].Elem
	known := func(k Kind) bool { return k != KindAny && k != KindNull }
	if known(a) && known(b) && family(a) != family(b) {
		return mismatch(e.Right, operator, "compares with an "+types[0].String()+" here", types[1])
	}
	return nil
}
