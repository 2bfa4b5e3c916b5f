package ingest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
)

func TestDryRun_ShowsTheDifferenceAndWritesNothing(t *testing.T) {
	b := newBench()
	more := "fields: {name: n, division_code: d}\nlinks: [{role: part-of, scheme: b, from: up}]\n"
	b.load(t, building(more), "a.csv", "id,n,d,up\n1,one,11,\n2,two,11,\n3,three,11,1\n4,four,11,\n")
	rev, refusals := b.head(t), len(b.refusals(t, false))
	full := strings.Replace(building(more), "geometry:", "file: {extent: full, as-of: \"2021-01-01\"}\ngeometry:", 1)
	cfg := b.config(t, strings.Replace(full, "2020-01-01", "2021-01-01", 1), write(t, "b.csv", "id,n,d,up\n1,one,11,\n2,TWO,11,\n3,three,11,2\n5,five,11,\n6,six,bad code,\n"))
	cfg.DryRun = true
	report, err := ingest.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if b.head(t) != rev || len(b.refusals(t, false)) != refusals {
		t.Error("the dry run wrote")
	}
	if !report.Balanced() || report.Created != 1 || report.Updated != 2 || report.Unchanged != 1 || report.Quarantined != 1 || report.Ended != 1 {
		t.Errorf("report %+v", report)
	}
	c := report.Changes
	if c.AddedAll != 1 || c.ChangeAll != 2 || c.EndedAll != 1 || c.Added[0].Key != "b:5" || c.Ended[0].Key != "b:4" {
		t.Errorf("changes %+v", c)
	}
	i := slices.IndexFunc(c.Changed, func(x ingest.ChangedThing) bool { return x.Key == "b:2" })
	if i < 0 || !slices.Equal(c.Changed[i].Values, []ingest.ValueChange{{Field: "name", Old: "two", New: "TWO"}}) {
		t.Errorf("changed %+v", c.Changed)
	}
	if c.Fields["link:part-of"] != 1 {
		t.Errorf("fields %v", c.Fields)
	}
}

func TestRevert_PutsEverythingBack(t *testing.T) {
	b := newBench()
	mapping := building("fields: {name: n}\naliases: [{scheme: plate, from: p}]\nlinks: [{role: part-of, scheme: b, from: up}]\n")
	b.load(t, mapping, "a.csv", "id,n,p,up\n1,one,A,\n2,two,B,1\n")
	before, first := picture(t, b), b.head(t)
	later := strings.Replace(mapping, "2020-01-01", "2021-01-01", 1)
	b.load(t, later, "b.csv", "id,n,p,up\n1,ONE,B,\n2,TWO,C,\n3,three,D,1\n")
	wrong := b.head(t)
	if picture(t, b) == before {
		t.Fatal("nothing changed")
	}
	receipt, err := ingest.Revert(t.Context(), b, wrong)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Revision != wrong+1 || picture(t, b) != before {
		t.Errorf("revision %d:\n%s\nwant\n%s", receipt.Revision, picture(t, b), before)
	}
	// What was reverted can still be read, and reverting it once more conflicts.
	if e, err := b.At(wrong).Get(t.Context(), resolve(t, b.At(wrong), "b", "1"), now); err != nil || e.Attrs.Get("name").Text() != "ONE" {
		t.Errorf("at revision %d: %+v, %v", wrong, e, err)
	}
	var conflict *ingest.ConflictError
	if _, err := ingest.Revert(t.Context(), b, wrong); !errors.As(err, &conflict) || !errors.Is(err, entities.ErrConflict) || len(conflict.Codes) != 3 {
		t.Errorf("second revert: %v", err)
	}
	if _, err := ingest.Revert(t.Context(), b, first); !errors.Is(err, entities.ErrConflict) {
		t.Errorf("revert under later changes: %v", err)
	}
	if _, err := ingest.Revert(t.Context(), b, 99); !errors.Is(err, entities.ErrUnknownRevision) {
		t.Errorf("revert of no revision: %v", err)
	}
}

