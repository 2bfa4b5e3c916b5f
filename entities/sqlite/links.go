package sqlite

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// Links yields links.
func (r *reader) Links(ctx context.Context, q entities.LinkQuery) iter.Seq2[entities.Link, error] {
	return func(yield func(entities.Link, error) bool) {
		query := nearEnds(q.Codes, q.Trail, orAlways(q.Valid))
		err := walkTrail(ctx, r, r.links(&q), query, func(l *entities.Link) bool { return yield(*l, nil) })
		if err != nil {
			yield(entities.Link{}, fmt.Errorf("links: %w", err))
		}
	}
}

func (r *reader) links(q *entities.LinkQuery) table[entities.Link] {
	valid := orAlways(q.Valid)
	t := table[entities.Link]{
		trail: linksTrailSQL, changed: linksChangedSQL, byID: linkByIDSQL,
		lowest: []any{"", int64(0), int64(math.MinInt64), int64(0)},
		decode: func(_ *conn, row *rows) (entities.Link, error) { return link(row, r.rev), nil },
	}
	near, far := 1, 2
	if q.Reverse {
		near, far = far, near
		t.trail, t.changed = linksToTrailSQL, linksToChangedSQL
	}
	t.place = func(row *rows) []any {
		return []any{row.int(near), row.text(7), row.int(far), row.int(3), row.int(0)}
	}
	t.keep = func(row *rows) bool {
		return overlaps(row, 3, valid) &&
			(len(q.Roles) == 0 || slices.Contains(q.Roles, row.text(7))) &&
			(len(q.Kinds) == 0 || slices.Contains(q.Kinds, entities.Code(row.int(far)).Kind()))
	}
	return t
}
