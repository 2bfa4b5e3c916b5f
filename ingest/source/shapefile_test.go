package source_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/ingest/source"
)

var landRows = []string{
	`{"area":12.5,"at":"2020-03-31","code":"440304001001GB00001","day":"2020-03-31","n":9007199254740993,"name":"福田区","ok":1,"small":7}`,
	`{"area":0.1,"at":null,"code":"440304001001GB00002","day":null,"n":-1,"name":"深圳, \"南山\"","ok":0,"small":null}`,
	`{"area":null,"at":"1999-12-31","code":"00003","day":"1999-12-31","n":null,"name":"","ok":null,"small":1}`,
}

func checkLand(t *testing.T, records []*source.Record, err error, want []string) {
	t.Helper()
	if err != nil || len(records) != len(want) {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for i, r := range records {
		if got := attrsOf(r); got != want[i] || r.Err != nil || r.Line != int64(i+1) {
			t.Errorf("line %d: %v\n got %s\nwant %s", r.Line, r.Err, got, want[i])
		}
	}
	first, ok := records[0].Shape.(*geom.Polygon)
	if !ok || first.NumLinearRings() != 2 || first.LinearRing(1).NumCoords() != 5 {
		t.Errorf("first shape %v", records[0].Shape)
	}
	second, ok := records[1].Shape.(*geom.MultiPolygon)
	if !ok || second.NumPolygons() != 2 || second.Polygon(1).NumCoords() != 4 {
		t.Errorf("second shape %v", records[1].Shape)
	}
	if records[2].Shape != nil {
		t.Errorf("a null shape is %v", records[2].Shape)
	}
}

func zippedLand(t testing.TB, extensions ...string) []byte {
	var members []string
	for _, extension := range extensions {
		members = append(members, "land"+strings.ToUpper(extension), string(testdata(t, "land"+extension)))
	}
	return archive(t, members...)
}

func TestShapefiles(t *testing.T) {
	tests := []struct {
		name string
		cfg  source.Config
		crs  string
	}{
		{"beside each other", source.Config{Path: "testdata/land.shp"}, "EPSG:4326"},
		{"in an archive", source.Config{Path: "testdata/gbk.zip"}, "EPSG:4547"},
		{"from a stream", source.Config{Name: "-", Reader: bytes.NewReader(testdata(t, "gbk.zip"))}, "EPSG:4547"},
		{"gzipped archive", source.Config{Name: "-", Reader: bytes.NewReader(gzipped(t, testdata(t, "gbk.zip")))}, "EPSG:4547"},
		{"without index, projection and code page", source.Config{Name: "a.zip", Reader: bytes.NewReader(zippedLand(t, ".shp", ".dbf"))}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, crs, err := readPath(tt.cfg)
			checkLand(t, records, err, landRows)
			if crs != tt.crs {
				t.Errorf("reference system %q, want %q", crs, tt.crs)
			}
		})
	}
}

