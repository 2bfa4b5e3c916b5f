package schemas

import (
	"bytes"
	"encoding/json"
	"slices"
)

// View says for whom and where a schema is served.
type View struct {
	// Lang is the language of titles, a BCP 47 tag; see [Text.In].
	Lang string
	// ID is the absolute URI of the resource, without a query. Part 5 asks for
	// it; it is left out where empty.
	ID string
	// Visible says which fields the reader may know of. Defaults to those of
	// grade Public.
	Visible func(*Field) bool
}

func (v View) sees(f *Field) bool {
	if v.Visible == nil {
		return f.Grade == Public
	}
	return v.Visible(f)
}

// JSONSchema returns the schema of a collection of this kind as OGC API -
// Features Part 5 (23-058r1) wants it: JSON Schema 2020-12 without references,
// in one language, with x-ogc-role, x-ogc-unit and x-ogc-propertySeq, and the
// code lists inline. Besides the fields it has the members that every feature
// has: code, class, valid_from, valid_to, and geometry where the kind has one.
// Nothing in it tells of a field that the view does not see.
func (k *Kind) JSONSchema(v View) ([]byte, error) {
	s := k.document(v)
	s.add("description", k.Description.In(v.Lang))
	props, required := k.members(v.Lang), []string{"code", "class"}
	for _, f := range k.Fields {
		if !v.sees(f) {
			continue
		}
		props.add(f.Name, f.schema(v.Lang).with("x-ogc-propertySeq", len(props)+1))
		if f.Constraint == Mandatory && f.Classes == nil {
			required = append(required, f.Name)
		}
	}
	s.add("properties", props)
	s.add("required", required)
	return json.Marshal(append(s, k.annotations(v)...))
}

// Queryables returns what a filter on this kind may use, as OGC API - Features
// Part 3 (19-079r2) wants it: the schema's properties but for objects, and
// nothing else.
func (k *Kind) Queryables(v View) ([]byte, error) {
	s := k.document(v)
	props := k.members(v.Lang)
	for _, f := range k.Fields {
		if v.sees(f) && f.Type != Object {
			props.add(f.Name, f.schema(v.Lang).with("x-ogc-propertySeq", len(props)+1))
		}
	}
	s.add("properties", props)
	s.add("additionalProperties", false)
	return json.Marshal(s)
}

func (k *Kind) document(v View) object {
	var s object
	s.add("$schema", "https://json-schema.org/draft/2020-12/schema")
	if v.ID != "" {
		s.add("$id", v.ID)
	}
	s.add("title", k.Title.In(v.Lang))
	s.add("type", Object)
	return s
}

var memberTitles = map[string]Text{
	"code":       {Zh: "城市码", En: "City code"},
	"class":      {Zh: "类别", En: "Class"},
	"valid_from": {Zh: "生效时间", En: "Valid from"},
	"valid_to":   {Zh: "失效时间", En: "Valid to"},
	"geometry":   {Zh: "几何", En: "Geometry"},
}

// members returns what every feature of this kind has besides its fields.
func (k *Kind) members(lang string) object {
	var props object
	member := func(name, role string) object {
		var m object
		m.add("title", memberTitles[name].In(lang))
		m.add("x-ogc-role", role)
		m.add("x-ogc-propertySeq", len(props)+1)
		return m
	}
	props.add("code", member("code", "id").with("type", String).with("readOnly", true).
		with("pattern", "^"+string(k.Letter)+"[0-9A-HJKMNP-TV-Z]{11}$"))
	classes := make([]Code, len(k.Classes))
	for i, c := range k.Classes {
		classes[i] = Code{Value: c.Name, Title: c.Title}
	}
	props.add("class", append(member("class", "type").with("type", String), codes(classes, lang)...))
	props.add("valid_from", instant(member("valid_from", "primary-interval-start")))
	props.add("valid_to", instant(member("valid_to", "primary-interval-end")))
	if format := k.Geometry.format(); format != "" {
		props.add("geometry", member("geometry", "primary-geometry").with("format", format))
	}
	return props
}

func instant(m object) object {
	return m.with("type", String).with("format", "date-time").with("readOnly", true)
}

