package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/chengma/chengma/entities"
)

// Reading is what one revision knows of a layer's things: an
// [entities.Features] for the layer's kind. Things of other kinds are not in it.
type Reading struct {
	view *View
	rev  entities.Revision
	// live, where set, gives the view to each call instead.
	live *Live
}

var _ entities.Features = (*Reading)(nil)

// open begins a call.
func (r *Reading) open(ctx context.Context) (*View, func(*error), error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	v := r.view
	if r.live != nil {
		v = r.live.view.Load()
	}
	if r.rev < 0 || r.rev > v.revision {
		return nil, nil, fmt.Errorf("%w: %d; layer %s is at %d", entities.ErrUnknownRevision, r.rev, v.layer.Name, v.revision)
	}
	leave, err := v.base.enter()
	if err != nil && r.live != nil && r.live.view.Load() != v {
		return r.open(ctx) // the base was replaced between the two
	}
	return v, leave, err
}

// Get implements [entities.Features]. Of a code without any version a file does
// not know whether it was issued or erased: it says ErrNeverIssued. A [Live]
// layer asks its store.
func (r *Reading) Get(ctx context.Context, code entities.Code, at entities.Instant) (e entities.Entity, err error) {
	v, leave, err := r.open(ctx)
	if err != nil {
		return e, err
	}
	defer leave(&err)
	known := false
	for _, t := range v.tables {
		for i, last := t.versionsOf(code); i < last; i++ {
			s, ok := t.versionSpan(i)
			if !ok || s.recorded.From > r.rev {
				continue
			}
			known = true
			if s.valid.Contains(at) && s.recorded.Contains(r.rev) {
				return t.entity(i, asKnown(s, r.rev))
			}
		}
	}
	return e, fmt.Errorf("%s at %s: %w", code, at, v.missing(ctx, r.rev, code, known))
}

// missing says why there is no version: known tells that there once was one.
func (v *View) missing(ctx context.Context, rev entities.Revision, code entities.Code, known bool) error {
	if v.status != nil {
		return v.status(ctx, rev, code)
	}
	if known || code.Kind() != v.layer.Kind {
		return entities.ErrNotFound
	}
	return entities.ErrNeverIssued
}

// asKnown hides that a row is closed later.
func asKnown(s span, rev entities.Revision) span {
	if s.recorded.To > rev {
		s.recorded.To = entities.Open
	}
	return s
}

// found is a version in one of the tables.
type found struct {
	table   *table
	version int
	span
}

// cursor walks over the things of all tables in order of code.
type cursor struct {
	tables []*table
	next   []int
	found  []found
}

func (v *View) cursor(after entities.Code) *cursor {
	c := &cursor{tables: v.tables, next: make([]int, len(v.tables))}
	for i, t := range c.tables {
		c.next[i] = sort.Search(len(t.vCode), func(k int) bool { return t.vCode[k] > uint64(after) })
	}
	return c
}

// advance goes to the next thing and collects its versions; false at the end.
func (c *cursor) advance() (entities.Code, bool) {
	const none = ^uint64(0)
	code := none
	for i, t := range c.tables {
		if k := c.next[i]; k < len(t.vCode) {
			code = min(code, t.vCode[k])
		}
	}
	if code == none {
		return 0, false
	}
	c.found = c.found[:0]
	for i, t := range c.tables {
		for ; c.next[i] < len(t.vCode) && t.vCode[c.next[i]] == code; c.next[i]++ {
			c.collect(t, c.next[i])
		}
	}
	return entities.Code(code), true
}

// seek collects the versions of one thing.
func (c *cursor) seek(code entities.Code) {
	c.found = c.found[:0]
	for _, t := range c.tables {
		for i, last := t.versionsOf(code); i < last; i++ {
			c.collect(t, i)
		}
	}
}

func (c *cursor) collect(t *table, version int) {
	if s, ok := t.versionSpan(version); ok {
		c.found = append(c.found, found{t, version, s})
	}
}

