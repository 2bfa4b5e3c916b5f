package postgis

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// table says how stored rows of one table are read over recorded time. A place is
// where a row stands in the order: its code, then the others.
type table[T any] struct {
	inRange string // rows of a range of codes behind a place
	ofThese string // rows of codes, behind a place in the first
	changed string // codes that came or went
	lowest  []any  // place before all rows of a code, without the code
	place   func(*row) []any
	// read runs a statement and returns what it found. It calls seen for every
	// row, also for those that it leaves out.
	read func(ctx context.Context, c *conn, seen func(*row), text string, args []any) ([]T, error)
}

// trailQuery is the part of a query that the tables have in common.
type trailQuery struct {
	trail  entities.Trail
	ranges []codeRange     // in order
	codes  []entities.Code // in order, instead of ranges, where few
	few    bool
	args   []any // of the statements, before the revision
}

// walk reads rows of a table in order.
type walk[T any] struct {
	*reader
	table[T]
	trailQuery
	at []any // place of the last row that was read, nil at the beginning of a range
}

// codesAtOnce is how many things one statement looks up; each may give as many
// rows as a chunk has.
const codesAtOnce = 64

// walkTrail yields what a trail asks of a table.
func walkTrail[T any](ctx context.Context, r *reader, t table[T], q trailQuery, use func(*T) bool) error {
	if q.trail.After > 0 && q.trail.After >= r.rev {
		return r.read(ctx, func(*conn) error { return nil }) // nothing; but the revision must be known
	}
	if q.trail.After > 0 && !q.few {
		codes, listed, err := r.changed(ctx, t.changed, q.trail.After)
		if err != nil {
			return err
		}
		if listed {
			q.codes, q.few = slices.DeleteFunc(codes, func(code entities.Code) bool {
				return !slices.ContainsFunc(q.ranges, func(r codeRange) bool { return r.first <= code && code <= r.last })
			}), true
		}
	}
	q.args = append(slices.Clone(q.args), int64(r.rev), q.trail.Superseded, int64(q.trail.After))
	w := walk[T]{reader: r, table: t, trailQuery: q}
	next := w.ofRanges
	if q.few {
		next = w.ofCodes
	}
	return stream(ctx, use, func(size int) ([]T, bool, error) { return next(ctx, size) })
}

// changed returns the codes that came or went; false where they are too many.
func (r *reader) changed(ctx context.Context, text string, after entities.Revision) (codes []entities.Code, listed bool, err error) {
	most := r.store.limits.changed
	err = r.read(ctx, func(c *conn) error {
		codes, err = codesOf(ctx, c, text, int64(after), int64(r.rev), int64(most+1))
		return err
	})
	return codes, len(codes) <= most, err
}

// chunk runs a statement and says how many rows it had; at becomes the last.
func (w *walk[T]) chunk(ctx context.Context, text string, args []any) (found []T, n int, err error) {
	err = w.reader.read(ctx, func(c *conn) error {
		found, err = w.table.read(ctx, c, func(r *row) {
			n++
			w.at = w.place(r)
		}, text, args)
		return err
	})
	return found, n, err
}

// ofRanges reads the next size rows of the first range.
func (w *walk[T]) ofRanges(ctx context.Context, size int) ([]T, bool, error) {
	if w.at == nil {
		w.at = append([]any{int64(w.ranges[0].first)}, w.lowest...)
	}
	found, n, err := w.chunk(ctx, w.inRange, slices.Concat(w.at, []any{int64(w.ranges[0].last)}, w.args, []any{int64(size)}))
	if err == nil && n < size {
		w.ranges, w.at = w.ranges[1:], nil
	}
	return found, len(w.ranges) == 0, err
}

// ofCodes reads the next size rows of the first codes.
func (w *walk[T]) ofCodes(ctx context.Context, size int) ([]T, bool, error) {
	if len(w.codes) == 0 {
		return nil, true, w.reader.read(ctx, func(*conn) error { return nil })
	}
	now := w.codes[:min(codesAtOnce, len(w.codes))]
	within := w.lowest
	if w.at != nil {
		within = w.at[1:]
	}
	found, n, err := w.chunk(ctx, w.ofThese, slices.Concat([]any{plain(now)}, within, w.args, []any{int64(size)}))
	if err != nil {
		return nil, false, err
	}
	if n < size {
		w.codes, w.at = w.codes[len(now):], nil
	} else {
		last := entities.Code(w.at[0].(int64))
		w.codes = w.codes[slices.Index(w.codes, last):]
	}
	return found, len(w.codes) == 0, nil
}

