package cql2

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads a filter in CQL2 JSON (21-065r2, clause 8.3) within the default
// limits. Members that the schema does not name are refused, operators have no
// case.
func ParseJSON(src []byte) (Expr, error) { return Limits{}.ParseJSON(src) }

// ParseJSON is the function ParseJSON within these limits.
func (l Limits) ParseJSON(src []byte) (Expr, error) {
	l = l.withDefaults()
	if len(src) > l.MaxBytes {
		return nil, limitError(Pos{}, "MaxBytes", l.MaxBytes, "bytes")
	}
	if !utf8.Valid(src) {
		return nil, errorAt(ErrSyntax, Pos{}, "the filter is not valid UTF-8")
	}
	root, err := readJSON(src, l)
	if err != nil {
		return nil, err
	}
	p := &jsonParser{budget: newBudget(l)}
	e, err := p.expr(root)
	if err != nil {
		return nil, err
	}
	if err := checkHeight(e, l); err != nil {
		return nil, err
	}
	return e, nil
}

type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

var jsonNames = [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}

// jsonValue is a JSON value with its position.
type jsonValue struct {
	kind  jsonKind
	truth bool
	pos   Pos
	text  string // of a string or number
	keys  []string
	items []jsonValue
}

// member returns the value of a member of an object.
func (v jsonValue) member(key string) (jsonValue, bool) {
	for i, k := range v.keys {
		if k == key {
			return v.items[i], true
		}
	}
	return jsonValue{}, false
}

// only holds an object to the members that it may have.
func (v jsonValue) only(allowed ...string) error {
	for i, key := range v.keys {
		known := false
		for _, a := range allowed {
			known = known || key == a
		}
		if !known {
			return errorAt(ErrSyntax, v.items[i].pos, "the member \"%s\" has no meaning here", shorten(key))
		}
	}
	return nil
}

func (v jsonValue) want(kind jsonKind, what string) error {
	if v.kind != kind {
		return errorAt(ErrSyntax, v.pos, "%s is %s, not %s", what, jsonNames[kind], jsonNames[v.kind])
	}
	return nil
}

// jsonReader reads JSON with positions and within limits.
type jsonReader struct {
	decoder *json.Decoder
	cursor  lexer
	depth   int
	values  int
	limits  Limits
}

func readJSON(src []byte, l Limits) (jsonValue, error) {
	r := &jsonReader{cursor: newLexer(string(src)), limits: l}
	r.decoder = json.NewDecoder(strings.NewReader(r.cursor.src))
	r.decoder.UseNumber()
	v, err := r.value()
	if err != nil {
		return jsonValue{}, err
	}
	r.skip()
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return jsonValue{}, errorAt(ErrSyntax, r.cursor.pos, "the filter goes on after its end")
	}
	return v, nil
}

// skip moves the cursor to the next token.
func (r *jsonReader) skip() {
	rest := r.cursor.rest()
	n := 0
	for n < len(rest) && (rest[n] == ' ' || rest[n] == '\t' || rest[n] == '\r' || rest[n] == '\n' || rest[n] == ',' || rest[n] == ':') {
		n++
	}
	r.cursor.advance(n)
}

func (r *jsonReader) token() (json.Token, Pos, error) {
	r.skip()
	pos := r.cursor.pos
	t, err := r.decoder.Token()
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, pos, errorAt(ErrSyntax, pos, "the JSON ends too early")
		}
		return nil, pos, errorAt(ErrSyntax, pos, "not JSON: %s", err)
	}
	r.cursor.advance(int(r.decoder.InputOffset()) - r.cursor.pos.Offset)
	return t, pos, nil
}

func (r *jsonReader) value() (jsonValue, error) {
	t, pos, err := r.token()
	if err != nil {
		return jsonValue{}, err
	}
	if r.values++; r.values > 4*(r.limits.MaxNodes+r.limits.MaxVertices) {
		return jsonValue{}, limitError(pos, "MaxNodes", r.limits.MaxNodes, "nodes")
	}
	v := jsonValue{pos: pos}
	switch t := t.(type) {
	case bool:
		v.kind, v.truth = jsonBool, t
	case json.Number:
		v.kind, v.text = jsonNumber, t.String()
	case string:
		v.kind, v.text = jsonString, t
	case json.Delim:
		r.depth++
		if r.depth > 2*nestingPerLevel*r.limits.MaxDepth {
			return v, limitError(pos, "MaxDepth", r.limits.MaxDepth, "levels of nesting")
		}
		if t == '[' {
			v.kind = jsonArray
			err = r.array(&v)
		} else {
			v.kind = jsonObject
			err = r.object(&v)
		}
		r.depth--
	}
	return v, err
}

func (r *jsonReader) array(v *jsonValue) error {
	for r.decoder.More() {
		item, err := r.value()
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	_, _, err := r.token()
	return err
}

func (r *jsonReader) object(v *jsonValue) error {
	for r.decoder.More() {
		t, pos, err := r.token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if _, double := v.member(key); double {
			return errorAt(ErrSyntax, pos, "the member \"%s\" is there twice", shorten(key))
		}
		if len(v.keys) > 16 {
			return errorAt(ErrSyntax, pos, "the object has more members than any in CQL2")
		}
		value, err := r.value()
		if err != nil {
			return err
		}
		v.keys = append(v.keys, key)
		v.items = append(v.items, value)
	}
	_, _, err := r.token()
	return err
}