func TestShapeTypes(t *testing.T) {
	const (
		point, pointZ   = "POINT (1 2)", "POINT Z (1 2 3)"
		points, pointsZ = "MULTIPOINT (1 2, 4 5)", "MULTIPOINT Z (1 2 3, 4 5 6)"
		lines, line     = "MULTILINESTRING ((1 2, 4 5), (7 8, 10 11, 13 14))", "LINESTRING (1 2, 4 5)"
		linesZ, lineZ   = "MULTILINESTRING Z ((1 2 3, 4 5 6), (7 8 9, 10 11 12, 13 14 15))", "LINESTRING Z (1 2 3, 4 5 6)"
		polygon         = "POLYGON ((114 22, 114 22.1, 114.1 22.1, 114.1 22, 114 22), (114.02 22.02, 114.04 22.02, 114.04 22.04, 114.02 22.04, 114.02 22.02))"
		polygonZ        = "POLYGON Z ((114 22 0, 114 22.1 0, 114.1 22.1 0, 114.1 22 0, 114 22 0), (114.02 22.02 0, 114.04 22.02 0, 114.04 22.04 0, 114.02 22.04 0, 114.02 22.02 0))"
	)
	tests := []struct {
		name string
		want []string
	}{
		{"point", []string{point}},
		{"pointm", []string{point}},
		{"pointz", []string{pointZ}},
		{"pointzm", []string{pointZ}},
		{"multipoint", []string{points}},
		{"multipointm", []string{points}},
		{"multipointz", []string{pointsZ}},
		{"multipointzm", []string{pointsZ}},
		{"arc", []string{lines, line}},
		{"arcm", []string{lines, line}},
		{"arcz", []string{linesZ, lineZ}},
		{"arczm", []string{linesZ, lineZ}},
		{"polygon", []string{polygon}},
		{"polygonm", []string{polygon}},
		{"polygonz", []string{polygonZ}},
		{"polygonzm", []string{polygonZ}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, _, err := readPath(source.Config{Path: "testdata/types.zip", Layer: tt.name})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range tt.want {
				if got, err := wkt.Marshal(records[i].Shape); err != nil || got != want {
					t.Errorf("got %s, %v, want %s", got, err, want)
				}
			}
		})
	}
}

func TestShapefilesThatEndEarly(t *testing.T) {
	for _, part := range []string{".shp", ".dbf", ".shx"} {
		whole := testdata(t, "land"+part)
		for _, size := range []int{0, 50, 110, len(whole) - 10} {
			t.Run(fmt.Sprintf("%s of %d bytes", part, size), func(t *testing.T) {
				folder := t.TempDir()
				for _, other := range []string{".shp", ".dbf", ".shx"} {
					b := testdata(t, "land"+other)
					if other == part {
						b = b[:size]
					}
					must(t, os.WriteFile(filepath.Join(folder, "land"+other), b, 0o600))
				}
				if _, _, err := readPath(source.Config{Path: filepath.Join(folder, "land.shp")}); !errors.Is(err, source.ErrTruncated) {
					t.Errorf("got %v, want ErrTruncated", err)
				}
			})
		}
	}
}

// change returns a copy with other bytes at a place.
func change(b []byte, at int, to ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], to)
	return b
}

func TestShapefilesThatCannotBeRead(t *testing.T) {
	shp, dbf, shx := testdata(t, "land.shp"), testdata(t, "land.dbf"), testdata(t, "land.shx")
	tests := []struct {
		name    string
		members []string
		want    error
		says    string
	}{
		{"no table", []string{"a.shp", string(shp)}, source.ErrFormat, "a.dbf is missing"},
		{"no shapes", []string{"a.dbf", string(dbf)}, source.ErrFormat, "no file of"},
		{"multipatches", []string{"a.shp", string(change(shp, 32, 31)), "a.dbf", string(dbf)}, source.ErrFormat, "multipatches"},
		{"unknown type", []string{"a.shp", string(change(shp, 32, 99)), "a.dbf", string(dbf)}, source.ErrFormat, "type 99"},
		{"more shapes than rows", []string{"a.shp", string(shp), "a.dbf", string(change(dbf, 4, 1))}, source.ErrTruncated, "row 1"},
		{"more rows than shapes", []string{"a.shp", string(shp), "a.dbf", string(change(dbf, 4, 9))}, source.ErrTruncated, ""},
		{"memo", []string{"a.shp", string(shp), "a.dbf", string(change(dbf, 32+11, 'M'))}, source.ErrFormat, `"code"`},
		{"shapes out of order", []string{"a.shp", string(shp), "a.dbf", string(dbf), "a.shx", string(change(shx, 108, 0, 0, 0, 50))}, source.ErrFormat, "before the end"},
		{"unknown code page", []string{"a.shp", string(shp), "a.dbf", string(dbf), "a.cpg", "KOI8"}, source.ErrEncoding, "KOI8"},
		{"rows too short", []string{"a.shp", string(shp), "a.dbf", string(change(dbf, 10, 5, 0))}, source.ErrFormat, "reaches"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(source.Config{Name: "a.zip"}, string(archive(t, tt.members...)))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
			}
		})
	}
}

