package synth_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func readCity(t *testing.T, dir string) synth.City {
	t.Helper()
	var c synth.City
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "city.json")), &c); err != nil {
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

// history loads a city and remembers which revision each hand-over ended with.
type history struct {
	store  *sqlite.Store
	memory memory
	dir    string
	after  map[string]entities.Revision // by file
}

func newHistory(t *testing.T, people int, seed uint64) *history {
	t.Helper()
	h := &history{dir: t.TempDir(), after: map[string]entities.Revision{}}
	if _, err := synth.Write(t.Context(), synth.Config{Out: h.dir, People: people, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	h.memory, _ = city(t, people, seed)
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "city.db")})
	if err != nil {
		t.Fatal(err)
	}
	h.store = store
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	c := readCity(t, h.dir)
	for _, load := range c.Loads {
		if strings.Contains(load.Mapping, "land") || strings.Contains(load.Mapping, "buildings") || strings.Contains(load.Mapping, "districts") || strings.Contains(load.Mapping, "charging") {
			r := run(t, store, h.dir, c, load)
			h.after[load.Files[0]] = r.LastRevision
			if strings.Contains(load.Mapping, "charging-2025") && (r.Ended == 0 || r.EndsSuspended != "") {
				t.Errorf("the extract of 2025 ended %d charging points %s", r.Ended, r.EndsSuspended)
			}
		}
	}
	return h
}

func (h *history) code(t *testing.T, scheme, value string, at entities.Instant) entities.Code {
	t.Helper()
	head, err := h.store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := h.store.At(head).Resolve(t.Context(), []entities.Key{{Scheme: scheme, Value: value}}, at)
	if err != nil || len(found) != 1 || len(found[0].Matches) != 1 {
		t.Fatalf("resolve %s: %+v, %v", value, found, err)
	}
	return found[0].Matches[0].Code
}

func instantOf(t *testing.T, iso string) entities.Instant {
	t.Helper()
	at, err := time.Parse("2006-01-02", iso)
	if err != nil {
		t.Fatal(err)
	}
	return entities.InstantOf(at.Add(-8 * time.Hour))
}

// TestHistory: corrections change what is known of the past, merged parcels lead
// to their successor, duplicates to the thing itself.
func TestHistory(t *testing.T) {
	h := newHistory(t, 20000, 7)
	head, err := h.store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	buildings, _ := clean(t, h.memory, h.dir, "buildings")
	surveyed := map[string]record{}
	for _, rec := range buildings {
		key := rec.cells["楼栋编码"]
		switch rec.cells["操作"] {
		case "新增":
			surveyed[key] = rec
		case "更正":
			seen["corrected"]++
			at := instantOf(t, rec.cells["生效日期"])
			code := h.code(t, "szbuilding", key, at)
			before, then := surveyed[key], h.store.At(h.after[surveyed[key].at.file])
			for reader, want := range map[entities.Reader]record{then: before, h.store.At(head): rec} {
				e, err := reader.Get(t.Context(), code, at)
				if err != nil {
					t.Fatal(err)
				}
				if v := e.Attrs.Get("height"); v.Text() != want.cells["高度"] {
					t.Errorf("%s: height %s, the register says %s", key, v.Text(), want.cells["高度"])
				}
			}
		case "重复":
			seen["duplicate"]++
			code := h.code(t, "szbuilding", rec.cells["重复于"], instantOf(t, "2025-06-30"))
			if other := h.code(t, "szbuilding", key, instantOf(t, "2025-06-30")); other != code {
				st, err := h.store.At(head).Status(t.Context(), other)
				if err != nil || st.SameAs != code {
					t.Errorf("%s is a duplicate of %v, not %v: %v", key, code, st.SameAs, err)
				}
			}
		case "拆除":
			seen["demolished"]++
			at := instantOf(t, rec.cells["生效日期"])
			code := h.code(t, "szbuilding", key, at)
			if _, err := h.store.At(head).Get(t.Context(), code, at-1); err != nil {
				t.Errorf("%s the moment before it was torn down: %v", key, err)
			}
			if _, err := h.store.At(head).Get(t.Context(), code, at); !errors.Is(err, entities.ErrNotFound) {
				t.Errorf("%s when it was torn down: %v", key, err)
			}
		}
	}
	land, _ := clean(t, h.memory, h.dir, "land")
	for _, rec := range land {
		into := rec.cells["变更后代码"]
		if into == "" {
			continue
		}
		seen[rec.cells["操作"]]++
		at := instantOf(t, rec.cells["生效日期"])
		st, err := h.store.At(head).Status(t.Context(), h.code(t, "parcel", rec.cells["宗地代码"], at))
		if err != nil || st.State != entities.Retired || len(st.Successors) != len(strings.Split(into, "、")) {
			t.Errorf("%s into %s: %+v, %v", rec.cells["宗地代码"], into, st, err)
		}
	}
	for _, what := range []string{"corrected", "duplicate", "demolished", "分割", "合并"} {
		if seen[what] == 0 {
			t.Errorf("nothing was %s: %v", what, seen)
		}
	}
}
