package postgis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
	"github.com/chengma/chengma/entities/sqlite"
)

// store is everything that the two backends can do.
type store interface {
	entities.Store
	entities.Quarantine
	entities.Searcher
	entities.Verifier
}

// TestDifferential lets the embedded store and this one live through the same
// random batches and compares all that they say at every revision, row by row.
// The number of histories is -rapid.checks.
func TestDifferential(t *testing.T) {
	name := schema(t)
	open(t, postgis.Config{Schema: name})
	rapid.Check(t, func(r *rapid.T) {
		d := pair{t: r, ctx: context.Background()}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		secrets := map[string][]byte{"serials": bytes.Repeat([]byte{7}, 32)} // so that both give the same codes
		lite, err := sqlite.Open(d.ctx, sqlite.Config{Path: filepath.Join(t.TempDir(), "city.db"), Clock: clock, Secrets: secrets})
		if err != nil {
			r.Fatal(err)
		}
		defer lite.Close()   //nolint:errcheck // the test is about the other
		defer empty(t, name) // a new schema would cost more than most histories
		full, err := postgis.Open(d.ctx, postgis.Config{URL: databaseURL(t), Schema: name, Clock: clock, Secrets: secrets})
		if err != nil {
			r.Fatal(err)
		}
		defer full.Close() //nolint:errcheck // likewise
		postgis.SetLimits(full, rapid.SampledFrom([]int{2, 100_000}).Draw(r, "box codes"), rapid.SampledFrom([]int{0, 100_000}).Draw(r, "changed"))
		d.stores = [2]store{lite, full}
		for i := range rapid.IntRange(2, 8).Draw(r, "batches") {
			now = now.Add(time.Duration(rapid.IntRange(-1, 3).Draw(r, "hours")) * time.Hour)
			d.round(i)
		}
		d.compareAll()
	})
}

// empty takes everything out of a schema.
func empty(t *testing.T, name string) {
	t.Helper()
	tables := []string{
		"revisions", "batches", "codes", "serials", "origins", "versions", "aliases", "links", "code_states", "refusals",
		"discrepancies", "runs", "secrets",
	}
	admin(t, "SET search_path = "+name+"; DELETE FROM "+strings.Join(tables, "; DELETE FROM "))
}

// pair is two stores with one history.
type pair struct {
	t      *rapid.T
	ctx    context.Context
	stores [2]store
	codes  []entities.Code
	head   entities.Revision
}

// same asks both and compares the answers.
func (d *pair) same(what string, ask func(s store) string) {
	d.t.Helper()
	want, got := ask(d.stores[0]), ask(d.stores[1])
	if got != want {
		d.t.Fatalf("%s:\npostgis %s\nsqlite  %s", what, got, want)
	}
}

// round applies one batch to both.
func (d *pair) round(i int) {
	batch := entities.Batch{Key: fmt.Sprintf("batch %d", i), Source: "test", Note: "differential"}
	if rapid.IntRange(0, 9).Draw(d.t, "repeated") == 0 {
		batch.Key = "batch 0"
	}
	batch.Acts = rapid.SliceOfN(rapid.Custom(d.act), 1, 5).Draw(d.t, "acts")
	for j := range rapid.IntRange(0, 2).Draw(d.t, "refusals") {
		batch.Refusals = append(batch.Refusals, entities.Refusal{
			Run: int64(i), Source: "test", File: "a.csv", Line: int64(j), Key: "k:" + drawName(d.t), Rule: "rule", Field: "f",
			Value: "值", Zh: "坏", En: "bad", Partial: j == 1, Record: rapid.SampledFrom([][]byte{nil, []byte(`{"a":1}`)}).Draw(d.t, "record"),
		})
	}
	d.same("apply", func(s store) string {
		r, err := s.Apply(d.ctx, batch)
		for _, result := range r.Results {
			if result.Minted && !slices.Contains(d.codes, result.Code) {
				d.codes = append(d.codes, result.Code)
			}
		}
		d.head = max(d.head, r.Revision)
		for i := range r.Discrepancies {
			r.Discrepancies[i].ID = 0
		}
		return fmt.Sprintf("%+v %s", r, failure(err))
	})
	d.compare(d.head)
}

