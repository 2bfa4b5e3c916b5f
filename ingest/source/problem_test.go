package source_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chengma/chengma/ingest/source"
)

// What is wrong with a record is said in both languages, names the cell, and has
// no more of the record in it than that.
func TestProblem(t *testing.T) {
	const secret = "11010519491231002X"
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	in := func(properties string) string {
		return `{"type":"Feature","properties":{` + properties + `},"geometry":null}` + "\n"
	}
	tests := []struct {
		name, file, text string
		zh, en           string
		column           string
		displaced        bool
	}{
		{"NUL in a cell", "a.csv", "id,n\n1,a\x00b\n", "列“n”含有空字符", "column n holds the character NUL", "n", false},
		{"NUL in a property", "a.geojsonl", in(`"n":"a\u0000b"`), "空字符", "column n holds the character NUL", "n", false},
		{"NUL in a nested property", "a.geojsonl", in(`"n":{"x":"\u0000"}`), "空字符", "column n holds the character NUL", "n", false},
		{"bytes that are no text", "a.csv", "id,n\n1,\xc8\xfc\n", "不成文字", "column n holds bytes that are no text", "n", false},
		{"bytes that are no text in a property", "a.geojsonl", in("\"n\":\"\xc8\xfc\""), "不成文字", "column n holds bytes", "n", false},
		{"too many cells", "a.csv", "id,n\n1,a,b\n", "有 3 个单元格，而表有 2 列", "the row (lines 2 to 2) has 3 cells", "", true},
		{"a quote that takes rows along", "a.csv", "id,n\n1,\"a\n2,b\n3,\"c\"\n4,d\n", "第 2 行的引号没有闭合，直到第 4 行", "opened in line 2 is not closed; everything up to line 4", "", true},
		{"a number that is too large", "a.geojsonl", in(`"n":1e999`), "不是 JSON 数字", "too large: 1e999", "", false},
		{"a number that is none", "a.geojsonl", in(`"n":NaN`), "不是 JSON 数字", "a number that JSON does not have", "", false},
		{"a number with a zero before it", "a.geojsonl", in(`"n":01`), "不是 JSON 数字", "a number that JSON does not have", "", false},
		{"such a number inside", "a.geojsonl", in(`"n":{"x":[01]}`), "不规范的数字", "a number that JSON does not have", "n", false},
		{"too deep", "a.geojsonl", in(`"n":` + deep), "不是 JSON：", "not JSON: too big depth", "", false},
		{"not JSON", "a.geojsonl", `{"type":"Feature" "id":"` + secret + "\"}\n", "不是 JSON：", "not JSON: missing ',' after object value", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := readAll(source.Config{Name: tt.file}, tt.text)
			if err != nil || len(records) == 0 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			r := records[0]
			var p *source.Problem
			if !errors.As(r.Err, &p) {
				t.Fatalf("error %v, want a Problem", r.Err)
			}
			if !strings.Contains(p.Zh, tt.zh) || !strings.Contains(p.En, tt.en) || p.Column != tt.column || r.Displaced != tt.displaced {
				t.Errorf("%+v, displaced %v", p, r.Displaced)
			}
			if len(p.En) > 200 || strings.Contains(p.En+p.Zh, secret) {
				t.Errorf("too much of the record is told: %s", p.En)
			}
			if errors.Is(r.Err, source.ErrEncoding) != (tt.column != "") {
				t.Errorf("ErrEncoding is in the chain: %v", errors.Is(r.Err, source.ErrEncoding))
			}
		})
	}
}

func TestFilesThatAreNotWhatTheySeem(t *testing.T) {
	for name, tt := range map[string]struct{ file, text, says string }{
		"lines that end with CR alone": {"a.csv", "id,n\r1,a\r2,b\r", "CR alone"},
		"compressed twice":             {"a.csv.gz", zipped(t, zipped(t, "id,n\n1,a\n")), "compressed twice"},
	} {
		if _, err := readAll(source.Config{Name: tt.file}, tt.text); !errors.Is(err, source.ErrFormat) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want ErrFormat saying %q", name, err, tt.says)
		}
	}
}
