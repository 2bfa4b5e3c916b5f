package postgis

import (
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// keysAtOnce is how many keys one statement looks up.
const keysAtOnce = 1024

// Resolve looks aliases up.
func (r *reader) Resolve(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
	out := make([]entities.Resolution, 0, len(keys))
	if len(keys) == 0 {
		return out, r.read(ctx, func(*conn) error { return nil })
	}
	for chunk := range slices.Chunk(keys, keysAtOnce) {
		known, err := r.aliasesOf(ctx, chunk)
		if err != nil {
			return nil, fmt.Errorf("resolve: %w", err)
		}
		for i, key := range chunk {
			matches, stale := entities.Holders(known[i], at)
			out = append(out, entities.Resolution{Key: key, Matches: matches, Stale: stale})
		}
	}
	return out, nil
}

// aliasesOf returns, for each key, the aliases that the revision knows, in order
// of code.
func (r *reader) aliasesOf(ctx context.Context, keys []entities.Key) ([][]entities.Alias, error) {
	known := make([][]entities.Alias, len(keys))
	if len(keys) == 1 {
		err := r.read(ctx, func(c *conn) error {
			return c.query(ctx, func(row *row) error {
				known[0] = append(known[0], alias(row, r.rev))
				return nil
			}, aliasesOfKeySQL, keys[0].Scheme, keys[0].Value, int64(r.rev))
		})
		return known, err
	}
	schemes, values := make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		schemes[i], values[i] = key.Scheme, key.Value
	}
	err := r.read(ctx, func(c *conn) error {
		return c.query(ctx, func(row *row) error {
			i := row.int(10) - 1
			known[i] = append(known[i], alias(row, r.rev))
			return nil
		}, aliasesOfKeysSQL, schemes, values, int64(r.rev))
	})
	return known, err
}
