package synth

import (
	"cmp"
	"math"
	"slices"
)

// zone is what a block is mostly used for.
type zone uint8

const (
	riverZone zone = iota
	parkZone
	centreZone // offices and shops
	oldZone    // courtyards
	towerZone  // estates of high houses
	slabZone   // estates of the eighties and nineties
	villageZone
	villaZone
	industryZone
	hamletZone
	farmZone
	forestZone
)

// role is what a small city needs one of, whatever its dice say.
type role uint8

const (
	anyRole role = iota
	hospitalRole
	schoolRole
	renewalRole // two old estates become one
)

// assure gives some blocks of a small city their roles.
func (p *plan) assure() {
	n := p.lattice.n
	if n >= 40 {
		return
	}
	var living []int
	villages := 0
	for k := range p.cells {
		switch p.cells[k].zone {
		case towerZone, slabZone:
			living = append(living, k)
		case villageZone:
			villages++
		}
	}
	slices.SortFunc(living, func(a, b int) int { return cmp.Compare(mix(p.seed, 'a', uint64(a)), mix(p.seed, 'a', uint64(b))) })
	for i, r := range []role{hospitalRole, renewalRole, schoolRole, schoolRole} {
		if i < len(living) {
			p.cells[living[i]].role = r
		}
	}
	if len(living) > 1 {
		c := &p.cells[living[1]]
		c.zone, c.year = slabZone, 1986
	}
	if last := len(living) - 1; villages == 0 && last > 3 {
		p.cells[living[last]].zone, p.cells[living[last]].year = villageZone, 1990
	}
}

// crowds is how many people a block of a zone holds, relative to the others.
var crowds = [...]float64{
	centreZone: 0.75, oldZone: 0.62, towerZone: 1.75, slabZone: 1.15, villageZone: 1.45,
	villaZone: 0.16, industryZone: 0.34, hamletZone: 0.22, forestZone: 0,
}

// trading is how many firms a block of a zone has, relative to the others.
var trading = [...]float64{
	centreZone: 16, oldZone: 1.4, towerZone: 1.1, slabZone: 1.2, villageZone: 2, villaZone: 0.2, industryZone: 3.4, hamletZone: 0.2, forestZone: 0,
}

// cell is a block as the plan has it.
type cell struct {
	zone   zone
	role   role
	year   int16 // about when it was built up
	people int32 // who live there at the end
	firms  int32
	first  int64 // number of its first person
}

// wave is smooth noise from -1 to 1.
func wave(seed uint64, a, b float64) float64 {
	p := share(mix(seed, 'w', 1)) * 6.28
	q := share(mix(seed, 'w', 2)) * 6.28
	return 0.5*math.Sin(5.1*a+2.3*b+p) + 0.5*math.Sin(-3.7*a+4.9*b+q)
}

// zoneOf places the parts of the city: offices north of the river, the old town
// south of it, industry downstream, villas below the hills, fields around.
func zoneOf(l *lattice, seed uint64, i, j int) zone {
	if j == l.river {
		return riverZone
	}
	radius := float64(l.n) / 2
	a, b := (float64(i)+0.5)/radius-1, (float64(j)+0.5)/radius-1
	r := math.Hypot(a, b) + 0.10*wave(seed, a, b)
	near := func(x, y, within, cells float64) bool {
		return math.Hypot(a-x, b-y) < max(within, cells/radius)
	}
	chance, other := share(mix(seed, 'z', uint64(i), uint64(j))), share(mix(seed, 'y', uint64(i), uint64(j)))
	switch {
	case r > 1.12 || r > 0.97 && chance < 0.45:
		return edgeZone(other)
	case near(0.06, 0.28, 0.11, 0.85):
		return centreZone
	case near(-0.32, 0.30, 0.09, 0.62):
		return parkZone
	case near(-0.17, -0.42, 0.13, 0.95):
		return oldZone
	case hub(l, seed, i, j):
		return centreZone
	case a > 0.40 && b < 0.10 && b > -0.85:
		return industrial(chance, other)
	case a < -0.46 && b > 0.42:
		if chance < 0.7 {
			return villaZone
		}
		return forestZone
	case chance < 0.045:
		return parkZone
	case chance < 0.125 && r > 0.30:
		return villageZone
	case other < 0.30+0.34*max(0, 1-r):
		return towerZone
	}
	return slabZone
}

func industrial(chance, other float64) zone {
	switch {
	case chance < 0.14:
		return villageZone
	case chance < 0.24:
		return slabZone
	case other < 0.07:
		return parkZone
	}
	return industryZone
}

func edgeZone(chance float64) zone {
	switch {
	case chance < 0.36:
		return hamletZone
	case chance < 0.72:
		return farmZone
	}
	return forestZone
}

// hub reports whether a block belongs to one of the lesser centres of a large
// city, one in each square of 18 blocks.
func hub(l *lattice, seed uint64, i, j int) bool {
	const square = 18
	if l.n < 2*square {
		return false
	}
	h := mix(seed, 'h', uint64(i/square), uint64(j/square))
	ci, cj := int(h%12)+3, int(h>>8%12)+3
	di, dj := i%square-ci, j%square-cj
	return di*di+dj*dj <= 1+int(h>>16%3)
}

// builtUp says about when a block was built up: from the middle outwards, the
// old town first.
func builtUp(l *lattice, seed uint64, z zone, i, j int) int {
	radius := float64(l.n) / 2
	r := math.Hypot((float64(i)+0.5)/radius-1, (float64(j)+0.5)/radius-1)
	chance := share(mix(seed, 't', uint64(i), uint64(j)))
	switch z {
	case oldZone:
		return 1920 + int(60*chance)
	case villageZone, hamletZone:
		return 1982 + int(16*chance)
	case centreZone:
		return 1992 + int(24*chance)
	case industryZone:
		return 1986 + int(26*chance)
	case villaZone:
		return 1996 + int(20*chance)
	case towerZone:
		return 1997 + int(8*min(r, 1)+17*chance)
	}
	return 1978 + int(14*min(r, 1)+15*chance)
}
