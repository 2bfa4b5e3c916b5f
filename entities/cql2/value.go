package cql2

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/twpayne/go-geom"
)

// Kind says which member of the sum type a Value is.
type Kind uint8

// The kinds of values. KindAny is no kind of a value: it stands for "not
// known" in a Type.
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindFloat
	KindString
	KindDate
	KindTimestamp
	KindInterval
	KindGeometry
	KindArray
	KindAny
)

// Kinds lists every kind that a Value can have.
var Kinds = [...]Kind{
	KindNull, KindBool, KindInt, KindFloat, KindString, KindDate, KindTimestamp, KindInterval, KindGeometry, KindArray,
}

var kindNames = [...]string{
	"null", "boolean", "integer", "number", "string", "date", "timestamp", "interval", "geometry", "array", "any",
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Value is one value: null (the zero Value), boolean, integer, float, string,
// date, timestamp, interval, geometry or array. It is immutable as long as
// nobody writes to the geometry or array inside it.
type Value struct {
	kind Kind
	nsec uint32 // timestamp: nanoseconds within the second
	num  uint64 // boolean, integer, float bits, days or seconds since 1970
	str  string
	ref  any // geom.T, []Value or intervalEnds
}

type intervalEnds struct{ start, end Value }

// Null is the absent value.
var Null = Value{}

// Bool returns a boolean value.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// Int returns an integer value.
func Int(i int64) Value { return Value{kind: KindInt, num: uint64(i)} }

// Float returns a floating-point value.
func Float(f float64) Value { return Value{kind: KindFloat, num: math.Float64bits(f)} }

// String returns a string value.
func String(s string) Value { return Value{kind: KindString, str: s} }

// Date returns the calendar day of t in t's location.
func Date(t time.Time) Value {
	y, m, d := t.Date()
	return dateOfDays(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

const secondsPerDay = 86400

func dateOfDays(days int64) Value { return Value{kind: KindDate, num: uint64(days)} }

// Timestamp returns an instant with the resolution of a nanosecond.
func Timestamp(t time.Time) Value {
	return Value{kind: KindTimestamp, num: uint64(t.Unix()), nsec: uint32(t.Nanosecond())}
}

// Interval returns the closed interval between two dates or timestamps. Null
// as an end means that the interval is unbounded there.
func Interval(start, end Value) (Value, error) {
	for _, v := range []Value{start, end} {
		if v.kind != KindNull && !v.isInstant() {
			return Null, fmt.Errorf("cql2: an interval ends at a date, a timestamp or null, not at a %s: %w", v.kind, ErrType)
		}
	}
	return Value{kind: KindInterval, ref: intervalEnds{start, end}}, nil
}

// Geometry returns a geometry value; a nil geometry is Null.
func Geometry(g geom.T) Value {
	if g == nil {
		return Null
	}
	return Value{kind: KindGeometry, ref: g}
}

// Array returns an array value. It keeps the slice.
func Array(items ...Value) Value {
	if items == nil {
		items = []Value{}
	}
	return Value{kind: KindArray, ref: items}
}

// Kind returns the kind of the value.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is absent.
func (v Value) IsNull() bool { return v.kind == KindNull }

// AsBool returns the boolean; false for every other kind.
func (v Value) AsBool() bool { return v.kind == KindBool && v.num != 0 }

// AsInt returns the integer; 0 for every other kind.
func (v Value) AsInt() int64 {
	if v.kind != KindInt {
		return 0
	}
	return int64(v.num)
}

// AsFloat returns the number of an integer or float; NaN for every other kind.
func (v Value) AsFloat() float64 {
	switch v.kind {
	case KindInt:
		return float64(int64(v.num))
	case KindFloat:
		return math.Float64frombits(v.num)
	default:
		return math.NaN()
	}
}

// AsString returns the string; "" for every other kind.
func (v Value) AsString() string { return v.str }

// AsTime returns the timestamp, or the first instant of the date, in UTC; the
// zero time for every other kind.
func (v Value) AsTime() time.Time {
	switch v.kind {
	case KindDate:
		return time.Unix(int64(v.num)*secondsPerDay, 0).UTC()
	case KindTimestamp:
		return time.Unix(int64(v.num), int64(v.nsec)).UTC()
	default:
		return time.Time{}
	}
}

// AsInterval returns the ends of an interval, Null where it is unbounded.
func (v Value) AsInterval() (start, end Value) {
	if ends, ok := v.ref.(intervalEnds); ok {
		return ends.start, ends.end
	}
	return Null, Null
}

// AsGeometry returns the geometry; nil for every other kind.
func (v Value) AsGeometry() geom.T {
	g, _ := v.ref.(geom.T)
	return g
}

// AsArray returns the items, not to be written to; nil for every other kind.
func (v Value) AsArray() []Value {
	items, _ := v.ref.([]Value)
	return items
}

func (v Value) isInstant() bool { return v.kind == KindDate || v.kind == KindTimestamp }

func (v Value) isNumber() bool { return v.kind == KindInt || v.kind == KindFloat }

// instant returns seconds and nanoseconds since 1970; a date is its midnight.
func (v Value) instant() (int64, uint32) {
	if v.kind == KindDate {
		return int64(v.num) * secondsPerDay, 0
	}
	return int64(v.num), v.nsec
}

const (
	dateLayout      = "2006-01-02"
	timestampLayout = "2006-01-02T15:04:05.999999999Z"
)

// String returns a form for messages, not CQL2 text.
func (v Value) String() string {
	switch v.kind {
	case KindNull:
		return "null"
	case KindBool:
		return strconv.FormatBool(v.AsBool())
	case KindInt:
		return strconv.FormatInt(v.AsInt(), 10)
	case KindFloat:
		return formatFloat(v.AsFloat())
	case KindString:
		return strconv.Quote(v.str)
	case KindDate:
		return v.AsTime().Format(dateLayout)
	case KindTimestamp:
		return v.AsTime().Format(timestampLayout)
	case KindInterval:
		start, end := v.AsInterval()
		return "[" + start.String() + ", " + end.String() + "]"
	default:
		return v.kind.String()
	}
}

// formatFloat writes a float so that it reads back as a float, not an integer.
func formatFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	for i := range len(s) {
		if c := s[i]; c == '.' || c == 'e' || c == 'n' || c == 'N' || c == 'I' {
			return s
		}
	}
	return s + ".0"
}

// parseInstant reads a full-date or a date-time in UTC (RFC 3339 with "Z").
// The form is the standard's: four-digit year, seconds always there.
func parseInstant(s string, kind Kind) (Value, bool) {
	switch kind {
	case KindDate:
		t, err := time.Parse(dateLayout, s)
		if err != nil || len(s) != len(dateLayout) {
			return Null, false
		}
		return Date(t), true
	default:
		const shortest = len("2006-01-02T15:04:05Z")
		if len(s) < shortest || s[len(s)-1] != 'Z' || s[10] != 'T' {
			return Null, false
		}
		if len(s) > shortest && (s[19] != '.' || len(s) > shortest+10) {
			return Null, false
		}
		t, err := time.Parse("2006-01-02T15:04:05Z", s) // accepts a fraction, too
		if err != nil {
			return Null, false
		}
		return Timestamp(t), true
	}
}
