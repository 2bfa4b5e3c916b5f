package cql2

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// truth is a value of three-valued logic.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	default:
		return unknown
	}
}

func (t truth) value() Value {
	if t == unknown {
		return Null
	}
	return Bool(t == yes)
}

// compareValues orders two scalars of one family. known is false where one of
// them is null or not a number.
func compareValues(a, b Value) (order int, known bool, err error) {
	switch {
	case a.kind == KindNull || b.kind == KindNull:
		return 0, false, nil
	case a.kind == KindString && b.kind == KindString:
		return strings.Compare(a.str, b.str), true, nil
	case a.kind == KindInt && b.kind == KindInt:
		return cmp.Compare(int64(a.num), int64(b.num)), true, nil
	case a.isNumber() && b.isNumber():
		order, known = compareNumbers(a, b)
		return order, known, nil
	case a.isInstant() && b.isInstant():
		as, an := a.instant()
		bs, bn := b.instant()
		return cmp.Or(cmp.Compare(as, bs), cmp.Compare(an, bn)), true, nil
	case a.kind == KindBool && b.kind == KindBool:
		return cmp.Compare(a.num, b.num), true, nil
	default:
		return 0, false, fmt.Errorf("cql2: cannot compare a %s with a %s: %w", a.kind, b.kind, ErrType)
	}
}

// compareNumbers compares exactly, also where a float64 cannot hold the
// integer.
func compareNumbers(a, b Value) (int, bool) {
	if a.kind == KindInt {
		order, known := compareNumbers(b, a)
		return -order, known
	}
	f := a.AsFloat()
	if math.IsNaN(f) {
		return 0, false
	}
	if b.kind == KindFloat {
		g := b.AsFloat()
		return cmp.Compare(f, g), !math.IsNaN(g)
	}
	const limit = 1 << 63
	switch {
	case f >= limit:
		return 1, true
	case f < -limit:
		return -1, true
	}
	whole := math.Trunc(f)
	return cmp.Or(cmp.Compare(int64(whole), b.AsInt()), cmp.Compare(f, whole)), true
}

func (op CompareOp) holds(order int) bool {
	switch op {
	case Equal:
		return order == 0
	case NotEqual:
		return order != 0
	case Less:
		return order < 0
	case LessEqual:
		return order <= 0
	case Greater:
		return order > 0
	default:
		return order >= 0
	}
}

// key is a scalar in a form that equals another exactly where the values are
// equal, for use in maps.
type key struct {
	kind Kind
	num  uint64
	nsec uint32
	str  string
}

// keyOf returns the key of a scalar; ok is false for everything else.
func keyOf(v Value) (k key, ok bool) {
	switch v.kind {
	case KindString:
		return key{kind: KindString, str: v.str}, true
	case KindBool:
		return key{kind: KindBool, num: v.num}, true
	case KindInt:
		return key{kind: KindInt, num: v.num}, true
	case KindFloat:
		f := v.AsFloat()
		if math.IsNaN(f) {
			return key{}, false
		}
		if f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63 {
			return key{kind: KindInt, num: uint64(int64(f))}, true
		}
		return key{kind: KindFloat, num: v.num}, true
	case KindDate, KindTimestamp:
		sec, nsec := v.instant()
		return key{kind: KindTimestamp, num: uint64(sec), nsec: nsec}, true
	default:
		return key{}, false
	}
}

// arithmetic computes a op b; the result is null where an operand is, and for
// a division by zero.
func arithmetic(op ArithmeticOp, a, b Value) (Value, error) {
	if a.kind == KindNull || b.kind == KindNull {
		return Null, nil
	}
	if !a.isNumber() || !b.isNumber() {
		return Null, fmt.Errorf("cql2: cannot calculate %s %s %s: %w", a.kind, op, b.kind, ErrType)
	}
	if a.kind == KindInt && b.kind == KindInt {
		if v, ok := integerArithmetic(op, a.AsInt(), b.AsInt()); ok {
			return v, nil
		}
	}
	x, y := a.AsFloat(), b.AsFloat()
	var f float64
	switch op {
	case Add:
		f = x + y
	case Subtract:
		f = x - y
	case Multiply:
		f = x * y
	case Divide:
		f = x / y
	case IntDivide:
		f = math.Trunc(x / y)
	case Modulo:
		f = math.Mod(x, y)
	default:
		f = math.Pow(x, y)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Null, nil
	}
	return Float(f), nil
}

// integerArithmetic computes where the result is an integer; ok is false where
// floats have to do it.
func integerArithmetic(op ArithmeticOp, a, b int64) (v Value, ok bool) {
	switch op {
	case Add:
		sum := a + b
		return Int(sum), (sum > a) == (b > 0)
	case Subtract:
		difference := a - b
		return Int(difference), (difference < a) == (b > 0)
	case Multiply:
		if a == 0 || b == 0 {
			return Int(0), true
		}
		product := a * b
		return Int(product), product/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
	case IntDivide:
		if b == 0 {
			return Null, true
		}
		return Int(a / b), !(a == math.MinInt64 && b == -1)
	case Modulo:
		if b == 0 {
			return Null, true
		}
		return Int(a % b), true
	default:
		return Null, false
	}
}
