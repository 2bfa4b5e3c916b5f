package ingest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/schemas"
)

// cell is what a text program got out of a record. Where there is no value it is
// Unset.
func (w *worker) cell(t *textProgram) (entities.Value, *fault) {
	if t.konst != nil {
		return entities.String(*t.konst), nil
	}
	v := w.raw(t)
	if v.Type() == entities.StringType {
		v = entities.String(t.tidy(v.Text()))
		if s := v.Text(); s == "" || t.nulls[s] {
			v = entities.Unset
		}
	} else if t.nulls != nil && !v.IsUnset() && t.nulls[textOfValue(v)] {
		v = entities.Unset
	}
	if t.pad != nil && !v.IsUnset() {
		v = entities.String(t.pad.fill(textOfValue(v)))
	}
	if t.list != nil && !v.IsUnset() {
		text := textOfValue(v)
		to, ok := t.list[text]
		switch {
		case ok && to.none:
			v = entities.Unset
		case ok:
			v = entities.String(to.text)
		case t.other != nil:
			v = entities.String(*t.other)
		default:
			if w.run != nil {
				text = w.shown(text)
			}
			return entities.Unset, newFault(ruleCodeList, t.at, text,
				"映射 "+t.at+" 的代码表没有此值", "the code list of "+t.at+" in the mapping does not have this value")
		}
	}
	if v.IsUnset() && t.dflt != nil {
		v = entities.String(*t.dflt)
	}
	return v, nil
}

// raw gets the value as the file has it, or the texts of several columns joined;
// null is no value.
func (w *worker) raw(t *textProgram) entities.Value {
	if len(t.columns) == 1 {
		v := w.cells[t.columns[0]]
		if t.path != nil {
			v = w.inside(v, t.path)
		}
		if v.IsNull() {
			return entities.Unset
		}
		return v
	}
	w.text = w.text[:0]
	for n, column := range t.columns {
		v := w.cells[column]
		part := ""
		if !v.IsUnset() && !v.IsNull() {
			part = t.tidy(textOfValue(v))
		}
		if part == "" || t.nulls[part] {
			if t.all {
				return entities.Unset
			}
			continue
		}
		if n > 0 && (len(w.text) > 0 || t.all) {
			w.text = append(w.text, t.join...)
		}
		w.text = append(w.text, part...)
	}
	if len(w.text) == 0 {
		return entities.Unset
	}
	return entities.String(string(w.text))
}

func (t *textProgram) tidy(s string) string {
	if t.fold {
		s = foldWidth(s)
	}
	if !t.keep {
		s = strings.TrimSpace(s)
	}
	if t.letters != nil {
		s = t.letters(s)
	}
	return s
}

func (p *padProgram) fill(s string) string {
	missing := p.to - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	if p.right {
		return s + strings.Repeat(p.with, missing)
	}
	return strings.Repeat(p.with, missing) + s
}

// inside goes into a nested JSON value.
func (w *worker) inside(v entities.Value, path []string) entities.Value {
	if v.Type() != entities.JSONType {
		return entities.Unset
	}
	parsed, err := w.parser.Parse(v.Text())
	if err != nil {
		return entities.Unset
	}
	found := parsed.Get(path...)
	if found == nil {
		return entities.Unset
	}
	value, err := entities.ParsedJSON(found)
	if err != nil {
		return entities.Unset
	}
	return value
}

// textOfValue writes a value as a register would: numbers without an exponent
// where they are whole.
func textOfValue(v entities.Value) string {
	if v.Type() == entities.FloatType {
		f, _ := v.Float()
		if math.Abs(f) < 1e15 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return strconv.FormatFloat(f, 'E', -1, 64)
	}
	return v.Text()
}

// convert turns a value of the file into one of the attribute's type.
func (w *worker) convert(f *fieldProgram, v entities.Value) (entities.Value, *fault) {
	switch f.field.Type {
	case schemas.String:
		if f.isDate {
			return w.convertDate(f, v)
		}
		text := textOfValue(v)
		if bad := f.damagedText(text); bad != nil {
			return entities.Unset, bad
		}
		return entities.String(text), nil
	case schemas.Integer, schemas.Number:
		return w.convertNumber(f, v)
	case schemas.Boolean:
		return convertBool(f, v)
	}
	return w.convertJSON(f, v)
}

// damagedText finds what no text should be: a spreadsheet's error value, in codes
// every damage of a spreadsheet, and personal numbers.
func (f *fieldProgram) damagedText(text string) *fault {
	if f.codeLike && suspicious(text) || strings.HasPrefix(text, "#") {
		if d, ok := codes.FindDamage(text); ok && d.Certain && (f.codeLike || d.Kind == codes.DamageErrorValue) {
			return damageFault(f.name, text, d, f.sensitive)
		}
	}
	return misplaced(f.name, text)
}

