package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/ingest/source"
)

var packageRows = []string{
	`{"area":12.5,"at":"2020-03-31T08:15:30.000Z","code":"440304001001GB00001","day":"2020-03-31","fid":1,"n":9007199254740993,"name":"福田区","ok":true,"small":7}`,
	`{"area":0.1,"at":null,"code":"440304001001GB00002","day":null,"fid":2,"n":-1,"name":"深圳, \"南山\"","ok":false,"small":null}`,
	`{"area":null,"at":"1999-12-31T23:59:59.000Z","code":"00003","day":"1999-12-31","fid":3,"n":null,"name":null,"ok":null,"small":1}`,
}

func packageOfGDAL(t testing.TB) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(testdata(t, "land.gpkg.gz")))
	must(t, err)
	b, err := io.ReadAll(r)
	must(t, err)
	return b
}

func TestGeoPackage(t *testing.T) {
	file := packageOfGDAL(t)
	tests := []struct {
		name string
		cfg  source.Config
	}{
		{"file in a folder with odd letters", source.Config{Path: written(t, "福 田%20?#.gpkg", file)}},
		{"gzipped", source.Config{Path: "testdata/land.gpkg.gz"}},
		{"from a stream without a name", source.Config{Name: "-", Reader: bytes.NewReader(file)}},
		{"in an archive", source.Config{Name: "a.zip", Reader: bytes.NewReader(archive(t, "x/land.gpkg", string(file)))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Layer = "parcels"
			records, crs, err := readPath(tt.cfg)
			checkLand(t, records, err, packageRows)
			if crs != "EPSG:4326" {
				t.Errorf("reference system %q", crs)
			}
		})
	}
}

func TestGeoPackageHeights(t *testing.T) {
	records, _, err := readPath(source.Config{Path: "testdata/land.gpkg.gz", Layer: "lines"})
	if err != nil || len(records) != 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	const want = "MULTILINESTRING Z ((1 2 3, 4 5 6), (7 8 9, 10 11 12, 13 14 15))"
	if got, err := wkt.Marshal(records[0].Shape); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// packaged makes a GeoPackage by statements; a layer t of the column geom and
// what columns says is registered.
func packaged(t testing.TB, columns string, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.gpkg")
	db, err := sql.Open("sqlite3", path)
	must(t, err)
	defer db.Close()
	for _, statement := range append([]string{
		`CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)`,
		`CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER)`,
		`CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT)`,
		`INSERT INTO gpkg_contents VALUES ('t', 'features')`,
		`INSERT INTO gpkg_geometry_columns VALUES ('t', 'geom', 7)`,
		`CREATE TABLE t (geom BLOB` + columns + `)`,
	}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	return path
}

func TestGeoPackagesThatCannotBeRead(t *testing.T) {
	file := packageOfGDAL(t)
	plain := packaged(t, "", "DROP TABLE gpkg_contents")
	tests := []struct {
		name string
		cfg  source.Config
		want error
		says string
	}{
		{"several layers", source.Config{Path: "testdata/land.gpkg.gz"}, source.ErrFormat, `"lines" "parcels"`},
		{"no such layer", source.Config{Path: "testdata/land.gpkg.gz", Layer: "x"}, source.ErrFormat, `no layer "x"`},
		{"no GeoPackage", source.Config{Path: plain}, source.ErrFormat, "SQLite"},
		{"blobs", source.Config{Path: packaged(t, ", photo BLOB")}, source.ErrFormat, `"photo"`},
		{"table is missing", source.Config{Path: packaged(t, "", "DROP TABLE t")}, source.ErrFormat, "missing"},
		{"no layers", source.Config{Path: packaged(t, "", "DELETE FROM gpkg_contents")}, source.ErrFormat, "no layer of"},
		{"cut short", source.Config{Path: written(t, "a.gpkg", file[:50_000]), Layer: "parcels"}, source.ErrTruncated, "98304"},
		{"cut in its header", source.Config{Path: written(t, "a.gpkg", file[:50]), Layer: "parcels"}, source.ErrTruncated, "header"},
		{"damaged", source.Config{Path: written(t, "a.gpkg", change(file, 100, bytes.Repeat([]byte{0xff}, 400)...)), Layer: "parcels"}, source.ErrFormat, ""},
		{"said to be another", source.Config{Path: "testdata/land.gpkg.gz", Format: source.CSV}, source.ErrFormat, "said to be csv and is a GeoPackage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readPath(tt.cfg)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
			}
		})
	}
}

