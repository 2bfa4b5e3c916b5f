package ingest_test

import (
	"strings"
	"testing"
)

// Each conversion turns one cell into one value of the attribute, or is refused
// by a rule.
func TestConversions(t *testing.T) {
	tests := []struct {
		name  string
		field string // attribute and how
		cell  string
		want  string // the value as JSON, "-" for none, or rule:NAME
	}{
		{"text", "name: v", " 大厦 ", `"大厦"`},
		{"text untrimmed", "name: {from: v, trim: false}", " x", `" x"`},
		{"text folded", "name: {from: v, fold: true}", "Ａ１　座", `"A1 座"`},
		{"text upper", "name: {from: v, case: upper}", "abc", `"ABC"`},
		{"text padded", "division_code: {from: v, pad: {to: 6, side: right}}", "4403", `"440300"`},
		{"zeros lost", "division_code: {from: v, pad: {to: 6}}", "1010", `"001010"`},
		{"text empty", "name: v", "  ", "-"},
		{"null token", "name: {from: v, null: [无, \"-\"]}", "无", "-"},
		{"default", "name: {from: v, default: none}", "", `"none"`},
		{"empty is null", "name: {from: v, empty: \"null\"}", "", "null"},
		{"too long", "name: v", strings.Repeat("x", 201), "rule:value-form"},
		{"integer", "floors_above: v", "12", "12"},
		{"integer with zeros after the point", "floors_above: v", "12.0", "12"},
		{"integer that is none", "floors_above: v", "12.5", "rule:value-type"},
		{"integer below its range", "floors_above: v", "-1", "rule:value-range"},
		{"number", "height: v", "12.50", "12.5"},
		{"number with groups", "height: v", `"1,234.5"`, "1234.5"},
		{"number with wrong groups", "height: v", `"1,23.5"`, "rule:value-type"},
		{"number with decimal comma", "height: {from: v, decimal: \",\"}", `"12,5"`, "12.5"},
		{"number in feet", "height: {from: v, unit: ft, digits: 4}", "100", "30.48"},
		{"number in 万 of square metres", "floor_area: {from: v, factor: 10000}", "1.5", "15000"},
		{"number with an offset", "height: {from: v, factor: 2, offset: -0.5}", "10", "19.5"},
		{"number rounded", "height: {from: v, unit: ft, digits: 1}", "33", "10.1"},
		{"number in 亩", "floor_area: {from: v, unit: mu, digits: 2}", "3", "2000"},
		{"number that is text", "height: v", "high", "rule:value-type"},
		{"number that is hexadecimal", "height: v", "0x10", "rule:value-type"},
		{"number that is infinite", "height: v", "1e999", "rule:value-type"},
		{"yes", "heritage: v", "是", "true"},
		{"no in capitals", "heritage: v", "NO", "false"},
		{"yes by the mapping", "heritage: {from: v, true: [有证], false: [无证]}", "有证", "true"},
		{"neither yes nor no", "heritage: v", "maybe", "rule:value-type"},
		{"date", "completed_on: v", "2011-03-01", `"2011-03-01"`},
		{"date with time", "completed_on: v", "2011-03-01T00:00:00", `"2011-03-01"`},
		{"date in the city's zone", "completed_on: v", "2011-03-01T20:00:00Z", `"2011-03-02"`},
		{"date in Chinese", "completed_on: {from: v, date: YYYY年M月D日}", "2011年3月1日", `"2011-03-01"`},
		{"date by the second form", "completed_on: {from: v, date: [YYYYMMDD, YYYY/M/D]}", "2011/3/1", `"2011-03-01"`},
		{"date of a spreadsheet", "completed_on: {from: v, date: excel}", "40603", `"2011-03-01"`},
		{"date of unix", "completed_on: {from: v, date: unix}", "1298937600", `"2011-03-01"`},
		{"date that is none", "completed_on: v", "2011-02-30", "rule:date-format"},
		{"date that is a year only", "completed_on: v", "2011", "rule:date-format"},
		{"year of a date", "year_built: {from: v, date: iso}", "2011-03-01", "2011"},
		{"code list", "use: {from: v, values: {1: residential, C: commercial}}", "1", `"residential"`},
		{"code list file", "use: {from: v, values-file: {file: uses.csv}}", "C", `"commercial"`},
		{"code list without the value", "use: {from: v, values: {1: residential}}", "9", "rule:value-codelist"},
		{"code list with else", "use: {from: v, values: {1: residential}, else: other}", "9", `"other"`},
		{"code list to nothing", "use: {from: v, values: {0: null, 1: residential}}", "0", "-"},
		{"not in the schema's list", "use: v", "castle", "rule:value-codelist"},
		{"joined", "name: {from: [v, w], join: \"-\"}", "a", `"a-W"`},
		{"joined without the empty", "name: {from: [v, w], join: \"-\"}", "", `"W"`},
		{"constant", "name: {const: 7}", "", `"7"`},
		{"nested", "name: {from: j, path: [a, 1, b]}", "", `"deep"`},
		{"nested where there is nothing", "name: {from: j, path: [a, 9]}", "", "-"},
		{"object", "hazard: j", "", `{"a":[0,{"b":"deep"}]}`},
		{"object that is none", "hazard: v", "x", "rule:value-type"},
		{"required", "name: {from: v, required: true}", "", "rule:required-missing"},
		{"dropped", "height: {from: v, on-error: drop}", "high", "-"},
		{"scientific in a code", "division_code: v", "4.4E+05", "rule:spreadsheet-damage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench()
			json := `"{""a"":[0,{""b"":""deep""}]}"`
			if strings.HasPrefix(tt.field, "name: {from: j") {
				checkFeature(t, b, tt.field, tt.want)
				return
			}
			report := b.load(t, building("fields:\n  "+tt.field+"\n"), "b.csv", "id,v,w,j\n1,"+tt.cell+",W,"+json+"\n")
			checkValue(t, b, strings.SplitN(tt.field, ":", 2)[0], tt.want, report.Quarantined)
		})
	}
}

func checkFeature(t *testing.T, b *bench, field, want string) {
	report := b.load(t, building("fields:\n  "+field+"\n"), "b.geojsonl",
		`{"type":"Feature","properties":{"id":"1","j":{"a":[0,{"b":"deep"}]}},"geometry":null}`+"\n")
	checkValue(t, b, "name", want, report.Quarantined)
}

func checkValue(t *testing.T, b *bench, field, want string, quarantined int64) {
	t.Helper()
	if rule, refused := strings.CutPrefix(want, "rule:"); refused {
		r := b.refusals(t, true)
		if quarantined != 1 || len(r) != 1 || r[0].Rule != rule {
			t.Fatalf("refusals %+v, want one by %s", r, rule)
		}
		if r[0].Zh == "" || r[0].En == "" || r[0].Line == 0 || r[0].Field == "" {
			t.Errorf("refusal %+v lacks a message, line or field", r[0])
		}
		return
	}
	if quarantined != 0 {
		t.Fatalf("refused: %+v", b.refusals(t, true))
	}
	v := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Attrs.Get(field)
	got := "-"
	if !v.IsUnset() {
		got = string(v.AppendJSON(nil))
	}
	if got != want {
		t.Errorf("%s is %s, want %s", field, got, want)
	}
}