func (w *worker) convertDate(f *fieldProgram, v entities.Value) (entities.Value, *fault) {
	text := textOfValue(v)
	m, ok := parseForms(f.forms, text, w.zone())
	if !ok || f.field.Format == "date" && m.to > toDay {
		return entities.Unset, newFault(ruleDate, f.name, f.shown(text), f.formNames())
	}
	if f.field.Format == "date" {
		return entities.String(m.time.In(w.zone()).Format("2006-01-02")), nil
	}
	return entities.String(m.time.Format("2006-01-02T15:04:05.999999Z07:00")), nil
}

func (f *fieldProgram) formNames() string {
	if len(f.forms) == 0 {
		return "YYYY-MM-DD"
	}
	names := make([]string, len(f.forms))
	for i := range f.forms {
		names[i] = f.forms[i].name
	}
	return strings.Join(names, ", ")
}

// shown is as much of a value as a refusal may keep.
func (f *fieldProgram) shown(text string) string {
	if f.sensitive {
		return masked
	}
	return text
}

// masked stands for values that are not shown.
const masked = "***"

func (w *worker) convertNumber(f *fieldProgram, v entities.Value) (entities.Value, *fault) {
	if f.field.Unit == "a" && len(f.forms) > 0 {
		return w.convertYear(f, v)
	}
	if i, ok := v.Int(); ok && f.factor == 1 && f.offset == 0 {
		return entities.Int(i), nil
	}
	n, ok := v.Float()
	if !ok {
		if v.Type() != entities.StringType {
			return entities.Unset, f.wrongType(v)
		}
		text := v.Text()
		if i, err := strconv.ParseInt(text, 10, 64); err == nil && f.factor == 1 && f.offset == 0 {
			return entities.Int(i), nil
		}
		if n, ok = parseNumber(text, f.comma); !ok {
			return entities.Unset, f.wrongType(v)
		}
	}
	if f.factor != 1 || f.offset != 0 {
		n = n*f.factor + f.offset
	}
	n = roundTo(n, f.digits)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return entities.Unset, f.wrongType(v)
	}
	if f.field.Type == schemas.Integer && n != math.Trunc(n) {
		return entities.Unset, f.wrongType(v)
	}
	return entities.Float(n), nil
}

func (w *worker) convertYear(f *fieldProgram, v entities.Value) (entities.Value, *fault) {
	m, ok := parseForms(f.forms, textOfValue(v), w.zone())
	if !ok {
		return entities.Unset, newFault(ruleDate, f.name, f.shown(textOfValue(v)), f.formNames())
	}
	return entities.Int(int64(m.time.In(w.zone()).Year())), nil
}

// parseNumber reads decimal numbers as registers write them: an optional sign,
// groups of three digits, no hexadecimal, no infinities.
func parseNumber(text string, comma bool) (float64, bool) {
	if comma {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	} else if strings.IndexByte(text, ',') >= 0 {
		if !grouped(text) {
			return 0, false
		}
		text = strings.ReplaceAll(text, ",", "")
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// grouped reports whether commas stand between groups of three digits.
func grouped(text string) bool {
	whole, _, _ := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i == 0 && (len(g) == 0 || len(g) > 3) || i > 0 && len(g) != 3 {
			return false
		}
	}
	return true
}

func convertBool(f *fieldProgram, v entities.Value) (entities.Value, *fault) {
	if v.Type() == entities.BoolType {
		return v, nil
	}
	text := textOfValue(v)
	lower := strings.ToLower(text)
	switch {
	case f.yes[text] || f.yes[lower]:
		return entities.Bool(true), nil
	case f.no[text] || f.no[lower]:
		return entities.Bool(false), nil
	}
	return entities.Unset, f.wrongType(v)
}

func (w *worker) convertJSON(f *fieldProgram, v entities.Value) (entities.Value, *fault) {
	if v.Type() == entities.StringType && json.Valid([]byte(v.Text())) {
		if parsed, err := entities.JSON([]byte(v.Text())); err == nil {
			v = parsed
		}
	}
	text := v.Text()
	want := byte('{')
	if f.field.Type == schemas.Array {
		want = '['
	}
	if v.Type() != entities.JSONType || text[0] != want {
		return entities.Unset, f.wrongType(v)
	}
	return v, misplaced(f.name, text)
}

var typeWords = map[schemas.Type][2]string{
	schemas.Integer: {"整数", "a whole number"}, schemas.Number: {"数值", "a number"}, schemas.Boolean: {"是或否", "yes or no"},
	schemas.Object: {"JSON 对象", "a JSON object"}, schemas.Array: {"JSON 数组", "a JSON array"}, schemas.String: {"文字", "text"},
}

func (f *fieldProgram) wrongType(v entities.Value) *fault {
	words := typeWords[f.field.Type]
	bad := newFault(ruleType, f.name, f.shown(textOfValue(v)))
	bad.zh, bad.en = "“"+f.field.Title.Zh+"”应为"+words[0], "“"+f.field.Title.En+"” must be "+words[1]
	if f.yes != nil && f.field.Type == schemas.Boolean {
		bad.en += " (the mapping may say which texts are true and false)"
	}
	return bad
}
