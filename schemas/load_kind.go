package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// reserved names are members of every record that no field may take.
var reserved = []string{
	"id", "code", "kind", "class", "geometry", "bbox", "links", "aliases",
	"valid_from", "valid_to", "revision",
}

type rawKind struct {
	Schema      string                     `json:"$schema"`
	Name        string                     `json:"x-chengma-kind"`
	Letter      string                     `json:"x-chengma-letter"`
	Number      int                        `json:"x-chengma-number"`
	Title       Text                       `json:"x-chengma-title"`
	Element     string                     `json:"x-chengma-element"`
	Description Text                       `json:"x-chengma-description"`
	Access      Access                     `json:"x-chengma-access"`
	Geometry    Geometry                   `json:"x-chengma-geometry"`
	Aliases     []string                   `json:"x-chengma-aliases"`
	Roles       []Role                     `json:"x-chengma-roles"`
	Search      []string                   `json:"x-chengma-search"`
	Lifecycle   string                     `json:"x-chengma-lifecycle"`
	Type        Type                       `json:"type"`
	Properties  json.RawMessage            `json:"properties"`
	Required    []string                   `json:"required"`
	Dependent   map[string][]string        `json:"dependentRequired"`
	AllOf       []rawCondition             `json:"allOf"`
	OneOf       []rawRef                   `json:"oneOf"`
	Unevaluated *bool                      `json:"unevaluatedProperties"`
	Defs        map[string]json.RawMessage `json:"$defs"`
}

type rawClass struct {
	Title       Text                `json:"x-chengma-title"`
	Description Text                `json:"x-chengma-description"`
	Geometry    *Geometry           `json:"x-chengma-geometry"`
	Properties  json.RawMessage     `json:"properties"`
	Required    []string            `json:"required"`
	Dependent   map[string][]string `json:"dependentRequired"`
}

type rawRef struct {
	Ref string `json:"$ref"`
}

// rawCondition is the one form of if/then that kinds use: where a field has
// one of some values, other fields must be there.
type rawCondition struct {
	If struct {
		Properties map[string]struct {
			Enum []string `json:"enum"`
		} `json:"properties"`
		Required []string `json:"required"`
	} `json:"if"`
	Then struct {
		Required []string `json:"required"`
	} `json:"then"`
}

func (l *loader) kind(file string, schemes map[string]AliasScheme) (*Kind, error) {
	doc, err := l.document(file)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var raw rawKind
	if err := strict(text, &raw); err != nil {
		return nil, err
	}
	if err := raw.check(file); err != nil {
		return nil, err
	}
	k := &Kind{
		Name: raw.Name, Letter: raw.Letter[0], Number: raw.Number,
		Title: raw.Title, Element: raw.Element, Description: raw.Description,
		Access: raw.Access, Geometry: raw.Geometry, Roles: raw.Roles, SearchFields: raw.Search,
		byName: map[string]*Field{}, classes: map[string]*Class{},
	}
	for _, name := range raw.Aliases {
		s, ok := schemes[name]
		if !ok {
			return nil, fmt.Errorf("x-chengma-aliases: schemes.json has no scheme %q", name)
		}
		k.AliasSchemes = append(k.AliasSchemes, s)
	}
	common, err := l.commonFields(k, file, raw)
	if err != nil {
		return nil, err
	}
	conditions, err := raw.conditions()
	if err != nil {
		return nil, err
	}
	b := &classBuilder{loader: l, kind: k, file: file, raw: raw, common: common, conditions: conditions}
	for _, ref := range raw.OneOf {
		if err := b.add(ref); err != nil {
			return nil, err
		}
	}
	k.finishClasses()
	return k, k.resolveNames(raw)
}

