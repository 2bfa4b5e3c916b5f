package cql2_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities/cql2"
)

func TestBounds(t *testing.T) {
	tests := []struct {
		name, filter string
		want         []float64 // nil: none
	}{
		{"box", `S_INTERSECTS(g, BBOX(1, 2, 3, 4))`, []float64{1, 2, 3, 4}},
		{"box with heights", `S_INTERSECTS(g, BBOX(1, 2, 0, 3, 4, 9))`, []float64{1, 2, 3, 4}},
		{"literal first", `S_CONTAINS(POLYGON((0 0, 4 0, 4 2, 0 0)), g)`, []float64{0, 0, 4, 2}},
		{"smallest of AND", `S_WITHIN(g, BBOX(0, 0, 9, 9)) AND a = 1 AND S_TOUCHES(g, LINESTRING(1 1, 2 3))`, []float64{1, 1, 2, 3}},
		{"union of OR", `S_WITHIN(g, BBOX(0, 0, 1, 1)) OR S_WITHIN(g, BBOX(5, 5, 6, 6))`, []float64{0, 0, 6, 6}},
		{"OR with something else", `S_WITHIN(g, BBOX(0, 0, 1, 1)) OR a = 1`, nil},
		{"disjoint", `S_DISJOINT(g, BBOX(0, 0, 1, 1))`, nil},
		{"not disjoint", `NOT S_DISJOINT(g, BBOX(0, 0, 1, 1))`, []float64{0, 0, 1, 1}},
		{"not intersects", `NOT S_INTERSECTS(g, BBOX(0, 0, 1, 1))`, nil},
		{"not of OR", `NOT (a = 1 OR S_DISJOINT(g, BBOX(0, 0, 1, 1)))`, []float64{0, 0, 1, 1}},
		{"not of AND", `NOT (a = 1 AND S_DISJOINT(g, BBOX(0, 0, 1, 1)))`, nil},
		{"antimeridian", `S_INTERSECTS(g, BBOX(170, 2, -170, 4))`, []float64{-180, 2, 180, 4}},
		{"two properties", `S_INTERSECTS(g, h)`, nil},
		{"other property", `S_INTERSECTS(h, BBOX(1, 2, 3, 4))`, nil},
		{"none", `a = 1`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			minX, minY, maxX, maxY, ok := cql2.Bounds(parseText(t, test.filter), "g")
			var got []float64
			if ok {
				got = []float64{minX, minY, maxX, maxY}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
	if _, _, _, _, ok := cql2.Bounds(parseText(t, `S_INTERSECTS(h, BBOX(1, 2, 3, 4))`)); !ok {
		t.Error("with no property named, every property counts")
	}
}

// TestBoundsHoldEveryMatch: a row outside the bounds never matches.
func TestBoundsHoldEveryMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var draw func(depth int) cql2.Expr
		draw = func(depth int) cql2.Expr {
			kind := rapid.IntRange(0, 4).Draw(t, "kind")
			if depth == 0 || kind > 2 {
				op := cql2.SpatialOp(rapid.IntRange(0, 7).Draw(t, "op"))
				return &cql2.Spatial{Op: op, Left: &cql2.Property{Name: "g"}, Right: &cql2.Literal{Value: cql2.Geometry(drawShape(t))}}
			}
			switch kind {
			case 0:
				return &cql2.And{Args: []cql2.Expr{draw(depth - 1), draw(depth - 1)}}
			case 1:
				return &cql2.Or{Args: []cql2.Expr{draw(depth - 1), draw(depth - 1)}}
			default:
				return &cql2.Not{Arg: draw(depth - 1)}
			}
		}
		e := draw(3)
		minX, minY, maxX, maxY, ok := cql2.Bounds(e, "g")
		if !ok {
			return
		}
		g := drawShape(t)
		matches, err := cql2.Eval(e, mapRow{"g": cql2.Geometry(g)})
		if err != nil {
			t.Fatal(err)
		}
		b := g.Bounds()
		outside := b.Max(0) < minX || b.Min(0) > maxX || b.Max(1) < minY || b.Min(1) > maxY
		if matches.AsBool() && outside {
			text, _ := cql2.Text(e)
			t.Fatalf("%s matches %v outside its bounds", text, g.FlatCoords())
		}
	})
}

func TestEquals(t *testing.T) {
	tests := []struct{ filter, want string }{
		{`a = 1`, `a[1]`},
		{`'x' = b`, `b["x"]`},
		{`a = 1 AND b = 'x' AND c > 2`, `a[1] b["x"]`},
		{`a IN (1, 2.5)`, `a[1 2.5]`},
		{`a = 1 OR a = 2 OR a IN (3)`, `a[1 2 3]`},
		{`a = 1 OR b = 2`, ``},
		{`NOT a = 1`, ``},
		{`a = b`, ``},
		{`CASEI(a) = 'x'`, ``},
		{`a IN (1, b)`, ``},
		{`d = DATE('2020-01-01') AND (a = 1 OR a = 2)`, `d[2020-01-01] a[1 2]`},
	}
	for _, test := range tests {
		var parts []string
		for _, term := range cql2.Equals(parseText(t, test.filter)) {
			parts = append(parts, fmt.Sprintf("%s%v", term.Property, term.Values))
		}
		if got := strings.Join(parts, " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.filter, got, test.want)
		}
	}
}