func TestReferenceSystemsOfGeoPackages(t *testing.T) {
	tests := []struct{ name, row, want string }{
		{"none", "", ""},
		{"a code", "(7, 'epsg', 4547, 'x')", "EPSG:4547"},
		{"undefined", "(7, 'NONE', 0, 'undefined')", ""},
		{"only its text", `(7, 'NONE', 7, 'PROJCS["Shenzhen_1990",GEOGCS["x"]]')`, "Shenzhen_1990"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var statements []string
			if tt.row != "" {
				statements = append(statements, "INSERT INTO gpkg_spatial_ref_sys VALUES "+tt.row)
			}
			if _, crs, err := readPath(source.Config{Path: packaged(t, "", statements...)}); crs != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", crs, err, tt.want)
			}
		})
	}
}

func TestBadRowsOfGeoPackagesDoNotStopReading(t *testing.T) {
	path := packaged(t, ", a",
		`INSERT INTO t VALUES (NULL, 'good')`,
		`INSERT INTO t VALUES (x'00', 'no geometry')`,
		`INSERT INTO t VALUES ('text', 'text')`,
		`INSERT INTO t VALUES (NULL, x'0102')`,
		`INSERT INTO t VALUES (NULL, 9e999)`,
		`INSERT INTO t VALUES (x'', 12)`)
	records, _, err := readPath(source.Config{Path: path})
	if err != nil || len(records) != 6 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for i, says := range []string{"", "no GeoPackage geometry", "not a blob", "2 bytes", "not a finite", ""} {
		if r := records[i]; says == "" && r.Err != nil || says != "" && (r.Err == nil || !strings.Contains(r.Err.Error(), says)) {
			t.Errorf("record %d: %v, want %q", i, r.Err, says)
		}
	}
}

