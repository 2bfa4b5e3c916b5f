package snapshot

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/chengma/chengma/entities"
)

// table is columns, and what later revisions did to their rows. Columns never
// change; marks only ever appear, and each tells from which revision on it
// counts, so that readers of every revision share a table without a lock.
type table struct {
	*columns
	layer    *Layer
	versions marks
	rows     marks
}

func newTable(c *columns, layer *Layer) *table {
	t := &table{columns: c, layer: layer}
	t.versions.n, t.rows.n = len(c.vCode), len(c.rCode)
	return t
}

// marks say which rows a later revision closed. There is one writer.
type marks struct {
	n  int
	at atomic.Pointer[[]atomic.Int64]
}

// gone marks a row that no revision knows any more: it was erased.
const gone = math.MinInt64

func (m *marks) set(row int, rev int64) {
	at := m.at.Load()
	if at == nil {
		fresh := make([]atomic.Int64, m.n)
		at = &fresh
		m.at.Store(at)
	}
	if (*at)[row].Load() != gone {
		(*at)[row].Store(rev)
	}
}

// closed returns the revision that closed a row, gone, or 0.
func (m *marks) closed(row int) int64 {
	at := m.at.Load()
	if at == nil {
		return 0
	}
	return (*at)[row].Load()
}

// recorded returns which revisions know a row, and whether any does.
func (m *marks) recorded(row int, s entities.Span) (entities.Span, bool) {
	switch c := m.closed(row); {
	case c == gone:
		return s, false
	case c > 0 && entities.Revision(c) < s.To:
		s.To = entities.Revision(c)
	}
	return s, true
}

// versionSpan returns when a version is true and known; false where it is erased.
func (t *table) versionSpan(v int) (span, bool) {
	s := t.span(t.vSpan[v])
	var ok bool
	s.recorded, ok = t.versions.recorded(v, s.recorded)
	return s, ok
}

// rowSpan is versionSpan for a drawn row.
func (t *table) rowSpan(row int) (span, bool) {
	s := t.span(t.rSpan[row])
	var ok bool
	s.recorded, ok = t.rows.recorded(row, s.recorded)
	return s, ok
}

// versionsOf returns the versions [from, to) of a thing.
func (t *table) versionsOf(code entities.Code) (from, to int) {
	n := len(t.vCode)
	from = sort.Search(n, func(i int) bool { return t.vCode[i] >= uint64(code) })
	to = from
	for to < n && t.vCode[to] == uint64(code) {
		to++
	}
	return from, to
}

// rowsOf returns the drawn rows of a thing.
func (t *table) rowsOf(code entities.Code) []uint32 {
	from, _ := slices.BinarySearchFunc(t.rByCode, uint64(code), func(row uint32, c uint64) int {
		return cmp.Compare(t.rCode[row], c)
	})
	to := from
	for to < len(t.rByCode) && t.rCode[t.rByCode[to]] == uint64(code) {
		to++
	}
	return t.rByCode[from:to]
}

// entity decodes a version. It shares no memory with the columns.
func (t *table) entity(v int, s span) (entities.Entity, error) {
	e := entities.Entity{
		Code: entities.Code(t.vCode[v]), Class: string(t.entry(t.vClass[v])),
		Cause: entities.Cause(t.vCause[v]), Valid: s.valid, Recorded: s.recorded,
	}
	var err error
	if e.Attrs, err = t.decodeAttrs(t.attrs[t.vAttrs[v]:t.vAttrs[v+1]]); err != nil {
		return e, err
	}
	if from, to := t.vShape[v], t.vShape[v+1]; from < to {
		e.Geometry = entities.TrustedWKB(slices.Clone(t.shapes[from:to]))
	}
	if err := decodeNote(t.entry(t.vNote[v]), &e.Geometry); err != nil {
		return e, err
	}
	return e, decodeOrigins(t.entry(t.vOrigin[v]), &e)
}

// closeVersion marks a version, and the drawn row that has its shape.
func (t *table) closeVersion(v int, rev int64) (box Box) {
	t.versions.set(v, rev)
	box = emptyBox
	for _, row := range t.rowsOf(entities.Code(t.vCode[v])) {
		if t.rVersion[row] == uint32(v) {
			t.rows.set(int(row), rev)
			box = box.Extend(t.box(int(row)))
		}
	}
	return box
}

// findVersion returns the version with a key, -1 where the table has none.
func (t *table) findVersion(code entities.Code, from entities.Instant, rev entities.Revision) int {
	first, last := t.versionsOf(code)
	for v := first; v < last; v++ {
		if s := t.span(t.vSpan[v]); s.valid.From == from && s.recorded.From == rev {
			return v
		}
	}
	return -1
}
