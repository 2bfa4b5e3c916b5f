package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
	"github.com/chengma/chengma/ingest/source"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		if err := child(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// manyRows is a table of n buildings, each in a block.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("id,n,up\n")
	for i := range n {
		up := ""
		if i%10 != 9 { // names one that comes later
			up = fmt.Sprint(i - i%10 + 9)
		}
		fmt.Fprintf(&b, "%d,name %d,%s\n", i, i, up)
	}
	return b.String()
}

const runTime = "mapping: 1\nsource: test\nkind: building\nclass: natural\nkey: {scheme: b, from: id}\ngeometry: none\n"

// picture is everything that a store says, without revisions.
func picture(t testing.TB, store entities.Store) string {
	t.Helper()
	var lines []string
	reader := head(t, store)
	names := make(map[entities.Code]string)
	for a, err := range reader.Aliases(context.Background(), entities.AliasQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		names[a.Code] = a.Key.String()
		lines = append(lines, fmt.Sprint("alias ", a.Key, a.Valid, a.Source))
	}
	for e, err := range reader.History(context.Background(), entities.HistoryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint("version ", names[e.Code], e.Valid, e.Class, string(e.Attrs.AppendJSON(nil))))
	}
	for l, err := range reader.Links(context.Background(), entities.LinkQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint("link ", names[l.From], l.Role, names[l.To], l.Valid))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestRun_SameFileAgain(t *testing.T) {
	mapping := runTime + "fields: {name: n}\naliases: [{scheme: other, from: n}]\nlinks: [{role: part-of, scheme: b, from: up}]\n"
	text := manyRows(50) + "x,,\n1,other name,\n"
	b := newBench()
	first := b.load(t, mapping, "a.csv", text)
	if first.Created != 51 || first.Quarantined != 1 || first.Revisions == 0 {
		t.Fatalf("first run %+v", first)
	}
	rev, open := b.head(t), len(b.refusals(t, true))
	b.time = b.time.Add(48 * time.Hour) // valid time is the time of the run
	again := b.load(t, mapping, "a.csv", text)
	if got := b.head(t); got != rev {
		t.Errorf("the same file again made revision %d after %d", got, rev)
	}
	if again.Unchanged != 51 || again.Created+again.Updated != 0 || again.Revisions != 0 || again.Run == first.Run {
		t.Errorf("second run %+v", again)
	}
	if got := len(b.refusals(t, true)); got != open {
		t.Errorf("%d open refusals, want the same %d", got, open)
	}
}

func TestRun_Doubles(t *testing.T) {
	b := newBench()
	report := b.load(t, building("fields: {name: n}\n"), "a.csv", "id,n\n1,x\n1,x\n2,y\n1,z\n")
	if report.Created != 2 || report.Skipped != 1 || report.Quarantined != 1 || report.Read != 4 {
		t.Errorf("report %+v", report)
	}
	if got := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Attrs.Get("name").Text(); got != "x" {
		t.Errorf("the first record did not win: %q", got)
	}
}

func TestRun_HistoryInOneFile(t *testing.T) {
	b := newBench()
	mapping := runTime + "valid: {from: {from: since}}\nfields: {name: n}\n"
	report := b.load(t, mapping, "a.csv", "id,n,since\n1,late,2015-01-01\n1,early,2005-01-01\n1,middle,2010-01-01\n")
	if report.Read != 3 || report.Quarantined != 0 {
		t.Fatalf("report %+v", report)
	}
	for at, want := range map[string]string{"2006-01-01T00:00:00Z": "early", "2011-01-01T00:00:00Z": "middle", "2020-01-01T00:00:00Z": "late"} {
		if got := b.get(t, "b", "1", at).Attrs.Get("name").Text(); got != want {
			t.Errorf("at %s it is %q, want %q", at, got, want)
		}
	}
	// Midnight of the city's zone, not of Greenwich.
	if got := b.get(t, "b", "1", "2004-12-31T17:00:00Z").Valid.From; got != instant(t, "2004-12-31T16:00:00Z") {
		t.Errorf("it begins at %v", got)
	}
}

// interrupted is a store whose Apply fails, once, at the nth batch.
type interrupted struct {
	*bench
	left   int
	cancel context.CancelFunc
}

