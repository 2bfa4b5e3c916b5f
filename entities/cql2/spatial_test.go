package cql2_test

import (
	"fmt"
	"math/big"
	"testing"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities/cql2"
)

var spatialOracle = map[cql2.SpatialOp]func(a, b sf.Geometry) (bool, error){
	cql2.SContains: sf.Contains, cql2.SCrosses: sf.Crosses, cql2.SDisjoint: sf.Disjoint, cql2.SEquals: sf.Equals,
	cql2.SIntersects: func(a, b sf.Geometry) (bool, error) {
		disjoint, err := sf.Disjoint(a, b)
		return !disjoint, err
	},
	cql2.SOverlaps: sf.Overlaps, cql2.STouches: sf.Touches, cql2.SWithin: sf.Within,
}

// drawShape makes valid geometries on a small grid, so that they often touch.
func drawShape(t *rapid.T) geom.T {
	grid := func() float64 { return float64(rapid.IntRange(0, 5).Draw(t, "grid")) }
	side := func() float64 { return float64(rapid.IntRange(1, 3).Draw(t, "side")) }
	rect := func(x, y float64) []float64 {
		w, h := side(), side()
		return []float64{x, y, x + w, y, x + w, y + h, x, y + h, x, y}
	}
	switch rapid.IntRange(0, 7).Draw(t, "shape") {
	case 0:
		return geom.NewPointFlat(geom.XY, []float64{grid(), grid()})
	case 1:
		x, y := grid(), grid()
		return geom.NewLineStringFlat(geom.XY, []float64{x, y, x + side(), y + grid() - 2})
	case 2:
		return geom.NewMultiPointFlat(geom.XY, []float64{grid(), grid(), grid(), grid()})
	case 3:
		x, y := grid(), grid()
		return geom.NewPolygonFlat(geom.XY, []float64{x, y, x + side(), y, x, y + side(), x, y}, []int{8})
	case 4:
		x, y := grid(), grid()
		hole := []float64{x + 1, y + 1, x + 2, y + 2, x + 2, y + 1, x + 1, y + 1}
		outer := []float64{x, y, x + 4, y, x + 4, y + 4, x, y + 4, x, y}
		return geom.NewPolygonFlat(geom.XY, append(outer, hole...), []int{10, 18})
	case 5:
		return geom.NewMultiPolygonFlat(geom.XY, append(rect(0, grid()), rect(4, grid())...), [][]int{{10}, {20}})
	case 6:
		collection := geom.NewGeometryCollection()
		collection.MustPush(geom.NewPointFlat(geom.XY, []float64{grid(), grid()}), geom.NewPolygonFlat(geom.XY, rect(grid(), grid()), []int{10}))
		return collection
	default:
		return geom.NewPolygonFlat(geom.XY, rect(grid(), grid()), []int{10})
	}
}

// agree compares every predicate with simplefeatures: with two moving sides,
// with either side prepared, and as a constant.
func agree(t *rapid.T, a, b geom.T) {
	wktA, errA := wkt.Marshal(a)
	wktB, errB := wkt.Marshal(b)
	sfA, errC := sf.UnmarshalWKT(wktA)
	sfB, errD := sf.UnmarshalWKT(wktB)
	for _, err := range []error{errA, errB, errC, errD} {
		if err != nil {
			t.Fatalf("%s, %s: %v", wktA, wktB, err)
		}
	}
	row := mapRow{"a": cql2.Geometry(a), "b": cql2.Geometry(b)}
	queryables := cql2.Queryables{Properties: map[string]cql2.Type{"a": {Kind: cql2.KindGeometry}, "b": {Kind: cql2.KindGeometry}}}
	propertyA, propertyB := &cql2.Property{Name: "a"}, &cql2.Property{Name: "b"}
	literalA, literalB := &cql2.Literal{Value: cql2.Geometry(a)}, &cql2.Literal{Value: cql2.Geometry(b)}
	for op, oracle := range spatialOracle {
		want, err := oracle(sfA, sfB)
		if err != nil {
			t.Fatal(err)
		}
		for way, sides := range map[string][2]cql2.Expr{
			"moving": {propertyA, propertyB}, "left fixed": {literalA, propertyB}, "right fixed": {propertyA, literalB}, "constant": {literalA, literalB},
		} {
			program, err := cql2.Compile(&cql2.Spatial{Op: op, Left: sides[0], Right: sides[1]}, queryables)
			if err != nil {
				t.Fatalf("%s %s %s: %v", wktA, op, wktB, err)
			}
			if got, err := program.Match(row); err != nil || got != want {
				t.Fatalf("%s %s %s (%s): %v, %v; want %v", wktA, op, wktB, way, got, err, want)
			}
		}
	}
}

func TestSpatialAgreesOnAGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agree(t, drawShape(t), drawShape(t)) })
}

// turn is the exact sign of the area of the triangle a, b, c.
func turn(ax, ay, bx, by, cx, cy float64) int {
	minus := func(p, q float64) *big.Rat {
		return new(big.Rat).Sub(new(big.Rat).SetFloat64(p), new(big.Rat).SetFloat64(q))
	}
	left := new(big.Rat).Mul(minus(bx, ax), minus(cy, ay))
	right := new(big.Rat).Mul(minus(by, ay), minus(cx, ax))
	return left.Cmp(right)
}

// TestSpatialIsExactNearEdges has points within rounding of an edge, where the
// fast path must not guess. Rational arithmetic knows the answer.
func TestSpatialIsExactNearEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.Float64Range(100, 140)
		x1, y1 := coordinate.Draw(t, "x"), coordinate.Draw(t, "y")
		x2, y2 := x1+rapid.Float64Range(0.001, 1).Draw(t, "dx"), y1+rapid.Float64Range(0.001, 1).Draw(t, "dy")
		f := rapid.Float64Range(0.01, 0.99).Draw(t, "f")
		x, y := x1+(x2-x1)*f, y1+(y2-y1)*f
		side := turn(x1, y1, x2, y2, x, y) // below the long edge is inside
		triangle := geom.NewPolygonFlat(geom.XY, []float64{x1, y1, x2, y1, x2, y2, x1, y1}, []int{8})
		row := mapRow{"p": point(x, y), "g": cql2.Geometry(triangle)}
		for op, want := range map[cql2.SpatialOp]bool{
			cql2.SIntersects: side <= 0, cql2.SWithin: side < 0, cql2.STouches: side == 0, cql2.SDisjoint: side > 0,
		} {
			for way, area := range map[string]cql2.Expr{
				"moving": &cql2.Property{Name: "g"}, "fixed": &cql2.Literal{Value: row["g"]},
			} {
				e := &cql2.Spatial{Op: op, Left: &cql2.Property{Name: "p"}, Right: area}
				if got, err := cql2.Eval(e, row); err != nil || got != cql2.Bool(want) {
					t.Fatalf("(%v, %v) %s %v (%s): %v, %v; want %v", x, y, op, triangle.FlatCoords(), way, got, err, want)
				}
			}
		}
	})
}

func TestSpatialNullAndEmpty(t *testing.T) {
	empty := mapRow{"g": cql2.Geometry(geom.NewPolygon(geom.XY))}
	missing := mapRow{}
	tests := []struct {
		filter      string
		empty, null cql2.Value
	}{
		{`S_INTERSECTS(g, POINT(1 2))`, cql2.Bool(false), cql2.Null},
		{`S_DISJOINT(g, POINT(1 2))`, cql2.Bool(true), cql2.Null},
		{`NOT S_INTERSECTS(g, POINT(1 2))`, cql2.Bool(true), cql2.Null},
		{`S_EQUALS(g, g)`, cql2.Bool(true), cql2.Null},
		{`S_WITHIN(g, BBOX(0, 0, 1, 1))`, cql2.Bool(false), cql2.Null},
		{`S_INTERSECTS(g, g) OR TRUE`, cql2.Bool(true), cql2.Bool(true)},
	}
	for _, test := range tests {
		e := parseText(t, test.filter)
		for _, c := range []struct {
			row  mapRow
			want cql2.Value
		}{{empty, test.empty}, {missing, test.null}} {
			if got, err := cql2.Eval(e, c.row); err != nil || got != c.want {
				t.Errorf("%s: %v, %v; want %v", test.filter, got, err, c.want)
			}
		}
	}
}