func TestGeoPackageGeometries(t *testing.T) {
	const head = "47500001" + "00000000"
	point := "0000000001" + "3ff0000000000000" + "4000000000000000" // big-endian
	tests := []struct{ name, hex, want string }{
		{"big-endian point", head + point, "POINT (1 2)"},
		{"point with M", head + "01d1070000" + "000000000000f03f" + "0000000000000040" + "0000000000000840", "POINT (1 2)"},
		{"point with Z and M", head + "01b90b0000" + "000000000000f03f" + "0000000000000040" + "0000000000000840" + "0000000000001040", "POINT Z (1 2 3)"},
		{"empty point", head + "0101000000" + "000000000000f87f" + "000000000000f87f", "POINT EMPTY"},
		{"set of points", head + "010400000001000000" + point, "MULTIPOINT (1 2)"},
		{"empty polygon", head + "010300000000000000", "POLYGON EMPTY"},
		{"collection", head + "010700000001000000" + point, "GEOMETRYCOLLECTION (POINT (1 2))"},
		{"envelope", "47500003" + "00000000" + strings.Repeat("00", 32) + point, "POINT (1 2)"},
		{"curve", head + "010800000000000000", "CONVERT_TO_LINEAR"},
		{"extended", "47500021" + "00000000" + point, "flags"},
		{"line among points", head + "010400000001000000" + "010200000000000000", "type 2 stands inside"},
		{"as many points as numbers go", head + "0102000000ffffffff", "shorter"},
		{"as many parts as numbers go", head + "0106000000ffffffff", "shorter"},
		{"cut short", head + point[:30], "shorter"},
		{"more behind it", head + point + "00", "1 bytes follow"},
		{"collections without end", head + strings.Repeat("010700000001000000", 20), "too deep"},
		{"mixed heights", head + "010400000001000000" + "01e9030000" + strings.Repeat("00", 24), "mixed"},
		{"no byte order", head + "0201000000", "byte order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := hex.DecodeString(tt.hex); err != nil {
				t.Fatal(err)
			}
			records, _, err := readPath(source.Config{Path: packaged(t, "", "INSERT INTO t VALUES (x'"+tt.hex+"')")})
			if err != nil || len(records) != 1 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			got := ""
			if r := records[0]; r.Err != nil {
				got = r.Err.Error()
			} else if got, err = wkt.Marshal(r.Shape); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGeoPackageWithALogBesideIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.gpkg")
	must(t, os.WriteFile(path, packageOfGDAL(t), 0o600))
	db, err := sql.Open("sqlite3", path+"?_journal_mode=WAL")
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"PRAGMA wal_autocheckpoint = 0", "INSERT INTO gpkg_ogr_contents VALUES ('x', 0)", "UPDATE lines SET n = 77"} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	records, _, err := readPath(source.Config{Path: path, Layer: "lines"})
	if err != nil || len(records) != 2 || records[0].Get("n").Text() != "77" {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// manyRows is a GeoPackage of rows.
func manyRows(t testing.TB, rows int) string {
	return packaged(t, ", code TEXT, n INTEGER, area REAL", fmt.Sprintf(`INSERT INTO t
		WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < %d)
		SELECT x'%x', printf('440304%%012d', n), n, n / 8.0 FROM i`, rows, polygonBlob()))
}

// polygonBlob is a square of a GeoPackage.
func polygonBlob() []byte {
	b := append([]byte("GP\x00\x01\x00\x00\x00\x00\x01"), 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0)
	one := rings(square(114, 22, 0.001))
	return append(b, one[48:]...)
}

func TestGeoPackageMemoryIsConstant(t *testing.T) {
	const rows = 200_000
	s, err := source.Open(source.Config{Path: manyRows(t, rows)})
	must(t, err)
	defer s.Close()
	n, peak := 0, uint64(0)
	for r, err := range s.Records(context.Background()) {
		if err != nil || r.Err != nil {
			t.Fatal(err, r)
		}
		if n++; n%20_000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	if read, total := s.BytesRead(); n != rows || peak > 16<<20 || read != total {
		t.Errorf("%d records, %d MiB of heap, %d of %d bytes", n, peak>>20, read, total)
	}
}

func FuzzGeoPackage(f *testing.F) {
	f.Add(0, []byte{}, polygonBlob())
	f.Add(100, []byte{13, 0, 0}, []byte("GP\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01"))
	file := packageOfGDAL(f)
	f.Fuzz(func(t *testing.T, at int, bytes, blob []byte) {
		damaged := file
		if at >= 0 && at < len(file) {
			damaged = change(file, at, bytes...)
		}
		for _, layer := range []string{"parcels", "lines"} {
			_, _ = readAll(source.Config{Name: "a.gpkg", Layer: layer, MaxRecord: 1 << 16}, string(damaged))
		}
		shape, err := source.PackageShape(blob)
		if shape == nil && err == nil && len(blob) > 0 {
			t.Fatal("neither a shape nor an error")
		}
	})
}

func BenchmarkGeoPackage(b *testing.B) {
	const rows = 100_000
	path := manyRows(b, rows)
	for b.Loop() {
		s, err := source.Open(source.Config{Path: path})
		must(b, err)
		n := 0
		for r, err := range s.Records(context.Background()) {
			if err != nil || r.Err != nil {
				b.Fatal(err)
			}
			n++
		}
		must(b, s.Close())
		if n != rows {
			b.Fatal(n)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
