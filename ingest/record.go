package ingest

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest/source"
)

// place is where a record stands.
type place struct {
	file string
	line int64
}

// item is a record on its way: read, then mapped by a worker, then applied.
type item struct {
	rec     *source.Record
	at      place
	content uint64 // hash of the record as the file has it

	key     entities.Key
	mask    string
	hasKey  bool
	op      operation
	over    entities.Interval // of its first state: tells histories from doubles
	skipped *Rule
	refused *fault
	partial []*fault
	acts    []entities.Act // in order
	late    []lateAct      // those that name other things
	kept    []byte         // the record as JSON, where rec is gone
	filed   string         // of a retry: the key of its refusal
}

// lateAct names other things by keys that must be looked up first.
type lateAct struct {
	link      *linkProgram // nil: replaced-by or same-as
	role      string
	targets   []lateTarget
	add       bool
	over      entities.Interval
	mode      entities.Mode
	field     string
	sameAs    bool
	different bool
	reason    string
}

type lateTarget struct {
	key   entities.Key
	shown string        // of the key, for refusals
	code  entities.Code // found by place
	share entities.Share
	among int // candidates that the key does not tell apart, 0 or 1: none
}

// worker maps records. It keeps buffers and is for one goroutine.
type worker struct {
	run    *runState
	cells  []entities.Value
	hints  []int
	text   []byte
	attrs  []entities.Attr
	get    func(string) (any, bool)
	parser fastjson.Parser
}

func newWorker(run *runState) *worker {
	w := &worker{run: run, cells: make([]entities.Value, len(run.prog.columns)), hints: make([]int, len(run.prog.columns))}
	w.get = w.attr
	return w
}

// load puts the columns that the mapping names into cells. Records of one file
// mostly have the same columns in the same places, which hints remember.
func (w *worker) load(rec *source.Record) {
	for i, name := range w.run.prog.columns {
		if h := w.hints[i]; h < len(rec.Attrs) && rec.Attrs[h].Name == name {
			w.cells[i] = rec.Attrs[h].Value
			continue
		}
		w.cells[i] = entities.Unset
		for j := range rec.Attrs {
			if rec.Attrs[j].Name == name {
				w.cells[i], w.hints[i] = rec.Attrs[j].Value, j
				break
			}
		}
	}
}

// do maps one record. What is wrong with the record is in the item; an error is
// the store's, asked for links by place.
func (w *worker) do(ctx context.Context, it *item) error {
	if it.rec.Err != nil {
		it.refused = w.unreadable(it.rec.Err)
	}
	w.load(it.rec)
	if it.refused == nil && !w.selected() {
		it.skipped = ruleOnly
		return nil
	}
	if bad := w.key(it); it.refused == nil {
		it.refused = bad
	}
	if it.refused == nil {
		it.refused = w.operation(it)
	}
	if it.refused != nil || it.skipped != nil {
		return nil
	}
	bad, err := w.acts(ctx, it)
	if bad != nil {
		it.refused, it.acts, it.late, it.partial = bad, nil, nil, nil
	}
	return err
}

func (w *worker) unreadable(err error) *fault {
	text := err.Error()
	if w.run.prog.sensitive {
		text = masked
	}
	r := ruleUnreadable
	if isEncoding(err) {
		r = ruleEncoding
	}
	return newFault(r, "", "", cut(text, 200))
}

func (w *worker) selected() bool {
	for _, o := range w.run.prog.only {
		if !o.values[strings.TrimSpace(textOfValue(w.cells[o.column]))] {
			return false
		}
	}
	return true
}

// key finds the record's own key.
func (w *worker) key(it *item) *fault {
	k := &w.run.prog.key
	v, bad := w.cell(&k.text)
	if bad != nil {
		return bad
	}
	if v.IsUnset() {
		return newFault(ruleKeyMissing, k.text.names, "", k.text.names)
	}
	it.key, it.mask, bad = w.keyOf(&k.scheme, k.text.names, textOfValue(v))
	it.hasKey = bad == nil
	return bad
}

