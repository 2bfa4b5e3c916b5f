package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/entities"
)

// city is a store with the words in which the tests of the suite talk to it.
type city struct {
	*suite
	ctx     context.Context
	store   entities.Store
	batches int
}

func (s *suite) city() *city { return s.cityWith(Config{}) }

func (s *suite) cityWith(cfg Config) *city {
	s.Helper()
	store := s.open(cfg)
	s.Cleanup(func() {
		if err := store.Close(); err != nil {
			s.Errorf("close: %v", err)
		}
	})
	return &city{suite: s, ctx: context.Background(), store: store}
}

// year is the first instant of a year in UTC.
func year(y int) entities.Instant {
	return entities.InstantOf(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC))
}

func since(y int) entities.Interval { return entities.Since(year(y)) }

// years is the interval from the beginning of one year to that of another.
func years(from, to int) entities.Interval {
	return entities.Interval{From: year(from), To: year(to)}
}

// attrs makes attributes of names and values in turn.
func attrs(pairs ...any) entities.Attrs {
	var out []entities.Attr
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, entities.Attr{Name: pairs[i].(string), Value: value(pairs[i+1])})
	}
	return entities.NewAttrs(out...)
}

func value(v any) entities.Value {
	switch v := v.(type) {
	case int:
		return entities.Int(int64(v))
	case int64:
		return entities.Int(v)
	case float64:
		return entities.Float(v)
	case string:
		return entities.String(v)
	case bool:
		return entities.Bool(v)
	case entities.Value:
		return v
	}
	return entities.Null
}

// change and correct say what a thing is.
func change(ref entities.Ref, over entities.Interval, pairs ...any) *entities.Assert {
	return &entities.Assert{
		Subject: ref, Kind: kindOf(ref), Over: over, Patch: attrs(pairs...), Origin: entities.Origin{Source: "register"},
	}
}

func correct(ref entities.Ref, over entities.Interval, pairs ...any) *entities.Assert {
	a := change(ref, over, pairs...)
	a.Mode = entities.Correction
	return a
}

func kindOf(ref entities.Ref) entities.Kind {
	if ref.Code != 0 {
		return 0
	}
	return entities.Building
}

func shaped(a *entities.Assert, shape string) *entities.Assert {
	g := mustShape(shape)
	a.Geometry = &g
	return a
}

// mustShape makes a geometry of WKT that this package wrote itself.
func mustShape(text string) entities.Geometry {
	shape, err := wkt.Unmarshal(text)
	if err != nil {
		panic(fmt.Sprintf("storetest: %q: %v", text, err))
	}
	g, err := entities.NewGeometry(shape)
	if err != nil {
		panic(fmt.Sprintf("storetest: %q: %v", text, err))
	}
	return g
}

func mustGeom(text string) geom.T {
	shape, err := mustShape(text).Shape()
	if err != nil {
		panic(err)
	}
	return shape
}

// ref is a thing by a key of the scheme that the tests use; key is that key.
func ref(value string) entities.Ref { return entities.ByKey("k", value) }

func key(value string) entities.Key { return entities.Key{Scheme: "k", Value: value} }

func (c *city) batch(acts ...entities.Act) entities.Batch {
	c.batches++
	return entities.Batch{Key: fmt.Sprintf("batch-%d", c.batches), Source: "suite", Note: "a test", Acts: acts}
}

// apply publishes acts and returns the receipt.
func (c *city) apply(acts ...entities.Act) entities.Receipt {
	c.Helper()
	return c.applyBatch(c.batch(acts...))
}

func (c *city) applyBatch(b entities.Batch) entities.Receipt {
	c.Helper()
	receipt, err := c.store.Apply(c.ctx, b)
	if err != nil {
		c.Fatalf("apply %s: %v", describe(b.Acts), err)
	}
	if !receipt.Repeated && len(receipt.Results) != len(b.Acts) {
		c.Fatalf("apply %s: %d results for %d acts", describe(b.Acts), len(receipt.Results), len(b.Acts))
	}
	return receipt
}

// create makes a building with a key and attributes that holds from a year on.
func (c *city) create(name string, from int, pairs ...any) entities.Code {
	c.Helper()
	r := c.apply(change(ref(name), since(from), pairs...)).Results[0]
	if !r.Minted || r.Outcome != entities.Created {
		c.Fatalf("create %s: result %+v, want a minted code and outcome created", name, r)
	}
	return r.Code
}

// refuse applies acts that must fail with an error, and checks that they left
// nothing.
func (c *city) refuse(want error, acts ...entities.Act) error {
	c.Helper()
	before := c.head()
	_, err := c.store.Apply(c.ctx, c.batch(acts...))
	if !errors.Is(err, want) {
		c.Errorf("apply %s: error is %v, want %v", describe(acts), err, want)
	}
	if after := c.head(); after != before {
		c.Errorf("apply %s failed with %v and moved the head from %d to %d", describe(acts), err, before, after)
	}
	return err
}

func (c *city) head() entities.Revision {
	c.Helper()
	head, err := c.store.Head(c.ctx)
	if err != nil {
		c.Fatalf("head: %v", err)
	}
	return head
}

func (c *city) reader() entities.Reader { return c.store.At(c.head()) }

// says checks what the head says of a thing at an instant, as [stateOf] writes it.
func (c *city) says(code entities.Code, at entities.Instant, want string) {
	c.Helper()
	c.saysAt(c.head(), code, at, want)
}

