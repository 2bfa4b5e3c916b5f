package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest/source"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// readAll returns the records and the error that ended them.
func readAll(cfg source.Config, text string) ([]*source.Record, error) {
	cfg.Reader = strings.NewReader(text)
	s, err := source.Open(cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var records []*source.Record
	for r, err := range s.Records(context.Background()) {
		if err != nil {
			return records, err
		}
		records = append(records, r)
	}
	return records, nil
}

const (
	featureA = `{"type":"Feature","id":7,"properties":{"名称":"福中路","n":9007199254740993,"o":{"b":1,"a":[2]},"x":null},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]],[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.1]]]}}`
	featureB = `{"type":"Feature","properties":null,"geometry":null}`
)

func TestGeoJSON(t *testing.T) {
	collection := `{"type":"FeatureCollection","name":"a \"}] name","bbox":[1,2],"features":[` + featureA + "," + featureB + `],"after":{"x":[1]}}`
	tests := []struct{ name, file, text string }{
		{"sequence", "a.geojsonl", featureA + "\n" + featureB + "\n"},
		{"sequence without a last line break", "a.ndjson", featureA + "\n" + featureB},
		{"sequence with record separators", "a.geojsons", "\x1e" + featureA + "\n\x1e" + featureB + "\n"},
		{"sequence with a byte order mark and blank lines", "a.geojsonl", "\ufeff" + featureA + "\r\n\r\n" + featureB + "\r\n"},
		{"collection", "a.geojson", collection},
		{"collection over several lines", "a.json", strings.ReplaceAll(collection, "},{", "}\n,\n{")},
		{"collection without a name", "", collection},
		{"sequence without a name", "", featureA + "\n" + featureB + "\n"},
		{"gzipped sequence", "a.geojsonl.gz", zipped(t, featureA+"\n"+featureB+"\n")},
		{"gzipped collection, name does not say so", "a.geojson", zipped(t, collection)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := readAll(source.Config{Name: tt.file}, tt.text)
			if err != nil || len(records) != 2 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			checkFeatureA(t, records[0])
			if b := records[1]; b.Err != nil || b.Shape != nil || len(b.Attrs) != 0 || b.Line < 2 {
				t.Errorf("second record: %+v", b)
			}
		})
	}
}

func checkFeatureA(t *testing.T, r *source.Record) {
	t.Helper()
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	if got := string(entities.NewAttrs(r.Attrs...).AppendJSON(nil)); got != `{"id":7,"n":9007199254740993,"o":{"a":[2],"b":1},"x":null,"名称":"福中路"}` {
		t.Errorf("attributes %s", got)
	}
	polygon, ok := r.Shape.(*geom.Polygon)
	if !ok || polygon.NumLinearRings() != 2 || polygon.LinearRing(1).NumCoords() != 4 {
		t.Errorf("shape %v", r.Shape)
	}
}