func (w *worker) operation(it *item) *fault {
	op := w.run.prog.operation
	if op == nil {
		return nil
	}
	v, bad := w.cell(&op.text)
	if bad != nil {
		return bad
	}
	does, ok := op.values[textOfValue(v)]
	if v.IsUnset() {
		does, ok = op.values[""]
	}
	if !ok {
		return newFault(ruleOperation, op.text.names, w.shown(textOfValue(v)))
	}
	it.op = does
	if does == opSkip {
		it.skipped = ruleSkip
	}
	return nil
}

// acts makes what the record says.
func (w *worker) acts(ctx context.Context, it *item) (*fault, error) {
	p := w.run.prog
	over, bad := w.interval(p.from, p.to, entities.Since(w.run.start))
	if bad != nil {
		return bad, nil
	}
	it.over = over
	mode, bad := w.mode()
	if bad != nil {
		return bad, nil
	}
	origin, bad := w.origin()
	if bad != nil {
		return bad, nil
	}
	if it.op != opUpsert {
		return w.ending(it, over, mode, origin), nil
	}
	if bad := w.asserts(it, over, mode, origin); bad != nil {
		return bad, nil
	}
	if bad := w.aliases(it, over, mode); bad != nil {
		return bad, nil
	}
	return w.links(ctx, it, over, mode)
}

func (w *worker) mode() (entities.Mode, *fault) {
	p := w.run.prog
	if p.mode == nil {
		return p.modeConst, nil
	}
	v, bad := w.cell(p.mode)
	if bad != nil {
		return 0, bad
	}
	mode, ok := modes[textOfValue(v)]
	if !ok {
		return 0, newFault(ruleMode, p.mode.at, w.shown(textOfValue(v)))
	}
	return mode, nil
}

func (w *worker) origin() (entities.Origin, *fault) {
	p := w.run.prog
	origin := entities.Origin{Source: p.source, Collected: entities.Beginning}
	if p.document != nil {
		v, bad := w.cell(p.document)
		if bad != nil {
			return origin, bad
		}
		if !v.IsUnset() {
			origin.Document = textOfValue(v)
		}
	}
	if p.collected != nil {
		at, there, bad := w.instant(p.collected, false)
		if bad != nil {
			return origin, bad
		}
		if there {
			origin.Collected = at
		}
	}
	return origin, nil
}

// asserts makes one assertion a state.
func (w *worker) asserts(it *item, over entities.Interval, mode entities.Mode, origin entities.Origin) *fault {
	p := w.run.prog
	class, bad := w.class()
	if bad != nil {
		return bad
	}
	geometry, bad := w.shapeFor(it)
	if bad != nil {
		return bad
	}
	for i := range p.states {
		s := &p.states[i]
		a := &entities.Assert{
			Subject: entities.Ref{Key: it.key}, Kind: p.kind, KeyMask: it.mask, Over: over, Mode: mode,
			Class: class, Geometry: geometry, Whole: p.whole, Origin: origin,
		}
		if !p.key.mint {
			a.Kind = 0
		}
		if s.mode != nil {
			a.Mode = *s.mode
		}
		if a.Over, bad = w.interval(s.from, s.to, over); bad != nil {
			return bad
		}
		if p.key.record {
			a.KeyValid = entities.Since(a.Over.From)
		}
		if i == 0 {
			it.over = a.Over
		}
		if bad := w.patch(it, s, class, a); bad != nil {
			return bad
		}
		it.acts = append(it.acts, a)
	}
	return nil
}

func (w *worker) class() (string, *fault) {
	p := w.run.prog
	if p.class == nil {
		return p.classConst, nil
	}
	v, bad := w.cell(p.class)
	if bad != nil {
		return "", bad
	}
	name := textOfValue(v)
	if _, ok := p.schema.Class(name); v.IsUnset() || !ok {
		if v.IsUnset() {
			name = ""
		}
		return "", newFault(ruleClass, p.class.at, w.shown(name), strings.Join(classNames(p.schema), ", "))
	}
	return name, nil
}

