package sqlite

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// keysAtOnce is how many keys are looked up before the connection is lent to
// somebody else.
const keysAtOnce = 512

// Resolve looks aliases up.
func (r *reader) Resolve(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
	out := make([]entities.Resolution, 0, len(keys))
	if len(keys) == 0 {
		return out, r.read(ctx, func(*conn) error { return nil })
	}
	for chunk := range slices.Chunk(keys, keysAtOnce) {
		err := r.read(ctx, func(c *conn) error {
			for _, key := range chunk {
				known, err := r.aliasesOf(c, key)
				if err != nil {
					return err
				}
				matches, stale := holders(known, at)
				out = append(out, entities.Resolution{Key: key, Matches: matches, Stale: stale})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("resolve: %w", err)
		}
	}
	return out, nil
}

// aliasesOf returns the aliases of a key that the revision knows, in order of
// code.
func (r *reader) aliasesOf(c *conn, key entities.Key) ([]entities.Alias, error) {
	rows, err := c.query(context.Background(), aliasesOfKeySQL, key.Scheme, key.Value, int64(r.rev))
	if err != nil {
		return nil, err
	}
	var known []entities.Alias
	for rows.next() {
		known = append(known, alias(rows, r.rev))
	}
	return known, rows.close()
}

// holders returns the aliases that hold at an instant, else those that held last
// before it, else those that hold first after it; one a code.
func holders(known []entities.Alias, at entities.Instant) (matches []entities.Alias, stale bool) {
	last, first := int64(math.MinInt64), int64(math.MaxInt64)
	holds := false
	for i := range known {
		switch valid := known[i].Valid; {
		case valid.Contains(at):
			holds = true
		case valid.To <= at:
			last = max(last, int64(valid.To))
		default:
			first = min(first, int64(valid.From))
		}
	}
	for _, a := range known {
		fits := a.Valid.Contains(at)
		if !holds {
			fits = int64(a.Valid.To) == last
			if last == math.MinInt64 {
				fits = int64(a.Valid.From) == first
			}
		}
		if n := len(matches); fits && (n == 0 || matches[n-1].Code != a.Code) {
			matches = append(matches, a)
		}
	}
	return matches, len(matches) > 0 && !holds
}
