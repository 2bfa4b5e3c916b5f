package tiles

import (
	"math"
	"slices"
)

// side is one edge of the square to which shapes are clipped.
type side struct {
	vertical bool // the edge is x = at
	at       int64
	low      bool // what is below at is outside
}

var sides = [4]side{{true, least, true}, {true, largest, false}, {false, least, true}, {false, largest, false}}

func (s side) holds(v vertex) bool {
	c := v.y
	if s.vertical {
		c = v.x
	}
	if s.low {
		return c >= s.at
	}
	return c <= s.at
}

// cross returns where the line from a to b meets the edge, rounded.
func (s side) cross(a, b vertex) vertex {
	if s.vertical {
		return vertex{s.at, between(a.y, b.y, s.at-a.x, b.x-a.x)}
	}
	return vertex{between(a.x, b.x, s.at-a.y, b.y-a.y), s.at}
}

// between returns a + (b−a)·part/whole, rounded. The conversions keep a compiler
// from fusing multiplication and addition, so that every machine gets the same.
func between(a, b, part, whole int64) int64 {
	t := float64(part) / float64(whole)
	return a + int64(math.Floor(float64(float64(b-a)*t)+0.5))
}

// clip cuts p.ring to the square (Sutherland and Hodgman 1974). Where that leaves
// several pieces, bridges along the edge of the buffer join them.
func (p *pen) clip() {
	for _, s := range sides {
		if len(p.ring) == 0 {
			return
		}
		out := p.other[:0]
		last := p.ring[len(p.ring)-1]
		for _, v := range p.ring {
			in, was := s.holds(v), s.holds(last)
			if in != was {
				out = append(out, s.cross(last, v))
			}
			if in {
				out = append(out, v)
			}
			last = v
		}
		p.other, p.ring = p.ring, out
	}
}

// pieces cuts the line p.ring to the square.
func (p *pen) pieces() [][]vertex {
	pieces := p.segments[:0]
	p.other = p.other[:0]
	start := 0
	for i := 1; i < len(p.ring); i++ {
		a, b, ok := cut(p.ring[i-1], p.ring[i])
		if !ok || a == b {
			continue
		}
		if n := len(p.other); n == start || p.other[n-1] != a {
			if n > start {
				pieces = append(pieces, p.other[start:n:n])
			}
			start = n
			p.other = append(p.other, a)
		}
		p.other = append(p.other, b)
	}
	if n := len(p.other); n > start {
		pieces = append(pieces, p.other[start:n:n])
	}
	p.segments = pieces
	return pieces
}

// cut cuts a straight line to the square; false where nothing is left.
func cut(a, b vertex) (vertex, vertex, bool) {
	for _, s := range sides {
		in, was := s.holds(b), s.holds(a)
		switch {
		case !in && !was:
			return a, b, false
		case !was:
			a = s.cross(a, b)
		case !in:
			b = s.cross(a, b)
		}
	}
	return a, b, true
}

// longestRun is how many vertices in a row may be left out, so that the cost of a
// ring grows with its length alone.
const longestRun = 64

// simplify leaves out vertices of p.ring that are at most half a unit off the
// line between those that stay: from each vertex that stays, the next one is as
// far away as that allows (the opening window of McMaster 1987). The first stays.
func (p *pen) simplify(closed bool) {
	ring := p.ring
	n := len(ring)
	last := n - 1 // what is looked at ends before it
	if closed {
		last = n
	}
	if n < 3 || closed && n < 5 {
		return
	}
	from, kept, anchor := ring[0], 1, 0 // ring[:kept] stays; its last is from, which was ring[anchor]
	first := from
	for i := 1; i < last; i++ {
		next := first
		if i+1 < n {
			next = ring[i+1]
		}
		if i-anchor < longestRun && near(from, next, ring[anchor+1:i+1]) {
			continue
		}
		// The gap before i is at least as wide as what was left out of it.
		from, anchor = ring[i], i
		ring[kept] = from
		kept++
	}
	if !closed {
		ring[kept] = ring[n-1]
		kept++
	}
	p.ring = ring[:kept]
}

// shortest is a length that lines in a tile do not reach: up to it, what near
// multiplies stays within 64 bits.
const shortest = 1 << 14

