package snapshot

import "math"

// MaxZoom is the deepest zoom at which tiles are drawn.
const MaxZoom = 22

// MaxLatitude is where the square Web Mercator world ends, in degrees.
const MaxLatitude = 85.05112877980659

const worldSize = 1 << 32

// Point is a place in the square Web Mercator world (EPSG:3857): 2^32 units a
// side, x east from the antimeridian, y south from MaxLatitude. A unit is 9.3 mm
// on the equator.
type Point struct {
	X, Y uint32
}

// Project rounds a position in degrees to the nearest unit. What lies beyond the
// square comes to its edge; 180°E and the southern edge are the last unit.
func Project(lon, lat float64) Point {
	lat = math.Max(-MaxLatitude, math.Min(MaxLatitude, lat))
	return Point{
		X: unit(lon/360 + 0.5),
		Y: unit(0.5 - math.Asinh(math.Tan(lat*math.Pi/180))/(2*math.Pi)),
	}
}

// LonLat returns the position in degrees.
func (p Point) LonLat() (lon, lat float64) {
	lon = (float64(p.X)/worldSize - 0.5) * 360
	lat = math.Atan(math.Sinh((0.5-float64(p.Y)/worldSize)*2*math.Pi)) * 180 / math.Pi
	return lon, lat
}

func unit(f float64) uint32 {
	v := math.Floor(f*worldSize + 0.5)
	switch {
	case !(v > 0):
		return 0
	case v >= worldSize-1:
		return worldSize - 1
	}
	return uint32(v)
}

// Box is an envelope in world units; all four edges are in it. It never crosses
// the antimeridian.
type Box struct {
	MinX, MinY, MaxX, MaxY uint32
}

// emptyBox holds nothing, and extends to whatever is put in.
var emptyBox = Box{MinX: math.MaxUint32, MinY: math.MaxUint32}

// Empty reports whether nothing is in the box.
func (b Box) Empty() bool { return b.MinX > b.MaxX || b.MinY > b.MaxY }

// Intersects reports whether the two share a point.
func (b Box) Intersects(o Box) bool {
	return b.MinX <= o.MaxX && o.MinX <= b.MaxX && b.MinY <= o.MaxY && o.MinY <= b.MaxY
}

// Extend returns the smallest box that holds both.
func (b Box) Extend(o Box) Box {
	if o.Empty() {
		return b
	}
	if b.Empty() {
		return o
	}
	return Box{min(b.MinX, o.MinX), min(b.MinY, o.MinY), max(b.MaxX, o.MaxX), max(b.MaxY, o.MaxY)}
}

func (b Box) with(p Point) Box {
	return Box{min(b.MinX, p.X), min(b.MinY, p.Y), max(b.MaxX, p.X), max(b.MaxY, p.Y)}
}

func (b Box) center() Point {
	return Point{b.MinX + (b.MaxX-b.MinX)/2, b.MinY + (b.MaxY-b.MinY)/2}
}

// Window is what a search looks into: a rectangle that may go over the
// antimeridian, as at most two boxes.
type Window struct {
	boxes [2]Box
	n     int
}

// NewWindow makes the window of a rectangle, edges in it. X may lie outside the
// world by up to a world's width and wraps; Y is cut to the world.
func NewWindow(minX, minY, maxX, maxY int64) Window {
	minY, maxY = max(minY, 0), min(maxY, worldSize-1)
	if minX > maxX || minY > maxY {
		return Window{}
	}
	if maxX-minX >= worldSize-1 {
		return WindowOf(Box{0, uint32(minY), worldSize - 1, uint32(maxY)})
	}
	west, east := wrap(minX), wrap(maxX)
	if west <= east {
		return WindowOf(Box{west, uint32(minY), east, uint32(maxY)})
	}
	return Window{n: 2, boxes: [2]Box{
		{west, uint32(minY), worldSize - 1, uint32(maxY)},
		{0, uint32(minY), east, uint32(maxY)},
	}}
}

// WindowOf makes the window of one box.
func WindowOf(b Box) Window { return Window{n: 1, boxes: [2]Box{b}} }

// Intersects reports whether the window and a box share a point.
func (w *Window) Intersects(b Box) bool {
	return w.n > 0 && w.boxes[0].Intersects(b) || w.n > 1 && w.boxes[1].Intersects(b)
}

func wrap(x int64) uint32 { return uint32(x & (worldSize - 1)) }
