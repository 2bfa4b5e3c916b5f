package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twpayne/go-geom"
	"github.com/valyala/fastjson"

	"github.com/chengma/chengma/entities"
)

// Fields of the tables of FlatGeobuf 3 (https://github.com/flatgeobuf/flatgeobuf,
// header.fbs and feature.fbs).
const (
	headerType, headerColumns, headerCount, headerNode, headerCRS = 2, 7, 8, 9, 10
	columnName, columnType                                        = 0, 1
	crsOrganization, crsCode, crsName, crsWKT, crsCodeText        = 0, 1, 2, 4, 5
	featureGeometry, featureProperties, featureColumns            = 0, 1, 2
	geometryEnds, geometryXY, geometryZ, geometryType, parts      = 0, 1, 2, 6, 7
)

// Types of columns.
const (
	fgbByte = iota
	fgbUByte
	fgbBool
	fgbShort
	fgbUShort
	fgbInt
	fgbUInt
	fgbLong
	fgbULong
	fgbFloat
	fgbDouble
	fgbString
	fgbJSON
	fgbDateTime
	fgbBinary
)

// fgbSizes are the bytes of a value; 0 where its length stands before it.
var fgbSizes = [...]int{1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 0, 0, 0}

type fgbColumn struct {
	name string
	kind int
}

// fgbReader reads features one behind the other; the index is passed over.
type fgbReader struct {
	in      *bufio.Reader
	columns []fgbColumn
	kind    int    // type of all geometries, 0 where each has its own
	count   uint64 // 0 where it is not told
	most    int
	parser  fastjson.Parser
}