// chunk is how many versions are decoded between two looks at the context, and
// yielded without holding the file.
const chunk = 256

// History implements [entities.Features].
func (r *Reading) History(ctx context.Context, q entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		after := entities.Code(0)
		for done := false; !done; {
			var batch []entities.Entity
			var err error
			batch, after, done, err = r.historyChunk(ctx, &q, after)
			if !give(ctx, batch, err, yield) {
				return
			}
		}
	}
}

// give yields a batch, and what ended it; it reports whether to go on.
func give(ctx context.Context, batch []entities.Entity, err error, yield func(entities.Entity, error) bool) bool {
	for _, e := range batch {
		if ctx.Err() != nil {
			yield(entities.Entity{}, ctx.Err())
			return false
		}
		if !yield(e, nil) {
			return false
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		yield(entities.Entity{}, err)
	}
	return err == nil
}

func (r *Reading) historyChunk(ctx context.Context, q *entities.HistoryQuery, after entities.Code) (batch []entities.Entity, last entities.Code, done bool, err error) {
	v, leave, err := r.open(ctx)
	if err != nil {
		return nil, after, true, err
	}
	defer leave(&err)
	next := v.codes(q.Kinds, q.Codes, after)
	for len(batch) < chunk {
		code, c, ok := next()
		if !ok {
			return batch, after, true, nil
		}
		after = code
		slices.SortFunc(c.found, func(a, b found) int {
			return cmp.Or(cmp.Compare(a.valid.From, b.valid.From), cmp.Compare(a.recorded.From, b.recorded.From))
		})
		for _, f := range c.found {
			if !inTrail(f.recorded, q.Trail, r.rev) {
				continue
			}
			e, err := f.table.entity(f.version, asKnown(f.span, r.rev))
			if err != nil {
				return batch, after, true, err
			}
			batch = append(batch, e)
		}
	}
	return batch, after, false, nil
}

func inTrail(s entities.Span, t entities.Trail, rev entities.Revision) bool {
	if s.From > rev || !t.Superseded && !s.Contains(rev) {
		return false
	}
	return s.From > t.After || s.To <= rev && s.To > t.After
}

// codes returns a function that goes over the things asked for, behind after, in
// order of code; the cursor holds the versions of each.
func (v *View) codes(kinds []entities.Kind, codes []entities.Code, after entities.Code) func() (entities.Code, *cursor, bool) {
	c := v.cursor(after)
	if len(kinds) > 0 && !slices.Contains(kinds, v.layer.Kind) {
		return func() (entities.Code, *cursor, bool) { return 0, c, false }
	}
	if len(codes) == 0 {
		return func() (entities.Code, *cursor, bool) {
			code, ok := c.advance()
			return code, c, ok
		}
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(codes)))
	i, behind := slices.BinarySearch(sorted, after)
	if behind {
		i++
	}
	return func() (entities.Code, *cursor, bool) {
		if i >= len(sorted) {
			return 0, c, false
		}
		c.seek(sorted[i])
		i++
		return sorted[i-1], c, true
	}
}

// Find implements [entities.Features]. A file knows no links: a query for them
// ([entities.Query.Linked]) is ErrInvalidQuery, but for a [Live] layer, which
// asks its store.
func (r *Reading) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		if q.Linked != nil && r.live != nil {
			r.live.findLinked(ctx, r.rev, q)(yield)
			return
		}
		f, err := r.finder(ctx, &q)
		if err != nil {
			yield(entities.Entity{}, err)
			return
		}
		for !f.done {
			batch, err := f.chunk(ctx)
			if !give(ctx, batch, err, yield) {
				return
			}
		}
	}
}

// finder answers a query piece by piece.
type finder struct {
	*Reading
	*matcher
	codes []entities.Code // candidates, where narrowed
	after entities.Code
	left  int // of the limit, -1 for none
	done  bool
}

