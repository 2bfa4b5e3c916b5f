package snapshot

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// View is a layer at one moment of a process: the file and the segments that
// hold what came later. It never changes and answers for every revision up to
// its own.
type View struct {
	layer    Layer
	revision entities.Revision
	base     *Snapshot
	tables   []*table // the base's first
	// status, where set, says of a code without versions why it has none.
	status func(context.Context, entities.Revision, entities.Code) error
}

// Layer returns what the view is of.
func (v *View) Layer() Layer { return v.layer }

// Revision returns the newest revision that the view answers for.
func (v *View) Revision() entities.Revision { return v.revision }

// Tables returns how many tables the view has, see [Feature.Table].
func (v *View) Tables() int { return len(v.tables) }

// Bounds returns the envelope of every shape of the view, at any time.
func (v *View) Bounds() (bounds Box, err error) {
	bounds = emptyBox
	leave, err := v.base.enter()
	if err != nil {
		return bounds, err
	}
	defer leave(&err)
	for _, t := range v.tables {
		if n := len(t.tree); n > 0 {
			bounds = bounds.Extend(Box{t.tree[n-4], t.tree[n-3], t.tree[n-2], t.tree[n-1]})
		} else if len(t.rCode) > 0 {
			bounds = bounds.Extend(t.box(0))
		}
	}
	return bounds, nil
}

// At returns what a revision knows, exactly.
func (v *View) At(rev entities.Revision) *Reading { return &Reading{view: v, rev: rev} }

// Row names a drawn row of a view.
type Row struct{ table, row uint32 }

// Feature is a drawn row, valid until the search goes on. It reads the columns
// that it is asked for and no others: most searches look at few of them.
type Feature struct {
	Code entities.Code

	table *table
	row   int
	ring  uint32
	end   uint32
	order int // of the table
}

// Type returns what the rings are.
func (f *Feature) Type() ShapeType { return ShapeType(f.table.rType[f.row]) }

// Hilbert returns the place of the box's centre on the Hilbert curve.
func (f *Feature) Hilbert() uint64 { return f.table.rHilbert[f.row] }

// Size returns the area in square world units, or the length in units; 0 for points.
func (f *Feature) Size() float32 { return f.table.rSize[f.row] }

// Cell returns the H3 cell of resolution 12 that holds the feature's
// representative point.
func (f *Feature) Cell() uint64 { return f.table.rCell[f.row] }

// Box returns the envelope.
func (f *Feature) Box() Box { return f.table.box(f.row) }

// Coords returns the vertices of all rings one after another, x and y in turn, in
// world units. Rings are not closed; no vertex repeats the one before. The slice
// belongs to the snapshot and must not be changed.
func (f *Feature) Coords() []uint32 {
	from, to := f.table.vertices(f.row)
	return f.table.coords[2*from : 2*to]
}

// Row returns the feature's name in the view.
func (f *Feature) Row() Row { return Row{uint32(f.order), uint32(f.row)} }

// Feature returns a row that a search of this view found. It is to be used within
// [View.Read].
func (v *View) Feature(r Row) (f Feature) {
	f.order = int(r.table)
	f.set(v.tables[r.table], int(r.row))
	return f
}

// Rings begins with the first ring; it must be called before [Feature.Ring].
func (f *Feature) Rings() {
	f.ring = f.table.rRing[f.row]
	f.end, _ = f.table.vertices(f.row)
}

// Ring returns the next ring of the feature and whether it begins a part: the
// outline of a polygon, or a line. A ring that begins no part is a hole. Points
// are one ring. At the end it returns nil.
func (f *Feature) Ring() (vertices []uint32, part bool) {
	if f.ring == f.table.rRing[f.row+1] {
		return nil, false
	}
	r := f.table.rings[f.ring]
	from, to := f.end, r&^newPart
	f.ring++
	f.end = to
	return f.table.coords[2*from : 2*to], r&newPart != 0
}

// Table tells the tables of a view apart, from 0 up; dictionary numbers of
// different tables are not to be compared.
func (f *Feature) Table() int { return f.order }

// Class returns the dictionary number of the class, 0 where there is none.
func (f *Feature) Class() uint32 { return f.table.rClass[f.row] }

// Property returns the dictionary number of the value of the i-th property of
// the layer, 0 where the feature has none.
func (f *Feature) Property(i int) uint32 {
	return f.table.rProps[f.row*len(f.table.layer.Properties)+i]
}

// Lookup returns the value of a property of the layer by its name, of "class",
// or Unset.
func (f *Feature) Lookup(name string) entities.Value {
	if name == entities.ClassAttr {
		return f.Value(f.Class())
	}
	if i := slices.Index(f.table.layer.Properties, name); i >= 0 {
		return f.Value(f.Property(i))
	}
	return entities.Unset
}

// Entry returns a dictionary entry: the body of a Value message of a vector
// tile (MVT 2.1, 4.4).
func (f *Feature) Entry(number uint32) []byte { return f.table.entry(number) }

// Entries returns how many numbers the dictionary of the feature's table has.
func (f *Feature) Entries() int { return len(f.table.dictEnd) }

// Value decodes a dictionary entry; Unset for number 0.
func (f *Feature) Value(number uint32) entities.Value { return tileValue(f.table.entry(number)) }

func (f *Feature) set(t *table, row int) {
	f.table, f.row, f.Code = t, row, entities.Code(t.rCode[row])
}

// Search is what a tile asks for.
type Search struct {
	Window   Window
	At       entities.Instant
	Revision entities.Revision
}

