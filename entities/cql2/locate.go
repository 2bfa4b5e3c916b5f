package cql2

import (
	"math"

	"github.com/twpayne/go-geom"
)

// place is where a point lies with regard to an area.
type place uint8

const (
	uncertain place = iota // not an area, or too close to an edge to tell in floats
	inside
	outside
	onEdge
)

// locate places a point in a polygon or multipolygon by counting the edges
// that a ray to the right crosses. What it says is exact: where rounding could
// change the answer it says uncertain.
func locate(x, y float64, g geom.T) place {
	switch g := g.(type) {
	case *geom.Polygon:
		return locateInRings(x, y, g.FlatCoords(), g.Stride(), 0, g.Ends())
	case *geom.MultiPolygon:
		result := outside
		start := 0
		for _, ends := range g.Endss() {
			where := locateInRings(x, y, g.FlatCoords(), g.Stride(), start, ends)
			if where != outside {
				return where
			}
			if len(ends) > 0 {
				start = ends[len(ends)-1]
			}
		}
		return result
	default:
		return uncertain
	}
}

func locateInRings(x, y float64, flat []float64, stride, start int, ends []int) place {
	if math.IsNaN(x) || math.IsNaN(y) {
		return uncertain
	}
	odd := false
	for _, end := range ends {
		for i := start; i+stride < end; i += stride {
			switch crossing(x, y, flat[i], flat[i+1], flat[i+stride], flat[i+stride+1]) {
			case rayCrosses:
				odd = !odd
			case rayStartsOn:
				return onEdge
			case rayUnclear:
				return uncertain
			}
		}
		start = end
	}
	if odd {
		return inside
	}
	return outside
}

type rayResult uint8

const (
	rayMisses rayResult = iota
	rayCrosses
	rayStartsOn
	rayUnclear
)

// crossing tells what a ray from (x, y) to the right does with the edge from
// (x1, y1) to (x2, y2). The lower end belongs to the edge, the upper does not.
func crossing(x, y, x1, y1, x2, y2 float64) rayResult {
	if x == x1 && y == y1 || x == x2 && y == y2 {
		return rayStartsOn
	}
	if (y1 > y) == (y2 > y) {
		if y1 == y && y2 == y && min(x1, x2) <= x && x <= max(x1, x2) {
			return rayStartsOn
		}
		return rayMisses
	}
	if x > max(x1, x2) {
		return rayMisses
	}
	if x < min(x1, x2) {
		return rayCrosses
	}
	left, right := (x1-x)*(y2-y), (x2-x)*(y1-y)
	determinant := left - right
	// The error bound of Shewchuk's orientation test (ccwerrboundA).
	const bound = 3.3306690738754716e-16
	if math.Abs(determinant) <= bound*(math.Abs(left)+math.Abs(right)) {
		return rayUnclear
	}
	if (determinant > 0) == (y2 > y1) {
		return rayCrosses
	}
	return rayMisses
}
