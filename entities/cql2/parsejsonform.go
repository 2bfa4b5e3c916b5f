package cql2

import (
	"github.com/twpayne/go-geom"
)

// jsonParser makes the tree of a JSON value.
type jsonParser struct{ budget }

func (p *jsonParser) made(e Expr) (Expr, error) { return e, p.node(e.Position()) }

// expr makes any expression but an array.
func (p *jsonParser) expr(v jsonValue) (Expr, error) {
	switch v.kind {
	case jsonBool:
		return p.made(&Literal{node{v.pos}, Bool(v.truth)})
	case jsonString:
		return p.made(&Literal{node{v.pos}, String(v.text)})
	case jsonNumber:
		number, err := parseNumber(v.pos, v.text)
		if err != nil {
			return nil, err
		}
		return p.made(&Literal{node{v.pos}, number})
	case jsonObject:
		return p.object(v)
	case jsonArray:
		return nil, errorAt(ErrSyntax, v.pos, "an array can only be the argument of a function, an item of an array, or the list of \"in\"")
	default:
		return nil, errorAt(ErrSyntax, v.pos, "null is not a literal of CQL2; test with \"isNull\"")
	}
}

// element is expr for the places where arrays may be.
func (p *jsonParser) element(v jsonValue) (Expr, error) {
	if v.kind != jsonArray {
		return p.expr(v)
	}
	items, err := p.all(v.items, p.element)
	if err != nil {
		return nil, err
	}
	return p.made(&ArrayOf{node{v.pos}, items})
}

func (p *jsonParser) all(values []jsonValue, parse func(jsonValue) (Expr, error)) ([]Expr, error) {
	exprs := make([]Expr, len(values))
	for i, v := range values {
		var err error
		if exprs[i], err = parse(v); err != nil {
			return nil, err
		}
	}
	return exprs, nil
}

func (p *jsonParser) object(v jsonValue) (Expr, error) {
	if op, ok := v.member("op"); ok {
		return p.operation(v, op)
	}
	if name, ok := v.member("property"); ok {
		if err := firstError(v.only("property"), name.want(jsonString, "\"property\"")); err != nil {
			return nil, err
		}
		if name.text == "" {
			return nil, errorAt(ErrSyntax, name.pos, "a property name is not empty")
		}
		return p.made(&Property{node{v.pos}, name.text})
	}
	for _, kind := range []Kind{KindDate, KindTimestamp} {
		if text, ok := v.member(kind.String()); ok {
			if err := firstError(v.only(kind.String()), text.want(jsonString, "a "+kind.String())); err != nil {
				return nil, err
			}
			value, err := instantValue(text.pos, text.text, kind)
			if err != nil {
				return nil, err
			}
			return p.made(&Literal{node{v.pos}, value})
		}
	}
	if ends, ok := v.member("interval"); ok {
		return p.interval(v, ends)
	}
	if name, ok := v.member("type"); ok {
		g, err := p.geometry(v, name)
		if err != nil {
			return nil, err
		}
		return p.made(&Literal{node{v.pos}, Geometry(g)})
	}
	if corners, ok := v.member("bbox"); ok {
		return p.bbox(v, corners)
	}
	return nil, errorAt(ErrSyntax, v.pos, "an object has one of \"op\", \"property\", \"date\", \"timestamp\", \"interval\", \"type\" and \"bbox\"")
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *jsonParser) operation(v, op jsonValue) (Expr, error) {
	args, ok := v.member("args")
	if !ok {
		return nil, errorAt(ErrSyntax, v.pos, "an \"op\" comes with \"args\"")
	}
	err := firstError(v.only("op", "args"), op.want(jsonString, "\"op\""), args.want(jsonArray, "\"args\""))
	if err != nil {
		return nil, err
	}
	if e, ok, err := p.standardised(node{v.pos}, op, args); ok {
		if err != nil {
			return nil, err
		}
		return p.made(e)
	}
	if !isFunctionName(op.text) {
		return nil, errorAt(ErrSyntax, op.pos, "\"%s\" is neither an operator nor the name of a function", shorten(op.text))
	}
	exprs, err := p.all(args.items, p.element)
	if err != nil {
		return nil, err
	}
	return p.made(&Function{node{v.pos}, op.text, exprs})
}