// compareAll asks again about everything at every revision.
func (d *pair) compareAll() {
	for rev := range d.head + 2 {
		d.compare(rev)
	}
	d.same("refusals", func(s store) string { return dump(s.Refusals(d.ctx, entities.RefusalQuery{})) })
	d.same("open refusals", func(s store) string {
		if _, err := s.Settle(d.ctx, "test", []string{"k:a", "k:c"}); err != nil {
			return err.Error()
		}
		return dump(s.Refusals(d.ctx, entities.RefusalQuery{Open: true, Limit: 2}))
	})
	d.same("discrepancies", func(s store) string { return dump(s.Discrepancies(d.ctx, 0)) })
	d.same("watch", func(s store) string {
		ctx, stop := context.WithCancel(d.ctx)
		defer stop()
		text, left := "", d.head
		if left == 0 {
			return text
		}
		for p, err := range s.Watch(ctx, 0) {
			text += fmt.Sprintf("%+v %v\n", p, err)
			if left--; left == 0 {
				return text
			}
		}
		return text
	})
	for _, s := range d.stores {
		for damage, err := range s.Verify(d.ctx) {
			d.t.Fatalf("%T is damaged: %+v, error %v", s, damage, err)
		}
	}
}

// compare asks about everything at one revision.
func (d *pair) compare(rev entities.Revision) {
	d.same("published", func(s store) string {
		p, err := s.Published(d.ctx, rev)
		at, err2 := s.RevisionAt(d.ctx, p.Time)
		return fmt.Sprintf("%+v %s, %d %v", p, failure(err), at, err2)
	})
	instants := []entities.Instant{entities.Beginning, -1, 0, 5, 9, 10, 20, 25, entities.Forever - 1}
	at := rapid.SampledFrom(instants).Draw(d.t, "at")
	for _, code := range append(slices.Clone(d.codes), 281474976710999) {
		d.same(fmt.Sprintf("get %s at %d, revision %d", code, at, rev), func(s store) string {
			e, err := s.At(rev).Get(d.ctx, code, at)
			status, err2 := s.At(rev).Status(d.ctx, code)
			return fmt.Sprintf("%s %s, %+v %s", text(&e), failure(err), status, failure(err2))
		})
	}
	var keys []entities.Key
	for _, name := range names {
		keys = append(keys, entities.Key{Scheme: "k", Value: name})
	}
	keys = append(keys, entities.Key{Scheme: "other", Value: "a"}, keys[0])
	d.same(fmt.Sprintf("resolve at %d, revision %d", at, rev), func(s store) string {
		found, err := s.At(rev).Resolve(d.ctx, keys, at)
		return fmt.Sprintf("%+v %s", found, failure(err))
	})
	d.compareTrails(rev)
	for range 4 {
		d.find(rev, at)
	}
	for _, kind := range kinds {
		d.same(fmt.Sprintf("extent of %s at %d", kind, rev), func(s store) string {
			e, err := s.At(rev).Extent(d.ctx, kind)
			return fmt.Sprintf("%+v %s", e, failure(err))
		})
	}
	q := entities.TextQuery{Text: rapid.SampledFrom([]string{"莲花", "莲花路", "LU", "路 北", ""}).Draw(d.t, "text"), At: at, Limit: rapid.IntRange(0, 3).Draw(d.t, "limit")}
	d.same(fmt.Sprintf("search %+v at revision %d", q, rev), func(s store) string { return dump(s.Search(d.ctx, rev, q)) })
}

func (d *pair) compareTrails(rev entities.Revision) {
	trail := entities.Trail{
		Superseded: rapid.Bool().Draw(d.t, "superseded"),
		After:      entities.Revision(rapid.IntRange(0, int(rev)+1).Draw(d.t, "after")),
	}
	var codes []entities.Code
	if len(d.codes) > 0 && rapid.Bool().Draw(d.t, "of codes") {
		codes = rapid.SliceOfN(rapid.SampledFrom(d.codes), 1, 4).Draw(d.t, "codes")
	}
	var some []entities.Kind
	if rapid.Bool().Draw(d.t, "of kinds") {
		some = rapid.SliceOfN(rapid.SampledFrom(kinds), 1, 2).Draw(d.t, "kinds")
	}
	valid := rapid.SampledFrom([]entities.Interval{{}, {From: 5, To: 10}, entities.Since(20)}).Draw(d.t, "valid")
	reverse := rapid.Bool().Draw(d.t, "reverse")
	what := fmt.Sprintf("%+v of %v and %v at revision %d", trail, codes, some, rev)
	d.same("history "+what, func(s store) string {
		return dump(s.At(rev).History(d.ctx, entities.HistoryQuery{Kinds: some, Codes: codes, Trail: trail}))
	})
	d.same("aliases "+what, func(s store) string {
		return dump(s.At(rev).Aliases(d.ctx, entities.AliasQuery{Codes: codes, Valid: valid, Trail: trail}))
	})
	d.same("links "+what, func(s store) string {
		return dump(s.At(rev).Links(d.ctx, entities.LinkQuery{Codes: codes, Reverse: reverse, Kinds: some, Valid: valid, Trail: trail}))
	})
}

