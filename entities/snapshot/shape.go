package snapshot

import (
	"math"

	"github.com/twpayne/go-geom"
)

// ShapeType tells what the rings of a drawn row are; the numbers are those of
// vector tiles (MVT 2.1, 4.3.4).
type ShapeType uint8

// The types of shapes.
const (
	NoShape ShapeType = iota
	Points
	Lines
	Polygons
)

// drawing is a shape in world units: vertices of all parts one after another,
// the end of each ring, and which rings begin a part. Closing vertices and
// repeated ones are left out.
type drawing struct {
	kind   ShapeType
	coords []uint32
	rings  []uint32
	box    Box
	size   float64 // area in square units, or length in units
}

func (d *drawing) reset() {
	*d = drawing{coords: d.coords[:0], rings: d.rings[:0], box: emptyBox}
}

// set draws a shape. Of a collection it takes the members of the highest
// dimension. It reports false where nothing is to be drawn.
func (d *drawing) set(shape geom.T) bool {
	d.reset()
	if shape == nil || shape.Empty() {
		return false
	}
	d.kind = highest(shape)
	d.add(shape)
	if len(d.rings) == 0 {
		d.kind = NoShape
		return false
	}
	return true
}

func (d *drawing) setPoint(p Point) {
	d.reset()
	d.kind = Points
	d.point(p)
}

func highest(shape geom.T) ShapeType {
	switch s := shape.(type) {
	case *geom.Point, *geom.MultiPoint:
		return Points
	case *geom.LineString, *geom.MultiLineString, *geom.LinearRing:
		return Lines
	case *geom.Polygon, *geom.MultiPolygon:
		return Polygons
	case *geom.GeometryCollection:
		most := NoShape
		for _, part := range s.Geoms() {
			if !part.Empty() {
				most = max(most, highest(part))
			}
		}
		return most
	}
	return NoShape
}

func (d *drawing) add(shape geom.T) {
	if c, ok := shape.(*geom.GeometryCollection); ok {
		for _, part := range c.Geoms() {
			d.add(part)
		}
		return
	}
	if shape.Empty() || highest(shape) != d.kind {
		return
	}
	flat, stride := shape.FlatCoords(), shape.Stride()
	switch s := shape.(type) {
	case *geom.Point, *geom.MultiPoint:
		for i := 0; i+1 < len(flat); i += stride {
			d.point(Project(flat[i], flat[i+1]))
		}
	case *geom.Polygon:
		d.polygon(flat, s.Ends(), 0, stride)
	case *geom.MultiPolygon:
		start := 0
		for _, ends := range s.Endss() {
			d.polygon(flat, ends, start, stride)
			if len(ends) > 0 {
				start = ends[len(ends)-1]
			}
		}
	case *geom.MultiLineString:
		start := 0
		for _, end := range s.Ends() {
			d.line(flat[start:end], stride)
			start = end
		}
	default:
		d.line(flat, stride)
	}
}

// point adds to the one ring that all points share.
func (d *drawing) point(p Point) {
	d.coords = append(d.coords, p.X, p.Y)
	d.box = d.box.with(p)
	d.rings = append(d.rings[:0], uint32(len(d.coords)/2)|newPart)
}

func (d *drawing) line(flat []float64, stride int) {
	start := d.vertices(flat, stride)
	d.rings = append(d.rings, uint32(len(d.coords)/2)|newPart)
	for i := start; i+3 < len(d.coords); i += 2 {
		dx := float64(d.coords[i+2]) - float64(d.coords[i])
		dy := float64(d.coords[i+3]) - float64(d.coords[i+1])
		d.size += math.Hypot(dx, dy)
	}
}

func (d *drawing) polygon(flat []float64, ends []int, start, stride int) {
	part := newPart
	for _, end := range ends {
		if end <= start {
			continue
		}
		first := d.vertices(flat[start:end], stride)
		if n := len(d.coords); n-first > 2 && d.coords[n-2] == d.coords[first] && d.coords[n-1] == d.coords[first+1] {
			d.coords = d.coords[:n-2]
		}
		d.rings = append(d.rings, uint32(len(d.coords)/2)|part)
		area := math.Abs(ringArea(d.coords[first:]))
		if part == newPart {
			d.size += area
		} else {
			d.size = math.Max(0, d.size-area)
		}
		part, start = 0, end
	}
}

// vertices projects positions and leaves out repetitions; it returns where the
// first coordinate went.
func (d *drawing) vertices(flat []float64, stride int) (first int) {
	first = len(d.coords)
	for i := 0; i+1 < len(flat); i += stride {
		p := Project(flat[i], flat[i+1])
		if n := len(d.coords); n > first && d.coords[n-2] == p.X && d.coords[n-1] == p.Y {
			continue
		}
		d.coords = append(d.coords, p.X, p.Y)
		d.box = d.box.with(p)
	}
	return first
}