func (s *Source) openFlatGeobuf() error {
	const version = 3
	var head [12]byte
	if _, err := io.ReadFull(s.reader, head[:]); err != nil {
		return partError(err, "file ends in its header")
	}
	if head[3] != version {
		return fmt.Errorf("%w: FlatGeobuf of version %d; version %d is read", ErrFormat, head[3], version)
	}
	size := int64(binary.LittleEndian.Uint32(head[8:]))
	if size > int64(s.cfg.MaxRecord) {
		return fmt.Errorf("%w: the header has %d bytes, over %d", ErrFormat, size, s.cfg.MaxRecord)
	}
	var text bytes.Buffer
	if _, err := io.CopyN(&text, s.reader, size); err != nil {
		return partError(err, "file ends in its header")
	}
	r := &fgbReader{in: s.reader, most: s.cfg.MaxRecord}
	node, crs, err := r.header(text.Bytes())
	if err != nil {
		return fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	s.binary.crs = crs
	s.binary.read = func(emit func(*Record) bool) error {
		if err := skipIndex(r.in, r.count, node); err != nil {
			return err
		}
		return r.read(emit)
	}
	return nil
}

// header reads columns, type, count and reference system.
func (r *fgbReader) header(b []byte) (node uint64, crs string, err error) {
	f := &flatBuffer{b: b}
	t := f.root()
	r.kind, r.count = int(f.number(t, headerType, 1, 0)), f.number(t, headerCount, 8, 0)
	node = f.number(t, headerNode, 2, 16)
	if r.columns, err = fgbColumns(f, f.children(t, headerColumns)); err != nil {
		return 0, "", err
	}
	if c := f.child(t, headerCRS); c.at != 0 {
		crs = fgbCRS(f, c)
	}
	if f.bad {
		return 0, "", errFlatBuffer
	}
	return node, crs, nil
}

func fgbColumns(f *flatBuffer, tables []flatTable) ([]fgbColumn, error) {
	var columns []fgbColumn
	var names []string
	for _, t := range tables {
		c := fgbColumn{name: string(f.bytes(t, columnName)), kind: int(f.number(t, columnType, 1, 0))}
		switch {
		case f.bad:
			return nil, errFlatBuffer
		case c.kind == fgbBinary:
			return nil, fmt.Errorf("column %q holds blobs, and a blob is no attribute; leave it out (ogr2ogr -select does)", c.name)
		case c.kind > fgbBinary:
			return nil, fmt.Errorf("column %q is of type %d, which is not known", c.name, c.kind)
		case !utf8.ValidString(c.name):
			return nil, errors.New("the name of a column is not UTF-8")
		}
		columns, names = append(columns, c), append(names, c.name)
	}
	return columns, unique(names)
}

func fgbCRS(f *flatBuffer, t flatTable) string {
	organization := strings.ToUpper(string(f.bytes(t, crsOrganization)))
	if organization == "" {
		organization = "EPSG"
	}
	if code := int32(f.number(t, crsCode, 4, 0)); code > 0 {
		return organization + ":" + strconv.Itoa(int(code))
	}
	if code := f.bytes(t, crsCodeText); len(code) > 0 {
		return organization + ":" + string(code)
	}
	if name := crsOfWKT(string(f.bytes(t, crsWKT))); name != "" {
		return name
	}
	return string(f.bytes(t, crsName))
}

// skipIndex passes over the packed Hilbert R-tree: nodes of 40 bytes, level by
// level up to one.
func skipIndex(in io.Reader, items, node uint64) error {
	const nodeSize, most = 40, 1 << 40
	if items == 0 || node == 0 {
		return nil
	}
	if items > most || node < 2 {
		return fmt.Errorf("%w: an index of %d features with nodes of %d", ErrFormat, items, node)
	}
	nodes := items
	for n := items; n > 1; {
		n = (n + node - 1) / node
		nodes += n
	}
	if items == 1 {
		nodes++ // the root above the only leaf
	}
	_, err := io.CopyN(io.Discard, in, int64(nodes)*nodeSize)
	if err != nil {
		return partError(err, "file ends in its index")
	}
	return nil
}

func (r *fgbReader) read(emit func(*Record) bool) error {
	var buffer bytes.Buffer
	for number := uint64(1); ; number++ {
		where := fmt.Sprintf("file ends in feature %d", number)
		var head [4]byte
		switch _, err := io.ReadFull(r.in, head[:]); {
		case errors.Is(err, io.EOF) && number <= r.count:
			return fmt.Errorf("%w: it has %d of %d features", ErrTruncated, number-1, r.count)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return partError(err, where)
		case r.count > 0 && number > r.count:
			return fmt.Errorf("%w: more follows behind the last of %d features", ErrFormat, r.count)
		}
		size := int64(binary.LittleEndian.Uint32(head[:]))
		record := &Record{Line: int64(number)}
		if size > int64(r.most) {
			if _, err := io.CopyN(io.Discard, r.in, size); err != nil {
				return partError(err, where)
			}
			record.Err = fmt.Errorf("%w: over %d bytes", errTooLong, r.most)
		} else {
			buffer.Reset()
			if _, err := io.CopyN(&buffer, r.in, size); err != nil {
				return partError(err, where)
			}
			record.Raw = buffer.Bytes()
			r.decode(record)
		}
		if !emit(record) {
			return errStopped
		}
	}
}

func (r *fgbReader) decode(record *Record) {
	f := &flatBuffer{b: record.Raw}
	t := f.root()
	columns := r.columns
	if own := f.children(t, featureColumns); len(own) > 0 {
		if columns, record.Err = fgbColumns(f, own); record.Err != nil {
			return
		}
	}
	properties := f.bytes(t, featureProperties)
	if f.bad {
		record.Err = errFlatBuffer
		return
	}
	record.Attrs, record.Err = r.properties(columns, properties)
	shape, err := fgbShape(f, f.child(t, featureGeometry), r.kind, 0)
	if f.bad {
		err = errFlatBuffer
	}
	if err != nil {
		record.Err = errors.Join(record.Err, fmt.Errorf("geometry: %w", err))
		return
	}
	record.Shape = shape
}

// properties reads pairs of a column's number and a value. A column without one
// is null.
func (r *fgbReader) properties(columns []fgbColumn, b []byte) ([]entities.Attr, error) {
	attrs := make([]entities.Attr, len(columns))
	for i := range columns {
		attrs[i] = entities.Attr{Name: columns[i].name, Value: entities.Null}
	}
	var errs error
	for len(b) > 0 {
		if len(b) < 2 {
			return attrs, errFlatBuffer
		}
		i := int(binary.LittleEndian.Uint16(b))
		if b = b[2:]; i >= len(columns) {
			return attrs, fmt.Errorf("a value of column %d, there are %d", i+1, len(columns))
		}
		size := fgbSizes[columns[i].kind]
		if size == 0 {
			if len(b) < 4 {
				return attrs, errFlatBuffer
			}
			size = int(binary.LittleEndian.Uint32(b))
			b = b[4:]
		}
		if size > len(b) {
			return attrs, errFlatBuffer
		}
		value, err := r.value(columns[i].kind, b[:size])
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("column %q: %w", columns[i].name, err))
		}
		attrs[i].Value = value
		b = b[size:]
	}
	return attrs, errs
}

func (r *fgbReader) value(kind int, b []byte) (entities.Value, error) {
	le := binary.LittleEndian
	switch kind {
	case fgbByte:
		return entities.Int(int64(int8(b[0]))), nil
	case fgbUByte:
		return entities.Int(int64(b[0])), nil
	case fgbBool:
		return entities.Bool(b[0] != 0), nil
	case fgbShort:
		return entities.Int(int64(int16(le.Uint16(b)))), nil
	case fgbUShort:
		return entities.Int(int64(le.Uint16(b))), nil
	case fgbInt:
		return entities.Int(int64(int32(le.Uint32(b)))), nil
	case fgbUInt:
		return entities.Int(int64(le.Uint32(b))), nil
	case fgbLong:
		return entities.Int(int64(le.Uint64(b))), nil
	case fgbULong:
		if n := le.Uint64(b); n > math.MaxInt64 {
			return entities.String(strconv.FormatUint(n, 10)), nil
		}
		return entities.Int(int64(le.Uint64(b))), nil
	case fgbFloat: // the shortest decimal that is this number, not its digits as a double
		f, err := strconv.ParseFloat(strconv.FormatFloat(float64(math.Float32frombits(le.Uint32(b))), 'g', -1, 32), 64)
		if err != nil {
			return entities.Unset, err
		}
		return finite(f)
	case fgbDouble:
		return finite(math.Float64frombits(le.Uint64(b)))
	}
	if !utf8.Valid(b) {
		return entities.Unset, fmt.Errorf("%w: bytes that are no UTF-8", ErrEncoding)
	}
	if kind == fgbJSON {
		v, err := r.parser.ParseBytes(b)
		if err != nil {
			return entities.Unset, fmt.Errorf("not JSON: %v", err)
		}
		return entities.ParsedJSON(v)
	}
	return entities.String(string(b)), nil
}

