package synth

import "fmt"

// parcel is a piece of land over its life.
type parcel struct {
	ground   ring
	hole     ring   // a lake in a park; clockwise
	purpose  string // what stands on it: a key of styles, or park, farm, forest, water, road, vacant
	landUse  string // GB/T 21010
	before   string // land use before it was developed
	class    string // surface, above, below
	code     string
	owner    string // state, collective
	from, to day
	supply   day // the land was given out
	done     day // the first house on it was finished
	end      string
	into     []string // codes of what it became
	street   street
	number   int
	estate   string
	zones    [2]float64 // of a stacked parcel, metres
}

// block is the ground between four streets, with everything on it.
type block struct {
	city      *writer
	plan      *plan
	i, j      int
	cell      *cell
	at        place
	d         dice
	frame     frame
	parcels   []*parcel
	buildings []*building
	flats     []*unit
	works     []*unit // where firms are
	serial    int     // of parcels
	persons   int64   // numbers used
	sides     [4]int  // door numbers used on each side
	adults    []*person
	firms     int
}

func newBlock(city *writer, i, j int) *block {
	p := city.plan
	b := &block{
		city: city, plan: p, i: i, j: j, cell: p.cell(i, j), at: p.divisions.placeOf(p.lattice.n, i, j),
		d: newDice(p.seed, 'b', uint64(j*p.lattice.n+i)),
	}
	return b
}

// lot is a piece of a block before it has a purpose; two that were cut from one
// know it.
type lot struct {
	ground  ring
	whole   ring // of which it is a half; nil for none
	sibling int
}

// subdivide cuts a convex ring across its length until the pieces are small.
func (b *block) subdivide(r ring, target float64, out []lot) []lot {
	if r.area() < target*1.5 {
		return append(out, lot{ground: r, sibling: -1})
	}
	along := r.longest()
	lo, hi := r.spread(along)
	if lo2, hi2 := r.spread(along.left()); hi2-lo2 > hi-lo {
		along, lo, hi = along.left(), lo2, hi2
	}
	cut := along.scale(lo + (hi-lo)*b.d.within(0.43, 0.57))
	one, two := r.beside(cut, along.left()), r.beside(cut, along.left().scale(-1))
	if one == nil || two == nil || hi-lo < 50 {
		return append(out, lot{ground: r, sibling: -1})
	}
	n := len(out)
	out = b.subdivide(one, target, out)
	k := len(out)
	out = b.subdivide(two, target, out)
	if k == n+1 && len(out) == k+1 {
		out[n].whole, out[n].sibling = r, k
		out[k].whole, out[k].sibling = r, n
	}
	return out
}

// lotSizes are the usual areas of parcels in m².
var lotSizes = [...]float64{
	parkZone: 1e6, centreZone: 9500, oldZone: 5200, towerZone: 13500, slabZone: 9500, villageZone: 10500,
	villaZone: 12500, industryZone: 15000, hamletZone: 11000, farmZone: 7500, forestZone: 1e6,
}

// grounds cuts off what is no building land: the banks of the river, the radial
// avenues.
func (b *block) grounds() []ring {
	l := b.plan.lattice
	ground := l.block(b.i, b.j)
	b.frame = newFrame(ground.centre(), ground[1].sub(ground[0]))
	const bank = 17
	if b.j == l.river-1 || b.j == l.river+1 {
		a, c := ground[2], ground[3]
		if b.j == l.river+1 {
			a, c = ground[0], ground[1]
		}
		along := c.sub(a).unit()
		edge := a.add(along.left().scale(bank))
		if rest, green := ground.beside(edge, along), ground.beside(edge, along.scale(-1)); rest != nil && green != nil {
			b.add(&parcel{ground: green, purpose: "park", landUse: "0810", estate: "滨江绿地"})
			ground = rest
		}
	}
	if b.radial() {
		return b.diagonal(ground)
	}
	return []ring{ground}
}

// radial reports whether an avenue cuts the block from corner to corner.
func (b *block) radial() bool {
	n := b.plan.lattice.n
	x, y := 2*b.i+1-n, 2*b.j+1-n
	if x != y && x != -y || b.cell.zone == farmZone || b.cell.zone == forestZone || b.cell.zone == oldZone || b.cell.zone == parkZone {
		return false
	}
	return x*x > (n/3)*(n/3) && max(x, -x) < n-1-n/8
}

// diagonal cuts an avenue out of a block and leaves the two triangles.
func (b *block) diagonal(g ring) []ring {
	if len(g) != 4 {
		return []ring{g}
	}
	n := b.plan.lattice.n
	k := 0
	if (2*b.i+1-n)*(2*b.j+1-n) < 0 {
		k = 1
	}
	a, s, c, t := g[k], g[k+1], g[(k+2)%4], g[(k+3)%4]
	const half = 16 // metres along the sides
	near := func(p, q point) point { return p.add(q.sub(p).unit().scale(half)) }
	as, at, cs, ct := near(a, s), near(a, t), near(c, s), near(c, t)
	b.add(&parcel{ground: ring{a, as, cs, c, ct, at}, purpose: "road", landUse: "1004", estate: "放射大道"})
	return []ring{{as, s, cs}, {at, ct, t}}
}

// add gives a parcel its code, class and owner where it has none.
func (b *block) add(l *parcel) *parcel {
	b.serial++
	if l.class == "" {
		l.class = "surface"
	}
	if l.owner == "" {
		l.owner = "state"
	}
	if l.to == 0 {
		l.to = noDay
	}
	if l.from == 0 {
		l.from = date(1996, 7, 1) + day(mix(uint64(b.i), uint64(b.j), uint64(b.serial))%1500)
	}
	letter := "GB"
	switch {
	case l.class == "above":
		letter = "GS"
	case l.class == "below":
		letter = "GX"
	case l.landUse[:2] == "10" || l.landUse[:2] == "11":
		letter = "GY"
	case l.landUse == "0702":
		letter = "JC"
	case l.owner == "collective":
		letter = "JB"
	}
	c := b.at.community
	block := (b.j-c.j0)*(c.i1-c.i0) + b.i - c.i0
	l.code = fmt.Sprintf("%s%s%s%s%05d", c.code[:6], c.code[6:9], c.code[9:12], letter, block*400+b.serial)
	b.parcels = append(b.parcels, l)
	return l
}

// door gives a parcel its street and number: that of the nearest side.
func (b *block) door(l *parcel) {
	c := l.ground.centre().sub(b.frame.origin)
	x, y := c.dot(b.frame.u), c.dot(b.frame.v)
	side := 0 // south, east, north, west
	switch {
	case x > y && x >= -y:
		side = 1
	case x <= y && x >= -y:
		side = 2
	case x < -y && x <= y:
		side = 3
	}
	row, line, along := side%2 == 0, b.j, b.i
	switch side {
	case 1:
		line, along = b.i+1, b.j
	case 2:
		line = b.j + 1
	case 3:
		line, along = b.i, b.j
	}
	odd := 1
	if side == 0 || side == 3 {
		odd = 2
	}
	l.street = b.plan.streetOf(row, line, along)
	l.number = along%stretch*80 + 2*b.sides[side] + odd
	b.sides[side]++
}
