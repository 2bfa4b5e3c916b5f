package api

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/cql2"
	"github.com/chengma/chengma/internal/geodesy"
	"github.com/chengma/chengma/schemas"
)

// queryables are the properties of a kind that a filter may use: the fields that
// show wants (nil: all), code, class, the ends of valid time and the geometry.
func queryables(kind *schemas.Kind, show func(field string) bool) cql2.Queryables {
	q := cql2.Queryables{Properties: map[string]cql2.Type{
		entities.CodeProperty:      {Kind: cql2.KindString},
		entities.ClassAttr:         {Kind: cql2.KindString},
		entities.ValidFromProperty: {Kind: cql2.KindTimestamp},
		entities.ValidToProperty:   {Kind: cql2.KindTimestamp},
		entities.GeometryAttr:      {Kind: cql2.KindGeometry},
	}}
	for _, f := range kind.Fields {
		if show != nil && !show(f.Name) {
			continue
		}
		if t, ok := typeOf(f.Type, f.Format); ok {
			if f.Items != nil {
				item, _ := typeOf(f.Items.Type, "")
				t.Elem = item.Kind
			}
			q.Properties[f.Name] = t
		}
	}
	return q
}

func typeOf(t schemas.Type, format string) (cql2.Type, bool) {
	switch t {
	case schemas.String:
		switch format {
		case "date":
			return cql2.Type{Kind: cql2.KindDate}, true
		case "date-time":
			return cql2.Type{Kind: cql2.KindTimestamp}, true
		}
		return cql2.Type{Kind: cql2.KindString}, true
	case schemas.Integer, schemas.Number:
		return cql2.Type{Kind: cql2.KindFloat}, true
	case schemas.Boolean:
		return cql2.Type{Kind: cql2.KindBool}, true
	case schemas.Array:
		return cql2.Type{Kind: cql2.KindArray}, true
	}
	return cql2.Type{}, false // an object has no place in CQL2
}

// filter is a condition on the properties of versions. The gate asks it of
// versions as they are stored; a caller's filter is asked of masked ones, so that
// a hidden value decides nothing.
type filter struct {
	*entities.Filter
	expr cql2.Expr
}

// newFilter makes one filter of conditions that all have to hold; nil where
// there is none.
func newFilter(conditions []cql2.Expr, q cql2.Queryables) (*filter, error) {
	if len(conditions) == 0 {
		return nil, nil
	}
	all := conditions[0]
	if len(conditions) > 1 {
		all = &cql2.And{Args: conditions}
	}
	compiled, err := entities.NewFilter(all, q)
	if err != nil {
		return nil, err
	}
	return &filter{compiled, all}, nil
}

func (f *filter) match(e *entities.Entity) (bool, error) {
	if f == nil {
		return true, nil
	}
	ok, err := f.Match(e)
	if err != nil {
		return false, fmt.Errorf("filter on %s: %w", e.Code, err)
	}
	return ok, nil
}

func textValue(text string, kind cql2.Kind) cql2.Value {
	switch kind {
	case cql2.KindDate:
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return cql2.Null
		}
		return cql2.Date(t)
	case cql2.KindTimestamp:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return cql2.Null
		}
		return cql2.Timestamp(t)
	}
	return cql2.String(text)
}

// parseFilter reads the filter parameters; nil where there is no filter.
func parseFilter(src, lang, crs string) (cql2.Expr, error) {
	if src == "" {
		return nil, nil
	}
	var e cql2.Expr
	var err error
	switch lang {
	case "", "cql2-text":
		if lang == "" && strings.HasPrefix(strings.TrimSpace(src), "{") {
			e, err = cql2.ParseJSON([]byte(src))
		} else {
			e, err = cql2.ParseText(src)
		}
	case "cql2-json":
		e, err = cql2.ParseJSON([]byte(src))
	default:
		p := refuse(probValue, "filter-lang", quote(lang)+" is neither cql2-text nor cql2-json.", "“"+clip(lang)+"”既不是 cql2-text，也不是 cql2-json。")
		p.Suggestions = []string{"cql2-text", "cql2-json"}
		return nil, p
	}
	if err != nil {
		return nil, filterProblem(err, "filter")
	}
	c, err := parseCRS(crs, "filter-crs")
	if err != nil {
		return nil, err
	}
	if c != geodesy.CRS84() {
		e, err = cql2.Transform(e, func(coords []float64, stride int) error {
			return c.ToWGS84Flat(coords, stride, geodesy.AuthorityOrder)
		})
		if err != nil {
			return nil, filterProblem(err, "filter")
		}
	}
	return e, nil
}

// filterProblem says what is wrong with a filter and where.
func filterProblem(err error, parameter string) error {
	p := problemOf(err)
	if p.Type == probInternal {
		return err
	}
	p.Parameter = parameter
	text := strings.TrimPrefix(err.Error(), "cql2: ")
	p.Detail = schemas.Text{En: "In the filter: " + text + ".", Zh: problemTypes[p.Type].about.Zh + "（" + text + "）"}
	var fault *cql2.Error
	if errors.As(err, &fault) {
		p.Suggestions = fault.Suggestions
	}
	return p
}
