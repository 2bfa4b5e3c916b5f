package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/ingest"
)

// everything is what a folder's files have in them.
func everything(t testing.TB, folder string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A personal number is in clear nowhere: not in the database, its log, the
// report, the quarantine or the program's log, whichever column it got into.
func TestRun_PersonalNumbersInAnyColumn(t *testing.T) {
	const secret, second = "11010519491231002X", "440524188001010014"
	head := "mapping: 1\nsource: test\nkind: building\nclass: natural\nvalid: {from: \"2020-01-01\"}\n"
	plain := "geometry: none\nkey: {scheme: b, from: id}\n"
	tests := []struct{ name, mapping, file, text, rule string }{
		{"attribute", plain + "fields: {name: n}\n", "a.csv", "id,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"attribute, among words", plain + "fields: {name: n}\n", "a.csv", "id,n\n1,张三" + secret + "之家\n", "personal-number-misplaced"},
		{"attribute, full width", plain + "fields: {name: n}\n", "a.csv", "id,n\n1,１１０１０５１９４９１２３１００２Ｘ\n", "personal-number-misplaced"},
		{"attribute that is dropped", plain + "fields: {name: {from: n, on-error: drop}}\n", "a.csv", "id,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"number", plain + "fields: {height: n}\n", "a.csv", "id,n\n1," + secret + "\n", "value-type"},
		{"code list", plain + "fields: {use: n}\n", "a.csv", "id,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"list of the mapping", plain + "fields: {use: {from: n, values: {1: residential}}}\n", "a.csv", "id,n\n1," + secret + "\n", "value-codelist"},
		{"nested", plain + "fields: {hazard: n}\n", "a.csv", "id,n\n1,\"{\"\"who\"\":\"\"" + secret + "\"\"}\"\n", "personal-number-misplaced"},
		{"key", plain, "a.csv", "id\n" + secret + "\n", "personal-number-misplaced"},
		{"key of several columns", "geometry: none\nkey: {scheme: b, from: [a, n], join: \"/\"}\n", "a.csv", "a,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"known key", "geometry: none\nkey: {scheme: szbuilding, from: id}\n", "a.csv", "id\n" + secret + "\n", "code-layout"},
		{"alias", plain + "aliases: [{scheme: tag, from: n}]\n", "a.csv", "id,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"link", plain + "links: [{role: \"on\", scheme: p, from: n}]\n", "a.csv", "id,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"document", plain + "document: n\n", "a.csv", "id,n\n1," + secret + "\n", "personal-number-misplaced"},
		{"valid time", strings.Replace(head+plain, "\"2020-01-01\"", "{from: n}", 1), "a.csv", "id,n\n1," + secret + "\n", "date-format"},
		{"operation", plain + "file: {extent: delta, operation: {from: n, values: {U: upsert}}}\n", "a.csv", "id,n\n1," + secret + "\n", "operation-unknown"},
		{"column that is not mapped", plain + "fields: {height: h}\n", "a.csv", "id,h,n\n1,high," + secret + "\n", "value-type"},
		{"coordinates", "key: {scheme: b, from: id}\ngeometry: {lon: n, lat: y}\n", "a.csv", "id,n,y\n1," + secret + ",2\n", "geometry-unreadable"},
		{"JSON that is none", plain, "a.geojsonl", `{"type":"Feature","properties":{"id":"1" "n":"` + secret + "\"}}\n", "record-unreadable"},
		{"type of a feature", plain, "a.geojsonl", `{"type":"` + secret + "\"}\n", "record-unreadable"},
		{"another personal number's check", "geometry: none\nkey: {scheme: b, from: id}\nfields: {name: n}\n", "a.csv", "id,n\n1,x\n1," + second + "\n" + secret + ",y\n", "personal-number-misplaced"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder, text := t.TempDir(), head+tt.mapping
			if strings.HasPrefix(tt.mapping, head[:10]) {
				text = tt.mapping
			}
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, nil))
			store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(folder, "city.db"), Logger: logger})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			cfg := newBench().config(t, text, write(t, tt.file, tt.text))
			cfg.Store, cfg.Log = store, logger
			dry := cfg
			dry.DryRun = true
			told := ""
			for _, cfg := range []ingest.Config{dry, cfg} {
				report, err := ingest.Run(t.Context(), cfg)
				if err != nil || !report.Balanced() {
					t.Fatalf("%+v, %v", report, err)
				}
				told += fmt.Sprintf("%+v %+v", report, report.Changes)
			}
			found := false
			for r, err := range store.Refusals(t.Context(), entities.RefusalQuery{}) {
				if err != nil {
					t.Fatal(err)
				}
				found = found || r.Rule == tt.rule
				told += fmt.Sprintf("%+v", r) + string(r.Record)
			}
			if !found {
				t.Errorf("no refusal by %s", tt.rule)
			}
			all := string(everything(t, folder)) + told + log.String()
			for _, s := range []string{secret, second, "１１０１０５１９４９１２３１００２Ｘ"} {
				if strings.Contains(all, s) {
					at := strings.Index(all, s)
					t.Errorf("%s stands in clear: %q", s, all[max(0, at-60):at+18])
				}
			}
		})
	}
}

// A sound credit code may look like a personal number: known codes are not taken
// for one.
func TestRun_KnownCodesAreNoPersonalNumbers(t *testing.T) {
	b := newBench()
	report := b.load(t, "mapping: 1\nsource: e\nkind: enterprise\nclass: company\nkey: {scheme: uscc, from: id}\ngeometry: none\nfields: {name: id}\n", "e.csv", "id\n91110000600037341L\n")
	if report.Created != 1 {
		t.Errorf("%+v, %+v", report, b.refusals(t, true))
	}
}

// A row whose cells stand in other columns has no key that could be believed: it
// ends nothing, and takes no other thing's place.
func TestFull_DisplacedCellsSuspendEnds(t *testing.T) {
	b := newBench()
	b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 100, "11"))
	second := b.load(t, fullMapping("2021-01-01", ""), "b.csv", columns+"7,1,name,11\n"+rows(2, 100, "11"))
	if second.Ended != 0 || second.EndsSuspended == "" || second.Quarantined != 1 {
		t.Errorf("report %+v", second)
	}
	if r := b.refusals(t, true); len(r) != 1 || r[0].Key != "record:b.csv:2" {
		t.Errorf("filed under %+v", r)
	}
}

// A full extract may hold the history of its things.
func TestFull_WithHistory(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(fullMapping("2021-01-01", ""), "valid: {from: \"2021-01-01\"}", "valid: {from: {from: since}}", 1)
	const top = "id,n,d,since\n"
	report := b.load(t, mapping, "a.csv", top+"1,late,11,2015-01-01\n1,early,11,2005-01-01\n2,x,11,2005-01-01\n2,y,11,2005-01-01\n")
	if report.Quarantined != 1 || report.Created+report.Updated != 3 {
		t.Fatalf("report %+v", report)
	}
	if got := b.get(t, "b", "1", "2006-01-01T00:00:00Z").Attrs.Get("name").Text(); got != "early" {
		t.Errorf("in 2006 it was %q", got)
	}
	cfg := b.config(t, mapping, write(t, "b.csv", top+"1,late,11,2015-01-01\n"))
	cfg.AllowEnds = true
	if report, err := ingest.Run(t.Context(), cfg); err != nil || report.Ended != 1 {
		t.Errorf("without 2: %+v, %v", report, err)
	}
}

// What was refused without a key is settled when that line of the file has one.
func TestRun_FixedLineSettlesWhatHadNoKey(t *testing.T) {
	b := newBench()
	mapping := building("fields: {floors_above: f}\n")
	b.load(t, mapping, "a.csv", "id,f\n,1\n4.4E+24,2\n3,x,y\n")
	if n := len(b.refusals(t, true)); n != 3 {
		t.Fatalf("%d refusals, want 3", n)
	}
	fixed := b.load(t, mapping, "a.csv", "id,f\n1,1\n2,many\n3,3\n")
	open := b.refusals(t, true)
	if len(open) != 2 || open[0].Key != "b:4.4E+24" || open[1].Key != "b:2" || fixed.Settled != 2 {
		t.Errorf("settled %d, open %+v", fixed.Settled, open)
	}
}

// Three days, three files, the third as the first: three versions, and no more
// when each is loaded again.
func TestRun_ThereAndBackIsThreeVersions(t *testing.T) {
	b := newBench()
	mapping := runTime + "fields: {name: n}\naliases: [{scheme: tag, from: p, single: true}]\n"
	for _, n := range []string{"A", "B", "A"} {
		for range 2 {
			b.load(t, mapping, "a.csv", "id,n,p\n1,"+n+","+n+"\n")
		}
		b.time = b.time.Add(24 * time.Hour)
	}
	var got []string
	for e, err := range head(t, b).History(t.Context(), entities.HistoryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Attrs.Get("name").Text())
	}
	if fmt.Sprint(got) != "[A B A]" || b.head(t) != 3 {
		t.Errorf("versions %v at revision %d, want A B A at 3", got, b.head(t))
	}
}

