package cql2_test

import (
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"github.com/chengma/chengma/entities/cql2"
)

// mapRow is a row of a test.
type mapRow map[string]cql2.Value

func (r mapRow) Property(name string) (cql2.Value, bool) {
	v, ok := r[name]
	return v, ok
}

// layer is one table of the test dataset of the standard.
type layer struct {
	types map[string]cql2.Type
	rows  []mapRow
}

type atsCase struct {
	class, collection, predicate string
	count                        int
}

// readATS reads the predicates of 21-065r2, annex A. Their backslashes are
// escapes of AsciiDoc.
func readATS(t testing.TB) []atsCase {
	t.Helper()
	raw, err := os.ReadFile(dataFile(t, "cql2-ats-predicates.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []atsCase
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		count, err := strconv.Atoi(fields[3])
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		predicate := strings.NewReplacer(`\(`, "(", `\<`, "<").Replace(fields[2])
		cases = append(cases, atsCase{fields[0], fields[1], predicate, count})
	}
	return cases
}

func readLayer(t testing.TB, db *sql.DB, table string) layer {
	t.Helper()
	rows, err := db.Query(`SELECT * FROM "` + table + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	l := layer{types: map[string]cql2.Type{}}
	for _, c := range columns {
		l.types[c.Name()] = cql2.Type{Kind: columnKind(t, c.DatabaseTypeName())}
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		row := mapRow{}
		for i, c := range columns {
			v, err := cellValue(*cells[i].(*any), l.types[c.Name()].Kind)
			if err != nil {
				t.Fatalf("%s.%s: %v", table, c.Name(), err)
			}
			row[c.Name()] = v
		}
		l.rows = append(l.rows, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return l
}

func columnKind(t testing.TB, declared string) cql2.Kind {
	t.Helper()
	switch base, _, _ := strings.Cut(declared, "("); base {
	case "INTEGER":
		return cql2.KindInt
	case "REAL":
		return cql2.KindFloat
	case "TEXT":
		return cql2.KindString
	case "DATE":
		return cql2.KindDate
	case "DATETIME":
		return cql2.KindTimestamp
	case "BOOLEAN":
		return cql2.KindBool
	case "POINT", "LINESTRING", "MULTIPOLYGON":
		return cql2.KindGeometry
	default:
		t.Fatalf("column type %s is not expected", declared)
		return cql2.KindNull
	}
}

func cellValue(cell any, kind cql2.Kind) (cql2.Value, error) {
	switch c := cell.(type) {
	case nil:
		return cql2.Null, nil
	case int64:
		return cql2.Int(c), nil
	case float64:
		return cql2.Float(c), nil
	case bool:
		return cql2.Bool(c), nil
	case string:
		return cql2.String(c), nil
	case time.Time:
		if kind == cql2.KindDate {
			return cql2.Date(c), nil
		}
		return cql2.Timestamp(c), nil
	case []byte:
		if kind != cql2.KindGeometry {
			return cql2.String(string(c)), nil
		}
		g, err := geoPackageGeometry(c)
		return cql2.Geometry(g), err
	default:
		return cql2.Null, fmt.Errorf("a %T is not expected", cell)
	}
}

// geoPackageGeometry reads a GeoPackage blob (OGC 12-128r18, clause 2.1.3).
func geoPackageGeometry(blob []byte) (geom.T, error) {
	if len(blob) < 8 || blob[0] != 'G' || blob[1] != 'P' {
		return nil, fmt.Errorf("not a GeoPackage geometry")
	}
	envelope := [...]int{0, 32, 48, 48, 64}[blob[3]>>1&7]
	return wkb.Unmarshal(blob[8+envelope:])
}

func openATS(t testing.TB) map[string]layer {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+dataFile(t, "ats.gpkg")+"?mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	layers := map[string]layer{}
	for _, table := range []string{"ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines"} {
		layers[table] = readLayer(t, db, table)
	}
	return layers
}

func countMatches(t testing.TB, e cql2.Expr, l layer) int {
	t.Helper()
	program, err := cql2.Compile(e, cql2.Queryables{Properties: l.types})
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	count := 0
	for _, row := range l.rows {
		matches, err := program.Match(row)
		if err != nil {
			t.Fatalf("match: %v", err)
		}
		if matches {
			count++
		}
	}
	return count
}

// TestAbstractTestSuite counts the matches of every predicate of the abstract
// test suite, read from text and read from JSON.
func TestAbstractTestSuite(t *testing.T) {
	cases := readATS(t)
	if len(cases) != 139 {
		t.Fatalf("%d predicates, want 139", len(cases))
	}
	layers := openATS(t)
	if n := len(layers["ne_110m_admin_0_countries"].rows); n != 177 {
		t.Fatalf("%d countries, want 177", n)
	}
	for _, c := range cases {
		t.Run(c.class+"/"+c.predicate, func(t *testing.T) {
			fromText := parseText(t, c.predicate)
			if got := countMatches(t, fromText, layers[c.collection]); got != c.count {
				t.Errorf("text: %d matches, want %d", got, c.count)
			}
			fromJSON := throughJSON(t, fromText)
			if got := countMatches(t, fromJSON, layers[c.collection]); got != c.count {
				t.Errorf("JSON: %d matches, want %d", got, c.count)
			}
			again := parseText(t, writeText(t, fromJSON))
			if got := countMatches(t, again, layers[c.collection]); got != c.count {
				t.Errorf("text again: %d matches, want %d", got, c.count)
			}
		})
	}
}