// shapeFor gets the geometry, or drops it where the mapping allows.
func (w *worker) shapeFor(it *item) (*entities.Geometry, *fault) {
	g := &w.run.prog.geometry
	geometry, bad := w.geometry(it.rec)
	switch {
	case bad != nil && g.drop:
		it.partial = append(it.partial, bad)
		return nil, nil
	case bad != nil:
		return nil, bad
	case geometry == nil && g.required:
		return nil, newFault(ruleNoGeometry, geometryField, "")
	case geometry == nil && g.clears:
		return &entities.Geometry{}, nil
	}
	return geometry, nil
}

// patch converts the attributes of a state and checks them.
func (w *worker) patch(it *item, s *stateProgram, class string, a *entities.Assert) *fault {
	patch := make([]entities.Attr, 0, len(s.fields))
	for i := range s.fields {
		f := &s.fields[i]
		v, bad := w.value(f)
		if bad != nil {
			if !f.drop {
				return bad
			}
			it.partial = append(it.partial, bad)
			continue
		}
		if v.IsUnset() && f.empty == emptyKeeps {
			continue
		}
		if f.secondary {
			if !v.IsUnset() {
				a.Secondary = append(a.Secondary, entities.Attr{Name: f.name, Value: v})
			}
			continue
		}
		patch = append(patch, entities.Attr{Name: f.name, Value: v})
	}
	a.Patch = patch
	return w.check(it, s, class, a)
}

// value gets one attribute.
func (w *worker) value(f *fieldProgram) (entities.Value, *fault) {
	if !f.konst.IsUnset() {
		return f.konst, nil
	}
	v, bad := w.cell(&f.text)
	if bad != nil {
		bad.field, bad.value = f.name, f.shown(bad.value)
		return v, bad
	}
	if v.IsUnset() {
		if f.required {
			return v, newFault(ruleRequired, f.name, "", "缺少“"+f.field.Title.Zh+"”（列 "+f.text.names+"）",
				"“"+f.field.Title.En+"” is missing (column "+f.text.names+")")
		}
		if f.empty == emptyIsNull {
			return entities.Null, nil
		}
		return v, nil
	}
	return w.convert(f, v)
}

// check asks the kind's schema about the values of an assertion.
func (w *worker) check(it *item, s *stateProgram, class string, a *entities.Assert) *fault {
	schema := w.run.prog.schema
	w.attrs = append(append(w.attrs[:0], a.Patch...), a.Secondary...)
	check := schema.CheckPatch
	if w.run.prog.complete[class] {
		check = schema.Check
	}
	violations := check(class, w.get)
	for i := range violations {
		v := &violations[i]
		f := s.field(v.Field)
		value := w.valueText(v.Field)
		if f != nil {
			value = f.shown(value)
		}
		bad := violationFault(v, value)
		if f == nil || !f.drop {
			return bad
		}
		it.partial = append(it.partial, bad)
		a.Patch = without(a.Patch, f.name)
		a.Secondary = without(a.Secondary, f.name)
	}
	return nil
}

func (s *stateProgram) field(name string) *fieldProgram {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func without(attrs entities.Attrs, name string) entities.Attrs {
	for i := range attrs {
		if attrs[i].Name == name {
			return append(attrs[:i:i], attrs[i+1:]...)
		}
	}
	return attrs
}

func (w *worker) valueText(name string) string {
	for i := range w.attrs {
		if w.attrs[i].Name == name && !w.attrs[i].Value.IsUnset() {
			return textOfValue(w.attrs[i].Value)
		}
	}
	return ""
}

// attr answers the schema's questions about the attributes at hand.
func (w *worker) attr(name string) (any, bool) {
	for i := range w.attrs {
		if w.attrs[i].Name == name {
			return plain(w.attrs[i].Value)
		}
	}
	return nil, false
}

func plain(v entities.Value) (any, bool) {
	switch v.Type() {
	case entities.UnsetType:
		return nil, false
	case entities.NullType:
		return nil, true
	case entities.BoolType:
		return v.Bool(), true
	case entities.IntType:
		i, _ := v.Int()
		return i, true
	case entities.FloatType:
		f, _ := v.Float()
		return f, true
	case entities.StringType:
		return v.Text(), true
	}
	return json.RawMessage(v.Text()), true
}
