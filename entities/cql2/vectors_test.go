package cql2_test

import (
	"slices"
	"testing"
	"time"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities/cql2"
)

// vector is a filter and the "id" of every row that it matches.
type vector struct {
	filter string
	want   []int
}

// dataset is rows that are numbered from 1 in "id", and what may be asked.
type dataset struct {
	queryables cql2.Queryables
	rows       []mapRow
}

func newDataset(types map[string]cql2.Type, rows ...mapRow) dataset {
	types["id"] = cql2.Type{Kind: cql2.KindInt}
	for i := range rows {
		rows[i]["id"] = cql2.Int(int64(i + 1))
	}
	return dataset{cql2.Queryables{Properties: types}, rows}
}

func (d dataset) matches(t testing.TB, e cql2.Expr) []int {
	t.Helper()
	program, err := cql2.Compile(e, d.queryables)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	ids := []int{}
	for i, row := range d.rows {
		matches, err := program.Match(row)
		if err != nil {
			t.Fatalf("row %d: %v", i+1, err)
		}
		if matches {
			ids = append(ids, i+1)
		}
	}
	return ids
}

// run evaluates each filter as text, through JSON, and through text again.
func (d dataset) run(t *testing.T, vectors []vector) {
	t.Helper()
	for _, v := range vectors {
		t.Run(v.filter, func(t *testing.T) {
			e := parseText(t, v.filter)
			viaJSON := throughJSON(t, e)
			viaText := parseText(t, writeText(t, viaJSON))
			for way, e := range map[string]cql2.Expr{"text": e, "JSON": viaJSON, "text again": viaText} {
				if got := d.matches(t, e); !slices.Equal(got, v.want) && len(got)+len(v.want) > 0 {
					t.Errorf("%s: rows %v, want %v", way, got, v.want)
				}
			}
		})
	}
}