func (raw rawKind) check(file string) error {
	switch {
	case file != "kinds/"+raw.Name+".schema.json":
		return fmt.Errorf("x-chengma-kind is %q; want the name of the file", raw.Name)
	case len(raw.Letter) != 1 || raw.Letter[0] < 'A' || raw.Letter[0] > 'Z':
		return fmt.Errorf("x-chengma-letter is %q; want one letter A to Z", raw.Letter)
	case raw.Number < 1 || raw.Number > 31:
		return fmt.Errorf("x-chengma-number is %d; want 1 to 31, so that codes have 53 bits", raw.Number)
	case raw.Access != Open && raw.Access != Closed:
		return fmt.Errorf("x-chengma-access is %q; want open or closed", raw.Access)
	case raw.Type != Object:
		return fmt.Errorf("type is %q; want object", raw.Type)
	case raw.Unevaluated == nil || *raw.Unevaluated:
		return errors.New("unevaluatedProperties: want false, so that unknown fields are refused")
	case len(raw.OneOf) == 0:
		return errors.New("oneOf: want at least one class")
	}
	return nil
}

// commonFields reads the fields that all classes have.
func (l *loader) commonFields(k *Kind, file string, raw rawKind) ([]*Field, error) {
	names, err := orderedKeys(raw.Properties)
	if err != nil {
		return nil, fmt.Errorf("properties: %w", err)
	}
	var props map[string]document
	if err := json.Unmarshal(raw.Properties, &props); err != nil {
		return nil, fmt.Errorf("properties: %w", err)
	}
	var out []*Field
	for _, name := range names {
		if slices.Contains(reserved, name) {
			return nil, fmt.Errorf("field %q: the name is reserved", name)
		}
		resolved, list, err := l.resolve(file, props[name], 0)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		f, err := l.field(file, name, resolved, list)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		if err := f.checkRequired(raw.Required); err != nil {
			return nil, err
		}
		out = append(out, f)
		k.byName[name] = f
		k.Fields = append(k.Fields, f)
	}
	return out, known("required", raw.Required, k.byName)
}

func (f *Field) checkRequired(required []string) error {
	if (f.Constraint == Mandatory) != slices.Contains(required, f.Name) {
		return fmt.Errorf("field %q: constraint is %s; M and only M is listed in required", f.Name, f.Constraint)
	}
	return nil
}

func known(where string, names []string, fields map[string]*Field) error {
	for _, name := range names {
		if _, ok := fields[name]; !ok && name != "class" {
			return fmt.Errorf("%s: there is no field %q", where, name)
		}
	}
	return nil
}

func (raw rawKind) conditions() ([]condition, error) {
	out := dependent(raw.Dependent)
	for _, c := range raw.AllOf {
		if len(c.If.Properties) != 1 || len(c.If.Required) != 1 || len(c.Then.Required) == 0 {
			return nil, errors.New("allOf: want if with one property that is required, and then with required")
		}
		on := c.If.Required[0]
		p, ok := c.If.Properties[on]
		if !ok || len(p.Enum) == 0 {
			return nil, fmt.Errorf("allOf: if requires %q but does not say which values", on)
		}
		out = append(out, condition{on: on, values: p.Enum, required: c.Then.Required})
	}
	return out, nil
}

func dependent(raw map[string][]string) []condition {
	var out []condition
	for on, required := range raw {
		out = append(out, condition{on: on, required: required})
	}
	slices.SortFunc(out, func(a, b condition) int { return strings.Compare(a.on, b.on) })
	return out
}

// resolveNames connects what the file names: lifecycle and search fields.
func (k *Kind) resolveNames(raw rawKind) error {
	state, ok := k.byName[raw.Lifecycle]
	if !ok || state.CodeList == nil || state.Classes != nil {
		return fmt.Errorf("x-chengma-lifecycle is %q; want a field of all classes with a code list", raw.Lifecycle)
	}
	k.Lifecycle = state
	for _, name := range raw.Search {
		f, ok := k.byName[name]
		text := ok && (f.Type == String || f.Type == Array && f.Items.Type == String)
		if !text {
			return fmt.Errorf("x-chengma-search: %q is not a text field", name)
		}
	}
	return nil
}