// ringArea returns the signed area of an unclosed ring, positive clockwise on
// the map (y south), in square units.
func ringArea(ring []uint32) float64 {
	n := len(ring)
	if n < 6 {
		return 0
	}
	x0, y0 := int64(ring[0]), int64(ring[1])
	var sum float64
	for i := 2; i+3 < n; i += 2 {
		ax, ay := float64(int64(ring[i])-x0), float64(int64(ring[i+1])-y0)
		bx, by := float64(int64(ring[i+2])-x0), float64(int64(ring[i+3])-y0)
		sum += float64(ax*by) - float64(bx*ay)
	}
	return sum / 2
}

// within returns a point of the shape that stands for it: of points and lines
// the middle vertex, of polygons the centroid of the largest part's outline or,
// where that lies outside, the middle of the widest stretch at half height.
func (d *drawing) within() Point {
	if d.kind != Polygons {
		i := len(d.coords) / 4 * 2
		return Point{d.coords[i], d.coords[i+1]}
	}
	first, last := d.largestPart()
	start := d.ringStart(first)
	outline := d.coords[2*start : 2*d.ringEnd(first)]
	c := centroid(outline)
	if d.inside(first, last, c) {
		return c
	}
	return d.widest(first, last)
}

func (d *drawing) ringEnd(ring int) int { return int(d.rings[ring] &^ newPart) }

func (d *drawing) ringStart(ring int) int {
	if ring == 0 {
		return 0
	}
	return d.ringEnd(ring - 1)
}

// largestPart returns the rings [first, last) of the part with the largest outline.
func (d *drawing) largestPart() (first, last int) {
	most := -1.0
	for i, r := range d.rings {
		if r&newPart == 0 {
			if last == i {
				last = i + 1
			}
			continue
		}
		if area := math.Abs(ringArea(d.coords[2*d.ringStart(i) : 2*d.ringEnd(i)])); area > most {
			most, first, last = area, i, i+1
		}
	}
	return first, last
}

func centroid(ring []uint32) Point {
	x0, y0 := int64(ring[0]), int64(ring[1])
	var sx, sy, sum float64
	for i := 2; i+3 < len(ring); i += 2 {
		ax, ay := float64(int64(ring[i])-x0), float64(int64(ring[i+1])-y0)
		bx, by := float64(int64(ring[i+2])-x0), float64(int64(ring[i+3])-y0)
		cross := float64(ax*by) - float64(bx*ay)
		sum += cross
		sx += float64((ax + bx) * cross)
		sy += float64((ay + by) * cross)
	}
	if sum == 0 {
		return Point{ring[0], ring[1]}
	}
	return Point{clampUnit(float64(x0) + sx/(3*sum)), clampUnit(float64(y0) + sy/(3*sum))}
}

func clampUnit(v float64) uint32 {
	return uint32(math.Max(0, math.Min(worldSize-1, math.Floor(v+0.5))))
}

func (d *drawing) inside(first, last int, p Point) bool {
	in := false
	for r := first; r < last; r++ {
		ring := d.coords[2*d.ringStart(r) : 2*d.ringEnd(r)]
		for i, j := 0, len(ring)-2; i < len(ring); j, i = i, i+2 {
			if (ring[i+1] > p.Y) == (ring[j+1] > p.Y) {
				continue
			}
			if float64(p.X) < crossing(ring, i, j, float64(p.Y)) {
				in = !in
			}
		}
	}
	return in
}

// crossing returns where the edge from vertex j to i is at height y.
func crossing(ring []uint32, i, j int, y float64) float64 {
	xi, yi, xj, yj := float64(ring[i]), float64(ring[i+1]), float64(ring[j]), float64(ring[j+1])
	return xi + (y-yi)*(xj-xi)/(yj-yi)
}

func (d *drawing) widest(first, last int) Point {
	ring := d.coords[2*d.ringStart(first) : 2*d.ringEnd(first)]
	box := emptyBox
	for i := 0; i < len(ring); i += 2 {
		box = box.with(Point{ring[i], ring[i+1]})
	}
	y := float64(box.MinY) + float64(box.MaxY-box.MinY)/2 + 0.25 // between two rows of vertices
	var xs []float64
	for r := first; r < last; r++ {
		ring := d.coords[2*d.ringStart(r) : 2*d.ringEnd(r)]
		for i, j := 0, len(ring)-2; i < len(ring); j, i = i, i+2 {
			if (float64(ring[i+1]) > y) != (float64(ring[j+1]) > y) {
				xs = insertSorted(xs, crossing(ring, i, j, y))
			}
		}
	}
	best, at := -1.0, Point{ring[0], ring[1]}
	for i := 0; i+1 < len(xs); i += 2 {
		if w := xs[i+1] - xs[i]; w > best {
			best, at = w, Point{clampUnit(xs[i] + w/2), clampUnit(y)}
		}
	}
	return at
}

func insertSorted(xs []float64, x float64) []float64 {
	xs = append(xs, x)
	for i := len(xs) - 1; i > 0 && xs[i] < xs[i-1]; i-- {
		xs[i], xs[i-1] = xs[i-1], xs[i]
	}
	return xs
}
