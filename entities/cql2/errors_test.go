package cql2_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/entities/cql2"
)

func wantError(t *testing.T, err, kind error, line, column int) *cql2.Error {
	t.Helper()
	var e *cql2.Error
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Fatalf("error %v, want a *cql2.Error that is %v", err, kind)
	}
	if e.Pos.Line != line || e.Pos.Column != column {
		t.Errorf("%v: at line %d, column %d, want %d, %d", err, e.Pos.Line, e.Pos.Column, line, column)
	}
	return e
}

func TestTextErrors(t *testing.T) {
	tests := []struct {
		name, src    string
		kind         error
		line, column int
	}{
		{"empty", ``, cql2.ErrSyntax, 1, 1},
		{"no operand", `a = `, cql2.ErrSyntax, 1, 5},
		{"no operand before AND", "a = 1 AND\n  AND b = 2", cql2.ErrSyntax, 2, 3},
		{"chain", `1 < a < 3`, cql2.ErrSyntax, 1, 7},
		{"power chain", `a ^ 2 ^ 3 = 1`, cql2.ErrSyntax, 1, 7},
		{"open parenthesis", `(a = 1`, cql2.ErrSyntax, 1, 7},
		{"extra parenthesis", `a = 1)`, cql2.ErrSyntax, 1, 6},
		{"open string", `a = 'x`, cql2.ErrSyntax, 1, 5},
		{"open name", `"a = 1`, cql2.ErrSyntax, 1, 1},
		{"empty name", `"" = 1`, cql2.ErrSyntax, 1, 1},
		{"strange character", `城 = #1`, cql2.ErrSyntax, 1, 5},
		{"lone dot", `a = .`, cql2.ErrSyntax, 1, 5},
		{"keyword as a property", `a = like`, cql2.ErrSyntax, 1, 5},
		{"NOT alone", `a NOT = 1`, cql2.ErrSyntax, 1, 7},
		{"IS", `a IS 1`, cql2.ErrSyntax, 1, 6},
		{"pattern", `a LIKE b`, cql2.ErrSyntax, 1, 8},
		{"BETWEEN", `a BETWEEN 1 OR 2`, cql2.ErrSyntax, 1, 13},
		{"list as a scalar", `a = (1, 2)`, cql2.ErrSyntax, 1, 5},
		{"arguments", `S_INTERSECTS(a)`, cql2.ErrSyntax, 1, 1},
		{"interval arguments", `T_DURING(INTERVAL('..'), a)`, cql2.ErrSyntax, 1, 10},
		{"interval end", `T_DURING(INTERVAL(1, '..'), a)`, cql2.ErrSyntax, 1, 19},
		{"date", `a = DATE('2020-02-30')`, cql2.ErrValue, 1, 10},
		{"date form", `a = DATE('2020-2-3')`, cql2.ErrValue, 1, 10},
		{"timestamp without zone", `a = TIMESTAMP('2020-01-01T00:00:00')`, cql2.ErrValue, 1, 15},
		{"timestamp in another zone", `a = TIMESTAMP('2020-01-01T00:00:00+08:00')`, cql2.ErrValue, 1, 15},
		{"timestamp too fine", `a = TIMESTAMP('2020-01-01T00:00:00.1234567891Z')`, cql2.ErrValue, 1, 15},
		{"integer too large", `a = 9223372036854775808`, cql2.ErrValue, 1, 5},
		{"float too large", `a = 1e999`, cql2.ErrValue, 1, 5},
		{"open ring", `S_WITHIN(a, POLYGON((0 0, 1 0, 1 1, 0 1)))`, cql2.ErrGeometry, 1, 21},
		{"short ring", `S_WITHIN(a, POLYGON((0 0, 1 0, 0 0)))`, cql2.ErrGeometry, 1, 21},
		{"short line", `S_WITHIN(a, LINESTRING(0 0))`, cql2.ErrGeometry, 1, 23},
		{"mixed dimensions", `S_WITHIN(a, LINESTRING(0 0, 1 1 1))`, cql2.ErrGeometry, 1, 29},
		{"four dimensions", `S_WITHIN(a, POINT(0 0 1 1))`, cql2.ErrGeometry, 1, 19},
		{"Z without z", `S_WITHIN(a, POINT Z (0 0))`, cql2.ErrGeometry, 1, 13},
		{"empty geometry", `S_WITHIN(a, POINT EMPTY)`, cql2.ErrSyntax, 1, 19},
		{"box of five", `S_WITHIN(a, BBOX(0, 0, 1, 1, 1))`, cql2.ErrGeometry, 1, 13},
		{"invalid UTF-8", "a = '\xff'", cql2.ErrSyntax, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := cql2.ParseText(test.src)
			if err == nil {
				t.Fatalf("%s parsed as %#v", test.src, e)
			}
			wantError(t, err, test.kind, test.line, test.column)
		})
	}
}