// Constancy is the rectangle of valid and recorded time, around the instant and
// the revision of a search, in which the search gives the same. Recorded.To is
// Open where no revision that the view knows ends it.
type Constancy struct {
	Valid    entities.Interval
	Recorded entities.Span
}

// unbounded is the constancy of nothing at all.
var unbounded = Constancy{Valid: entities.Always, Recorded: entities.Span{To: entities.Open}}

// Intersect returns what the two share.
func (c Constancy) Intersect(o Constancy) Constancy {
	return Constancy{
		Valid: c.Valid.Intersect(o.Valid),
		Recorded: entities.Span{
			From: max(c.Recorded.From, o.Recorded.From), To: min(c.Recorded.To, o.Recorded.To),
		},
	}
}

func (c *Constancy) note(s *span, at entities.Instant, rev entities.Revision) {
	noteRevision(&c.Recorded, s.recorded.From, rev)
	if s.recorded.To != entities.Open {
		noteRevision(&c.Recorded, s.recorded.To, rev)
	}
	if s.recorded.From > rev || s.recorded.To <= rev {
		return
	}
	noteInstant(&c.Valid, s.valid.From, at)
	noteInstant(&c.Valid, s.valid.To, at)
}

func noteRevision(s *entities.Span, r, rev entities.Revision) {
	if r <= rev {
		s.From = max(s.From, r)
	} else {
		s.To = min(s.To, r)
	}
}

func noteInstant(i *entities.Interval, t, at entities.Instant) {
	if t <= at {
		i.From = max(i.From, t)
	} else {
		i.To = min(i.To, t)
	}
}

// Search calls visit for every drawn row that is in the window, true at the
// instant and known to the revision, in order of (Hilbert, code), until it
// returns false. The feature is reused. It returns how long the answer lasts,
// which counts only where visit never returned false.
func (v *View) Search(q Search, visit func(*Feature) bool) (c Constancy, err error) {
	c = unbounded
	if q.Revision < 0 || q.Revision > v.revision {
		return c, fmt.Errorf("%w: %d; layer %s is at %d", entities.ErrUnknownRevision, q.Revision, v.layer.Name, v.revision)
	}
	leave, err := v.base.enter()
	if err != nil {
		return c, err
	}
	defer leave(&err)
	var f Feature
	if len(v.tables) == 1 {
		t := v.tables[0]
		seen := sighting{q: &q, c: &c}
		t.search(&q.Window, func(row int) bool {
			if !seen.visible(t, row) {
				return true
			}
			f.set(t, row)
			return visit(&f)
		})
		return c, nil
	}
	for _, r := range v.merge(&q, &c) {
		f.order = int(r.table)
		f.set(v.tables[r.table], int(r.row))
		if !visit(&f) {
			break
		}
	}
	return c, nil
}

// Count returns how many rows a search finds, and how long that lasts.
func (v *View) Count(q Search) (n int, c Constancy, err error) {
	c = unbounded
	leave, err := v.base.enter()
	if err != nil {
		return 0, c, err
	}
	defer leave(&err)
	for _, t := range v.tables {
		seen := sighting{q: &q, c: &c}
		t.search(&q.Window, func(row int) bool {
			if seen.visible(t, row) {
				n++
			}
			return true
		})
	}
	return n, c, nil
}

// Read calls read with faults of the mapped file turned into ErrDamaged. Features
// of rows that a search gave can be used until it returns.
func (v *View) Read(read func() error) (err error) {
	leave, err := v.base.enter()
	if err != nil {
		return err
	}
	defer leave(&err)
	return read()
}

// sighting tells which rows of a table a search sees, and notes when that changes.
type sighting struct {
	q *Search
	c *Constancy
	// What came of the last interval: whole loads share one, so that most rows
	// are settled by comparing a number.
	last  uint32
	known bool
	seen  bool
}

func (s *sighting) visible(t *table, row int) bool {
	id := t.rSpan[row]
	if t.rows.closed(row) == 0 {
		if !s.known || s.last != id {
			s.last, s.known, s.seen = id, true, s.look(t.span(id))
		}
		return s.seen
	}
	at, ok := t.rowSpan(row)
	return ok && s.look(at)
}

func (s *sighting) look(at span) bool {
	s.c.note(&at, s.q.At, s.q.Revision)
	return at.valid.Contains(s.q.At) && at.recorded.Contains(s.q.Revision)
}

// tableRow is a row of one of several tables.
type tableRow struct {
	hilbert uint64
	code    uint64
	table   uint32
	row     uint32
}

// merge collects the rows of all tables, each of which comes in order.
func (v *View) merge(q *Search, c *Constancy) []tableRow {
	var all, both []tableRow
	for i, t := range v.tables {
		start := len(all)
		seen := sighting{q: q, c: c}
		t.search(&q.Window, func(row int) bool {
			if seen.visible(t, row) {
				all = append(all, tableRow{t.rHilbert[row], t.rCode[row], uint32(i), uint32(row)})
			}
			return true
		})
		if start == 0 || start == len(all) {
			continue
		}
		both = mergeRows(both[:0], all[:start], all[start:])
		all, both = both, all
	}
	return all
}

func mergeRows(to, a, b []tableRow) []tableRow {
	for len(a) > 0 && len(b) > 0 {
		if cmp.Or(cmp.Compare(a[0].hilbert, b[0].hilbert), cmp.Compare(a[0].code, b[0].code)) <= 0 {
			to, a = append(to, a[0]), a[1:]
		} else {
			to, b = append(to, b[0]), b[1:]
		}
	}
	return append(append(to, a...), b...)
}