// fgbShape makes the geometry of a table; kind is its type, 0 where it tells it
// itself. M and times are dropped.
func fgbShape(f *flatBuffer, t flatTable, kind, depth int) (geom.T, error) {
	const deepest = 8
	if t.at == 0 {
		return nil, nil
	}
	if kind == 0 {
		kind = int(f.number(t, geometryType, 1, 0))
	}
	if kind == 6 || kind == 7 {
		return fgbParts(f, t, kind, depth)
	}
	if kind < 1 || kind > 7 {
		return nil, fmt.Errorf("geometry type %d is not read; make curves and surfaces plain (ogr2ogr -nlt CONVERT_TO_LINEAR does)", kind)
	}
	if depth > deepest {
		return nil, errors.New("geometry collections are nested too deep")
	}
	flat, layout, err := fgbCoords(f, t)
	if err != nil {
		return nil, err
	}
	stride := layout.Stride()
	switch kind {
	case 1:
		if len(flat) == 0 || math.IsNaN(flat[0]) && math.IsNaN(flat[1]) {
			return geom.NewPointEmpty(layout), nil
		}
		if len(flat) != stride {
			return nil, fmt.Errorf("a point has %d positions", len(flat)/stride)
		}
		return geom.NewPointFlat(layout, flat), nil
	case 2:
		return geom.NewLineStringFlat(layout, flat), nil
	case 4:
		return geom.NewMultiPointFlat(layout, flat), nil
	}
	ends, err := fgbEnds(f, t, len(flat)/stride, stride)
	if err != nil {
		return nil, err
	}
	if kind == 3 {
		return geom.NewPolygonFlat(layout, flat, ends), nil
	}
	return geom.NewMultiLineStringFlat(layout, flat, ends), nil
}

// fgbParts makes a set of polygons or a collection.
func fgbParts(f *flatBuffer, t flatTable, kind, depth int) (geom.T, error) {
	const polygon, collection = 3, 7
	children := f.children(t, parts)
	inner := polygon
	if kind == collection {
		inner = 0
	}
	whole := geom.NewGeometryCollection()
	var polygons *geom.MultiPolygon
	for _, child := range children {
		shape, err := fgbShape(f, child, inner, depth+1)
		if err != nil {
			return nil, err
		}
		if f.bad || shape == nil {
			return nil, errFlatBuffer
		}
		if kind == collection {
			err = whole.Push(shape)
		} else {
			if polygons == nil {
				polygons = geom.NewMultiPolygon(shape.Layout())
			}
			err = polygons.Push(shape.(*geom.Polygon))
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case kind == collection:
		return whole, nil
	case polygons == nil:
		return geom.NewMultiPolygon(geom.XY), nil
	}
	return polygons, nil
}

func fgbCoords(f *flatBuffer, t flatTable) ([]float64, geom.Layout, error) {
	xy, z := f.floats(t, geometryXY), f.floats(t, geometryZ)
	switch {
	case len(xy)%2 != 0:
		return nil, geom.XY, fmt.Errorf("%d coordinates are no pairs", len(xy))
	case len(z) == 0:
		return xy, geom.XY, nil
	case len(z) != len(xy)/2:
		return nil, geom.XY, fmt.Errorf("%d heights for %d positions", len(z), len(xy)/2)
	}
	flat := make([]float64, 0, 3*len(z))
	for i := range z {
		flat = append(flat, xy[2*i], xy[2*i+1], z[i])
	}
	return flat, geom.XYZ, nil
}

// fgbEnds reads where the rings or lines end; without ends there is one.
func fgbEnds(f *flatBuffer, t flatTable, points, stride int) ([]int, error) {
	at, n := f.vector(t, geometryEnds, 4)
	if n == 0 {
		if points == 0 {
			return nil, nil
		}
		return []int{points * stride}, nil
	}
	ends, last := make([]int, n), 0
	for i := range ends {
		end := f.uint32(at + 4*i)
		if end < last || end > points {
			return nil, fmt.Errorf("part %d ends at point %d of %d, out of order", i+1, end, points)
		}
		ends[i], last = end*stride, end
	}
	if last != points {
		return nil, fmt.Errorf("the last part ends at point %d of %d", last, points)
	}
	return ends, nil
}
