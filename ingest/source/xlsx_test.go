package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/chengma/chengma/ingest/source"
	"github.com/chengma/chengma/internal/codes"
)

func TestWorkbookOfGDAL(t *testing.T) {
	want := []string{
		`{"area":"12.5","at":"31/03/2020 08:15:30","code":"440304001001GB00001","day":"2020-03-31","n":"9.00719925474099E+15","name":"福田区","ok":"TRUE","small":"7"}`,
		`{"area":"0.1","at":"","code":"440304001001GB00002","day":"","n":"-1","name":"深圳, \"南山\"","ok":"FALSE","small":""}`,
		`{"area":"","at":"31/12/1999 23:59:59","code":"00003","day":"1999-12-31","n":"","name":"","ok":"","small":"1"}`,
	}
	file := testdata(t, "land.xlsx")
	tests := []struct {
		name string
		cfg  source.Config
	}{
		{"file", source.Config{Path: "testdata/land.xlsx"}},
		{"stream without a name", source.Config{Name: "-", Reader: bytes.NewReader(file)}},
		{"gzipped", source.Config{Path: written(t, "land.xlsx.gz", gzipped(t, file))}},
		{"in an archive", source.Config{Path: written(t, "land.zip", archive(t, "a/land.xlsx", string(file)))}},
		{"sheet by its name", source.Config{Path: "testdata/land.xlsx", Layer: "in"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, _, err := readPath(tt.cfg)
			if err != nil || len(records) != len(want) {
				t.Fatalf("%d records, %v", len(records), err)
			}
			for i, r := range records {
				if got := attrsOf(r); got != want[i] || r.Err != nil || r.Line != int64(i+2) {
					t.Errorf("line %d: %v\n got %s\nwant %s", r.Line, r.Err, got, want[i])
				}
			}
		})
	}
}

// workbook makes a workbook of one sheet.
func workbook(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCellsAreWhatTheyShow(t *testing.T) {
	type cell struct {
		name   string
		value  any
		format string // a number format, "" for General
		want   string
		damage codes.DamageKind
	}
	cells := []cell{
		{"code as text", "440304001001GB00001", "", "440304001001GB00001", ""},
		{"zeros at the beginning", "000123", "", "000123", ""},
		{"short number", 123456, "", "123456", ""},
		{"number with its zeros", 123, "000000", "000123", ""},
		{"decimal", 0.1 + 0.2, "", "0.3", ""},
		{"person's number as a number", 440304199001011234, "", "4.40304199001011E+17", codes.DamageScientific},
		{"24 digits as a number", 4.40304001001123e24, "", "4.40304001001123E+24", codes.DamageScientific},
		{"person's number as a whole number", 440304199001011200, "0", "440304199001011000", codes.DamageTailZeros},
		{"date", time.Date(2020, 3, 31, 0, 0, 0, 0, time.UTC), "yyyy-mm-dd", "2020-03-31", ""},
		{"Chinese date", time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC), `yyyy"年"m"月"d"日"`, "2020年3月1日", ""},
		{"date that hides the century", time.Date(1920, 3, 1, 0, 0, 0, 0, time.UTC), `d/m/yy;@`, "1920-03-01", ""},
		{"hours and a short year", time.Date(2020, 3, 1, 8, 15, 0, 0, time.UTC), `d/m/yy h:mm`, "2020-03-01 08:15:00", ""},
		{"years that are no dates", 7, `0" yy"`, "7 yy", ""},
		{"truth", true, "", "TRUE", ""},
		{"percentage", 0.25, "0%", "25%", ""},
	}
	file := workbook(t, func(f *excelize.File) {
		for i, c := range cells {
			head, err := excelize.CoordinatesToCellName(i+1, 1)
			must(t, err)
			at, err := excelize.CoordinatesToCellName(i+1, 2)
			must(t, err)
			must(t, f.SetCellValue("Sheet1", head, c.name))
			must(t, f.SetCellValue("Sheet1", at, c.value))
			style := &excelize.Style{}
			if c.format != "" {
				style.CustomNumFmt = &c.format
			}
			id, err := f.NewStyle(style)
			must(t, err)
			must(t, f.SetCellStyle("Sheet1", at, at, id))
		}
	})
	records, err := readAll(source.Config{Name: "a.xlsx"}, string(file))
	if err != nil || len(records) != 1 || records[0].Err != nil {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, c := range cells {
		t.Run(c.name, func(t *testing.T) {
			got := records[0].Get(c.name).Text()
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if damage, _ := codes.FindDamage(got); damage.Kind != c.damage {
				t.Errorf("%q: damage %q, want %q", got, damage.Kind, c.damage)
			}
		})
	}
}

func TestDatesOfTheReadersCountry(t *testing.T) {
	file := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"day"}))
		must(t, f.SetCellValue("Sheet1", "A2", 43921))
		id, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "A2", "A2", id))
	})
	records, err := readAll(source.Config{Name: "a.xlsx"}, string(file))
	if err != nil || len(records) != 1 || records[0].Get("day").Text() != "2020-03-31" {
		t.Fatalf("%v, %v", records, err)
	}
}

