package tiles

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chengma/chengma/entities"
)

// cacheKey is everything that a tile depends on but for the two times.
type cacheKey struct {
	what  string // layers, properties, mask
	id    ID
	epoch uint64 // of erasures
}

// cached are the versions of one tile, newest first. It never changes.
type cached struct {
	entries []*entry
}

// mostEntries is how many versions of one tile are kept: a slider that moves to
// and fro, a few known-at.
const mostEntries = 8

// entry is a tile over a rectangle of valid and recorded time.
type entry struct {
	*drawn
	// until is the newest revision that is known to have changed nothing, where
	// the rectangle has no end.
	until atomic.Int64
}

// entryOverhead is what an entry takes beside its body, roughly.
const entryOverhead = 256

func (c *cached) weight(k cacheKey) uint32 {
	n := uint32(len(k.what)) + entryOverhead
	for _, e := range c.entries {
		n += uint32(len(e.data)) + entryOverhead
	}
	return n
}

// key returns the cache's key of a plan.
func (p *plan) key() cacheKey {
	var b strings.Builder
	for i := range p.layers {
		b.WriteString(p.layers[i].name)
		b.WriteByte(',')
	}
	if p.Properties != nil {
		sorted := slices.Clone(p.Properties)
		slices.Sort(sorted)
		for _, name := range slices.Compact(sorted) {
			fmt.Fprintf(&b, "\x00%s", name)
		}
	}
	b.WriteString("\x00\x00")
	b.WriteString(p.Mask.Key)
	return cacheKey{what: b.String(), id: p.id, epoch: p.epoch}
}

// covers reports whether an entry answers a plan.
func (e *entry) covers(p *plan) bool {
	if !e.lasts.Valid.Contains(p.At) || !e.lasts.Recorded.Contains(p.Rev) {
		return false
	}
	if e.lasts.Recorded.To != entities.Open {
		return true
	}
	until := entities.Revision(e.until.Load())
	if p.Rev <= until {
		return true
	}
	for i := range p.layers {
		l := &p.layers[i]
		if l.Live.Touched(&l.window, until, p.Rev) {
			return false
		}
	}
	for {
		old := e.until.Load()
		if old >= int64(p.Rev) || e.until.CompareAndSwap(old, int64(p.Rev)) {
			return true
		}
	}
}

func (s *Server) lookup(k cacheKey, p *plan) *entry {
	if s.cache == nil {
		return nil
	}
	c, ok := s.cache.GetIfPresent(k)
	if !ok {
		return nil
	}
	for _, e := range c.entries {
		if e.covers(p) {
			return e
		}
	}
	return nil
}

// keep puts a new version of a tile in front of the others. An entry for the
// same instants that was the newest so far ends here or is not current any more;
// its rectangle tells, so it may stay.
func (s *Server) keep(k cacheKey, d *drawn, head entities.Revision) *entry {
	e := &entry{drawn: d}
	e.until.Store(int64(head))
	if s.cache == nil {
		return e
	}
	for {
		next := &cached{entries: []*entry{e}}
		old, ok := s.cache.GetIfPresent(k)
		if ok {
			next.entries = append(next.entries, old.entries[:min(len(old.entries), mostEntries-1)]...)
		}
		if !ok {
			if _, fresh := s.cache.SetIfAbsent(k, next); fresh {
				return e
			}
			continue
		}
		s.cache.Set(k, next)
		return e
	}
}

// Tile answers a request: from the cache where nothing has changed since, drawn
// otherwise. Of concurrent requests for one tile one draws; when all have left,
// drawing stops.
//
// Errors are [*UnknownError], [*RangeError], entities.ErrUnknownRevision, the
// context's, and what snapshots fail with.
func (s *Server) Tile(ctx context.Context, r Request) (Tile, error) {
	for {
		t, again, err := s.try(ctx, r)
		if !again || err != nil {
			return t, err
		}
	}
}

// try answers a request, or says that somebody else drew the tile for other
// times and it is to be tried again.
func (s *Server) try(ctx context.Context, r Request) (t Tile, again bool, err error) {
	if err := ctx.Err(); err != nil {
		return t, false, err
	}
	p, release, err := s.plan(r)
	if err != nil {
		return t, false, err
	}
	defer release()
	k := p.key()
	if e := s.lookup(k, p); e != nil {
		return s.answer(p, e, true), false, nil
	}
	e, mine, err := s.flights.do(ctx, k, func(ctx context.Context) (*entry, error) {
		// The one who asked may have left, and its views with it.
		same := p.Request
		same.RevGiven = true
		p, release, err := s.plan(same)
		if err != nil {
			return nil, err
		}
		defer release()
		d, err := s.draw(ctx, p)
		if err != nil {
			return nil, err
		}
		return s.keep(k, d, p.head), nil
	})
	switch {
	case err != nil:
		return t, false, err
	case mine || e.covers(p):
		return s.answer(p, e, !mine), false, nil
	}
	return t, true, nil
}

func (s *Server) answer(p *plan, e *entry, hit bool) Tile {
	return Tile{
		Data: e.data, ETag: e.etag, Revision: p.Rev, NextBoundary: e.lasts.Valid.To,
		Immutable: p.AtGiven && p.RevGiven && p.At <= entities.InstantOf(s.cfg.Now()),
		Features:  e.features, Dropped: e.dropped, Size: e.size, Cached: hit,
	}
}

// flights lets one of many draw.
type flights struct {
	mu      sync.Mutex
	running map[cacheKey]*flight
}

type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	entry   *entry
	err     error
}

// do runs draw, or waits for who runs it for the same key already. mine tells
// that it was run for this caller. The drawing is stopped when nobody waits.
func (f *flights) do(ctx context.Context, k cacheKey, draw func(context.Context) (*entry, error)) (e *entry, mine bool, err error) {
	f.mu.Lock()
	run := f.running[k]
	if mine = run == nil; mine {
		detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
		run = &flight{done: make(chan struct{}), cancel: cancel}
		f.running[k] = run
		go func() {
			defer close(run.done)
			defer f.land(k, run)
			defer func() {
				// A mask at fault fails its request, not the process.
				if r := recover(); r != nil {
					run.err = fmt.Errorf("draw tile %v: panic: %v", k.id, r)
				}
			}()
			run.entry, run.err = draw(detached)
		}()
	}
	run.waiting++
	f.mu.Unlock()
	select {
	case <-run.done:
		return run.entry, mine, run.err
	case <-ctx.Done():
		f.leave(k, run)
		return nil, mine, ctx.Err()
	}
}

// land ends a flight.
func (f *flights) land(k cacheKey, run *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	run.cancel()
	if f.running[k] == run {
		delete(f.running, k)
	}
}

func (f *flights) leave(k cacheKey, run *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if run.waiting--; run.waiting > 0 {
		return
	}
	run.cancel()
	if f.running[k] == run { // so that who comes now draws anew
		delete(f.running, k)
	}
}