func TestGeometryTypes(t *testing.T) {
	tests := []struct {
		name, json string
		want       string // type, layout, flat coordinates; or the error
	}{
		{"point with height", `{"type":"Point","coordinates":[1,2,3]}`, "Point XYZ 3"},
		{"a fourth number is dropped", `{"type":"Point","coordinates":[1,2,3,4]}`, "Point XYZ 3"},
		{"empty point", `{"type":"Point","coordinates":[]}`, "Point XY 0"},
		{"multi point", `{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`, "MultiPoint XY 4"},
		{"line", `{"type":"LineString","coordinates":[[1,2],[3,4]]}`, "LineString XY 4"},
		{"lines", `{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8],[9,9]]]}`, "MultiLineString XY 10"},
		{"multi polygon", `{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}`, "MultiPolygon XY 16"},
		{"empty polygon", `{"type":"Polygon","coordinates":[]}`, "Polygon XY 0"},
		{"unknown type", `{"type":"Circle","coordinates":[1,2]}`, `no geometry type "Circle"`},
		{"one number", `{"type":"Point","coordinates":[1]}`, "two or three"},
		{"text", `{"type":"Point","coordinates":["1","2"]}`, "not a number"},
		{"mixed", `{"type":"LineString","coordinates":[[1,2],[3,4,5]]}`, "mixed"},
		{"no coordinates", `{"type":"LineString"}`, "not an array"},
		{"a number for a geometry", `12`, "not an object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := readAll(source.Config{Name: "a.geojsonl"}, `{"type":"Feature","properties":{},"geometry":`+tt.json+"}\n")
			if err != nil || len(records) != 1 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			if got := describe(records[0]); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func describe(r *source.Record) string {
	if r.Err != nil {
		return r.Err.Error()
	}
	kind := strings.TrimPrefix(strings.TrimPrefix(typeName(r.Shape), "*"), "geom.")
	return kind + " " + r.Shape.Layout().String() + " " + itoa(len(r.Shape.FlatCoords()))
}

func TestBadRecordsDoNotStopReading(t *testing.T) {
	tests := []struct {
		name, file, text string
		lines            []int64 // of the records
		bad              []bool
		says             string
	}{
		{
			"a line that is not JSON", "a.geojsonl",
			featureB + "\n{oops\n" + featureB + "\n",
			[]int64{1, 2, 3},
			[]bool{false, true, false},
			"not JSON",
		},
		{
			"not a feature", "a.geojsonl",
			`{"type":"Point","coordinates":[1,2]}` + "\n" + featureB + "\n",
			[]int64{1, 2},
			[]bool{true, false},
			"Feature is expected",
		},
		{
			"too few cells", "a.csv",
			"a,b\n1\n1,2\n",
			[]int64{2, 3},
			[]bool{true, false},
			"1 cells",
		},
		{
			"too few cells in the only row, which ends well", "a.csv",
			"a,b\n1\n",
			[]int64{2},
			[]bool{true},
			"1 cells",
		},
		{
			"bare quote", "a.csv",
			"a,b\n1,x\"y\n3,4\n",
			[]int64{2, 3},
			[]bool{true, false},
			"byte 4",
		},
		{
			"not UTF-8", "a.csv",
			"a,b\n1,\xc9\xee\n3,4\n",
			[]int64{2, 3},
			[]bool{true, false},
			"no text",
		},
		{
			"features on lines of their own", "a.geojson",
			"{\"type\":\"FeatureCollection\",\"features\":[\n" + featureB + ",\n{\"type\":\"Feature\",\"geometry\":5},\n" + featureB + "]}",
			[]int64{2, 3, 4},
			[]bool{false, true, false},
			"not an object",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := readAll(source.Config{Name: tt.file}, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if len(records) != len(tt.lines) {
				t.Fatalf("%d records, want %d", len(records), len(tt.lines))
			}
			for i, r := range records {
				if r.Line != tt.lines[i] || (r.Err != nil) != tt.bad[i] {
					t.Errorf("record %d: line %d, error %v", i, r.Line, r.Err)
				}
				if r.Err != nil && !strings.Contains(r.Err.Error(), tt.says) {
					t.Errorf("%v does not say %q", r.Err, tt.says)
				}
			}
		})
	}
}

func TestFilesThatEndEarly(t *testing.T) {
	whole := zipped(t, strings.Repeat(featureA+"\n", 1000))
	tests := []struct{ name, file, text string }{
		{"sequence", "a.geojsonl", featureA + "\n" + featureA[:40]},
		{"gzip", "a.geojsonl.gz", whole[:len(whole)-20]},
		{"collection inside a feature", "a.geojson", `{"type":"FeatureCollection","features":[` + featureA[:50]},
		{"collection between features", "a.geojson", `{"type":"FeatureCollection","features":[` + featureA + ","},
		{"collection without its last bracket", "a.geojson", `{"type":"FeatureCollection","features":[` + featureA + "]"},
		{"row with too few cells", "a.csv", "a,b,c\n1,2,3\n1,2"},
		{"open quote", "a.csv", "a,b,c\n1,2,3\n1,\"2"},
		{"open quote before whole lines", "a.csv", "a,b\n1,2\n3,\"4\n5,6\n7,8\n"},
		{"empty table", "a.csv", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := readAll(source.Config{Name: tt.file}, tt.text); !errors.Is(err, source.ErrTruncated) {
				t.Errorf("got %v, want ErrTruncated", err)
			}
		})
	}
}

func TestTables(t *testing.T) {
	no := false
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("编码,名称\n001,\"深圳市, 福田\"\n")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"名称":"深圳市, 福田","编码":"001"}`
	tests := []struct {
		name string
		cfg  source.Config
		text string
		want string
	}{
		{"UTF-8", source.Config{Name: "a.csv"}, "编码,名称\n001,\"深圳市, 福田\"\n", want},
		{"byte order mark", source.Config{Name: "a.csv"}, "\ufeff编码,名称\r\n001,\"深圳市, 福田\"\r\n", want},
		{"GB18030", source.Config{Name: "a.csv", Encoding: "GB18030"}, gb, want},
		{"GB18030 with its byte order mark", source.Config{Name: "a.csv", Encoding: "gb18030"}, "\x84\x31\x95\x33" + gb, want},
		{"GB18030 by its byte order mark", source.Config{Name: "a.csv"}, "\x84\x31\x95\x33" + gb, want},
		{"GBK by its name", source.Config{Name: "a.csv", Encoding: "gbk"}, gb, want},
		{"UTF-16", source.Config{Name: "a.tsv"}, "\xff\xfea\x00\t\x00b\x00\n\x001\x00\t\x002\x00\n\x00", `{"a":"1","b":"2"}`},
		{"gzipped TSV", source.Config{Name: "a.tsv.gz"}, zipped(t, "a\tb\n1\t2\n"), `{"a":"1","b":"2"}`},
		{"no header", source.Config{Name: "a.csv", Header: &no}, "001,x\n", `{"c1":"001","c2":"x"}`},
		{"no header, names given", source.Config{Name: "a.csv", Header: &no, Columns: []string{"k", "v"}}, "001,x\n", `{"k":"001","v":"x"}`},
		{"names instead of the header's", source.Config{Name: "a.csv", Columns: []string{"k", "v"}}, "a,a\n001,x\n", `{"k":"001","v":"x"}`},
		{"semicolons", source.Config{Name: "a.csv", Delimiter: ";"}, "a;b\n1;2\n", `{"a":"1","b":"2"}`},
		{"a line break in a cell", source.Config{Name: "a.csv"}, "a,b\n1,\"2\n3\"\n", `{"a":"1","b":"2\n3"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := readAll(tt.cfg, tt.text)
			if err != nil || len(records) != 1 || records[0].Err != nil {
				t.Fatalf("%d records, %v", len(records), err)
			}
			if got := string(entities.NewAttrs(records[0].Attrs...).AppendJSON(nil)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWrongConfigurationIsSaid(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("编码,名称\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		cfg  source.Config
		text string
		want error
		says string
	}{
		{"unknown format", source.Config{Name: "a.xyz"}, "hello", source.ErrFormat, "say which"},
		{"named format that is none", source.Config{Name: "a", Format: "shp"}, "x", source.ErrFormat, `"shp"`},
		{"unknown encoding", source.Config{Name: "a.csv", Encoding: "latin-1"}, "a\n", source.ErrEncoding, "latin-1"},
		{"GB18030 that is UTF-8", source.Config{Name: "a.csv", Encoding: "gb18030"}, "\ufeffa\n", source.ErrEncoding, "UTF-8"},
		{"UTF-8 that is GB18030", source.Config{Name: "a.csv"}, gb, source.ErrEncoding, "gb18030"},
		{"two columns of one name", source.Config{Name: "a.csv"}, "a,a\n1,2\n", source.ErrFormat, `"a"`},
		{"names that do not fit", source.Config{Name: "a.csv", Columns: []string{"k"}}, "a,b\n", source.ErrFormat, "1 names"},
		{"delimiter of two characters", source.Config{Name: "a.csv", Delimiter: "||"}, "a\n", source.ErrFormat, "one character"},
		{"JSON without features", source.Config{Name: "a.geojson"}, `{"type":"Topology"}`, source.ErrFormat, "features"},
		{"an array for a collection", source.Config{Name: "a.geojson"}, `[1]`, source.ErrFormat, "expected"},
		{"quote left open over the bound", source.Config{Name: "a.csv", MaxRecord: 1000}, "a\n\"" + strings.Repeat("x\n", 500_000), source.ErrFormat, "quotation mark"},
		{"feature over the bound", source.Config{Name: "a.geojson", MaxRecord: 100}, `{"features":[` + featureA + `]}`, source.ErrFormat, "100 bytes"},
		{"damaged gzip", source.Config{Name: "a.csv.gz"}, "\x1f\x8bxxxxxxxxxxxx", source.ErrFormat, "gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(tt.cfg, tt.text)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.csv")
	if _, err := source.Open(source.Config{Path: path}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestLongLineOfASequenceIsOneBadRecord(t *testing.T) {
	long := strings.Repeat("x", 2_000_000)
	records, err := readAll(source.Config{Name: "a.geojsonl", MaxRecord: 1_000_000}, featureB+"\n"+long+"\n"+featureB+"\n")
	if err != nil || len(records) != 3 || records[1].Err == nil || records[2].Err != nil || records[2].Line != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
}

func TestStopAndCancel(t *testing.T) {
	text := strings.Repeat(featureB+"\n", 100)
	s, err := source.Open(source.Config{Name: "a.geojsonl", Reader: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var last error
	for _, err := range s.Records(ctx) {
		if last = err; err == nil {
			n++
		}
		if n == 10 {
			cancel()
		}
	}
	if n != 10 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d records, then %v", n, last)
	}
}

// endless gives the same lines for ever, up to a number of bytes.
type endless struct {
	line string
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n+len(e.line) <= len(p) {
		n += copy(p[n:], e.line)
	}
	e.left -= n
	return n, nil
}

func TestMemoryIsConstant(t *testing.T) {
	const size = 200 << 20
	s, err := source.Open(source.Config{Name: "a.geojsonl", Reader: &endless{line: featureA + "\n", left: size}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var peak uint64
	for r, err := range s.Records(context.Background()) {
		if err != nil || r.Err != nil {
			t.Fatal(err, r)
		}
		if n++; n%50_000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
	if n < size/len(featureA)/2 || peak > 64<<20 {
		t.Errorf("%d records, %d MiB of heap", n, peak>>20)
	}
}

func FuzzSource(f *testing.F) {
	f.Add("geojson", `{"features":[`+featureA+`]}`)
	f.Add("geojsonseq", featureA+"\n"+featureB)
	f.Add("csv", "a,b\n1,\"2\n")
	f.Add("tsv", "a\tb\n1\t2\n")
	f.Fuzz(func(t *testing.T, format, text string) {
		records, _ := readAll(source.Config{Format: format, Name: "fuzz", MaxRecord: 1 << 16}, text)
		for _, r := range records {
			if r.Line < 1 {
				t.Fatalf("record at line %d", r.Line)
			}
		}
	})
}

func BenchmarkSequence(b *testing.B) {
	b.SetBytes(int64(len(featureA) + 1))
	s, err := source.Open(source.Config{Name: "a.geojsonl", Reader: &endless{line: featureA + "\n", left: 1 << 60}})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, err := range s.Records(context.Background()) {
		if err != nil {
			b.Fatal(err)
		}
		if n++; n >= b.N {
			break
		}
	}
}
