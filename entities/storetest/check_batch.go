package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/chengma/chengma/entities"
)

func batchKeyRepeated(s *suite) {
	c := s.city()
	b := c.batch(change(ref("a"), since(2000), "v", 1))
	first := c.applyBatch(b)
	c.apply(change(ref("a"), since(2000), "v", 2))
	other := b
	other.Acts = []entities.Act{change(ref("a"), since(2000), "v", 3), change(ref("b"), since(2000), "v", 3)}
	for _, again := range []entities.Batch{b, other} {
		r := c.applyBatch(again)
		if !r.Repeated || r.Revision != first.Revision || r.Results != nil || !r.Time.Equal(first.Time) {
			c.Errorf("a batch key for the second time: got %+v, want repeated, revision %d of %s, no results", r, first.Revision, first.Time)
		}
	}
	if c.head() != 2 {
		c.Errorf("head after repeated batches: got %d, want 2", c.head())
	}
	c.says(first.Results[0].Code, year(2010), `{"v":2}`)
	c.names(key("b"), year(2010))
	nothing := c.batch(change(ref("a"), since(2000), "v", 2))
	if r := c.applyBatch(nothing); r.Repeated || r.Revision != 2 {
		c.Errorf("a batch that says nothing new: got %+v, want revision 2, not repeated", r)
	}
	nothing.Acts = []entities.Act{change(ref("a"), since(2000), "v", 4)}
	if r := c.applyBatch(nothing); !r.Repeated || c.head() != 2 {
		c.Errorf("the key of a batch that said nothing new, again: got %+v and head %d, want repeated and 2", r, c.head())
	}
	failed := c.batch(change(ref("a"), since(2000), "v", math.NaN()))
	if _, err := c.store.Apply(c.ctx, failed); !errors.Is(err, entities.ErrInvalidValue) {
		c.Errorf("a NaN: error %v, want %v", err, entities.ErrInvalidValue)
	}
	failed.Acts = []entities.Act{change(ref("a"), since(2000), "v", 5)}
	if r := c.applyBatch(failed); r.Repeated || r.Revision != 3 {
		c.Errorf("the key of a batch that failed, again: got %+v, want revision 3", r)
	}
}

func batchWholeOrNotAtAll(s *suite) {
	c := s.city()
	code := c.create("a", 2000, "v", 1)
	acts := []entities.Act{
		change(ref("a"), since(2000), "v", 2),
		change(ref("new"), since(2000), "v", 2),
		&entities.ClaimAlias{Key: key("x"), Subject: ref("a"), Over: entities.Always},
		&entities.Relate{From: ref("a"), Role: "on", To: []entities.Target{{To: ref("new")}}, Over: since(2000)},
		&entities.End{Subject: ref("nobody"), Over: since(2010)},
	}
	err := c.refuse(entities.ErrNotFound, acts...)
	var fault *entities.ActError
	if !errors.As(err, &fault) || fault.Index != 4 || fault.Act != acts[4] {
		c.Errorf("error of a batch whose fifth act is at fault: got %v, want an ActError of act 4", err)
	}
	c.says(code, year(2010), `{"v":1}`)
	c.names(key("new"), year(2010))
	c.names(key("x"), year(2010))
	c.linked(code, "on", year(2010))
	if got := c.find(entities.Query{}); len(got) != 1 {
		c.Errorf("find after a failed batch: got %s, want one thing", rows(got))
	}
	r := c.apply(change(ref("new"), since(2000), "v", 2))
	if !r.Results[0].Minted {
		c.Errorf("the key of a failed batch: %+v, want a minted code", r.Results[0])
	}
}

