package entities

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ValueType tells what a [Value] holds.
type ValueType uint8

// The types of values. Unset is "nothing is said", the zero value; Null is "it is
// known that there is none". Only a patch holds Unset: there it removes.
const (
	UnsetType ValueType = iota
	NullType
	BoolType
	IntType
	FloatType
	StringType
	JSONType // a JSON object or array, compact, keys sorted
)

// Value is the value of one attribute. Values compare with ==. Integers keep all
// of int64; dates and times are strings whose form the kind's schema gives.
type Value struct {
	kind ValueType
	bits uint64
	text string
}

// Unset, in a patch, removes an attribute. Null says that there is no value.
var (
	Unset = Value{}
	Null  = Value{kind: NullType}
)

// Bool returns a boolean value.
func Bool(b bool) Value {
	if b {
		return Value{kind: BoolType, bits: 1}
	}
	return Value{kind: BoolType}
}

// Int returns an integer value.
func Int(i int64) Value { return Value{kind: IntType, bits: uint64(i)} }

// Float returns a number. A whole number that an int64 holds exactly below 2^53
// becomes an integer, so that 3 and 3.0 are one value. NaN and infinities are
// ErrInvalidValue when a batch is applied.
func Float(f float64) Value {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return Int(int64(f))
	}
	return Value{kind: FloatType, bits: math.Float64bits(f)}
}

// String returns a text value. Bytes that are not UTF-8 are ErrInvalidValue when
// a batch is applied.
func String(s string) Value { return Value{kind: StringType, text: s} }

// Type tells what the value holds.
func (v Value) Type() ValueType { return v.kind }

// IsUnset reports whether nothing is said.
func (v Value) IsUnset() bool { return v.kind == UnsetType }

// IsNull reports whether it is said that there is no value.
func (v Value) IsNull() bool { return v.kind == NullType }

// Bool returns the boolean, false where the value is none.
func (v Value) Bool() bool { return v.kind == BoolType && v.bits == 1 }

// Int returns the integer and whether the value is one.
func (v Value) Int() (int64, bool) { return int64(v.bits), v.kind == IntType }

// Float returns the number and whether the value is one, integer or not.
func (v Value) Float() (float64, bool) {
	switch v.kind {
	case IntType:
		return float64(int64(v.bits)), true
	case FloatType:
		return math.Float64frombits(v.bits), true
	}
	return 0, false
}

// Text returns the string of a string, the JSON text of anything else.
func (v Value) Text() string {
	if v.kind == StringType || v.kind == JSONType {
		return v.text
	}
	return string(v.AppendJSON(nil))
}

// AppendJSON appends the value as JSON. Unset has no JSON and appends null.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case BoolType:
		return strconv.AppendBool(b, v.bits == 1)
	case IntType:
		return strconv.AppendInt(b, int64(v.bits), 10)
	case FloatType:
		return strconv.AppendFloat(b, math.Float64frombits(v.bits), 'g', -1, 64)
	case StringType:
		return appendJSONString(b, v.text)
	case JSONType:
		return append(b, v.text...)
	}
	return append(b, "null"...)
}

func (v Value) check() error {
	switch v.kind {
	case FloatType:
		if f := math.Float64frombits(v.bits); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%w: %v is not a finite number", ErrInvalidValue, f)
		}
	case StringType:
		if !utf8.ValidString(v.text) {
			return fmt.Errorf("%w: text is not UTF-8", ErrInvalidValue)
		}
	}
	return nil
}

// appendJSONString quotes s; unlike encoding/json it leaves <, > and & readable.
func appendJSONString[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// Attr is one named attribute.
type Attr struct {
	Name  string
	Value Value
}

// Attrs are attributes sorted by name, each name once. Make them with
// [NewAttrs]; the zero value is empty.
type Attrs []Attr

// NewAttrs sorts attributes by name. Where a name stands twice the later wins.
func NewAttrs(attrs ...Attr) Attrs {
	slices.SortStableFunc(attrs, func(a, b Attr) int { return strings.Compare(a.Name, b.Name) })
	out := attrs[:0]
	for _, a := range attrs {
		if n := len(out); n > 0 && out[n-1].Name == a.Name {
			out[n-1] = a
			continue
		}
		out = append(out, a)
	}
	return out
}

// Get returns the value of an attribute, Unset where there is none.
func (a Attrs) Get(name string) Value {
	if i, ok := slices.BinarySearchFunc(a, name, func(x Attr, n string) int { return strings.Compare(x.Name, n) }); ok {
		return a[i].Value
	}
	return Unset
}

// Equal reports whether the two say the same.
func (a Attrs) Equal(b Attrs) bool { return slices.Equal(a, b) }

// Patched returns a with the attributes of patch put in, and those that the
// patch unsets left out. Neither argument is changed.
func (a Attrs) Patched(patch Attrs) Attrs {
	out := make(Attrs, 0, len(a)+len(patch))
	i := 0
	for _, p := range patch {
		for i < len(a) && a[i].Name < p.Name {
			out = append(out, a[i])
			i++
		}
		if i < len(a) && a[i].Name == p.Name {
			i++
		}
		if !p.Value.IsUnset() {
			out = append(out, p)
		}
	}
	return append(out, a[i:]...)
}

// removes reports whether the attributes, as a patch, unset any.
func (a Attrs) removes() bool {
	return slices.ContainsFunc(a, func(attr Attr) bool { return attr.Value.IsUnset() })
}

// AppendJSON appends the attributes as one JSON object, names sorted.
func (a Attrs) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i, attr := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, attr.Name)
		b = append(b, ':')
		b = attr.Value.AppendJSON(b)
	}
	return append(b, '}')
}

func (a Attrs) check() error {
	for i, attr := range a {
		if attr.Name == "" || !utf8.ValidString(attr.Name) {
			return fmt.Errorf("%w: attribute %d has no proper name", ErrInvalidValue, i)
		}
		if i > 0 && a[i-1].Name >= attr.Name {
			return fmt.Errorf("%w: attributes are not sorted at %q; make them with NewAttrs", ErrInvalidValue, attr.Name)
		}
		if err := attr.Value.check(); err != nil {
			return fmt.Errorf("attribute %q: %w", attr.Name, err)
		}
	}
	return nil
}
