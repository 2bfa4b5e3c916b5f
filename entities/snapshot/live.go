package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chengma/chengma/entities"
)

// LiveConfig says what a [Live] follows and where it keeps its file.
type LiveConfig struct {
	Store entities.Store
	Layer Layer
	// Dir holds the file, <layer name>.snapshot; it must exist.
	Dir string
	// Log gets what Run cannot return. Defaults to nothing.
	Log *slog.Logger
	// MaxOverlay is how many rows may be beside the file before it is built anew
	// in the background. Defaults to 20,000 or a tenth of the file, whichever is
	// more.
	MaxOverlay int
	// OnChange, where set, is told of each change after it can be seen. It is
	// called from Run, one call after the other, and must return soon.
	OnChange func(Change)
}

// Change tells what a revision did to a layer.
type Change struct {
	Revision entities.Revision
	// Boxes hold every drawn shape that came, went, or changed, old and new.
	Boxes []Box
	// Erased tells that things vanished from every revision.
	Erased bool
}

// Live is a layer that follows its store: a snapshot and what came later. It is
// safe for concurrent use; [Live.Run] keeps it up to date.
type Live struct {
	cfg  LiveConfig
	log  *slog.Logger
	view atomic.Pointer[View]

	// mu is held by the one who writes: Run, or the end of a background build.
	mu       sync.Mutex
	segments []*segment
	since    []entities.Published // after the base, in order
	purge    entities.Revision    // the last at which something was erased
	closed   bool

	building atomic.Bool
	stale    atomic.Pointer[error]
	epoch    atomic.Uint64

	changes touchLog
	moved   movement
}

// OpenLive opens the layer's file, or builds it where there is none to be
// trusted, and catches up with the store's head.
func OpenLive(ctx context.Context, cfg LiveConfig) (*Live, error) {
	if err := cfg.Layer.check(); err != nil {
		return nil, err
	}
	l := &Live{cfg: cfg, log: cfg.Log}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	l.moved.next = make(chan struct{})
	base, missed, err := l.openBase(ctx)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", cfg.Layer.Name, err)
	}
	l.view.Store(l.viewOf(base))
	l.changes.reset(base.Revision())
	if err := l.advance(ctx, missed); err != nil {
		return nil, errors.Join(fmt.Errorf("layer %s: %w", cfg.Layer.Name, err), base.Close())
	}
	return l, nil
}

func (l *Live) viewOf(base *Snapshot) *View {
	return &View{layer: base.head.Layer, revision: base.Revision(), base: base, tables: []*table{base.table}, status: l.status}
}

func (l *Live) path() string { return filepath.Join(l.cfg.Dir, l.cfg.Layer.Name+".snapshot") }

// mostMissed is how many revisions a file may be behind and still be followed
// up rather than built anew.
const mostMissed = 2000

// openBase returns a file of this layer and store, and what it has missed.
func (l *Live) openBase(ctx context.Context) (*Snapshot, []entities.Published, error) {
	head, err := l.cfg.Store.Head(ctx)
	if err != nil {
		return nil, nil, err
	}
	if base := l.tryBase(ctx, head); base != nil {
		missed, err := l.missed(ctx, base.Revision(), head)
		if err != nil {
			return nil, nil, errors.Join(err, base.Close())
		}
		return base, missed, nil
	}
	if err := l.build(ctx, head); err != nil {
		return nil, nil, err
	}
	base, err := Open(l.path())
	return base, nil, err
}