func batchInOrder(s *suite) {
	c := s.city()
	r := c.apply(
		change(ref("a"), since(2000), "v", 1, "w", 1),
		change(ref("a"), since(2005), "v", 2),
		correct(ref("a"), years(2003, 2006), "w", 7),
		&entities.ClaimAlias{Key: key("b"), Subject: ref("a"), Over: entities.Always},
		change(ref("b"), since(2010), "v", 3),
	)
	code := r.Results[0].Code
	for i, got := range r.Results {
		want := entities.Result{Code: code, Outcome: entities.Updated}
		if i == 0 {
			want.Minted, want.Outcome = true, entities.Created
		}
		if got != want {
			c.Errorf("result of act %d: got %+v, want %+v", i, got, want)
		}
	}
	for y, want := range map[int]string{
		2001: `{"v":1,"w":1}`, 2004: `{"v":1,"w":7}`, 2005: `{"v":2,"w":7}`, 2007: `{"v":2,"w":1}`, 2010: `{"v":3,"w":1}`,
	} {
		c.says(code, year(y), want)
	}
	if got := len(c.history(code, entities.Trail{Superseded: true})); got != 5 || c.head() != 1 {
		c.Errorf("one batch: %d stored versions and head %d, want 5 and 1", got, c.head())
	}
}

func largeBatch(s *suite) {
	c := s.city()
	const n = 5000
	acts := make([]entities.Act, 0, 2*n)
	for i := range n {
		a := change(ref(fmt.Sprint(i)), since(2000), "i", i)
		acts = append(acts, shaped(a, fmt.Sprintf("POINT (%g %g)", float64(i%100)/100, float64(i/100)/100)))
	}
	for i := range n {
		acts = append(acts, change(ref(fmt.Sprint(i)), since(2010), "i", i+n))
	}
	r := c.apply(acts...)
	if r.Revision != 1 || c.head() != 1 {
		c.Errorf("a batch of %d changes: revision %d and head %d, want 1 and 1", len(acts), r.Revision, c.head())
	}
	p, err := c.store.Published(c.ctx, 1)
	want := entities.Counts{Acts: 2 * n, Created: n, Updated: n, Minted: n}
	if err != nil || p.Counts != want {
		c.Errorf("counts: got %+v and error %v, want %+v", p.Counts, err, want)
	}
	codes := make(map[entities.Code]bool)
	for _, result := range r.Results[:n] {
		codes[result.Code] = true
	}
	if len(codes) != n {
		c.Errorf("%d things got %d codes", n, len(codes))
	}
	sum := func(at entities.Instant) (count, total int64) {
		for _, e := range c.find(entities.Query{Valid: entities.During(at)}) {
			i, _ := e.Attrs.Get("i").Int()
			count, total = count+1, total+i
		}
		return count, total
	}
	if count, total := sum(year(2005)); count != n || total != n*(n-1)/2 {
		c.Errorf("2005: %d things with sum %d, want %d and %d", count, total, n, n*(n-1)/2)
	}
	if count, total := sum(year(2010)); count != n || total != n*(n-1)/2+n*n {
		c.Errorf("2010: %d things with sum %d, want %d and %d", count, total, n, n*(n-1)/2+n*n)
	}
	if got := c.find(entities.Query{Box: &entities.Box{West: -0.005, South: -0.005, East: 0.095, North: 0.045}}); len(got) != 50 {
		c.Errorf("box of 10 by 5 points: found %d", len(got))
	}
	middle := c.resolve(1, key("2500"), year(2020))
	c.says(middle.Matches[0].Code, year(2020), `{"i":7500} POINT (0 0.25)`)
}

// fuse is a context that ends when it has been looked at so many times.
type fuse struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (f *fuse) burn() {
	if f.left.Add(-1) < 0 {
		f.cancel()
	}
}

func (f *fuse) Err() error            { f.burn(); return f.Context.Err() }
func (f *fuse) Done() <-chan struct{} { f.burn(); return f.Context.Done() }

func newFuse(looks int64) *fuse {
	f := &fuse{}
	f.Context, f.cancel = context.WithCancel(context.Background())
	f.left.Store(looks)
	return f
}

