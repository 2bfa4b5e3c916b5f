package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/chengma/chengma/entities"
)

// head follows the revisions of a store, so that a request need not ask for the
// newest one, and so that one can wait for a revision.
type head struct {
	store  entities.Store
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	rev     entities.Revision
	changed chan struct{} // closed and replaced when rev grows
	times   map[entities.Revision]time.Time
}

const (
	retryWatch = time.Second // after the store was lost
	mostTimes  = 100_000     // revision times kept; they never change
)

func follow(ctx context.Context, store entities.Store, log *slog.Logger) (*head, error) {
	rev, err := store.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("api: head of the store: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	h := &head{
		store: store, log: log, cancel: cancel, done: make(chan struct{}),
		rev: rev, changed: make(chan struct{}), times: map[entities.Revision]time.Time{},
	}
	go h.run(ctx)
	return h, nil
}

func (h *head) stop() {
	h.cancel()
	<-h.done
}

func (h *head) run(ctx context.Context) {
	defer close(h.done)
	for ctx.Err() == nil {
		for published, err := range h.store.Watch(ctx, h.current()) {
			if err != nil {
				if ctx.Err() == nil && !errors.Is(err, entities.ErrClosed) {
					h.log.Warn("following the store failed; trying again", "error", err)
				}
				break
			}
			h.seen(published.Revision)
			h.remember(published.Revision, published.Time)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryWatch):
		}
	}
}

// current is the newest revision seen.
func (h *head) current() entities.Revision {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rev
}

func (h *head) seen(rev entities.Revision) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if rev > h.rev {
		h.rev = rev
		close(h.changed)
		h.changed = make(chan struct{})
	}
}

// wait returns nil when rev is published, ErrUnknownRevision when it is not
// after the time given.
func (h *head) wait(ctx context.Context, rev entities.Revision, patience time.Duration) error {
	if rev <= h.current() {
		return nil
	}
	now, err := h.store.Head(ctx) // the follower may be behind by a moment
	if err != nil {
		return fmt.Errorf("head of the store: %w", err)
	}
	h.seen(now)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		h.mu.Lock()
		reached, changed := rev <= h.rev, h.changed
		h.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("revision %d: %w", rev, entities.ErrUnknownRevision)
		case <-changed:
		}
	}
}

func (h *head) remember(rev entities.Revision, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.times) < mostTimes {
		h.times[rev] = t
	}
}

// timeOf returns when a revision was published.
func (h *head) timeOf(ctx context.Context, rev entities.Revision) (time.Time, error) {
	h.mu.Lock()
	t, ok := h.times[rev]
	h.mu.Unlock()
	if ok {
		return t, nil
	}
	published, err := h.store.Published(ctx, rev)
	if err != nil {
		return time.Time{}, fmt.Errorf("revision %d: %w", rev, err)
	}
	h.remember(rev, published.Time)
	return published.Time, nil
}