// tryBase opens the file; nil where it has to be built.
func (l *Live) tryBase(ctx context.Context, head entities.Revision) *Snapshot {
	base, err := Open(l.path())
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.log.Warn("snapshot is built anew", "layer", l.cfg.Layer.Name, "reason", err)
		}
		return nil
	}
	reason := ""
	switch rev := base.Revision(); {
	case !base.head.Layer.equal(&l.cfg.Layer):
		reason = "the layer is described otherwise"
	case rev > head || head-rev > mostMissed:
		reason = fmt.Sprintf("it is at revision %d and the store at %d", rev, head)
	case rev > 0:
		at, err := l.cfg.Store.Published(ctx, rev)
		if err != nil || at.Key != base.head.Batch || !at.Time.Equal(base.head.Time) {
			reason = "it is of another store"
		}
	}
	if reason == "" {
		return base
	}
	l.log.Info("snapshot is built anew", "layer", l.cfg.Layer.Name, "reason", reason)
	base.Close()
	return nil
}

// missed returns the revisions in (after, head].
func (l *Live) missed(ctx context.Context, after, head entities.Revision) ([]entities.Published, error) {
	var missed []entities.Published
	if after >= head {
		return nil, nil
	}
	for p, err := range l.cfg.Store.Watch(ctx, after) {
		if err != nil {
			return nil, err
		}
		missed = append(missed, p)
		if p.Revision >= head {
			break
		}
	}
	return missed, nil
}

// build writes the file at a revision.
func (l *Live) build(ctx context.Context, rev entities.Revision) error {
	var at entities.Published
	if rev > 0 {
		var err error
		if at, err = l.cfg.Store.Published(ctx, rev); err != nil {
			return err
		}
	}
	return Build(ctx, l.cfg.Store.At(rev), at, l.cfg.Layer, l.path())
}

// Layer returns what is followed.
func (l *Live) Layer() Layer { return l.cfg.Layer }

// Revision returns the newest revision that can be asked for.
func (l *Live) Revision() entities.Revision { return l.view.Load().revision }

// Epoch grows when things are erased: what was drawn at any revision before is
// not to be shown again.
func (l *Live) Epoch() uint64 { return l.epoch.Load() }

// Stale returns why the layer does not follow its store at the moment, or nil.
func (l *Live) Stale() error {
	if err := l.stale.Load(); err != nil {
		return *err
	}
	return nil
}

// At returns what a revision knows, exactly, for as long as the layer is open.
func (l *Live) At(rev entities.Revision) *Reading { return &Reading{live: l, rev: rev} }

// View returns the layer as it is now. It stays as it is until release is
// called, which must be.
func (l *Live) View() (view *View, release func(), err error) {
	for {
		v := l.view.Load()
		if v.base.acquire() {
			return v, v.base.release, nil
		}
		if l.view.Load() == v {
			return nil, nil, fmt.Errorf("layer %s: %w", l.cfg.Layer.Name, entities.ErrClosed)
		}
	}
}

// Wait returns when the revision can be asked for.
func (l *Live) Wait(ctx context.Context, rev entities.Revision) error {
	for {
		moved := l.moved.wait()
		if l.Revision() >= rev {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// Touched reports whether a revision in (after, upTo] may have changed what is
// drawn in the window. It may be wrong only in saying that one has.
func (l *Live) Touched(w *Window, after, upTo entities.Revision) bool {
	return l.changes.touched(w, after, upTo)
}

// Close lets the file go. What is asked afterwards fails with
// entities.ErrClosed. Run must have returned.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return l.view.Load().base.Close()
}

// status asks the store why a code has no version.
func (l *Live) status(ctx context.Context, rev entities.Revision, code entities.Code) error {
	s, err := l.cfg.Store.At(rev).Status(ctx, code)
	switch {
	case err != nil:
		return err
	case s.State == entities.Erased:
		return entities.ErrErased
	}
	return entities.ErrNotFound
}

// findLinked asks the store, which knows all links, for things of the layer.
func (l *Live) findLinked(ctx context.Context, rev entities.Revision, q entities.Query) iter.Seq2[entities.Entity, error] {
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, l.cfg.Layer.Kind) {
		return func(func(entities.Entity, error) bool) {}
	}
	if len(q.Kinds) > 0 {
		q.Kinds = []entities.Kind{l.cfg.Layer.Kind}
	}
	return l.cfg.Store.At(rev).Find(ctx, q)
}

// Run follows the store until ctx ends, and returns its error. While the store
// cannot be reached it tries again, and the layer stays as it is.
func (l *Live) Run(ctx context.Context) error {
	var background sync.WaitGroup
	defer background.Wait()
	const shortest, longest = 50 * time.Millisecond, 5 * time.Second
	pause := shortest
	for ctx.Err() == nil {
		l.rebuildIfLarge(ctx, &background)
		for p, err := range l.cfg.Store.Watch(ctx, l.Revision()) {
			if err == nil {
				err = l.follow(ctx, p)
			}
			if err != nil {
				l.fail(ctx, err)
				break
			}
			l.stale.Store(nil)
			pause = shortest
			l.rebuildIfLarge(ctx, &background)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, longest)
		}
	}
	return ctx.Err()
}

