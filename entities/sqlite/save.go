package sqlite

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// writer writes the rows of one revision.
type writer struct {
	*applier
	ctx   context.Context
	rev   int64
	boxes []boxRow
	terms []termRow
	json  []byte // buffer
	n     int    // rows so far
}

func (w *writer) write(diff *entities.Diff) error {
	steps := []func(*entities.Diff) error{
		w.codes, w.erase, w.closeRows, w.versions, w.writeBoxes, w.writeTerms, w.aliases, w.links, w.states,
	}
	for _, step := range steps {
		if err := step(diff); err != nil {
			return err
		}
	}
	return nil
}

// tick lets a context that has ended stop the work.
func (w *writer) tick() error {
	w.n++
	if w.n%512 == 0 {
		return w.ctx.Err()
	}
	return nil
}

func (w *writer) codes(diff *entities.Diff) error {
	for chunk := range slices.Chunk(diff.Minted, loadAtOnce) {
		// Permuted codes come in no order, and a B-tree likes one.
		if _, err := w.conn.exec(codesAddSQL, jsonNumbers(sortedSet(chunk)), w.rev); err != nil {
			return fmt.Errorf("give codes: %w", err)
		}
	}
	for kind, seq := range w.minted {
		if _, err := w.conn.exec(serialSetSQL, int64(kind), int64(seq.Next())); err != nil {
			return fmt.Errorf("give codes: %w", err)
		}
	}
	return nil
}

func (w *writer) closeRows(diff *entities.Diff) error {
	for _, table := range []struct {
		text string
		ids  []int64
	}{
		{versionCloseSQL, diff.Versions.Close},
		{aliasCloseSQL, diff.Aliases.Close},
		{linkCloseSQL, diff.Links.Close},
		{stateCloseSQL, diff.States.Close},
	} {
		for _, id := range table.ids {
			if err := w.tick(); err != nil {
				return err
			}
			if _, err := w.conn.exec(table.text, id, w.rev); err != nil {
				return fmt.Errorf("close row %d: %w", id, err)
			}
		}
	}
	return nil
}

func (w *writer) versions(diff *entities.Diff) error {
	for i := range diff.Versions.Add {
		if err := w.tick(); err != nil {
			return err
		}
		e := &diff.Versions.Add[i]
		if err := w.addVersion(e); err != nil {
			return fmt.Errorf("write version of %s: %w", e.Code, err)
		}
	}
	return nil
}

func (w *writer) addVersion(e *entities.Entity) error {
	w.head.versions++
	id := w.head.versions
	origin, err := w.store.names.of(w.conn, e.Origin)
	if err != nil {
		return err
	}
	origins, err := w.attrOrigins(e.Origins)
	if err != nil {
		return err
	}
	shape, err := w.shape(id, e)
	if err != nil {
		return err
	}
	w.json = e.Attrs.AppendJSON(w.json[:0])
	_, err = w.conn.exec(versionAddSQL, id, int64(e.Code), int64(e.Valid.From), int64(e.Valid.To), w.rev,
		int64(e.Cause), origin, e.Class, string(w.json), shape,
		textOrNull(e.Geometry.VerticalCRS), textOrNull(e.Geometry.Repair), origins)
	if err != nil {
		return err
	}
	for _, term := range w.store.terms(e) {
		w.terms = append(w.terms, termRow{term, int64(e.Kind()), id})
	}
	return nil
}

// shape returns the column of a version's geometry, and notes its box.
func (w *writer) shape(id int64, e *entities.Entity) (any, error) {
	if e.Geometry.IsZero() {
		return nil, nil
	}
	raw := e.Geometry.WKB()
	box, err := entities.BoundsOfWKB(raw)
	if err != nil {
		return nil, err
	}
	if !box.Empty() {
		w.boxes = append(w.boxes, boxRow{id: id, box: box, kind: e.Kind(), place: hilbert(box)})
	}
	return raw, nil
}

