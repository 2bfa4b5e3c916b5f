package synth

import "math"

// plan is what all blocks of the city share.
type plan struct {
	seed      uint64
	people    int
	lattice   *lattice
	cells     []cell
	divisions *divisions
}

// personRoom is how many numbers a block keeps beyond one for each of its people:
// for those who died or left, and for doubles.
const personRoom = 1.35

func newPlan(people int, seed uint64) *plan {
	n := max(5, int(math.Round(7*math.Sqrt(float64(people)/20000))))
	p := &plan{seed: seed, people: people, lattice: newLattice(n, seed)}
	p.divisions = newDivisions(n, p.lattice.river)
	p.cells = make([]cell, n*n)
	total := 0.0
	weights := make([]float64, n*n)
	for j := range n {
		for i := range n {
			c := &p.cells[j*n+i]
			c.zone = zoneOf(p.lattice, seed, i, j)
			c.year = int16(builtUp(p.lattice, seed, c.zone, i, j))
		}
	}
	p.assure()
	for j := range n {
		for i := range n {
			c := &p.cells[j*n+i]
			x, y := float64(2*i+1)/float64(n)-1, float64(2*j+1)/float64(n)-1
			weights[j*n+i] = crowds[c.zone] * (1.5 - 0.6*math.Hypot(x, y)) * (0.8 + 0.4*share(mix(seed, 'q', uint64(i), uint64(j))))
			total += weights[j*n+i]
		}
	}
	if total == 0 {
		total = 1
	}
	p.settle(weights, total)
	return p
}

// settle gives every block its people, so that all of them make the city's number
// exactly, and its personal numbers.
func (p *plan) settle(weights []float64, total float64) {
	sum, given, next, firms := 0.0, int64(0), int64(0), 1e-9
	trade := make([]float64, len(weights))
	for k := range p.cells {
		trade[k] = trading[p.cells[k].zone]
		firms += trade[k]
	}
	for k := range p.cells {
		c := &p.cells[k]
		sum += weights[k]
		upTo := int64(math.Round(sum / total * float64(p.people)))
		c.people = int32(upTo - given)
		given = upTo
		c.first = next
		c.firms = int32(trade[k]/firms*firmsPerPerson*float64(p.people) + share(mix(p.seed, 'f', uint64(k))))
		next += int64(float64(c.people)*personRoom) + 40
	}
}

func (p *plan) cell(i, j int) *cell { return &p.cells[j*p.lattice.n+i] }
