package synth

import "math"

// footprint is the outline of a building, with the yard inside it if any.
type footprint struct {
	outer ring
	yard  ring // nil: none
}

func (f footprint) rings() []ring {
	if f.yard == nil {
		return []ring{f.outer}
	}
	return []ring{f.outer, f.yard}
}

func (f footprint) area() float64 {
	a := f.outer.area()
	if f.yard != nil {
		a += f.yard.area() // clockwise: negative
	}
	return a
}

// box is a rectangle in a frame on which a building stands.
type box struct {
	f          frame
	x, y, w, d float64
	flip       bool // mirror it
}

// shape places corners given in the box's own measures.
func (b box) shape(flat ...float64) ring {
	r := make(ring, len(flat)/2)
	for i := range r {
		x := flat[2*i]
		if b.flip {
			x = b.w - x
		}
		r[i] = b.f.out(b.x+x, b.y+flat[2*i+1])
	}
	if r.area() < 0 {
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
	}
	return r
}

func (b box) slab() footprint {
	return footprint{outer: b.shape(0, 0, b.w, 0, b.w, b.d, 0, b.d)}
}

func (b box) ell(t float64) footprint {
	return footprint{outer: b.shape(0, 0, b.w, 0, b.w, t, t, t, t, b.d, 0, b.d)}
}

func (b box) u(t float64) footprint {
	return footprint{outer: b.shape(0, 0, b.w, 0, b.w, b.d, b.w-t, b.d, b.w-t, t, t, t, t, b.d, 0, b.d)}
}

func (b box) tee(t float64) footprint {
	m := b.w / 2
	return footprint{outer: b.shape(0, b.d-t, m-t/2, b.d-t, m-t/2, 0, m+t/2, 0, m+t/2, b.d-t, b.w, b.d-t, b.w, b.d, 0, b.d)}
}

// comb has three wings, as schools have.
func (b box) comb(t float64) footprint {
	m := b.w / 2
	return footprint{outer: b.shape(0, 0, b.w, 0, b.w, b.d, b.w-t, b.d, b.w-t, t, m+t/2, t, m+t/2, b.d*0.8, m-t/2, b.d*0.8, m-t/2, t, t, t, t, b.d, 0, b.d)}
}

// court stands around a yard.
func (b box) court(t float64) footprint {
	yard := b.shape(t, t, b.w-t, t, b.w-t, b.d-t, t, b.d-t)
	for i, j := 0, len(yard)-1; i < j; i, j = i+1, j-1 {
		yard[i], yard[j] = yard[j], yard[i]
	}
	return footprint{outer: b.slab().outer, yard: yard}
}

// cross is a tower with its corners cut out, so that every flat has two sides.
func (b box) cross(c float64) footprint {
	w, d := b.w, b.d
	return footprint{outer: b.shape(c, 0, w-c, 0, w-c, c, w, c, w, d-c, w-c, d-c, w-c, d, c, d, c, d-c, 0, d-c, 0, c, c, c)}
}

// bevelled is a tower with blunt corners.
func (b box) bevelled(c float64) footprint {
	w, d := b.w, b.d
	return footprint{outer: b.shape(c, 0, w-c, 0, w, c, w, d-c, w-c, d, c, d, 0, d-c, 0, c)}
}

// round is a polygon of so many corners.
func (b box) round(corners int) footprint {
	flat := make([]float64, 0, 2*corners)
	for k := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(corners))
		flat = append(flat, b.w/2*(1+cos), b.d/2*(1+sin))
	}
	return footprint{outer: b.shape(flat...)}
}

// spacing is the size of the houses of an estate and the room between them.
type spacing struct{ w, d, gapW, gapD float64 }

// rows calls each for every place in a convex ring where a house of the given
// size can stand, row by row.
func rows(f frame, within ring, s spacing, each func(box)) {
	if within == nil {
		return
	}
	local := make(ring, len(within))
	for i, p := range within {
		q := p.sub(f.origin)
		local[i] = point{q.dot(f.u), q.dot(f.v)}
	}
	y0, y1 := local.spread(point{0, 1})
	n := int((y1 - y0 + s.gapD) / (s.d + s.gapD))
	if n < 1 {
		return
	}
	step := s.d + s.gapD
	y := y0 + (y1-y0-float64(n)*step+s.gapD)/2
	for range n {
		a0, a1 := local.chord(y)
		b0, b1 := local.chord(y + s.d)
		x0, x1 := max(a0, b0), min(a1, b1)
		if m := int((x1 - x0 + s.gapW) / (s.w + s.gapW)); m >= 1 {
			// houses of a row spread over its whole length
			gap := s.gapW
			if m > 1 {
				gap = min((x1-x0-float64(m)*s.w)/float64(m-1), 2.2*s.gapW)
			}
			x := x0 + (x1-x0-float64(m)*s.w-float64(m-1)*gap)/2
			for range m {
				each(box{f: f, x: x, y: y, w: s.w, d: s.d})
				x += s.w + gap
			}
		}
		y += step
	}
}

// chord is where a horizontal line runs inside a convex ring.
func (r ring) chord(y float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i, p := range r {
		q := r[(i+1)%len(r)]
		if (p.y < y && q.y < y) || (p.y > y && q.y > y) || p.y == q.y {
			continue
		}
		x := p.x + (q.x-p.x)*(y-p.y)/(q.y-p.y)
		lo, hi = min(lo, x), max(hi, x)
	}
	return lo, hi
}
