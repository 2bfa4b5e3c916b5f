package shape

import (
	"math"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
)

// mostPoints is how many points crossing rings may have to be cut: the way it is
// done costs an overlay a point.
const mostPoints = 2000

// node cuts rings where they cross and returns what lies inside an odd number of
// them. Where that covers another area than the rings' signed areas add up to,
// the rings can be read in two ways: ErrInvalid.
func node(parts [][][]float64) (geom.T, error) {
	points, want := 0, 0.0
	for _, part := range parts {
		for i, ring := range part {
			points += len(ring) / 2
			area := math.Abs(signedArea(ring))
			if i > 0 {
				area = -area
			}
			want += area
		}
	}
	if points > mostPoints {
		return nil, invalid("共 %d 个点的环自相交或互相交叉", "rings of %d points cross themselves or each other", points)
	}
	inside, err := oddInside(parts)
	if err != nil { // the library's own words are of no use to a steward
		return nil, invalid("环互相交叉，无法切分", "its rings cross so that they cannot be cut apart")
	}
	clean := areas(inside, want*areaTolerance/10)
	got := clean.Area()
	if want <= 0 || clean.IsEmpty() || math.Abs(got-want) > areaTolerance*want {
		return nil, invalid("环互相交叉，所围范围有两种解释（面积 %.4g 与 %.4g）", "its rings cross, and what they cover can be read in two ways (areas %.4g and %.4g)", want, got)
	}
	shape, err := wkb.Unmarshal(clean.AsBinary())
	if err != nil {
		return nil, invalid("切分的结果不是有效的几何", "%v", err)
	}
	return shape, nil
}

// signedArea is the shoelace formula, relative to the first point for accuracy.
func signedArea(ring []float64) float64 {
	sum := 0.0
	x0, y0 := ring[0], ring[1]
	for i := 2; i+3 < len(ring); i += 2 {
		sum += (ring[i]-x0)*(ring[i+3]-y0) - (ring[i+2]-x0)*(ring[i+1]-y0)
	}
	return sum / 2
}

// oddInside is the area inside an odd number of rings: the symmetric difference
// of the triangles that fan out from each ring's first point.
func oddInside(parts [][][]float64) (sf.Geometry, error) {
	var sum sf.Geometry
	for _, part := range parts {
		for _, ring := range part {
			for i := 2; i+3 < len(ring); i += 2 {
				if cross(ring[0], ring[1], ring[i], ring[i+1], ring[i+2], ring[i+3]) == 0 {
					continue
				}
				triangle := sf.NewPolygonXY([]float64{ring[0], ring[1], ring[i], ring[i+1], ring[i+2], ring[i+3], ring[0], ring[1]})
				next, err := sf.SymmetricDifference(sum, triangle.AsGeometry())
				if err != nil {
					return sum, err
				}
				sum = next
			}
		}
	}
	return sum, nil
}

// areas keeps the polygons of a geometry that are larger than what rounding
// leaves behind.
func areas(g sf.Geometry, least float64) sf.Geometry {
	var kept []sf.Polygon
	var walk func(sf.Geometry)
	walk = func(g sf.Geometry) {
		switch {
		case g.IsPolygon():
			if p := g.MustAsPolygon(); p.Area() > least {
				kept = append(kept, p)
			}
		case g.IsMultiPolygon():
			m := g.MustAsMultiPolygon()
			for i := range m.NumPolygons() {
				walk(m.PolygonN(i).AsGeometry())
			}
		case g.IsGeometryCollection():
			c := g.MustAsGeometryCollection()
			for i := range c.NumGeometries() {
				walk(c.GeometryN(i))
			}
		}
	}
	walk(g)
	if len(kept) == 1 {
		return kept[0].AsGeometry()
	}
	return sf.NewMultiPolygon(kept).AsGeometry()
}
