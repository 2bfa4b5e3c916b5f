package postgis

import (
	"context"
	"fmt"
	"time"

	"github.com/chengma/chengma/entities"
)

// Head returns the newest published revision.
func (s *Store) Head(ctx context.Context) (entities.Revision, error) {
	var head headRow
	err := s.read(ctx, func(c *conn) error {
		var err error
		head, err = s.readHead(ctx, c)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("head: %w", err)
	}
	return head.rev, nil
}

// headRow is what the next revision goes on from.
type headRow struct {
	rev  entities.Revision
	time entities.Instant
}

// readHead asks the database for its head, and remembers it.
func (s *Store) readHead(ctx context.Context, c *conn) (headRow, error) {
	r, err := c.row(ctx, headSQL)
	if err != nil || r == nil {
		return headRow{}, err
	}
	head := headRow{rev: entities.Revision(r.int(0)), time: entities.Instant(r.int(1))}
	s.advance(head.rev)
	return head, nil
}

// advance remembers a head; older news changes nothing.
func (s *Store) advance(rev entities.Revision) {
	for {
		known := s.head.Load()
		if int64(rev) <= known {
			return
		}
		if s.head.CompareAndSwap(known, int64(rev)) {
			s.wake.ring()
			return
		}
	}
}

// RevisionAt returns the newest revision published at or before t.
func (s *Store) RevisionAt(ctx context.Context, t time.Time) (entities.Revision, error) {
	var rev entities.Revision
	err := s.read(ctx, func(c *conn) error {
		r, err := c.row(ctx, revisionAtSQL, int64(entities.InstantOf(t)))
		if err != nil {
			return err
		}
		rev = entities.Revision(r.int(0))
		s.advance(rev)
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
		r, err := c.row(ctx, revisionSQL, int64(rev))
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

func published(r *row) (entities.Published, error) {
	p := entities.Published{
		Revision: entities.Revision(r.int(0)),
		Time:     entities.Instant(r.int(1)).Time(),
		Key:      r.text(2),
		Source:   r.text(3),
		Note:     r.text(4),
		Counts: entities.Counts{
			Acts: int(r.int(5)), Created: int(r.int(6)), Updated: int(r.int(7)),
			Unchanged: int(r.int(8)), Minted: int(r.int(9)), Refused: int(r.int(10)),
		},
		Envelope: entities.NoBox,
	}
	if !r.null(11) {
		p.Envelope = entities.Box{West: r.float(11), South: r.float(12), East: r.float(13), North: r.float(14)}
	}
	kinds, err := r.ints(15)
	if err != nil {
		return p, err
	}
	erased, err := r.ints(16)
	p.Kinds, p.Erased = typed[entities.Kind](kinds), typed[entities.Code](erased)
	return p, err
}

// typed returns numbers as what they are; nil where there are none.
func typed[T ~uint8 | ~uint64](numbers []int64) []T {
	var out []T
	for _, n := range numbers {
		out = append(out, T(n))
	}
	return out
}

// plain returns kinds or codes as numbers of the database.
func plain[T ~uint8 | ~uint64](items []T) []int64 {
	out := make([]int64, len(items))
	for i, item := range items {
		out[i] = int64(item)
	}
	return out
}