// TestInvalidRowGeometry has geometries that no register should hold; they may
// be an error, but never a panic.
func TestInvalidRowGeometry(t *testing.T) {
	nan := 0.0
	nan /= nan
	for i, g := range []geom.T{
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 2, 2, 2, 0, 0, 2, 0, 0}, []int{10}),
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 1, 1}, []int{4}),
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 1, 0, 1, 1, 0, 1}, []int{8}),
		geom.NewLineStringFlat(geom.XY, []float64{1, 1}),
		geom.NewPointFlat(geom.XY, []float64{nan, 1}),
		geom.NewMultiPolygonFlat(geom.XY, []float64{0, 0, 1, 0, 1, 1, 0, 0}, [][]int{{}, {8}}),
		geom.NewLineStringFlat(geom.XYM, []float64{0, 0, 1, 5, 5, 2}),
	} {
		for op := range spatialOracle {
			e := &cql2.Spatial{Op: op, Left: &cql2.Property{Name: "g"}, Right: parseText(t, `POLYGON((0 0, 3 1, 1 3, 0 0))`)}
			_, err := cql2.Eval(e, mapRow{"g": cql2.Geometry(g)})
			t.Log(fmt.Sprintf("geometry %d, %s:", i, op), err)
		}
	}
}

func TestLikeWildcards(t *testing.T) {
	d := nameDataset("", "a", "ab", "abc", "a%c", "a_c", `a\c`, "城码城", "城码", "NULL", "aXbXc", "a'c")
	d.run(t, []vector{
		{`name LIKE '%'`, except(12, 10)},
		{`name LIKE ''`, []int{1}},
		{`name LIKE '_'`, []int{2}},
		{`name LIKE '__'`, []int{3, 9}},
		{`name LIKE 'a%'`, []int{2, 3, 4, 5, 6, 7, 11, 12}},
		{`name LIKE 'a_c'`, []int{4, 5, 6, 7, 12}},
		{`name LIKE 'a\%c'`, []int{5}},
		{`name LIKE 'a\_c'`, []int{6}},
		{`name LIKE 'a\\\\c'`, []int{7}},
		{`name LIKE '%码%'`, []int{8, 9}},
		{`name LIKE '_码_'`, []int{8}},
		{`name LIKE '城%城'`, []int{8}},
		{`name LIKE '%b%c'`, []int{4, 11}},
		{`name LIKE 'a%_c'`, []int{4, 5, 6, 7, 11, 12}},
		{`name LIKE 'a%b%c%'`, []int{4, 11}},
		{`name LIKE 'ab%bc'`, nil},
		{`name LIKE 'a''c'`, []int{12}},
		{`name LIKE 'a\'c'`, []int{12}},
		{`name NOT LIKE 'a%'`, []int{1, 8, 9}},
	})
}

// naiveLike is LIKE by its definition, exponential and simple.
func naiveLike(pattern, s []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(s) == 0
	case pattern[0] == '%':
		return naiveLike(pattern[1:], s) || len(s) > 0 && naiveLike(pattern, s[1:])
	case pattern[0] == '\\' && len(pattern) > 1:
		return len(s) > 0 && s[0] == pattern[1] && naiveLike(pattern[2:], s[1:])
	default:
		return len(s) > 0 && (pattern[0] == '_' || pattern[0] == s[0]) && naiveLike(pattern[1:], s[1:])
	}
}

func TestLikeAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune(`ab城%_\`)), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.RuneFrom([]rune(`ab城%_\`)), 0, 10, -1).Draw(t, "string")
		e := &cql2.Like{Operand: &cql2.Literal{Value: cql2.String(s)}, Pattern: &cql2.Literal{Value: cql2.String(pattern)}}
		got, err := cql2.Eval(e, mapRow{})
		if want := naiveLike([]rune(pattern), []rune(s)); err != nil || got != cql2.Bool(want) {
			t.Fatalf("%q LIKE %q: %v, %v; want %v", s, pattern, got, err, want)
		}
	})
}
