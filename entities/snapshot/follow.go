package snapshot

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/chengma/chengma/entities"
)

// delta is what some revisions did to a layer.
type delta struct {
	layer    *Layer
	after    entities.Revision
	upTo     entities.Revision
	reader   entities.Reader
	tables   []*table
	versions []entities.Entity
	placed   []placedRow
	boxes    []Box
	erased   bool
	// uprooted: something was erased at which others may stand. Who they are is
	// not known any more, for the links are gone too.
	uprooted bool
}

// advance takes in published revisions, which follow the view's without gap.
// Marks and rows of a revision do no harm to readers of earlier ones, so all is
// put in place first and shown last.
func (l *Live) advance(ctx context.Context, published []entities.Published) error {
	if len(published) == 0 {
		return nil
	}
	old := l.view.Load()
	if published[0].Revision != old.revision+1 {
		return fmt.Errorf("revision %d came after %d", published[0].Revision, old.revision)
	}
	d, err := l.delta(ctx, old, published)
	if err != nil {
		return err
	}
	next, segments, err := l.grown(old, l.segments, d)
	if err != nil {
		return err
	}
	l.changes.add(gather(d.upTo, d.boxes))
	if d.erased {
		l.epoch.Add(1)
		l.purge = d.upTo
	}
	l.since = append(l.since, published...)
	l.segments = segments
	l.view.Store(next)
	l.moved.wake()
	if l.cfg.OnChange != nil {
		l.cfg.OnChange(Change{Revision: d.upTo, Boxes: d.boxes, Erased: d.erased})
	}
	return nil
}

// grown returns the view with the rows of a delta.
func (l *Live) grown(old *View, segments []*segment, d *delta) (*View, []*segment, error) {
	if len(d.versions)+len(d.placed) > 0 {
		s, err := newSegment(&l.cfg.Layer, d.versions, d.placed)
		if err != nil {
			return nil, nil, err
		}
		for row := range s.rCode {
			d.boxes = append(d.boxes, s.box(row))
		}
		if segments, err = grow(segments, s); err != nil {
			return nil, nil, err
		}
	}
	next := *old
	next.revision = d.upTo
	next.tables = []*table{old.base.table}
	for _, s := range segments {
		next.tables = append(next.tables, s.table)
	}
	return &next, segments, nil
}

// rebase goes over to a new file: what came after it is read again.
func (l *Live) rebase(ctx context.Context, base *Snapshot) error {
	old := l.view.Load()
	switch {
	case l.closed:
		return entities.ErrClosed
	case base.Revision() < old.base.Revision():
		return base.Close() // another build was faster and knows more
	}
	i := 0
	for i < len(l.since) && l.since[i].Revision <= base.Revision() {
		i++
	}
	since := slices.Clone(l.since[i:])
	next, segments := l.viewOf(base), []*segment(nil)
	if len(since) > 0 {
		d, err := l.delta(ctx, next, since)
		if err != nil {
			return err
		}
		if next, segments, err = l.grown(next, nil, d); err != nil {
			return err
		}
	}
	l.since, l.segments = since, segments
	l.view.Store(next)
	return old.base.Close()
}

// delta reads what the revisions did, and marks the rows that they closed.
func (l *Live) delta(ctx context.Context, old *View, published []entities.Published) (d *delta, err error) {
	leave, err := old.base.enter()
	if err != nil {
		return nil, err
	}
	defer leave(&err)
	upTo := published[len(published)-1].Revision
	d = &delta{layer: &l.cfg.Layer, after: old.revision, upTo: upTo, reader: l.cfg.Store.At(upTo), tables: old.tables}
	kinds := make(map[entities.Kind]bool)
	for _, p := range published {
		for _, k := range p.Kinds {
			kinds[k] = true
		}
		for _, code := range p.Erased {
			switch {
			case code.Kind() == d.layer.Kind:
				d.erase(code)
			case !neverPlaced(code.Kind()):
				d.uprooted = true
			}
		}
	}
	var own []entities.Code
	if kinds[d.layer.Kind] {
		if own, err = d.read(ctx); err != nil {
			return nil, err
		}
	}
	if len(d.layer.Place) == 0 {
		return d, nil
	}
	return d, d.replace(ctx, own, kinds)
}

func (d *delta) erase(code entities.Code) {
	d.erased = true
	for _, t := range d.tables {
		for v, last := t.versionsOf(code); v < last; v++ {
			t.versions.set(v, gone)
		}
		for _, row := range t.rowsOf(code) {
			t.rows.set(int(row), gone)
			d.boxes = append(d.boxes, t.box(int(row)))
		}
	}
}

