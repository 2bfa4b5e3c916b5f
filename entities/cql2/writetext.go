package cql2

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twpayne/go-geom"
)

// Text writes an expression as CQL2 text that ParseText reads back as the same
// tree. It fails with ErrNotRepresentable for trees that no parser makes, for
// example one with a number that is not finite.
func Text(e Expr) (string, error) {
	w := &textWriter{}
	w.expr(e, 0)
	if w.err != nil {
		return "", w.err
	}
	return w.b.String(), nil
}

type textWriter struct {
	b   strings.Builder
	err error
}

// How tightly forms bind; arithmetic lies between comparison and operand.
const (
	bindOr = iota + 1
	bindAnd
	bindNot
	bindComparison
	bindSum
	bindOperand = bindSum + 3
)

func binding(e Expr) int {
	switch e := e.(type) {
	case *Or:
		return bindOr
	case *And:
		return bindAnd
	case *Not:
		if isNegatable(e.Arg) {
			return bindComparison
		}
		return bindNot
	case *Compare, *Like, *Between, *In, *IsNull:
		return bindComparison
	case *Arithmetic:
		return bindSum - 1 + e.Op.precedence()
	default:
		return bindOperand
	}
}

// isNegatable reports whether NOT is written within the predicate.
func isNegatable(e Expr) bool {
	switch e.(type) {
	case *Like, *Between, *In, *IsNull:
		return true
	default:
		return false
	}
}

func (w *textWriter) write(parts ...string) {
	for _, part := range parts {
		w.b.WriteString(part)
	}
}

func (w *textWriter) fail(e Expr, detail string) {
	if w.err == nil {
		w.err = notRepresentable(e, detail)
	}
}

func notRepresentable(e Expr, detail string) error {
	pos := Pos{}
	if e != nil {
		pos = e.Position()
	}
	return errorAt(ErrNotRepresentable, pos, "%s", detail)
}

// expr writes e, in parentheses where it binds less than its place asks for.
func (w *textWriter) expr(e Expr, least int) {
	if w.err != nil {
		return
	}
	if binding(e) < least {
		w.write("(")
		w.form(e)
		w.write(")")
		return
	}
	w.form(e)
}

func (w *textWriter) form(e Expr) {
	switch e := e.(type) {
	case *Literal:
		w.literal(e)
	case *Property:
		w.property(e)
	case *BBox:
		w.write("BBOX(")
		w.numbers(e, e.Corners, ", ")
		w.write(")")
	case *IntervalOf:
		w.write("INTERVAL(")
		w.intervalEnd(e.Start)
		w.write(", ")
		w.intervalEnd(e.End)
		w.write(")")
	case *ArrayOf:
		w.list(e.Items)
	case *Fold:
		w.call(strings.ToUpper(e.Op.String()), e.Arg)
	case *Arithmetic:
		own := binding(e)
		left, right := own, own+1
		if e.Op == Power {
			left = own + 1
		}
		w.expr(e.Left, left)
		w.write(" ", e.Op.String(), " ")
		w.expr(e.Right, right)
	case *Function:
		if !isFunctionName(e.Name) {
			w.fail(e, "'"+shorten(e.Name)+"' cannot be the name of a function")
		}
		w.call(e.Name, e.Args...)
	default:
		w.predicate(e)
	}
}

func (w *textWriter) predicate(e Expr) {
	switch e := e.(type) {
	case *And:
		w.joined(e, e.Args, " AND ", bindAnd+1)
	case *Or:
		w.joined(e, e.Args, " OR ", bindOr+1)
	case *Not:
		if isNegatable(e.Arg) {
			w.negatable(e.Arg, "NOT ")
			return
		}
		w.write("NOT ")
		w.expr(e.Arg, bindOperand)
	case *Compare:
		w.expr(e.Left, bindSum)
		w.write(" ", e.Op.String(), " ")
		w.expr(e.Right, bindSum)
	case *Like, *Between, *In, *IsNull:
		w.negatable(e, "")
	case *Spatial:
		w.call(strings.ToUpper(e.Op.String()), e.Left, e.Right)
	case *Temporal:
		w.call(strings.ToUpper(e.Op.String()), e.Left, e.Right)
	case *ArrayTest:
		w.call(strings.ToUpper(e.Op.String()), e.Left, e.Right)
	default:
		w.fail(e, "a node is missing")
	}
}