func TestJSONErrors(t *testing.T) {
	tests := []struct {
		name, src    string
		kind         error
		line, column int
	}{
		{"empty", ``, cql2.ErrSyntax, 1, 1},
		{"cut off", `{"op":"=",`, cql2.ErrSyntax, 1, 11},
		{"trailing", `true false`, cql2.ErrSyntax, 1, 6},
		{"null", "{\"op\":\"=\",\n \"args\":[{\"property\":\"a\"}, null]}", cql2.ErrSyntax, 2, 28},
		{"array", `[1]`, cql2.ErrSyntax, 1, 1},
		{"no args", `{"op":"="}`, cql2.ErrSyntax, 1, 1},
		{"unknown member", `{"op":"=","args":[1,2],"x":1}`, cql2.ErrSyntax, 1, 28},
		{"double member", `{"op":"=","op":"<","args":[1,2]}`, cql2.ErrSyntax, 1, 11},
		{"unknown object", `{"foo":1}`, cql2.ErrSyntax, 1, 1},
		{"number of args", `{"op":"=","args":[1]}`, cql2.ErrSyntax, 1, 7},
		{"and of one", `{"op":"and","args":[true]}`, cql2.ErrSyntax, 1, 7},
		{"operator", `{"op":"==","args":[1,2]}`, cql2.ErrSyntax, 1, 7},
		{"reserved function", `{"op":"DATE","args":[1]}`, cql2.ErrSyntax, 1, 7},
		{"list of in", `{"op":"in","args":[1,2]}`, cql2.ErrSyntax, 1, 22},
		{"pattern", `{"op":"like","args":["a",1]}`, cql2.ErrSyntax, 1, 26},
		{"date", `{"date":"x"}`, cql2.ErrValue, 1, 9},
		{"geometry type", `{"type":"Circle","coordinates":[1,2]}`, cql2.ErrGeometry, 1, 9},
		{"case of the geometry type", `{"type":"point","coordinates":[1,2]}`, cql2.ErrGeometry, 1, 9},
		{"coordinate", `{"type":"Point","coordinates":[1,"2"]}`, cql2.ErrSyntax, 1, 34},
		{"no ring", `{"type":"Polygon","coordinates":[]}`, cql2.ErrGeometry, 1, 1},
		{"polygon without ring", `{"type":"MultiPolygon","coordinates":[[]]}`, cql2.ErrGeometry, 1, 39},
		{"nested collection", `{"type":"GeometryCollection","geometries":[{"type":"GeometryCollection","geometries":[]}]}`, cql2.ErrGeometry, 1, 44},
		{"box", `{"bbox":[1,2,3]}`, cql2.ErrGeometry, 1, 9},
		{"interval", `{"interval":["..",5]}`, cql2.ErrSyntax, 1, 19},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := cql2.ParseJSON([]byte(test.src))
			if err == nil {
				t.Fatalf("%s parsed as %#v", test.src, e)
			}
			wantError(t, err, test.kind, test.line, test.column)
		})
	}
}

func checkQueryables() cql2.Queryables {
	return cql2.Queryables{
		Properties: map[string]cql2.Type{
			"name": {Kind: cql2.KindString}, "floors": {Kind: cql2.KindInt}, "height": {Kind: cql2.KindFloat},
			"built": {Kind: cql2.KindDate}, "seen": {Kind: cql2.KindTimestamp}, "life": {Kind: cql2.KindInterval},
			"footprint": {Kind: cql2.KindGeometry}, "demolished": {Kind: cql2.KindBool},
			"tags": {Kind: cql2.KindArray, Elem: cql2.KindString},
		},
		Functions: functionTable(),
	}
}

