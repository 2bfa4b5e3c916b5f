package cql2_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities/cql2"
)

func stringArray(items ...string) cql2.Value {
	values := []cql2.Value{}
	for _, s := range items {
		v := cql2.String(s)
		if s == "NULL" {
			v = cql2.Null
		}
		values = append(values, v)
	}
	return cql2.Array(values...)
}

func arrayDataset(t testing.TB) dataset {
	t.Helper()
	since, err := cql2.Interval(day(t, "2020-01-01"), cql2.Null)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := cql2.Int(1), cql2.Int(2), cql2.Int(3)
	rows := []mapRow{
		{
			"tags": stringArray("a", "b", "c"), "nums": cql2.Array(one, two, three),
			"mixed": cql2.Array(cql2.String("a"), cql2.Bool(true), one, cql2.Int(8)),
		},
		{"tags": stringArray("a"), "nums": cql2.Array(one), "mixed": cql2.Array(day(t, "2010-02-10"))},
		{"tags": stringArray(), "nums": cql2.Array(), "mixed": cql2.Array(point(1, 2))},
		{},
		{"tags": stringArray("b", "a", "b"), "nums": cql2.Array(cql2.Float(2), two, one), "mixed": cql2.Array(cql2.Bool(false))},
		{"tags": stringArray("c", "NULL"), "nums": cql2.Array(three, cql2.Null), "mixed": cql2.Array(since)},
		{"tags": stringArray("A", "B"), "nums": cql2.Array(cql2.Int(10), cql2.Int(20)), "mixed": cql2.Array(stringArray("y", "x"))},
	}
	return newDataset(map[string]cql2.Type{
		"tags":  {Kind: cql2.KindArray, Elem: cql2.KindString},
		"nums":  {Kind: cql2.KindArray, Elem: cql2.KindFloat},
		"mixed": {Kind: cql2.KindArray, Elem: cql2.KindAny},
	}, rows...)
}

func TestArrays(t *testing.T) {
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("'t%d'", i))
	}
	long := strings.Join(many, ", ")
	arrayDataset(t).run(t, []vector{
		{`A_CONTAINS(tags, ('a', 'b'))`, []int{1, 5}},
		{`A_CONTAINS(tags, ('a'))`, []int{1, 2, 5}},
		{`A_CONTAINS(tags, ())`, []int{1, 2, 3, 5, 6, 7}},
		{`A_CONTAINEDBY(tags, ('a', 'b'))`, []int{2, 3, 5}},
		{`A_CONTAINEDBY(tags, ('c', 'd'))`, []int{3}},
		{`NOT A_CONTAINEDBY(tags, ('c', 'd'))`, []int{1, 2, 5, 7}},
		{`A_CONTAINEDBY(tags, ('a', 'b', ` + long + `))`, []int{2, 3, 5}},
		{`A_OVERLAPS(tags, (` + long + `, 'c'))`, []int{1, 6}},
		{`A_EQUALS(tags, ('b', 'a'))`, []int{5}},
		{`A_EQUALS(tags, ('a', 'b', 'a'))`, []int{5}},
		{`A_EQUALS(tags, ())`, []int{3}},
		{`A_OVERLAPS(tags, ('c', 'x'))`, []int{1, 6}},
		{`NOT A_OVERLAPS(tags, ('c', 'x'))`, []int{2, 3, 5, 7}},
		{`NOT A_OVERLAPS(tags, ('x'))`, []int{1, 2, 3, 5, 7}},
		{`A_CONTAINS(nums, (1, 2))`, []int{1, 5}},
		{`A_CONTAINS(nums, (1.0, 3))`, []int{1}},
		{`A_CONTAINEDBY(nums, (1, 2, 3))`, []int{1, 2, 3, 5}},
		{`A_EQUALS(nums, (2, 1))`, []int{5}},
		{`A_OVERLAPS(nums, (20, 30))`, []int{7}},
		{`A_CONTAINS((1, 2, 3, 4), nums)`, []int{1, 2, 3, 5}},
		{`a_containedby(('a'), tags)`, []int{1, 2, 5}},
		{`A_EQUALS(tags, tags)`, []int{1, 2, 3, 5, 7}},
		{`A_CONTAINS((id, id + 1), nums)`, []int{3}},
		{`A_OVERLAPS(nums, (id))`, []int{1}},
		{`A_EQUALS(('a', TRUE, 1.0, 8), mixed)`, []int{1}},
		{`A_OVERLAPS(mixed, (TIMESTAMP('2012-08-10T05:30:00Z'), DATE('2010-02-10'), FALSE))`, []int{2, 5}},
		{`A_CONTAINS(mixed, (('x', 'y')))`, []int{7}},
		{`A_CONTAINS(mixed, (('x')))`, nil},
		{`A_CONTAINS(mixed, (POINT(1 2)))`, []int{3}},
		{`A_CONTAINS(mixed, (INTERVAL('2020-01-01', '..')))`, []int{6}},
		{`A_CONTAINS(mixed, (id = 1, 1))`, []int{1}},
		{`tags IS NULL`, []int{4}},
	})
}

