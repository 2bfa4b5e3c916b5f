package tiles

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// Fields of messages Tile, Layer and Feature (MVT 2.1, appendix A), with their
// wire types: 2 for bytes, 0 for a varint.
const (
	fieldLayer    = 3<<3 | 2
	fieldName     = 1<<3 | 2
	fieldFeature  = 2<<3 | 2
	fieldKey      = 3<<3 | 2
	fieldValue    = 4<<3 | 2
	fieldExtent   = 5 << 3
	fieldVersion  = 15 << 3
	featureID     = 1 << 3
	featureTags   = 2<<3 | 2
	featureType   = 3 << 3
	featureShape  = 4<<3 | 2
	valueString   = 1<<3 | 2
	valueInteger  = 4 << 3
	versionNumber = 2
)

// record is a feature that has been drawn and not yet put into the layer.
type record struct {
	id         uint64 // 0 for none
	kind       byte
	rank       float32 // features with less are dropped first
	order      uint64  // of equal rank, those with more
	shape      uint32  // end in shapes
	tags       uint32  // end in tags
	from, tagF uint32  // where both begin
	tagBytes   uint32  // length of the tags as they are written
	dropped    bool
}

// layerEncoder makes one layer of a tile. It keeps its buffers.
type layerEncoder struct {
	pen
	records []record
	shapes  []byte
	tags    []uint32 // key and value in turn
	keys    []string
	values  []byte // fields of the layer, one after another
	ends    []uint32
	numbers numberTable
	texts   map[string]uint32 // value by its body, where a view has several tables
	scratch []byte
	left    int // features that largest left out
}

func (e *layerEncoder) reset(g grid) {
	e.grid = g
	e.records, e.shapes, e.tags, e.keys = e.records[:0], e.shapes[:0], e.tags[:0], e.keys[:0]
	e.values, e.ends = e.values[:0], e.ends[:0]
	e.left = 0
	e.numbers.reset()
	clear(e.texts)
}

// selection says what of a layer is drawn.
type selection struct {
	properties []int    // indices into the layer's
	names      []string // of those
	class      bool
	zoom       uint32
	name       string // of the layer
	budget     int
	allow      func(*snapshot.Feature) bool
}

// keys are all keys that features may have.
func (s *selection) keys(keys []string) []string {
	keys = append(keys, entities.CodeProperty)
	if s.class {
		keys = append(keys, entities.ClassAttr)
	}
	return append(keys, s.names...)
}

// checkEvery is how many features are drawn between two looks at the context.
const checkEvery = 512

// features draws what a search finds.
func (e *layerEncoder) features(ctx context.Context, v *snapshot.View, q snapshot.Search, sel *selection) (snapshot.Constancy, error) {
	several := v.Tables() > 1
	if several && e.texts == nil {
		e.texts = make(map[string]uint32)
	}
	if most := sel.budget / leastCost; most > 0 && sel.zoom <= crowdedZoom {
		n, _, err := v.Count(q)
		if err != nil {
			return snapshot.Constancy{}, err
		}
		if n > most {
			return e.largest(ctx, v, q, sel, n)
		}
	}
	seen := 0
	c, err := v.Search(q, func(f *snapshot.Feature) bool {
		if seen++; seen%checkEvery == 0 && ctx.Err() != nil {
			return false
		}
		if sel.allow == nil || sel.allow(f) {
			e.feature(f, sel, several)
		}
		return true
	})
	if err == nil {
		err = ctx.Err()
	}
	return c, err
}

func (e *layerEncoder) feature(f *snapshot.Feature, sel *selection, several bool) {
	e.start(e.shapes)
	ok := e.pen.feature(f)
	from := uint32(len(e.shapes))
	e.shapes = e.out
	if !ok {
		return
	}
	tagF := uint32(len(e.tags))
	e.scratch = appendCode(e.scratch[:0], f.Code)
	e.tag(entities.CodeProperty, e.unique(e.scratch))
	if n := f.Class(); n != 0 && sel.class {
		e.tag(entities.ClassAttr, e.shared(f, n, several))
	}
	for i, p := range sel.properties {
		if n := f.Property(p); n != 0 {
			e.tag(sel.names[i], e.shared(f, n, several))
		}
	}
	e.record(record{
		id: uint64(f.Code), kind: byte(f.Type()), rank: f.Size(), order: uint64(f.Code),
		from: from, shape: uint32(len(e.shapes)), tagF: tagF, tags: uint32(len(e.tags)),
	})
}

