package sqlite

import (
	"context"
	"fmt"
	"math"

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
		if err := r.store.known(c, r.rev); err != nil {
			return err
		}
		return use(c)
	})
}

// known fails where a revision is not published.
func (s *Store) known(c *conn, rev entities.Revision) error {
	if rev >= 0 && int64(rev) <= s.head.Load() {
		return nil
	}
	head, err := s.readHead(c)
	if err != nil {
		return err
	}
	if rev < 0 || rev > head {
		return fmt.Errorf("%w: %d; the head is %d", entities.ErrUnknownRevision, rev, head)
	}
	return nil
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

// codeRange is all codes from first to last.
type codeRange struct {
	first, last entities.Code
}
