package api

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// featureForm is the form of a feature: its geometry, then properties that every
// feature has, then its attributes by name. No reflection: items by code are the
// hottest answer that there is.
type featureForm struct {
	crs        *geodesy.CRS    // nil: CRS84
	properties map[string]bool // nil: all
}

// appendFeature appends a GeoJSON Feature (RFC 7946, 3.2) without its closing
// brace, so that a single item can add members of its own.
func (f *featureForm) appendFeature(b []byte, v *Visible) ([]byte, error) {
	b = append(b, `{"type":"Feature","id":"`...)
	b = v.Code.AppendText(b)
	b = append(b, `","geometry":`...)
	b, err := appendGeometry(b, v.Geometry, f.crs)
	if err != nil {
		return nil, fmt.Errorf("geometry of %s: %w", v.Code, err)
	}
	b = append(b, `,"properties":{"code":"`...)
	b = v.Code.AppendText(b)
	b = append(b, `","class":`...)
	b = entities.String(v.Class).AppendJSON(b)
	b = append(b, `,"valid_from":`...)
	b = appendInstant(b, v.Valid.From)
	b = append(b, `,"valid_to":`...)
	b = appendInstant(b, v.Valid.To)
	for _, a := range v.Attrs {
		if f.properties != nil && !f.properties[a.Name] {
			continue
		}
		b = append(b, ',')
		b = entities.String(a.Name).AppendJSON(b)
		b = append(b, ':')
		b = a.Value.AppendJSON(b)
	}
	return append(b, '}'), nil
}

// appendGeometry appends the GeoJSON of a geometry, null where there is none.
func appendGeometry(b []byte, g entities.Geometry, crs *geodesy.CRS) ([]byte, error) {
	if g.IsZero() {
		return append(b, "null"...), nil
	}
	r := wkbReader{raw: g.WKB()}
	if crs != nil && crs != geodesy.CRS84() {
		r.crs = crs
	}
	b, err := r.geometry(b, 0)
	if err != nil {
		return nil, err
	}
	if len(r.raw) > 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", entities.ErrInvalidGeometry, len(r.raw))
	}
	return b, nil
}

// wkbReader turns ISO WKB into GeoJSON in one pass.
type wkbReader struct {
	raw   []byte
	crs   *geodesy.CRS
	order binary.ByteOrder
}

const deepestCollection = 8

var geoJSONTypes = [...]string{"", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}

// Depth of the coordinate arrays of the simple types of WKB.
const (
	wkbPoint = 1 + iota
	wkbLineString
	wkbPolygon
	wkbMultiPoint
	wkbMultiLineString
	wkbMultiPolygon
	wkbCollection
)

func (r *wkbReader) short() error {
	return fmt.Errorf("%w: WKB ends too early", entities.ErrInvalidGeometry)
}

// head reads byte order and type; stride is 2 or 3.
func (r *wkbReader) head() (kind uint32, stride int, err error) {
	if len(r.raw) < 5 {
		return 0, 0, r.short()
	}
	switch r.raw[0] {
	case 0:
		r.order = binary.BigEndian
	case 1:
		r.order = binary.LittleEndian
	default:
		return 0, 0, fmt.Errorf("%w: WKB byte order %d", entities.ErrInvalidGeometry, r.raw[0])
	}
	code := r.order.Uint32(r.raw[1:])
	r.raw = r.raw[5:]
	kind, stride = code%1000, 2+int(code/1000)
	if kind < wkbPoint || kind > wkbCollection || stride > 3 {
		return 0, 0, fmt.Errorf("%w: WKB type %d", entities.ErrInvalidGeometry, code)
	}
	return kind, stride, nil
}

func (r *wkbReader) count(size int) (int, error) {
	if len(r.raw) < 4 {
		return 0, r.short()
	}
	n := int(r.order.Uint32(r.raw))
	r.raw = r.raw[4:]
	if n > len(r.raw)/size {
		return 0, r.short()
	}
	return n, nil
}

