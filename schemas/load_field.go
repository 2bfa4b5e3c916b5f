package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// rawField has every keyword that a field may carry; others are refused, so
// that no constraint is written down and not checked.
type rawField struct {
	Title       Text       `json:"x-chengma-title"`
	Description Text       `json:"x-chengma-description"`
	Type        Type       `json:"type"`
	Format      string     `json:"format"`
	Unit        string     `json:"x-chengma-unit"`
	Items       document   `json:"items"`
	Minimum     *float64   `json:"minimum"`
	Maximum     *float64   `json:"maximum"`
	MinLength   *int       `json:"minLength"`
	MaxLength   *int       `json:"maxLength"`
	Pattern     string     `json:"pattern"`
	Constraint  Constraint `json:"x-chengma-constraint"`
	Condition   Text       `json:"x-chengma-condition"`
	Grade       *Grade     `json:"x-chengma-grade"`
	Source      string     `json:"x-chengma-source"`
	Standard    string     `json:"x-chengma-standard"`
}

const maxRefs = 4 // kind -> common -> code list, and one to spare

// resolve follows $ref: what stands beside a reference goes before what it
// refers to. A reference to a code list ends the search.
func (l *loader) resolve(file string, raw document, depth int) (document, *CodeList, error) {
	ref, ok := raw["$ref"]
	if !ok {
		return raw, nil, nil
	}
	if depth == maxRefs {
		return nil, nil, fmt.Errorf("$ref %s: more than %d references in a row", ref, maxRefs)
	}
	var target string
	if err := json.Unmarshal(ref, &target); err != nil {
		return nil, nil, fmt.Errorf("$ref: %w", err)
	}
	out := maps.Clone(raw)
	delete(out, "$ref")
	name, fragment, _ := strings.Cut(target, "#")
	if name != "" {
		file = path.Join(path.Dir(file), name)
	}
	if path.Base(path.Dir(file)) == "codelists" {
		list, err := l.codeList(file)
		return out, list, err
	}
	referred, err := l.pointer(file, fragment)
	if err != nil {
		return nil, nil, fmt.Errorf("$ref %q: %w", target, err)
	}
	base, list, err := l.resolve(file, referred, depth+1)
	if err != nil {
		return nil, nil, err
	}
	merged := maps.Clone(base)
	maps.Copy(merged, out)
	return merged, list, nil
}

func (l *loader) pointer(file, fragment string) (document, error) {
	name, ok := strings.CutPrefix(fragment, "/$defs/")
	if !ok {
		return nil, errors.New("want #/$defs/name")
	}
	defs, err := l.definitions(file)
	if err != nil {
		return nil, err
	}
	found, ok := defs[name]
	if !ok {
		return nil, fmt.Errorf("%s has no definition %q", file, name)
	}
	return found, nil
}

func (l *loader) definitions(file string) (map[string]document, error) {
	if defs, ok := l.defs[file]; ok {
		return defs, nil
	}
	doc, err := l.document(file)
	if err != nil {
		return nil, err
	}
	var defs map[string]document
	if err := json.Unmarshal(doc["$defs"], &defs); err != nil {
		return nil, fmt.Errorf("%s: $defs: %w", file, err)
	}
	l.defs[file] = defs
	return defs, nil
}

// field turns a resolved definition into a field and refuses an incomplete one.
func (l *loader) field(file, name string, doc document, list *CodeList) (*Field, error) {
	raw, err := doc.decode()
	if err != nil {
		return nil, err
	}
	f := &Field{
		Name: name, Title: raw.Title, Description: raw.Description,
		Type: raw.Type, Format: raw.Format, Unit: raw.Unit, CodeList: list,
		Minimum: raw.Minimum, Maximum: raw.Maximum,
		MinLength: raw.MinLength, MaxLength: raw.MaxLength, Pattern: raw.Pattern,
		Constraint: raw.Constraint, Condition: raw.Condition,
		Source: raw.Source, Standard: raw.Standard,
	}
	if list != nil {
		f.Type = String
		if f.Standard == "" {
			f.Standard = list.Standard
		}
	}
	if raw.Grade == nil {
		return nil, errors.New("x-chengma-grade is missing")
	}
	f.Grade = *raw.Grade
	if f.SourceTitle, err = l.source(f.Source); err != nil {
		return nil, err
	}
	if raw.Items != nil {
		if f.Items, err = l.items(file, raw.Items); err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
	}
	return f, f.check()
}

func (d document) decode() (rawField, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return rawField{}, err
	}
	var raw rawField
	return raw, strict(text, &raw)
}

func (l *loader) items(file string, raw document) (*Items, error) {
	doc, list, err := l.resolve(file, raw, 0)
	if err != nil {
		return nil, err
	}
	field, err := doc.decode()
	if err != nil {
		return nil, err
	}
	it := &Items{Type: field.Type, CodeList: list, Pattern: field.Pattern}
	if list != nil {
		it.Type = String
	}
	if !slices.Contains([]Type{String, Integer, Number, Boolean}, it.Type) {
		return nil, fmt.Errorf("type is %q; want a simple type", it.Type)
	}
	return it, nil
}

func (f *Field) check() error {
	switch {
	case f.Title.Zh == "" || f.Title.En == "":
		return errors.New("x-chengma-title: want zh and en")
	case !slices.Contains([]Type{String, Integer, Number, Boolean, Object, Array}, f.Type):
		return fmt.Errorf("type is %q; want one type of JSON", f.Type)
	case (f.Type == Array) != (f.Items != nil):
		return errors.New("items: an array has them, and nothing else")
	case !slices.Contains([]Constraint{Mandatory, Conditional, Optional}, f.Constraint):
		return fmt.Errorf("x-chengma-constraint is %q; want M, C or O", f.Constraint)
	case (f.Constraint == Conditional) != (f.Condition != Text{}):
		return errors.New("x-chengma-condition: a field of constraint C has it, and no other")
	case f.Format != "" && (f.Type != String || f.Format != "date" && f.Format != "date-time"):
		return fmt.Errorf("format is %q; want date or date-time on a string", f.Format)
	}
	if f.Items != nil {
		if _, err := regexp.Compile(f.Items.Pattern); err != nil {
			return fmt.Errorf("items: %w", err)
		}
	}
	_, err := regexp.Compile(f.Pattern)
	return err
}

// source finds the name of a responsible source.
func (l *loader) source(name string) (Text, error) {
	list, err := l.codeList("codelists/source.json")
	if err != nil {
		return Text{}, fmt.Errorf("x-chengma-source: %w", err)
	}
	c, ok := list.Lookup(name)
	if !ok {
		return Text{}, fmt.Errorf("x-chengma-source is %q; want %s", name, list.describe().En)
	}
	return c.Title, nil
}