var errRefused = errors.New("refused")

func functionTable() map[string]cql2.FunctionDef {
	number, text := cql2.Type{Kind: cql2.KindFloat}, cql2.Type{Kind: cql2.KindString}
	everything := cql2.Type{Kind: cql2.KindAny}
	return map[string]cql2.FunctionDef{
		"len": {
			Params: []cql2.Type{text}, Result: cql2.Type{Kind: cql2.KindInt},
			Call: func(a []cql2.Value) (cql2.Value, error) {
				return cql2.Int(int64(utf8.RuneCountInString(a[0].AsString()))), nil
			},
		},
		"sum": {
			Params: []cql2.Type{number}, Variadic: true, Result: number,
			Call: func(a []cql2.Value) (cql2.Value, error) {
				total := 0.0
				for _, v := range a {
					total += v.AsFloat()
				}
				return cql2.Float(total), nil
			},
		},
		"coalesce": {
			Params: []cql2.Type{everything}, Variadic: true, Result: everything, Nulls: true,
			Call: func(a []cql2.Value) (cql2.Value, error) {
				for _, v := range a {
					if !v.IsNull() {
						return v, nil
					}
				}
				return cql2.Null, nil
			},
		},
		"corner": {
			Params: []cql2.Type{number, number}, Result: cql2.Type{Kind: cql2.KindGeometry},
			Call: func(a []cql2.Value) (cql2.Value, error) { return point(a[0].AsFloat(), a[1].AsFloat()), nil },
		},
		"year": {
			Params: []cql2.Type{{Kind: cql2.KindTimestamp}}, Result: cql2.Type{Kind: cql2.KindInt},
			Call: func(a []cql2.Value) (cql2.Value, error) { return cql2.Int(int64(a[0].AsTime().Year())), nil },
		},
		"isLong": {
			Params: []cql2.Type{text}, Result: cql2.Type{Kind: cql2.KindBool},
			Call: func(a []cql2.Value) (cql2.Value, error) { return cql2.Bool(len(a[0].AsString()) > 4), nil },
		},
		"words": {
			Params: []cql2.Type{text}, Result: cql2.Type{Kind: cql2.KindArray, Elem: cql2.KindString},
			Call: func(a []cql2.Value) (cql2.Value, error) {
				return stringArray(strings.Fields(a[0].AsString())...), nil
			},
		},
		"dims": {
			Params: []cql2.Type{{Kind: cql2.KindGeometry}}, Result: cql2.Type{Kind: cql2.KindInt},
			Call: func(a []cql2.Value) (cql2.Value, error) {
				return cql2.Int(int64(a[0].AsGeometry().Layout().Stride())), nil
			},
		},
		"has": {
			Params: []cql2.Type{{Kind: cql2.KindArray}, everything}, Result: cql2.Type{Kind: cql2.KindBool},
			Call: func(a []cql2.Value) (cql2.Value, error) {
				for _, item := range a[0].AsArray() {
					if item.AsString() == a[1].AsString() {
						return cql2.Bool(true), nil
					}
				}
				return cql2.Bool(false), nil
			},
		},
		"refuse": {
			Result: cql2.Type{Kind: cql2.KindBool},
			Call:   func([]cql2.Value) (cql2.Value, error) { return cql2.Null, errRefused },
		},
	}
}

