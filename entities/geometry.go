package entities

import (
	"bytes"
	"fmt"
	"math"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
	"github.com/uber/h3-go/v4"
)

// Geometry is a shape in lon/lat degrees on WGS 84, with Z as it was delivered.
// It is immutable; the zero Geometry is "none". The shape is kept as ISO WKB,
// little endian (ISO 19125-1), two- or three-dimensional; topological validity is
// the business of ingest, not of the store.
type Geometry struct {
	wkb []byte
	box *Box // where it was worked out already
	// VerticalCRS names the vertical system of Z as delivered ("EPSG:5773"), or
	// is empty where there is no Z or nobody knows.
	VerticalCRS string
	// Repair says how an invalid shape was mended on the way in; empty mostly.
	Repair string
}

// NewGeometry makes a geometry of a shape with layout XY or XYZ. Coordinates
// that are not finite or not on the globe are ErrInvalidGeometry.
func NewGeometry(shape geom.T) (Geometry, error) {
	if shape == nil {
		return Geometry{}, nil
	}
	if err := checkShape(shape, 0); err != nil {
		return Geometry{}, err
	}
	var raw bytes.Buffer
	raw.Grow(wkbSize(shape))
	if err := wkb.Write(&raw, wkb.NDR, shape); err != nil {
		return Geometry{}, fmt.Errorf("%w: %v", ErrInvalidGeometry, err)
	}
	box := BoundsOf(shape)
	return Geometry{wkb: raw.Bytes(), box: &box}, nil
}

// GeometryFromWKB reads ISO WKB in little endian. It decodes and checks
// everything: for bytes of one's own store use [TrustedWKB].
func GeometryFromWKB(raw []byte) (Geometry, error) {
	if len(raw) == 0 {
		return Geometry{}, nil
	}
	// The decoder believes the counts in the bytes and makes room for them.
	if _, err := BoundsOfWKB(raw); err != nil {
		return Geometry{}, err
	}
	shape, err := wkb.Unmarshal(raw)
	if err != nil {
		return Geometry{}, fmt.Errorf("%w: %v", ErrInvalidGeometry, err)
	}
	return NewGeometry(shape)
}

// TrustedWKB wraps bytes that [Geometry.WKB] gave, without looking at them. The
// geometry keeps raw.
func TrustedWKB(raw []byte) Geometry { return Geometry{wkb: raw} }

// IsZero reports whether there is no geometry. A geometry may be there and be
// empty (POLYGON EMPTY).
func (g Geometry) IsZero() bool { return len(g.wkb) == 0 }

// WKB returns the ISO WKB, nil where there is no geometry. It must not be changed.
func (g Geometry) WKB() []byte { return g.wkb }

// Shape decodes the geometry; nil where there is none.
func (g Geometry) Shape() (geom.T, error) {
	if g.IsZero() {
		return nil, nil
	}
	shape, err := wkb.Unmarshal(g.wkb)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrInvalidGeometry, err)
	}
	return shape, nil
}

// Equal reports whether shape and vertical system are the same, coordinate by
// coordinate.
func (g Geometry) Equal(o Geometry) bool {
	return bytes.Equal(g.wkb, o.wkb) && g.VerticalCRS == o.VerticalCRS
}

// Box is an envelope in lon/lat degrees, all four edges in it. West > East means
// that it crosses the antimeridian (RFC 7946, 5.2).
type Box struct {
	West, South, East, North float64
}

// World is the whole globe.
var World = Box{West: -180, South: -90, East: 180, North: 90}

// Empty reports whether nothing is in the box.
func (b Box) Empty() bool { return !(b.South <= b.North) || math.IsNaN(b.West) || math.IsNaN(b.East) }

// Split returns the one or two boxes, none over the antimeridian, that b is.
func (b Box) Split() []Box {
	if b.West <= b.East {
		return []Box{b}
	}
	return []Box{{b.West, b.South, 180, b.North}, {-180, b.South, b.East, b.North}}
}

// Intersects reports whether the two share a point.
func (b Box) Intersects(o Box) bool {
	if b.Empty() || o.Empty() || b.South > o.North || o.South > b.North {
		return false
	}
	for _, p := range b.Split() {
		for _, q := range o.Split() {
			if p.West <= q.East && q.West <= p.East {
				return true
			}
		}
	}
	return false
}

