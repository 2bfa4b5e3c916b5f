package postgis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// reader reads as one revision knows.
type reader struct {
	store *Store
	rev   entities.Revision
}

var _ entities.Reader = (*reader)(nil)

// At returns a reader pinned to a revision.
func (s *Store) At(rev entities.Revision) entities.Reader { return &reader{store: s, rev: rev} }

// read lends a connection, once it is sure that the revision is published.
func (r *reader) read(ctx context.Context, use func(*conn) error) error {
	return r.store.read(ctx, func(c *conn) error {
		if err := r.store.known(ctx, c, r.rev); err != nil {
			return err
		}
		return use(c)
	})
}

// known fails where a revision is not published.
func (s *Store) known(ctx context.Context, c *conn, rev entities.Revision) error {
	if rev >= 0 && int64(rev) <= s.head.Load() {
		return nil
	}
	head, err := s.readHead(ctx, c)
	if err != nil {
		return err
	}
	if rev < 0 || rev > head.rev {
		return fmt.Errorf("%w: %d; the head is %d", entities.ErrUnknownRevision, rev, head.rev)
	}
	return nil
}

// Get returns the version of a thing that holds at an instant.
func (r *reader) Get(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
	var e entities.Entity
	err := r.read(ctx, func(c *conn) error {
		var found versions
		err := c.query(ctx, func(row *row) error { return found.add(c, row, r.rev) }, versionAtSQL, int64(code), int64(at), int64(r.rev))
		if err != nil {
			return err
		}
		if len(found.rows) == 0 {
			return r.missing(ctx, c, code)
		}
		err = r.store.giveOrigins(ctx, c, &found)
		e = found.rows[0].entity
		return err
	})
	if err != nil {
		return entities.Entity{}, fmt.Errorf("get %s: %w", code, err)
	}
	return e, nil
}

// missing says why there is no version of a thing.
func (r *reader) missing(ctx context.Context, c *conn, code entities.Code) error {
	erased, err := c.row(ctx, stateErasedSQL, int64(code))
	if err != nil {
		return err
	}
	if erased.truth(0) { // from every revision, also from those before
		return entities.ErrErased
	}
	issued, err := c.row(ctx, codeIssuedSQL, int64(code))
	if err != nil {
		return err
	}
	if issued == nil || issued.int(0) > int64(r.rev) {
		return entities.ErrNeverIssued
	}
	return entities.ErrNotFound
}

// codeRange is all codes from first to last.
type codeRange struct {
	first, last entities.Code
}

// every is the last of all codes.
const every = entities.Code(math.MaxInt64)

// codeRanges returns the ranges of codes of kinds, in order; all codes where no
// kind is given.
func codeRanges(kinds []entities.Kind) []codeRange {
	if len(kinds) == 0 {
		return []codeRange{{0, every}}
	}
	ranges := make([]codeRange, 0, len(kinds))
	for _, kind := range sortedSet(kinds) {
		first, last := kind.Codes()
		ranges = append(ranges, codeRange{first, last})
	}
	return ranges
}

// sortedSet returns items in order, each once, in a slice of its own.
func sortedSet[T cmp.Ordered](items []T) []T {
	items = slices.Clone(items)
	slices.Sort(items)
	return slices.Compact(items)
}

// Chunks of sequences, in elements. The first is small, for most callers want
// little.
const (
	firstChunk = 64
	mostChunk  = 2048
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
