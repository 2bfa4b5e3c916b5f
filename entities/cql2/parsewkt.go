package cql2

import "github.com/twpayne/go-geom"

// geometryLiteral reads WKT after its type name. The dimension is that of the
// positions; "Z" may be missing (21-065r2, clause 8.2), but not contradicted.
func (p *textParser) geometryLiteral(pos Pos, s shape, tagged bool) (Expr, error) {
	g, err := p.geometry(pos, s, tagged)
	if err != nil {
		return nil, err
	}
	return p.made(&Literal{node{pos}, Geometry(g)})
}

func (p *textParser) geometry(pos Pos, s shape, tagged bool) (geom.T, error) {
	z, err := p.accept("z")
	if err != nil {
		return nil, err
	}
	var g geom.T
	if s == shapeCollection {
		g, err = p.collection(pos)
	} else {
		c := &coordinates{shape: s}
		if err := p.parts(c, s.nesting()); err != nil {
			return nil, err
		}
		g, err = c.geometry(pos)
	}
	if err == nil && (z || tagged) && g.Stride() < 3 {
		return nil, errorAt(ErrGeometry, pos, "a geometry marked Z has positions of 3 numbers")
	}
	return g, err
}

// parts reads a list of the given nesting; 0 is one position in parentheses.
func (p *textParser) parts(c *coordinates, nesting int) error {
	pos, start := p.tok.pos, len(c.flat)
	if err := p.expect("("); err != nil {
		return err
	}
	for {
		var err error
		switch {
		case nesting > 1:
			err = p.parts(c, nesting-1)
		case c.shape == shapeMultiPoint && p.tok.is("("):
			err = p.parts(c, 0)
		default:
			err = p.position(c)
		}
		if err != nil {
			return err
		}
		if nesting == 0 || !p.tok.is(",") {
			break
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
	if err := p.expect(")"); err != nil {
		return err
	}
	switch {
	case nesting == 1:
		return c.endPart(pos, start)
	case nesting == 2 && c.shape == shapeMultiPolygon:
		c.endPolygon()
	}
	return nil
}

func (p *textParser) position(c *coordinates) error {
	pos := p.tok.pos
	if err := p.vertex(pos); err != nil {
		return err
	}
	var numbers [4]float64
	n := 0
	for n < len(numbers) && (n < 2 || p.tok.kind == tokenNumber || p.tok.is("-") || p.tok.is("+")) {
		f, err := p.coordinate()
		if err != nil {
			return err
		}
		numbers[n] = f
		n++
	}
	return c.add(pos, numbers[:n])
}

// coordinate reads a signed number.
func (p *textParser) coordinate() (float64, error) {
	pos := p.tok.pos
	minus := p.tok.is("-")
	if minus || p.tok.is("+") {
		if err := p.advance(); err != nil {
			return 0, err
		}
	}
	if p.tok.kind != tokenNumber {
		return 0, p.unexpected("a number")
	}
	text := p.tok.text
	if minus {
		text = "-" + text
	}
	f, err := parseCoordinate(pos, text)
	if err != nil {
		return 0, err
	}
	return f, p.advance()
}

// collection reads the members of a GEOMETRYCOLLECTION, none of which is one.
func (p *textParser) collection(pos Pos) (geom.T, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var members []geom.T
	for {
		name := p.tok
		s, tagged, ok := shapeTag(name)
		if !ok {
			return nil, p.unexpected("POINT, LINESTRING, POLYGON or one of their MULTI forms")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		member, err := p.geometry(name.pos, s, tagged)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
		if !p.tok.is(",") {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return collect(pos, members)
}

// shapeTag reads a type name, possibly with its Z attached; collections do not nest.
func shapeTag(t token) (s shape, tagged, ok bool) {
	if t.kind != tokenWord {
		return 0, false, false
	}
	name := t.text
	if last := len(name) - 1; name[last] == 'z' || name[last] == 'Z' {
		name, tagged = name[:last], true
	}
	s, ok = shapeOf(name)
	return s, tagged, ok && s != shapeCollection
}

func (p *textParser) bboxLiteral(pos Pos) (Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var corners []float64
	for {
		f, err := p.coordinate()
		if err != nil {
			return nil, err
		}
		if corners = append(corners, f); !p.tok.is(",") || len(corners) > 6 {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if err := checkBBox(pos, corners); err != nil {
		return nil, err
	}
	return p.made(&BBox{node{pos}, corners})
}