func (l *Live) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.stale.Store(&err)
	l.log.Warn("layer does not follow its store", "layer", l.cfg.Layer.Name, "revision", l.Revision(), "error", err)
}

func (l *Live) follow(ctx context.Context, p entities.Published) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.advance(ctx, []entities.Published{p})
}

// rebuildIfLarge builds the file anew in the background where the overlay has
// grown, or where the file holds what was erased.
func (l *Live) rebuildIfLarge(ctx context.Context, background *sync.WaitGroup) {
	l.mu.Lock()
	due := l.due()
	l.mu.Unlock()
	if !due || !l.building.CompareAndSwap(false, true) {
		return
	}
	background.Go(func() {
		err := l.Rebuild(ctx)
		l.building.Store(false)
		switch {
		case err == nil:
			l.rebuildIfLarge(ctx, background) // for what came in the meantime
		case ctx.Err() == nil:
			l.log.Warn("snapshot is not built anew", "layer", l.cfg.Layer.Name, "error", err)
		}
	})
}

func (l *Live) due() bool {
	size := 0
	for _, s := range l.segments {
		size += s.size()
	}
	most := l.cfg.MaxOverlay
	if most <= 0 {
		most = max(20_000, len(l.view.Load().base.table.vCode)/10)
	}
	if size > most || len(l.since) > mostMissed/2 {
		return true
	}
	return l.purge > l.view.Load().base.Revision()
}

// Rebuild writes the file anew at the layer's revision and goes over to it.
func (l *Live) Rebuild(ctx context.Context) error {
	rev := l.Revision()
	if err := l.build(ctx, rev); err != nil {
		return err
	}
	base, err := Open(l.path())
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.rebase(ctx, base); err != nil {
		return errors.Join(err, base.Close())
	}
	return nil
}

// movement wakes those who wait for a revision.
type movement struct {
	mu   sync.Mutex
	next chan struct{}
}

func (m *movement) wait() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.next
}

func (m *movement) wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.next)
	m.next = make(chan struct{})
}

// touchLog remembers where recent revisions changed something.
type touchLog struct {
	mu    sync.RWMutex
	after entities.Revision // everything behind it is known
	all   []touch           // in order of revision
}

// rememberedTouches is how many are kept.
const rememberedTouches = 1 << 15

func (t *touchLog) reset(after entities.Revision) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.after, t.all = after, nil
}

func (t *touchLog) add(more []touch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, more...)
	if over := len(t.all) - rememberedTouches; over > 0 {
		t.after = t.all[over-1].revision
		t.all = append([]touch(nil), t.all[over:]...)
	}
}

func (t *touchLog) touched(w *Window, after, upTo entities.Revision) bool {
	if after >= upTo {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if after < t.after {
		return true
	}
	i := sort.Search(len(t.all), func(i int) bool { return t.all[i].revision > after })
	for ; i < len(t.all) && t.all[i].revision <= upTo; i++ {
		if w.Intersects(t.all[i].box) {
			return true
		}
	}
	return false
}