// attrOrigins encodes the origins of attributes that come from elsewhere.
func (w *writer) attrOrigins(apart []entities.AttrOrigin) (any, error) {
	if len(apart) == 0 {
		return nil, nil
	}
	attrs := make(entities.Attrs, len(apart))
	for i, o := range apart {
		id, err := w.store.names.of(w.conn, o.Origin)
		if err != nil {
			return nil, err
		}
		attrs[i] = entities.Attr{Name: o.Name, Value: entities.Int(id)}
	}
	return string(attrs.AppendJSON(nil)), nil
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// boxRow is a row of the R*Tree.
type boxRow struct {
	id    int64
	box   entities.Box
	kind  entities.Kind
	place uint64
}

// writeBoxes fills the R*Tree along a Hilbert curve: neighbours meet the same
// pages, and the tree is the better for it.
func (w *writer) writeBoxes(*entities.Diff) error {
	slices.SortFunc(w.boxes, func(a, b boxRow) int {
		switch {
		case a.kind != b.kind:
			return int(a.kind) - int(b.kind)
		case a.place < b.place:
			return -1
		case a.place > b.place:
			return +1
		}
		return 0
	})
	for i := range w.boxes {
		if err := w.tick(); err != nil {
			return err
		}
		b := &w.boxes[i]
		_, err := w.conn.exec(boxAddSQL, b.id, b.box.West, b.box.East, b.box.South, b.box.North,
			float64(b.kind), float64(b.kind)+0.5)
		if err != nil {
			return fmt.Errorf("write boxes: %w", err)
		}
	}
	return nil
}

// hilbert returns the place of the middle of a box on a Hilbert curve over the
// globe, 2^24 cells a side (Warren, Hacker's Delight, 16–1).
func hilbert(b entities.Box) uint64 {
	const order = 24
	x := uint32(math.Round(((b.West+b.East)/2 + 180) / 360 * (1<<order - 1)))
	y := uint32(math.Round(((b.South+b.North)/2 + 90) / 180 * (1<<order - 1)))
	var place uint64
	for s := uint32(1 << (order - 1)); s > 0; s >>= 1 {
		var rx, ry uint32
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		place = place<<2 | uint64(3*rx^ry)
		if ry == 0 {
			if rx == 1 {
				x, y = ^x, ^y
			}
			x, y = y, x
		}
	}
	return place
}

// termRow is a row of the search index.
type termRow struct {
	term          string
	kind, version int64
}

func (w *writer) writeTerms(*entities.Diff) error {
	slices.SortFunc(w.terms, func(a, b termRow) int {
		if c := strings.Compare(a.term, b.term); c != 0 {
			return c
		}
		return int(a.kind - b.kind)
	})
	for i := range w.terms {
		if err := w.tick(); err != nil {
			return err
		}
		t := &w.terms[i]
		if _, err := w.conn.exec(termAddSQL, t.term, t.kind, t.version); err != nil {
			return fmt.Errorf("write search terms: %w", err)
		}
	}
	return nil
}

func (w *writer) aliases(diff *entities.Diff) error {
	for i := range diff.Aliases.Add {
		if err := w.tick(); err != nil {
			return err
		}
		r := &diff.Aliases.Add[i]
		w.head.aliases++
		_, err := w.conn.exec(aliasAddSQL, w.head.aliases, int64(r.Code), int64(r.Valid.From), int64(r.Valid.To),
			w.rev, r.Scheme, r.Value, r.Mask, r.Source)
		if err != nil {
			return fmt.Errorf("write alias %s: %w", r.Key, err)
		}
	}
	return nil
}

func (w *writer) links(diff *entities.Diff) error {
	for i := range diff.Links.Add {
		if err := w.tick(); err != nil {
			return err
		}
		r := &diff.Links.Add[i]
		w.head.links++
		_, err := w.conn.exec(linkAddSQL, w.head.links, int64(r.From), int64(r.To), int64(r.Valid.From), int64(r.Valid.To),
			w.rev, r.Role, int64(r.Share.Num), int64(r.Share.Den), int64(r.Level), r.Confidence, r.Source, r.Method)
		if err != nil {
			return fmt.Errorf("write link from %s: %w", r.From, err)
		}
	}
	return nil
}

func (w *writer) states(diff *entities.Diff) error {
	for i := range diff.States.Add {
		r := &diff.States.Add[i]
		w.head.states++
		_, err := w.conn.exec(stateAddSQL, w.head.states, int64(r.Code), int64(r.State), r.Reason, int64(r.SameAs), w.rev)
		if err != nil {
			return fmt.Errorf("write state of %s: %w", r.Code, err)
		}
	}
	return nil
}
