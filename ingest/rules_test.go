package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
)

func feature(properties, geometry string) string {
	return `{"type":"Feature","properties":{` + properties + `},"geometry":` + geometry + "}\n"
}

// square is a GeoJSON polygon of 0.001 degrees.
func square(w, s float64) string {
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]g,%[2]g],[%[3]g,%[2]g],[%[3]g,%[4]g],[%[1]g,%[4]g],[%[1]g,%[2]g]]]}`, w, s, w+0.001, s+0.001)
}

// Each rule refuses the record that it is there for, and says where it stands.
func TestRules(t *testing.T) {
	shenzhen := "mapping: 1\nsource: test\nkind: building\nclass: natural\nkey: {scheme: b, from: id}\nvalid: {from: \"2020-01-01\"}\nenvelope: [113.7, 22.3, 114.7, 22.9]\n"
	sound := square(114.05, 22.54)
	tests := []struct {
		name, mapping, file, text string
		rule                      string
		partial                   bool
		says                      string // a part of the English message
	}{
		{"key-missing", building(""), "a.csv", "id,n\n,x\n", "key-missing", false, "id"},
		{"key is a token", building("null: [\"---\"]\n"), "a.csv", "id,n\n---,x\n", "key-missing", false, "id"},
		{"one of two keys is missing", strings.Replace(building(""), "from: id", "from: [id, n]", 1), "a.csv", "id,n\n1,\n", "key-missing", false, "id, n"},
		{"key twice", building("fields: {name: n}\n"), "a.csv", "id,n\n1,x\n1,y\n", "key-duplicate-in-file", false, "a.csv line 2"},
		{"record unreadable", shenzhen, "a.geojsonl", "{\"type\":\n" + feature(`"id":"2"`, sound), "record-unreadable", false, "cannot be read"},
		{"class unknown", strings.Replace(building(""), "class: natural", "class: {from: n}", 1), "a.csv", "id,n\n1,tower\n", "class-unknown", false, "natural, logical"},
		{"field of another class", strings.Replace(building("fields: {nominal_floor: f}\n"), "class: natural", "class: {from: n}", 1), "a.csv", "id,n,f\n1,natural,3\n", "field-not-of-class", false, "do not have this field"},
		{"field that the class demands", strings.Replace(building("fields: {nominal_floor: f}\n"), "class: natural", "class: floor", 1), "a.csv", "id,f\n1,\n", "required-missing", false, "is missing"},
		{"mode", building("mode: {from: m}\n"), "a.csv", "id,m\n1,x\n", "mode-unknown", false, "correction"},
		{"interval", strings.Replace(building(""), `valid: {from: "2020-01-01"}`, "valid: {from: {from: a}, to: {from: z}}", 1), "a.csv", "id,a,z\n1,2020-01-02,2020-01-02\n", "interval-empty", false, "not after"},
		{"no beginning", strings.Replace(building(""), `valid: {from: "2020-01-01"}`, "valid: {from: {from: a}}", 1), "a.csv", "id,a\n1,\n", "required-missing", false, "beginning"},
		{"bad beginning", strings.Replace(building(""), `valid: {from: "2020-01-01"}`, "valid: {from: {from: a}}", 1), "a.csv", "id,a\n1,soon\n", "date-format", false, "YYYY-MM-DD"},
		{"check digit", strings.Replace(building(""), "kind: building\nclass: natural\nkey: {scheme: b", "kind: enterprise\nclass: company\nkey: {scheme: uscc", 1), "a.csv", "id\n91110000600037341N\n", "code-check-digit", false, "check character"},
		{"code layout", building("aliases: [{scheme: szbuilding, from: c}]\n"), "a.csv", "id,c\n1,44030\n", "code-layout", false, "19"},
		{"spreadsheet in a key", building(""), "a.csv", "id\n4.4E+24\n", "spreadsheet-damage", false, "scientific"},
		{"tail became zeros", building("aliases: [{scheme: szhouse, from: c}]\n"), "a.csv", "id,c\n1,4403040020070110000000000\n", "spreadsheet-damage", false, "15th"},
		{"point 0 became of a key", building(""), "a.csv", "id\n1234567.0\n", "spreadsheet-damage", false, "it should be 1234567"},
		{"geometry missing", shenzhen + "geometry: {from: file, required: true}\n", "a.geojsonl", feature(`"id":"1"`, "null"), "geometry-missing", false, "no geometry"},
		{"bow tie", shenzhen, "a.geojsonl", feature(`"id":"1"`, `{"type":"Polygon","coordinates":[[[114.05,22.54],[114.06,22.55],[114.06,22.54],[114.05,22.55],[114.05,22.54]]]}`), "geometry-invalid", false, "mended"},
		{"bow tie that may be dropped", shenzhen + "geometry: {from: file, on-error: drop}\n", "a.geojsonl", feature(`"id":"1"`, `{"type":"Polygon","coordinates":[[[114.05,22.54],[114.06,22.55],[114.06,22.54],[114.05,22.55],[114.05,22.54]]]}`), "geometry-invalid", true, "mended"},
		{"swapped axes", shenzhen, "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[22.54,114.05]}`), "geometry-outside-envelope", false, "swapped axes"},
		{"another zone", shenzhen + "crs: EPSG:4548\n", "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[505959.8,2493988.5]}`), "geometry-outside-envelope", false, "4547"},
		{"gcj02", strings.Replace(shenzhen, "[113.7, 22.3, 114.7, 22.9]", "[113.7, 22.3, 114.06, 22.9]", 1), "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[114.063,22.5408]}`), "geometry-outside-envelope", false, "GCJ-02"},
		{"metres for degrees", strings.Replace(shenzhen, "envelope: [113.7, 22.3, 114.7, 22.9]\n", "", 1), "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[505959.8,2493988.5]}`), "geometry-unreadable", false, "globe"},
		{"coordinates that are text", strings.Replace(building(""), "geometry: none", "geometry: {lon: x, lat: y}", 1), "a.csv", "id,x,y\n1,east,22.5\n", "geometry-unreadable", false, "not a number"},
		{"half a point", strings.Replace(building(""), "geometry: none", "geometry: {lon: x, lat: y}", 1), "a.csv", "id,x,y\n1,114.05,\n", "geometry-unreadable", false, "one of two"},
		{"WKT that is none", strings.Replace(building(""), "geometry: none", "geometry: {wkt: w}", 1), "a.csv", "id,w\n1,\"POLYGON((1 2\"\n", "geometry-unreadable", false, "WKT"},
		{"link to nothing", building("links: [{role: \"on\", scheme: p, from: p}]\n"), "a.csv", "id,p\n1,9\n", "link-target-missing", true, "nothing has this key"},
		{"link that is required", building("links: [{role: \"on\", scheme: p, from: p, required: true}]\n"), "a.csv", "id,p\n1,9\n", "link-target-missing", false, "nothing has this key"},
		{"link without a place", building("links: [{role: \"on\", within: {kind: land}}]\n"), "a.csv", "id\n1\n", "link-none-in-reach", true, "no geometry"},
		{"unknown operation", building("file: {extent: delta, operation: {from: op, values: {U: upsert}}}\n"), "a.csv", "id,op\n1,X\n", "operation-unknown", false, "operation"},
		{"end of nothing", building("file: {extent: delta, operation: {from: op, values: {D: end}}}\n"), "a.csv", "id,op\n1,D\n", "key-unknown", false, "nothing in the city"},
		{"nothing to correct", strings.Replace(building(""), "from: id}", "from: id, mint: false}", 1), "a.csv", "id\n1\n", "key-unknown", false, "nothing in the city"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench()
			report := b.load(t, tt.mapping, tt.file, tt.text)
			refused := b.refusals(t, true)
			if len(refused) != 1 {
				t.Fatalf("%d refusals, want 1: %+v", len(refused), refused)
			}
			r := refused[0]
			if r.Rule != tt.rule || r.Partial != tt.partial || !strings.Contains(r.En, tt.says) || r.Zh == "" {
				t.Errorf("refusal %+v, want %s saying %q, partial %v", r, tt.rule, tt.says, tt.partial)
			}
			if r.File != tt.file || r.Line == 0 || r.Source != "test" || r.Key == "" {
				t.Errorf("refusal %+v does not say where the record is", r)
			}
			if report.EndsSuspended != "" {
				t.Errorf("no extract, and yet ends are suspended: %s", report.EndsSuspended)
			}
			if (report.Quarantined == 1) == tt.partial || (report.Partial == 1) != tt.partial {
				t.Errorf("quarantined %d, partial %d", report.Quarantined, report.Partial)
			}
		})
	}
}

func TestRules_HaveUniqueNamesAndBothLanguages(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range ingest.Rules() {
		if seen[r.Name] || r.Name == "" || r.Zh == "" || r.En == "" {
			t.Errorf("rule %+v", r)
		}
		seen[r.Name] = true
	}
	if len(seen) < 35 {
		t.Errorf("%d rules", len(seen))
	}
}

// What the store itself refuses is one record's affair, not the batch's.
func TestRun_StoreRefusesOneRecord(t *testing.T) {
	b := newBench()
	mapping := building("fields: {name: n}\n")
	b.load(t, mapping, "a.csv", "id,n\n1,a\n2,b\n")
	code := resolve(t, head(t, b), "b", "2")
	_, err := b.Apply(t.Context(), entities.Batch{Key: "freeze", Acts: []entities.Act{
		&entities.Mark{Subject: entities.ByCode(code), State: entities.Frozen, Reason: "dispute"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	report := b.load(t, mapping, "a.csv", "id,n\n1,A\n2,B\n3,C\n")
	if report.Updated != 1 || report.Created != 1 || report.Quarantined != 1 {
		t.Fatalf("report %+v", report)
	}
	if r := b.refusals(t, true); len(r) != 1 || r[0].Rule != "code-frozen" || r[0].Key != "b:2" {
		t.Errorf("refusals %+v", r)
	}
}

// Values of sensitive schemes are nowhere in clear, whatever is wrong.
func TestRun_SensitiveValuesAreSealed(t *testing.T) {
	b := newBench()
	mapping := "mapping: 1\nsource: police\nkind: person\nclass: resident\nkey: {scheme: rid, from: id}\nvalid: {from: \"2020-01-01\"}\ngeometry: none\nfields: {name: n, phone: {from: p, required: false}}\n"
	secrets := []string{"11010519491231002X", "440305190002290030", "110105194912310021", "13900001111x", "张三丰"}
	report := b.load(t, mapping, "p.csv", "id,n,p\n"+
		secrets[0]+",张三丰,\n"+ // sound
		secrets[1]+",x,\n"+ // a date that does not exist
		secrets[2]+",x,\n"+ // wrong check digit
		"440524188001010014,x,"+secrets[3]+"\n"+ // wrong phone
		"1.1E+17,x,\n")
	if report.Created != 1 || report.Quarantined != 4 {
		t.Fatalf("report %+v", report)
	}
	var all strings.Builder
	for _, r := range b.refusals(t, false) {
		all.WriteString(r.Key + r.Value + r.Zh + r.En + string(r.Record) + "\n")
	}
	for a, err := range head(t, b).Aliases(t.Context(), entities.AliasQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(a.Value + a.Mask + "\n")
		if a.Mask != "110***X" {
			t.Errorf("mask %q, want 110***X", a.Mask)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(all.String(), secret) {
			t.Errorf("%s stands in clear in\n%s", secret, all.String())
		}
	}
	sealed := entities.NewSealer([]byte(strings.Repeat("k", 32))).Seal("rid", secrets[0])
	resolve(t, head(t, b), "rid", sealed)
	if !slices.ContainsFunc(report.Rules, func(c ingest.RuleCount) bool { return c.Rule == "code-check-digit" && c.Records == 1 }) {
		t.Errorf("rules %+v", report.Rules)
	}
}
