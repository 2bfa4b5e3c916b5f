package postgis

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"github.com/chengma/chengma/entities"
)

// Shapes are kept in the domain as ISO WKB and travel to and from PostGIS as its
// EWKB. The two differ in the type words alone (ISO adds 1000 for Z, EWKB sets a
// bit, and another for the SRID that follows the first), so that shapes are
// translated by rewriting those, without decoding anything.

const (
	srid     = 4326
	ewkbZ    = 0x80000000
	ewkbSRID = 0x20000000
	isoZ     = 1000
	maxDepth = 32
)

// Geometry types of ISO 19125-1.
const (
	typePoint = 1 + iota
	typeLineString
	typePolygon
	typeMultiPoint
	typeMultiLineString
	typeMultiPolygon
	typeCollection
)

// translator rewrites the type words of WKB in little endian.
type translator struct {
	in, out []byte
	toISO   bool
	// odd is set where PostGIS would refuse the shape or change it: a ring that
	// is not closed or has fewer than four points, a line of one point.
	odd bool
}

// toEWKB translates ISO WKB. odd says that PostGIS cannot hold the shape as it is.
func toEWKB(iso []byte) (ewkb []byte, odd bool, err error) {
	t := translator{in: iso, out: make([]byte, 0, len(iso)+4)}
	if !t.geometry(0) || len(t.in) > 0 {
		return nil, false, fmt.Errorf("%w: %d bytes are no WKB", entities.ErrInvalidGeometry, len(iso))
	}
	return t.out, t.odd, nil
}

// toISO translates EWKB as PostGIS sends it.
func toISO(ewkb []byte) ([]byte, error) {
	t := translator{in: ewkb, out: make([]byte, 0, len(ewkb)), toISO: true}
	if !t.geometry(0) || len(t.in) > 0 {
		return nil, fmt.Errorf("%w: %d bytes are no EWKB", entities.ErrInvalidGeometry, len(ewkb))
	}
	return t.out, nil
}

// envelopeEWKB is a stand-in for an odd shape, by which it is found.
func envelopeEWKB(b entities.Box) ([]byte, error) {
	var shape geom.T = geom.NewPolygon(geom.XY)
	if !b.Empty() {
		shape = geom.NewPolygonFlat(geom.XY, []float64{
			b.West, b.South, b.East, b.South, b.East, b.North, b.West, b.North, b.West, b.South,
		}, []int{10})
	}
	iso, err := wkb.Marshal(shape, wkb.NDR)
	if err != nil {
		return nil, err
	}
	ewkb, _, err := toEWKB(iso)
	return ewkb, err
}

func (t *translator) geometry(depth int) bool {
	if depth > maxDepth || len(t.in) < 5 || t.in[0] != 1 {
		return false
	}
	word := binary.LittleEndian.Uint32(t.in[1:])
	t.in = t.in[5:]
	kind, z, ok := t.typeOf(word)
	if !ok {
		return false
	}
	t.typeWord(kind, z, depth)
	stride := 2
	if z {
		stride = 3
	}
	switch kind {
	case typePoint:
		return t.point(stride)
	case typeLineString:
		return t.line(stride, 2, false)
	case typePolygon:
		return t.each(func() bool { return t.line(stride, 4, true) })
	case typeMultiPoint, typeMultiLineString, typeMultiPolygon, typeCollection:
		return t.each(func() bool { return t.geometry(depth + 1) })
	}
	return false
}

// typeOf reads a type word, and the SRID behind it if there is one.
func (t *translator) typeOf(word uint32) (kind uint32, z, ok bool) {
	if !t.toISO {
		if word > isoZ {
			return word - isoZ, true, true
		}
		return word, false, true
	}
	if word&ewkbSRID != 0 {
		if len(t.in) < 4 {
			return 0, false, false
		}
		t.in = t.in[4:]
	}
	return word &^ (ewkbZ | ewkbSRID), word&ewkbZ != 0, true
}

func (t *translator) typeWord(kind uint32, z bool, depth int) {
	t.out = append(t.out, 1)
	switch {
	case t.toISO && z:
		kind += isoZ
	case !t.toISO && z:
		kind |= ewkbZ
	}
	if !t.toISO && depth == 0 {
		t.out = binary.LittleEndian.AppendUint32(t.out, kind|ewkbSRID)
		t.out = binary.LittleEndian.AppendUint32(t.out, srid)
		return
	}
	t.out = binary.LittleEndian.AppendUint32(t.out, kind)
}

func (t *translator) each(part func() bool) bool {
	n, ok := t.count()
	for ; ok && n > 0; n-- {
		ok = part()
	}
	return ok
}

func (t *translator) count() (uint32, bool) {
	if len(t.in) < 4 {
		return 0, false
	}
	n := binary.LittleEndian.Uint32(t.in)
	t.out = append(t.out, t.in[:4]...)
	t.in = t.in[4:]
	return n, true
}

func (t *translator) point(stride int) bool {
	size := 8 * stride
	if len(t.in) < size {
		return false
	}
	t.out = append(t.out, t.in[:size]...)
	t.in = t.in[size:]
	return true
}

// line copies a sequence of points.
func (t *translator) line(stride, least int, closed bool) bool {
	n, ok := t.count()
	size := uint64(n) * uint64(8*stride)
	if !ok || size > uint64(len(t.in)) {
		return false
	}
	points := t.in[:size]
	t.out = append(t.out, points...)
	t.in = t.in[size:]
	switch {
	case n == 0:
		t.odd = t.odd || closed // an empty ring; PostGIS drops it
	case int(n) < least:
		t.odd = true
	case closed:
		last := points[len(points)-8*stride:]
		t.odd = t.odd || !slices.Equal(points[:8*stride], last)
	}
	return true
}