func TestSheets(t *testing.T) {
	no := false
	file := workbook(t, func(f *excelize.File) {
		for _, name := range []string{"数据", "三"} {
			_, err := f.NewSheet(name)
			must(t, err)
		}
		f.SetActiveSheet(1)
		must(t, f.SetSheetVisible("Sheet1", false))
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"hidden"}))
		must(t, f.SetSheetRow("数据", "A2", &[]any{"k", " v "}))
		must(t, f.SetSheetRow("数据", "A5", &[]any{"1", "2"}))
		must(t, f.SetSheetRow("数据", "A6", &[]any{"3"}))
		must(t, f.SetSheetRow("数据", "A7", &[]any{"4", "5", "6"}))
		must(t, f.SetSheetRow("数据", "A8", &[]any{"", "7", " "}))
	})
	tests := []struct {
		name string
		cfg  source.Config
		want string // attributes, lines
		err  string
	}{
		{"first that is shown", source.Config{}, `{"k":"1","v":"2"}5 {"k":"3","v":""}6 {"k":"4","v":"5"}7! {"k":"","v":"7"}8`, ""},
		{"by name", source.Config{Layer: "Sheet1"}, ``, ""},
		{"no such sheet", source.Config{Layer: "x"}, "", `"Sheet1" "数据" "三"`},
		{"an empty sheet", source.Config{Layer: "三"}, "", "empty"},
		{
			"no header", source.Config{Header: &no}, `{"c1":"k","c2":" v "}2 {"c1":"1","c2":"2"}5 {"c1":"3","c2":""}6 {"c1":"4","c2":"5"}7! {"c1":"","c2":"7"}8`, "",
		},
		{"names that do not fit", source.Config{Columns: []string{"a"}}, "", "1 names"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Name = "a.xlsx"
			records, err := readAll(tt.cfg, string(file))
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %v, want %q", err, tt.err)
			}
			var got []string
			for _, r := range records {
				bad := ""
				if r.Err != nil {
					bad = "!"
				}
				got = append(got, fmt.Sprint(attrsOf(r), r.Line, bad))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), tt.want)
			}
		})
	}
}

// sheetXML is a workbook whose only sheet has the rows that are given.
func sheetXML(t testing.TB, rows string) []byte {
	const head = `<?xml version="1.0" encoding="UTF-8"?>`
	return archive(t,
		"[Content_Types].xml", head+`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels", head+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", head+`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", head+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", head+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+rows+`</sheetData></worksheet>`,
	)
}

func TestWorkbooksThatCannotBeRead(t *testing.T) {
	whole := testdata(t, "land.xlsx")
	const first = `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>`
	tests := []struct {
		name  string
		bytes []byte
		want  error
		says  string
	}{
		{"cut short", whole[:len(whole)-200], source.ErrTruncated, "directory"},
		{"an old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xxxxxxxx"), source.ErrFormat, "save it as XLSX"},
		{"text", []byte("a,b\n"), source.ErrFormat, "does not begin"},
		{"broken XML", sheetXML(t, first+`<row r="2"><c r="A2"><v>1</c></row><row r="3"><c r="A3"><v>1</v></c></row>`), source.ErrFormat, "breaks off"},
		{"rows out of order", sheetXML(t, first+`<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>`), source.ErrFormat, "row 2 comes after row 3"},
		{"a cell without a place", sheetXML(t, first+`<row r="2"><c r="?"><v>1</v></c></row>`), source.ErrFormat, "row 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(source.Config{Name: "a.xlsx"}, string(tt.bytes))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
			}
		})
	}
}

// largeWorkbook has numbered rows.
func largeWorkbook(t testing.TB, rows int) []byte {
	return workbook(t, func(f *excelize.File) {
		w, err := f.NewStreamWriter("Sheet1")
		must(t, err)
		must(t, w.SetRow("A1", []any{"code", "name", "n", "area"}))
		for i := range rows {
			must(t, w.SetRow(fmt.Sprint("A", i+2), []any{fmt.Sprintf("440304%012d", i), "福田区福中路", i, float64(i) / 8}))
		}
		must(t, w.Flush())
	})
}

func TestWorkbookMemoryIsConstant(t *testing.T) {
	const rows = 100_000 // over 20 MB of XML
	s, err := source.Open(source.Config{Path: written(t, "a.xlsx", largeWorkbook(t, rows))})
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
	if read, total := s.BytesRead(); n != rows || peak > 32<<20 || read != total {
		t.Errorf("%d records, %d MiB of heap, %d of %d bytes", n, peak>>20, read, total)
	}
}

func BenchmarkWorkbook(b *testing.B) {
	path := written(b, "a.xlsx", largeWorkbook(b, 20_000))
	for b.Loop() {
		records, _, err := readPath(source.Config{Path: path})
		if err != nil || len(records) != 20_000 {
			b.Fatal(len(records), err)
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
