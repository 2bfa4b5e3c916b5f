package source

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/twpayne/go-geom"
	"github.com/valyala/fastjson"

	"github.com/chengma/chengma/entities"
)

// featureDecoder reads GeoJSON features (RFC 7946). It keeps buffers and names
// between calls.
type featureDecoder struct {
	parser fastjson.Parser
	names  map[string]string
	coords []float64
}

func newFeatureDecoder() *featureDecoder {
	return &featureDecoder{names: make(map[string]string)}
}

// decode fills a record from the text of one feature.
func (d *featureDecoder) decode(raw []byte, r *Record) {
	v, err := d.parser.ParseBytes(raw)
	if err != nil {
		r.Err = notJSON(err)
		return
	}
	if kind := v.GetStringBytes("type"); string(kind) != "Feature" {
		r.Err = problem("应为 Feature，却是 %q", "a GeoJSON object of type %q stands where a Feature is expected", kind)
		return
	}
	if r.Err = d.properties(v, r); r.Err != nil {
		return
	}
	r.Shape, r.Err = d.geometry(v.Get("geometry"))
}

func (d *featureDecoder) properties(v *fastjson.Value, r *Record) error {
	properties := v.Get("properties")
	id := v.Get("id")
	if properties == nil || properties.Type() == fastjson.TypeNull {
		properties = nil
	} else if properties.Type() != fastjson.TypeObject {
		return problem("properties 应为 JSON 对象，却是 %s", "properties is a JSON %s, not an object", properties.Type())
	}
	size := 1
	if properties != nil {
		size += properties.GetObject().Len()
	}
	r.Attrs = make([]entities.Attr, 0, size)
	var err error
	add := func(name string, v *fastjson.Value) {
		value, e := entities.ParsedJSON(v)
		if e != nil {
			e = badProperty(name, v)
		} else if value.Type() == entities.StringType {
			e = checkText(name, value.Text(), utf8.ValidString(value.Text()))
		} else if value.Type() == entities.JSONType && strings.Contains(value.Text(), `\u0000`) {
			e = checkText(name, "\x00", true)
		}
		if err == nil {
			err = e
		}
		r.Attrs = append(r.Attrs, entities.Attr{Name: name, Value: value})
	}
	if properties != nil {
		properties.GetObject().Visit(func(key []byte, v *fastjson.Value) { add(d.name(key), v) })
	}
	if id != nil && r.Get(featureID).IsUnset() {
		add(featureID, id)
	}
	return err
}

// badProperty says that a value cannot be kept: its number is none that JSON has,
// or its text is no text.
func badProperty(name string, v *fastjson.Value) error {
	if v.Type() != fastjson.TypeNumber {
		return badText(name, "含有不成文字的字节或不规范的数字", "holds bytes that are no text, or a number that JSON does not have")
	}
	return problem("列“%[1]s”的数字不是 JSON 数字，或超出范围：%.20[2]s", "column %[1]s holds a number that JSON does not have, or that is too large: %.20[2]s",
		name, v.MarshalTo(nil))
}

// featureID is the name under which the id of a feature stands, unless a property
// has that name.
const featureID = "id"

func (d *featureDecoder) name(key []byte) string {
	if name, ok := d.names[string(key)]; ok {
		return name
	}
	name := string(key)
	if len(d.names) < 4096 {
		d.names[name] = name
	}
	return name
}

// geometry reads a GeoJSON geometry object; nil where there is none.
func (d *featureDecoder) geometry(v *fastjson.Value) (geom.T, error) {
	if v == nil || v.Type() == fastjson.TypeNull {
		return nil, nil
	}
	if v.Type() != fastjson.TypeObject {
		return nil, problem("geometry 应为 JSON 对象，却是 %s", "geometry is a JSON %s, not an object", v.Type())
	}
	kind := string(v.GetStringBytes("type"))
	if kind == "GeometryCollection" {
		return d.collection(v)
	}
	depth, known := coordinateDepth[kind]
	if !known {
		return nil, problem("没有几何类型 %.40q", "there is no geometry type %.40q", kind)
	}
	c := coordinates{flat: d.coords[:0]}
	if err := c.read(v.Get("coordinates"), depth); err != nil {
		return nil, err
	}
	d.coords = c.flat
	return c.shape(kind)
}

func (d *featureDecoder) collection(v *fastjson.Value) (geom.T, error) {
	parts := v.GetArray("geometries")
	shapes := make([]geom.T, 0, len(parts))
	for _, part := range parts {
		if bytes.Equal(part.GetStringBytes("type"), []byte("GeometryCollection")) {
			return nil, problem("几何集合中又有几何集合", "a geometry collection inside a geometry collection")
		}
		shape, err := d.geometry(part)
		if err != nil {
			return nil, err
		}
		if shape != nil {
			shapes = append(shapes, shape)
		}
	}
	whole := geom.NewGeometryCollection()
	return whole, whole.Push(shapes...)
}

// coordinateDepth is how deep arrays nest above a position.
var coordinateDepth = map[string]int{
	"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3,
}

// coordinates gathers the positions of one geometry as flat numbers, with the
// ends of rings and polygons.
type coordinates struct {
	flat   []float64
	stride int
	ends   []int
	endss  [][]int
}

func (c *coordinates) read(v *fastjson.Value, depth int) error {
	if v == nil || v.Type() != fastjson.TypeArray {
		return problem("坐标不是数组，或层数不符", "its coordinates are not an array, or not of the depth of its type")
	}
	items := v.GetArray()
	if depth == 0 {
		return c.position(items)
	}
	for _, item := range items {
		if err := c.read(item, depth-1); err != nil {
			return err
		}
	}
	switch depth {
	case 1:
		c.ends = append(c.ends, len(c.flat))
	case 2:
		c.endss = append(c.endss, c.ends)
		c.ends = nil
	}
	return nil
}

func (c *coordinates) position(items []*fastjson.Value) error {
	if len(items) == 0 && c.stride == 0 {
		return nil // an empty point
	}
	if len(items) < 2 {
		return problem("一个点有 %d 个数，应为两个或三个", "a position has %d numbers, it needs two or three", len(items))
	}
	size := min(len(items), 3)
	if c.stride == 0 {
		c.stride = size
	}
	if size != c.stride {
		return problem("二维与三维的点混在一起", "positions with two and with three numbers are mixed")
	}
	for _, item := range items[:size] {
		f, err := item.Float64()
		if err != nil {
			return problem("坐标应为数字，却是 JSON %s", "a coordinate is a JSON %s, not a number", item.Type())
		}
		c.flat = append(c.flat, f)
	}
	return nil
}

// shape makes the geometry; the numbers are copied.
func (c *coordinates) shape(kind string) (geom.T, error) {
	layout := geom.XY
	if c.stride == 3 {
		layout = geom.XYZ
	}
	flat := append([]float64(nil), c.flat...)
	switch kind {
	case "Point":
		if len(flat) == 0 {
			return geom.NewPointEmpty(layout), nil
		}
		return geom.NewPointFlat(layout, flat), nil
	case "MultiPoint":
		return geom.NewMultiPointFlat(layout, flat), nil
	case "LineString":
		return geom.NewLineStringFlat(layout, flat), nil
	case "MultiLineString":
		return geom.NewMultiLineStringFlat(layout, flat, first(c.endss)), nil
	case "Polygon":
		return geom.NewPolygonFlat(layout, flat, first(c.endss)), nil
	}
	return geom.NewMultiPolygonFlat(layout, flat, c.endss), nil
}

func first(endss [][]int) []int {
	if len(endss) == 0 {
		return nil
	}
	return endss[0]
}