// negatable writes the predicates that have a NOT of their own.
func (w *textWriter) negatable(e Expr, not string) {
	switch e := e.(type) {
	case *Like:
		w.expr(e.Operand, bindSum)
		w.write(" ", not, "LIKE ")
		w.expr(e.Pattern, bindSum)
	case *Between:
		w.expr(e.Operand, bindSum)
		w.write(" ", not, "BETWEEN ")
		w.expr(e.Low, bindSum)
		w.write(" AND ")
		w.expr(e.High, bindSum)
	case *In:
		w.expr(e.Operand, bindSum)
		w.write(" ", not, "IN ")
		w.list(e.List)
	case *IsNull:
		w.expr(e.Operand, bindSum)
		w.write(" IS ", not, "NULL")
	}
}

func (w *textWriter) joined(e Expr, args []Expr, with string, least int) {
	if len(args) < 2 {
		w.fail(e, "AND and OR have at least two arguments")
	}
	for i, arg := range args {
		if i > 0 {
			w.write(with)
		}
		w.expr(arg, least)
	}
}

func (w *textWriter) list(items []Expr) {
	w.write("(")
	for i, item := range items {
		if i > 0 {
			w.write(", ")
		}
		w.expr(item, 0)
	}
	w.write(")")
}

func (w *textWriter) call(name string, args ...Expr) {
	w.write(name)
	w.list(args)
}

func (w *textWriter) property(e *Property) {
	switch {
	case e.Name == "" || !utf8.ValidString(e.Name):
		w.fail(e, "a property name is valid UTF-8 and not empty")
	case isIdentifier(e.Name) && !isKeyword(e.Name):
		w.write(e.Name)
	default:
		w.write(`"`, strings.ReplaceAll(e.Name, `"`, `""`), `"`)
	}
}

func (w *textWriter) intervalEnd(e Expr) {
	if e == nil {
		w.write("'..'")
		return
	}
	if literal, ok := e.(*Literal); ok && literal.Value.isInstant() {
		w.write("'", formatInstant(literal.Value), "'")
		return
	}
	w.expr(e, 0)
}

func formatInstant(v Value) string {
	if v.Kind() == KindDate {
		return v.AsTime().Format(dateLayout)
	}
	return v.AsTime().Format(timestampLayout)
}

func (w *textWriter) literal(e *Literal) {
	switch v := e.Value; v.Kind() {
	case KindBool:
		w.write(strings.ToUpper(v.String()))
	case KindInt:
		w.write(v.String())
	case KindFloat:
		if f := v.AsFloat(); math.IsNaN(f) || math.IsInf(f, 0) {
			w.fail(e, "a number is finite")
		}
		w.write(v.String())
	case KindString:
		if !utf8.ValidString(v.AsString()) {
			w.fail(e, "a string is valid UTF-8")
		}
		w.write("'", textEscapes.Replace(v.AsString()), "'")
	case KindDate:
		w.write("DATE('", formatInstant(v), "')")
	case KindTimestamp:
		w.write("TIMESTAMP('", formatInstant(v), "')")
	case KindGeometry:
		w.geometry(e, v.AsGeometry())
	default:
		w.fail(e, "a "+v.Kind().String()+" is not a literal of CQL2")
	}
}

var textEscapes = strings.NewReplacer(
	"'", "''", `\`, `\\`, "\a", `\a`, "\b", `\b`, "\t", `\t`, "\n", `\n`, "\v", `\v`, "\f", `\f`, "\r", `\r`,
)

func (w *textWriter) numbers(e Expr, numbers []float64, between string) {
	for i, f := range numbers {
		if i > 0 {
			w.write(between)
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			w.fail(e, "a coordinate is finite")
		}
		w.write(strconv.FormatFloat(f, 'g', -1, 64))
	}
}

// geometry writes WKT with its Z, as 21-065r2, clause 8.2, recommends.
func (w *textWriter) geometry(e Expr, g geom.T) {
	s, ok := shapeOfGeometry(g)
	if !ok {
		w.fail(e, "the geometry is empty, measured, or of a type that CQL2 does not have")
		return
	}
	w.write(strings.ToUpper(shapeNames[s]))
	if g.Stride() == 3 {
		w.write(" Z ")
	}
	if s == shapeCollection {
		w.write("(")
		for i, member := range g.(*geom.GeometryCollection).Geoms() {
			if i > 0 {
				w.write(", ")
			}
			w.geometry(e, member)
		}
		w.write(")")
		return
	}
	w.lists(e, positionsOf(g))
}

// lists writes nested lists of positions; a position is a list of numbers.
func (w *textWriter) lists(e Expr, n nested) {
	w.write("(")
	for i, part := range n.parts {
		if i > 0 {
			w.write(", ")
		}
		if part.parts == nil && !n.bracket {
			w.numbers(e, part.position, " ")
			continue
		}
		w.lists(e, part)
	}
	if n.parts == nil {
		w.numbers(e, n.position, " ")
	}
	w.write(")")
}
