package tiles

import (
	"math"
	"slices"

	"github.com/chengma/chengma/entities/snapshot"
)

// vertex is a corner in tile units.
type vertex struct {
	x, y int64
}

// The edges within which everything is drawn.
const (
	least   = -Buffer
	largest = Extent + Buffer
)

// Commands of a geometry (MVT 2.1, 4.3.1).
const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

// pen draws one feature after the other into tile units. It keeps its buffers.
type pen struct {
	grid
	out      []byte // the commands of the feature
	at       vertex // the cursor
	left     int64  // where the tile begins for the ring at hand
	ring     []vertex
	other    []vertex
	segments [][]vertex
	points   []vertex
}

// start begins a feature.
func (p *pen) start() { p.out, p.at, p.points = p.out[:0], vertex{}, p.points[:0] }

const worldSize = int64(1) << worldBits

// shifts are by how many world units a feature is moved so that what is near a
// tile over the antimeridian is drawn there.
var shifts = [3]int64{0, -worldSize, worldSize}

// draw returns the commands of a feature, none where nothing of it is in the
// tile. They are valid until the next.
func (p *pen) draw(f *snapshot.Feature) []byte {
	p.start()
	box := f.Box()
	west, east := p.x0-p.world(Buffer+1), p.x0+p.world(Extent+Buffer+1)
	for _, dx := range shifts {
		if int64(box.MaxX)+dx < west || int64(box.MinX)+dx > east {
			continue
		}
		f.Rings()
		switch f.Type() {
		case snapshot.Points:
			p.collect(f.Coords(), dx)
		case snapshot.Lines:
			for ring, _ := f.Ring(); ring != nil; ring, _ = f.Ring() {
				p.transform(ring, dx)
				p.line()
			}
		case snapshot.Polygons:
			p.polygons(f, dx, p.holds(box, dx))
		}
	}
	p.flushPoints()
	return p.out
}

// holds reports whether a box is wholly in the tile and its buffer. Rounding
// keeps order, so that its corners stand for all that is in it.
func (p *pen) holds(b snapshot.Box, dx int64) bool {
	x0 := p.x0 - dx
	return within(vertex{p.round(int64(b.MinX) - x0), p.round(int64(b.MinY) - p.y0)}) &&
		within(vertex{p.round(int64(b.MaxX) - x0), p.round(int64(b.MaxY) - p.y0)})
}

func (p *pen) polygons(f *snapshot.Feature, dx int64, held bool) {
	drawn := false
	for ring, part := f.Ring(); ring != nil; ring, part = f.Ring() {
		if !part && !drawn {
			continue // a hole in an outline that is not there
		}
		p.transform(ring, dx)
		ok := p.area(part, held, ring)
		if part {
			drawn = ok
		}
	}
}

// transform rounds a ring to tile units and leaves out repeated vertices.
func (p *pen) transform(ring []uint32, dx int64) {
	p.left = p.x0 - dx
	out := slices.Grow(p.ring[:0], len(ring)/2)[:len(ring)/2]
	n := 0
	last := vertex{math.MinInt64, 0}
	x0, y0, up, down := p.left, p.y0, uint(0), uint(max(p.shift, 0))
	if p.shift > 0 {
		// Half a unit is added once, here, and not to every coordinate.
		x0, y0 = x0-1<<(p.shift-1), y0-1<<(p.shift-1)
	} else {
		up = uint(-p.shift)
	}
	for ; len(ring) > 1; ring = ring[2:] {
		// The masks tell the compiler that shifts are below 64.
		v := vertex{(int64(ring[0]) - x0) << (up & 63) >> (down & 63), (int64(ring[1]) - y0) << (up & 63) >> (down & 63)}
		if v != last {
			out[n], last = v, v
			n++
		}
	}
	p.ring = out[:n]
}

// area draws p.ring as an outline or a hole; held tells that it is wholly in the
// tile, world is the ring before rounding.
func (p *pen) area(outline, held bool, world []uint32) bool {
	p.ring = unclose(p.ring)
	p.simplify(true)
	var tidy bool
	var twice int64
	if held {
		tidy, twice = survey(p.ring)
	}
	if !tidy {
		p.ring = clean(p.ring)
		if len(p.ring) < 3 {
			if !outline || !p.strip(world) {
				return false
			}
		}
		if !p.inside() {
			p.clip()
			p.ring = clean(unclose(p.ring))
			if len(p.ring) < 3 {
				return false
			}
		}
		twice = twiceArea(p.ring)
	}
	if twice == 0 {
		return false
	}
	if (twice > 0) != outline {
		reverse(p.ring)
	}
	p.path(p.ring)
	p.out = append(p.out, 1<<3|closePath)
	return true
}

