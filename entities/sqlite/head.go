package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chengma/chengma/entities"
)

// Head returns the newest published revision.
func (s *Store) Head(ctx context.Context) (entities.Revision, error) {
	var head entities.Revision
	err := s.read(ctx, func(c *conn) error {
		var err error
		head, err = s.readHead(c)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("head: %w", err)
	}
	return head, nil
}

// readHead asks the file for its head, and remembers it.
func (s *Store) readHead(c *conn) (entities.Revision, error) {
	r, err := c.row(headSQL)
	if err != nil || r == nil {
		return 0, err
	}
	head := r.int(0)
	s.advance(head)
	return entities.Revision(head), nil
}

// advance remembers a head; older news changes nothing.
func (s *Store) advance(head int64) {
	for {
		known := s.head.Load()
		if head <= known {
			return
		}
		if s.head.CompareAndSwap(known, head) {
			s.wake.ring()
			return
		}
	}
}

// RevisionAt returns the newest revision published at or before t.
func (s *Store) RevisionAt(ctx context.Context, t time.Time) (entities.Revision, error) {
	var rev entities.Revision
	err := s.read(ctx, func(c *conn) error {
		r, err := c.row(revisionAtSQL, int64(entities.InstantOf(t)))
		if err != nil {
			return err
		}
		rev = entities.Revision(r.int(0))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("revision at %s: %w", t.UTC().Format(time.RFC3339Nano), err)
	}
	return rev, nil
}

// Published returns what is known of one revision.
func (s *Store) Published(ctx context.Context, rev entities.Revision) (entities.Published, error) {
	var p entities.Published
	err := s.read(ctx, func(c *conn) error {
		r, err := c.row(revisionSQL, int64(rev))
		if err != nil {
			return err
		}
		if r == nil {
			return entities.ErrUnknownRevision
		}
		p, err = published(r)
		return err
	})
	if err != nil {
		return entities.Published{}, fmt.Errorf("revision %d: %w", rev, err)
	}
	return p, nil
}

func published(r *rows) (entities.Published, error) {
	p := entities.Published{
		Revision: entities.Revision(r.int(0)),
		Time:     entities.Instant(r.int(1)).Time(),
		Key:      r.text(2),
		Source:   r.text(3),
		Note:     r.text(4),
		Counts: entities.Counts{
			Acts: int(r.int(6)), Created: int(r.int(7)), Updated: int(r.int(8)),
			Unchanged: int(r.int(9)), Minted: int(r.int(10)), Refused: int(r.int(11)),
		},
		Envelope: entities.NoBox,
	}
	if !r.null(12) {
		p.Envelope = entities.Box{West: r.float(12), South: r.float(13), East: r.float(14), North: r.float(15)}
	}
	kinds, err := numbers[entities.Kind](r.text(5))
	if err != nil {
		return p, err
	}
	p.Kinds = kinds
	p.Erased, err = numbers[entities.Code](r.text(16))
	return p, err
}

// numbers decodes a JSON array of numbers; nil where it is empty.
func numbers[T ~uint8 | ~uint64](text string) ([]T, error) {
	var wide []uint64
	if err := json.Unmarshal([]byte(text), &wide); err != nil {
		return nil, fmt.Errorf("array of numbers %q: %w", text, err)
	}
	var out []T
	for _, n := range wide {
		out = append(out, T(n))
	}
	return out, nil
}