func TestShapefileWithoutItsFolder(t *testing.T) {
	if _, err := readAll(source.Config{Name: "a.shp"}, string(testdata(t, "land.shp"))); !errors.Is(err, source.ErrFormat) || !strings.Contains(err.Error(), "zip") {
		t.Errorf("got %v", err)
	}
}

// table is a .dbf of one column and its cells.
func table(driver, kind, decimals byte, cells ...string) []byte {
	width := 0
	for _, cell := range cells {
		width = max(width, len(cell))
	}
	b := make([]byte, 32+32+1)
	b[0], b[4], b[8], b[10], b[29] = 3, byte(len(cells)), 65, byte(width+1), driver
	copy(b[32:], "a")
	b[43], b[48], b[49], b[64] = kind, byte(width), decimals, 0x0d
	for _, cell := range cells {
		b = append(append(b, ' '), cell+strings.Repeat(" ", width-len(cell))...)
	}
	return b
}

// shapes is a .shp of the contents of its records.
func shapes(kind byte, contents ...[]byte) []byte {
	b := make([]byte, 100)
	binary.BigEndian.PutUint32(b, 9994)
	b[28], b[29], b[32] = 0xe8, 0x03, kind
	for i, content := range contents {
		b = binary.BigEndian.AppendUint32(b, uint32(i+1))
		b = binary.BigEndian.AppendUint32(b, uint32(len(content)/2))
		b = append(b, content...)
	}
	binary.BigEndian.PutUint32(b[24:], uint32(len(b)/2))
	return b
}