// record adds what was drawn last.
func (e *layerEncoder) record(r record) {
	r.tagBytes = e.sizeTags(&r)
	e.records = append(e.records, r)
}

func (e *layerEncoder) sizeTags(r *record) uint32 {
	n := 0
	for _, t := range e.tags[r.tagF:r.tags] {
		n += uvarintSize(uint64(t))
	}
	return uint32(n)
}

func appendCode(b []byte, code entities.Code) []byte {
	const length = 12
	return code.AppendText(append(b, valueString, length))
}

func (e *layerEncoder) tag(key string, value uint32) {
	k := slices.Index(e.keys, key)
	if k < 0 {
		k = len(e.keys)
		e.keys = append(e.keys, key)
	}
	e.tags = append(e.tags, uint32(k), value)
}

// unique adds a value that no other feature of the layer has.
func (e *layerEncoder) unique(body []byte) uint32 {
	e.values = appendBytes(e.values, fieldValue, body)
	e.ends = append(e.ends, uint32(len(e.values)))
	return uint32(len(e.ends) - 1)
}

// shared returns the number of a value of the dictionary, the same for equal
// values whatever table they come from.
func (e *layerEncoder) shared(f *snapshot.Feature, number uint32, several bool) uint32 {
	slot := e.numbers.slot(uint64(f.Table())<<32 | uint64(number))
	if slot.value != 0 {
		return slot.value - 1
	}
	body := f.Entry(number)
	if several {
		if n, ok := e.texts[string(body)]; ok {
			slot.value = n + 1
			return n
		}
	}
	n := e.unique(body)
	if several {
		e.texts[string(body)] = n
	}
	slot.value = n + 1
	return n
}

// value returns the field of a value.
func (e *layerEncoder) value(n uint32) []byte {
	var from uint32
	if n > 0 {
		from = e.ends[n-1]
	}
	return e.values[from:e.ends[n]]
}

// append adds the layer to a tile, nothing where it has no features. It returns
// how many features it put in and how many the budget dropped.
func (e *layerEncoder) append(tile []byte, name string, budget int) (out []byte, kept, dropped int) {
	if len(e.records) == 0 {
		return tile, 0, e.left
	}
	if e.left > 0 {
		dropped = e.left // features has seen to the budget
	} else {
		dropped = e.fit(name, budget)
	}
	kept = 0
	for i := range e.records {
		if !e.records[i].dropped {
			kept++
		}
	}
	if kept == 0 {
		return tile, 0, dropped
	}
	if dropped > 0 {
		e.renumber()
	}
	length := e.length(name)
	tile = append(tile, fieldLayer)
	tile = binary.AppendUvarint(tile, uint64(length))
	tile = append(tile, fieldVersion, versionNumber)
	tile = appendBytes(tile, fieldName, []byte(name))
	for i := range e.records {
		if r := &e.records[i]; !r.dropped {
			tile = e.appendFeature(tile, r)
		}
	}
	for _, k := range e.keys {
		tile = appendBytes(tile, fieldKey, []byte(k))
	}
	tile = append(tile, e.values...)
	tile = append(tile, fieldExtent)
	return binary.AppendUvarint(tile, Extent), kept, dropped
}

func appendBytes(b []byte, field byte, body []byte) []byte {
	b = binary.AppendUvarint(append(b, field), uint64(len(body)))
	return append(b, body...)
}

func (e *layerEncoder) appendFeature(b []byte, r *record) []byte {
	b = append(b, fieldFeature)
	b = binary.AppendUvarint(b, uint64(e.featureLength(r, int(r.tagBytes))))
	if r.id != 0 {
		b = binary.AppendUvarint(append(b, featureID), r.id)
	}
	b = binary.AppendUvarint(append(b, featureTags), uint64(r.tagBytes))
	for _, t := range e.tags[r.tagF:r.tags] {
		b = binary.AppendUvarint(b, uint64(t))
	}
	b = append(b, featureType, r.kind)
	return appendBytes(b, featureShape, e.shapes[r.from:r.shape])
}

// featureLength returns the length of a feature's body, given that of its tags.
func (e *layerEncoder) featureLength(r *record, tags int) int {
	n := 2 + 1 + bytesSize(tags) + 1 + bytesSize(int(r.shape-r.from)) // the type has two bytes
	if r.id != 0 {
		n += 1 + uvarintSize(r.id)
	}
	return n
}

