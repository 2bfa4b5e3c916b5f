package cql2_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/twpayne/go-geom"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities/cql2"
)

// The generators make every node type, with names and strings that are hard to
// write.

func drawName(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"a", "eo:cloud", "date", "AND", "点", `q"uote`, "with space", "x.y", "S_WITHIN", "point", "1a", "é\u0301"}),
		rapid.StringN(1, 8, -1),
	).Draw(t, "name")
}

func drawString(t *rapid.T) cql2.Expr {
	s := rapid.OneOf(
		rapid.SampledFrom([]string{"", "'", `\`, `\'`, `a\`, `\\n`, "\n\t\a", "50%_", "城'码", "..", "2020-01-01"}), rapid.String(),
	).Draw(t, "string")
	return &cql2.Literal{Value: cql2.String(s)}
}

func drawInstant(t *rapid.T) cql2.Expr {
	at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "second"), int64(rapid.IntRange(0, 999_999_999).Draw(t, "nanosecond"))).UTC()
	if rapid.Bool().Draw(t, "date") {
		return &cql2.Literal{Value: cql2.Date(at)}
	}
	return &cql2.Literal{Value: cql2.Timestamp(at)}
}

func drawNumber(t *rapid.T, depth int) cql2.Expr {
	switch rapid.IntRange(0, 4).Draw(t, "number") {
	case 0:
		return &cql2.Literal{Value: cql2.Int(rapid.Int64().Draw(t, "int"))}
	case 1:
		return &cql2.Literal{Value: cql2.Float(rapid.Float64().Draw(t, "float"))}
	case 2:
		return &cql2.Property{Name: drawName(t)}
	default:
		if depth <= 0 {
			return &cql2.Literal{Value: cql2.Int(-1)}
		}
		op := cql2.ArithmeticOp(rapid.IntRange(int(cql2.Add), int(cql2.Power)).Draw(t, "op"))
		return &cql2.Arithmetic{Op: op, Left: drawNumber(t, depth-1), Right: drawNumber(t, depth-1)}
	}
}

func drawGeometry(t *rapid.T) cql2.Expr {
	coordinate := rapid.Float64Range(-1e9, 1e9)
	layout := rapid.SampledFrom([]geom.Layout{geom.XY, geom.XYZ}).Draw(t, "layout")
	flat := func(positions int) []float64 {
		var out []float64
		for range positions * layout.Stride() {
			out = append(out, coordinate.Draw(t, "coordinate"))
		}
		return out
	}
	ring := func() []float64 {
		out := flat(3)
		return append(out, out[:layout.Stride()]...)
	}
	s := layout.Stride()
	shapes := []func() geom.T{
		func() geom.T { return geom.NewPointFlat(layout, flat(1)) },
		func() geom.T { return geom.NewLineStringFlat(layout, flat(3)) },
		func() geom.T { return geom.NewMultiPointFlat(layout, flat(2)) },
		func() geom.T { return geom.NewPolygonFlat(layout, append(ring(), ring()...), []int{4 * s, 8 * s}) },
		func() geom.T { return geom.NewMultiLineStringFlat(layout, flat(5), []int{2 * s, 5 * s}) },
		func() geom.T {
			return geom.NewMultiPolygonFlat(layout, append(ring(), ring()...), [][]int{{4 * s}, {8 * s}})
		},
	}
	pick := func() geom.T { return shapes[rapid.IntRange(0, len(shapes)-1).Draw(t, "shape")]() }
	switch rapid.IntRange(0, 9).Draw(t, "geometry") {
	case 0:
		corners := []float64{coordinate.Draw(t, "x"), coordinate.Draw(t, "y"), coordinate.Draw(t, "x"), coordinate.Draw(t, "y")}
		return &cql2.BBox{Corners: corners}
	case 1:
		return &cql2.Property{Name: drawName(t)}
	case 2:
		collection := geom.NewGeometryCollection()
		collection.MustPush(pick(), pick())
		return &cql2.Literal{Value: cql2.Geometry(collection)}
	default:
		return &cql2.Literal{Value: cql2.Geometry(pick())}
	}
}

func drawTemporal(t *rapid.T) cql2.Expr {
	end := func() cql2.Expr {
		switch rapid.IntRange(0, 2).Draw(t, "end") {
		case 0:
			return nil
		case 1:
			return &cql2.Property{Name: drawName(t)}
		default:
			return drawInstant(t)
		}
	}
	if rapid.Bool().Draw(t, "interval") {
		return &cql2.IntervalOf{Start: end(), End: end()}
	}
	return drawInstant(t)
}

func drawArray(t *rapid.T, depth int) cql2.Expr {
	array := &cql2.ArrayOf{Items: []cql2.Expr{}}
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		array.Items = append(array.Items, drawAny(t, depth-1))
	}
	return array
}

