package geodesy

import "math"

// Envelope is a box in degrees of longitude and latitude on WGS 84, edges
// included. West > East means that it crosses the antimeridian.
type Envelope struct {
	West, South, East, North float64
}

// Contains reports whether the point lies in the box or on its edge. It is
// false for coordinates that are not finite.
func (e Envelope) Contains(lon, lat float64) bool {
	if !(lat >= e.South && lat <= e.North) {
		return false
	}
	if e.West <= e.East {
		return lon >= e.West && lon <= e.East
	}
	return (lon >= e.West && lon <= 180) || (lon <= e.East && lon >= -180)
}

// Intersects reports whether the two boxes share a point.
func (e Envelope) Intersects(o Envelope) bool {
	if e.North < o.South || o.North < e.South {
		return false
	}
	for _, a := range e.spans() {
		for _, b := range o.spans() {
			if a[0] <= b[1] && b[0] <= a[1] {
				return true
			}
		}
	}
	return false
}

// spans gives the box's longitudes as intervals that do not wrap; a box that
// does not wrap has the same one twice.
func (e Envelope) spans() [2][2]float64 {
	if e.West <= e.East {
		return [2][2]float64{{e.West, e.East}, {e.West, e.East}}
	}
	return [2][2]float64{{e.West, 180}, {-180, e.East}}
}

// Valid reports whether the box is finite, within ±180 and ±90 degrees, and
// has its south no farther north than its north.
func (e Envelope) Valid() bool {
	return math.Abs(e.West) <= 180 && math.Abs(e.East) <= 180 &&
		math.Abs(e.South) <= 90 && math.Abs(e.North) <= 90 && e.South <= e.North
}
