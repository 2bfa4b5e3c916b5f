package schemas_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chengma/chengma/schemas"
)

type served struct {
	Schema     string                    `json:"$schema"`
	ID         string                    `json:"$id"`
	Title      string                    `json:"title"`
	Type       string                    `json:"type"`
	Properties map[string]map[string]any `json:"properties"`
	Required   []string                  `json:"required"`
	Additional *bool                     `json:"additionalProperties"`
	Search     []string                  `json:"x-chengma-search"`
	Lifecycle  string                    `json:"x-chengma-lifecycle"`
}

func all(*schemas.Field) bool { return true }

func parse(t testing.TB, text []byte, err error) served {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var s served
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// The requirements of OGC API - Features Part 5, clauses 7 and 8, and of
// Part 3, clause 6, that a schema can break.
func TestServedSchemasAreThoseOfPart5(t *testing.T) {
	for _, k := range schemas.Kinds() {
		for _, lang := range []string{"zh", "en"} {
			v := schemas.View{Lang: lang, ID: "https://example.org/collections/" + k.Name + "/schema", Visible: all}
			schema, err := k.JSONSchema(v)
			s := parse(t, schema, err)
			checkPart5(t, k, s, schema)
			if s.ID != v.ID || s.Title != k.Title.In(lang) {
				t.Errorf("%s: $id %q, title %q", k.Name, s.ID, s.Title)
			}
			queryables, err := k.Queryables(v)
			q := parse(t, queryables, err)
			checkPart5(t, k, q, queryables)
			if q.Additional == nil || *q.Additional {
				t.Errorf("%s: queryables take any property", k.Name)
			}
			for _, f := range k.Fields {
				if _, ok := s.Properties[f.Name]; !ok {
					t.Errorf("%s: schema lacks %s", k.Name, f.Name)
				}
				if _, ok := q.Properties[f.Name]; ok == (f.Type == schemas.Object) {
					t.Errorf("%s: queryables have %s: %v", k.Name, f.Name, ok)
				}
			}
		}
	}
}

func checkPart5(t *testing.T, k *schemas.Kind, s served, text []byte) {
	t.Helper()
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Type != "object" {
		t.Errorf("%s: $schema %q, type %q", k.Name, s.Schema, s.Type)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(base+k.Name, decode(t, text)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Compile(base + k.Name); err != nil {
		t.Errorf("%s: not a JSON Schema: %v", k.Name, err)
	}
	if strings.Contains(string(text), `"$ref"`) {
		t.Errorf("%s: has a reference", k.Name)
	}
	roles := map[any]int{}
	seq := map[any]bool{}
	for name, p := range s.Properties {
		if role := p["x-ogc-role"]; role != nil {
			roles[role]++
		}
		if n := p["x-ogc-propertySeq"]; n == nil || seq[n] {
			t.Errorf("%s: %s has no place of its own: %v", k.Name, name, n)
		} else {
			seq[n] = true
		}
		format, _ := p["format"].(string)
		spatial := strings.HasPrefix(format, "geometry-")
		if spatial == (p["type"] != nil) || p["title"] == "" || p["title"] == nil {
			t.Errorf("%s: %s is %v", k.Name, name, p)
		}
		if p["x-ogc-unit"] != nil && p["x-ogc-unitLang"] != "UCUM" {
			t.Errorf("%s: %s has a unit in no language", k.Name, name)
		}
	}
	geometries := 1
	if k.Geometry.Type == schemas.GeometryNone {
		geometries = 0
	}
	want := map[any]int{"id": 1, "type": 1, "primary-interval-start": 1, "primary-interval-end": 1, "primary-geometry": geometries}
	for role, n := range want {
		if roles[role] != n {
			t.Errorf("%s: %d properties with role %s, want %d", k.Name, roles[role], role, n)
		}
	}
}

func TestServedValues(t *testing.T) {
	land := kind(t, "land")
	text, err := land.JSONSchema(schemas.View{Lang: "zh-CN"})
	s := parse(t, text, err)
	area := s.Properties["area"]
	for key, want := range map[string]any{"title": "宗地面积", "type": "number", "minimum": 0.0, "x-ogc-unit": "m2", "x-chengma-source": "natural-resources", "x-chengma-source-title": "自然资源"} {
		if area[key] != want {
			t.Errorf("area: %s is %v, want %v", key, area[key], want)
		}
	}
	if got := s.Properties["geometry"]["format"]; got != "geometry-polygon-or-multipolygon" {
		t.Errorf("geometry is %v", got)
	}
	if got := s.Properties["code"]["pattern"]; got != "^L[0-9A-HJKMNP-TV-Z]{11}$" {
		t.Errorf("code is %v", got)
	}
	registration := s.Properties["registration"]
	if got := registration["enum"]; !slices.Equal(got.([]any), []any{"registered", "unregistered", "historical", "illegal", "temporary"}) {
		t.Errorf("registration is one of %v", got)
	}
	first, ok := registration["oneOf"].([]any)[0].(map[string]any)
	if !ok || first["const"] != "registered" || first["title"] != "已登记" {
		t.Errorf("first value is %v", first)
	}
	if got := s.Properties["sea_use"]["x-chengma-classes"]; !slices.Equal(got.([]any), []any{"sea"}) {
		t.Errorf("sea_use is of classes %v", got)
	}
	building, err := kind(t, "building").JSONSchema(schemas.View{})
	if b := parse(t, building, err); !slices.Equal(b.Required, []string{"code", "class"}) {
		t.Errorf("building requires %v; what one class requires is not required of all", b.Required)
	}
	enterprise, err := kind(t, "enterprise").JSONSchema(schemas.View{})
	if e := parse(t, enterprise, err); !slices.Equal(e.Required, []string{"code", "class", "name"}) {
		t.Errorf("enterprise requires %v", e.Required)
	}
	// The order of the file is the order of the answer.
	if lot, plan := strings.Index(string(text), `"lot_number":`), strings.Index(string(text), `"plan_id":`); lot < 0 || plan < lot {
		t.Errorf("lot_number at %d, plan_id at %d", lot, plan)
	}
	if s.Lifecycle != "state" || !slices.Equal(s.Required, []string{"code", "class"}) {
		t.Errorf("lifecycle %q, required %v", s.Lifecycle, s.Required)
	}
}

// A field that the reader may not see leaves no trace: not as a property, not
// in required, search or lifecycle.
func TestHiddenFieldsLeaveNoTrace(t *testing.T) {
	for grade := schemas.Public; grade <= schemas.Secret; grade++ {
		visible := func(f *schemas.Field) bool { return f.Grade <= grade }
		for _, k := range schemas.Kinds() {
			hidden := 0
			views := []schemas.View{{Visible: visible}}
			if grade == schemas.Public {
				views = append(views, schemas.View{})
			}
			for _, v := range views {
				schema, err := k.JSONSchema(v)
				s := parse(t, schema, err)
				queryables, err := k.Queryables(v)
				q := parse(t, queryables, err)
				for _, f := range k.Fields {
					_, inSchema := s.Properties[f.Name]
					_, inQueryables := q.Properties[f.Name]
					if visible(f) != inSchema || !visible(f) && inQueryables {
						t.Errorf("%s at %s: %s in schema %v, in queryables %v", k.Name, grade, f.Name, inSchema, inQueryables)
					}
					if visible(f) {
						continue
					}
					hidden++
					if slices.Contains(s.Search, f.Name) || slices.Contains(s.Required, f.Name) || s.Lifecycle == f.Name {
						t.Errorf("%s at %s: %s shows", k.Name, grade, f.Name)
					}
				}
			}
			if k.Access == schemas.Closed && grade == schemas.Public && hidden == 0 {
				t.Errorf("%s: nothing is hidden", k.Name)
			}
		}
	}
}