func functionDataset(t testing.TB) dataset {
	t.Helper()
	deep := cql2.Geometry(geom.NewPointFlat(geom.XYZ, []float64{1, 2, 3}))
	d := newDataset(map[string]cql2.Type{
		"name": {Kind: cql2.KindString}, "alias": {Kind: cql2.KindString}, "x": {Kind: cql2.KindFloat}, "y": {Kind: cql2.KindInt},
		"built": {Kind: cql2.KindDate}, "g": {Kind: cql2.KindGeometry},
	},
		mapRow{"name": cql2.String("one two"), "x": cql2.Float(1.5), "y": cql2.Int(2), "built": day(t, "1999-12-31"), "g": point(1.5, 2)},
		mapRow{"name": cql2.String("城码"), "alias": cql2.String("code"), "x": cql2.Float(3), "y": cql2.Int(4), "built": day(t, "2000-01-01"), "g": deep},
		mapRow{"alias": cql2.String("three"), "y": cql2.Int(0)},
	)
	d.queryables.Functions = functionTable()
	return d
}

func TestFunctions(t *testing.T) {
	functionDataset(t).run(t, []vector{
		{`len(name) = 7`, []int{1}},
		{`len(name) = 2`, []int{2}},
		{`len(name) IS NULL`, []int{3}},
		{`2 = len(name)`, []int{2}},
		{`len('abc') = 3`, except(3)},
		{`len(CASEI('Straße')) = 7`, except(3)},
		{`len(name) > y + 1`, []int{1}},
		{`len(name) BETWEEN 2 AND 6`, []int{2}},
		{`len(name) IN (y, 7)`, []int{1}},
		{`sum() = 0`, except(3)},
		{`sum(x, y) = 3.5`, []int{1}},
		{`sum(x, y, len(name)) = 9`, []int{2}},
		{`sum(x + 1, y * 2) = 6.5`, []int{1}},
		{`sum(y) ^ 2 = 16`, []int{2}},
		{`coalesce(name, alias) = 'three'`, []int{3}},
		{`coalesce(x, 7) = 7`, []int{3}},
		{`coalesce(alias) IS NULL`, []int{1}},
		{`CASEI(coalesce(alias, name)) LIKE CASEI('%O%')`, []int{1, 2}},
		{`S_EQUALS(g, corner(x, y))`, []int{1}},
		{`S_WITHIN(corner(x, y), BBOX(2, 2, 5, 5))`, []int{2}},
		{`year(built) = 1999`, []int{1}},
		{`year(DATE('1999-05-01')) = year(built)`, []int{1}},
		{`isLong(name)`, []int{1, 2}},
		{`NOT isLong(alias)`, []int{2}},
		{`isLong(alias) = TRUE`, []int{3}},
		{`isLong(name) AND y = 2`, []int{1}},
		{`A_CONTAINS(words(name), ('one'))`, []int{1}},
		{`A_EQUALS(words('城码'), (name))`, []int{2}},
		{`has(('a', name), '城码')`, []int{2}},
		{`has((), 'a')`, nil},
		{`dims(g) = 3`, []int{2}},
		{`dims(POINT Z (1 2 3)) = 3`, except(3)},
		{`T_AFTER(coalesce(built, DATE('2020-01-01')), DATE('2000-06-01'))`, []int{3}},
	})
}

func TestFunctionFails(t *testing.T) {
	d := functionDataset(t)
	program, err := cql2.Compile(parseText(t, `refuse()`), d.queryables)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := program.Match(d.rows[0]); !errors.Is(err, errRefused) {
		t.Errorf("error %v, want that of the function", err)
	}
}
