package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/geojson"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
)

// keptRecord is the size beyond which a refused record is not kept.
const keptRecord = 1 << 20

// openRefusals knows which records of the source are in quarantine, so that the
// same refusal is not kept twice, and what was loaded after all is settled.
type openRefusals struct {
	quarantine entities.Quarantine // nil: the store keeps none
	keys       map[string][]uint64 // the refusals of each key
	same       map[uint64]bool
	keyless    bool            // some are filed under a line, not under a key
	loaded     map[string]bool // keys that were applied in this run
	refused    map[string]bool // keys that were refused in this run
	held       []entities.Refusal
}

func newOpenRefusals() *openRefusals {
	return &openRefusals{
		keys: make(map[string][]uint64), same: make(map[uint64]bool),
		loaded: make(map[string]bool), refused: make(map[string]bool),
	}
}

func loadOpen(ctx context.Context, store entities.Store, source string) (*openRefusals, error) {
	o := newOpenRefusals()
	quarantine, ok := store.(entities.Quarantine)
	if !ok {
		return o, nil
	}
	o.quarantine = quarantine
	for ref, err := range quarantine.Refusals(ctx, entities.RefusalQuery{Source: source, Open: true}) {
		if err != nil {
			return nil, fmt.Errorf("read quarantine: %w", err)
		}
		same := sameRefusal(&ref)
		o.keyless = o.keyless || ref.Key == recordKey(place{ref.File, ref.Line})
		o.keys[ref.Key] = append(o.keys[ref.Key], same)
		o.same[same] = true
	}
	return o, nil
}

// sameRefusal is the identity of a refusal: the same record wrong in the same way.
func sameRefusal(r *entities.Refusal) uint64 {
	return hashKey(r.Key, r.Rule+"\x00"+r.Field+"\x00"+r.Value+"\x00"+r.File, uint64(r.Line))
}

// refusalKey is the key under which an item's refusals are filed. Keys of
// sensitive schemes are sealed.
func refusalKey(it *item) string {
	if it.key.Value == "" {
		return recordKey(it.at)
	}
	return it.key.String()
}

// refusals lists what is to be kept with the batch: what is refused of its
// records and is not in quarantine already.
func (b *batch) refusals() []entities.Refusal {
	var out []entities.Refusal
	for _, it := range b.items {
		if it.refused != nil {
			out = b.refusal(out, it, it.refused, false)
		}
		if len(it.partial) == 0 || len(b.run.open.keys[refusalKey(it)]) > 0 {
			continue // see note
		}
		for _, bad := range it.partial {
			out = b.refusal(out, it, bad, true)
		}
	}
	return out
}

func (b *batch) refusal(out []entities.Refusal, it *item, bad *fault, partial bool) []entities.Refusal {
	ref := bad.refusal(b.run.prog.source, it.at, refusalKey(it), partial)
	ref.Run = b.run.id
	if b.run.open.same[sameRefusal(&ref)] {
		return out
	}
	ref.Record = b.run.recordJSON(it)
	return append(out, ref)
}

// note remembers what became of a record that has been in quarantine. What is
// wrong with it now is held back until the old refusals are settled, because
// settling is by key and would settle the new ones too.
func (o *openRefusals) note(b *batch, it *item) {
	if len(o.keys) == 0 {
		return
	}
	if at := recordKey(it.at); o.keyless && it.hasKey && len(o.keys[at]) > 0 && b.run.preview == nil {
		o.loaded[at] = true // the line of this file has a key now; under that it goes on
	}
	key := refusalKey(it)
	before := o.keys[key]
	if len(before) == 0 || it.skipped != nil || b.run.preview != nil {
		return
	}
	if it.refused != nil {
		o.refused[key] = true
		return
	}
	var held []entities.Refusal
	still := make(map[uint64]bool)
	for _, bad := range it.partial {
		ref := bad.refusal(b.run.prog.source, it.at, key, true)
		ref.Run, ref.Record = b.run.id, b.run.recordJSON(it)
		still[sameRefusal(&ref)] = true
		held = append(held, ref)
	}
	o.held = append(o.held, held...)
	for _, same := range before {
		if !still[same] && !b.final {
			o.loaded[key] = true
		}
	}
}

// settle marks the earlier refusals of what was loaded now, and keeps those that
// were held back.
func (r *runState) settle(ctx context.Context) error {
	o := r.open
	if r.preview != nil || o.quarantine == nil {
		return nil
	}
	var keys []string
	for key := range o.loaded {
		if !o.refused[key] {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		slices.Sort(keys)
		n, err := o.quarantine.Settle(ctx, r.prog.source, keys)
		if err != nil {
			return fmt.Errorf("settle refusals: %w", err)
		}
		r.report.Settled += n
	}
	var held []entities.Refusal
	for _, ref := range o.held {
		settled := o.loaded[ref.Key] && !o.refused[ref.Key]
		if settled || !o.same[sameRefusal(&ref)] {
			held = append(held, ref)
		}
	}
	if len(held) == 0 {
		return nil
	}
	_, err := r.store.Apply(ctx, entities.Batch{
		Key: fmt.Sprintf("ingest:%d:held", r.id), Source: r.prog.source, Note: r.report.note(), Refusals: held,
	})
	if err != nil {
		return fmt.Errorf("keep refusals: %w", err)
	}
	return nil
}

// recordJSON writes a record so that it can be loaded again: a GeoJSON feature in
// the file's own coordinates. Nil where it has sensitive values or a personal
// number in any column, mapped or not, or is large.
func (r *runState) recordJSON(it *item) []byte {
	if it.kept != nil || r.prog.sensitive || it.rec == nil || it.rec.Err != nil {
		return it.kept
	}
	b := append(make([]byte, 0, 512), `{"type":"Feature","properties":{`...)
	for i, attr := range it.rec.Attrs {
		if i > 0 {
			b = append(b, ',')
		}
		b = entities.String(attr.Name).AppendJSON(b)
		b = append(b, ':')
		b = attr.Value.AppendJSON(b)
	}
	b = append(b, `},"geometry":`...)
	shape, err := shapeJSON(it.rec.Shape)
	if err != nil {
		return nil
	}
	b = append(append(b, shape...), '}')
	if len(b) > keptRecord || !json.Valid(b) || codes.HoldsRID(string(b)) {
		return nil
	}
	return b
}

func shapeJSON(g geom.T) ([]byte, error) {
	if g == nil {
		return []byte("null"), nil
	}
	return geojson.Marshal(g)
}
