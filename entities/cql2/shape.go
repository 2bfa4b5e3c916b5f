package cql2

import "github.com/twpayne/go-geom"

// shape is a type of geometry literal.
type shape uint8

const (
	shapePoint shape = iota
	shapeLineString
	shapePolygon
	shapeMultiPoint
	shapeMultiLineString
	shapeMultiPolygon
	shapeCollection
)

var shapeNames = [...]string{
	"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection",
}

func shapeOf(name string) (shape, bool) {
	i, ok := lookup(shapeNames[:], name)
	return shape(i), ok
}

// nesting is how many lists lie around the positions: a point has none.
func (s shape) nesting() int {
	switch s {
	case shapePoint:
		return 0
	case shapeLineString, shapeMultiPoint:
		return 1
	case shapePolygon, shapeMultiLineString:
		return 2
	default:
		return 3
	}
}

// coordinates collects the positions of one geometry literal. All positions
// have the same stride, which the first one sets.
type coordinates struct {
	shape  shape
	stride int
	flat   []float64
	ends   []int
	endss  [][]int
}

// add appends one position.
func (c *coordinates) add(pos Pos, position []float64) error {
	if len(position) < 2 || len(position) > 3 {
		return errorAt(ErrGeometry, pos, "a position has 2 or 3 numbers, not %d", len(position))
	}
	if c.stride == 0 {
		c.stride = len(position)
	}
	if c.stride != len(position) {
		return errorAt(ErrGeometry, pos, "a position has %d numbers where those before it have %d", len(position), c.stride)
	}
	c.flat = append(c.flat, position...)
	return nil
}

// endPart closes the line or ring that began at the given index of flat.
func (c *coordinates) endPart(pos Pos, start int) error {
	positions := (len(c.flat) - start) / max(c.stride, 1)
	switch c.shape {
	case shapeLineString, shapeMultiLineString:
		if positions < 2 {
			return errorAt(ErrGeometry, pos, "a line has at least 2 positions, not %d", positions)
		}
	case shapePolygon, shapeMultiPolygon:
		if positions < 4 {
			return errorAt(ErrGeometry, pos, "a ring has at least 4 positions, not %d", positions)
		}
		last := len(c.flat) - c.stride
		for i := range c.stride {
			if c.flat[start+i] != c.flat[last+i] {
				return errorAt(ErrGeometry, pos, "a ring ends where it begins")
			}
		}
	}
	c.ends = append(c.ends, len(c.flat))
	return nil
}

// endPolygon closes a polygon of a multipolygon.
func (c *coordinates) endPolygon() {
	c.endss = append(c.endss, c.ends)
	c.ends = nil
}

func (c *coordinates) geometry(pos Pos) (geom.T, error) {
	if len(c.flat) == 0 {
		return nil, errorAt(ErrGeometry, pos, "the %s has no position", shapeNames[c.shape])
	}
	layout := geom.XY
	if c.stride == 3 {
		layout = geom.XYZ
	}
	switch c.shape {
	case shapePoint:
		return geom.NewPointFlat(layout, c.flat), nil
	case shapeLineString:
		return geom.NewLineStringFlat(layout, c.flat), nil
	case shapePolygon:
		return geom.NewPolygonFlat(layout, c.flat, c.ends), nil
	case shapeMultiPoint:
		return geom.NewMultiPointFlat(layout, c.flat), nil
	case shapeMultiLineString:
		return geom.NewMultiLineStringFlat(layout, c.flat, c.ends), nil
	default:
		return geom.NewMultiPolygonFlat(layout, c.flat, c.endss), nil
	}
}

// collect makes a collection of its members.
func collect(pos Pos, members []geom.T) (geom.T, error) {
	collection := geom.NewGeometryCollection()
	for _, member := range members {
		if err := collection.Push(member); err != nil {
			return nil, errorAt(ErrGeometry, pos, "the members of a GeometryCollection have the same number of dimensions")
		}
	}
	return collection, nil
}

// checkBBox holds what both encodings ask of a box.
func checkBBox(pos Pos, corners []float64) error {
	if len(corners) != 4 && len(corners) != 6 {
		return errorAt(ErrGeometry, pos, "a BBOX has 4 or 6 numbers, not %d", len(corners))
	}
	if len(corners) == 6 && corners[2] > corners[5] {
		return errorAt(ErrGeometry, pos, "the top of a BBOX is not below its bottom")
	}
	return nil
}

// shapeOfGeometry returns the literal type of a geometry that CQL2 can write.
func shapeOfGeometry(g geom.T) (shape, bool) {
	if g == nil || g.Empty() || g.Layout() != geom.XY && g.Layout() != geom.XYZ {
		return 0, false
	}
	switch g := g.(type) {
	case *geom.Point:
		return shapePoint, true
	case *geom.LineString:
		return shapeLineString, true
	case *geom.Polygon:
		return shapePolygon, true
	case *geom.MultiPoint:
		return shapeMultiPoint, len(g.FlatCoords()) == g.NumPoints()*g.Stride()
	case *geom.MultiLineString:
		return shapeMultiLineString, true
	case *geom.MultiPolygon:
		return shapeMultiPolygon, true
	case *geom.GeometryCollection:
		for _, member := range g.Geoms() {
			if s, ok := shapeOfGeometry(member); !ok || s == shapeCollection {
				return 0, false
			}
		}
		return shapeCollection, true
	default:
		return 0, false
	}
}

// nested is a position, or a list of lists of positions.
type nested struct {
	position []float64
	parts    []nested
	bracket  bool // WKT puts parentheses around each position (multipoint)
}

// positionsOf returns the positions of a geometry that is not a collection, in
// the nesting that WKT and GeoJSON share.
func positionsOf(g geom.T) nested {
	flat, stride := g.FlatCoords(), g.Stride()
	line := func(start, end int) nested {
		var n nested
		for i := start; i < end; i += stride {
			n.parts = append(n.parts, nested{position: flat[i : i+stride]})
		}
		return n
	}
	lines := func(start int, ends []int) nested {
		var n nested
		for _, end := range ends {
			n.parts = append(n.parts, line(start, end))
			start = end
		}
		return n
	}
	switch g := g.(type) {
	case *geom.Point:
		return nested{position: flat}
	case *geom.MultiPoint:
		n := line(0, len(flat))
		n.bracket = true
		return n
	case *geom.MultiPolygon:
		var n nested
		start := 0
		for _, ends := range g.Endss() {
			n.parts = append(n.parts, lines(start, ends))
			if len(ends) > 0 {
				start = ends[len(ends)-1]
			}
		}
		return n
	case *geom.Polygon, *geom.MultiLineString:
		return lines(0, g.Ends())
	default:
		return line(0, len(flat))
	}
}

func countPositions(g geom.T) int {
	collection, ok := g.(*geom.GeometryCollection)
	if !ok {
		return len(g.FlatCoords()) / max(g.Stride(), 1)
	}
	total := 0
	for _, member := range collection.Geoms() {
		total += countPositions(member)
	}
	return total
}
