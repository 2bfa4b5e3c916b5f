package snapshot

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// errTooLarge: a layer with more vertices or dictionary bytes than numbers.
var errTooLarge = errors.New("layer is too large for one snapshot")

// builder collects versions and drawn rows, and makes columns of them.
type builder struct {
	columns
	layer   *Layer
	dict    *dictionary
	encoder *attrsEncoder
	spanOf  map[span]uint32
	scratch []byte
	drawing drawing
	last    entities.Entity // the order of the last version
}

func newBuilder(layer *Layer) *builder {
	dict := newDictionary()
	return &builder{
		layer: layer, dict: dict, encoder: newAttrsEncoder(dict), spanOf: make(map[span]uint32),
		columns: columns{vAttrs: []uint64{0}, vShape: []uint64{0}, rRing: []uint32{0}},
	}
}

func (b *builder) spanNumber(s span) uint32 {
	if n, ok := b.spanOf[s]; ok {
		return n
	}
	n := uint32(len(b.spans) / 4)
	b.spans = append(b.spans, int64(s.valid.From), int64(s.valid.To), int64(s.recorded.From), int64(s.recorded.To))
	b.spanOf[s] = n
	return n
}

// addVersion adds to the exact half; versions come in its order. It returns the
// version's number.
func (b *builder) addVersion(e *entities.Entity) (uint32, error) {
	n := len(b.vCode)
	if n > 0 && compareVersions(&b.last, e) >= 0 {
		return 0, fmt.Errorf("version of %s at %s is out of order", e.Code, e.Valid)
	}
	if n >= math.MaxUint32-1 {
		return 0, errTooLarge
	}
	b.last = entities.Entity{Code: e.Code, Valid: e.Valid, Recorded: e.Recorded}
	b.vCode = append(b.vCode, uint64(e.Code))
	b.vSpan = append(b.vSpan, b.spanNumber(span{e.Valid, e.Recorded}))
	b.vClass = append(b.vClass, b.dict.number([]byte(e.Class)))
	b.vCause = append(b.vCause, byte(e.Cause))
	b.scratch = appendOrigins(b.scratch[:0], e)
	b.vOrigin = append(b.vOrigin, b.dict.number(b.scratch))
	b.scratch = appendNote(b.scratch[:0], e.Geometry)
	b.vNote = append(b.vNote, b.dict.number(b.scratch))
	b.attrs = b.encoder.append(roomy(b.attrs), e.Attrs)
	b.vAttrs = append(b.vAttrs, uint64(len(b.attrs)))
	b.shapes = append(roomy(b.shapes), e.Geometry.WKB()...)
	b.vShape = append(b.vShape, uint64(len(b.shapes)))
	return uint32(n), nil
}

// compareVersions orders by (code, valid from, recorded from).
func compareVersions(a, b *entities.Entity) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Valid.From, b.Valid.From),
		cmp.Compare(a.Recorded.From, b.Recorded.From))
}

// addOwn adds the drawn row of a version with a shape of its own. Nothing is
// added for an empty shape.
func (b *builder) addOwn(e *entities.Entity, version uint32) error {
	if e.Geometry.IsZero() {
		return nil
	}
	shape, err := e.Geometry.Shape()
	if err != nil {
		return fmt.Errorf("draw %s: %w", e.Code, err)
	}
	if !b.drawing.set(shape) {
		return nil
	}
	return b.addDrawing(e, span{e.Valid, e.Recorded}, version)
}

// addPlaced adds a drawn row of a thing that stands where its links say.
func (b *builder) addPlaced(e *entities.Entity, p placed) error {
	b.drawing.setPoint(p.at)
	return b.addDrawing(e, p.span, noVersion)
}

func (b *builder) addDrawing(e *entities.Entity, s span, version uint32) error {
	d := &b.drawing
	if (len(b.coords)+len(d.coords))/2 > maxVertex {
		return errTooLarge
	}
	cell, err := entities.CellAt(d.within().LonLat())
	if err != nil {
		return fmt.Errorf("draw %s: %w", e.Code, err)
	}
	base := uint32(len(b.coords) / 2)
	b.coords = append(roomy(b.coords), d.coords...)
	for _, r := range d.rings {
		b.rings = append(b.rings, r+base)
	}
	b.rRing = append(b.rRing, uint32(len(b.rings)))
	b.rCode = append(b.rCode, uint64(e.Code))
	b.rHilbert = append(b.rHilbert, hilbert(d.box.center()))
	b.rSpan = append(b.rSpan, b.spanNumber(s))
	b.rBox = append(b.rBox, d.box.MinX, d.box.MinY, d.box.MaxX, d.box.MaxY)
	b.rType = append(b.rType, byte(d.kind))
	b.rSize = append(b.rSize, float32(d.size))
	b.rCell = append(b.rCell, uint64(cell))
	b.rVersion = append(b.rVersion, version)
	b.rClass = append(b.rClass, b.class(e.Class))
	for _, name := range b.layer.Properties {
		b.scratch = appendTileValue(b.scratch[:0], e.Attrs.Get(name))
		b.rProps = append(b.rProps, b.dict.number(b.scratch))
	}
	return nil
}