// Within reports whether all of b is in o. Neither may cross the antimeridian.
func (b Box) Within(o Box) bool {
	return o.West <= b.West && b.East <= o.East && o.South <= b.South && b.North <= o.North
}

// Extend returns the smallest box, not over the antimeridian, that holds both.
func (b Box) Extend(o Box) Box {
	if o.Empty() {
		return b
	}
	if b.Empty() {
		return o
	}
	return Box{min(b.West, o.West), min(b.South, o.South), max(b.East, o.East), max(b.North, o.North)}
}

// NoBox is the box that holds nothing.
var NoBox = Box{West: math.NaN(), South: math.NaN(), East: math.NaN(), North: math.NaN()}

// Bounds returns the envelope of the geometry, NoBox where it is none or empty.
func (g Geometry) Bounds() (Box, error) {
	if g.box != nil {
		return *g.box, nil
	}
	if g.IsZero() {
		return NoBox, nil
	}
	return BoundsOfWKB(g.wkb)
}

// BoundsOf returns the envelope of a shape.
func BoundsOf(shape geom.T) Box {
	box := NoBox
	if whole, ok := shape.(*geom.GeometryCollection); ok {
		for _, part := range whole.Geoms() {
			box = box.Extend(BoundsOf(part))
		}
		return box
	}
	flat, stride := shape.FlatCoords(), shape.Stride()
	if len(flat) < 2 {
		return box
	}
	box = Box{West: flat[0], South: flat[1], East: flat[0], North: flat[1]}
	for i := stride; i+1 < len(flat); i += stride {
		box.West, box.East = min(box.West, flat[i]), max(box.East, flat[i])
		box.South, box.North = min(box.South, flat[i+1]), max(box.North, flat[i+1])
	}
	return box
}

// wkbSize is about how many bytes a shape takes as WKB.
func wkbSize(shape geom.T) int {
	const head = 9 // byte order, type, count
	switch g := shape.(type) {
	case *geom.GeometryCollection:
		size := head
		for _, part := range g.Geoms() {
			size += wkbSize(part)
		}
		return size
	case *geom.Polygon:
		return head + 4*g.NumLinearRings() + 8*len(g.FlatCoords())
	case *geom.MultiPolygon:
		size := head + 8*len(g.FlatCoords())
		for _, ends := range g.Endss() {
			size += head + 4*len(ends)
		}
		return size
	}
	return head + 8*len(shape.FlatCoords())
}

// cellResolution is the H3 resolution of the index cell: about 307 m² a cell.
const cellResolution = 12

// CellAt returns the resolution-12 H3 cell of a point as a signed 64-bit
// integer. All descendants of a coarser cell are one contiguous range of it.
func CellAt(lon, lat float64) (int64, error) {
	cell, err := h3.LatLngToCell(h3.NewLatLng(lat, lon), cellResolution)
	if err != nil {
		return 0, fmt.Errorf("cell at %g %g: %w", lon, lat, err)
	}
	return int64(cell), nil
}

func checkShape(shape geom.T, depth int) error {
	if depth >= wkbMaxDepth {
		return fmt.Errorf("%w: collections nest deeper than %d", ErrInvalidGeometry, wkbMaxDepth)
	}
	if c, ok := shape.(*geom.GeometryCollection); ok {
		for _, part := range c.Geoms() {
			if err := checkShape(part, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	layout := shape.Layout()
	if layout != geom.XY && layout != geom.XYZ && !(layout == geom.NoLayout && shape.Empty()) {
		return fmt.Errorf("%w: layout %s; XY and XYZ can be kept", ErrInvalidGeometry, layout)
	}
	flat, stride := shape.FlatCoords(), shape.Stride()
	for i := 0; i+1 < len(flat); i += stride {
		lon, lat := flat[i], flat[i+1]
		if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
			return fmt.Errorf("%w: lon %g, lat %g is not on the globe", ErrInvalidGeometry, lon, lat)
		}
		if stride > 2 && (math.IsNaN(flat[i+2]) || math.IsInf(flat[i+2], 0)) {
			return fmt.Errorf("%w: Z %g at lon %g, lat %g is not finite", ErrInvalidGeometry, flat[i+2], lon, lat)
		}
	}
	return nil
}
