package snapshot

import (
	"cmp"
	"slices"

	"github.com/chengma/chengma/entities"
)

// segment is a small table in memory of what came after the file, with what it
// was made of, so that segments can be merged.
type segment struct {
	*table
	versions []entities.Entity // in order
	placed   []placedRow
}

// placedRow is a drawn row of a thing that stands where its links say.
type placedRow struct {
	entity entities.Entity
	placed
}

func newSegment(layer *Layer, versions []entities.Entity, rows []placedRow) (*segment, error) {
	b := newBuilder(layer)
	slices.SortFunc(versions, func(a, b entities.Entity) int { return compareVersions(&a, &b) })
	for i := range versions {
		n, err := b.addVersion(&versions[i])
		if err != nil {
			return nil, err
		}
		if err := b.addOwn(&versions[i], n); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		if err := b.addPlaced(&rows[i].entity, rows[i].placed); err != nil {
			return nil, err
		}
	}
	c, err := b.finish()
	if err != nil {
		return nil, err
	}
	return &segment{table: newTable(c, layer), versions: versions, placed: rows}, nil
}

func (s *segment) size() int { return len(s.versions) + len(s.placed) }

// merge makes one segment of two; marks become ends, erased rows are left out.
func (s *segment) merge(o *segment) (*segment, error) {
	versions := append(s.current(), o.current()...)
	rows := append(s.currentPlaced(), o.currentPlaced()...)
	return newSegment(s.layer, versions, rows)
}

func (s *segment) current() []entities.Entity {
	var out []entities.Entity
	for i, e := range s.versions {
		span, ok := s.versionSpan(i) // versions of the table are in the same order
		if ok {
			e.Recorded = span.recorded
			out = append(out, e)
		}
	}
	return out
}

func (s *segment) currentPlaced() []placedRow {
	var out []placedRow
	for _, p := range s.placed {
		row := s.findPlaced(p.entity.Code, p.span)
		if row < 0 {
			continue
		}
		if now, ok := s.rowSpan(row); ok {
			p.recorded = now.recorded
			out = append(out, p)
		}
	}
	return out
}

// findPlaced returns the placed row with a key: code, beginning in valid and in
// recorded time; −1 where there is none.
func (t *table) findPlaced(code entities.Code, key span) int {
	for _, row := range t.rowsOf(code) {
		s := t.span(t.rSpan[row])
		if t.rVersion[row] == noVersion && s.valid.From == key.valid.From && s.recorded.From == key.recorded.From {
			return int(row)
		}
	}
	return -1
}

// grow adds a segment behind others, merging those of about its size, so that
// there are few and each row is merged a logarithmic number of times.
func grow(segments []*segment, s *segment) ([]*segment, error) {
	out := slices.Clone(segments)
	for len(out) > 0 && out[len(out)-1].size() <= 2*s.size() {
		merged, err := out[len(out)-1].merge(s)
		if err != nil {
			return nil, err
		}
		s, out = merged, out[:len(out)-1]
	}
	return append(out, s), nil
}

// touch is a place that a revision changed.
type touch struct {
	revision entities.Revision
	box      Box
}

// mostTouches is how many boxes a revision keeps; more are drawn together along
// the Hilbert curve, which can only make too many tiles look touched.
const mostTouches = 512

func gather(rev entities.Revision, boxes []Box) []touch {
	boxes = slices.DeleteFunc(boxes, Box.Empty)
	slices.SortFunc(boxes, func(a, b Box) int { return cmp.Compare(hilbert(a.center()), hilbert(b.center())) })
	run := (len(boxes) + mostTouches - 1) / mostTouches
	var out []touch
	for i := 0; i < len(boxes); i += run {
		box := boxes[i]
		for _, b := range boxes[i:min(i+run, len(boxes))] {
			box = box.Extend(b)
		}
		out = append(out, touch{rev, box})
	}
	return out
}