func TestCellsOfTables(t *testing.T) {
	const gbk = "\xc9\xee\xdb\xda" // 深圳
	tests := []struct {
		name     string
		table    []byte
		cpg      string
		encoding string
		want     string
		says     string // of the record's error
	}{
		{"code in a column of numbers", table(0, 'N', 0, "440304199001011234"), "", "", `440304199001011234`, ""},
		{"number that no integer holds", table(0, 'N', 0, "440304001001010000000123"), "", "", `"440304001001010000000123"`, ""},
		{"decimal", table(0, 'N', 2, "  12.50"), "", "", `12.5`, ""},
		{"exponent", table(0, 'F', 11, "1.25000000000e+002"), "", "", `125`, ""},
		{"too large", table(0, 'N', 2, "1e999"), "", "", "", "no number"},
		{"stars", table(0, 'N', 2, "*****"), "", "", `null`, ""},
		{"no number", table(0, 'N', 0, "12x"), "", "", "", "no number"},
		{"true", table(0, 'L', 0, "Y"), "", "", `true`, ""},
		{"unknown truth", table(0, 'L', 0, "?"), "", "", `null`, ""},
		{"date of zeros", table(0, 'D', 0, "00000000"), "", "", `null`, ""},
		{"no date", table(0, 'D', 0, "20201340"), "", "", "", "no date"},
		{"whole number in bytes", table(0, 'I', 0, "\xfe\xff\xff\xff"), "", "", `-2`, ""},
		{"text keeps its zeros and blanks before", table(0, 'C', 0, " 001"), "", "", `" 001"`, ""},
		{"language driver of GBK", table(0x4d, 'C', 0, gbk), "", "", `"深圳"`, ""},
		{"code page of GBK", table(0x57, 'C', 0, gbk), "CP936", "", `"深圳"`, ""},
		{"code page of ANSI", table(0x57, 'C', 0, gbk), "ANSI 936\r\n", "", `"深圳"`, ""},
		{"mapping says GB18030", table(0x57, 'C', 0, gbk), "UTF-8", "gb18030", `"深圳"`, ""},
		{"nothing says it", table(0x57, 'C', 0, gbk), "", "", "", "gb18030"},
		{"cut inside of a character", table(0x4d, 'C', 0, gbk[:3]), "", "", "", "cut"},
		{"Latin", table(0x57, 'C', 0, "Z\xfcrich"), "ISO-8859-1", "", `"Zürich"`, ""},
		{"UTF-8 unsaid", table(0, 'C', 0, "深圳"), "", "", `"深圳"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			members := []string{"a.shp", string(shapes(0, make([]byte, 4))), "a.dbf", string(tt.table)}
			if tt.cpg != "" {
				members = append(members, "a.CPG", tt.cpg)
			}
			records, err := readAll(source.Config{Name: "a.zip", Encoding: tt.encoding}, string(archive(t, members...)))
			if err != nil || len(records) != 1 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			if tt.says != "" {
				if r := records[0]; r.Err == nil || !strings.Contains(r.Err.Error(), tt.says) {
					t.Errorf("%v does not say %q", r.Err, tt.says)
				}
				return
			}
			if got := attrsOf(records[0]); got != `{"a":`+tt.want+`}` || records[0].Err != nil {
				t.Errorf("got %s, %v, want %s", got, records[0].Err, tt.want)
			}
		})
	}
}

func TestDeletedRowsAreLeftOut(t *testing.T) {
	rows := table(0, 'C', 0, "a", "b", "c")
	rows[65+2] = '*'
	null := make([]byte, 4)
	records, err := readAll(source.Config{Name: "a.zip"}, string(archive(t, "a.shp", string(shapes(0, null, null, null)), "a.dbf", string(rows))))
	if err != nil || len(records) != 2 || records[1].Line != 3 || records[1].Get("a").Text() != "c" {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// rings is the content of a polygon.
func rings(rings ...[]float64) []byte {
	b := append([]byte{5, 0, 0, 0}, make([]byte, 32)...)
	points := 0
	b = binary.LittleEndian.AppendUint32(b, uint32(len(rings)))
	at := len(b)
	b = append(b, make([]byte, 4)...)
	for _, ring := range rings {
		b = binary.LittleEndian.AppendUint32(b, uint32(points))
		points += len(ring) / 2
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(points))
	for _, ring := range rings {
		for _, f := range ring {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
		}
	}
	return b
}

// square is clockwise, an outer ring; reversed it is a hole.
func square(x, y, size float64) []float64 {
	return []float64{x, y, x, y + size, x + size, y + size, x + size, y, x, y}
}

func reversed(ring []float64) []float64 {
	var out []float64
	for i := len(ring) - 2; i >= 0; i -= 2 {
		out = append(out, ring[i], ring[i+1])
	}
	return out
}

func TestRingsAreGrouped(t *testing.T) {
	tests := []struct {
		name  string
		rings [][]float64
		want  []int // rings of each polygon
	}{
		{"one", [][]float64{square(0, 0, 10)}, []int{1}},
		{"one of the wrong direction", [][]float64{reversed(square(0, 0, 10))}, []int{1}},
		{"hole before its ring", [][]float64{reversed(square(2, 2, 2)), square(0, 0, 10)}, []int{2}},
		{"two and their holes, mixed", [][]float64{square(0, 0, 10), square(20, 0, 10), reversed(square(22, 2, 2)), reversed(square(2, 2, 2)), reversed(square(25, 5, 1))}, []int{2, 3}},
		{"island in a hole with a pond", [][]float64{square(0, 0, 100), reversed(square(10, 10, 80)), square(20, 20, 50), reversed(square(30, 30, 10))}, []int{2, 2}},
		{"hole that touches its ring", [][]float64{square(0, 0, 10), square(10, 0, 10), reversed([]float64{10, 5, 12, 7, 12, 3, 10, 5})}, []int{1, 2}},
		{"hole outside", [][]float64{square(0, 0, 10), reversed(square(50, 0, 10))}, []int{1, 1}},
		{"all of the wrong direction", [][]float64{reversed(square(0, 0, 10)), reversed(square(2, 2, 2)), reversed(square(50, 0, 10))}, []int{2, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := archive(t, "a.shp", string(shapes(5, rings(tt.rings...))), "a.dbf", string(table(0, 'C', 0, "x")))
			records, err := readAll(source.Config{Name: "a.zip"}, string(file))
			if err != nil || len(records) != 1 || records[0].Err != nil {
				t.Fatalf("%d records, %v", len(records), err)
			}
			var got []int
			switch shape := records[0].Shape.(type) {
			case *geom.Polygon:
				got = append(got, shape.NumLinearRings())
			case *geom.MultiPolygon:
				for i := range shape.NumPolygons() {
					got = append(got, shape.Polygon(i).NumLinearRings())
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBadShapesDoNotStopReading(t *testing.T) {
	whole := rings(square(0, 0, 10))
	tests := []struct {
		name    string
		content []byte
		says    string
	}{
		{"too short for its type", []byte{5, 0}, "shorter"},
		{"too short for its counts", whole[:len(whole)-8], "shorter"},
		{"as many points as numbers go", change(whole, 40, 0xff, 0xff, 0xff, 0xff), "shorter"},
		{"as many parts as numbers go", change(whole, 36, 0xff, 0xff, 0xff, 0xff), "shorter"},
		{"part behind the points", change(whole, 44, 9), "out of order"},
		{"multipatch", change(whole, 0, 31), "multipatch"},
		{"unknown type", change(whole, 0, 77), "77"},
		{"over the bound", make([]byte, 2000), "1000 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := archive(t, "a.shp", string(shapes(5, tt.content, whole)), "a.dbf", string(table(0, 'C', 0, "x", "y")))
			records, err := readAll(source.Config{Name: "a.zip", MaxRecord: 1000}, string(file))
			if err != nil || len(records) != 2 || records[1].Err != nil || records[1].Shape == nil {
				t.Fatalf("%d records, %v", len(records), err)
			}
			if r := records[0]; r.Err == nil || !strings.Contains(r.Err.Error(), tt.says) || r.Get("a").Text() != "x" {
				t.Errorf("%v does not say %q", r.Err, tt.says)
			}
		})
	}
}

// manySquares writes a shapefile of rows and returns its path.
func manySquares(t testing.TB, rows int) string {
	t.Helper()
	folder := t.TempDir()
	contents := make([][]byte, rows)
	one := rings(square(114, 22, 0.001), reversed(square(114.0002, 22.0002, 0.0002)))
	for i := range contents {
		contents[i] = one
	}
	rowsOf := table(0, 'C', 0, "440304001001GB00001")
	binary.LittleEndian.PutUint32(rowsOf[4:], uint32(rows))
	row := rowsOf[65:]
	must(t, os.WriteFile(filepath.Join(folder, "a.shp"), shapes(5, contents...), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "a.dbf"), append(rowsOf[:65:65], bytes.Repeat(row, rows)...), 0o600))
	return filepath.Join(folder, "a.shp")
}

func TestShapefileMemoryIsConstant(t *testing.T) {
	const rows = 200_000
	s, err := source.Open(source.Config{Path: manySquares(t, rows)})
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

func FuzzShapefile(f *testing.F) {
	f.Add(testdata(f, "land.shp"), testdata(f, "land.dbf"), testdata(f, "land.shx"), "GBK")
	f.Add(shapes(5, rings(square(0, 0, 9), reversed(square(1, 1, 1)))), table(0x4d, 'N', 2, "1.5"), []byte(nil), "")
	f.Fuzz(func(t *testing.T, shp, dbf, shx []byte, cpg string) {
		members := []string{"a.shp", string(shp), "a.dbf", string(dbf), "a.cpg", cpg}
		if len(shx) > 0 {
			members = append(members, "a.shx", string(shx))
		}
		records, _ := readAll(source.Config{Name: "a.zip", MaxRecord: 1 << 16}, string(archive(t, members...)))
		for i, r := range records {
			if r.Line <= int64(i) {
				t.Fatalf("record %d has number %d", i, r.Line)
			}
		}
	})
}

func BenchmarkShapefile(b *testing.B) {
	const rows = 100_000
	path := manySquares(b, rows)
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
