package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// classBuilder puts the classes of one kind together.
type classBuilder struct {
	loader     *loader
	kind       *Kind
	file       string
	raw        rawKind
	common     []*Field
	conditions []condition
}

func (b *classBuilder) add(ref rawRef) error {
	name, ok := strings.CutPrefix(ref.Ref, "#/$defs/")
	if !ok {
		return fmt.Errorf("oneOf: $ref is %q; want #/$defs/ and the name of a class", ref.Ref)
	}
	var raw rawClass
	if err := strict(b.raw.Defs[name], &raw); err != nil {
		return fmt.Errorf("class %q: %w", name, err)
	}
	if _, twice := b.kind.classes[name]; twice {
		return fmt.Errorf("class %q is there twice", name)
	}
	c := &Class{
		Name: name, Title: raw.Title, Description: raw.Description, Geometry: b.kind.Geometry,
		byName: map[string]*Field{},
	}
	if raw.Geometry != nil {
		c.Geometry = *raw.Geometry
	}
	if err := b.fields(c, raw); err != nil {
		return fmt.Errorf("class %q: %w", name, err)
	}
	c.plan.conditions = append(slices.Clone(b.conditions), dependent(raw.Dependent)...)
	for _, cond := range c.plan.conditions {
		if err := known("conditions", append([]string{cond.on}, cond.required...), c.byName); err != nil {
			return fmt.Errorf("class %q: %w", name, err)
		}
	}
	b.kind.Classes = append(b.kind.Classes, c)
	b.kind.classes[name] = c
	return nil
}

// fields sets the fields of a class: those of all classes, tightened where the
// class says so, then its own.
func (b *classBuilder) fields(c *Class, raw rawClass) error {
	names, err := orderedKeys(raw.Properties)
	if err != nil {
		return fmt.Errorf("properties: %w", err)
	}
	var props map[string]document
	if err := json.Unmarshal(raw.Properties, &props); err != nil {
		return fmt.Errorf("properties: %w", err)
	}
	var tag struct {
		Const string `json:"const"`
	}
	if err := strict(props["class"].raw(), &tag); err != nil || tag.Const != c.Name {
		return fmt.Errorf("properties: want class with const %q", c.Name)
	}
	if !slices.Contains(raw.Required, "class") {
		return fmt.Errorf("required: want class")
	}
	for _, f := range b.common {
		if err := b.commonField(c, f, props[f.Name], raw.Required); err != nil {
			return fmt.Errorf("field %q: %w", f.Name, err)
		}
	}
	for _, name := range names {
		if _, done := c.byName[name]; done || name == "class" {
			continue
		}
		if err := b.ownField(c, name, props[name], raw.Required); err != nil {
			return fmt.Errorf("field %q: %w", name, err)
		}
	}
	return known("required", raw.Required, c.byName)
}

// raw writes a document again; its values are already known to be JSON.
func (d document) raw() json.RawMessage {
	text, err := json.Marshal(d)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

// commonField adds a field that all classes have. What the class says about it
// tightens it: a value then has to meet both definitions, as in JSON Schema.
func (b *classBuilder) commonField(c *Class, f *Field, doc document, required []string) error {
	base := f
	checks := []fieldCheck{compile(f)}
	if doc != nil {
		merged, err := b.tighten(f, doc)
		if err != nil {
			return err
		}
		f = merged
		checks = append(checks, compile(f))
	}
	mandatory := slices.Contains(required, f.Name)
	if mandatory && f.Constraint != Mandatory || !mandatory && f.Constraint == Mandatory && base.Constraint != Mandatory {
		return fmt.Errorf("constraint is %s; M and only M is listed in required", f.Constraint)
	}
	c.put(f, checks)
	return nil
}

func (b *classBuilder) tighten(base *Field, doc document) (*Field, error) {
	over, err := doc.decode()
	if err != nil {
		return nil, err
	}
	if over.Type != "" || over.Format != "" || over.Unit != "" || over.Items != nil || over.Grade != nil {
		return nil, fmt.Errorf("a class may tighten a field of its kind, but not change its type, format, unit or grade")
	}
	f := *base
	if over.Title != (Text{}) {
		f.Title = over.Title
	}
	if over.Description != (Text{}) {
		f.Description = over.Description
	}
	if over.Constraint != "" {
		f.Constraint, f.Condition = over.Constraint, over.Condition
	}
	if over.Source != "" {
		f.Source = over.Source
		if f.SourceTitle, err = b.loader.source(f.Source); err != nil {
			return nil, err
		}
	}
	f.Standard = first(over.Standard, f.Standard)
	f.Pattern = first(over.Pattern, f.Pattern)
	f.Minimum = first(over.Minimum, f.Minimum)
	f.Maximum = first(over.Maximum, f.Maximum)
	f.MinLength = first(over.MinLength, f.MinLength)
	f.MaxLength = first(over.MaxLength, f.MaxLength)
	return &f, f.check()
}

// first returns the first value that is not zero, or zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

func (b *classBuilder) ownField(c *Class, name string, doc document, required []string) error {
	if slices.Contains(reserved, name) {
		return fmt.Errorf("the name is reserved")
	}
	resolved, list, err := b.loader.resolve(b.file, doc, 0)
	if err != nil {
		return err
	}
	f, err := b.loader.field(b.file, name, resolved, list)
	if err != nil {
		return err
	}
	if err := f.checkRequired(required); err != nil {
		return err
	}
	f.Classes = []string{c.Name}
	c.put(f, []fieldCheck{compile(f)})
	known, ok := b.kind.byName[name]
	if !ok {
		b.kind.byName[name] = f
		b.kind.Fields = append(b.kind.Fields, f)
		return nil
	}
	if !sameDefinition(known, f) {
		return fmt.Errorf("class %q defines it otherwise; one name has one definition in a kind", known.Classes[0])
	}
	known.Classes = append(known.Classes, c.Name)
	return nil
}

// sameDefinition says whether two classes mean the same by a field. Whether
// they demand it, and which department answers for it, is their own affair.
func sameDefinition(a, b *Field) bool {
	x, y := *a, *b
	x.Classes, y.Classes = nil, nil
	x.Source, y.Source = "", ""
	x.SourceTitle, y.SourceTitle = Text{}, Text{}
	x.Constraint, y.Constraint = "", ""
	x.Condition, y.Condition = Text{}, Text{}
	return reflect.DeepEqual(x, y)
}

func (c *Class) put(f *Field, checks []fieldCheck) {
	c.Fields = append(c.Fields, f)
	c.byName[f.Name] = f
	c.plan.fields = append(c.plan.fields, planned{field: f, checks: checks})
}

// finishClasses gives every class the final list of classes of its fields and
// the names of the fields that only others have.
func (k *Kind) finishClasses() {
	for _, c := range k.Classes {
		for _, f := range c.Fields {
			f.Classes = k.byName[f.Name].Classes
		}
		for name := range maps.Keys(k.byName) {
			if _, own := c.byName[name]; !own {
				c.plan.foreign = append(c.plan.foreign, name)
			}
		}
		slices.Sort(c.plan.foreign)
	}
}
