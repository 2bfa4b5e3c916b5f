package entities

import (
	"time"

	"github.com/twpayne/go-geom"
	"github.com/valyala/fastjson"

	"github.com/chengma/chengma/entities/cql2"
)

// Names of properties that filters see beside the attributes and [ClassAttr] and
// [GeometryAttr].
const (
	CodeProperty      = "code"
	ValidFromProperty = "valid_from"
	ValidToProperty   = "valid_to"
)

// Filter is a CQL2 filter that versions are held against. It is immutable and
// safe for concurrent use.
type Filter struct {
	program *cql2.Program
	types   map[string]cql2.Type
}

// NewFilter compiles a filter. The queryables give the types of attributes: text
// of an attribute that is declared a date or a timestamp is read as one (RFC 3339).
func NewFilter(expr cql2.Expr, queryables cql2.Queryables) (*Filter, error) {
	program, err := cql2.Compile(expr, queryables)
	if err != nil {
		return nil, err
	}
	return &Filter{program: program, types: queryables.Properties}, nil
}

// Match reports whether the filter is true of a version. A nil filter is true of
// everything.
func (f *Filter) Match(e *Entity) (bool, error) {
	if f == nil {
		return true, nil
	}
	return f.program.Match(filterRow{entity: e, types: f.types})
}

// Properties returns the names of the properties that the filter looks at.
func (f *Filter) Properties() []string { return f.program.Properties() }

// filterRow shows a version to a filter.
type filterRow struct {
	entity *Entity
	types  map[string]cql2.Type
}

func (r filterRow) Property(name string) (cql2.Value, bool) {
	switch e := r.entity; name {
	case CodeProperty:
		return cql2.String(e.Code.String()), true
	case ClassAttr:
		if e.Class == "" {
			return cql2.Null, true
		}
		return cql2.String(e.Class), true
	case GeometryAttr:
		shape, err := e.Geometry.Shape()
		return geometryValue(shape), err == nil
	case ValidFromProperty:
		return instantValue(e.Valid.From), true
	case ValidToProperty:
		return instantValue(e.Valid.To), true
	}
	v := r.entity.Attrs.Get(name)
	return filterValue(v, r.types[name].Kind), !v.IsUnset()
}

func geometryValue(shape geom.T) cql2.Value {
	if shape == nil {
		return cql2.Null
	}
	return cql2.Geometry(shape)
}

func instantValue(t Instant) cql2.Value {
	if !t.Bounded() {
		return cql2.Null
	}
	return cql2.Timestamp(t.Time())
}

func filterValue(v Value, declared cql2.Kind) cql2.Value {
	switch v.Type() {
	case BoolType:
		return cql2.Bool(v.Bool())
	case IntType:
		i, _ := v.Int()
		return cql2.Int(i)
	case FloatType:
		f, _ := v.Float()
		return cql2.Float(f)
	case StringType:
		return textValue(v.Text(), declared)
	case JSONType:
		return arrayValue(v.Text())
	}
	return cql2.Null
}

func textValue(text string, declared cql2.Kind) cql2.Value {
	switch declared {
	case cql2.KindDate:
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			return cql2.Date(t)
		}
		return cql2.Null
	case cql2.KindTimestamp:
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return cql2.Timestamp(t)
		}
		return cql2.Null
	}
	return cql2.String(text)
}

// arrayValue shows a JSON array of scalars; objects cannot be asked about.
func arrayValue(raw string) cql2.Value {
	parsed, err := fastjson.Parse(raw)
	if err != nil || parsed.Type() != fastjson.TypeArray {
		return cql2.Null
	}
	items := []cql2.Value{}
	for _, item := range parsed.GetArray() {
		v, err := ParsedJSON(item)
		if err != nil {
			return cql2.Null
		}
		items = append(items, filterValue(v, cql2.KindAny))
	}
	return cql2.Array(items...)
}
