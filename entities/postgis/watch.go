package postgis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

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
// table in their order, which is the order of commits, because each is written
// under the lock of its schema; being woken, by a notification, by this process
// or by the clock, only says when to look. An error of the database ends the
// sequence; the caller goes on behind the last revision that came.
func (s *Store) Watch(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
	return func(yield func(entities.Published, error) bool) {
		if s.life.Err() == nil {
			s.listen.Do(func() { s.workers.Go(s.listener) })
		}
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

// publishedAfter reads revisions, up to the first gap: whoever tampers with the
// table must not make a watcher skip what may still come.
func (s *Store) publishedAfter(ctx context.Context, after entities.Revision) ([]entities.Published, error) {
	var chunk []entities.Published
	err := s.read(ctx, func(c *conn) error {
		return c.query(ctx, func(r *row) error {
			p, err := published(r)
			if p.Revision == after+entities.Revision(len(chunk))+1 {
				chunk = append(chunk, p)
			}
			return err
		}, revisionsAfterSQL, int64(after), int64(watchChunk))
	})
	if n := len(chunk); n > 0 {
		s.advance(chunk[n-1].Revision)
	}
	return chunk, err
}

// listener hears of revisions that other processes publish, on a connection of
// its own, until the store ends. While it hears nothing, watchers poll.
func (s *Store) listener() {
	for s.life.Err() == nil {
		err := s.hear()
		if s.life.Err() != nil {
			return
		}
		var server *pgconn.PgError
		if errors.As(err, &server) && server.Code == "25006" {
			s.cfg.Logger.Info("a standby tells of no revisions; watchers poll", "every", s.cfg.PollInterval)
			return
		}
		s.cfg.Logger.Warn("not listening to the database; watchers poll", "every", s.cfg.PollInterval, "error", err)
		select {
		case <-time.After(s.cfg.PollInterval):
		case <-s.life.Done():
		}
	}
}

// hear listens until something fails.
func (s *Store) hear() error {
	cfg := s.pool.Config().ConnConfig
	// Nothing runs there that a server could break off.
	cfg.BuildContextWatcherHandler = func(raw *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: raw.Conn()}
	}
	c, err := pgx.ConnectConfig(s.life, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(s.life)) }() // nothing is lost with it
	if _, err := c.Exec(s.life, "LISTEN "+pgx.Identifier{s.channel}.Sanitize()); err != nil {
		return err
	}
	s.wake.ring() // for what was published before
	for {
		if _, err := c.WaitForNotification(s.life); err != nil {
			return err
		}
		s.wake.ring()
	}
}
