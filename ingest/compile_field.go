package ingest

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/schemas"
)

func itoa(i int) string { return strconv.Itoa(i) }

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

// fields compiles attributes, sorted by name.
func (c *compiler) fields(path string, specs map[string]ValueSpec) []fieldProgram {
	names := make([]string, 0, len(specs))
	for name := range specs {
		names = append(names, name)
	}
	out := make([]fieldProgram, 0, len(names))
	for _, name := range sorted(names) {
		spec := specs[name]
		if f, ok := c.field(path+"/"+name, name, &spec); ok {
			out = append(out, f)
		}
	}
	return out
}

func (c *compiler) field(path, name string, spec *ValueSpec) (fieldProgram, bool) {
	kind := c.prog.schema
	field, ok := kind.Field(name)
	if !ok {
		var names []string
		for _, f := range kind.Fields {
			names = append(names, f.Name)
		}
		c.add(path, "a %s has no attribute %q%s", c.mapping.Kind, name, suggest(name, names))
		return fieldProgram{}, false
	}
	if class := c.prog.classConst; class != "" {
		if own, ok := kind.Class(class); ok {
			if f, has := own.Field(name); has {
				field = f
			} else {
				c.add(path, "a %s of class %s has no attribute %q; it belongs to %s", c.mapping.Kind, class, name, strings.Join(field.Classes, ", "))
			}
		}
	}
	f := fieldProgram{
		name: name, field: field, text: c.text(path, &spec.ColumnSpec, textOptions{}),
		factor: 1, offset: spec.Offset, digits: -1, comma: spec.Decimal == ",",
		drop: spec.OnError == "drop", required: field.Constraint == schemas.Mandatory,
		sensitive: field.Grade >= schemas.Sensitive, codeLike: field.Type == schemas.String && field.Pattern != "",
		isDate: field.Format == "date" || field.Format == "date-time",
		yes:    orDefault(tokens(spec.True), defaultYes), no: orDefault(tokens(spec.False), defaultNo),
	}
	if spec.Required != nil {
		f.required = *spec.Required
	}
	switch spec.Empty {
	case "null":
		f.empty = emptyIsNull
	case "keep":
		f.empty = emptyKeeps
	}
	c.prog.sensitive = c.prog.sensitive || f.sensitive
	c.numbers(path, spec, &f)
	c.dates(path, spec, &f)
	c.fixed(path, &f)
	c.listFits(path, &f)
	return f, true
}

var (
	defaultYes = map[string]bool{"true": true, "t": true, "yes": true, "y": true, "1": true, "是": true, "有": true}
	defaultNo  = map[string]bool{"false": true, "f": true, "no": true, "n": true, "0": true, "否": true, "无": true}
)

func orDefault(set, dflt map[string]bool) map[string]bool {
	if set == nil {
		return dflt
	}
	return set
}

func (c *compiler) numbers(path string, spec *ValueSpec, f *fieldProgram) {
	numeric := f.field.Type == schemas.Number || f.field.Type == schemas.Integer
	if !numeric {
		for _, key := range []string{"unit", "factor", "offset", "decimal", "digits"} {
			if _, there := c.tree.lines[path+"/"+key]; there {
				c.add(path+"/"+key, "%s is a %s; %s is for numbers", f.name, f.field.Type, key)
			}
		}
		return
	}
	if spec.Digits != nil {
		f.digits = *spec.Digits
	}
	if spec.Factor != nil {
		f.factor = *spec.Factor
	}
	if spec.Unit == "" || spec.Unit == f.field.Unit {
		return
	}
	if spec.Factor != nil {
		c.add(path, "has both unit and factor; want one of them")
		return
	}
	from, known := units[spec.Unit]
	to, target := units[f.field.Unit]
	switch {
	case !target:
		c.add(path+"/unit", "%s has the unit %q, which others are not converted to; use factor", f.name, f.field.Unit)
	case !known:
		c.add(path+"/unit", "unknown unit %q; %s is in %s, which takes %s; or use factor", spec.Unit, f.name, f.field.Unit, unitNames(to.measure))
	case from.measure != to.measure:
		c.add(path+"/unit", "%q measures %s, but %s is in %s; want one of %s", spec.Unit, from.measure, f.name, f.field.Unit, unitNames(to.measure))
	default:
		f.factor = from.base / to.base
	}
}

