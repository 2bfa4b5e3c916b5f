package api

import (
	"math"
	"slices"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
)

// pointOf returns a point to show a shape at: for a polygon one that is inside
// it, for a line one on it. False where the geometry is none or empty.
func pointOf(g entities.Geometry) (lon, lat float64, ok bool) {
	shape, err := g.Shape()
	if err != nil || shape == nil || shape.Empty() {
		return 0, 0, false
	}
	lon, lat, ok = pointOfShape(shape)
	const precision = 1e7 // a centimetre; the point is one of many
	return math.Round(lon*precision) / precision, math.Round(lat*precision) / precision, ok
}

func pointOfShape(shape geom.T) (lon, lat float64, ok bool) {
	switch s := shape.(type) {
	case *geom.Polygon:
		return insidePolygon(s)
	case *geom.MultiPolygon:
		largest, area := -1, -1.0
		for i := range s.NumPolygons() {
			if a := math.Abs(s.Polygon(i).Area()); a > area {
				largest, area = i, a
			}
		}
		return insidePolygon(s.Polygon(largest))
	case *geom.GeometryCollection:
		for _, part := range s.Geoms() {
			if lon, lat, ok := pointOfShape(part); ok {
				return lon, lat, ok
			}
		}
		return 0, 0, false
	}
	flat, stride := shape.FlatCoords(), shape.Stride()
	if len(flat) < stride {
		return 0, 0, false
	}
	middle := len(flat) / stride / 2 * stride
	return flat[middle], flat[middle+1], true
}

// insidePolygon scans the polygon at a few heights and takes the middle of the
// widest stretch inside it.
func insidePolygon(p *geom.Polygon) (lon, lat float64, ok bool) {
	if p.Empty() {
		return 0, 0, false
	}
	b := p.Bounds()
	widest := -1.0
	const scans = 7
	for i := 1; i <= scans; i++ {
		y := b.Min(1) + (b.Max(1)-b.Min(1))*float64(i)/(scans+1)
		crossings := crossingsAt(p, y)
		for j := 0; j+1 < len(crossings); j += 2 {
			width := crossings[j+1] - crossings[j]
			// The middle scan wins ties, so that a box has its centre.
			if width > widest*(1+1e-9) || i == (scans+1)/2 && width >= widest*(1-1e-9) {
				widest, lon, lat = width, (crossings[j]+crossings[j+1])/2, y
			}
		}
	}
	if widest < 0 {
		return b.Min(0)/2 + b.Max(0)/2, b.Min(1)/2 + b.Max(1)/2, true
	}
	return lon, lat, true
}

func crossingsAt(p *geom.Polygon, y float64) []float64 {
	var xs []float64
	flat, stride := p.FlatCoords(), p.Stride()
	start := 0
	for _, end := range p.Ends() {
		for i := start; i+stride < end; i += stride {
			x1, y1, x2, y2 := flat[i], flat[i+1], flat[i+stride], flat[i+stride+1]
			if (y1 > y) != (y2 > y) {
				xs = append(xs, x1+(y-y1)/(y2-y1)*(x2-x1))
			}
		}
		start = end
	}
	slices.Sort(xs)
	return xs
}

func boundsOf(g entities.Geometry) entities.Box {
	b, err := g.Bounds()
	if err != nil {
		return entities.NoBox
	}
	return b
}