// length returns the length of the layer's body.
func (e *layerEncoder) length(name string) int {
	n := e.frame(name)
	for i := range e.records {
		if r := &e.records[i]; !r.dropped {
			n += 1 + bytesSize(e.featureLength(r, int(r.tagBytes)))
		}
	}
	return n + len(e.values)
}

// frame returns how many bytes of the layer are neither features nor values.
func (e *layerEncoder) frame(name string) int {
	n := 2 + 1 + bytesSize(len(name)) + 1 + uvarintSize(Extent)
	for _, k := range e.keys {
		n += 1 + bytesSize(len(k))
	}
	return n
}

func bytesSize(length int) int { return uvarintSize(uint64(length)) + length }

func uvarintSize(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// widestNumber is how many bytes a value's number takes at most: numbers change
// when features go.
const widestNumber = 3

// costs adds up what features take in a layer.
type costs struct {
	counted []bool // values that are in already
	left    int
}

// take reports whether one more feature is within the budget.
func (c *costs) take(e *layerEncoder, r *record) bool {
	for len(c.counted) < len(e.ends) {
		c.counted = append(c.counted, false)
	}
	tags := 0
	for k := r.tagF; k < r.tags; k += 2 {
		tags += uvarintSize(uint64(e.tags[k])) + widestNumber
		if v := e.tags[k+1]; !c.counted[v] {
			c.counted[v] = true
			c.left -= len(e.value(v))
		}
	}
	c.left -= 1 + bytesSize(e.featureLength(r, tags))
	return c.left >= 0
}

// fit drops features until the layer is within its budget; it returns how many.
func (e *layerEncoder) fit(name string, budget int) (dropped int) {
	if budget <= 0 || e.length(name) <= budget {
		return 0
	}
	ranked := make([]uint32, len(e.records))
	for i := range ranked {
		ranked[i] = uint32(i)
	}
	slices.SortFunc(ranked, func(i, j uint32) int {
		a, b := &e.records[i], &e.records[j]
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.order, b.order))
	})
	c := costs{left: budget - e.frame(name)}
	for at, i := range ranked {
		if !c.take(e, &e.records[i]) {
			for _, i := range ranked[at:] {
				e.records[i].dropped = true
			}
			return len(ranked) - at
		}
	}
	return 0
}

// renumber leaves out keys and values that only dropped features had.
func (e *layerEncoder) renumber() {
	keys, values := make(map[uint32]uint32), make(map[uint32]uint32)
	var names []string
	var bodies []byte
	var ends []uint32
	for i := range e.records {
		r := &e.records[i]
		if r.dropped {
			continue
		}
		for k := r.tagF; k < r.tags; k += 2 {
			key, value := e.tags[k], e.tags[k+1]
			if _, ok := keys[key]; !ok {
				keys[key] = uint32(len(names))
				names = append(names, e.keys[key])
			}
			if _, ok := values[value]; !ok {
				values[value] = uint32(len(ends))
				bodies = append(bodies, e.value(value)...)
				ends = append(ends, uint32(len(bodies)))
			}
			e.tags[k], e.tags[k+1] = keys[key], values[value]
		}
		r.tagBytes = e.sizeTags(r)
	}
	e.keys, e.values, e.ends = names, bodies, ends
}

// numberTable maps numbers of dictionaries to numbers of the layer's values: a
// hash table with linear probing that is emptied by counting up.
type numberTable struct {
	slots []slot
	epoch uint32
	used  int
}

type slot struct {
	key   uint64
	epoch uint32
	value uint32 // plus one; 0 for none yet
}

func (t *numberTable) reset() {
	t.epoch++
	t.used = 0
	if t.epoch == 0 || t.slots == nil {
		t.slots, t.epoch = make([]slot, 1024), 1
	}
}

// slot returns the place of a key; it is valid until the next call.
func (t *numberTable) slot(key uint64) *slot {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	s := t.probe(key)
	if s.epoch != t.epoch {
		*s = slot{key: key, epoch: t.epoch}
		t.used++
	}
	return s
}

func (t *numberTable) probe(key uint64) *slot {
	mask := uint64(len(t.slots) - 1)
	for i := key * 0x9E3779B97F4A7C15 >> 20; ; i++ {
		if s := &t.slots[i&mask]; s.epoch != t.epoch || s.key == key {
			return s
		}
	}
}

func (t *numberTable) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.epoch == t.epoch {
			*t.probe(s.key) = s
		}
	}
}