// find compares one random query, whole and in pages.
func (d *pair) find(rev entities.Revision, at entities.Instant) {
	q := entities.Query{Kinds: rapid.SliceOfN(rapid.SampledFrom(kinds), 1, 3).Draw(d.t, "find kinds"), Valid: entities.During(at)}
	if rapid.Bool().Draw(d.t, "interval") {
		q.Valid = entities.Interval{From: 3, To: entities.Instant(rapid.IntRange(4, 30).Draw(d.t, "until"))}
	}
	switch rapid.IntRange(0, 4).Draw(d.t, "where") {
	case 0, 1:
		west, south := rapid.IntRange(-180, 179).Draw(d.t, "west"), rapid.IntRange(-4, 3).Draw(d.t, "south")
		if rapid.Bool().Draw(d.t, "near") {
			west = rapid.IntRange(-4, 3).Draw(d.t, "west")
		}
		q.Box = &entities.Box{West: float64(west), South: float64(south), East: float64(min(west+4, 180)), North: float64(south + 2)}
		if west > 170 {
			q.Box.East = -178
		}
	case 2:
		q.Intersects = drawShape(d.t)
	case 3:
		if len(d.codes) > 0 {
			q.Linked = &entities.Linked{Code: rapid.SampledFrom(d.codes).Draw(d.t, "linked"), Reverse: rapid.Bool().Draw(d.t, "reverse")}
		}
	}
	if rapid.IntRange(0, 2).Draw(d.t, "ordered") == 0 {
		q.Order = []entities.Order{{Name: "v", Descending: rapid.Bool().Draw(d.t, "descending")}}
	}
	if rapid.IntRange(0, 3).Draw(d.t, "classed") == 0 {
		q.Classes = []string{"one"}
	}
	q.Limit = rapid.IntRange(0, 3).Draw(d.t, "find limit")
	d.same(fmt.Sprintf("find %+v at revision %d", q, rev), func(s store) string {
		all := ""
		for page := q; ; {
			n := 0
			for e, err := range s.At(rev).Find(d.ctx, page) {
				all += text(&e) + failure(err) + "\n"
				if err != nil {
					return all
				}
				position := page.PositionOf(&e)
				page.After = &position
				n++
			}
			if q.Limit == 0 || n < q.Limit {
				return all
			}
		}
	})
}

// failure names what an error is.
func failure(err error) string {
	if err == nil {
		return ""
	}
	found := "error"
	for _, known := range []error{
		entities.ErrNotFound, entities.ErrNeverIssued, entities.ErrErased, entities.ErrFrozen, entities.ErrAmbiguous,
		entities.ErrKindMismatch, entities.ErrEmptyInterval, entities.ErrInvalidGeometry, entities.ErrInvalidValue,
		entities.ErrInvalidQuery, entities.ErrInvalidBatch, entities.ErrUnknownRevision, entities.ErrConflict,
		entities.ErrClosed, entities.ErrUnavailable, entities.ErrMalformedCode,
	} {
		if errors.Is(err, known) {
			found += ", " + known.Error()
		}
	}
	var act *entities.ActError
	if errors.As(err, &act) {
		found += fmt.Sprintf(" in act %d", act.Index)
	}
	if found == "error" {
		return err.Error() // whatever it is, the other will not say so
	}
	return found
}

// text writes all of a version.
func text(e *entities.Entity) string {
	return fmt.Sprintf("%s %q %s %x %q %q %s %v %s %+v %+v", e.Code, e.Class, e.Attrs.AppendJSON(nil), e.Geometry.WKB(),
		e.Geometry.VerticalCRS, e.Geometry.Repair, e.Valid, e.Recorded, e.Cause, e.Origin, e.Origins)
}

func dump[T any](seq iter.Seq2[T, error]) string {
	var b strings.Builder
	for item, err := range seq {
		switch x := any(item).(type) {
		case entities.Entity:
			b.WriteString(text(&x))
		case entities.Refusal:
			x.ID = 0
			fmt.Fprintf(&b, "%+v", x)
		case entities.Discrepancy:
			x.ID = 0
			fmt.Fprintf(&b, "%+v", x)
		default:
			fmt.Fprintf(&b, "%+v", item)
		}
		b.WriteString(failure(err))
		b.WriteByte('\n')
	}
	return b.String()
}
