package source

import (
	"errors"

	"github.com/twpayne/go-geom"
)

// ring is one closed line of a polygon.
type ring struct {
	flat                   []float64
	stride                 int
	area                   float64 // twice the signed area, positive counter-clockwise
	west, south, east, nor float64
	holes                  []int
}

// groupWork bounds the search for the ring around each hole, in points looked at.
const groupWork = 500_000_000

var errRings = errors.New("the polygon has so many rings and holes that they cannot be told apart in reasonable time")

// groupRings makes polygons of the rings of a shapefile: outer rings are
// clockwise, holes are not, and a hole belongs to the smallest outer ring around
// it. A hole outside of every ring is a ring of the wrong direction, and a polygon
// of its own.
func groupRings(layout geom.Layout, flat []float64, ends []int) (geom.T, error) {
	if len(ends) <= 1 {
		return geom.NewPolygonFlat(layout, flat, ends), nil
	}
	rings := make([]ring, len(ends))
	var outer []int
	from := 0
	for i, end := range ends {
		rings[i] = newRing(flat[from:end], layout.Stride())
		from = end
		if rings[i].area < 0 {
			outer = append(outer, i)
		}
	}
	if len(outer) == 0 {
		outer = []int{0}
	}
	isOuter := make([]bool, len(rings))
	for _, i := range outer {
		isOuter[i] = true
	}
	work := groupWork
	for i := range rings {
		if isOuter[i] {
			continue
		}
		around := -1
		for _, o := range outer {
			inside := rings[o].contains(&rings[i], &work)
			if inside && (around < 0 || abs(rings[o].area) < abs(rings[around].area)) {
				around = o
			}
		}
		if work < 0 {
			return nil, errRings
		}
		if around < 0 {
			isOuter[i] = true
		} else {
			rings[around].holes = append(rings[around].holes, i)
		}
	}
	return polygons(layout, rings, isOuter), nil
}

func polygons(layout geom.Layout, rings []ring, isOuter []bool) geom.T {
	var flat []float64
	var endss [][]int
	for i := range rings {
		if !isOuter[i] {
			continue
		}
		flat = append(flat, rings[i].flat...)
		ends := []int{len(flat)}
		for _, hole := range rings[i].holes {
			flat = append(flat, rings[hole].flat...)
			ends = append(ends, len(flat))
		}
		endss = append(endss, ends)
	}
	if len(endss) == 1 {
		return geom.NewPolygonFlat(layout, flat, endss[0])
	}
	return geom.NewMultiPolygonFlat(layout, flat, endss)
}

func newRing(flat []float64, stride int) ring {
	r := ring{flat: flat, stride: stride, west: flat[0], south: flat[1], east: flat[0], nor: flat[1]}
	x0, y0 := flat[0], flat[1] // keeps digits where coordinates are large
	for i := 0; i < len(flat); i += stride {
		x, y := flat[i], flat[i+1]
		r.west, r.south, r.east, r.nor = min(r.west, x), min(r.south, y), max(r.east, x), max(r.nor, y)
		if i > 0 {
			px, py := flat[i-stride], flat[i-stride+1]
			r.area += (px-x0)*(y-y0) - (x-x0)*(py-y0)
		}
	}
	return r
}

// contains tells whether a hole lies in the ring. Where a corner of the hole lies
// on the ring the next one decides.
func (r *ring) contains(hole *ring, work *int) bool {
	*work--
	if hole.west < r.west || hole.east > r.east || hole.south < r.south || hole.nor > r.nor {
		return false
	}
	for i := 0; i < len(hole.flat) && *work >= 0; i += hole.stride {
		*work -= len(r.flat) / r.stride
		if where := r.locate(hole.flat[i], hole.flat[i+1]); where != 0 {
			return where > 0
		}
	}
	return true // every corner is on the ring
}

// locate returns 1 inside, -1 outside, 0 on the ring.
func (r *ring) locate(x, y float64) int {
	where := -1
	for i := r.stride; i < len(r.flat); i += r.stride {
		ax, ay, bx, by := r.flat[i-r.stride], r.flat[i-r.stride+1], r.flat[i], r.flat[i+1]
		turn := (bx-ax)*(y-ay) - (x-ax)*(by-ay)
		if turn == 0 && min(ax, bx) <= x && x <= max(ax, bx) && min(ay, by) <= y && y <= max(ay, by) {
			return 0
		}
		if (ay > y) != (by > y) && (turn > 0) == (by > ay) {
			where = -where
		}
	}
	return where
}

func abs(f float64) float64 {
	if f < 0 {
		return -f
	}
	return f
}
