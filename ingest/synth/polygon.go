package synth

import "math"

// point is a place in the plane of the city: metres east and north of its centre.
type point struct{ x, y float64 }

func (p point) add(q point) point             { return point{p.x + q.x, p.y + q.y} }
func (p point) sub(q point) point             { return point{p.x - q.x, p.y - q.y} }
func (p point) scale(f float64) point         { return point{p.x * f, p.y * f} }
func (p point) dot(q point) float64           { return p.x*q.x + p.y*q.y }
func (p point) cross(q point) float64         { return p.x*q.y - p.y*q.x }
func (p point) length() float64               { return math.Hypot(p.x, p.y) }
func (p point) lerp(q point, t float64) point { return point{p.x + (q.x-p.x)*t, p.y + (q.y-p.y)*t} }

func (p point) unit() point {
	if l := p.length(); l > 0 {
		return p.scale(1 / l)
	}
	return point{1, 0}
}

// left is the direction a quarter turn anticlockwise.
func (p point) left() point { return point{-p.y, p.x} }

// ring is a simple polygon without its closing point, anticlockwise.
type ring []point

func (r ring) area() float64 {
	sum := 0.0
	for i, p := range r {
		sum += p.cross(r[(i+1)%len(r)])
	}
	return sum / 2
}

func (r ring) centre() point {
	var c point
	sum := 0.0
	for i, p := range r {
		q := r[(i+1)%len(r)]
		w := p.cross(q)
		sum += w
		c = c.add(p.add(q).scale(w))
	}
	if sum == 0 {
		return r[0]
	}
	return c.scale(1 / (3 * sum))
}

// longest gives the direction of the longest edge.
func (r ring) longest() point {
	var best point
	for i, p := range r {
		if e := r[(i+1)%len(r)].sub(p); e.length() > best.length() {
			best = e
		}
	}
	return best.unit()
}

// spread gives the extent of the ring along a direction.
func (r ring) spread(along point) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range r {
		d := p.dot(along)
		lo, hi = min(lo, d), max(hi, d)
	}
	return lo, hi
}

// beside cuts a convex ring along a line and keeps what lies to the left of its
// direction. New corners are computed the same way for both sides of a line, so
// that two halves share them exactly.
func (r ring) beside(at, along point) ring {
	normal := along.left()
	out := make(ring, 0, len(r)+2)
	for i, p := range r {
		q := r[(i+1)%len(r)]
		dp, dq := p.sub(at).dot(normal), q.sub(at).dot(normal)
		if dp >= 0 {
			out = append(out, p)
		}
		if (dp > 0 && dq < 0) || (dp < 0 && dq > 0) {
			out = append(out, crossing(p, q, dp, dq))
		}
	}
	if len(out) < 3 {
		return nil
	}
	return out
}

// crossing always computes from the same end of the edge, whichever way it runs.
func crossing(p, q point, dp, dq float64) point {
	if p.x > q.x || (p.x == q.x && p.y > q.y) {
		p, q, dp, dq = q, p, dq, dp
	}
	return p.lerp(q, dp/(dp-dq))
}

// inset moves the sides of a convex ring inwards; nil where nothing is left.
func (r ring) inset(by float64) ring {
	out := r
	for i, p := range r {
		along := r[(i+1)%len(r)].sub(p)
		if along.length() < 1e-9 {
			continue
		}
		along = along.unit()
		if out = out.beside(p.add(along.left().scale(by)), along); out == nil {
			return nil
		}
	}
	return out
}

// holds reports whether a convex ring holds a point, its edge included.
func (r ring) holds(p point) bool {
	for i, a := range r {
		if r[(i+1)%len(r)].sub(a).cross(p.sub(a)) < -1e-9 {
			return false
		}
	}
	return true
}

func (r ring) holdsAll(points []point) bool {
	for _, p := range points {
		if !r.holds(p) {
			return false
		}
	}
	return true
}

// frame is a local system of axes: u along, v to its left.
type frame struct {
	origin, u, v point
}

func newFrame(origin, along point) frame {
	u := along.unit()
	return frame{origin: origin, u: u, v: u.left()}
}

func (f frame) out(x, y float64) point { return f.origin.add(f.u.scale(x)).add(f.v.scale(y)) }

// extent gives the box of a ring in the frame.
func (f frame) extent(r ring) (x0, y0, x1, y1 float64) {
	x0, x1 = r.spread(f.u)
	y0, y1 = r.spread(f.v)
	ox, oy := f.origin.dot(f.u), f.origin.dot(f.v)
	return x0 - ox, y0 - oy, x1 - ox, y1 - oy
}