// readRows is table.read for rows that need nothing else.
func readRows[T any](decode func(*row, entities.Revision) T, rev entities.Revision, keep func(*row) bool) func(context.Context, *conn, func(*row), string, []any) ([]T, error) {
	return func(ctx context.Context, c *conn, seen func(*row), text string, args []any) ([]T, error) {
		var found []T
		err := c.plan(ctx, func(r *row) error {
			seen(r)
			if keep(r) {
				found = append(found, decode(r, rev))
			}
			return nil
		}, text, args...)
		return found, err
	}
}

// History yields stored versions.
func (r *reader) History(ctx context.Context, q entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		query := trailQuery{trail: q.Trail, ranges: codeRanges(q.Kinds)}
		if len(q.Codes) > 0 {
			query.few = true
			query.codes = slices.DeleteFunc(sortedSet(q.Codes), func(code entities.Code) bool {
				return len(q.Kinds) > 0 && !slices.Contains(q.Kinds, code.Kind())
			})
		}
		err := walkTrail(ctx, r, r.versionTable(), query, func(e *entities.Entity) bool { return yield(*e, nil) })
		if err != nil {
			yield(entities.Entity{}, fmt.Errorf("history: %w", err))
		}
	}
}

func (r *reader) versionTable() table[entities.Entity] {
	return table[entities.Entity]{
		inRange: versionsTrailSQL, ofThese: versionsTrailOfSQL, changed: versionsChangedSQL,
		lowest: []any{int64(math.MinInt64), int64(0)},
		place: func(row *row) []any {
			return []any{row.int(versionCode), row.int(versionValidFrom), row.int(versionRevFrom)}
		},
		read: func(ctx context.Context, c *conn, seen func(*row), text string, args []any) ([]entities.Entity, error) {
			var found versions
			err := c.plan(ctx, func(row *row) error {
				seen(row)
				return found.add(c, row, r.rev)
			}, text, args...)
			if err != nil {
				return nil, err
			}
			err = r.store.giveOrigins(ctx, c, &found)
			return found.entities(), err
		},
	}
}

// Aliases yields the aliases of things.
func (r *reader) Aliases(ctx context.Context, q entities.AliasQuery) iter.Seq2[entities.Alias, error] {
	return func(yield func(entities.Alias, error) bool) {
		t := table[entities.Alias]{
			inRange: aliasesTrailSQL, ofThese: aliasesTrailOfSQL, changed: aliasesChangedSQL,
			lowest: []any{"", "", int64(math.MinInt64), int64(0)},
			place:  func(row *row) []any { return []any{row.int(1), row.text(6), row.text(7), row.int(2), row.int(0)} },
			read:   readRows(alias, r.rev, func(*row) bool { return true }),
		}
		err := walkTrail(ctx, r, t, nearEnds(q.Codes, q.Trail, q.Valid), func(a *entities.Alias) bool { return yield(*a, nil) })
		if err != nil {
			yield(entities.Alias{}, fmt.Errorf("aliases: %w", err))
		}
	}
}

// Links yields links.
func (r *reader) Links(ctx context.Context, q entities.LinkQuery) iter.Seq2[entities.Link, error] {
	return func(yield func(entities.Link, error) bool) {
		query := nearEnds(q.Codes, q.Trail, q.Valid)
		err := walkTrail(ctx, r, r.linkTable(&q), query, func(l *entities.Link) bool { return yield(*l, nil) })
		if err != nil {
			yield(entities.Link{}, fmt.Errorf("links: %w", err))
		}
	}
}

func (r *reader) linkTable(q *entities.LinkQuery) table[entities.Link] {
	t := table[entities.Link]{
		inRange: linksTrailSQL, ofThese: linksTrailOfSQL, changed: linksChangedSQL,
		lowest: []any{"", int64(0), int64(math.MinInt64), int64(0)},
	}
	near, far := 1, 2
	if q.Reverse {
		near, far = far, near
		t.inRange, t.ofThese, t.changed = linksToTrailSQL, linksToTrailOfSQL, linksToChangedSQL
	}
	t.place = func(row *row) []any {
		return []any{row.int(near), row.text(7), row.int(far), row.int(3), row.int(0)}
	}
	t.read = readRows(link, r.rev, func(row *row) bool {
		return (len(q.Roles) == 0 || slices.Contains(q.Roles, row.text(7))) &&
			(len(q.Kinds) == 0 || slices.Contains(q.Kinds, entities.Code(row.int(far)).Kind()))
	})
	return t
}

// nearEnds is the common part of queries for what things have.
func nearEnds(codes []entities.Code, trail entities.Trail, valid entities.Interval) trailQuery {
	if valid == (entities.Interval{}) {
		valid = entities.Always
	}
	q := trailQuery{trail: trail, ranges: codeRanges(nil), args: []any{int64(valid.From), int64(valid.To)}}
	if len(codes) > 0 {
		q.codes, q.few = sortedSet(codes), true
	}
	return q
}