// What a revision made is not taken away under what was linked to it since.
func TestRevert_LinkedSince(t *testing.T) {
	b := newBench()
	land := "mapping: 1\nsource: cadastre\nkind: land\nclass: surface\nkey: {scheme: p, from: id}\ngeometry: none\nvalid: {from: \"2020-01-01\"}\n"
	b.load(t, land, "p.csv", "id\n1\n2\n")
	first := b.head(t)
	b.load(t, building("links: [{role: \"on\", scheme: p, from: p}]\n"), "b.csv", "id,p\n7,1\n")
	before := picture(t, b)
	var conflict *ingest.ConflictError
	_, err := ingest.Revert(t.Context(), b, first)
	if !errors.As(err, &conflict) || len(conflict.Codes) != 1 || conflict.Codes[0] != resolve(t, head(t, b), "b", "7") || picture(t, b) != before {
		t.Fatalf("revert under a link: %v", err)
	}
	if !strings.Contains(err.Error(), conflict.Codes[0].String()) {
		t.Errorf("%v does not name %s", err, conflict.Codes[0])
	}
	for _, rev := range []entities.Revision{b.head(t), first} { // the later one first
		if _, err := ingest.Revert(t.Context(), b, rev); err != nil {
			t.Errorf("revert of %d: %v", rev, err)
		}
	}
	if got := picture(t, b); got != "" {
		t.Errorf("left over:\n%s", got)
	}
}

// Splits, ends, duplicates and voids are taken back with their links and states.
func TestRevert_OfAChangeFile(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("file:\n  extent: delta\n  operation: {from: op, values: {U: upsert, E: end, S: split, V: void, D: same-as}, into: {scheme: b, from: to, split: \"|\"}, of: {scheme: b, from: to}}\nfields: {name: n}\naliases: [{scheme: tag, from: n}]\n"),
		`valid: {from: "2020-01-01"}`, "valid: {from: {from: at}}", 1)
	const top = "op,id,n,at,to\n"
	b.load(t, mapping, "a.csv", top+"U,1,one,2010-01-01,\nU,2,two,2010-01-01,\nU,3,three,2010-01-01,\nU,4,four,2010-01-01,\nU,5,five,2010-01-01,\n")
	before, rev := picture(t, b), b.head(t)
	report := b.load(t, mapping, "b.csv", top+"S,1,,2015-01-01,11|12\nU,11,one,2015-01-01,\nU,12,ten,2015-01-01,\nE,2,,2015-01-01,\nV,3,,2010-01-01,\nD,4,,2015-01-01,5\n")
	if report.Quarantined+report.Partial != 0 || report.Revisions != 1 {
		t.Fatalf("report %+v, %+v", report, b.refusals(t, true))
	}
	if _, err := ingest.Revert(t.Context(), b, b.head(t)); err != nil {
		t.Fatal(err)
	}
	if got := picture(t, b); got != before {
		t.Errorf("after the revert:\n%s\nwant\n%s", got, before)
	}
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		reader := head(t, b)
		if status, err := reader.Status(t.Context(), resolve(t, reader, "b", key)); err != nil || status.State != entities.Active || status.SameAs != 0 || len(status.Successors) != 0 {
			t.Errorf("%s is %+v, %v", key, status, err)
		}
	}
	if e, err := b.At(rev+1).Get(t.Context(), resolve(t, b.At(rev+1), "b", "11"), now); err != nil || e.Attrs.Get("name").Text() != "one" {
		t.Errorf("what was taken back can still be read: %v", err)
	}
}

