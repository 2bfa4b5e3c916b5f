package ingest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/geojson"

	"github.com/chengma/chengma/entities"
)

// keptRecord is the size beyond which a refused record is not kept.
const keptRecord = 1 << 20

// openRefusals knows which records of the source are in quarantine, so that the
// same refusal is not kept twice, and what was loaded after all is settled.
type openRefusals struct {
	quarantine entities.Quarantine // nil: the store keeps none
	keys       map[string]bool
	same       map[uint64]bool
}

func loadOpen(ctx context.Context, store entities.Store, source string) (*openRefusals, error) {
	o := &openRefusals{keys: make(map[string]bool), same: make(map[uint64]bool)}
	quarantine, ok := store.(entities.Quarantine)
	if !ok {
		return o, nil
	}
	o.quarantine = quarantine
	for ref, err := range quarantine.Refusals(ctx, entities.RefusalQuery{Source: source, Open: true}) {
		if err != nil {
			return nil, fmt.Errorf("read quarantine: %w", err)
		}
		o.keys[ref.Key] = true
		o.same[sameRefusal(&ref)] = true
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
	out := append([]entities.Refusal(nil), b.run.held...)
	for _, it := range b.items {
		if it.refused != nil {
			out = b.refusal(out, it, it.refused, false)
		}
		for _, bad := range it.partial {
			out = b.refusal(out, it, bad, true)
		}
	}
	return out
}

func (b *batch) refusal(out []entities.Refusal, it *item, bad *fault, partial bool) []entities.Refusal {
	key := refusalKey(it)
	ref := bad.refusal(b.run.prog.source, it.at, key, partial)
	ref.Run = b.run.id
	if b.run.open.same[sameRefusal(&ref)] {
		return out
	}
	ref.Record = b.run.recordJSON(it)
	return append(out, ref)
}

// settle marks the earlier refusals of what was loaded now.
func (b *batch) settle(ctx context.Context) error {
	o := b.run.open
	if o.quarantine == nil || b.final || len(o.keys) == 0 {
		return nil
	}
	var keys []string
	for _, it := range b.items {
		if key := refusalKey(it); it.refused == nil && it.skipped == nil && o.keys[key] {
			keys = append(keys, key)
			delete(o.keys, key)
			b.keepPartial(it)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	n, err := o.quarantine.Settle(ctx, b.run.prog.source, keys)
	if err != nil {
		return fmt.Errorf("settle refusals: %w", err)
	}
	b.run.report.Settled += n
	return nil
}

// keepPartial puts the new partial refusals of a record that is being settled
// with the next batch: those of this one are settled with the old ones.
func (b *batch) keepPartial(it *item) {
	for _, bad := range it.partial {
		ref := bad.refusal(b.run.prog.source, it.at, refusalKey(it), true)
		ref.Run, ref.Record = b.run.id, b.run.recordJSON(it)
		b.run.held = append(b.run.held, ref)
	}
}

// flushHeld keeps the refusals that no batch was left for.
func (r *runState) flushHeld(ctx context.Context) error {
	if len(r.held) == 0 || r.preview != nil {
		return nil
	}
	_, err := r.store.Apply(ctx, entities.Batch{
		Key: fmt.Sprintf("ingest:%d:held", r.id), Source: r.prog.source, Note: r.report.note(), Refusals: r.held,
	})
	if err != nil {
		return fmt.Errorf("keep refusals: %w", err)
	}
	return nil
}

// recordJSON writes a record so that it can be loaded again: a GeoJSON feature in
// the file's own coordinates. Nil where it has sensitive values, or is large.
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
	if len(b) > keptRecord || !json.Valid(b) {
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