func TestTransform(t *testing.T) {
	each := func(f func(x, y float64) (float64, float64)) func([]float64, int) error {
		return func(coords []float64, stride int) error {
			for i := 0; i < len(coords); i += stride {
				coords[i], coords[i+1] = f(coords[i], coords[i+1])
			}
			return nil
		}
	}
	swap := each(func(x, y float64) (float64, float64) { return y, x })
	scale := each(func(x, y float64) (float64, float64) { return 2 * x, 10 * y })
	shear := each(func(x, y float64) (float64, float64) { return x + y, y })
	tests := []struct {
		name, filter string
		convert      func([]float64, int) error
		want         string
	}{
		{"no geometry", `a = 1`, swap, `a = 1`},
		{"point", `a = 1 AND S_WITHIN(g, POINT(1 2))`, swap, `a = 1 AND S_WITHIN(g, POINT(2 1))`},
		{"heights stay", `S_WITHIN(g, LINESTRING Z (1 2 3, 4 5 6))`, swap, `S_WITHIN(g, LINESTRING Z (2 1 3, 5 4 6))`},
		{"box, axes swapped", `S_WITHIN(g, BBOX(1, 2, 3, 4))`, swap, `S_WITHIN(g, BBOX(2, 1, 4, 3))`},
		{"box, scaled", `S_WITHIN(g, BBOX(1, 2, 3, 4))`, scale, `S_WITHIN(g, BBOX(2, 20, 6, 40))`},
		{"box over the antimeridian, axes swapped", `S_WITHIN(g, BBOX(-10, 170, 10, -170))`, swap, `S_WITHIN(g, BBOX(170, -10, -170, 10))`},
		{"box with heights", `S_WITHIN(g, BBOX(1, 2, -5, 3, 4, 50))`, swap, `S_WITHIN(g, BBOX(2, 1, -5, 4, 3, 50))`},
		{"collection", `NOT S_WITHIN(g, GEOMETRYCOLLECTION(POINT(1 2), MULTIPOINT((3 4))))`, swap, `NOT S_WITHIN(g, GEOMETRYCOLLECTION(POINT(2 1), MULTIPOINT((4 3))))`},
		{"list", `f(g, (POINT(1 2), 'x')) IN (TRUE)`, swap, `f(g, (POINT(2 1), 'x')) IN (TRUE)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := parseText(t, test.filter)
			before := writeText(t, e)
			got, err := cql2.Transform(e, test.convert)
			if err != nil {
				t.Fatal(err)
			}
			if text := writeText(t, got); text != test.want {
				t.Errorf("%s, want %s", text, test.want)
			}
			if after := writeText(t, e); after != before {
				t.Errorf("the original is now %s", after)
			}
		})
	}
	t.Run("box that becomes a parallelogram", func(t *testing.T) {
		got, err := cql2.Transform(parseText(t, `S_WITHIN(g, BBOX(0, 0, 2, 4))`), shear)
		if err != nil {
			t.Fatal(err)
		}
		minX, minY, maxX, maxY, ok := cql2.Bounds(got)
		if !ok || minX != 0 || minY != 0 || maxX != 6 || maxY != 4 {
			t.Errorf("bounds %v %v %v %v %v, want 0 0 6 4", minX, minY, maxX, maxY, ok)
		}
		for _, c := range []struct {
			x, y float64
			want bool
		}{{3, 2, true}, {0.5, 2, false}, {5.5, 2, false}} {
			if v, err := cql2.Eval(got, mapRow{"g": point(c.x, c.y)}); err != nil || v.AsBool() != c.want {
				t.Errorf("(%v, %v): %v, %v; want %v", c.x, c.y, v, err, c.want)
			}
		}
	})
	t.Run("failures", func(t *testing.T) {
		refuse := func([]float64, int) error { return errRefused }
		for _, filter := range []string{`S_WITHIN(g, POINT(1 2))`, `S_WITHIN(g, BBOX(0, 0, 2, 4))`} {
			_, err := cql2.Transform(parseText(t, filter), refuse)
			if !errors.Is(err, errRefused) || !errors.Is(err, cql2.ErrGeometry) {
				t.Errorf("%s: error %v, want both that of the hook and ErrGeometry", filter, err)
			}
		}
		if _, err := cql2.Transform(parseText(t, `S_WITHIN(g, BBOX(10, 0, -10, 4))`), shear); !errors.Is(err, cql2.ErrGeometry) {
			t.Errorf("a wrapping box that is no box any more: error %v, want ErrGeometry", err)
		}
	})
}

// TestTemporalMixed has dates against timestamps: a date is its whole day.
func TestTemporalMixed(t *testing.T) {
	d := newDataset(map[string]cql2.Type{"d": {Kind: cql2.KindDate}, "at": {Kind: cql2.KindTimestamp}, "life": {Kind: cql2.KindInterval}},
		mapRow{"d": day(t, "2020-02-29"), "at": instant(t, "2020-02-29T23:59:59.999999999Z"), "life": interval(t, day(t, "2020-01-01"), cql2.Null)},
		mapRow{"d": day(t, "2020-03-01"), "at": instant(t, "2020-03-01T00:00:00Z"), "life": interval(t, cql2.Null, day(t, "2020-02-29"))},
		mapRow{},
		mapRow{"d": day(t, "0001-01-01"), "at": instant(t, "9999-12-31T23:59:59Z"), "life": interval(t, cql2.Null, cql2.Null)},
	)
	d.run(t, []vector{
		{`T_INTERSECTS(at, DATE('2020-02-29'))`, []int{1}},
		{`T_AFTER(at, DATE('2020-02-29'))`, []int{2, 4}},
		{`T_BEFORE(at, DATE('2020-03-01'))`, []int{1}},
		{`T_DISJOINT(d, TIMESTAMP('2020-03-01T00:00:00Z'))`, []int{1, 4}},
		{`T_EQUALS(d, INTERVAL('2020-02-29', '2020-02-29'))`, []int{1}},
		{`T_EQUALS(INTERVAL(d, d), INTERVAL('2020-02-29T00:00:00Z', '2020-02-29T23:59:59.999999999Z'))`, []int{1}},
		{`d = TIMESTAMP('2020-03-01T00:00:00Z')`, []int{2}},
		{`at <= DATE('2020-02-29')`, nil},
		{`T_INTERSECTS(life, DATE('2020-02-29'))`, []int{1, 2, 4}},
		{`T_BEFORE(life, DATE('2020-03-01'))`, []int{2}},
		{`T_EQUALS(life, INTERVAL('..', '..'))`, []int{4}},
		{`T_CONTAINS(life, INTERVAL('2020-02-01', '2020-03-31'))`, []int{1, 4}},
		{`T_MEETS(life, INTERVAL('2020-02-29', '..'))`, []int{2}},
		{`T_METBY(life, INTERVAL('2019-01-01', '2020-01-01'))`, []int{1}},
		{`T_STARTS(life, INTERVAL('..', '2021-01-01'))`, []int{2}},
		{`T_STARTEDBY(life, INTERVAL('..', '2020-01-01'))`, []int{2, 4}},
		{`T_FINISHES(life, INTERVAL('2000-01-01', '..'))`, []int{1}},
		{`T_FINISHEDBY(life, INTERVAL('2000-01-01', '2020-02-29'))`, []int{2}},
		{`T_OVERLAPS(life, INTERVAL('2020-02-01', '2020-03-31'))`, []int{2}},
		{`T_OVERLAPPEDBY(life, INTERVAL('2019-06-01', '2020-03-31'))`, []int{1}},
		{`T_DURING(INTERVAL(d, at), life)`, []int{1, 4}},
		{`INTERVAL(d, at) IS NULL`, []int{3}},
		{`at > TIMESTAMP('2020-02-29T23:59:59.999999998Z') AND at < TIMESTAMP('2020-03-01T00:00:00Z')`, []int{1}},
		{`d < DATE('0001-01-02')`, []int{4}},
	})
}

func interval(t testing.TB, start, end cql2.Value) cql2.Value {
	t.Helper()
	v, err := cql2.Interval(start, end)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNotRepresentable(t *testing.T) {
	a := &cql2.Property{Name: "a"}
	for name, e := range map[string]cql2.Expr{
		"not a number":  &cql2.Compare{Left: a, Right: &cql2.Literal{Value: cql2.Float(math.NaN())}},
		"infinity":      &cql2.BBox{Corners: []float64{0, 0, math.Inf(1), 1}},
		"null":          &cql2.Compare{Left: a, Right: &cql2.Literal{}},
		"bytes":         &cql2.Compare{Left: a, Right: &cql2.Literal{Value: cql2.String("\xff")}},
		"AND of one":    &cql2.And{Args: []cql2.Expr{a}},
		"function name": &cql2.Function{Name: "date"},
		"property name": &cql2.IsNull{Operand: &cql2.Property{}},
		"nil":           &cql2.Not{},
	} {
		if s, err := cql2.Text(e); !errors.Is(err, cql2.ErrNotRepresentable) {
			t.Errorf("%s: text %s, error %v", name, s, err)
		}
		if s, err := cql2.JSON(e); !errors.Is(err, cql2.ErrNotRepresentable) {
			t.Errorf("%s: JSON %s, error %v", name, s, err)
		}
	}
}