// operations names the operators that standardised knows beside the tables of
// comparison and arithmetic and the standardised functions.
var operations = []string{"and", "or", "not", "like", "between", "in", "isNull"}

// standardised makes the node of an operator of the standard; ok is false for
// other names.
func (p *jsonParser) standardised(n node, op, args jsonValue) (e Expr, ok bool, err error) {
	name := op.text
	if i, ok := lookup(compareNames[:], name); ok {
		a, err := p.exactly(op, args, 2)
		return &Compare{n, CompareOp(i), a[0], a[1]}, true, err
	}
	if i, ok := lookup(arithmeticNames[:], name); ok {
		a, err := p.exactly(op, args, 2)
		return &Arithmetic{n, ArithmeticOp(i), a[0], a[1]}, true, err
	}
	if f, ok := formOf(name); ok {
		parse := p.expr
		if f.arrays {
			parse = p.element
		}
		if len(args.items) != f.args {
			return nil, true, wrongCount(op, f.args, len(args.items))
		}
		a, err := p.all(args.items, parse)
		if err != nil {
			return nil, true, err
		}
		return f.build(n, a), true, nil
	}
	if i, ok := lookup(operations, name); ok {
		e, err := p.predicate(n, operations[i], op, args)
		return e, true, err
	}
	return nil, false, nil
}

func (p *jsonParser) predicate(n node, name string, op, args jsonValue) (Expr, error) {
	switch name {
	case "and", "or":
		if len(args.items) < 2 {
			return nil, errorAt(ErrSyntax, op.pos, "\"%s\" has at least 2 arguments", name)
		}
		exprs, err := p.all(args.items, p.expr)
		if name == "or" {
			return &Or{n, exprs}, err
		}
		return &And{n, exprs}, err
	case "not":
		a, err := p.exactly(op, args, 1)
		return &Not{n, a[0]}, err
	case "isNull":
		a, err := p.exactly(op, args, 1)
		return &IsNull{n, a[0]}, err
	case "between":
		a, err := p.exactly(op, args, 3)
		return &Between{n, a[0], a[1], a[2]}, err
	case "like":
		a, err := p.exactly(op, args, 2)
		if err != nil {
			return nil, err
		}
		return &Like{n, a[0], a[1]}, p.checkPattern(a[1])
	default:
		return p.in(n, op, args)
	}
}

func (p *jsonParser) in(n node, op, args jsonValue) (Expr, error) {
	if len(args.items) != 2 {
		return nil, wrongCount(op, 2, len(args.items))
	}
	if err := args.items[1].want(jsonArray, "the second argument of \"in\""); err != nil {
		return nil, err
	}
	operand, err := p.expr(args.items[0])
	if err != nil {
		return nil, err
	}
	list, err := p.all(args.items[1].items, p.expr)
	return &In{n, operand, list}, err
}

func wrongCount(op jsonValue, want, got int) error {
	return errorAt(ErrSyntax, op.pos, "\"%s\" takes %d arguments, not %d", op.text, want, got)
}

// exactly parses the arguments of an operator with a fixed number of them.
// With an error the slots are there, but empty.
func (p *jsonParser) exactly(op, args jsonValue, count int) ([]Expr, error) {
	if len(args.items) != count {
		return make([]Expr, count), wrongCount(op, count, len(args.items))
	}
	exprs, err := p.all(args.items, p.expr)
	if err != nil {
		return make([]Expr, count), err
	}
	return exprs, nil
}

