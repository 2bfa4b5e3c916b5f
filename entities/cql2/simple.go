package cql2

import (
	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
)

// toSimple converts a geometry for simplefeatures; Z and M stay behind.
func toSimple(g geom.T) sf.Geometry {
	stride := g.Stride()
	switch g := g.(type) {
	case *geom.Point:
		if g.Empty() {
			return sf.NewEmptyPoint(sf.DimXY).AsGeometry()
		}
		return sf.NewPointXY(g.X(), g.Y()).AsGeometry()
	case *geom.LineString:
		return simpleLine(g.FlatCoords(), stride).AsGeometry()
	case *geom.LinearRing:
		return simpleLine(g.FlatCoords(), stride).AsGeometry()
	case *geom.Polygon:
		return simplePolygon(g.FlatCoords(), stride, 0, g.Ends()).AsGeometry()
	case *geom.MultiPoint:
		points := make([]sf.Point, 0, g.NumPoints())
		for i := range g.NumPoints() {
			if p := g.Point(i); !p.Empty() {
				points = append(points, sf.NewPointXY(p.X(), p.Y()))
			}
		}
		return sf.NewMultiPoint(points).AsGeometry()
	case *geom.MultiLineString:
		return sf.NewMultiLineString(simpleLines(g.FlatCoords(), stride, 0, g.Ends())).AsGeometry()
	case *geom.MultiPolygon:
		var polygons []sf.Polygon
		start := 0
		for _, ends := range g.Endss() {
			polygons = append(polygons, simplePolygon(g.FlatCoords(), stride, start, ends))
			if len(ends) > 0 {
				start = ends[len(ends)-1]
			}
		}
		return sf.NewMultiPolygon(polygons).AsGeometry()
	case *geom.GeometryCollection:
		members := make([]sf.Geometry, 0, g.NumGeoms())
		for _, member := range g.Geoms() {
			members = append(members, toSimple(member))
		}
		return sf.NewGeometryCollection(members).AsGeometry()
	default:
		return sf.Geometry{}
	}
}

func simpleLine(flat []float64, stride int) sf.LineString {
	if stride == 2 {
		return sf.NewLineString(sf.NewSequence(flat, sf.DimXY))
	}
	xy := make([]float64, 0, 2*len(flat)/stride)
	for i := 0; i+1 < len(flat); i += stride {
		xy = append(xy, flat[i], flat[i+1])
	}
	return sf.NewLineString(sf.NewSequence(xy, sf.DimXY))
}

func simpleLines(flat []float64, stride, start int, ends []int) []sf.LineString {
	lines := make([]sf.LineString, 0, len(ends))
	for _, end := range ends {
		lines = append(lines, simpleLine(flat[start:end], stride))
		start = end
	}
	return lines
}

func simplePolygon(flat []float64, stride, start int, ends []int) sf.Polygon {
	return sf.NewPolygon(simpleLines(flat, stride, start, ends))
}

// validGeometry holds a literal to the rules of simple features.
func validGeometry(pos Pos, g geom.T) error {
	if g == nil {
		return errorAt(ErrGeometry, pos, "the geometry is missing")
	}
	if err := toSimple(g).Validate(); err != nil {
		return errorAt(ErrGeometry, pos, "%s", err)
	}
	return nil
}

func exactlyEqual(a, b geom.T) bool { return sf.ExactEquals(toSimple(a), toSimple(b)) }

// boxGeometry returns the area of a box literal: a polygon, two where it spans
// the antimeridian, a line or a point where it has no width or height.
func boxGeometry(e *BBox) (geom.T, error) {
	if err := checkBBox(e.Pos, e.Corners); err != nil {
		return nil, err
	}
	upper := len(e.Corners) / 2
	b := box{e.Corners[0], e.Corners[1], e.Corners[upper], e.Corners[upper+1]}
	if b.minY > b.maxY {
		return nil, errorAt(ErrGeometry, e.Pos, "the upper edge of a BBOX (%v) is not below its lower edge (%v)", b.maxY, b.minY)
	}
	if b.minX <= b.maxX {
		return b.geometry(), nil
	}
	if b.minX > antimeridian || b.maxX < -antimeridian {
		return nil, errorAt(ErrGeometry, e.Pos, "the west edge of a BBOX (%v) may be greater than its east edge (%v) in degrees only", b.minX, b.maxX)
	}
	west := box{b.minX, b.minY, antimeridian, b.maxY}.geometry()
	east := box{-antimeridian, b.minY, b.maxX, b.maxY}.geometry()
	first, ok1 := west.(*geom.Polygon)
	second, ok2 := east.(*geom.Polygon)
	if !ok1 || !ok2 {
		return collect(e.Pos, []geom.T{west, east})
	}
	flat := append(first.FlatCoords(), second.FlatCoords()...)
	return geom.NewMultiPolygonFlat(geom.XY, flat, [][]int{{10}, {20}}), nil
}

const antimeridian = 180

func (b box) geometry() geom.T {
	switch {
	case b.minX == b.maxX && b.minY == b.maxY:
		return geom.NewPointFlat(geom.XY, []float64{b.minX, b.minY})
	case b.minX == b.maxX || b.minY == b.maxY:
		return geom.NewLineStringFlat(geom.XY, []float64{b.minX, b.minY, b.maxX, b.maxY})
	default:
		return geom.NewPolygonFlat(geom.XY, []float64{
			b.minX, b.minY, b.maxX, b.minY, b.maxX, b.maxY, b.minX, b.maxY, b.minX, b.minY,
		}, []int{10})
	}
}
