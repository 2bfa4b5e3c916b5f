package cql2

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/twpayne/go-geom"
)

// JSON writes an expression as CQL2 JSON that ParseJSON reads back as the same
// tree. It fails with ErrNotRepresentable as Text does.
func JSON(e Expr) ([]byte, error) {
	w := &jsonWriter{}
	w.expr(e)
	if w.err != nil {
		return nil, w.err
	}
	return w.b.Bytes(), nil
}

type jsonWriter struct {
	b   bytes.Buffer
	err error
}

func (w *jsonWriter) fail(e Expr, detail string) {
	if w.err == nil {
		w.err = notRepresentable(e, detail)
	}
}

func (w *jsonWriter) expr(e Expr) {
	switch e := e.(type) {
	case *Literal:
		w.literal(e)
	case *Property:
		if e.Name == "" {
			w.fail(e, "a property name is not empty")
		}
		w.b.WriteString(`{"property":`)
		w.string(e, e.Name)
		w.b.WriteString(`}`)
	case *BBox:
		w.b.WriteString(`{"bbox":`)
		w.numbers(e, e.Corners)
		w.b.WriteString(`}`)
	case *IntervalOf:
		w.b.WriteString(`{"interval":[`)
		w.intervalEnd(e.Start)
		w.b.WriteString(`,`)
		w.intervalEnd(e.End)
		w.b.WriteString(`]}`)
	case *ArrayOf:
		w.list(e.Items)
	case *Function:
		if !isFunctionName(e.Name) {
			w.fail(e, "'"+shorten(e.Name)+"' cannot be the name of a function")
		}
		w.op(e.Name, e.Args...)
	case *In:
		w.b.WriteString(`{"op":"in","args":[`)
		w.expr(e.Operand)
		w.b.WriteString(`,`)
		w.list(e.List)
		w.b.WriteString(`]}`)
	default:
		w.operation(e)
	}
}

func (w *jsonWriter) operation(e Expr) {
	switch e := e.(type) {
	case *And:
		w.joined(e, "and", e.Args)
	case *Or:
		w.joined(e, "or", e.Args)
	case *Not:
		w.op("not", e.Arg)
	case *Compare:
		w.op(e.Op.String(), e.Left, e.Right)
	case *Arithmetic:
		w.op(e.Op.String(), e.Left, e.Right)
	case *Fold:
		w.op(e.Op.String(), e.Arg)
	case *Like:
		w.op("like", e.Operand, e.Pattern)
	case *Between:
		w.op("between", e.Operand, e.Low, e.High)
	case *IsNull:
		w.op("isNull", e.Operand)
	case *Spatial:
		w.op(e.Op.String(), e.Left, e.Right)
	case *Temporal:
		w.op(e.Op.String(), e.Left, e.Right)
	case *ArrayTest:
		w.op(e.Op.String(), e.Left, e.Right)
	default:
		w.fail(e, "a node is missing")
	}
}

func (w *jsonWriter) joined(e Expr, op string, args []Expr) {
	if len(args) < 2 {
		w.fail(e, "and and or have at least two arguments")
	}
	w.op(op, args...)
}

// op writes an operation; names of operators need no escapes.
func (w *jsonWriter) op(name string, args ...Expr) {
	w.b.WriteString(`{"op":"`)
	w.b.WriteString(name)
	w.b.WriteString(`","args":`)
	w.list(args)
	w.b.WriteString(`}`)
}

func (w *jsonWriter) list(items []Expr) {
	w.b.WriteString(`[`)
	for i, item := range items {
		if i > 0 {
			w.b.WriteString(`,`)
		}
		w.expr(item)
	}
	w.b.WriteString(`]`)
}

func (w *jsonWriter) string(e Expr, s string) {
	if !utf8.ValidString(s) {
		w.fail(e, "a string is valid UTF-8")
	}
	encoder := json.NewEncoder(&w.b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		w.fail(e, err.Error())
	}
	w.b.Truncate(w.b.Len() - 1) // the newline of Encode
}

func (w *jsonWriter) intervalEnd(e Expr) {
	if e == nil {
		w.b.WriteString(`".."`)
		return
	}
	if literal, ok := e.(*Literal); ok && literal.Value.isInstant() {
		w.b.WriteString(`"` + formatInstant(literal.Value) + `"`)
		return
	}
	w.expr(e)
}

func (w *jsonWriter) literal(e *Literal) {
	switch v := e.Value; v.Kind() {
	case KindBool, KindInt:
		w.b.WriteString(v.String())
	case KindFloat:
		if f := v.AsFloat(); math.IsNaN(f) || math.IsInf(f, 0) {
			w.fail(e, "a number is finite")
		}
		w.b.WriteString(v.String())
	case KindString:
		w.string(e, v.AsString())
	case KindDate, KindTimestamp:
		w.b.WriteString(`{"` + v.Kind().String() + `":"` + formatInstant(v) + `"}`)
	case KindGeometry:
		w.geometry(e, v.AsGeometry())
	default:
		w.fail(e, "a "+v.Kind().String()+" is not a literal of CQL2")
	}
}

func (w *jsonWriter) geometry(e Expr, g geom.T) {
	s, ok := shapeOfGeometry(g)
	if !ok {
		w.fail(e, "the geometry is empty, measured, or of a type that CQL2 does not have")
		return
	}
	w.b.WriteString(`{"type":"` + shapeNames[s] + `",`)
	if s == shapeCollection {
		w.b.WriteString(`"geometries":[`)
		for i, member := range g.(*geom.GeometryCollection).Geoms() {
			if i > 0 {
				w.b.WriteString(`,`)
			}
			w.geometry(e, member)
		}
		w.b.WriteString(`]}`)
		return
	}
	w.b.WriteString(`"coordinates":`)
	w.lists(e, positionsOf(g))
	w.b.WriteString(`}`)
}

func (w *jsonWriter) lists(e Expr, n nested) {
	if n.parts == nil {
		w.numbers(e, n.position)
		return
	}
	w.b.WriteString(`[`)
	for i, part := range n.parts {
		if i > 0 {
			w.b.WriteString(`,`)
		}
		w.lists(e, part)
	}
	w.b.WriteString(`]`)
}

func (w *jsonWriter) numbers(e Expr, numbers []float64) {
	w.b.WriteString(`[`)
	for i, f := range numbers {
		if i > 0 {
			w.b.WriteString(`,`)
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			w.fail(e, "a coordinate is finite")
			return
		}
		w.b.WriteString(strconv.FormatFloat(f, 'g', -1, 64))
	}
	w.b.WriteString(`]`)
}