func (c *city) saysAt(rev entities.Revision, code entities.Code, at entities.Instant, want string) {
	c.Helper()
	e, err := c.store.At(rev).Get(c.ctx, code, at)
	if got := stateOf(&e, err); got != want {
		c.Errorf("%s at %s, known at revision %d: got %s, want %s", code, at, rev, got, want)
	}
}

// stateOf writes what a version says: class, attributes as JSON, shape as WKT; or
// why there is none.
func stateOf(e *entities.Entity, err error) string {
	for _, known := range []struct {
		err  error
		text string
	}{{entities.ErrErased, "erased"}, {entities.ErrNeverIssued, "never issued"}, {entities.ErrNotFound, "nothing"}} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	if err != nil {
		return "error " + err.Error()
	}
	var parts []string
	if e.Class != "" {
		parts = append(parts, e.Class)
	}
	parts = append(parts, string(e.Attrs.AppendJSON(nil)))
	if !e.Geometry.IsZero() {
		text := fmt.Sprintf("%x", e.Geometry.WKB())
		if shape, err := e.Geometry.Shape(); err == nil {
			if s, err := wkt.Marshal(shape); err == nil {
				text = s
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// failer is the part of a test that can fail.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// collect drains a sequence that must not fail.
func collect[T any](c failer, what string, seq iter.Seq2[T, error]) []T {
	c.Helper()
	var out []T
	for row, err := range seq {
		if err != nil {
			c.Fatalf("%s: %v", what, err)
		}
		out = append(out, row)
	}
	return out
}

// failure drains a sequence and returns the error that ends it.
func failure[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// usual fills in what a query of the tests leaves out: buildings, in 2020.
func usual(q entities.Query) entities.Query {
	if len(q.Kinds) == 0 {
		q.Kinds = []entities.Kind{entities.Building}
	}
	if q.Valid == (entities.Interval{}) {
		q.Valid = entities.During(year(2020))
	}
	return q
}

func (c *city) find(q entities.Query) []entities.Entity {
	c.Helper()
	q = usual(q)
	return collect(c, "find", c.reader().Find(c.ctx, q))
}

// finds checks which things a query finds, by their name; in the order of want
// where the query has one, else in order of code.
func (c *city) finds(q entities.Query, want ...string) {
	c.Helper()
	q = usual(q)
	found := c.find(q)
	var got []string
	for _, e := range found {
		got = append(got, e.Attrs.Get("name").Text())
	}
	if len(q.Order) == 0 {
		if !slices.IsSortedFunc(found, func(a, b entities.Entity) int { return cmp.Compare(a.Code, b.Code) }) {
			c.Errorf("find %s: not in order of code: %v", describeQuery(&q), found)
		}
		slices.Sort(got)
		want = slices.Sorted(slices.Values(want))
	}
	if !slices.Equal(got, want) {
		c.Errorf("find %s: got %v, want %v", describeQuery(&q), got, want)
	}
}

func (c *city) resolve(rev entities.Revision, k entities.Key, at entities.Instant) entities.Resolution {
	c.Helper()
	r, err := c.store.At(rev).Resolve(c.ctx, []entities.Key{k}, at)
	if err != nil || len(r) != 1 || r[0].Key != k {
		c.Fatalf("resolve %s: got %v and error %v, want one resolution of that key", k, r, err)
	}
	return r[0]
}

// names checks what a key names at an instant. Stale matches stand behind "was".
func (c *city) names(k entities.Key, at entities.Instant, want ...any) {
	c.Helper()
	c.namesAt(c.head(), k, at, want...)
}

func (c *city) namesAt(rev entities.Revision, k entities.Key, at entities.Instant, want ...any) {
	c.Helper()
	r := c.resolve(rev, k, at)
	var got []string
	if r.Stale {
		got = append(got, "was")
	}
	codes := make([]entities.Code, 0, len(r.Matches))
	for _, m := range r.Matches {
		codes = append(codes, m.Code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		got = append(got, code.String())
	}
	var wanted []string
	for _, w := range want {
		wanted = append(wanted, fmt.Sprint(w))
	}
	if !slices.Equal(got, wanted) {
		c.Errorf("resolve %s at %s, known at revision %d: got %v, want %v", k, at, rev, got, wanted)
	}
}

// linked checks the links of a thing in a role at an instant.
func (c *city) linked(code entities.Code, role string, at entities.Instant, want ...entities.Code) {
	c.Helper()
	var got []entities.Code
	for _, l := range collect(c, "links", c.reader().Links(c.ctx, entities.LinkQuery{
		Codes: []entities.Code{code}, Roles: []string{role}, Valid: entities.During(at),
	})) {
		got = append(got, l.To)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		c.Errorf("links of %s in role %s at %s: got %v, want %v", code, role, at, got, want)
	}
}

func (c *city) history(code entities.Code, t entities.Trail) []entities.Entity {
	c.Helper()
	return collect(c, "history", c.reader().History(c.ctx, entities.HistoryQuery{Codes: []entities.Code{code}, Trail: t}))
}

// rows writes versions as "from/to state", for comparison.
func rows(versions []entities.Entity) string {
	lines := make([]string, len(versions))
	for i := range versions {
		lines[i] = versions[i].Valid.String() + " " + stateOf(&versions[i], nil)
	}
	return strings.Join(lines, "; ")
}
