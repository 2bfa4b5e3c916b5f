package ingest

import (
	"context"
	"errors"
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

// lateAct names other things by keys that must be looked up first: links of one
// role, replaced-by, or same-as.
type lateAct struct {
	role      string
	targets   []lateTarget
	add       bool
	over      entities.Interval
	mode      entities.Mode
	sameAs    bool
	different bool
	reason    string
}

type lateTarget struct {
	link  *linkProgram // nil: replaced-by or same-as
	field string       // for refusals
	key   entities.Key
	shown string        // of the key, for refusals
	code  entities.Code // found by place, or looked up
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

	fixedTimes map[fixedAs]entities.Instant
}

func newWorker(run *runState) *worker {
	w := &worker{
		run: run, cells: make([]entities.Value, len(run.prog.columns)), hints: make([]int, len(run.prog.columns)),
		fixedTimes: make(map[fixedAs]entities.Instant),
	}
	for i := range w.hints {
		w.hints[i] = -1 // the column was not met yet
	}
	w.get = w.attr
	return w
}

// load puts the columns that the mapping names into cells. Records of one file
// mostly have the same columns in the same places, which hints remember.
func (w *worker) load(rec *source.Record) {
	for i, name := range w.run.prog.columns {
		if h := w.hints[i]; h >= 0 && h < len(rec.Attrs) && rec.Attrs[h].Name == name {
			w.cells[i] = rec.Attrs[h].Value
			continue
		}
		w.cells[i] = entities.Unset
		for j := range rec.Attrs {
			if rec.Attrs[j].Name == name {
				if w.hints[i] < 0 {
					w.run.present[i].Store(true)
				}
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
	if it.rec.Displaced {
		return nil // what stands in the key's column may be anything
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
	zh, en, column := err.Error(), err.Error(), ""
	var p *source.Problem
	if errors.As(err, &p) {
		zh, en, column = p.Zh, p.En, p.Column
	}
	if isEncoding(err) {
		return newFault(ruleEncoding, column, "", zh, en)
	}
	if w.run.prog.sensitive {
		zh, en = masked, masked
	}
	return newFault(ruleUnreadable, column, "", cut(zh, 200), cut(en, 200))
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
			if bad := misplaced(p.document.at, origin.Document); bad != nil {
				return origin, bad
			}
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