// A revision that only froze a code is not said to be taken back.
func TestRevert_OfStatesAlone(t *testing.T) {
	b := newBench()
	b.load(t, building(""), "a.csv", "id\n1\n")
	_, err := b.Apply(t.Context(), entities.Batch{Key: "freeze", Acts: []entities.Act{
		&entities.Mark{Subject: entities.ByKey("b", "1"), State: entities.Frozen, Reason: "dispute"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Revert(t.Context(), b, b.head(t)); err == nil || !strings.Contains(err.Error(), "states") {
		t.Errorf("got %v", err)
	}
}

func TestRetry_LoadsQuarantineThroughTheFixedMapping(t *testing.T) {
	b := newBench()
	text := "id,n,use,p\n1,one,R,\n2,two,X,\n3,three,Y,\n,four,R,\n5,five,R,7\n"
	mapping := building("fields: {name: n, use: {from: use, values: {R: residential}}}\nlinks: [{role: \"on\", scheme: p, from: p}]\n")
	report := b.load(t, mapping, "a.csv", text)
	if report.Created != 2 || report.Quarantined != 3 || report.Partial != 1 {
		t.Fatalf("report %+v", report)
	}
	land := "mapping: 1\nsource: cadastre\nkind: land\nclass: surface\nkey: {scheme: p, from: id}\ngeometry: none\nvalid: {from: \"2020-01-01\"}\n"
	b.load(t, land, "p.csv", "id\n7\n")

	b.time = b.time.Add(time.Hour)
	cfg := b.config(t, strings.Replace(mapping, "{R: residential}", "{R: residential, X: office}", 1))
	retried, err := ingest.Retry(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if retried.Read != 4 || retried.Created != 1 || retried.Updated != 1 || retried.Quarantined != 2 || retried.Settled != 2 || !retried.Balanced() {
		t.Errorf("retry %+v", retried)
	}
	open := b.refusals(t, true)
	if len(open) != 2 || open[0].Line != 4 || open[1].Line != 5 || open[0].File != "a.csv" {
		t.Errorf("still open: %+v", open)
	}
	if links, _ := linked(t, head(t, b), entities.Building, "on"); links != 1 {
		t.Errorf("%d links, want the one that had no target before", links)
	}
	if got := b.get(t, "b", "2", "2021-01-01T00:00:00Z").Attrs.Get("use").Text(); got != "office" {
		t.Errorf("use is %q", got)
	}
}

func TestRetry_KeepsNumbersOfRepeats(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("fields: {name: n, floors_above: f}\n"), "from: id}", "from: id, repeat: number}", 1)
	report := b.load(t, mapping, "a.csv", "id,n,f\n1,a,1\n1,b,many\n1,c,3\n")
	if report.Created != 2 || report.Quarantined != 1 {
		t.Fatalf("report %+v", report)
	}
	fixed := strings.Replace(mapping, "floors_above: f", "floors_above: {from: f, null: [many]}", 1)
	if retried, err := ingest.Retry(t.Context(), b.config(t, fixed)); err != nil || retried.Created != 1 || retried.Settled != 1 {
		t.Fatalf("retry %+v, %v", retried, err)
	}
	for key, want := range map[string]string{"1": "a", "1#2": "b", "1#3": "c"} {
		if got := b.get(t, "b", key, "2021-01-01T00:00:00Z").Attrs.Get("name").Text(); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestRun_FixedFileSettles(t *testing.T) {
	b := newBench()
	mapping := building("fields: {name: n, floors_above: f}\n")
	b.load(t, mapping, "a.csv", "id,n,f\n1,a,many\n2,b,few\n")
	fixed := b.load(t, mapping, "b.csv", "id,n,f\n1,a,12\n2,b,few\n")
	if fixed.Settled != 1 || fixed.Created != 1 || fixed.Quarantined != 1 {
		t.Errorf("report %+v", fixed)
	}
	open := b.refusals(t, true)
	for _, r := range open {
		if r.Key != "b:2" {
			t.Errorf("still open: %+v", r)
		}
	}
	if len(open) == 0 {
		t.Error("what is still wrong was settled")
	}
}