// strip replaces a ring that lost its area by a strip one unit wide, where there
// is half a square unit to be shown.
func (p *pen) strip(world []uint32) bool {
	unit := math.Ldexp(1, p.shift)
	if math.Abs(worldArea(world)) < unit*unit/2 {
		return false
	}
	a, b := vertex{math.MaxInt64, math.MaxInt64}, vertex{math.MinInt64, math.MinInt64}
	for i := 0; i+1 < len(world); i += 2 {
		v := vertex{p.round(int64(world[i]) - p.left), p.round(int64(world[i+1]) - p.y0)}
		if v.x < a.x || v.x == a.x && v.y < a.y {
			a = v
		}
		if v.x > b.x || v.x == b.x && v.y > b.y {
			b = v
		}
	}
	if a == b {
		b.x++
	}
	side := vertex{0, 1}
	if abs(b.y-a.y) > abs(b.x-a.x) {
		side = vertex{1, 0}
	}
	p.ring = append(p.ring[:0], a, b, vertex{b.x + side.x, b.y + side.y}, vertex{a.x + side.x, a.y + side.y})
	return true
}

// line draws p.ring as a line, in as many pieces as clipping leaves.
func (p *pen) line() {
	p.simplify(false)
	if len(p.ring) < 2 {
		return
	}
	if p.inside() {
		p.path(p.ring)
		return
	}
	for _, piece := range p.pieces() {
		if len(piece) > 1 {
			p.path(piece)
		}
	}
}

// collect takes the points of a feature that are in the tile or its buffer.
func (p *pen) collect(coords []uint32, dx int64) {
	for i := 0; i+1 < len(coords); i += 2 {
		v := vertex{p.round(int64(coords[i]) + dx - p.x0), p.round(int64(coords[i+1]) - p.y0)}
		if within(v) {
			p.points = append(p.points, v)
		}
	}
}

func (p *pen) flushPoints() {
	if len(p.points) == 0 {
		return
	}
	p.room(len(p.points))
	p.out = appendUvarint(p.out, uint64(len(p.points))<<3|moveTo)
	p.steps(p.points)
	p.points = p.points[:0]
}

// mostStep is how many bytes a step takes at most: within the tile and its buffer
// a distance has 13 bits and a sign, which are two bytes of seven bits.
const mostStep = 4

// path goes to the first vertex and draws lines to the others.
func (p *pen) path(vs []vertex) {
	p.room(len(vs))
	p.out = append(p.out, 1<<3|moveTo)
	p.steps(vs[:1])
	p.out = appendUvarint(p.out, uint64(len(vs)-1)<<3|lineTo)
	p.steps(vs[1:])
}

// room makes room for steps and the commands around them.
func (p *pen) room(steps int) {
	const commands = 1 + 10 + 1
	p.out = slices.Grow(p.out, mostStep*steps+commands)
}

// steps writes the distances from vertex to vertex, for which there must be room.
// Each byte is written whether it counts or not, so that the loop neither grows
// anything nor branches on what it writes.
func (p *pen) steps(vs []vertex) {
	n, at := len(p.out), p.at
	out := p.out[:cap(p.out)]
	for _, v := range vs {
		n += putZigzag(out[n:n+2], v.x-at.x)
		n += putZigzag(out[n:n+2], v.y-at.y)
		at = v
	}
	p.out, p.at = out[:n], at
}

// putZigzag writes a distance, and returns how many of the two bytes count.
func putZigzag(b []byte, v int64) int {
	u := uint64(v)<<1 ^ uint64(v>>63)
	low, high := u&0x7f, u>>7
	more := (high | -high) >> 63 // 1 where there is a high part
	b[0], b[1] = byte(low|more<<7), byte(high)
	return 1 + int(more)
}

func (p *pen) inside() bool {
	for _, v := range p.ring {
		if !within(v) {
			return false
		}
	}
	return true
}

func within(v vertex) bool {
	return v.x >= least && v.x <= largest && v.y >= least && v.y <= largest
}

func abs(v int64) int64 { return max(v, -v) }
