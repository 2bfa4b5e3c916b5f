package synth_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/ingest"
	"github.com/chengma/chengma/ingest/synth"
)

// place is where a record stands.
type place struct {
	file string
	line int64
}

// TestAnswerKey loads a small city into a fresh store: what the key says comes
// true, and everything else is applied whole.
func TestAnswerKey(t *testing.T) {
	dir := t.TempDir()
	summary, err := synth.Write(t.Context(), synth.Config{Out: dir, People: 3000, Seed: 11})
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "city.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	city := readCity(t, dir)
	var read, applied, skipped int64
	for _, load := range city.Loads {
		r := run(t, store, dir, city, load)
		read, applied = read+r.Read, applied+r.Applied()
		for _, rule := range r.Rules {
			if rule.Rule == "duplicate-record" {
				skipped += rule.Skipped
			}
		}
		if strings.Contains(load.Mapping, "charging") && r.EndsSuspended != "" {
			t.Errorf("%v: ends suspended: %s", load.Files, r.EndsSuspended)
		}
	}
	if read != summary.Records {
		t.Errorf("read %d records of %d", read, summary.Records)
	}
	if want := summary.Dirty[synth.Skipped]; skipped != want {
		t.Errorf("%d doubles skipped, the key has %d", skipped, want)
	}
	if want := summary.Records - summary.Dirty[synth.Refused] - summary.Dirty[synth.Skipped]; applied != want {
		t.Errorf("%d records applied, want %d", applied, want)
	}
	compareKey(t, dir, refusals(t, store))
}

func run(t *testing.T, store entities.Store, dir string, city synth.City, load synth.Load) ingest.Report {
	t.Helper()
	mapping, err := ingest.LoadMapping(filepath.Join(dir, load.Mapping))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(city.Zone)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ingest.Config{Store: store, Mapping: mapping, Zone: zone, Sealer: entities.NewSealer(bytes.Repeat([]byte("k"), 32))}
	for _, f := range load.Files {
		cfg.Sources = append(cfg.Sources, ingest.Input{Path: filepath.Join(dir, f)})
	}
	report, err := ingest.Run(t.Context(), cfg)
	if err != nil {
		t.Fatalf("%v: %v", load.Files, err)
	}
	if !report.Balanced() {
		t.Errorf("%v: the counts do not add up: %+v", load.Files, report)
	}
	return report
}

func refusals(t *testing.T, store entities.Quarantine) map[place][]entities.Refusal {
	t.Helper()
	out := map[place][]entities.Refusal{}
	for r, err := range store.Refusals(context.Background(), entities.RefusalQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		p := place{"data/" + filepath.Base(r.File), r.Line}
		out[p] = append(out[p], r)
	}
	return out
}

func compareKey(t *testing.T, dir string, got map[place][]entities.Refusal) {
	t.Helper()
	seen := map[string]bool{}
	for _, k := range readKey(t, dir) {
		seen[k.Dirt] = true
		p := place{k.File, k.Line}
		found := got[p]
		delete(got, p)
		switch k.Outcome {
		case synth.Refused, synth.Partial:
			if len(found) != 1 || found[0].Rule != k.Rule || found[0].Partial != (k.Outcome == synth.Partial) || (k.Field != "" && found[0].Field != k.Field) {
				t.Errorf("%s line %d, %s: want %s by %s %s, got %v", k.File, k.Line, k.Dirt, k.Outcome, k.Rule, k.Field, brief(found))
			}
		default:
			if len(found) > 0 {
				t.Errorf("%s line %d, %s: want %s, got %v", k.File, k.Line, k.Dirt, k.Outcome, brief(found))
			}
		}
	}
	for p, found := range got {
		t.Errorf("%s line %d is not in the key: %v", p.file, p.line, brief(found))
	}
	if len(seen) < 20 {
		t.Errorf("only %d kinds of dirt", len(seen))
	}
}

func brief(found []entities.Refusal) []string {
	var out []string
	for _, r := range found {
		out = append(out, strings.Join([]string{r.Rule, r.Field, r.Value, r.En}, "|"))
	}
	return out
}

func readCity(t *testing.T, dir string) synth.City {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "city.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c synth.City
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func readKey(t *testing.T, dir string) []synth.KeyLine {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "key.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []synth.KeyLine
	for s := bufio.NewScanner(f); s.Scan(); {
		var k synth.KeyLine
		if err := json.Unmarshal(s.Bytes(), &k); err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}