// read takes in the versions that came and marks those that went. It returns the
// codes of both.
func (d *delta) read(ctx context.Context) ([]entities.Code, error) {
	q := entities.HistoryQuery{
		Kinds: []entities.Kind{d.layer.Kind},
		Trail: entities.Trail{Superseded: true, After: d.after},
	}
	var codes []entities.Code
	for e, err := range d.reader.History(ctx, q) {
		if err != nil {
			return nil, err
		}
		if n := len(codes); n == 0 || codes[n-1] != e.Code {
			codes = append(codes, e.Code)
		}
		if e.Recorded.From > d.after {
			d.versions = append(d.versions, e)
			continue
		}
		if err := d.close(&e); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

func (d *delta) close(e *entities.Entity) error {
	for _, t := range d.tables {
		if v := t.findVersion(e.Code, e.Valid.From, e.Recorded.From); v >= 0 {
			d.boxes = append(d.boxes, t.closeVersion(v, int64(e.Recorded.To)))
			return nil
		}
	}
	return fmt.Errorf("%s of revision %d, closed by %d, is not in the snapshot", e.Code, e.Recorded.From, e.Recorded.To)
}

// replace works out anew where things stand whose own versions, links, or
// places changed.
func (d *delta) replace(ctx context.Context, own []entities.Code, kinds map[entities.Kind]bool) error {
	moved := make(map[entities.Code]bool)
	for _, c := range own {
		moved[c] = true
	}
	if d.uprooted {
		for _, t := range d.tables {
			for row, v := range t.rVersion {
				if v == noVersion {
					moved[entities.Code(t.rCode[row])] = true
				}
			}
		}
	}
	changed, err := d.changedPlaces(ctx, kinds)
	if err != nil {
		return err
	}
	if err := d.dependants(ctx, changed, moved); err != nil {
		return err
	}
	codes := slices.Sorted(maps.Keys(moved))
	p := newPlacer(d.layer, d.reader)
	for part := range slices.Chunk(codes, groupSize) {
		clear(p.links)
		clear(p.versions)
		if err := p.load(ctx, part); err != nil {
			return err
		}
		if err := d.replaceAll(ctx, p, part); err != nil {
			return err
		}
	}
	return nil
}

// changedPlaces returns the things whose own place may have changed for those
// that stand at them: their shape, or their links.
func (d *delta) changedPlaces(ctx context.Context, kinds map[entities.Kind]bool) ([]entities.Code, error) {
	trail := entities.Trail{Superseded: true, After: d.after}
	changed := make(map[entities.Code]bool)
	for link, err := range d.reader.Links(ctx, entities.LinkQuery{Roles: d.layer.Place, Trail: trail}) {
		if err != nil {
			return nil, err
		}
		changed[link.From] = true
	}
	var others []entities.Kind
	for k := range kinds {
		if !neverPlaced(k) {
			others = append(others, k)
		}
	}
	if len(others) == 0 {
		return slices.Sorted(maps.Keys(changed)), nil
	}
	slices.Sort(others)
	for e, err := range d.reader.History(ctx, entities.HistoryQuery{Kinds: others, Trail: trail}) {
		if err != nil {
			return nil, err
		}
		changed[e.Code] = true
	}
	return slices.Sorted(maps.Keys(changed)), nil
}

// dependants adds the things of the layer that the places of codes matter to.
func (d *delta) dependants(ctx context.Context, codes []entities.Code, moved map[entities.Code]bool) error {
	seen := make(map[entities.Code]bool)
	for hop := 0; hop <= maxHops && len(codes) > 0; hop++ {
		next := make(map[entities.Code]bool)
		for _, c := range codes {
			seen[c] = true
			if c.Kind() == d.layer.Kind {
				moved[c] = true
			}
		}
		for part := range slices.Chunk(codes, groupSize) {
			q := entities.LinkQuery{Codes: part, Reverse: true, Roles: d.layer.Place, Trail: entities.Trail{Superseded: true}}
			for link, err := range d.reader.Links(ctx, q) {
				if err != nil {
					return err
				}
				if !seen[link.From] {
					next[link.From] = true
				}
			}
		}
		codes = slices.Sorted(maps.Keys(next))
	}
	return nil
}

func (d *delta) replaceAll(ctx context.Context, p *placer, codes []entities.Code) error {
	var versions []entities.Entity
	flush := func() error {
		if len(versions) == 0 {
			return nil
		}
		own, err := p.own(versions)
		if err != nil {
			return err
		}
		d.difference(versions, p.place(versions[0].Code, own))
		versions = nil
		return nil
	}
	q := entities.HistoryQuery{Codes: codes, Trail: entities.Trail{Superseded: true}}
	for e, err := range d.reader.History(ctx, q) {
		if err != nil {
			return err
		}
		if len(versions) > 0 && versions[0].Code != e.Code {
			if err := flush(); err != nil {
				return err
			}
		}
		versions = append(versions, e)
	}
	return flush()
}

// difference closes the placed rows of a thing that ended and adds those that
// are new. A row that is there no more at any revision stood at what was erased.
func (d *delta) difference(versions []entities.Entity, rows []placed) {
	code := versions[0].Code
	kept := make(map[*table]map[int]bool)
	for _, p := range rows {
		t, row := d.findPlaced(code, p.span)
		if t == nil {
			d.placed = append(d.placed, placedRow{versions[p.version], p})
			continue
		}
		if kept[t] == nil {
			kept[t] = make(map[int]bool)
		}
		kept[t][row] = true
		now, alive := t.rowSpan(row)
		if alive && now.recorded.To != p.recorded.To {
			t.rows.set(row, int64(p.recorded.To))
			d.boxes = append(d.boxes, t.box(row))
		}
	}
	for _, t := range d.tables {
		for _, row := range t.rowsOf(code) {
			if t.rVersion[row] != noVersion || kept[t][int(row)] {
				continue
			}
			if _, alive := t.rowSpan(int(row)); alive {
				t.rows.set(int(row), gone)
				d.boxes = append(d.boxes, t.box(int(row)))
				d.erased = true
			}
		}
	}
}

// findPlaced returns the living row with a key.
func (d *delta) findPlaced(code entities.Code, key span) (*table, int) {
	for _, t := range d.tables {
		if row := t.findPlaced(code, key); row >= 0 {
			if _, alive := t.rowSpan(row); alive {
				return t, row
			}
		}
	}
	return nil, -1
}
