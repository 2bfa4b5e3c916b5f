package cql2

import "strings"

// primary reads a literal, a property, a function or a parenthesised list.
func (p *textParser) primary() (Expr, error) {
	pos := p.tok.pos
	switch p.tok.kind {
	case tokenNumber:
		return p.numberLiteral(pos, false)
	case tokenString:
		text := p.tok.text
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.made(&Literal{node{pos}, String(text)})
	case tokenQuoted:
		name := p.tok.text
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.made(&Property{node{pos}, name})
	case tokenWord:
		return p.word()
	case tokenMark:
		if p.tok.text == "(" {
			items, err := p.list()
			if err != nil {
				return nil, err
			}
			return p.made(&paren{node{pos}, items})
		}
	}
	return nil, p.unexpected("an operand")
}

// word reads what begins with an unquoted word.
func (p *textParser) word() (Expr, error) {
	pos, name := p.tok.pos, p.tok.text
	if _, ok := lookup(operatorWords, name); ok {
		if !p.tok.isWord("true") && !p.tok.isWord("false") {
			return nil, p.unexpected("an operand (a property of that name is written in double quotes)")
		}
		value := Bool(p.tok.isWord("true"))
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.made(&Literal{node{pos}, value})
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	lower := strings.ToLower(name)
	if shape, ok := shapeOf(strings.TrimSuffix(lower, "z")); ok && (p.tok.is("(") || p.tok.isWord("z")) {
		return p.geometryLiteral(pos, shape, strings.HasSuffix(lower, "z"))
	}
	if p.tok.is("(") {
		return p.call(pos, name, lower)
	}
	return p.made(&Property{node{pos}, name})
}

// call reads the parenthesis after a name and makes the node it means.
func (p *textParser) call(pos Pos, name, lower string) (Expr, error) {
	switch lower {
	case "date":
		return p.instantLiteral(pos, KindDate)
	case "timestamp":
		return p.instantLiteral(pos, KindTimestamp)
	case "bbox":
		return p.bboxLiteral(pos)
	}
	args, err := p.list()
	if err != nil {
		return nil, err
	}
	if lower == "interval" {
		return p.interval(pos, args)
	}
	spec, ok := formOf(lower)
	if !ok {
		if !isFunctionName(name) {
			return nil, errorAt(ErrSyntax, pos, "%s is no function; write x IS NULL", name)
		}
		for i := range args {
			if args[i], err = element(args[i]); err != nil {
				return nil, err
			}
		}
		return p.made(&Function{node{pos}, name, args})
	}
	if len(args) != spec.args {
		return nil, errorAt(ErrSyntax, pos, "%s takes %d arguments, not %d", strings.ToUpper(name), spec.args, len(args))
	}
	for i := range args {
		if spec.arrays {
			args[i], err = element(args[i])
		} else {
			args[i], err = scalar(args[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return p.made(spec.build(node{pos}, args))
}

// form is a standardised function: its number of arguments and its node.
type form struct {
	args   int
	arrays bool
	build  func(n node, args []Expr) Expr
}

// formOf finds the standardised function of a name, in any case.
func formOf(name string) (form, bool) {
	if op, ok := lookup(spatialNames[:], name); ok {
		return form{2, false, func(n node, a []Expr) Expr { return &Spatial{n, SpatialOp(op), a[0], a[1]} }}, true
	}
	if op, ok := lookup(temporalNames[:], name); ok {
		return form{2, false, func(n node, a []Expr) Expr { return &Temporal{n, TemporalOp(op), a[0], a[1]} }}, true
	}
	if op, ok := lookup(arrayNames[:], name); ok {
		return form{2, true, func(n node, a []Expr) Expr { return &ArrayTest{n, ArrayOp(op), a[0], a[1]} }}, true
	}
	if op, ok := lookup(foldNames[:], name); ok {
		return form{1, false, func(n node, a []Expr) Expr { return &Fold{n, FoldOp(op), a[0]} }}, true
	}
	return form{}, false
}

func (p *textParser) instantLiteral(pos Pos, kind Kind) (Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if p.tok.kind != tokenString {
		return nil, p.unexpected("a " + kind.String() + " in quotes")
	}
	v, err := instantValue(p.tok.pos, p.tok.text, kind)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return p.made(&Literal{node{pos}, v})
}

func instantValue(pos Pos, text string, kind Kind) (Value, error) {
	v, ok := parseInstant(text, kind)
	if ok {
		return v, nil
	}
	if kind == KindDate {
		return Null, errorAt(ErrValue, pos, "'%s' is not a date; write 2006-01-02", shorten(text))
	}
	return Null, errorAt(ErrValue, pos, "'%s' is not a timestamp; write 2006-01-02T15:04:05Z, in UTC, with at most nine decimals", shorten(text))
}

// interval makes an interval of two arguments: strings become instants.
func (p *textParser) interval(pos Pos, args []Expr) (Expr, error) {
	if len(args) != 2 {
		return nil, errorAt(ErrSyntax, pos, "INTERVAL takes 2 arguments, not %d", len(args))
	}
	var ends [2]Expr
	for i, arg := range args {
		arg, err := scalar(arg)
		if err != nil {
			return nil, err
		}
		if literal, ok := arg.(*Literal); ok && literal.Value.Kind() == KindString {
			ends[i], err = intervalEnd(literal.Pos, literal.Value.AsString())
		} else {
			ends[i], err = arg, checkIntervalEnd(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return p.made(&IntervalOf{node{pos}, ends[0], ends[1]})
}

// intervalEnd reads the string at an end of an interval: a date, a timestamp,
// or ".." for unbounded, which gives nil.
func intervalEnd(pos Pos, text string) (Expr, error) {
	if text == ".." {
		return nil, nil //nolint:nilnil // a nil end is the tree's form of "unbounded"
	}
	kind := KindTimestamp
	if !strings.Contains(text, "T") {
		kind = KindDate
	}
	v, err := instantValue(pos, text, kind)
	if err != nil {
		return nil, err
	}
	return &Literal{node{pos}, v}, nil
}

func checkIntervalEnd(e Expr) error {
	switch e := e.(type) {
	case *Property, *Function:
		return nil
	case *Literal:
		if e.Value.isInstant() {
			return nil
		}
	}
	return errorAt(ErrSyntax, e.Position(), "an end of an INTERVAL is a date or timestamp in quotes, '..', a property or a function")
}