// format returns the geometry format of Part 5, clause 7.1; empty for none.
func (g Geometry) format() string {
	switch g.Type {
	case GeometryNone:
		return ""
	case GeometryAny:
		return "geometry-any"
	}
	return "geometry-" + g.Type + "-or-multi" + g.Type
}

// codes writes a closed list both ways: enum for simple clients, oneOf with
// titles for the profile codelists-inline of Part 5.
func codes(list []Code, lang string) object {
	enum := make([]string, len(list))
	oneOf := make([]object, len(list))
	for i, c := range list {
		enum[i] = c.Value
		oneOf[i].add("const", c.Value)
		oneOf[i].add("title", c.Title.In(lang))
	}
	var s object
	s.add("enum", enum)
	s.add("oneOf", oneOf)
	return s
}

func (f *Field) schema(lang string) object {
	var s object
	s.add("title", f.Title.In(lang))
	s.addText("description", f.Description.In(lang))
	s.add("type", f.Type)
	s.addText("format", f.Format)
	if f.CodeList != nil {
		s = append(s, codes(f.CodeList.Codes, lang)...)
	}
	if f.Items != nil {
		s.add("items", f.Items.schema(lang))
	}
	addLimit(&s, "minimum", f.Minimum)
	addLimit(&s, "maximum", f.Maximum)
	addLimit(&s, "minLength", f.MinLength)
	addLimit(&s, "maxLength", f.MaxLength)
	s.addText("pattern", f.Pattern)
	if f.Unit != "" {
		s.add("x-ogc-unit", f.Unit)
		s.add("x-ogc-unitLang", "UCUM")
	}
	s.add("x-chengma-constraint", f.Constraint)
	s.addText("x-chengma-condition", f.Condition.In(lang))
	s.add("x-chengma-grade", f.Grade)
	s.add("x-chengma-source", f.Source)
	s.add("x-chengma-source-title", f.SourceTitle.In(lang))
	s.addText("x-chengma-standard", f.Standard)
	if f.Classes != nil {
		s.add("x-chengma-classes", f.Classes)
	}
	return s
}

func (it *Items) schema(lang string) object {
	var s object
	s.add("type", it.Type)
	s.addText("pattern", it.Pattern)
	if it.CodeList != nil {
		s = append(s, codes(it.CodeList.Codes, lang)...)
	}
	return s
}

// annotations tells a viewer what else it needs to show things of this kind.
func (k *Kind) annotations(v View) object {
	var s object
	s.add("x-chengma-kind", k.Name)
	s.add("x-chengma-letter", string(k.Letter))
	s.add("x-chengma-number", k.Number)
	s.add("x-chengma-access", k.Access)
	aliases := make([]object, len(k.AliasSchemes))
	for i, a := range k.AliasSchemes {
		aliases[i].add("scheme", a.Scheme)
		aliases[i].add("title", a.Title.In(v.Lang))
		aliases[i].addText("description", a.Description.In(v.Lang))
		aliases[i].addText("pattern", a.Pattern)
		aliases[i].addText("standard", a.Standard)
		aliases[i].add("sensitive", a.Sensitive)
	}
	s.add("x-chengma-aliases", aliases)
	roles := make([]object, len(k.Roles))
	for i, r := range k.Roles {
		roles[i].add("role", r.Name)
		roles[i].add("title", r.Title.In(v.Lang))
		roles[i].add("inverse", r.Inverse.In(v.Lang))
		roles[i].add("targets", r.Targets)
		roles[i].add("cardinality", r.Cardinality)
		roles[i].add("share", r.Share)
	}
	s.add("x-chengma-roles", roles)
	search := slices.DeleteFunc(slices.Clone(k.SearchFields), func(name string) bool { return !v.sees(k.byName[name]) })
	s.add("x-chengma-search", search)
	if v.sees(k.Lifecycle) {
		s.add("x-chengma-lifecycle", k.Lifecycle.Name)
	}
	return s
}

// object is a JSON object that keeps the order of its members.
type object []member

type member struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, member{name, value}) }

func (o *object) addText(name, value string) {
	if value != "" {
		o.add(name, value)
	}
}

func addLimit[T any](o *object, name string, value *T) {
	if value != nil {
		o.add(name, *value)
	}
}

func (o object) with(name string, value any) object { return append(o, member{name, value}) }

// MarshalJSON writes the members in their order, text as it is.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
