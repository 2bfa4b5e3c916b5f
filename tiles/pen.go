package tiles

import (
	"encoding/binary"
	"math"

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
			p.polygons(f, dx)
		}
	}
	p.flushPoints()
	return p.out
}

func (p *pen) polygons(f *snapshot.Feature, dx int64) {
	drawn := false
	for ring, part := f.Ring(); ring != nil; ring, part = f.Ring() {
		if !part && !drawn {
			continue // a hole in an outline that is not there
		}
		p.transform(ring, dx)
		ok := p.area(part, false, ring)
		if part {
			drawn = ok
		}
	}
}

// transform rounds a ring to tile units and leaves out repeated vertices.
func (p *pen) transform(ring []uint32, dx int64) {
	out := p.ring[:0]
	p.left = p.x0 - dx
	x0, y0 := p.left, p.y0
	for i := 0; i+1 < len(ring); i += 2 {
		v := vertex{p.round(int64(ring[i]) - x0), p.round(int64(ring[i+1]) - y0)}
		if n := len(out); n > 0 && out[n-1] == v {
			continue
		}
		out = append(out, v)
	}
	p.ring = out
}

// area draws p.ring as an outline or a hole; world is the ring before rounding.
func (p *pen) area(outline, within bool, world []uint32) bool {
	p.ring = unclose(p.ring)
	p.simplify(true)
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
	a := twiceArea(p.ring)
	if a == 0 {
		return false
	}
	if (a > 0) != outline {
		reverse(p.ring)
	}
	p.moveTo(p.ring[0])
	p.linesTo(p.ring[1:])
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
		p.moveTo(p.ring[0])
		p.linesTo(p.ring[1:])
		return
	}
	for _, piece := range p.pieces() {
		if len(piece) > 1 {
			p.moveTo(piece[0])
			p.linesTo(piece[1:])
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
	p.out = binary.AppendUvarint(p.out, uint64(len(p.points))<<3|moveTo)
	for _, v := range p.points {
		p.step(v)
	}
	p.points = p.points[:0]
}

func (p *pen) moveTo(v vertex) {
	p.out = append(p.out, 1<<3|moveTo)
	p.step(v)
}

func (p *pen) linesTo(vs []vertex) {
	p.out = binary.AppendUvarint(p.out, uint64(len(vs))<<3|lineTo)
	for _, v := range vs {
		p.step(v)
	}
}

func (p *pen) step(v vertex) {
	p.out = appendZigzag(p.out, v.x-p.at.x)
	p.out = appendZigzag(p.out, v.y-p.at.y)
	p.at = v
}

func appendZigzag(b []byte, v int64) []byte {
	u := uint64(v)<<1 ^ uint64(v>>63)
	if u < 0x80 {
		return append(b, byte(u))
	}
	return binary.AppendUvarint(b, u)
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