func (r *Reading) finder(ctx context.Context, q *entities.Query) (f *finder, err error) {
	if len(q.Kinds) == 0 {
		return nil, fmt.Errorf("%w: no kinds", entities.ErrInvalidQuery)
	}
	if q.Valid.Empty() {
		return nil, fmt.Errorf("%w: valid time %s: %w", entities.ErrInvalidQuery, q.Valid, entities.ErrEmptyInterval)
	}
	if q.Limit < 0 {
		return nil, fmt.Errorf("%w: limit %d is negative", entities.ErrInvalidQuery, q.Limit)
	}
	if err := checkOrder(q); err != nil {
		return nil, err
	}
	m, err := newMatcher(q)
	if err != nil {
		return nil, err
	}
	f = &finder{Reading: r, matcher: m, codes: q.Codes, left: -1}
	if q.Limit > 0 {
		f.left = q.Limit
	}
	if q.After != nil && len(q.Order) == 0 {
		f.after = q.After.Code
	}
	v, leave, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer leave(&err)
	if limits, ok := m.bounds(); ok && len(q.Codes) == 0 && m.some {
		f.codes = v.codesIn(limits)
		m.some = len(f.codes) > 0
	}
	f.done = !m.some
	return f, nil
}

// codesIn returns the things with a version, at any time, near the boxes.
func (v *View) codesIn(boxes []entities.Box) []entities.Code {
	var codes []entities.Code
	for _, b := range boxes {
		w := touches(b)
		for _, t := range v.tables {
			t.search(&w, func(row int) bool {
				if t.rVersion[row] != noVersion {
					codes = append(codes, entities.Code(t.rCode[row]))
				}
				return true
			})
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// chunk returns the next matches. Where the query has an order that is all.
func (f *finder) chunk(ctx context.Context) (batch []entities.Entity, err error) {
	v, leave, err := f.open(ctx)
	if err != nil {
		f.done = true
		return nil, err
	}
	defer leave(&err)
	ordered := len(f.query.Order) > 0
	next := v.codes(f.query.Kinds, f.codes, f.after)
	for seen := 1; ordered || len(batch) < chunk && seen%(16*chunk) != 0; seen++ {
		if ordered && seen%(16*chunk) == 0 && ctx.Err() != nil {
			f.done = true
			return nil, ctx.Err()
		}
		code, c, ok := next()
		if !ok {
			f.done = true
			break
		}
		f.after = code
		e, err := f.latest(c)
		if errors.Is(err, errNone) {
			continue
		}
		if err != nil {
			f.done = true
			return batch, err
		}
		batch = append(batch, e)
		if !ordered && len(batch) == f.left {
			f.done = true
			break
		}
	}
	if ordered {
		return f.sorted(batch), nil
	}
	if f.left > 0 {
		f.left -= len(batch)
	}
	return batch, nil
}

var errNone = errors.New("no version matches")

// latest returns the version to be answered, of those that the cursor holds.
func (f *finder) latest(c *cursor) (entities.Entity, error) {
	best := -1
	for i, v := range c.found {
		if v.recorded.Contains(f.rev) && v.valid.Overlaps(f.query.Valid) && (best < 0 || v.valid.From > c.found[best].valid.From) {
			best = i
		}
	}
	if best < 0 {
		return entities.Entity{}, errNone
	}
	v := c.found[best]
	e, err := v.table.entity(v.version, asKnown(v.span, f.rev))
	if err != nil {
		return e, err
	}
	ok, err := f.match(&e)
	if err == nil && !ok {
		err = errNone
	}
	return e, err
}

// sorted brings matches into the query's order and cuts them.
func (f *finder) sorted(all []entities.Entity) []entities.Entity {
	slices.SortFunc(all, func(a, b entities.Entity) int { return order(f.query, &a, &b) })
	if f.query.After != nil {
		all = slices.DeleteFunc(all, func(e entities.Entity) bool {
			p := f.query.PositionOf(&e)
			return comparePositions(f.query, &p, f.query.After) <= 0
		})
	}
	if f.left >= 0 && len(all) > f.left {
		all = all[:f.left]
	}
	return all
}
