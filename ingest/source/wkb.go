package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/twpayne/go-geom"
)

// packageShape decodes the geometry of a GeoPackage: a header (OGC 12-128r19,
// clause 2.1.3) and well-known binary. M values are dropped.
func packageShape(b []byte) (geom.T, error) {
	if len(b) == 0 {
		return nil, nil
	}
	const extended = 1 << 5
	if len(b) < 8 || b[0] != 'G' || b[1] != 'P' {
		return nil, errors.New("the blob is no GeoPackage geometry")
	}
	envelopes := []int{0, 32, 48, 48, 64}
	flags := b[3]
	kind := int(flags >> 1 & 7)
	if b[2] != 0 || flags&extended != 0 || kind >= len(envelopes) {
		return nil, fmt.Errorf("a GeoPackage geometry of version %d with flags %#x is not read", b[2], flags)
	}
	if len(b) < 8+envelopes[kind] {
		return nil, errWKBShort
	}
	w := wkbReader{b: b[8+envelopes[kind]:]}
	shape, err := w.shape(0, 0)
	if err == nil && len(w.b) > 0 {
		err = fmt.Errorf("%d bytes follow the geometry", len(w.b))
	}
	if err != nil {
		return nil, err
	}
	return shape, nil
}

var errWKBShort = errors.New("the geometry is shorter than its counts say")

// wkbReader walks well-known binary (ISO 19125-1; Z and M as ISO/IEC 13249-3 has
// them). Counts are checked against the bytes that are there before anything is
// made.
type wkbReader struct {
	b      []byte
	order  binary.ByteOrder
	layout geom.Layout // of the outermost geometry, without M
	stride int         // numbers of a point in the bytes
}

func (w *wkbReader) uint32() (uint32, error) {
	if len(w.b) < 4 {
		return 0, errWKBShort
	}
	n := w.order.Uint32(w.b)
	w.b = w.b[4:]
	return n, nil
}

// count reads how many things follow that have at least size bytes each.
func (w *wkbReader) count(size int) (int, error) {
	n, err := w.uint32()
	if err == nil && uint64(n)*uint64(size) > uint64(len(w.b)) {
		err = errWKBShort
	}
	return int(n), err
}

// head reads byte order and type. want is the type that the geometry around it
// asks for, 0 for any.
func (w *wkbReader) head(want uint32) (uint32, error) {
	if len(w.b) < 5 {
		return 0, errWKBShort
	}
	switch w.b[0] {
	case 0:
		w.order = binary.BigEndian
	case 1:
		w.order = binary.LittleEndian
	default:
		return 0, fmt.Errorf("there is no byte order %d", w.b[0])
	}
	w.b = w.b[1:]
	code, err := w.uint32()
	kind, dims := code%1000, code/1000
	switch {
	case err != nil:
		return 0, err
	case dims > 3 || kind < 1 || kind > 7:
		return 0, fmt.Errorf("geometry type %d is not read; make curves and surfaces plain (ogr2ogr -nlt CONVERT_TO_LINEAR does)", code)
	case want > 0 && kind != want:
		return 0, fmt.Errorf("a geometry of type %d stands inside where type %d belongs", kind, want)
	}
	layout, stride := geom.XY, 2
	if dims == 1 || dims == 3 {
		layout, stride = geom.XYZ, 3
	}
	if dims >= 2 {
		stride++
	}
	if w.stride > 0 && (layout != w.layout || stride != w.stride) {
		return 0, errors.New("parts with and without Z or M are mixed")
	}
	w.layout, w.stride = layout, stride
	return kind, nil
}

func (w *wkbReader) shape(want uint32, depth int) (geom.T, error) {
	const deepest = 8
	kind, err := w.head(want)
	if err != nil {
		return nil, err
	}
	switch kind {
	case 1:
		flat, err := w.points(nil, 1)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(flat[0]) && math.IsNaN(flat[1]) {
			return geom.NewPointEmpty(w.layout), nil
		}
		return geom.NewPointFlat(w.layout, flat), nil
	case 2:
		flat, err := w.line(nil)
		return geom.NewLineStringFlat(w.layout, flat), err
	case 3:
		flat, ends, err := w.rings(nil)
		return geom.NewPolygonFlat(w.layout, flat, ends), err
	}
	n, err := w.count(5)
	switch {
	case err != nil:
		return nil, err
	case kind < 7:
		return w.multi(kind, n)
	case depth >= deepest:
		return nil, errors.New("geometry collections are nested too deep")
	}
	whole := geom.NewGeometryCollection()
	for range n {
		part, err := w.shape(0, depth+1)
		if err != nil {
			return nil, err
		}
		if err := whole.Push(part); err != nil {
			return nil, err
		}
	}
	return whole, nil
}

// multi reads n points, lines or polygons.
func (w *wkbReader) multi(kind uint32, n int) (geom.T, error) {
	var flat []float64
	var ends []int
	var endss [][]int
	for range n {
		part, err := w.head(kind - 3)
		if err != nil {
			return nil, err
		}
		var rings []int
		switch part {
		case 1:
			flat, err = w.points(flat, 1)
		case 2:
			flat, err = w.line(flat)
			ends = append(ends, len(flat))
		case 3:
			flat, rings, err = w.rings(flat)
			endss = append(endss, rings)
		}
		if err != nil {
			return nil, err
		}
	}
	switch kind {
	case 4:
		return geom.NewMultiPointFlat(w.layout, flat), nil
	case 5:
		return geom.NewMultiLineStringFlat(w.layout, flat, ends), nil
	}
	return geom.NewMultiPolygonFlat(w.layout, flat, endss), nil
}

func (w *wkbReader) rings(flat []float64) ([]float64, []int, error) {
	n, err := w.count(4)
	if err != nil {
		return nil, nil, err
	}
	var ends []int
	for range n {
		if flat, err = w.line(flat); err != nil {
			return nil, nil, err
		}
		ends = append(ends, len(flat))
	}
	return flat, ends, nil
}

func (w *wkbReader) line(flat []float64) ([]float64, error) {
	n, err := w.count(8 * w.stride)
	if err != nil {
		return nil, err
	}
	return w.points(flat, n)
}

func (w *wkbReader) points(flat []float64, n int) ([]float64, error) {
	if len(w.b) < 8*w.stride*n {
		return nil, errWKBShort
	}
	keep := w.layout.Stride()
	for range n {
		for i := range keep {
			flat = append(flat, math.Float64frombits(w.order.Uint64(w.b[8*i:])))
		}
		w.b = w.b[8*w.stride:]
	}
	return flat, nil
}