func cancelInTheMiddle(s *suite) {
	c := s.city()
	const n = 600
	acts := make([]entities.Act, n)
	for i := range acts {
		acts[i] = change(ref(fmt.Sprint(i)), since(2000), "i", i)
	}
	for _, looks := range []int64{0, 1, 3, 10, 50, 200} {
		before := c.head()
		_, err := c.store.Apply(newFuse(looks), c.batch(acts...))
		found := len(c.find(entities.Query{}))
		switch {
		case err == nil && looks == 0:
			c.Errorf("apply under a cancelled context: no error")
		case err != nil && !errors.Is(err, context.Canceled):
			c.Errorf("apply cancelled at look %d: error %v, want %v", looks, err, context.Canceled)
		case err != nil && (c.head() != before || found != 0) && before == 0:
			c.Errorf("apply cancelled at look %d: head went from %d to %d and %d things are found", looks, before, c.head(), found)
		case err == nil && found != n:
			c.Errorf("apply that was not cancelled: found %d things, want %d", found, n)
		}
	}
	c.apply(acts...)
	c.cancelReading(n)
}

// cancelReading ends the context after the third element of each sequence.
func (c *city) cancelReading(n int) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	count := 0
	var last error
	for _, err := range c.reader().Find(ctx, entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: entities.During(year(2010))}) {
		if last = err; err != nil {
			break
		}
		if count++; count == 3 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || count >= n {
		c.Errorf("find cancelled after 3 of %d: went on to %d and ended with %v, want %v", n, count, last, context.Canceled)
	}
	at := c.reader()
	for name, err := range map[string]error{
		"get":     second(at.Get(ctx, 1, year(2010))),
		"status":  second(at.Status(ctx, 1)),
		"resolve": second(at.Resolve(ctx, []entities.Key{key("a")}, year(2010))),
		"extent":  second(at.Extent(ctx, entities.Building)),
		"head":    second(c.store.Head(ctx)),
		"history": failure(at.History(ctx, entities.HistoryQuery{})),
		"aliases": failure(at.Aliases(ctx, entities.AliasQuery{})),
		"links":   failure(at.Links(ctx, entities.LinkQuery{})),
		"watch":   failure(c.store.Watch(ctx, 0)),
	} {
		if !errors.Is(err, context.Canceled) {
			c.Errorf("%s under a cancelled context: error %v, want %v", name, err, context.Canceled)
		}
	}
	stopped := 0
	for range c.reader().Find(c.ctx, entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: entities.During(year(2010))}) {
		if stopped++; stopped == 2 {
			break
		}
	}
	c.create("after a stopped reader", 2000, "v", 1)
}

// opening returns the error with which a sequence begins, nil where it begins
// with a value.
func opening[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		return err
	}
	return nil
}

func second[T any](_ T, err error) error { return err }

func useAfterClose(s *suite) {
	c := s.city()
	code := c.create("a", 2000, "v", 1)
	at := c.reader()
	for range 2 {
		if err := c.store.Close(); err != nil {
			c.Errorf("close: %v", err)
		}
	}
	rev := entities.Revision(1)
	query := entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: entities.Always}
	for name, err := range map[string]error{
		"head":                second(c.store.Head(c.ctx)),
		"revision at":         second(c.store.RevisionAt(c.ctx, time.Now())),
		"published":           second(c.store.Published(c.ctx, rev)),
		"apply":               second(c.store.Apply(c.ctx, c.batch(change(ref("b"), since(2000), "v", 1)))),
		"watch":               opening(c.store.Watch(c.ctx, 0)),
		"get":                 second(at.Get(c.ctx, code, year(2010))),
		"get by a new reader": second(c.store.At(rev).Get(c.ctx, code, year(2010))),
		"find":                failure(at.Find(c.ctx, query)),
		"history":             failure(at.History(c.ctx, entities.HistoryQuery{})),
		"status":              second(at.Status(c.ctx, code)),
		"resolve":             second(at.Resolve(c.ctx, []entities.Key{key("a")}, year(2010))),
		"aliases":             failure(at.Aliases(c.ctx, entities.AliasQuery{})),
		"links":               failure(at.Links(c.ctx, entities.LinkQuery{})),
		"extent":              second(at.Extent(c.ctx, entities.Building)),
	} {
		if !errors.Is(err, entities.ErrClosed) {
			c.Errorf("%s after close: error %v, want %v", name, err, entities.ErrClosed)
		}
	}
}