func (c *compiler) dates(path string, spec *ValueSpec, f *fieldProgram) {
	f.forms = c.forms(path+"/date", spec.Date)
	// A date column may also give a year.
	if len(spec.Date) > 0 && !f.isDate && f.field.Unit != "a" {
		c.add(path+"/date", "%s is no date in the schema of its kind", f.name)
	}
}

func (c *compiler) forms(path string, names Texts) []dateForm {
	var forms []dateForm
	for _, name := range names {
		form, err := parseDateForm(name)
		if err != nil {
			c.add(path, "%q: %v", name, err)
			continue
		}
		forms = append(forms, form)
	}
	return forms
}

// fixed converts a constant once.
func (c *compiler) fixed(path string, f *fieldProgram) {
	if f.text.konst == nil {
		return
	}
	v, bad := (&worker{}).convert(f, entities.String(*f.text.konst))
	if bad == nil {
		bad = checkFixed(f, v)
	}
	if bad != nil {
		c.add(path, "the constant is not a value of %s: %s", f.name, bad.en)
		return
	}
	f.konst = v
}

func checkFixed(f *fieldProgram, v entities.Value) *fault {
	if f.field.CodeList == nil {
		return nil
	}
	if _, ok := f.field.CodeList.Lookup(v.Text()); !ok {
		return newFault(ruleCodeList, f.name, "", "", "the code list "+f.field.CodeList.Name+" has no "+v.Text())
	}
	return nil
}

// listFits checks that a code list leads to values that the attribute takes.
func (c *compiler) listFits(path string, f *fieldProgram) {
	if f.field.CodeList == nil {
		return
	}
	var known []string
	for _, code := range f.field.CodeList.Codes {
		known = append(known, code.Value)
	}
	check := func(at, value string) {
		if _, ok := f.field.CodeList.Lookup(value); !ok {
			c.add(at, "%q is not in the code list %s%s", value, f.field.CodeList.Name, suggest(value, known))
		}
	}
	for from, to := range f.text.list {
		if !to.none {
			check(childPath(path+"/values", from), to.text)
		}
	}
	if f.text.other != nil {
		check(path+"/else", *f.text.other)
	}
	if f.text.dflt != nil {
		check(path+"/default", *f.text.dflt)
	}
}

// listFile reads a code list from a CSV file beside the mapping.
func (c *compiler) listFile(path string, spec *ValuesFile) map[string]listed {
	if c.beside == nil || !fs.ValidPath(spec.File) {
		c.add(path+"/file", "%q is not a file beside the mapping", spec.File)
		return nil
	}
	data, err := fs.ReadFile(c.beside, spec.File)
	if err != nil {
		c.add(path+"/file", "%v", err)
		return nil
	}
	c.digest.Write(data)
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		c.add(path+"/file", "%s: no header: %v", spec.File, err)
		return nil
	}
	from, to := columnOf(header, spec.Key, 0), columnOf(header, spec.Value, 1)
	if from < 0 || to < 0 {
		c.add(path, "%s has the columns %s; want %s", spec.File, strings.Join(header, ", "), strings.TrimSpace(spec.Key+" "+spec.Value))
		return nil
	}
	list := make(map[string]listed)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			c.add(path+"/file", "%s: %v", spec.File, err)
			return list
		}
		if len(row) > max(from, to) {
			list[row[from]] = listed{text: row[to], none: row[to] == ""}
		}
	}
}

func columnOf(header []string, name string, dflt int) int {
	if name == "" {
		if dflt < len(header) {
			return dflt
		}
		return -1
	}
	return slices.Index(header, name)
}

// scheme finds what is known of an alias scheme.
func (c *compiler) scheme(name string) schemeProgram {
	s := schemeProgram{name: name, titleZh: name}
	if check, ok := codes.Lookup(name); ok {
		s.check, s.sensitive, s.titleZh = check, check.Sensitive, check.TitleZh
	}
	for _, official := range schemas.Schemes() {
		if official.Scheme != name {
			continue
		}
		s.sensitive = s.sensitive || official.Sensitive
		s.titleZh = official.Title.Zh
		if official.Pattern != "" {
			pattern, err := regexp.Compile(official.Pattern)
			if err == nil {
				s.pattern = pattern
			}
		}
	}
	return s
}

// roundTo rounds to decimal places.
func roundTo(f float64, digits int) float64 {
	if digits < 0 {
		return f
	}
	scale := math.Pow10(digits)
	return math.Round(f*scale) / scale
}
