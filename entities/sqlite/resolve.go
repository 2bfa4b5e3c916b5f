package sqlite

import (
	"context"
	"fmt"
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
				matches, stale := entities.Holders(known, at)
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