func drawText(t *rapid.T, depth int) cql2.Expr {
	if depth > 0 && rapid.Bool().Draw(t, "fold") {
		return &cql2.Fold{Op: cql2.FoldOp(rapid.IntRange(0, 1).Draw(t, "op")), Arg: drawText(t, depth-1)}
	}
	return drawString(t)
}

func drawAny(t *rapid.T, depth int) cql2.Expr {
	switch rapid.IntRange(0, 7).Draw(t, "any") {
	case 0:
		return drawNumber(t, depth)
	case 1:
		return drawText(t, depth)
	case 2:
		return drawTemporal(t)
	case 3:
		return drawGeometry(t)
	case 4:
		if depth > 0 {
			return drawArray(t, depth)
		}
		return &cql2.ArrayOf{Items: []cql2.Expr{}}
	case 5:
		if depth > 0 {
			return drawPredicate(t, depth-1)
		}
		return &cql2.Literal{Value: cql2.Bool(true)}
	default:
		return &cql2.Property{Name: drawName(t)}
	}
}

func drawScalar(t *rapid.T, depth int) cql2.Expr {
	e := drawAny(t, depth)
	if _, array := e.(*cql2.ArrayOf); array {
		return &cql2.Literal{Value: cql2.Bool(false)}
	}
	return e
}

func drawPredicate(t *rapid.T, depth int) cql2.Expr {
	if depth <= 0 {
		return &cql2.Property{Name: drawName(t)}
	}
	next := depth - 1
	scalar := func() cql2.Expr { return drawScalar(t, next) }
	several := func(least int) []cql2.Expr {
		out := []cql2.Expr{}
		for range rapid.IntRange(least, 3).Draw(t, "several") {
			out = append(out, drawScalar(t, next))
		}
		return out
	}
	makers := []func() cql2.Expr{
		func() cql2.Expr { return &cql2.And{Args: several(2)} },
		func() cql2.Expr { return &cql2.Or{Args: several(2)} },
		func() cql2.Expr { return &cql2.Not{Arg: drawPredicate(t, next)} },
		func() cql2.Expr {
			return &cql2.Compare{Op: cql2.CompareOp(rapid.IntRange(0, 5).Draw(t, "op")), Left: scalar(), Right: scalar()}
		},
		func() cql2.Expr { return &cql2.Like{Operand: scalar(), Pattern: drawText(t, next)} },
		func() cql2.Expr { return &cql2.Between{Operand: scalar(), Low: scalar(), High: scalar()} },
		func() cql2.Expr { return &cql2.In{Operand: scalar(), List: several(0)} },
		func() cql2.Expr { return &cql2.IsNull{Operand: scalar()} },
		func() cql2.Expr {
			return &cql2.Spatial{Op: cql2.SpatialOp(rapid.IntRange(0, 7).Draw(t, "op")), Left: drawGeometry(t), Right: drawGeometry(t)}
		},
		func() cql2.Expr {
			return &cql2.Temporal{Op: cql2.TemporalOp(rapid.IntRange(0, 14).Draw(t, "op")), Left: drawTemporal(t), Right: drawTemporal(t)}
		},
		func() cql2.Expr {
			return &cql2.ArrayTest{Op: cql2.ArrayOp(rapid.IntRange(0, 3).Draw(t, "op")), Left: drawArray(t, next), Right: drawArray(t, next)}
		},
		func() cql2.Expr {
			args := drawArray(t, next).(*cql2.ArrayOf).Items
			return &cql2.Function{Name: rapid.SampledFrom([]string{"f", "Buffer", "计算", "ns:f.g"}).Draw(t, "function"), Args: args}
		},
	}
	return makers[rapid.IntRange(0, len(makers)-1).Draw(t, "predicate")]()
}

// TestRandomTrees writes random trees and reads them back, in both encodings.
func TestRandomTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawPredicate(t, 4)
		want, err := cql2.JSON(e)
		if err != nil {
			t.Fatalf("write JSON: %v", err)
		}
		text, err := cql2.Text(e)
		if err != nil {
			t.Fatalf("write text: %v", err)
		}
		fromText, err := cql2.ParseText(text)
		if err != nil {
			t.Fatalf("parse %s: %v", text, err)
		}
		fromJSON, err := cql2.ParseJSON(want)
		if err != nil {
			t.Fatalf("parse %s: %v", want, err)
		}
		for way, e := range map[string]cql2.Expr{"text": fromText, "JSON": fromJSON} {
			got, err := cql2.JSON(e)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("through %s: %v\n got %s\nwant %s\ntext %s", way, err, got, want, text)
			}
		}
	})
}
