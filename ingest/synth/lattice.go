package synth

import "math"

// Where the city lies: open sea, so that no real place is meant.
const (
	cityLon  = 114.6
	cityLat  = 22.3
	cityZone = "Asia/Shanghai"
)

// cellSize is the mean distance of two streets in metres.
const cellSize = 200

// roadClass orders streets by importance.
type roadClass uint8

const (
	branchRoad roadClass = iota
	secondaryRoad
	arterialRoad
	ringRoad
)

var roadWidths = [...]float64{branchRoad: 13, secondaryRoad: 22, arterialRoad: 32, ringRoad: 44}

// lattice is the net of streets before it is bent: columns at us, rows at vs,
// each with the ground that the street takes on both sides of its line.
type lattice struct {
	n              int // blocks a side
	us, vs         []float64
	uLo, uHi       []float64
	vLo, vHi       []float64
	uClass, vClass []roadClass
	river          int // row of blocks that is the river
	half           float64
	phase          [6]float64
	sinR, cosR     float64
}

func newLattice(n int, seed uint64) *lattice {
	l := &lattice{n: n, river: int(math.Round(float64(n)*0.43)) - 1}
	l.sinR, l.cosR = math.Sincos(0.11)
	for i := range l.phase {
		l.phase[i] = share(mix(seed, 'p', uint64(i))) * 2 * math.Pi
	}
	riverWidth := 105 + 32*math.Log2(float64(n)/7+1)
	l.us = lines(n, seed, 'u', -1, 0)
	l.vs = lines(n, seed, 'v', l.river, riverWidth)
	l.half = l.us[n]
	l.uClass, l.vClass = make([]roadClass, n+1), make([]roadClass, n+1)
	for i := range n + 1 {
		l.uClass[i], l.vClass[i] = lineClass(i, n), lineClass(i, n)
	}
	l.vClass[l.river] = max(l.vClass[l.river], secondaryRoad) // along the banks
	l.vClass[l.river+1] = max(l.vClass[l.river+1], secondaryRoad)
	l.uLo, l.uHi = verges(l.uClass)
	l.vLo, l.vHi = verges(l.vClass)
	return l
}

// lines places the lines of one direction around zero.
func lines(n int, seed, salt uint64, wide int, width float64) []float64 {
	at := make([]float64, n+1)
	for i := range n {
		step := cellSize * (0.86 + 0.28*share(mix(seed, salt, uint64(i))))
		if i == wide {
			step = width
		}
		at[i+1] = at[i] + step
	}
	middle := at[n] / 2
	for i := range at {
		at[i] -= middle
	}
	return at
}

// lineClass gives rings at shares of the radius, an axis, and a hierarchy of
// every fourth and second line.
func lineClass(i, n int) roadClass {
	radius := float64(n) / 2
	for _, share := range ringRadii(n) {
		low := int(math.Round(radius * (1 - share)))
		if i == low || i == n-low {
			return ringRoad
		}
	}
	switch k := i - n/2; {
	case k%4 == 0:
		return arterialRoad
	case k%2 == 0:
		return secondaryRoad
	}
	return branchRoad
}

func ringRadii(n int) []float64 {
	switch {
	case n < 12:
		return []float64{0.75}
	case n < 40:
		return []float64{0.35, 0.78}
	}
	return []float64{0.18, 0.38, 0.62, 0.9}
}

// verges gives what each street takes below and above its line; the outermost
// streets lie inside the city.
func verges(classes []roadClass) (lo, hi []float64) {
	lo, hi = make([]float64, len(classes)), make([]float64, len(classes))
	for i, c := range classes {
		lo[i], hi[i] = roadWidths[c]/2, roadWidths[c]/2
	}
	lo[0], hi[len(hi)-1] = 0, 0
	return lo, hi
}

// at bends the lattice into the city: the river winds, squares of streets become
// rings, nothing runs quite straight.
func (l *lattice) at(u, v float64) point {
	h := l.half
	riverV := (l.vs[l.river] + l.vs[l.river+1]) / 2
	near := (v - riverV) / (0.42 * h)
	wind := 0.10 * math.Sin(u/(0.36*h)+l.phase[0])
	if l.n > 24 { // streets are straight between crossings: a small city has wide bends only
		wind += 0.05 * math.Sin(u/(0.115*h)+l.phase[1])
	}
	v += h * wind * math.Exp(-near*near)
	a, b := u/h, v/h
	const roundness = 0.62
	x := u * math.Sqrt(1-roundness*b*b/2)
	y := v * math.Sqrt(1-roundness*a*a/2)
	x, y = x+17*math.Sin(y/210+l.phase[2])+26*math.Sin(y/830+l.phase[3]), y+15*math.Sin(x/230+l.phase[4])+24*math.Sin(x/910+l.phase[5])
	return point{x*l.cosR - y*l.sinR, x*l.sinR + y*l.cosR}
}

// quad is a block of the lattice between four lines, anticlockwise from its
// south-west corner.
func (l *lattice) quad(u0, v0, u1, v1 float64) ring {
	return ring{l.at(u0, v0), l.at(u1, v0), l.at(u1, v1), l.at(u0, v1)}
}