func (p *jsonParser) interval(v, ends jsonValue) (Expr, error) {
	if err := firstError(v.only("interval"), ends.want(jsonArray, "\"interval\"")); err != nil {
		return nil, err
	}
	if len(ends.items) != 2 {
		return nil, errorAt(ErrSyntax, ends.pos, "an interval has 2 ends, not %d", len(ends.items))
	}
	var exprs [2]Expr
	for i, end := range ends.items {
		var err error
		if end.kind == jsonString {
			exprs[i], err = intervalEnd(end.pos, end.text)
		} else if exprs[i], err = p.expr(end); err == nil {
			err = checkIntervalEnd(exprs[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return p.made(&IntervalOf{node{v.pos}, exprs[0], exprs[1]})
}

func (p *jsonParser) bbox(v, corners jsonValue) (Expr, error) {
	if err := firstError(v.only("bbox"), corners.want(jsonArray, "\"bbox\"")); err != nil {
		return nil, err
	}
	numbers := make([]float64, 0, 6)
	for _, item := range corners.items {
		f, err := p.coordinate(item)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, f)
	}
	if err := checkBBox(corners.pos, numbers); err != nil {
		return nil, err
	}
	return p.made(&BBox{node{v.pos}, numbers})
}

func (p *jsonParser) coordinate(v jsonValue) (float64, error) {
	if err := v.want(jsonNumber, "a coordinate"); err != nil {
		return 0, err
	}
	return parseCoordinate(v.pos, v.text)
}

// geometry reads a GeoJSON geometry (RFC 7946, clause 3.1).
func (p *jsonParser) geometry(v, name jsonValue) (geom.T, error) {
	if err := name.want(jsonString, "\"type\""); err != nil {
		return nil, err
	}
	for i, known := range shapeNames {
		if known == name.text {
			if shape(i) == shapeCollection {
				return p.collection(v)
			}
			return p.simpleGeometry(v, shape(i))
		}
	}
	return nil, errorAt(ErrGeometry, name.pos, "\"%s\" is not a GeoJSON geometry type", shorten(name.text))
}

func (p *jsonParser) simpleGeometry(v jsonValue, s shape) (geom.T, error) {
	lists, ok := v.member("coordinates")
	if !ok {
		return nil, errorAt(ErrGeometry, v.pos, "a %s has \"coordinates\"", shapeNames[s])
	}
	if err := v.only("type", "coordinates", "bbox"); err != nil {
		return nil, err
	}
	c := &coordinates{shape: s}
	if err := p.parts(c, lists, s.nesting()); err != nil {
		return nil, err
	}
	return c.geometry(v.pos)
}

func (p *jsonParser) parts(c *coordinates, v jsonValue, nesting int) error {
	if err := v.want(jsonArray, "\"coordinates\" at this level"); err != nil {
		return err
	}
	if nesting == 0 {
		return p.position(c, v)
	}
	start := len(c.flat)
	for _, item := range v.items {
		if err := p.parts(c, item, nesting-1); err != nil {
			return err
		}
	}
	switch {
	case nesting == 1:
		return c.endPart(v.pos, start)
	case nesting == 2 && c.shape == shapeMultiPolygon:
		if len(c.ends) == 0 {
			return errorAt(ErrGeometry, v.pos, "a polygon has at least one ring")
		}
		c.endPolygon()
	}
	return nil
}

func (p *jsonParser) position(c *coordinates, v jsonValue) error {
	if err := p.vertex(v.pos); err != nil {
		return err
	}
	numbers := make([]float64, 0, 3)
	for _, item := range v.items {
		f, err := p.coordinate(item)
		if err != nil {
			return err
		}
		numbers = append(numbers, f)
	}
	return c.add(v.pos, numbers)
}

func (p *jsonParser) collection(v jsonValue) (geom.T, error) {
	list, ok := v.member("geometries")
	if !ok {
		return nil, errorAt(ErrGeometry, v.pos, "a GeometryCollection has \"geometries\"")
	}
	if err := firstError(v.only("type", "geometries", "bbox"), list.want(jsonArray, "\"geometries\"")); err != nil {
		return nil, err
	}
	var members []geom.T
	for _, item := range list.items {
		name, ok := item.member("type")
		if !ok || name.text == shapeNames[shapeCollection] {
			return nil, errorAt(ErrGeometry, item.pos, "a member of a GeometryCollection is a geometry other than a collection")
		}
		member, err := p.geometry(item, name)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	if len(members) == 0 {
		return nil, errorAt(ErrGeometry, list.pos, "a GeometryCollection has at least one member")
	}
	return collect(v.pos, members)
}