// Two loads into one store at the same time are as one after the other.
func TestRun_TwoAtOnce(t *testing.T) {
	store := sqliteStore(t)
	var wg sync.WaitGroup
	for _, name := range []string{"one", "two"} {
		mapping := strings.ReplaceAll(strings.Replace(building("fields: {name: n}\nlinks: [{role: part-of, scheme: b, from: up}]\n"), "source: test", "source: "+name, 1), "scheme: b", "scheme: "+name)
		cfg := newBench().config(t, mapping, write(t, name+".csv", manyRows(9000)))
		cfg.Store = store
		wg.Go(func() {
			if report, err := ingest.Run(context.WithoutCancel(t.Context()), cfg); err != nil || report.Created != 9000 || report.Partial != 0 {
				t.Errorf("%s: %+v, %v", name, report, err)
			}
		})
	}
	wg.Wait()
	if links, from := linked(t, head(t, store), entities.Building, "part-of"); links != 16200 || from != 16200 {
		t.Errorf("%d links of %d buildings, want 16200", links, from)
	}
}

// The same file loaded twice at once makes each thing once.
func TestRun_TheSameFileTwiceAtOnce(t *testing.T) {
	store := sqliteStore(t)
	file := write(t, "a.csv", manyRows(9000))
	var wg sync.WaitGroup
	for range 2 {
		cfg := newBench().config(t, building("fields: {name: n}\n"), file)
		cfg.Store = store
		wg.Go(func() {
			if report, err := ingest.Run(context.WithoutCancel(t.Context()), cfg); err != nil || !report.Balanced() || report.Applied() != 9000 {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
	wg.Wait()
	if n := len(things(t, head(t, store), entities.Building, now)); n != 9000 {
		t.Errorf("%d buildings, want 9000", n)
	}
}

// An error value of a spreadsheet is no text, whatever the attribute; a number
// sign is.
func TestRun_ErrorValuesAreNoTexts(t *testing.T) {
	b := newBench()
	report := b.load(t, building("fields: {name: n}\n"), "a.csv", "id,n\n1,#REF!\n2,#N/A\n3,#3 楼\n4,=1+1\n")
	if report.Created != 2 || report.Quarantined != 2 || b.refusals(t, true)[0].Rule != "spreadsheet-damage" {
		t.Errorf("%+v, %+v", report, b.refusals(t, true))
	}
}

// aliasesOf lists what a thing has had in a scheme: value and years.
func aliasesOf(t testing.TB, b *bench, key, scheme string) string {
	t.Helper()
	reader := head(t, b)
	var out []string
	for a, err := range reader.Aliases(t.Context(), entities.AliasQuery{Codes: []entities.Code{resolve(t, reader, "b", key)}}) {
		if err != nil {
			t.Fatal(err)
		}
		if a.Scheme != scheme {
			continue
		}
		to := "…"
		if a.Valid.To != entities.Forever {
			to = a.Valid.To.Time().Format("2006")
		}
		out = append(out, a.Value+" "+a.Valid.From.Time().Format("2006")+"–"+to)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// A single alias is replaced by the next one, in whatever order and in however
// many files the records come; one that is not stays.
func TestAliases_Single(t *testing.T) {
	const single, many = "aliases: [{scheme: tag, from: p, single: true}]\n", "aliases: [{scheme: tag, from: p}]\n"
	const a, bb, c = "1,A,2005-06-01\n", "1,B,2010-06-01\n", "1,C,2015-06-01\n"
	tests := []struct {
		name, aliases string
		files         []string
		want          string
	}{
		{"not single", many, []string{a + bb}, "A 2005–…, B 2010–…"},
		{"in one file", single, []string{a + bb + c}, "A 2005–2010, B 2010–2015, C 2015–…"},
		{"in one file, backwards", single, []string{c + bb + a}, "A 2005–2010, B 2010–2015, C 2015–…"},
		{"in three files", single, []string{a, bb, c}, "A 2005–2010, B 2010–2015, C 2015–…"},
		{"in three files, backwards", single, []string{c, bb, a}, "A 2005–2010, B 2010–2015, C 2015–…"},
		{"the middle one last", single, []string{a + c, bb}, "A 2005–2010, B 2010–2015, C 2015–…"},
		{"again", single, []string{a + bb, bb, a + bb}, "A 2005–2010, B 2010–…"},
		{"back", single, []string{a, bb, "1,A,2015-06-01\n"}, "A 2005–2010, A 2015–…, B 2010–2015"},
		{"an empty cell says nothing", single, []string{a, "1,,2010-06-01\n"}, "A 2005–…"},
		{"several in a cell", strings.Replace(single, "p,", "p, split: \"/\",", 1), []string{"1,A/B,2005-06-01\n", "1,B/C,2010-06-01\n"}, "A 2005–2010, B 2005–…, C 2010–…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench()
			mapping := runTime + "valid: {from: {from: since}}\n" + tt.aliases
			for _, text := range tt.files {
				cfg := b.config(t, mapping, write(t, "a.csv", "id,p,since\n"+text))
				cfg.DryRun = true
				dry, err := ingest.Run(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				before := b.head(t)
				b.load(t, mapping, "a.csv", "id,p,since\n"+text)
				if changes := dry.Created+dry.Updated > 0; changes != (b.head(t) > before) {
					t.Errorf("the dry run of %q foresees change: %v; revision %d after %d", text, changes, b.head(t), before)
				}
			}
			if got := aliasesOf(t, b, "1", "tag"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			rev := b.head(t)
			b.load(t, mapping, "again.csv", "id,p,since\n"+tt.files[len(tt.files)-1])
			if b.head(t) != rev {
				t.Errorf("the last file again made revision %d after %d: %s", b.head(t), rev, aliasesOf(t, b, "1", "tag"))
			}
		})
	}
}

// What another source gave is its own.
func TestAliases_SingleLeavesOtherSourcesAlone(t *testing.T) {
	b := newBench()
	mapping := runTime + "valid: {from: {from: since}}\naliases: [{scheme: tag, from: p, single: true}]\n"
	b.load(t, mapping, "a.csv", "id,p,since\n1,A,2005-06-01\n")
	b.load(t, strings.Replace(mapping, "source: test", "source: other", 1), "b.csv", "id,p,since\n1,B,2010-06-01\n")
	if got := aliasesOf(t, b, "1", "tag"); got != "A 2005–…, B 2010–…" {
		t.Errorf("got %s", got)
	}
}
