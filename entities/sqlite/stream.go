package sqlite

import (
	"context"
	"slices"

	"github.com/chengma/chengma/entities"
)

// stream yields chunks until there are no more, and returns nil also when the
// consumer has stopped. next gives about as many elements as it is asked for,
// and holds no connection when it returns.
func stream[T any](ctx context.Context, use func(*T) bool, next func(size int) (found []T, done bool, err error)) error {
	for size := firstChunk; ; size = min(2*size, mostChunk) {
		found, done, err := next(size)
		if err != nil {
			return err
		}
		for i := range found {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !use(&found[i]) {
				return nil
			}
		}
		if done {
			return ctx.Err()
		}
	}
}

// table says how stored rows of one table are read over recorded time.
type table[T any] struct {
	trail   string // rows of a range of codes behind a place
	changed string // IDs of rows that came or went
	byID    string
	lowest  []any // place before all rows of a code, without the code
	place   func(*rows) []any
	keep    func(*rows) bool // what no statement asks
	decode  func(*conn, *rows) (T, error)
}

// walk reads rows of a table in order.
type walk[T any] struct {
	*reader
	table[T]
	args   []any // of trail, between the last code and the size
	ranges []codeRange
	at     []any // place of the last row read
	ids    []int64
}

// walkTrail yields what a trail asks of a table. Codes are given, or nil for all
// of ranges.
func walkTrail[T any](ctx context.Context, r *reader, t table[T], q trailQuery, use func(*T) bool) error {
	if q.trail.After > 0 && q.trail.After >= r.rev {
		return r.read(ctx, func(*conn) error { return nil }) // nothing; but the revision must be known
	}
	w := walk[T]{reader: r, table: t, ranges: q.ranges}
	if q.trail.After > 0 && !q.few {
		listed, err := w.list(ctx, q.trail)
		if err != nil {
			return err
		}
		if listed {
			return stream(ctx, use, func(size int) ([]T, bool, error) { return w.listedRows(ctx, size) })
		}
	}
	w.args = append(slices.Clone(q.args), int64(r.rev), truth(q.trail.Superseded), int64(q.trail.After))
	return stream(ctx, use, func(size int) ([]T, bool, error) { return w.rows(ctx, size) })
}

// trailQuery is the part of a query that the tables have in common.
type trailQuery struct {
	trail  entities.Trail
	ranges []codeRange // in order
	few    bool        // the ranges are single codes
	args   []any       // of the statement, between the last code and the revision
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// list finds the IDs of rows that came or went, in order; false where they are
// too many.
func (w *walk[T]) list(ctx context.Context, trail entities.Trail) (bool, error) {
	err := w.read(ctx, func(c *conn) error {
		rows, err := c.query(ctx, w.changed, int64(trail.After), int64(w.rev), truth(trail.Superseded), int64(w.store.limits.changed+1))
		if err != nil {
			return err
		}
		for rows.next() {
			w.ids = append(w.ids, rows.int(0))
		}
		return rows.close()
	})
	return len(w.ids) <= w.store.limits.changed, err
}

// listedRows reads rows by ID. One that was erased since is left out.
func (w *walk[T]) listedRows(ctx context.Context, size int) ([]T, bool, error) {
	now := w.ids[:min(size, len(w.ids))]
	w.ids = w.ids[len(now):]
	found := make([]T, 0, len(now))
	err := w.read(ctx, func(c *conn) error {
		for _, id := range now {
			row, err := c.row(w.byID, id)
			if err != nil {
				return err
			}
			if row == nil || !w.inRanges(row) {
				continue
			}
			if found, err = w.add(c, row, found); err != nil {
				return err
			}
		}
		return nil
	})
	return found, len(w.ids) == 0, err
}

func (w *walk[T]) inRanges(row *rows) bool {
	code := entities.Code(w.place(row)[0].(int64))
	return slices.ContainsFunc(w.ranges, func(r codeRange) bool { return r.first <= code && code <= r.last })
}

func (w *walk[T]) add(c *conn, row *rows, found []T) ([]T, error) {
	if !w.keep(row) {
		return found, nil
	}
	decoded, err := w.decode(c, row)
	return append(found, decoded), err
}

// rows reads the next size rows of the ranges.
func (w *walk[T]) rows(ctx context.Context, size int) ([]T, bool, error) {
	var found []T
	err := w.read(ctx, func(c *conn) error {
		for size > 0 && len(w.ranges) > 0 {
			if w.at == nil {
				w.at = append([]any{int64(w.ranges[0].first)}, w.lowest...)
			}
			n, err := w.chunk(ctx, c, size, &found)
			if err != nil {
				return err
			}
			if n < size {
				w.ranges, w.at = w.ranges[1:], nil
			}
			size -= max(n, 1) // an empty range is work too
		}
		return nil
	})
	return found, len(w.ranges) == 0, err
}

func (w *walk[T]) chunk(ctx context.Context, c *conn, size int, found *[]T) (int, error) {
	args := slices.Concat(w.at, []any{int64(w.ranges[0].last)}, w.args, []any{int64(size)})
	rows, err := c.query(ctx, w.trail, args...)
	if err != nil {
		return 0, err
	}
	n := 0
	for rows.next() {
		n++
		w.at = w.place(rows)
		if *found, err = w.add(c, rows, *found); err != nil {
			_ = rows.close() // the first error is the one that says why
			return n, err
		}
	}
	return n, rows.close()
}
