package sqlite

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/chengma/chengma/entities"
)

// Aliases yields the aliases of things.
func (r *reader) Aliases(ctx context.Context, q entities.AliasQuery) iter.Seq2[entities.Alias, error] {
	return func(yield func(entities.Alias, error) bool) {
		valid := orAlways(q.Valid)
		query := nearEnds(q.Codes, q.Trail, valid)
		t := table[entities.Alias]{
			trail: aliasesTrailSQL, changed: aliasesChangedSQL, byID: aliasByIDSQL,
			lowest: []any{"", "", int64(math.MinInt64), int64(0)},
			place:  func(row *rows) []any { return []any{row.int(1), row.text(6), row.text(7), row.int(2), row.int(0)} },
			keep:   func(row *rows) bool { return overlaps(row, 2, valid) },
			decode: func(_ *conn, row *rows) (entities.Alias, error) { return alias(row, r.rev), nil },
		}
		err := walkTrail(ctx, r, t, query, func(a *entities.Alias) bool { return yield(*a, nil) })
		if err != nil {
			yield(entities.Alias{}, fmt.Errorf("aliases: %w", err))
		}
	}
}

// nearEnds is the common part of queries for what things have.
func nearEnds(codes []entities.Code, trail entities.Trail, valid entities.Interval) trailQuery {
	q := trailQuery{trail: trail, ranges: codeRanges(nil), args: []any{int64(valid.From), int64(valid.To)}}
	if len(codes) > 0 {
		q.ranges, q.few = singles(sortedSet(codes)), true
	}
	return q
}

func orAlways(valid entities.Interval) entities.Interval {
	if valid == (entities.Interval{}) {
		return entities.Always
	}
	return valid
}

// overlaps tests the valid time of a row, which begins in column from.
func overlaps(row *rows, from int, valid entities.Interval) bool {
	return row.int(from) < int64(valid.To) && row.int(from+1) > int64(valid.From)
}
