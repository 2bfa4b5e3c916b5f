package tiles

import (
	"context"
	"encoding/binary"
	"math/bits"

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

// layerEncoder makes one layer of a tile. Features are written as they are to
// stand in it, one after the other. It keeps its buffers.
type layerEncoder struct {
	pen
	*selection
	several bool     // the view has several tables
	body    []byte   // features
	count   int      // of them
	dropped int      // features that the budget left out
	keys    []byte   // fields of the layer
	numbers []uint32 // of the selection's keys, plus one; 0 for those not in yet
	used    uint32   // how many keys are in
	values  []byte   // fields of the layer
	next    uint32   // number of the next value
	known   numberTable
	recent  []slot            // of known, for each column the last
	texts   map[string]uint32 // value by its body, where there are several tables
	tags    []byte            // of the feature at hand
	scratch []byte
	ranking
}

// reset begins a layer.
func (e *layerEncoder) reset(g grid, sel *selection, several bool) {
	e.grid, e.selection, e.several, e.dropped = g, sel, several, 0
	if several && e.texts == nil {
		e.texts = make(map[string]uint32)
	}
	e.clear()
}

// clear takes out all features.
func (e *layerEncoder) clear() {
	e.body, e.count = e.body[:0], 0
	e.keys, e.used = e.keys[:0], 0
	e.values, e.next = e.values[:0], 0
	e.numbers = append(e.numbers[:0], make([]uint32, len(e.columns)+2)...)
	e.known.reset()
	e.recent = append(e.recent[:0], make([]slot, len(e.columns))...)
	clear(e.texts)
}

// selection says what of a layer is drawn.
type selection struct {
	name    string   // of the layer
	columns []column // properties beside the code
	zoom    uint32
	budget  int // bytes; none where it is not positive
	allow   func(*snapshot.Feature) bool
}

// column is a property: of the layer with that number, or the class.
type column struct {
	name     string
	property int
}

const classColumn = -1

func (c *column) number(f *snapshot.Feature) uint32 {
	if c.property == classColumn {
		return f.Class()
	}
	return f.Property(c.property)
}

// checkEvery is how many features are drawn between two looks at the context.
const checkEvery = 512

// features draws what a search finds.
func (e *layerEncoder) features(ctx context.Context, v *snapshot.View, q snapshot.Search) (snapshot.Constancy, error) {
	if most := e.budget / leastCost; most > 0 && e.zoom <= crowdedZoom {
		n, _, err := v.Count(q)
		if err != nil {
			return snapshot.Constancy{}, err
		}
		if n > most {
			return e.largest(ctx, v, q)
		}
	}
	seen := 0
	c, err := v.Search(q, func(f *snapshot.Feature) bool {
		if seen++; seen%checkEvery == 0 && (ctx.Err() != nil || e.over()) {
			return false
		}
		if e.allow == nil || e.allow(f) {
			if shape := e.draw(f); len(shape) > 0 {
				e.add(f, shape)
			}
		}
		return true
	})
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && e.over() {
		return e.largest(ctx, v, q)
	}
	return c, err
}

// over reports whether the layer is larger than its budget.
func (e *layerEncoder) over() bool { return e.budget > 0 && e.length() > e.budget }

// add adds a feature, given what was drawn of it.
func (e *layerEncoder) add(f *snapshot.Feature, shape []byte) {
	e.tags = e.tags[:0]
	e.values = append(e.values, fieldValue, codeValue-2, valueString, codeLength)
	e.values = f.Code.AppendText(e.values)
	e.tag(0, entities.CodeProperty, e.number())
	for i := range e.columns {
		c := &e.columns[i]
		if n := c.number(f); n != 0 {
			e.tag(i+1, c.name, e.shared(f, i, n))
		}
	}
	e.put(uint64(f.Code), f.Type(), shape)
}

const (
	codeLength = 12             // of a code as text
	codeValue  = codeLength + 4 // of the value that it is
)

// number gives the value that was appended last its number.
func (e *layerEncoder) number() uint32 {
	e.next++
	return e.next - 1
}

// tag gives the feature at hand a property: the selection's i-th key.
func (e *layerEncoder) tag(i int, name string, value uint32) {
	if e.numbers[i] == 0 {
		e.used++
		e.numbers[i] = e.used
		e.keys = appendBytes(e.keys, fieldKey, name)
	}
	e.tags = appendUvarint(e.tags, uint64(e.numbers[i]-1))
	e.tags = appendUvarint(e.tags, uint64(value))
}

// put writes a feature with the tags at hand; without an id where that is 0.
func (e *layerEncoder) put(id uint64, kind snapshot.ShapeType, shape []byte) {
	b := append(e.body, fieldFeature)
	b = appendUvarint(b, uint64(featureLength(id, len(e.tags), len(shape))))
	if id != 0 {
		b = binary.AppendUvarint(append(b, featureID), id)
	}
	b = appendBytes(b, featureTags, e.tags)
	b = append(b, featureType, byte(kind))
	e.body = appendBytes(b, featureShape, shape)
	e.count++
}

// shared returns the number of a value of the dictionary, the same for equal
// values whatever table they come from.
func (e *layerEncoder) shared(f *snapshot.Feature, column int, number uint32) uint32 {
	key := uint64(f.Table())<<32 | uint64(number)
	last := &e.recent[column] // neighbours often have the same
	if last.key == key && last.value != 0 {
		return last.value - 1
	}
	found := e.known.slot(key)
	if found.value == 0 {
		found.value = e.enter(f.Entry(number)) + 1
	}
	last.key, last.value = key, found.value
	return found.value - 1
}

// enter returns the number of a value that this table's features did not have.
func (e *layerEncoder) enter(body []byte) uint32 {
	if e.several {
		if n, ok := e.texts[string(body)]; ok {
			return n
		}
		e.texts[string(body)] = e.next
	}
	e.values = appendBytes(e.values, fieldValue, body)
	return e.number()
}

// append adds the layer to a tile, nothing where it has no features. Cut is where
// the features end.
func (e *layerEncoder) append(tile []byte) (out []byte, cut int) {
	if e.count == 0 {
		return tile, len(tile)
	}
	tile = append(tile, fieldLayer)
	tile = appendUvarint(tile, uint64(e.length()))
	tile = append(tile, fieldVersion, versionNumber)
	tile = appendBytes(tile, fieldName, e.name)
	tile = append(tile, e.body...)
	cut = len(tile)
	tile = append(tile, e.keys...)
	tile = append(tile, e.values...)
	tile = append(tile, fieldExtent)
	return appendUvarint(tile, Extent), cut
}

// length returns the length of the layer's body.
func (e *layerEncoder) length() int {
	return e.frame() + len(e.body) + len(e.keys) + len(e.values)
}

// frame returns how many bytes of the layer are neither features nor keys nor
// values.
func (e *layerEncoder) frame() int {
	return 2 + 1 + bytesSize(len(e.name)) + 1 + uvarintSize(Extent)
}

// featureLength returns the length of a feature's body.
func featureLength(id uint64, tags, shape int) int {
	n := 2 + 1 + bytesSize(tags) + 1 + bytesSize(shape) // the type has two bytes
	if id != 0 {
		n += 1 + uvarintSize(id)
	}
	return n
}

func appendBytes[T string | []byte](b []byte, field byte, body T) []byte {
	b = appendUvarint(append(b, field), uint64(len(body)))
	return append(b, body...)
}

// appendUvarint is small enough to be inlined: most numbers of a tile have one byte.
func appendUvarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}

func bytesSize(length int) int { return uvarintSize(uint64(length)) + length }

// uvarintSize returns how many bytes of seven bits a number takes.
func uvarintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }
