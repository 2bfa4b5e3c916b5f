package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
	"github.com/chengma/chengma/ingest/source"
)

// linkBench has the parcels 1 and 2, both in the block X, and the firm 1.
func linkBench(t *testing.T) *bench {
	b := newBench()
	b.load(t, "mapping: 1\nsource: cadastre\nkind: land\nclass: surface\nkey: {scheme: p, from: id}\ngeometry: none\nvalid: {from: \"2020-01-01\"}\n"+
		"aliases: [{scheme: block, from: b, shared: true}]\n", "p.csv", "id,b\n1,X\n2,X\n")
	b.load(t, "mapping: 1\nsource: e\nkind: enterprise\nclass: company\nkey: {scheme: e, from: id}\ngeometry: none\nfields: {name: id}\n", "e.csv", "id\n1\n")
	return b
}

// on lists what building 7 stands on at the end, each with its confidence.
func on(t *testing.T, b *bench) string {
	t.Helper()
	reader := head(t, b)
	var out []string
	for l, err := range reader.Links(t.Context(), entities.LinkQuery{Codes: []entities.Code{resolve(t, reader, "b", "7")}, Valid: entities.During(now)}) {
		if err != nil {
			t.Fatal(err)
		}
		key := "?"
		for _, id := range []string{"1", "2"} {
			if l.To == resolve(t, reader, "p", id) {
				key = id
			}
		}
		out = append(out, fmt.Sprintf("%s %g %s %d", key, l.Confidence, l.Method, l.Level))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestLinks_Options(t *testing.T) {
	tests := []struct {
		name, how, first, then string
		want                   string
		rule                   string // of the one refusal, partial
	}{
		{"replaced", "scheme: p, from: p", "1", "2", "2 1 key 0", ""},
		{"added", "scheme: p, from: p, add: true", "1", "2", "1 1 key 0, 2 1 key 0", ""},
		{"empty is none", "scheme: p, from: p", "1", "", "", ""},
		{"empty is kept", "scheme: p, from: p, empty: keep", "1", "", "1 1 key 0", ""},
		{"split", "scheme: p, from: p, split: /", "1", "1/2", "1 1 key 0, 2 1 key 0", ""},
		{"prefix", "scheme: p, from: p, prefix: 1", "1", "2xyz", "2 1 key 0", ""},
		{"shorter than the prefix", "scheme: p, from: p, prefix: 2", "12", "1", "", "code-layout"},
		{"another kind", "scheme: e, from: p", "", "1", "", "link-kind"},
		{"ambiguous", "scheme: block, from: p", "", "X", "", "link-ambiguous"},
		{"all of the ambiguous", "scheme: block, from: p, on-ambiguous: all", "", "X", "1 0.5 key 0, 2 0.5 key 0", ""},
		{"missing", "scheme: p, from: p", "1", "9", "1 1 key 0", "link-target-missing"},
		{"missing, ignored", "scheme: p, from: p, on-missing: ignore", "1", "9", "1 1 key 0", ""},
		{"level and confidence", "scheme: p, from: p, level: 3, confidence: 0.7", "1", "2", "2 0.7 key 3", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := linkBench(t)
			mapping := building("links: [{role: \"on\", " + tt.how + "}]\n")
			b.load(t, mapping, "a.csv", "id,p\n7,"+tt.first+"\n")
			report := b.load(t, strings.Replace(mapping, "2020-01-01", "2021-01-01", 1), "b.csv", "id,p\n7,"+tt.then+"\n")
			if got := on(t, b); got != tt.want {
				t.Errorf("it stands on %q, want %q", got, tt.want)
			}
			refused := slices.DeleteFunc(b.refusals(t, true), func(r entities.Refusal) bool { return r.Run != report.Run })
			if tt.rule == "" && len(refused) > 0 || tt.rule != "" && (len(refused) != 1 || refused[0].Rule != tt.rule || !refused[0].Partial || report.Partial != 1) {
				t.Errorf("refusals %+v, want %q", refused, tt.rule)
			}
		})
	}
}

// A link that only the store finds at fault costs the record the link, or the
// record where it is required.
func TestLinks_StoreRefusesTheLink(t *testing.T) {
	for _, required := range []bool{false, true} {
		b := newBench()
		mapping := building("aliases: [{scheme: tag, from: p, shared: true}]\nlinks: [{role: part-of, scheme: tag, from: up}]\n")
		if required {
			mapping = strings.Replace(mapping, "from: up", "from: up, required: true, empty: keep", 1)
		}
		text := "id,p,up\n1,A,C\n2,A,C\n3,,A\n4,C,C\n" // A is that of two things made just now
		report := b.load(t, mapping, "a.csv", text)
		if r := b.refusals(t, true); len(r) != 1 || r[0].Rule != "key-ambiguous" || r[0].Key != "b:3" || r[0].Partial == required {
			t.Errorf("required %v: %+v", required, r)
		}
		if want := map[bool]int64{false: 4, true: 3}[required]; report.Created != want {
			t.Errorf("required %v: %+v", required, report)
		}
	}
}

// What a required link of another kind does not find refuses the record.
func TestLinks_Required(t *testing.T) {
	for _, how := range []string{"required: true", "on-missing: refuse"} {
		b := linkBench(t)
		report := b.load(t, building("links: [{role: \"on\", scheme: p, from: p, "+how+"}]\n"), "a.csv", "id,p\n7,1\n8,9\n9,\n")
		if report.Created != 1 || report.Quarantined != 2 {
			t.Errorf("%s: %+v", how, report)
		}
	}
}

// A full extract whose file is cut short ends nothing, in whatever way it is cut.
func TestFull_BrokenFilesSuspendEnds(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(columns + rows(1, 3000, "11"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := columns + rows(1, 100, "11")
	for name, tt := range map[string]struct{ file, text string }{
		"compressed": {"b.csv.gz", zipped.String()[:zipped.Len()/2]},
		"last row":   {"b.csv", text[:len(text)-4]},
		"open quote": {"b.csv", columns + "1,\"x,11\n" + rows(2, 100, "11")},
		"no header":  {"b.csv", ""},
		"open JSON":  {"b.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"1"},"geometry":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 3100, "11"))
			cfg := b.config(t, fullMapping("2021-01-01", ""), write(t, tt.file, tt.text))
			cfg.AllowEnds = true
			report, err := ingest.Run(t.Context(), cfg)
			if !errors.Is(err, source.ErrTruncated) || report.Ended != 0 || report.EndsSuspended == "" {
				t.Errorf("%+v, %v", report, err)
			}
			if n := b.buildings(t, "2022-01-01T00:00:00Z"); n != 3100 {
				t.Errorf("%d buildings are left of 3100", n)
			}
		})
	}
}

// Each part of a scope spares what is not in it.
func TestFull_Scopes(t *testing.T) {
	const top = "id,x,y,c,land\n"
	all := top + "1,114.05,22.05,natural,1\n2,114.05,22.05,logical,1\n3,114.55,22.05,natural,1\n4,114.05,22.05,natural,2\n5,114.05,22.05,natural,1\n"
	mapping := "mapping: 1\nsource: test\nkind: building\nclass: {from: c}\nkey: {scheme: b, from: id}\ngeometry: {lon: x, lat: y}\nvalid: {from: \"2020-01-01\"}\n" +
		"links: [{role: \"on\", scheme: p, from: land}]\n"
	tests := []struct {
		name, scope string
		ended       []string
	}{
		{"none", "", []string{"1", "2", "3", "4"}},
		{"class", ", scope: {class: natural}", []string{"1", "3", "4"}},
		{"box", ", scope: {box: [114, 22, 114.1, 22.1]}", []string{"1", "2", "4"}},
		{"linked", ", scope: {linked: {role: \"on\", scheme: p, value: 1}}", []string{"1", "2", "3"}},
		{"all together", ", scope: {class: natural, box: [114, 22, 114.1, 22.1], linked: {role: \"on\", scheme: p, value: 1}}", []string{"1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := linkBench(t)
			if report := b.load(t, mapping, "a.csv", all); report.Created != 5 || report.Partial != 0 {
				t.Fatalf("report %+v", report)
			}
			cfg := b.config(t, mapping+"file: {extent: full, as-of: \"2021-01-01\""+tt.scope+"}\n", write(t, "b.csv", top+"5,114.05,22.05,natural,1\n"))
			cfg.AllowEnds = true
			report, err := ingest.Run(t.Context(), cfg)
			if err != nil || report.Ended != len(tt.ended) {
				t.Fatalf("%+v, %v", report, err)
			}
			reader := head(t, b)
			for _, id := range []string{"1", "2", "3", "4", "5"} {
				_, err := reader.Get(t.Context(), resolve(t, reader, "b", id), now)
				if ended := errors.Is(err, entities.ErrNotFound); ended != slices.Contains(tt.ended, id) {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
}

// A record that is refused leaves its key's place to the next one.
func TestRun_SoundRecordBehindARefusedOne(t *testing.T) {
	b := newBench()
	report := b.load(t, building("fields: {floors_above: f}\n"), "a.csv", "id,f\n1,many\n1,3\n1,4\n1,3\n")
	if report.Created != 1 || report.Quarantined != 2 || report.Skipped != 1 {
		t.Errorf("report %+v, %+v", report, b.refusals(t, true))
	}
	if got, _ := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Attrs.Get("floors_above").Int(); got != 3 {
		t.Errorf("%d floors", got)
	}
}

// Retrying some records of a full extract is no full extract, and a record with
// two faults is one record.
func TestRetry_EndsNothingAndReadsEachRecordOnce(t *testing.T) {
	b := newBench()
	more := "fields: {floors_above: {from: f, on-error: drop}, height: {from: h, on-error: drop}}\n"
	full := strings.Replace(building(more), "geometry:", "file: {extent: full, as-of: \"2021-01-01\"}\ngeometry:", 1)
	if report := b.load(t, full, "a.csv", "id,f,h\n1,many,high\n2,3,4\n"); report.Created != 2 || report.Partial != 2 {
		t.Fatalf("report %+v", report)
	}
	fixed := strings.NewReplacer("from: f,", "from: f, null: [many],", "from: h,", "from: h, null: [high],").Replace(full)
	cfg := b.config(t, fixed)
	cfg.AllowEnds = true
	report, err := ingest.Retry(t.Context(), cfg)
	if err != nil || report.Read != 1 || report.Settled != 2 || report.Ended != 0 {
		t.Errorf("retry %+v, %v", report, err)
	}
	if n := b.buildings(t, "2022-01-01T00:00:00Z"); n != 2 {
		t.Errorf("%d buildings, want 2", n)
	}
}

// A whole record takes away what its source said before and does not say now, and
// nothing of another source; an empty cell does so for its attribute.
func TestRun_WhatASourceNoLongerSays(t *testing.T) {
	for name, tt := range map[string]struct{ more, text, want string }{
		"whole":         {"whole: true\nfields: {height: h}\n", "id,h\n1,9\n", `{"floors_above":3,"height":9}`},
		"not whole":     {"fields: {height: h}\n", "id,h\n1,9\n", `{"floors_above":3,"height":9,"name":"a"}`},
		"empty":         {"fields: {name: n, floors_above: f}\n", "id,n,f\n1,,\n", `{"floors_above":3,"height":5}`},
		"empty is null": {"fields: {name: {from: n, empty: \"null\"}, floors_above: {from: f, empty: \"null\"}}\n", "id,n,f\n1,,\n", `{"floors_above":null,"height":5,"name":null}`},
		"empty is kept": {"fields: {name: {from: n, empty: keep}}\n", "id,n\n1,\n", `{"floors_above":3,"height":5,"name":"a"}`},
	} {
		b := newBench()
		b.load(t, building("fields: {name: n, height: h}\n"), "a.csv", "id,n,h\n1,a,5\n")
		b.load(t, strings.Replace(building("fields: {floors_above: f}\n"), "source: test", "source: other", 1), "o.csv", "id,f\n1,3\n")
		b.load(t, strings.Replace(building(tt.more), "2020-01-01", "2021-01-01", 1), "b.csv", tt.text)
		if got := string(b.get(t, "b", "1", "2022-01-01T00:00:00Z").Attrs.AppendJSON(nil)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if got := string(b.get(t, "b", "1", "2020-06-01T00:00:00Z").Attrs.AppendJSON(nil)); got != `{"floors_above":3,"height":5,"name":"a"}` {
			t.Errorf("%s: before it was %s", name, got)
		}
	}
}

// A secondary source takes back what it gave, and nothing else.
func TestRun_SecondarySourceTakesBack(t *testing.T) {
	b := newBench()
	b.load(t, building("fields: {name: n}\n"), "a.csv", "id,n\n1,a\n")
	other := strings.Replace(building("fields: {name: n, floors_above: f}\nresponsible: [planning]\n"), "source: test", "source: other", 1)
	b.load(t, other, "b.csv", "id,n,f\n1,a,3\n")
	if r := b.load(t, strings.Replace(other, "2020-01-01", "2021-01-01", 1), "b.csv", "id,n,f\n1,,\n"); r.Discrepancies != 0 {
		t.Errorf("saying nothing is %d discrepancies", r.Discrepancies)
	}
	if got := string(b.get(t, "b", "1", "2022-01-01T00:00:00Z").Attrs.AppendJSON(nil)); got != `{"name":"a"}` {
		t.Errorf("attributes %s", got)
	}
}

// A mapping whose list changed is another one: it does not go on with a run of
// the old one.
func TestRun_ChangedListIsAnotherRun(t *testing.T) {
	b := newBench()
	mapping := building("fields: {use: {from: u, values-file: {file: uses.csv}}}\n")
	file := write(t, "a.csv", "id,u\n1,R\n")
	ids := make(map[string]bool)
	for _, list := range []string{"code,use\nR,residential\n", "code,use\nR,commercial\n"} {
		m, err := ingest.ParseMapping("map.yaml", []byte(mapping), fstest.MapFS{"uses.csv": {Data: []byte(list)}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cfg := b.config(t, mapping, file)
		cfg.Mapping, cfg.Store = m, &interrupted{bench: b, left: 1, cancel: cancel}
		report, err := ingest.Run(ctx, cfg)
		if !errors.Is(err, context.Canceled) || report.Resumed {
			t.Errorf("%+v, %v", report, err)
		}
		ids[fmt.Sprint(report.Run)] = true
		cancel()
	}
	if len(ids) != 2 {
		t.Errorf("runs %v", ids)
	}
}

// An extract without a shape says nothing of it, unless the mapping says so.
func TestGeometry_Empty(t *testing.T) {
	for _, clears := range []bool{false, true} {
		b := newBench()
		mapping := strings.Replace(building("geometry: {lon: x, lat: y, null: [\"0\"]}\n"), "geometry: none\n", "", 1)
		if clears {
			mapping = strings.Replace(mapping, "lat: y", "lat: y, empty: unset", 1)
		}
		b.load(t, mapping, "a.csv", "id,x,y\n1,114,22\n")
		b.load(t, strings.Replace(mapping, "2020-01-01", "2021-01-01", 1), "b.csv", "id,x,y\n1,0,0\n")
		if got := b.get(t, "b", "1", "2022-01-01T00:00:00Z").Geometry.IsZero(); got != clears {
			t.Errorf("empty unset %v: the shape is gone: %v", clears, got)
		}
	}
}

func TestGeometry_HalfInTheCity(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("envelope: [113.7, 22.3, 114.7, 22.9]\n"), "geometry: none\n", "", 1)
	line := func(id string, x, y float64) string {
		return feature(`"id":"`+id+`"`, fmt.Sprintf(`{"type":"LineString","coordinates":[[114,22.5],[%g,%g]]}`, x, y))
	}
	report := b.load(t, mapping, "a.geojsonl", line("in", 114.1, 22.6)+line("east", 114.8, 22.5)+line("north", 114, 23)+line("west", 113, 22.5)+line("south", 114, 22))
	if report.Created != 1 || report.Quarantined != 4 {
		t.Errorf("report %+v", report)
	}
}

func TestGeometry_ShiftedCoordinatesSaySo(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("crs: gcj02\n"), "geometry: none\n", "", 1)
	b.load(t, mapping, "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[114.063,22.5408]}`))
	if got := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Geometry.Repair; !strings.Contains(got, "delivered in") {
		t.Errorf("the note is %q", got)
	}
}

// Where values come from, and since when a key names its thing.
func TestRun_OriginAndKeyTime(t *testing.T) {
	b := newBench()
	mapping := runTime + "valid: {from: {from: since, default: \"2019-01-01\"}}\ndocument: doc\ncollected: {from: seen}\nfields: {name: n}\n"
	mapping = strings.Replace(mapping, "from: id}", "from: id, valid: record}", 1)
	b.load(t, mapping, "a.csv", "id,n,since,doc,seen\n1,x,2021-06-01,No. 5,2021-05-01\n2,y,,,\n")
	e := b.get(t, "b", "1", "2022-01-01T00:00:00Z")
	want := entities.Origin{Source: "test", Document: "No. 5", Collected: instant(t, "2021-04-30T16:00:00Z")}
	if e.Origin != want || e.Valid.From != instant(t, "2021-05-31T16:00:00Z") {
		t.Errorf("origin %+v since %v, want %+v", e.Origin, e.Valid.From, want)
	}
	if e := b.get(t, "b", "2", "2022-01-01T00:00:00Z"); e.Valid.From != instant(t, "2018-12-31T16:00:00Z") || e.Origin.Collected != entities.Beginning {
		t.Errorf("without dates: %+v", e)
	}
	for a, err := range head(t, b).Aliases(t.Context(), entities.AliasQuery{Codes: []entities.Code{e.Code}}) {
		if err != nil || a.Valid != entities.Since(e.Valid.From) {
			t.Errorf("the key names it over %v, %v", a.Valid, err)
		}
	}
}

// Aliases may be shared or move; a lenient check lets a known mistake through.
func TestAliases_SharedOrMoving(t *testing.T) {
	for _, shared := range []bool{false, true} {
		b := newBench()
		mapping := building("aliases: [{scheme: tag, from: p}]\n")
		if shared {
			mapping = strings.Replace(mapping, "from: p", "from: p, shared: true", 1)
		}
		b.load(t, mapping, "a.csv", "id,p\n1,A\n2,A\n")
		found, err := head(t, b).Resolve(t.Context(), []entities.Key{{Scheme: "tag", Value: "A"}}, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(found[0].Matches); got != map[bool]int{false: 1, true: 2}[shared] {
			t.Errorf("shared %v: %d things", shared, got)
		}
	}
}

// An alias of a sensitive scheme is sealed and has a mask, as a key has.
func TestAliases_Sealed(t *testing.T) {
	b := newBench()
	b.load(t, building("aliases: [{scheme: rid, from: p, single: true}]\n"), "a.csv", "id,p\n1,11010519491231002X\n")
	found := false
	for a, err := range head(t, b).Aliases(t.Context(), entities.AliasQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if a.Scheme == "rid" {
			found = a.Mask == "110***X" && !strings.Contains(a.Value, "19491231")
		}
	}
	if !found {
		t.Error("the alias is not sealed under its mask")
	}
}

// The registries that leave a step of the check out are let through where the
// mapping says so; no other mistake is.
func TestAliases_LenientCheck(t *testing.T) {
	text := "id,h\n"
	for c := range 10 {
		text += fmt.Sprintf("%d,4403040042008070000010001%d\n", c, c)
	}
	for check, want := range map[string]int64{"strict": 1, "lenient": 2} {
		b := newBench()
		report := b.load(t, building("aliases: [{scheme: house26, from: h, check: "+check+"}]\n"), "a.csv", text)
		if report.Created != want {
			t.Errorf("%s: %+v", check, report)
		}
	}
}

// A state of a record may be a correction where the others are changes.
func TestStates_OwnMode(t *testing.T) {
	b := newBench()
	mapping := building("states:\n  - {valid: {from: \"2018-01-01\", to: \"2019-01-01\"}, mode: correction, fields: {name: old}}\n  - {valid: {from: \"2020-01-01\"}, fields: {name: new}}\n")
	b.load(t, mapping, "a.csv", "id,old,new\n1,a,b\n")
	b.load(t, mapping, "a.csv", "id,old,new\n1,A,B\n")
	for at, want := range map[string]entities.Cause{"2018-06-01T00:00:00Z": entities.CauseCorrection, "2021-01-01T00:00:00Z": entities.CauseChange} {
		if got := b.get(t, "b", "1", at).Cause; got != want {
			t.Errorf("at %s the cause is %v, want %v", at, got, want)
		}
	}
}

// A dry run sees aliases, shapes, classes and ends as the run does.
func TestDryRun_SeesEveryPart(t *testing.T) {
	const top = "id,x,c,p\n"
	mapping := "mapping: 1\nsource: test\nkind: building\nclass: {from: c}\nkey: {scheme: b, from: id}\ngeometry: {lon: x, lat: x}\nvalid: {from: \"2020-01-01\"}\naliases: [{scheme: tag, from: p}]\n"
	for field, text := range map[string]string{
		"alias:tag": "1,22,natural,B\n", "geometry": "1,23,natural,A\n", "class": "1,22,logical,A\n", "": "1,22,natural,A\n",
	} {
		b := newBench()
		b.load(t, mapping, "a.csv", top+"1,22,natural,A\n")
		cfg := b.config(t, strings.Replace(mapping, "2020-01-01", "2021-01-01", 1), write(t, "b.csv", top+text))
		cfg.DryRun = true
		report, err := ingest.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if c := report.Changes; field == "" && c.ChangeAll != 0 || field != "" && (c.ChangeAll != 1 || c.Fields[field] != 1) {
			t.Errorf("%q: %+v", field, report.Changes)
		}
	}
}

// A dry run of persons shows no sensitive value, old or new.
func TestDryRun_MasksSensitiveValues(t *testing.T) {
	b := newBench()
	mapping := "mapping: 1\nsource: police\nkind: person\nclass: resident\nkey: {scheme: rid, from: id}\nvalid: {from: \"2020-01-01\"}\ngeometry: none\nfields: {name: n}\n"
	b.load(t, mapping, "p.csv", "id,n\n11010519491231002X,张三丰\n")
	cfg := b.config(t, strings.Replace(mapping, "2020-01-01", "2021-01-01", 1), write(t, "p.csv", "id,n\n11010519491231002X,李四光\n"))
	cfg.DryRun = true
	report, err := ingest.Run(t.Context(), cfg)
	if err != nil || report.Changes.ChangeAll != 1 || report.Changes.Fields["name"] != 1 {
		t.Fatalf("%+v, %v", report.Changes, err)
	}
	if told := fmt.Sprintf("%+v", report.Changes); strings.Contains(told, "张三丰") || strings.Contains(told, "李四光") || strings.Contains(told, "19491231") {
		t.Errorf("told: %s", told)
	}
}