func except(n int, out ...int) []int {
	var ids []int
	for id := 1; id <= n; id++ {
		if !slices.Contains(out, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func instant(t testing.TB, s string) cql2.Value {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return cql2.Timestamp(at)
}

func day(t testing.TB, s string) cql2.Value {
	t.Helper()
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return cql2.Date(at)
}

func point(x, y float64) cql2.Value {
	return cql2.Geometry(geom.NewPointFlat(geom.XY, []float64{x, y}))
}

func square(x, y, side float64) cql2.Value {
	return cql2.Geometry(geom.NewPolygonFlat(geom.XY,
		[]float64{x, y, x + side, y, x + side, y + side, x, y + side, x, y}, []int{10}))
}

func names(values ...string) []mapRow {
	var rows []mapRow
	for _, v := range values {
		row := mapRow{"name": cql2.String(v)}
		if v == "NULL" {
			row["name"] = cql2.Null
		}
		rows = append(rows, row)
	}
	return rows
}

func nameDataset(values ...string) dataset {
	return newDataset(map[string]cql2.Type{"name": {Kind: cql2.KindString}}, names(values...)...)
}

func TestCaseInsensitive(t *testing.T) {
	d := nameDataset(
		"Straße", "STRASSE", "strasse", "Οδος", "ΟΔΟΣ", "Ödipus", "ödipus", "ÖDIPUS", "城码", "NULL",
		"iSTANBUL", "İstanbul", "ﬁn", "FIN", "",
	)
	d.run(t, []vector{
		{`CASEI(name) = CASEI('straße')`, []int{1, 2, 3}},
		{`CASEI(name) = CASEI('STRASSE')`, []int{1, 2, 3}},
		{`casei(name) = 'strasse'`, []int{1, 2, 3}},
		{`name = CASEI('STRASSE')`, []int{3}},
		{`CASEI('Straße') = CASEI(name)`, []int{1, 2, 3}},
		{`CASEI(name) IN (CASEI('Οδος'), CASEI('Straße'))`, []int{1, 2, 3, 4, 5}},
		{`CASEI(name) IN (CASEI('Οδός'))`, nil},
		{`CASEI(name) LIKE CASEI('%SS%')`, []int{1, 2, 3}},
		{`CASEI(name) LIKE CASEI('ö%')`, []int{6, 7, 8}},
		{`name LIKE CASEI('Ö%')`, []int{7}},
		{`CASEI(name) <> CASEI('fin')`, except(15, 10, 13, 14)},
		{`CASEI(name) = CASEI('FIN')`, []int{13, 14}},
		{`CASEI(name) = CASEI('istanbul')`, []int{11}},
		{`CASEI(name) = CASEI('İSTANBUL')`, []int{12}},
		{`CASEI(name) = name`, []int{3, 7, 9, 15}},
		{`CASEI(name) IS NULL`, []int{10}},
		{`NOT CASEI(name) = CASEI('STRASSE')`, except(15, 1, 2, 3, 10)},
		{`CASEI('ABC') = CASEI('abc')`, except(15)},
		{`CASEI('ABC') = 'ABC'`, nil},
		{`CASEI(CASEI(name)) = 'strasse'`, []int{1, 2, 3}},
		{`CASEI(name) > CASEI('STRASSE')`, []int{4, 5, 6, 7, 8, 9}},
		{`CASEI(name) NOT IN (CASEI('STRASSE'), CASEI('fin'))`, except(15, 1, 2, 3, 10, 13, 14)},
		{`CASEI(name) LIKE CASEI('城_')`, []int{9}},
		{`CASEI(name) NOT LIKE CASEI('%S%')`, []int{4, 5, 9, 13, 14, 15}},
	})
}

func TestAccentInsensitive(t *testing.T) {
	d := nameDataset(
		"débárquér", "debarquer", "DÉBÁRQUÉR", "e\u0301", "\u00e9", "e", "はじめ", "はしめ", "ñandú", "NULL",
		"Đà Nẵng", "Ằ", "łódź", "한글", "lodz",
	)
	d.run(t, []vector{
		{`ACCENTI(name) = ACCENTI('débárquér')`, []int{1, 2}},
		{`ACCENTI(name) = 'debarquer'`, []int{1, 2}},
		{`name = ACCENTI('débárquér')`, []int{2}},
		{`ACCENTI(name) = ACCENTI('e')`, []int{4, 5, 6}},
		{"ACCENTI(name) = ACCENTI('e\u0301')", []int{4, 5, 6}},
		{"name = '\u00e9'", []int{5}},
		{`CASEI(ACCENTI(name)) = CASEI(ACCENTI('DEBARQUER'))`, []int{1, 2, 3}},
		{`ACCENTI(CASEI(name)) = ACCENTI(CASEI('Débarquer'))`, []int{1, 2, 3}},
		{`ACCENTI(name) = ACCENTI('はじめ')`, []int{7}},
		{`ACCENTI(name) = ACCENTI('はしめ')`, []int{8}},
		{`ACCENTI(name) LIKE 'nan%'`, []int{9}},
		{`ACCENTI(name) LIKE ACCENTI('ñ_ń%')`, []int{9}},
		{`ACCENTI(name) LIKE ACCENTI('Ñ%')`, nil},
		{`ACCENTI(name) = 'A'`, []int{12}},
		{`ACCENTI(name) = 'Đa Nang'`, []int{11}},
		{`ACCENTI(name) = 'łodz'`, []int{13}},
		{`ACCENTI(name) = ACCENTI('lódź')`, []int{15}},
		{`ACCENTI(name) = '한글'`, []int{14}},
		{`ACCENTI(name) IS NULL`, []int{10}},
		{`ACCENTI(name) IN (ACCENTI('É'), ACCENTI('ñandù'))`, []int{9}},
		{`ACCENTI(name) NOT LIKE '%e%'`, []int{3, 7, 8, 9, 11, 12, 13, 14, 15}},
		{`ACCENTI(name) = name`, []int{2, 6, 7, 8, 14, 15}},
		{`ACCENTI('é') = 'e'`, except(15)},
		{`ACCENTI(name) LIKE CASEI(ACCENTI('DÉB%'))`, []int{1, 2}},
	})
}

func TestArithmetic(t *testing.T) {
	number := func(a, b int64, x float64) mapRow {
		return mapRow{"a": cql2.Int(a), "b": cql2.Int(b), "x": cql2.Float(x)}
	}
	rows := []mapRow{
		number(7, 2, 0.5), number(-7, 2, -1.5), number(0, 0, 0), number(9007199254740993, 1, 2),
		number(9223372036854775807, 1, 1e300),
		{"a": cql2.Int(3)},
	}
	d := newDataset(map[string]cql2.Type{
		"a": {Kind: cql2.KindInt}, "b": {Kind: cql2.KindInt}, "x": {Kind: cql2.KindFloat},
	}, rows...)
	d.run(t, []vector{
		{`a + b = 9`, []int{1}},
		{`a - b = 5`, []int{1}},
		{`a * b = 14`, []int{1}},
		{`a / b = 3.5`, []int{1}},
		{`a / b = 3`, nil},
		{`a div b = 3`, []int{1}},
		{`a DIV b = -3`, []int{2}},
		{`a % b = 1`, []int{1}},
		{`a % b = -1`, []int{2}},
		{`a / b IS NULL`, []int{3, 6}},
		{`a div b IS NULL`, []int{3, 6}},
		{`a % b IS NULL`, []int{3, 6}},
		{`b + x IS NULL`, []int{6}},
		{`a ^ 2 = 49`, []int{1, 2}},
		{`2 ^ b = 4`, []int{1, 2}},
		{`-a = 7`, []int{2}},
		{`- a * 2 = -14`, []int{1}},
		{`-2 ^ 2 = 4`, except(6)},
		{`a + b * 2 = 11`, []int{1}},
		{`(a + b) * 2 = 18`, []int{1}},
		{`a - b - 1 = 4`, []int{1}},
		{`a - (b - 1) = 6`, []int{1}},
		{`a = 9007199254740992.0`, nil},
		{`a > 9007199254740992.0`, []int{4, 5}},
		{`a + 0 = 9007199254740993`, []int{4}},
		{`a + b > 9223372036854775807`, []int{5}},
		{`x * 2 = -3`, []int{2}},
		{`x * x * x IS NULL`, []int{5, 6}},
		{`a BETWEEN b * 3 AND b * 4`, []int{1, 3}},
		{`a IN (b + 5, b - 9)`, []int{1, 2}},
		{`a+b=9`, []int{1}},
		{`a-2=5`, []int{1}},
		{`1.5e1 - a = 8`, []int{1}},
	})
}

func TestPropertyProperty(t *testing.T) {
	rows := []mapRow{
		{
			"a": cql2.Int(1), "b": cql2.Float(1), "s": cql2.String("x"), "u": cql2.String("x"), "p": cql2.Bool(true), "q": cql2.Bool(true),
			"d": day(t, "2020-01-01"), "at": instant(t, "2020-01-01T00:00:00Z"), "end": instant(t, "2020-06-01T00:00:00Z"),
			"g": point(1, 1), "h": square(0, 0, 2), "k": cql2.Array(cql2.Int(1)), "l": cql2.Array(cql2.Int(1), cql2.Int(2)),
		},
		{
			"a": cql2.Int(2), "b": cql2.Float(2.5), "s": cql2.String("x"), "u": cql2.String("y"), "p": cql2.Bool(true), "q": cql2.Bool(false),
			"d": day(t, "2020-01-02"), "at": instant(t, "2020-01-01T12:00:00Z"), "end": instant(t, "2020-01-01T12:00:00Z"),
			"g": point(2, 1), "h": square(0, 0, 2), "k": cql2.Array(cql2.Int(3)), "l": cql2.Array(cql2.Int(1), cql2.Int(2)),
		},
		{
			"a": cql2.Int(3), "b": cql2.Float(-1), "s": cql2.String("z"), "u": cql2.String("y"), "p": cql2.Bool(false), "q": cql2.Bool(false),
			"d": day(t, "2020-01-01"), "at": instant(t, "2020-01-01T12:00:00Z"), "end": instant(t, "2021-01-01T00:00:00Z"),
			"g": point(9, 9), "h": square(0, 0, 2), "k": cql2.Array(), "l": cql2.Array(),
		},
		{},
	}
	types := map[string]cql2.Type{}
	for name, v := range rows[0] {
		types[name] = cql2.Type{Kind: v.Kind()}
	}
	newDataset(types, rows...).run(t, []vector{
		{`a = b`, []int{1}},
		{`a <> b`, []int{2, 3}},
		{`a < b`, []int{2}},
		{`b <= a`, []int{1, 3}},
		{`s = u`, []int{1}},
		{`s > u`, []int{3}},
		{`p = q`, []int{1, 3}},
		{`p > q`, []int{2}},
		{`d = at`, []int{1}},
		{`d < at`, []int{3}},
		{`at < "end"`, []int{1, 3}},
		{`1 = a`, []int{1}},
		{`'x' = u`, []int{1}},
		{`1 = 1`, except(4)},
		{`1 = 2 OR a = 3`, []int{3}},
		{`1 < 2 AND 'a' < 'b'`, except(4)},
		{`DATE('2020-01-01') = d`, []int{1, 3}},
		{`a IN (b, 3)`, []int{1, 3}},
		{`s IN (u)`, []int{1}},
		{`a BETWEEN b AND 2`, []int{1}},
		{`2 BETWEEN a AND b`, []int{2}},
		{`S_WITHIN(g, h)`, []int{1}},
		{`S_INTERSECTS(g, h)`, []int{1, 2}},
		{`S_TOUCHES(g, h)`, []int{2}},
		{`S_CONTAINS(h, g)`, []int{1}},
		{`S_DISJOINT(h, g)`, []int{3}},
		{`S_WITHIN(POINT(1 1), h)`, []int{1, 2, 3}},
		{`T_BEFORE(at, "end")`, []int{1, 3}},
		{`T_EQUALS(at, "end")`, []int{2}},
		{`T_INTERSECTS(d, at)`, []int{1, 3}},
		{`T_EQUALS(INTERVAL(at, "end"), INTERVAL(at, at))`, []int{2}},
		{`T_AFTER(DATE('2020-01-02'), d)`, []int{1, 3}},
		{`A_CONTAINEDBY(k, l)`, []int{1, 3}},
		{`A_EQUALS(k, l)`, []int{3}},
		{`p`, []int{1, 2}},
		{`NOT p`, []int{3}},
		{`(a = b) = p`, []int{1, 3}},
		{`(p AND q) IS NULL`, []int{4}},
		{`p OR a IS NULL`, []int{1, 2, 4}},
	})
}