func errorsByIs(s *suite) {
	c := s.city()
	c.create("a", 2000, "v", 1)
	never, err := entities.NewCode(entities.Building, 1<<40)
	if err != nil {
		c.Fatalf("code: %v", err)
	}
	wrongKind := change(ref("a"), since(2000), "v", 2)
	wrongKind.Kind = entities.Land
	kindless := change(ref("nobody"), since(2000), "v", 2)
	kindless.Kind = 0
	for _, test := range []struct {
		name string
		act  entities.Act
		want error
	}{
		{"a code that was never issued", change(entities.ByCode(never), since(2000), "v", 1), entities.ErrNeverIssued},
		{"a number that is no code", change(entities.ByCode(5), since(2000), "v", 1), entities.ErrMalformedCode},
		{"another kind", wrongKind, entities.ErrKindMismatch},
		{"a new key without a kind", kindless, entities.ErrNotFound},
		{"an empty interval", change(ref("a"), years(2010, 2010), "v", 1), entities.ErrEmptyInterval},
		{"an interval backwards", &entities.End{Subject: ref("a"), Over: years(2010, 2005)}, entities.ErrEmptyInterval},
		{"a key of nothing", &entities.End{Subject: ref("nobody"), Over: since(2010)}, entities.ErrNotFound},
		{"no subject", change(entities.Ref{}, since(2010), "v", 1), entities.ErrInvalidBatch},
		{"a NaN", change(ref("a"), since(2010), "v", math.NaN()), entities.ErrInvalidValue},
		{"an infinity", change(ref("a"), since(2010), "v", math.Inf(-1)), entities.ErrInvalidValue},
		{"a text that is no UTF-8", change(ref("a"), since(2010), "v", "\xff"), entities.ErrInvalidValue},
		{"an attribute without a name", change(ref("a"), since(2010), "", 1), entities.ErrInvalidValue},
		{"an attribute named geometry", change(ref("a"), since(2010), entities.GeometryAttr, 1), entities.ErrInvalidValue},
		{"a link without a role", &entities.Relate{From: ref("a"), Over: since(2010)}, entities.ErrInvalidBatch},
		{"an erasure without a reason", &entities.Erase{Subject: ref("a")}, entities.ErrInvalidBatch},
	} {
		c.Logf("%s", test.name)
		err := c.refuse(test.want, test.act)
		var fault *entities.ActError
		if !errors.As(err, &fault) || fault.Index != 0 {
			c.Errorf("%s: error %v, want an ActError of act 0", test.name, err)
		}
	}
	if _, err := c.store.Apply(c.ctx, entities.Batch{Acts: []entities.Act{change(ref("a"), since(2010), "v", 1)}}); !errors.Is(err, entities.ErrInvalidBatch) {
		c.Errorf("a batch without a key: error %v, want %v", err, entities.ErrInvalidBatch)
	}
	if _, err := c.store.Apply(c.ctx, c.batch(nil)); !errors.Is(err, entities.ErrInvalidBatch) {
		c.Errorf("an act that is nil: error %v, want %v", err, entities.ErrInvalidBatch)
	}
	c.readErrors(never)
}

func (c *city) readErrors(never entities.Code) {
	c.Helper()
	query := entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: entities.Always}
	for _, rev := range []entities.Revision{-1, c.head() + 1} {
		at := c.store.At(rev)
		for name, err := range map[string]error{
			"get":     second(at.Get(c.ctx, never, year(2010))),
			"find":    failure(at.Find(c.ctx, query)),
			"history": failure(at.History(c.ctx, entities.HistoryQuery{})),
			"status":  second(at.Status(c.ctx, never)),
			"resolve": second(at.Resolve(c.ctx, []entities.Key{key("a")}, year(2010))),
			"aliases": failure(at.Aliases(c.ctx, entities.AliasQuery{})),
			"links":   failure(at.Links(c.ctx, entities.LinkQuery{})),
			"extent":  second(at.Extent(c.ctx, entities.Building)),
		} {
			if !errors.Is(err, entities.ErrUnknownRevision) {
				c.Errorf("%s at revision %d: error %v, want %v", name, rev, err, entities.ErrUnknownRevision)
			}
		}
	}
	at := c.reader()
	if _, err := at.Get(c.ctx, never, year(2010)); !errors.Is(err, entities.ErrNeverIssued) {
		c.Errorf("get a code that was never issued: error %v, want %v", err, entities.ErrNeverIssued)
	}
	if _, err := at.Status(c.ctx, never); !errors.Is(err, entities.ErrNeverIssued) {
		c.Errorf("status of a code that was never issued: error %v, want %v", err, entities.ErrNeverIssued)
	}
	for _, rev := range []entities.Revision{0, c.head() + 1} {
		if _, err := c.store.Published(c.ctx, rev); !errors.Is(err, entities.ErrUnknownRevision) {
			c.Errorf("published revision %d: error %v, want %v", rev, err, entities.ErrUnknownRevision)
		}
	}
}