func TestCheckRefuses(t *testing.T) {
	tests := []struct {
		name, src    string
		kind         error
		line, column int
	}{
		{"unknown property", "name = 'x' AND\nfloor > 2", cql2.ErrUnknownProperty, 2, 1},
		{"unknown function", `lenn(name) = 1`, cql2.ErrUnknownFunction, 1, 1},
		{"not a predicate", `floors + 1`, cql2.ErrType, 1, 1},
		{"string with number", `name = 5`, cql2.ErrType, 1, 8},
		{"number with string", `'5' > 4`, cql2.ErrType, 1, 7},
		{"boolean with number", `demolished = 1`, cql2.ErrType, 1, 14},
		{"geometry compared", `footprint = name`, cql2.ErrType, 1, 1},
		{"IN of mixed", `floors IN (1, 'two')`, cql2.ErrType, 1, 15},
		{"BETWEEN of mixed", `floors BETWEEN 1 AND 'b'`, cql2.ErrType, 1, 22},
		{"LIKE of a number", `floors LIKE '1%'`, cql2.ErrType, 1, 1},
		{"CASEI of a number", `CASEI(floors) = 'x'`, cql2.ErrType, 1, 7},
		{"AND of a number", `demolished AND floors`, cql2.ErrType, 1, 16},
		{"sum of a string", `floors + name > 1`, cql2.ErrType, 1, 10},
		{"spatial of a string", `S_WITHIN(name, POINT(1 2))`, cql2.ErrType, 1, 10},
		{"temporal of a number", `T_AFTER(floors, DATE('2020-01-01'))`, cql2.ErrType, 1, 9},
		{"instant in an interval relation", `T_DURING(built, INTERVAL('2020-01-01', '..'))`, cql2.ErrType, 1, 10},
		{"interval of strings", `T_AFTER(INTERVAL(name, '..'), built)`, cql2.ErrType, 1, 18},
		{"interval that ends first", `T_AFTER(INTERVAL('2021-01-01', '2020-01-01'), built)`, cql2.ErrValue, 1, 9},
		{"array of a string", `A_CONTAINS(name, ('a'))`, cql2.ErrType, 1, 12},
		{"array of the wrong items", `A_CONTAINS(tags, (1, 2))`, cql2.ErrType, 1, 18},
		{"number of arguments", `len(name, name) = 1`, cql2.ErrType, 1, 1},
		{"type of an argument", `len(floors) = 1`, cql2.ErrType, 1, 5},
		{"crossing edges", `S_WITHIN(footprint, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))`, cql2.ErrGeometry, 1, 21},
		{"box upside down", `S_WITHIN(footprint, BBOX(0, 5, 1, 2))`, cql2.ErrGeometry, 1, 21},
		{"box that wraps in metres", `S_WITHIN(footprint, BBOX(500000, 5, 400000, 9))`, cql2.ErrGeometry, 1, 21},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := parseText(t, test.src)
			err := cql2.Check(e, checkQueryables())
			if err == nil {
				t.Fatal("no error")
			}
			wantError(t, err, test.kind, test.line, test.column)
			if _, compileErr := cql2.Compile(e, checkQueryables()); compileErr == nil || compileErr.Error() != err.Error() {
				t.Errorf("Compile says %v, Check says %v", compileErr, err)
			}
		})
	}
}

