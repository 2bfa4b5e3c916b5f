package sqlite

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// History yields stored versions.
func (r *reader) History(ctx context.Context, q entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		query := trailQuery{trail: q.Trail, ranges: codeRanges(q.Kinds)}
		if len(q.Codes) > 0 {
			codes := slices.DeleteFunc(sortedSet(q.Codes), func(code entities.Code) bool {
				return len(q.Kinds) > 0 && !slices.Contains(q.Kinds, code.Kind())
			})
			query.ranges, query.few = singles(codes), true
		}
		err := walkTrail(ctx, r, r.versions(), query, func(e *entities.Entity) bool { return yield(*e, nil) })
		if err != nil {
			yield(entities.Entity{}, fmt.Errorf("history: %w", err))
		}
	}
}

func (r *reader) versions() table[entities.Entity] {
	return table[entities.Entity]{
		trail: versionsTrailSQL, changed: versionsChangedSQL, byID: versionByIDSQL,
		lowest: []any{int64(math.MinInt64), int64(0)},
		place: func(row *rows) []any {
			return []any{row.int(versionCode), row.int(versionValidFrom), row.int(versionRevFrom)}
		},
		keep:   func(*rows) bool { return true },
		decode: func(c *conn, row *rows) (entities.Entity, error) { return r.store.version(c, row, r.rev) },
	}
}

// singles returns sorted codes as ranges.
func singles(codes []entities.Code) []codeRange {
	ranges := make([]codeRange, len(codes))
	for i, code := range codes {
		ranges[i] = codeRange{code, code}
	}
	return ranges
}
