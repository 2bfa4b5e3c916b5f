package source_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/ingest/source"
)

var fgbRows = []string{
	`{"area":12.5,"at":"2020-03-31T08:15:30Z","code":"440304001001GB00001","day":"2020-03-31T00:00:00","n":9007199254740993,"name":"福田区","ok":true,"small":7}`,
	`{"area":0.1,"at":null,"code":"440304001001GB00002","day":null,"n":-1,"name":"深圳, \"南山\"","ok":false,"small":null}`,
}

func TestFlatGeobuf(t *testing.T) {
	file := testdata(t, "land.fgb")
	tests := []struct {
		name    string
		cfg     source.Config
		crs     string
		byIndex bool // features are in the order of the index
	}{
		{"file", source.Config{Path: "testdata/land.fgb"}, "EPSG:4547", false},
		{"with an index", source.Config{Path: "testdata/indexed.fgb"}, "EPSG:4326", true},
		{"gzipped", source.Config{Name: "a.fgb.gz", Reader: bytes.NewReader(gzipped(t, file))}, "EPSG:4547", false},
		{"from a stream without a name", source.Config{Name: "-", Reader: bytes.NewReader(file)}, "EPSG:4547", false},
		{"in an archive", source.Config{Name: "a.zip", Reader: bytes.NewReader(archive(t, "x/land.fgb", string(file)))}, "EPSG:4547", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, crs, err := readPath(tt.cfg)
			if err != nil || len(records) != 2 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			if crs != tt.crs {
				t.Errorf("reference system %q, want %q", crs, tt.crs)
			}
			if tt.byIndex && records[0].Get("n").Text() == "-1" {
				records[0], records[1] = records[1], records[0]
			}
			for i, r := range records {
				if got := attrsOf(r); got != fgbRows[i] || r.Err != nil {
					t.Errorf("record %d: %v\n got %s\nwant %s", i, r.Err, got, fgbRows[i])
				}
			}
			if p, ok := records[0].Shape.(*geom.Polygon); !ok || p.NumLinearRings() != 2 || p.LinearRing(1).NumCoords() != 5 {
				t.Errorf("first shape %v", records[0].Shape)
			}
			if p, ok := records[1].Shape.(*geom.MultiPolygon); !ok || p.NumPolygons() != 2 || p.Polygon(1).NumCoords() != 4 {
				t.Errorf("second shape %v", records[1].Shape)
			}
		})
	}
}

func TestFlatGeobufHeights(t *testing.T) {
	records, _, err := readPath(source.Config{Path: "testdata/lines.fgb"})
	if err != nil || len(records) != 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	got := map[string]bool{}
	for _, r := range records {
		text, err := wkt.Marshal(r.Shape)
		must(t, err)
		got[text] = true
	}
	for _, want := range []string{"MULTILINESTRING Z ((1 2 3, 4 5 6), (7 8 9, 10 11 12, 13 14 15))", "LINESTRING Z (1 2 3, 4 5 6)"} {
		if !got[want] {
			t.Errorf("%v lacks %s", got, want)
		}
	}
}

func TestFlatGeobufThatEndsEarly(t *testing.T) {
	file := testdata(t, "indexed.fgb")
	for size := 0; size < len(file); size += 7 {
		if _, err := readAll(source.Config{Name: "a.fgb"}, string(file[:size])); !errors.Is(err, source.ErrTruncated) {
			t.Errorf("%d bytes: got %v, want ErrTruncated", size, err)
		}
	}
}

// fgbHeader is how long the header of a file is, its size included.
func fgbHeader(file []byte) int { return 12 + int(binary.LittleEndian.Uint32(file[8:])) }

func TestFlatGeobufThatCannotBeRead(t *testing.T) {
	file := testdata(t, "land.fgb")
	tests := []struct {
		name  string
		bytes []byte
		want  error
		says  string
	}{
		{"another version", change(file, 3, 2), source.ErrFormat, "version 2"},
		{"a header out of bounds", change(file, 12, 0xff, 0xff, 0xff), source.ErrFormat, "offsets"},
		{"a header over the bound", change(file, 8, 0xff, 0xff, 0xff, 0x7f), source.ErrFormat, "header has"},
		{"blobs", bytes.Replace(file, []byte{0, 0, 0, 11, 8, 0, 0, 0}, []byte{0, 0, 0, 14, 8, 0, 0, 0}, 1), source.ErrFormat, "blobs"},
		{"more than is counted", append(bytes.Clone(file), file[fgbHeader(file):]...), source.ErrFormat, "more follows"},
		{"text", []byte("a,b\n1,2\n3,4\n5,6\n"), source.ErrFormat, "does not begin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(source.Config{Name: "a.fgb"}, string(tt.bytes))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
			}
		})
	}
}

