package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

// random lets a store and the model live through the same random batches and
// compares what the two say: of every thing, key and link, at every instant at
// which anything can change and a microsecond beside it, at every revision. The
// number of histories is rapid's own flag, -rapid.checks, 100 by default; -short
// divides it by five.
func random(s *suite) {
	rapid.Check(s, func(t *rapid.T) {
		store := s.open(Config{})
		d := &duel{
			t: t, model: NewModel(Config{}), store: store, ctx: context.Background(),
		}
		defer func() {
			if err := store.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}()
		d.round("first", []entities.Act{change(ref("a"), since(2005), "v", 1), change(ref("b"), years(2000, 2015), "v", 1, "w", 2)})
		for i := range rapid.IntRange(1, 10).Draw(t, "batches") {
			d.round(fmt.Sprint(i), rapid.SliceOfN(rapid.Custom(d.act), 1, 3).Draw(t, "acts"))
		}
		for rev := range d.model.head() {
			d.compare(rev) // what was published before is still what it was
		}
		d.verify()
	})
}

// duel is a store beside the model.
type duel struct {
	t     *rapid.T
	ctx   context.Context
	model *Model
	store entities.Store
	codes []entities.Code
	log   []string
}

var (
	duelNames = []string{"a", "b", "c"}
	duelYears = []int{2000, 2005, 2010, 2015, 2020}
)

// round applies a batch to both and compares what became of it.
func (d *duel) round(name string, acts []entities.Act) {
	batch := entities.Batch{Key: name, Acts: acts}
	d.log = append(d.log, describe(acts))
	got, gotErr := d.store.Apply(d.ctx, batch)
	head := d.model.head()
	other := adopted{publish: gotErr == nil && got.Revision > head}
	for _, r := range got.Results {
		other.codes = append(other.codes, r.Code)
		if r.Minted && !slices.Contains(d.codes, r.Code) {
			d.codes = append(d.codes, r.Code)
		}
	}
	if other.publish && len(acts) == 1 && got.Results[0].Outcome == entities.Unchanged {
		d.failf("an act that changed nothing was published as revision %d", got.Revision)
	}
	want, wantErr := d.model.apply(d.ctx, batch, other)
	if !sameFailure(gotErr, wantErr) {
		d.failf("error %v, want %v", gotErr, wantErr)
	}
	if gotErr != nil {
		if now, err := d.store.Head(d.ctx); err != nil || now != head {
			d.failf("a batch that failed moved the head from %d to %d (error %v)", head, now, err)
		}
		return
	}
	if got.Revision != want.Revision {
		d.failf("published as revision %d, want %d", got.Revision, want.Revision)
	}
	if !slices.Equal(got.Results, want.Results) {
		d.failf("results %+v, want %+v", got.Results, want.Results)
	}
	if g, w := disputes(got.Discrepancies), disputes(want.Discrepancies); !slices.Equal(g, w) {
		d.failf("discrepancies %v, want %v", g, w)
	}
	d.compare(d.model.head())
}

