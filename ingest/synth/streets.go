package synth

// writeStreets writes the ground of the streets that begin at a cell: rows in
// stretches of up to four blocks, columns block by block between the rows.
func (w *writer) writeStreets(b *block) {
	l := w.plan.lattice
	const run = 4
	rows := []int{b.j}
	if b.j == l.n-1 {
		rows = append(rows, l.n)
	}
	for _, j := range rows {
		if b.i%run == 0 {
			w.street(b, l.rowStreet(b.i, min(b.i+run, l.n), j), w.plan.streetOf(true, j, b.i))
		}
	}
	columns := []int{b.i}
	if b.i == l.n-1 {
		columns = append(columns, l.n)
	}
	for _, i := range columns {
		if b.j == l.river && !l.bridged(i) {
			continue
		}
		w.street(b, l.columnStreet(i, b.j), w.plan.streetOf(false, i, b.j))
	}
}

func (w *writer) street(b *block, ground ring, s street) {
	l := &parcel{ground: ground, purpose: "road", landUse: "1004", estate: s.name, street: s}
	b.add(l)
}