func (r *wkbReader) geometry(b []byte, depth int) ([]byte, error) {
	kind, stride, err := r.head()
	if err != nil {
		return nil, err
	}
	b = append(b, `{"type":"`...)
	b = append(b, geoJSONTypes[kind]...)
	if kind == wkbCollection {
		if depth == deepestCollection {
			return nil, fmt.Errorf("%w: collections nest deeper than %d", entities.ErrInvalidGeometry, deepestCollection)
		}
		b = append(b, `","geometries":`...)
		b, err = r.list(b, 5, func(b []byte) ([]byte, error) { return r.geometry(b, depth+1) })
	} else {
		b = append(b, `","coordinates":`...)
		b, err = r.coordinates(b, kind, stride)
	}
	return append(b, '}'), err
}

func (r *wkbReader) coordinates(b []byte, kind uint32, stride int) ([]byte, error) {
	switch kind {
	case wkbPoint:
		return r.point(b, stride)
	case wkbLineString:
		return r.line(b, stride)
	case wkbPolygon:
		return r.list(b, 4, func(b []byte) ([]byte, error) { return r.line(b, stride) })
	}
	return r.list(b, 5, func(b []byte) ([]byte, error) {
		part, stride, err := r.head()
		if err != nil {
			return nil, err
		}
		if part != kind-3 { // MultiPoint of Point, and so on
			return nil, fmt.Errorf("%w: a %s holds a %s", entities.ErrInvalidGeometry, geoJSONTypes[kind], geoJSONTypes[part])
		}
		return r.coordinates(b, part, stride)
	})
}

func (r *wkbReader) list(b []byte, size int, element func([]byte) ([]byte, error)) ([]byte, error) {
	n, err := r.count(size)
	if err != nil {
		return nil, err
	}
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = element(b); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (r *wkbReader) line(b []byte, stride int) ([]byte, error) {
	n, err := r.count(8 * stride)
	if err != nil {
		return nil, err
	}
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = r.point(b, stride); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// point appends one position; an empty point, which WKB writes as NaN, is [].
func (r *wkbReader) point(b []byte, stride int) ([]byte, error) {
	if len(r.raw) < 8*stride {
		return nil, r.short()
	}
	var c [3]float64
	for i := range stride {
		c[i] = math.Float64frombits(r.order.Uint64(r.raw[8*i:]))
	}
	r.raw = r.raw[8*stride:]
	if math.IsNaN(c[0]) && math.IsNaN(c[1]) {
		return append(b, "[]"...), nil
	}
	if r.crs != nil {
		if err := r.crs.FromWGS84Flat(c[:2], 2, geodesy.AuthorityOrder); err != nil {
			return nil, refuse(probCRS, "crs", "Part of the answer has no place in "+r.crs.Name()+"; its area of use is elsewhere.", "部分结果在 "+r.crs.Name()+" 中没有位置，其适用范围在别处。")
		}
		for i := range 2 {
			c[i] = rounded(c[i], r.crs)
		}
	}
	b = append(b, '[')
	for i := range stride {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsNaN(c[i]) || math.IsInf(c[i], 0) {
			return nil, fmt.Errorf("%w: a coordinate is not finite", entities.ErrInvalidGeometry)
		}
		b = strconv.AppendFloat(b, c[i], 'f', -1, 64)
	}
	return append(b, ']'), nil
}

// rounded cuts the noise of a conversion: to 0.1 mm on a plane; degrees stay as
// they are, for they are not converted.
func rounded(v float64, crs *geodesy.CRS) float64 {
	if crs.Projected() {
		return math.Round(v*1e4) / 1e4
	}
	return v
}

// appendBounds appends west, south, east, north, or null.
func appendBounds(b []byte, box entities.Box) []byte {
	if box.Empty() {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, v := range []float64{box.West, box.South, box.East, box.North} {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, v, 'f', -1, 64)
	}
	return append(b, ']')
}

// propertiesWanted reads the properties parameter; nil is all.
func propertiesWanted(text string, shows func(string) bool) (map[string]bool, error) {
	if text == "" {
		return nil, nil
	}
	wanted := map[string]bool{}
	for _, name := range splitList(text) {
		if !shows(name) && !slices.Contains([]string{entities.CodeProperty, entities.ClassAttr, entities.ValidFromProperty, entities.ValidToProperty, entities.GeometryAttr}, name) {
			return nil, refuse(probProperty, "properties", quote(name)+" is not a property here; see the schema of the collection.", "“"+clip(name)+"”不是此集合的属性；见集合的 schema。")
		}
		wanted[name] = true
	}
	return wanted, nil
}
