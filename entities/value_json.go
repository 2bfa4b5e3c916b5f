package entities

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// JSON returns the value of a JSON text: a scalar for a scalar, else the object
// or array in canonical form (compact, keys sorted, numbers as written).
func JSON(raw []byte) (Value, error) {
	v, err := fastjson.ParseBytes(raw)
	if err != nil {
		return Unset, fmt.Errorf("%w: %v", ErrInvalidValue, err)
	}
	return ParsedJSON(v)
}

// ParsedJSON is [JSON] of a text that is parsed already.
func ParsedJSON(v *fastjson.Value) (Value, error) {
	switch v.Type() {
	case fastjson.TypeNull:
		return Null, nil
	case fastjson.TypeTrue:
		return Bool(true), nil
	case fastjson.TypeFalse:
		return Bool(false), nil
	case fastjson.TypeString:
		return String(string(v.GetStringBytes())), nil
	case fastjson.TypeNumber:
		return fromNumber(string(v.MarshalTo(nil)))
	}
	raw, err := appendCanonical(make([]byte, 0, 256), v)
	if err != nil {
		return Unset, err
	}
	return Value{kind: JSONType, text: string(raw)}, nil
}

func fromNumber(s string) (Value, error) {
	if isNumber(s) && !strings.ContainsAny(s, ".eE") {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return Int(i), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !isNumber(s) {
		return Unset, fmt.Errorf("%w: number %s is not one that JSON has or that can be kept", ErrInvalidValue, clip(s))
	}
	return Float(f), nil
}

// isNumber reports whether a text is a number of JSON (RFC 8259, 6): the parser
// lets more through, such as nan, 01 and 1.
func isNumber[T string | []byte](s T) bool {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	end := digits(i)
	if end == i || end > i+1 && s[i] == '0' {
		return false
	}
	if i = end; i < len(s) && s[i] == '.' {
		if end = digits(i + 1); end == i+1 {
			return false
		}
		i = end
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if end = digits(i); end == i {
			return false
		}
		i = end
	}
	return i == len(s)
}

// appendCanonical appends JSON in the one form that equal values share.
func appendCanonical(b []byte, v *fastjson.Value) ([]byte, error) {
	var err error
	switch v.Type() {
	case fastjson.TypeObject:
		return appendObject(b, v.GetObject())
	case fastjson.TypeArray:
		b = append(b, '[')
		for i, item := range v.GetArray() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendCanonical(b, item); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	case fastjson.TypeString:
		text := v.GetStringBytes()
		if !utf8.Valid(text) {
			return b, fmt.Errorf("%w: text is not UTF-8", ErrInvalidValue)
		}
		return appendJSONString(b, text), nil
	case fastjson.TypeNumber:
		start := len(b)
		if b = v.MarshalTo(b); !isNumber(b[start:]) {
			return b, fmt.Errorf("%w: %s is no JSON number", ErrInvalidValue, b[start:])
		}
		return b, nil
	}
	return v.MarshalTo(b), nil
}

func appendObject(b []byte, object *fastjson.Object) ([]byte, error) {
	type member struct {
		key   []byte // of the parser
		value *fastjson.Value
	}
	members := make([]member, 0, object.Len())
	object.Visit(func(key []byte, v *fastjson.Value) { members = append(members, member{key, v}) })
	slices.SortStableFunc(members, func(x, y member) int { return bytes.Compare(x.key, y.key) })
	b = append(b, '{')
	var err error
	written := false
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(members[i+1].key, m.key) {
			continue // of members with one name the last counts
		}
		if !utf8.Valid(m.key) {
			return b, fmt.Errorf("%w: a name is not UTF-8", ErrInvalidValue)
		}
		if written {
			b = append(b, ',')
		}
		written = true
		b = append(appendJSONString(b, m.key), ':')
		if b, err = appendCanonical(b, m.value); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}
