package ingest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/storetest"
	"github.com/chengma/chengma/ingest"
)

// bench is a store in memory with a clock that stands until it is moved.
type bench struct {
	*storetest.Model
	time time.Time
}

func newBench() *bench {
	b := &bench{time: time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC)}
	b.Model = storetest.NewModel(storetest.Config{Now: func() time.Time { return b.time }})
	return b
}

func (b *bench) config(t testing.TB, mapping string, files ...string) ingest.Config {
	t.Helper()
	cfg := ingest.Config{
		Store: b.Model, Mapping: parse(t, mapping), Clock: func() time.Time { return b.time },
		Zone: time.FixedZone("CST", 8*3600), Sealer: entities.NewSealer([]byte(strings.Repeat("k", 32))), Workers: 2,
	}
	for _, f := range files {
		cfg.Sources = append(cfg.Sources, ingest.Input{Path: f})
	}
	return cfg
}

// load runs a mapping on a text, as a file named in the test's own folder.
func (b *bench) load(t testing.TB, mapping, name, text string) ingest.Report {
	t.Helper()
	report, err := ingest.Run(context.Background(), b.config(t, mapping, write(t, name, text)))
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	if !report.Balanced() {
		t.Errorf("the counts do not add up: %+v", report)
	}
	return report
}

func (b *bench) refusals(t testing.TB, open bool) []entities.Refusal {
	t.Helper()
	var out []entities.Refusal
	for r, err := range b.Refusals(context.Background(), entities.RefusalQuery{Open: open}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func (b *bench) get(t testing.TB, scheme, value, at string) entities.Entity {
	t.Helper()
	reader := head(t, b)
	e, err := reader.Get(context.Background(), resolve(t, reader, scheme, value), instant(t, at))
	if err != nil {
		t.Fatalf("get %s:%s at %s: %v", scheme, value, at, err)
	}
	return e
}

func (b *bench) head(t testing.TB) entities.Revision {
	t.Helper()
	rev, err := b.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func parse(t testing.TB, text string) *ingest.Mapping {
	t.Helper()
	m, err := ingest.ParseMapping("map.yaml", []byte(text), fstest.MapFS{
		"uses.csv": {Data: []byte("code,use\nR,residential\nC,commercial\n")},
	})
	if err != nil {
		t.Fatalf("mapping: %v\n%s", err, text)
	}
	return m
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// building is a mapping of a table of buildings to which lines are added.
func building(more string) string {
	return "mapping: 1\nsource: test\nkind: building\nclass: natural\nkey: {scheme: b, from: id}\ngeometry: none\nvalid: {from: \"2020-01-01\"}\n" + more
}