// disputes writes discrepancies apart from the intervals into which a store cuts
// them.
func disputes(all []entities.Discrepancy) []string {
	var out []string
	for _, x := range all {
		out = append(out, fmt.Sprintf("%s %s: %s by %s against %s by %s", x.Code, x.Name, x.Kept.Text(), x.KeptSource, x.Other.Text(), x.OtherSource))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sameFailure reports whether two errors are of one sort.
func sameFailure(a, b error) bool {
	for _, known := range []error{
		entities.ErrNotFound, entities.ErrNeverIssued, entities.ErrErased, entities.ErrFrozen, entities.ErrAmbiguous,
		entities.ErrKindMismatch, entities.ErrInvalidBatch, entities.ErrUnknownRevision,
	} {
		if errors.Is(a, known) != errors.Is(b, known) {
			return false
		}
	}
	return (a == nil) == (b == nil)
}

func (d *duel) failf(format string, args ...any) {
	d.t.Helper()
	story := ""
	for i, line := range d.log {
		story += fmt.Sprintf("\n  batch %d: %s", i, line)
	}
	d.t.Fatalf("%s\nafter%s", fmt.Sprintf(format, args...), story)
}

func (d *duel) verify() {
	v, able := d.store.(entities.Verifier)
	if !able {
		return
	}
	for damage, err := range v.Verify(d.ctx) {
		if err != nil {
			d.failf("verify: %v", err)
		}
		d.failf("verify finds damage: %+v", damage)
	}
}

// compare asks store and model the same questions at one revision.
func (d *duel) compare(rev entities.Revision) {
	got, want := d.store.At(rev), entities.Reader(d.model.At(rev))
	instants := []entities.Instant{entities.Beginning, entities.Forever - 1}
	for _, y := range duelYears {
		instants = append(instants, year(y)-1, year(y), year(y)+1)
	}
	for _, at := range instants {
		for _, code := range d.codes {
			g, gotErr := got.Get(d.ctx, code, at)
			w, wantErr := want.Get(d.ctx, code, at)
			if wantErr != nil && gotErr != nil && (rev < d.model.issued[code] || errors.Is(wantErr, entities.ErrErased)) {
				continue // of what is not known yet, and of what was erased later, there is more than one way to say so
			}
			if x, y := versionText(&g, gotErr), versionText(&w, wantErr); x != y {
				d.failf("%s at %s, known at revision %d:\ngot  %s\nwant %s", code, at, rev, x, y)
			}
		}
		d.compareKeys(rev, at)
	}
	d.compareLists(rev)
}

func versionText(e *entities.Entity, err error) string {
	if err != nil {
		return stateOf(e, err)
	}
	text := fmt.Sprintf("%s %s cause %s", e.Valid, stateOf(e, nil), e.Cause)
	for _, a := range e.Attrs {
		text += fmt.Sprintf(", %s by %s", a.Name, e.OriginOf(a.Name).Source)
	}
	return text
}

func (d *duel) compareKeys(rev entities.Revision, at entities.Instant) {
	var keys []entities.Key
	for _, name := range duelNames {
		keys = append(keys, key(name))
	}
	got, err := d.store.At(rev).Resolve(d.ctx, keys, at)
	if err != nil {
		d.failf("resolve %v: %v", keys, err)
	}
	want, err := d.model.At(rev).Resolve(d.ctx, keys, at)
	if err != nil {
		d.failf("resolve %v in the model: %v", keys, err)
	}
	for i := range keys {
		g, w := aliasTexts(got[i].Matches), aliasTexts(want[i].Matches)
		if got[i].Stale != want[i].Stale || !slices.Equal(g, w) {
			d.failf("resolve %s at %s, known at revision %d:\ngot  %v stale %t\nwant %v stale %t", keys[i], at, rev, g, got[i].Stale, w, want[i].Stale)
		}
	}
}

// compareLists compares everything that is not asked at an instant.
func (d *duel) compareLists(rev entities.Revision) {
	got, want := d.store.At(rev), entities.Reader(d.model.At(rev))
	lists := func(r entities.Reader) map[string]string {
		out := map[string]string{}
		history := collect(d.t, "history", r.History(d.ctx, entities.HistoryQuery{}))
		out["history"] = rows(history)
		out["aliases"] = fmt.Sprint(aliasTexts(collect(d.t, "aliases", r.Aliases(d.ctx, entities.AliasQuery{}))))
		out["links"] = fmt.Sprint(linkTexts(collect(d.t, "links", r.Links(d.ctx, entities.LinkQuery{}))))
		for _, over := range []entities.Interval{entities.Always, entities.During(year(2010)), years(2005, 2015)} {
			found := collect(d.t, "find", r.Find(d.ctx, entities.Query{
				Kinds: []entities.Kind{entities.Building}, Valid: over, Order: []entities.Order{{Name: "v", Descending: true}, {Name: "w"}},
			}))
			out["find over "+over.String()] = rows(found)
		}
		for _, code := range d.codes {
			if d.model.issued[code] > rev || d.model.stateAt(code, d.model.head()).is == entities.Erased {
				continue
			}
			s, err := r.Status(d.ctx, code)
			out["status of "+code.String()] = fmt.Sprintf("%s %q same as %d, successors %v, error %v", s.State, s.Reason, s.SameAs, s.Successors, err)
		}
		extent, err := r.Extent(d.ctx, entities.Building)
		out["extent"] = fmt.Sprintf("%d things, valid %s, error %v", extent.Count, extent.Valid, err)
		return out
	}
	g, w := lists(got), lists(want)
	for what := range w {
		if g[what] != w[what] {
			d.failf("%s at revision %d:\ngot  %s\nwant %s", what, rev, g[what], w[what])
		}
	}
}
