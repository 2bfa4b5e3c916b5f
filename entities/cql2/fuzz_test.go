package cql2_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chengma/chengma/entities/cql2"
)

var textSeeds = []string{
	`a = 1`, `"q""uote" <> 'it''s \'fine\' \\ \n'`, `NOT (a AND b OR c)`, `x NOT BETWEEN -1 AND +2.5e-3`, `城 IN ('码', CASEI('ß'))`,
	`a IS NOT NULL AND b LIKE ACCENTI(CASEI('%\%_'))`, `f((1, (2), ()), g(), -h(x))`, `- foo * 2.0 + "bar" / 6.1234 - "x" ^ 2.0 > 3 div 2 % 4`,
	`S_INTERSECTS(g, BBOX(150,-90,-150,90))`, `S_WITHIN(g, POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1)))`, `S_EQUALS(GEOMETRYCOLLECTION(POINT(1 2), MULTIPOINT(1 2, (3 4))), g)`,
	`S_CROSSES(MULTILINESTRING((0 0, 1 1), (2 2, 3 3)), MULTIPOLYGON(((0 0, 4 0, 4 4, 0 0)), ((9 9, 8 9, 8 8, 9 9))))`,
	`T_MEETS(INTERVAL('..', '2020-01-01'), INTERVAL(a, f(b)))`, `T_AFTER(TIMESTAMP('2020-01-01T00:00:00.5Z'), DATE('2019-12-31'))`,
	`A_CONTAINS((1, 'a', TRUE, DATE('2020-01-01'), (1.0)), tags)`, `point = 1 AND date > 2 AND z < 3`, `((((1))))+((2)) = a`,
}

// fixpoint writes a tree in both encodings and reads both back.
func fixpoint(t *testing.T, e cql2.Expr) {
	t.Helper()
	text := writeText(t, e)
	asJSON := writeJSON(t, e)
	for way, again := range map[string]cql2.Expr{"text": parseText(t, text), "JSON": parseJSON(t, asJSON)} {
		if got := writeText(t, again); got != text {
			t.Errorf("text through %s\n got %s\nwant %s", way, got, text)
		}
		if got := writeJSON(t, again); !bytes.Equal(got, asJSON) {
			t.Errorf("JSON through %s\n got %s\nwant %s", way, got, asJSON)
		}
	}
	// None of these may panic or hang; what they say is for other tests.
	_ = cql2.Check(e, checkQueryables())
	if len(text) < 2000 {
		_, _ = cql2.Eval(e, mapRow{"a": cql2.Int(1), "g": point(1, 2)})
	}
	cql2.Bounds(e)
	cql2.Equals(e)
}

func FuzzParseText(f *testing.F) {
	for _, seed := range textSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if e, err := cql2.ParseText(src); err == nil {
			fixpoint(t, e)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range textSeeds {
		e, err := cql2.ParseText(seed)
		if err != nil {
			f.Fatalf("%s: %v", seed, err)
		}
		b, err := cql2.JSON(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"op":"S_Intersects","args":[{"property":"g"},{"type":"Point","coordinates":[1,2],"bbox":[1,2,1,2]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		if e, err := cql2.ParseJSON(src); err == nil {
			fixpoint(t, e)
		}
	})
}

var benchmarks = []struct{ name, filter string }{
	{"compare", `floors > 5`},
	{"and", `floors > 5 AND name = 'tower' AND demolished = FALSE`},
	{"like", `name LIKE '%owe%'`},
	{"casei", `CASEI(name) = CASEI('TOWER')`},
	{"in", `name IN ('a','b','c','d','e','f','g','h','i','tower')`},
	{"interval", `T_INTERSECTS(INTERVAL(built, seen), INTERVAL('2020-01-01', '2021-01-01'))`},
	{"box", `S_INTERSECTS(footprint, BBOX(114.0, 22.5, 114.1, 22.6))`},
	{"box apart", `S_INTERSECTS(footprint, BBOX(10, 22.5, 11, 22.6))`},
	{"polygon", `S_INTERSECTS(footprint, POLYGON((114 22.5, 114.1 22.5, 114.1 22.6, 114.05 22.7, 114 22.6, 114 22.5)))`},
	{"polygon, exact", `S_TOUCHES(footprint, POLYGON((114 22.5, 114.1 22.5, 114.1 22.6, 114.05 22.7, 114 22.6, 114 22.5)))`},
}

func BenchmarkMatch(b *testing.B) {
	row := mapRow{
		"floors": cql2.Int(7), "name": cql2.String("tower"), "demolished": cql2.Bool(false), "built": day(b, "2019-05-01"),
		"seen": instant(b, "2020-05-01T00:00:00Z"), "footprint": square(114.05, 22.55, 0.001),
	}
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			e, err := cql2.ParseText(bench.filter)
			if err != nil {
				b.Fatal(err)
			}
			program, err := cql2.Compile(e, checkQueryables())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := program.Match(row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestMatchAllocates holds the per-row evaluation of common filters to no
// allocation at all.
func TestMatchAllocates(t *testing.T) {
	row := mapRow{
		"floors": cql2.Int(7), "name": cql2.String("tower"), "demolished": cql2.Bool(false), "built": day(t, "2019-05-01"),
		"seen": instant(t, "2020-05-01T00:00:00Z"), "footprint": square(114.05, 22.55, 0.001),
	}
	for _, bench := range benchmarks {
		if strings.Contains(bench.name, "exact") {
			continue
		}
		program, err := cql2.Compile(parseText(t, bench.filter), checkQueryables())
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = program.Match(row) }); n > 0 {
			t.Errorf("%s: %v allocations for a row", bench.name, n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	const src = `floors > 5 AND name LIKE 'tow%' AND S_INTERSECTS(footprint, BBOX(114.0, 22.5, 114.1, 22.6))`
	e, err := cql2.ParseText(src)
	if err != nil {
		b.Fatal(err)
	}
	asJSON, err := cql2.JSON(e)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := cql2.ParseText(src); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("JSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := cql2.ParseJSON(asJSON); err != nil {
				b.Fatal(err)
			}
		}
	})
}