func (s *interrupted) Apply(ctx context.Context, batch entities.Batch) (entities.Receipt, error) {
	s.left--
	if s.left == 0 {
		s.cancel()
		return entities.Receipt{}, ctx.Err()
	}
	return s.bench.Apply(ctx, batch)
}

func TestRun_InterruptedGoesOn(t *testing.T) {
	mapping := runTime + "fields: {name: n}\nlinks: [{role: part-of, scheme: b, from: up}]\n"
	const n = 13000
	var text strings.Builder
	text.WriteString("id,n,up\n")
	for i := range n { // half of them name one that is far behind them
		fmt.Fprintf(&text, "%d,name %d,%d\n", i, i, (i+n/2)%n)
	}
	file := write(t, "a.csv", text.String()+",nobody,\n")
	whole := newBench()
	if report, err := ingest.Run(t.Context(), whole.config(t, mapping, file)); err != nil || report.Created != 13000 {
		t.Fatalf("whole run: %+v, %v", report, err)
	}
	if links, _ := linked(t, head(t, whole), entities.Building, "part-of"); links != n {
		t.Fatalf("%d links, want %d", links, n)
	}
	for stop := 1; stop <= 6; stop++ {
		t.Run(fmt.Sprint("batch ", stop), func(t *testing.T) {
			b := newBench()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := b.config(t, mapping, file)
			cfg.Store = &interrupted{bench: b, left: stop, cancel: cancel}
			first, err := ingest.Run(ctx, cfg)
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted run: %v", err)
			}
			b.time = b.time.Add(24 * time.Hour)
			cfg.Store = b
			second, err := ingest.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !second.Resumed || second.Run != first.Run || !second.Balanced() {
				t.Errorf("second run %+v", second)
			}
			if second.Repeated != first.Created+first.Unchanged {
				t.Errorf("%d records were repeated, want the %d that the first run applied", second.Repeated, first.Created)
			}
			if picture(t, b) != picture(t, whole) {
				t.Error("the result is not that of a run without interruption")
			}
			if got := len(b.refusals(t, true)); got != 1 {
				t.Errorf("%d refusals, want 1", got)
			}
		})
	}
}

func TestRun_LinksToLaterRecords(t *testing.T) {
	b := newBench()
	mapping := building("links: [{role: part-of, scheme: b, from: up}]\n")
	report := b.load(t, mapping, "a.csv", manyRows(9000)+"9000,x,nobody\n")
	if report.Created != 9001 || report.Partial != 1 {
		t.Fatalf("report %+v", report)
	}
	if links, _ := linked(t, head(t, b), entities.Building, "part-of"); links != 8100 {
		t.Errorf("%d links, want 8100", links)
	}
}

func TestRun_TruncatedFileIsAppliedAsFarAsItGoes(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(manyRows(3000))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := write(t, "a.csv.gz", zipped.String()[:zipped.Len()/2])
	b := newBench()
	report, err := ingest.Run(t.Context(), b.config(t, building("fields: {name: n}\n"), file))
	if !errors.Is(err, source.ErrTruncated) {
		t.Fatalf("error %v, want ErrTruncated", err)
	}
	if report.Created == 0 || report.Created != report.Read || !report.Balanced() {
		t.Errorf("report %+v", report)
	}
}

func TestRun_StandardInput(t *testing.T) {
	b := newBench()
	cfg := b.config(t, building("file: {format: csv}\nfields: {name: n}\n"))
	cfg.Sources = []ingest.Input{{Path: "-", Reader: strings.NewReader("id,n\n1,x\n")}}
	report, err := ingest.Run(t.Context(), cfg)
	if err != nil || report.Created != 1 {
		t.Errorf("report %+v, %v", report, err)
	}
}

func TestRun_Only(t *testing.T) {
	b := newBench()
	report := b.load(t, building("file: {only: {n: [x, z]}}\n"), "a.csv", "id,n\n1,x\n2,y\n3,z\n")
	if report.Created != 2 || report.Skipped != 1 {
		t.Errorf("report %+v", report)
	}
}

func TestRun_ProgressAndJSON(t *testing.T) {
	b := newBench()
	file := write(t, "a.csv", manyRows(9000))
	cfg := b.config(t, building("fields: {name: n}\n"), file)
	var last ingest.Progress
	calls := 0
	cfg.Progress = func(p ingest.Progress) {
		if p.Records < last.Records || p.Bytes < last.Bytes {
			t.Errorf("progress went back: %+v after %+v", p, last)
		}
		last = p
		calls++
	}
	report, err := ingest.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if calls < 2 || last.Records != 9000 || last.Bytes != info.Size() || last.Total != info.Size() {
		t.Errorf("%d calls, last %+v", calls, last)
	}
	raw, err := json.Marshal(report)
	if err != nil || !strings.Contains(string(raw), `"read":9000`) {
		t.Errorf("report as JSON: %s, %v", raw, err)
	}
}