// A damaged feature must not stop those behind it, and must never give a wrong
// shape without an error: here every byte of the first one is changed in turn.
func TestDamagedFeaturesDoNotStopReading(t *testing.T) {
	file := testdata(t, "land.fgb")
	at := fgbHeader(file)
	size := int(binary.LittleEndian.Uint32(file[at:]))
	bad := 0
	for i := at + 4; i < at+4+size; i++ {
		records, err := readAll(source.Config{Name: "a.fgb"}, string(change(file, i, 0xff)))
		if err != nil || len(records) != 2 || records[1].Err != nil || attrsOf(records[1]) != fgbRows[1] {
			t.Fatalf("byte %d: %d records, %v", i, len(records), err)
		}
		if records[0].Err != nil {
			bad++
		}
	}
	if bad < 40 {
		t.Errorf("%d of %d changes were noticed", bad, size)
	}
}

func TestFeatureOverTheBound(t *testing.T) {
	file := testdata(t, "land.fgb")
	records, err := readAll(source.Config{Name: "a.fgb", MaxRecord: fgbHeader(file)}, string(file))
	if err != nil || len(records) != 2 || records[0].Err != nil {
		t.Fatalf("%d records, %v", len(records), err)
	}
	at := fgbHeader(file)
	large := bytes.Clone(file[:at])
	large = binary.LittleEndian.AppendUint32(large, 5000)
	large = append(append(large, make([]byte, 5000)...), file[at+4+int(binary.LittleEndian.Uint32(file[at:])):]...)
	records, err = readAll(source.Config{Name: "a.fgb", MaxRecord: 4000}, string(large))
	if err != nil || len(records) != 2 || records[0].Err == nil || records[1].Err != nil {
		t.Fatalf("%d records, %v", len(records), err)
	}
}

// manyFeatures repeats the features of a file; how many there are is not told.
func manyFeatures(t testing.TB, bytesOf int) io.Reader {
	file := testdata(t, "land.fgb")
	at := fgbHeader(file)
	head := bytes.Clone(file[:at])
	place := bytes.Index(head, []byte{2, 0, 0, 0, 0, 0, 0, 0})
	if place < 0 {
		t.Fatal("the header does not count two features")
	}
	head[place] = 0
	return io.MultiReader(bytes.NewReader(head), &endless{line: string(file[at:]), left: bytesOf})
}

func TestFlatGeobufMemoryIsConstant(t *testing.T) {
	s, err := source.Open(source.Config{Name: "a.fgb", Reader: manyFeatures(t, 50<<20)})
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
	if n < 100_000 || peak > 16<<20 {
		t.Errorf("%d records, %d MiB of heap", n, peak>>20)
	}
}

func FuzzFlatGeobuf(f *testing.F) {
	for _, name := range []string{"land.fgb", "indexed.fgb", "lines.fgb"} {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		records, err := readAll(source.Config{Name: "a.fgb", MaxRecord: 1 << 16}, string(file))
		if err == nil && len(file) < 12 {
			t.Fatal("a file without a header was read")
		}
		for i, r := range records {
			if r.Line != int64(i+1) {
				t.Fatalf("record %d has number %d", i, r.Line)
			}
			if r.Shape != nil && r.Err == nil {
				_ = fmt.Sprint(r.Shape.Bounds())
			}
		}
	})
}

func BenchmarkFlatGeobuf(b *testing.B) {
	s, err := source.Open(source.Config{Name: "a.fgb", Reader: manyFeatures(b, 1<<60)})
	must(b, err)
	n := 0
	for r, err := range s.Records(context.Background()) {
		if err != nil || r.Err != nil {
			b.Fatal(err)
		}
		if n++; n >= b.N {
			break
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