// block is the ground inside the streets around a cell.
func (l *lattice) block(i, j int) ring {
	return l.quad(l.us[i]+l.uHi[i], l.vs[j]+l.vHi[j], l.us[i+1]-l.uLo[i+1], l.vs[j+1]-l.vLo[j+1])
}

// bridged reports whether a column's street crosses the river.
func (l *lattice) bridged(i int) bool { return l.uClass[i] >= secondaryRoad || i == 0 || i == l.n }

// riverReach is the water of one cell of the river's row, as far as the middle
// of streets that do not cross it. The vertices at such streets are there, so
// that the banks' streets share them.
func (l *lattice) riverReach(i int) ring {
	j := l.river
	v0, v1 := l.vs[j]+l.vHi[j], l.vs[j+1]-l.vLo[j+1]
	west, east := []float64{l.us[i] + l.uHi[i]}, []float64{l.us[i+1] - l.uLo[i+1]}
	if !l.bridged(i) {
		west = []float64{l.us[i], west[0]}
	}
	if !l.bridged(i + 1) {
		east = append(east, l.us[i+1])
	}
	us := append(west, east...)
	var r ring
	for _, u := range us {
		r = append(r, l.at(u, v0))
	}
	for k := len(us) - 1; k >= 0; k-- {
		r = append(r, l.at(us[k], v1))
	}
	return r
}

// rowStreet is the ground of a row's street from column i to column to, with the
// crossings at both ends when to is the last, else at the west end only. Where it
// meets other ground it has the corners of that ground, so that nothing gapes.
func (l *lattice) rowStreet(i, to, j int) ring {
	us := []float64{l.us[i] - l.uLo[i], l.us[i], l.us[i] + l.uHi[i]}
	for k := i + 1; k < to; k++ {
		us = append(us, l.us[k]-l.uLo[k], l.us[k], l.us[k]+l.uHi[k])
	}
	us = append(us, l.us[to]-l.uLo[to])
	if to == l.n {
		us = append(us, l.us[to])
	}
	var r ring
	for _, u := range us {
		r = append(r, l.at(u, l.vs[j]-l.vLo[j]))
	}
	r = append(r, l.at(us[len(us)-1], l.vs[j]))
	for k := len(us) - 1; k >= 0; k-- {
		r = append(r, l.at(us[k], l.vs[j]+l.vHi[j]))
	}
	return append(r, l.at(us[0], l.vs[j])).distinct()
}

// columnStreet is the ground of a column's street between two rows.
func (l *lattice) columnStreet(i, j int) ring {
	u, v0, v1 := l.us[i], l.vs[j]+l.vHi[j], l.vs[j+1]-l.vLo[j+1]
	west, east := u-l.uLo[i], u+l.uHi[i]
	return ring{l.at(west, v0), l.at(u, v0), l.at(east, v0), l.at(east, v1), l.at(u, v1), l.at(west, v1)}.distinct()
}

// distinct leaves out points that follow themselves.
func (r ring) distinct() ring {
	out := r[:0]
	for i, p := range r {
		if i == 0 || p != out[len(out)-1] {
			out = append(out, p)
		}
	}
	if len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// outline is the border of a rectangle of cells along the lines of the lattice,
// with the corners that streets have on them.
func (l *lattice) outline(i0, j0, i1, j1 int) ring {
	us, vs := stops(l.us, l.uLo, l.uHi, i0, i1), stops(l.vs, l.vLo, l.vHi, j0, j1)
	west, east, south, north := us[0], us[len(us)-1], vs[0], vs[len(vs)-1]
	var r ring
	for _, u := range us {
		r = append(r, l.at(u, south))
	}
	for _, v := range vs {
		r = append(r, l.at(east, v))
	}
	for k := len(us) - 1; k >= 0; k-- {
		r = append(r, l.at(us[k], north))
	}
	for k := len(vs) - 1; k >= 0; k-- {
		r = append(r, l.at(west, vs[k]))
	}
	return r.distinct()
}

// stops are the places from one line to another where ground has corners.
func stops(at, lo, hi []float64, from, to int) []float64 {
	out := []float64{at[from], at[from] + hi[from]}
	for k := from + 1; k < to; k++ {
		out = append(out, at[k]-lo[k], at[k], at[k]+hi[k])
	}
	return append(out, at[to]-lo[to], at[to])
}

const (
	equator  = 6378137.0
	flatness = 1 / 298.257223563
)

// lonLat turns a point of the plane into degrees on WGS 84, along the parallel and
// the meridian of the centre.
func lonLat(p point) (lon, lat float64) {
	const e2 = flatness * (2 - flatness)
	sin := math.Sin(cityLat * math.Pi / 180)
	w := math.Sqrt(1 - e2*sin*sin)
	parallel := equator / w * math.Cos(cityLat*math.Pi/180)
	meridian := equator * (1 - e2) / (w * w * w)
	return cityLon + p.x/parallel*180/math.Pi, cityLat + p.y/meridian*180/math.Pi
}
