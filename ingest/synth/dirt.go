package synth

import "encoding/json"

// What becomes of a dirty record.
const (
	Refused = "refused" // it goes to quarantine
	Partial = "partial" // it is applied without the part at fault, which is noted
	Skipped = "skipped" // it is passed over
	Applied = "applied" // it is mended or read all the same
)

// KeyLine is a line of key.jsonl: what must become of a dirty record.
type KeyLine struct {
	File    string `json:"file"`
	Line    int64  `json:"line"` // from 1; a table's header is line 1
	Kind    string `json:"kind"`
	Key     string `json:"key"` // as the file has it
	Dirt    string `json:"dirt"`
	Outcome string `json:"outcome"`
	Rule    string `json:"rule,omitempty"` // of package ingest
	Field   string `json:"field,omitempty"`
}

// dirt is one way in which a record goes wrong.
type dirt struct {
	name, outcome, rule, field string
	// spoil makes the record dirty; false where this one cannot be.
	spoil func(r *soiled) bool
	same  bool // the dirty record keeps the key of the clean one
}

// soiled is a record on its way to being dirty.
type soiled struct {
	table *table
	cells []string
	rings [][]point
	n     int // how manieth dirty record of the register
}

// set changes a cell by the name of its column.
func (r *soiled) set(column, value string) {
	r.cells[r.at(column)] = value
}

func (r *soiled) get(column string) string { return r.cells[r.at(column)] }

func (r *soiled) at(column string) int {
	for i, c := range r.table.columns {
		if c.name == column {
			return i
		}
	}
	panic("synth: no column " + column) // a mistake in a list of this package
}

// Every kind of dirt comes soon, so that a small city has all of them, and then
// one record in dirtEvery is dirty.
const (
	soonEvery = 10
	dirtEvery = 200
)

// due gives the dirt that is next when it is time for some and the record can be
// spoiled by it.
func (t *table) due(at int, cells []string) *dirt {
	list, count := t.dirt, &t.clean
	if at > 0 {
		list, count = t.late, &t.after
	}
	if len(list) == 0 {
		return nil
	}
	k := *count
	*count++
	if soon := int64(soonEvery * len(list)); k < soon && k%soonEvery == soonEvery-1 {
		return &list[k/soonEvery]
	} else if k >= soon && k%dirtEvery == dirtEvery-1 {
		return &list[(k/dirtEvery)%int64(len(list))]
	}
	return nil
}

// soil writes a record and its dirty companion, or the record itself dirty where
// it is applied nevertheless.
func (t *table) soil(at int, bad *dirt, cells []string) {
	r := &soiled{table: t, cells: append([]string(nil), cells...), n: t.spoil}
	for _, ring := range t.rings {
		r.rings = append(r.rings, append([]point(nil), ring...))
	}
	inPlace := bad.outcome == Partial || bad.outcome == Applied
	if !inPlace && !bad.same {
		t.fresh(r.cells, r.n)
	}
	if !bad.spoil(r) {
		t.write(at, t.rings, cells)
		return
	}
	t.spoil++
	if !inPlace {
		t.write(at, t.rings, cells)
	}
	t.write(at, r.rings, r.cells)
	if t.city.err != nil {
		return
	}
	f := t.files[at]
	t.city.note(KeyLine{
		File: f.name, Line: f.lines, Kind: t.kind, Key: r.cells[t.key],
		Dirt: bad.name, Outcome: bad.outcome, Rule: bad.rule, Field: bad.field,
	})
}

// note writes a line of the answer key.
func (w *writer) note(line KeyLine) {
	raw, err := json.Marshal(line)
	if err != nil {
		w.fail(err)
		return
	}
	w.key.row = append(w.key.row, raw...)
	w.dirty[line.Outcome]++
	w.fail(w.key.line())
}
