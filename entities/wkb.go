package entities

import (
	"encoding/binary"
	"fmt"
	"math"
)

// BoundsOfWKB returns the envelope of ISO WKB in little endian, as [Geometry.WKB]
// gives it, without building the shape; NoBox where it is empty. Anything else is
// ErrInvalidGeometry.
func BoundsOfWKB(wkb []byte) (Box, error) {
	w := wkbWalk{box: Box{West: math.Inf(1), South: math.Inf(1), East: math.Inf(-1), North: math.Inf(-1)}, rest: wkb}
	if !w.geometry(0) || len(w.rest) > 0 {
		return NoBox, fmt.Errorf("%w: %d bytes are no WKB", ErrInvalidGeometry, len(wkb))
	}
	if w.box.West > w.box.East {
		return NoBox, nil
	}
	return w.box, nil
}

type wkbWalk struct {
	box  Box
	rest []byte
}

// Geometry types of ISO 19125-1; XYZ adds 1000.
const (
	wkbPoint = 1 + iota
	wkbLineString
	wkbPolygon
	wkbMultiPoint
	wkbMultiLineString
	wkbMultiPolygon
	wkbCollection
)

const (
	wkbMaxDepth = 32
	wkbXYZ      = 1000
)

func (w *wkbWalk) geometry(depth int) bool {
	if depth > wkbMaxDepth || len(w.rest) < 5 || w.rest[0] != 1 {
		return false
	}
	kind := binary.LittleEndian.Uint32(w.rest[1:])
	w.rest = w.rest[5:]
	stride := 2
	if kind >= wkbXYZ {
		kind, stride = kind-wkbXYZ, 3
	}
	switch kind {
	case wkbPoint:
		return w.points(1, stride)
	case wkbLineString:
		n, ok := w.count()
		return ok && w.points(n, stride)
	case wkbPolygon:
		return w.each(func() bool {
			n, ok := w.count()
			return ok && w.points(n, stride)
		})
	case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon, wkbCollection:
		return w.each(func() bool { return w.geometry(depth + 1) })
	}
	return false
}

func (w *wkbWalk) each(part func() bool) bool {
	n, ok := w.count()
	for ; ok && n > 0; n-- {
		ok = part()
	}
	return ok
}

func (w *wkbWalk) count() (uint32, bool) {
	if len(w.rest) < 4 {
		return 0, false
	}
	n := binary.LittleEndian.Uint32(w.rest)
	w.rest = w.rest[4:]
	return n, true
}

func (w *wkbWalk) points(n uint32, stride int) bool {
	size := 8 * stride
	if uint64(n)*uint64(size) > uint64(len(w.rest)) {
		return false
	}
	for range n {
		x := math.Float64frombits(binary.LittleEndian.Uint64(w.rest))
		y := math.Float64frombits(binary.LittleEndian.Uint64(w.rest[8:]))
		w.rest = w.rest[size:]
		if math.IsNaN(x) || math.IsNaN(y) {
			continue // an empty point
		}
		w.box.West, w.box.East = min(w.box.West, x), max(w.box.East, x)
		w.box.South, w.box.North = min(w.box.South, y), max(w.box.North, y)
	}
	return true
}