func TestRun_SecondarySourceChangesNothing(t *testing.T) {
	b := newBench()
	b.load(t, building("fields: {name: n, height: h}\n"), "a.csv", "id,n,h\n1,Tower,100\n")
	other := strings.Replace(building("fields: {name: n, height: h, floors_above: f}\nresponsible: [planning]\n"), "source: test", "source: other", 1)
	report := b.load(t, other, "b.csv", "id,n,h,f\n1,Turm,100,30\n")
	if report.Discrepancies != 1 {
		t.Errorf("%d discrepancies, want 1", report.Discrepancies)
	}
	attrs := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Attrs
	if got := string(attrs.AppendJSON(nil)); got != `{"floors_above":30,"height":100,"name":"Tower"}` {
		t.Errorf("attributes %s", got)
	}
}

func TestRun_ConfigErrors(t *testing.T) {
	b := newBench()
	if _, err := ingest.Run(t.Context(), ingest.Config{Store: b}); !errors.Is(err, ingest.ErrConfig) {
		t.Errorf("no mapping: %v", err)
	}
	cfg := b.config(t, "mapping: 1\nsource: p\nkind: person\nclass: resident\nkey: {scheme: rid, from: id}\n")
	cfg.Sealer = nil
	if _, err := ingest.Run(t.Context(), cfg); !errors.Is(err, ingest.ErrConfig) {
		t.Errorf("no sealer: %v", err)
	}
	cfg = b.config(t, building(""), "/nowhere/a.csv")
	if _, err := ingest.Run(t.Context(), cfg); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestRun_NamesColumnsThatAreNotThere(t *testing.T) {
	b := newBench()
	report := b.load(t, building("fields: {name: nmae, floors_above: f}\n"), "a.csv", "id,name,f\n1,x,2\n")
	want := "no record has the columns nmae, which the mapping names"
	if !slices.Contains(report.Notes, want) {
		t.Errorf("notes %q, want %q among them", report.Notes, want)
	}
}

// Whatever a table holds, every record is accounted for and nothing panics.
func FuzzRun(f *testing.F) {
	f.Add("id,n,h,d,p,w,s,x,op\n1,a,2.5,2020-01-01,7,POINT(114 22),1/2,3,U\n1,,,,,,,,E\n")
	f.Add("id\n\"\n")
	f.Add("id,w\n1,\"POLYGON((0 0,1 1,1 0,0 1,0 0))\"\n2,GEOMETRYCOLLECTION EMPTY\n3,POINT EMPTY\n")
	f.Add("id,op,x\n1,D,1\n1,W,\n1,S,1|2\n")
	mapping := parse(f, `mapping: 1
source: fuzz
kind: building
class: natural
key: {scheme: b, from: id}
geometry: {wkt: w}
crs: {name: EPSG:4490, axes: lon-lat}
envelope: [113, 22, 115, 23]
valid: {from: {from: d, default: run}}
file: {extent: delta, operation: {from: op, values: {U: upsert, E: end, S: split, V: void, D: same-as, W: different, "": upsert}, into: {scheme: b, from: x, split: "|"}, of: {scheme: b, from: x}}}
fields: {name: {from: n, fold: true}, height: {from: h, unit: ft, on-error: drop}, year_built: {from: d, date: [iso, YYYYMMDD], on-error: drop}}
aliases: [{scheme: szbuilding, from: p, on-error: drop}]
links: [{role: part-of, scheme: b, from: x, split: "|"}]
`)
	f.Fuzz(func(t *testing.T, text string) {
		b := newBench()
		report, err := ingest.Run(t.Context(), ingest.Config{
			Store: b, Mapping: mapping, Workers: 1, Clock: func() time.Time { return b.time },
			Sources: []ingest.Input{{Path: "a.csv", Reader: strings.NewReader(text)}},
		})
		if err == nil && !report.Balanced() {
			t.Fatalf("counts do not add up: %+v", report)
		}
	})
}