func revisionAt(s *suite) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := s.cityWith(Config{Now: func() time.Time { return now }})
	start := now
	for i := range 4 {
		now = start.Add(time.Duration(i) * time.Hour)
		r := c.apply(change(ref("a"), since(2000), "v", i))
		if !r.Time.Equal(now) {
			c.Errorf("time of revision %d: got %s, want the store's clock, %s", r.Revision, r.Time, now)
		}
	}
	for minutes, want := range map[int]entities.Revision{-1: 0, 0: 1, 59: 1, 60: 2, 61: 2, 180: 4, 10000: 4} {
		at := start.Add(time.Duration(minutes) * time.Minute)
		if got, err := c.store.RevisionAt(c.ctx, at); err != nil || got != want {
			c.Errorf("revision at %s: got %d and error %v, want %d", at, got, err, want)
		}
	}
}

func publishedDescribes(s *suite) {
	c := s.city()
	c.apply(shaped(change(ref("a"), since(2000), "v", 1), "POINT (1 2)"), change(ref("a"), since(2000), "v", 1))
	land := shaped(change(ref("l"), since(2000), "v", 1), "LINESTRING (5 5, 6 7)")
	land.Kind = entities.Land
	c.apply(land, shaped(change(ref("a"), since(2005)), "POINT (3 1)"))
	c.apply(&entities.EndAlias{Key: key("l"), Over: since(2010)})
	c.apply(&entities.Relate{From: ref("a"), Role: "on", To: []entities.Target{{To: ref("l")}}, Over: since(2000)})
	c.apply(&entities.Relate{From: ref("a"), Role: "on", Over: since(2000)})
	c.apply(&entities.Mark{Subject: ref("a"), State: entities.Frozen, Reason: "r"})
	both := []entities.Kind{entities.Land, entities.Building}
	for i, want := range []struct {
		kinds    []entities.Kind
		counts   entities.Counts
		envelope entities.Box
	}{
		{both[1:], entities.Counts{Acts: 2, Created: 1, Unchanged: 1, Minted: 1}, entities.Box{West: 1, South: 2, East: 1, North: 2}},
		{both, entities.Counts{Acts: 2, Created: 1, Updated: 1, Minted: 1}, entities.Box{West: 1, South: 1, East: 6, North: 7}},
		{both[:1], entities.Counts{Acts: 1, Updated: 1}, entities.NoBox},
		{both[1:], entities.Counts{Acts: 1, Updated: 1}, entities.NoBox},
		{both[1:], entities.Counts{Acts: 1, Updated: 1}, entities.NoBox},
		{both[1:], entities.Counts{Acts: 1, Updated: 1}, entities.NoBox},
	} {
		rev := entities.Revision(i + 1)
		p, err := c.store.Published(c.ctx, rev)
		if err != nil {
			c.Fatalf("published revision %d: %v", rev, err)
		}
		if p.Revision != rev || p.Key != fmt.Sprintf("batch-%d", rev) || p.Source != "suite" || p.Note != "a test" || len(p.Erased) > 0 {
			c.Errorf("published revision %d: got %+v, want the batch's own key, source and note", rev, p)
		}
		if !slices.Equal(p.Kinds, want.kinds) || p.Counts != want.counts || !sameBox(p.Envelope, want.envelope) {
			c.Errorf("published revision %d:\ngot  %v %+v %v\nwant %v %+v %v", rev, p.Kinds, p.Counts, p.Envelope, want.kinds, want.counts, want.envelope)
		}
	}
}