// near reports whether all vertices are at most half a unit off the line from a
// to b.
func near(a, b vertex, vs []vertex) bool {
	dx, dy := b.x-a.x, b.y-a.y
	if max(abs(dx), abs(dy)) >= shortest {
		return nearFar(a, b, vs)
	}
	length := dx*dx + dy*dy
	if length == 0 {
		return false // the first of vs is a whole unit off at least
	}
	for _, v := range vs {
		vx, vy := v.x-a.x, v.y-a.y
		if max(abs(vx), abs(vy)) >= 2*shortest {
			return false // beyond b by more than a unit
		}
		cross := vx*dy - vy*dx
		if 4*cross*cross > length {
			return false
		}
		// A whole unit or more beyond an end is too far.
		if along := vx*dx + vy*dy; along < 0 || along > length {
			return false
		}
	}
	return true
}

// nearFar is near for lines that go far beyond the tile. The conversions keep a
// compiler from fusing operations.
func nearFar(a, b vertex, vs []vertex) bool {
	dx, dy := float64(b.x-a.x), float64(b.y-a.y)
	length := float64(dx*dx) + float64(dy*dy)
	for _, v := range vs {
		vx, vy := float64(v.x-a.x), float64(v.y-a.y)
		cross := float64(vx*dy) - float64(vy*dx)
		if float64(4*cross)*cross > length {
			return false
		}
		if along := float64(vx*dx) + float64(vy*dy); along < 0 || along > length {
			return false
		}
	}
	return true
}

// survey returns whether an unclosed ring is one that clean leaves as it is, and
// twice its area. Vertices must be within 2^31 units.
func survey(ring []vertex) (tidy bool, twice int64) {
	if len(ring) < 3 {
		return false, 0
	}
	b := ring[len(ring)-1]
	ux, uy := b.x-ring[len(ring)-2].x, b.y-ring[len(ring)-2].y
	for _, c := range ring {
		vx, vy := c.x-b.x, c.y-b.y
		if ux*vy == uy*vx { // also where two vertices are one
			return false, 0
		}
		twice += b.x*c.y - c.x*b.y
		b, ux, uy = c, vx, vy
	}
	return true, twice
}

// clean leaves out repeated vertices and corners of 0° and 180° of an unclosed
// ring, until there are none. It may leave fewer than three.
func clean(ring []vertex) []vertex {
	for {
		n := len(ring)
		out := ring[:0]
		for i := 0; i < n; i++ {
			v := ring[i]
			for len(out) > 1 && straight(out[len(out)-2], out[len(out)-1], v) {
				out = out[:len(out)-1]
			}
			if len(out) > 0 && out[len(out)-1] == v {
				continue
			}
			out = append(out, v)
		}
		for len(out) > 2 && straight(out[len(out)-2], out[len(out)-1], out[0]) {
			out = out[:len(out)-1]
		}
		for len(out) > 2 && straight(out[len(out)-1], out[0], out[1]) {
			out = out[1:]
		}
		if out = unclose(out); len(out) < 3 {
			return nil
		}
		if len(out) == n {
			return out
		}
		ring = out
	}
}

// straight reports whether b lies on the line through a and c: such a corner adds
// no area.
func straight(a, b, c vertex) bool {
	ux, uy, vx, vy := b.x-a.x, b.y-a.y, c.x-b.x, c.y-b.y
	if max(abs(ux), abs(uy), abs(vx), abs(vy)) < 1<<31 {
		return ux*vy == uy*vx
	}
	return float64(ux)*float64(vy) == float64(uy)*float64(vx) // would not fit; far outside the tile
}

func unclose(ring []vertex) []vertex {
	for len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		ring = ring[:len(ring)-1]
	}
	return ring
}

// twiceArea is positive for a ring that goes clockwise on the screen (y down),
// as the surveyor's formula of MVT 2.1, 4.3.4.4 has it.
func twiceArea(ring []vertex) int64 {
	var sum int64
	last := ring[len(ring)-1]
	for _, v := range ring {
		sum += last.x*v.y - v.x*last.y
		last = v
	}
	return sum
}

// worldArea is the signed area of a ring in square world units.
func worldArea(ring []uint32) float64 {
	var sum float64
	for i := 2; i+3 < len(ring); i += 2 {
		ax, ay := float64(int64(ring[i])-int64(ring[0])), float64(int64(ring[i+1])-int64(ring[1]))
		bx, by := float64(int64(ring[i+2])-int64(ring[0])), float64(int64(ring[i+3])-int64(ring[1]))
		sum += float64(ax*by) - float64(bx*ay)
	}
	return sum / 2
}

func reverse(ring []vertex) { slices.Reverse(ring) }