func TestCheckSuggests(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string
	}{
		{"one letter missing", `floor = 1`, []string{"floors"}},
		{"letters swapped", `heihgt = 1`, []string{"height"}},
		{"case", `NAME = 'x'`, []string{"name"}},
		{"nothing near", `population = 1`, nil},
		{"function", `yaer(built) = 1`, []string{"year"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var e *cql2.Error
			if err := cql2.Check(parseText(t, test.src), checkQueryables()); !errors.As(err, &e) {
				t.Fatalf("error %v, want a *cql2.Error", err)
			}
			if !slices.Equal(e.Suggestions, test.want) {
				t.Errorf("suggestions %v, want %v", e.Suggestions, test.want)
			}
			for _, s := range test.want {
				if !strings.Contains(e.Error(), s) {
					t.Errorf("%q does not name %s", e.Error(), s)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	limits := cql2.Limits{MaxBytes: 4000, MaxDepth: 10, MaxNodes: 50, MaxVertices: 20, MaxPattern: 16}
	list := strings.TrimSuffix(strings.Repeat("1, ", 100), ", ")
	line := strings.TrimSuffix(strings.Repeat("1 2, ", 30), ", ")
	tests := []struct{ name, limit, text, json string }{
		{"bytes", "MaxBytes", "a = '" + strings.Repeat("x", 4000) + "'", `"` + strings.Repeat("x", 4000) + `"`},
		{"parentheses", "MaxDepth", strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100), strings.Repeat("[", 200)},
		{"NOT", "MaxDepth", strings.Repeat("NOT ", 20) + "a", strings.Repeat(`{"op":"not","args":[`, 11) + "true" + strings.Repeat("]}", 11)},
		{"sums", "MaxDepth", "a" + strings.Repeat(" + 1", 12) + " = 1", strings.Repeat(`{"op":"+","args":[1,`, 11) + "1" + strings.Repeat("]}", 11)},
		{"list", "MaxNodes", "a IN (" + list + ")", `{"op":"in","args":[1,[` + list + `]]}`},
		{"line", "MaxVertices", "S_WITHIN(a, LINESTRING(" + line + "))", `{"type":"LineString","coordinates":[` + strings.TrimSuffix(strings.Repeat("[1,2],", 30), ",") + `]}`},
		{"pattern", "MaxPattern", "a LIKE '" + strings.Repeat("%a", 20) + "'", `{"op":"like","args":["a","` + strings.Repeat("%a", 20) + `"]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, textErr := limits.ParseText(test.text)
			_, jsonErr := limits.ParseJSON([]byte(test.json))
			for form, err := range map[string]error{"text": textErr, "JSON": jsonErr} {
				var e *cql2.Error
				if !errors.As(err, &e) || !errors.Is(err, cql2.ErrLimit) || e.Name != test.limit {
					t.Errorf("%s: error %v, want %s", form, err, test.limit)
				}
			}
			if test.name != "bytes" && test.name != "parentheses" {
				if _, err := cql2.ParseText(test.text); err != nil {
					t.Errorf("within the defaults: %v", err)
				}
			}
		})
	}
}

// TestLiteralPairs: two literals that cross a million times are refused.
func TestLiteralPairs(t *testing.T) {
	line := func(n int, vertical bool) string {
		var positions []string
		for i := range n {
			x, y := float64(i%2)*100, float64(i)*100/float64(n)
			if vertical {
				x, y = y, x
			}
			positions = append(positions, fmt.Sprintf("%g %g", x, y))
		}
		return "LINESTRING(" + strings.Join(positions, ", ") + ")"
	}
	filter := func(n int) string { return "S_CROSSES(" + line(n, false) + ", " + line(n, true) + ")" }
	_, err := cql2.Compile(parseText(t, filter(1000)), cql2.Queryables{})
	if e := wantError(t, err, cql2.ErrLimit, 1, 1); e.Name != "MaxLiteralPairs" {
		t.Errorf("limit %s, want MaxLiteralPairs", e.Name)
	}
	if _, err := cql2.Compile(parseText(t, filter(10)), cql2.Queryables{}); err != nil {
		t.Error(err)
	}
	if _, err := cql2.Compile(parseText(t, filter(80)+" OR "+filter(80)), cql2.Queryables{}); !errors.Is(err, cql2.ErrLimit) {
		t.Errorf("two predicates below the limit that exceed it together: error %v, want ErrLimit", err)
	}
}

// TestHostileInput has what costs naive parsers and matchers exponential time
// or the stack.
func TestHostileInput(t *testing.T) {
	const n = 100_000
	for name, src := range map[string]string{
		"parentheses": strings.Repeat("(", n), "lists": strings.Repeat("f((", n), "NOT": strings.Repeat("NOT ", n) + "a",
		"minus": strings.Repeat("-", n) + "1", "sum": "1" + strings.Repeat("+1", n), "collection": strings.Repeat("GEOMETRYCOLLECTION(", n/10),
		"commas": "f(" + strings.Repeat(",", n), "quotes": strings.Repeat("'", n+1), "nested sums": strings.Repeat("((1)+", 60) + "1" + strings.Repeat(")", 60),
	} {
		if _, err := cql2.ParseText(src); err == nil && name != "nested sums" {
			t.Errorf("%s parsed", name)
		}
	}
	for name, src := range map[string]string{
		"arrays": strings.Repeat("[", n), "objects": strings.Repeat(`{"op":`, n), "numbers": "[" + strings.Repeat("1,", n) + "1]",
	} {
		if _, err := cql2.ParseJSON([]byte(src)); err == nil {
			t.Errorf("%s parsed", name)
		}
	}
	e := parseText(t, fmt.Sprintf("name LIKE '%s'", strings.Repeat("%a_", 300)+"b"))
	row := mapRow{"name": cql2.String(strings.Repeat("a", 20_000))}
	if v, err := cql2.Eval(e, row); err != nil || v.AsBool() {
		t.Errorf("%v, %v; want FALSE", v, err)
	}
}