func (b *builder) class(class string) uint32 {
	if class == "" {
		return 0
	}
	b.scratch = appendTileText(b.scratch[:0], class)
	return b.dict.number(b.scratch)
}

// finish sorts the drawn rows, builds the tree and returns the columns.
func (b *builder) finish() (*columns, error) {
	if len(b.dict.bytes) > math.MaxUint32 || len(b.spans)/4 > math.MaxUint32 {
		return nil, errTooLarge
	}
	order := b.order()
	c := b.permuted(order)
	c.tree = buildTree(c.rBox)
	c.rByCode = make([]uint32, len(order))
	for i := range c.rByCode {
		c.rByCode[i] = uint32(i)
	}
	slices.SortFunc(c.rByCode, func(i, j uint32) int {
		return cmp.Or(cmp.Compare(c.rCode[i], c.rCode[j]), cmp.Compare(i, j))
	})
	c.dictEnd, c.dict = b.dict.end, b.dict.bytes
	return c, nil
}

// order returns the drawn rows in the order of the file.
func (b *builder) order() []uint32 {
	type place struct {
		hilbert uint64
		row     uint32
	}
	places := make([]place, len(b.rCode))
	for i := range places {
		places[i] = place{b.rHilbert[i], uint32(i)}
	}
	slices.SortFunc(places, func(p, q place) int {
		if p.hilbert != q.hilbert { // as good as always, and at hand
			return cmp.Compare(p.hilbert, q.hilbert)
		}
		return b.compareRows(int(p.row), int(q.row))
	})
	order := make([]uint32, len(places))
	for i := range places {
		order[i] = places[i].row
	}
	return order
}

func (c *columns) compareRows(i, j int) int {
	if o := cmp.Or(cmp.Compare(c.rHilbert[i], c.rHilbert[j]), cmp.Compare(c.rCode[i], c.rCode[j])); o != 0 {
		return o
	}
	a, b := c.span(c.rSpan[i]), c.span(c.rSpan[j])
	return cmp.Or(cmp.Compare(a.valid.From, b.valid.From), cmp.Compare(a.recorded.From, b.recorded.From))
}

// permuted returns the columns with the drawn rows in the order given.
func (b *builder) permuted(order []uint32) *columns {
	c := b.columns
	c.rCode = pick(b.rCode, order, 1)
	c.rHilbert = pick(b.rHilbert, order, 1)
	c.rSpan = pick(b.rSpan, order, 1)
	c.rBox = pick(b.rBox, order, 4)
	c.rType = pick(b.rType, order, 1)
	c.rSize = pick(b.rSize, order, 1)
	c.rCell = pick(b.rCell, order, 1)
	c.rVersion = pick(b.rVersion, order, 1)
	c.rClass = pick(b.rClass, order, 1)
	c.rProps = pick(b.rProps, order, len(b.layer.Properties))
	c.rRing = append(make([]uint32, 0, len(order)+1), 0)
	c.rings = make([]uint32, 0, len(b.rings))
	c.coords = make([]uint32, 0, len(b.coords))
	for _, i := range order {
		first, last := b.rRing[i], b.rRing[i+1]
		var start uint32
		if first > 0 {
			start = b.rings[first-1] &^ newPart
		}
		shift := uint32(len(c.coords)/2) - start
		for _, r := range b.rings[first:last] {
			c.rings = append(c.rings, (r&^newPart+shift)|r&newPart)
		}
		c.coords = append(c.coords, b.coords[2*start:2*(b.rings[last-1]&^newPart)]...)
		c.rRing = append(c.rRing, uint32(len(c.rings)))
	}
	return &c
}

func pick[T any](from []T, order []uint32, width int) []T {
	to := make([]T, 0, len(order)*width)
	for _, i := range order {
		to = append(to, from[int(i)*width:int(i+1)*width]...)
	}
	return to
}

// roomy doubles a large column that is nearly full: append alone adds a quarter
// at a time and copies it again and again.
func roomy[T any](column []T) []T {
	const large, reserve = 1 << 16, 1 << 12
	if n := len(column); n >= large && cap(column)-n < reserve {
		return slices.Grow(column, n)
	}
	return column
}
