package sqlite

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/chengma/chengma/entities"
)

// broadcast wakes all that wait.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBroadcast() *broadcast { return &broadcast{ch: make(chan struct{})} }

// heard returns a channel that is closed at the next ring.
func (b *broadcast) heard() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ch
}

func (b *broadcast) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ch)
	b.ch = make(chan struct{})
}

// watchChunk is how many revisions are read at once.
const watchChunk = 128

// Watch yields every revision behind the given one. Revisions are read from the
// table in their order, which is the order of commits, because there is one
// writer; being woken only says when to look.
func (s *Store) Watch(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
	return func(yield func(entities.Published, error) bool) {
		poll := time.NewTicker(s.cfg.PollInterval)
		defer poll.Stop()
		for {
			heard := s.wake.heard() // before looking, so that nothing is missed
			chunk, err := s.publishedAfter(ctx, after)
			if err != nil {
				yield(entities.Published{}, fmt.Errorf("watch: %w", err))
				return
			}
			for _, p := range chunk {
				if !yield(p, nil) {
					return
				}
				after = p.Revision
			}
			if len(chunk) == watchChunk {
				continue
			}
			select {
			case <-heard:
			case <-poll.C:
			case <-s.life.Done():
				yield(entities.Published{}, fmt.Errorf("watch: %w", entities.ErrClosed))
				return
			case <-ctx.Done():
				yield(entities.Published{}, fmt.Errorf("watch: %w", ctx.Err()))
				return
			}
		}
	}
}

func (s *Store) publishedAfter(ctx context.Context, after entities.Revision) ([]entities.Published, error) {
	var chunk []entities.Published
	err := s.read(ctx, func(c *conn) error {
		rows, err := c.query(context.Background(), revisionsAfterSQL, int64(after), int64(watchChunk))
		if err != nil {
			return err
		}
		for rows.next() {
			p, err := published(rows)
			if err != nil {
				_ = rows.close() // the first error is the one that says why
				return err
			}
			chunk = append(chunk, p)
		}
		return rows.close()
	})
	if n := len(chunk); n > 0 {
		s.advance(int64(chunk[n-1].Revision))
	}
	return chunk, err
}
