package snapshot_test

import (
	"context"
	"iter"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/entities/storetest"
)

// copied is a store whose readers answer from snapshots wherever a snapshot can:
// versions of one drawable kind. A snapshot is built whenever the store moved.
type copied struct {
	entities.Store
	dir   string
	mu    sync.Mutex
	built map[entities.Kind]*snapshot.Snapshot
}

type copiedReader struct {
	entities.Reader
	store *copied
	rev   entities.Revision
}

func (c *copied) At(rev entities.Revision) entities.Reader {
	return &copiedReader{c.Store.At(rev), c, rev}
}

// features returns a snapshot of the store's head, or the error of the store.
func (r *copiedReader) features(ctx context.Context, kind entities.Kind) (*snapshot.Reading, error) {
	c := r.store
	c.mu.Lock()
	defer c.mu.Unlock()
	head, err := c.Head(ctx)
	if err != nil {
		return nil, err
	}
	if old := c.built[kind]; old != nil && old.Revision() == head {
		return old.At(r.rev), nil
	}
	var at entities.Published
	if head > 0 {
		if at, err = c.Published(ctx, head); err != nil {
			return nil, err
		}
	}
	layer := snapshot.Layer{Name: kind.String(), Kind: kind, Properties: []string{"name"}}
	path := filepath.Join(c.dir, kind.String())
	if err := snapshot.Build(ctx, c.Store.At(head), at, layer, path); err != nil {
		return nil, err
	}
	if c.built[kind], err = snapshot.Open(path); err != nil {
		return nil, err
	}
	return c.built[kind].At(r.rev), nil
}

func drawable(k entities.Kind) bool {
	return k.Valid() && k != entities.Person && k != entities.Household
}

func (r *copiedReader) Get(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
	e, err := r.Reader.Get(ctx, code, at)
	if err != nil || !drawable(code.Kind()) {
		return e, err // why there is none is the store's to say
	}
	f, err := r.features(ctx, code.Kind())
	if err != nil {
		return e, err
	}
	return f.Get(ctx, code, at)
}

func (r *copiedReader) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	if len(q.Kinds) != 1 || !drawable(q.Kinds[0]) || q.Linked != nil {
		return r.Reader.Find(ctx, q)
	}
	return r.from(ctx, q.Kinds[0], func(f *snapshot.Reading) iter.Seq2[entities.Entity, error] { return f.Find(ctx, q) })
}

func (r *copiedReader) History(ctx context.Context, q entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	kinds := slices.Clone(q.Kinds)
	for _, c := range q.Codes {
		if len(q.Kinds) == 0 && !slices.Contains(kinds, c.Kind()) {
			kinds = append(kinds, c.Kind())
		}
	}
	if len(kinds) != 1 || !drawable(kinds[0]) {
		return r.Reader.History(ctx, q)
	}
	return r.from(ctx, kinds[0], func(f *snapshot.Reading) iter.Seq2[entities.Entity, error] { return f.History(ctx, q) })
}

func (r *copiedReader) from(ctx context.Context, kind entities.Kind, ask func(*snapshot.Reading) iter.Seq2[entities.Entity, error]) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		f, err := r.features(ctx, kind)
		if err != nil {
			yield(entities.Entity{}, err)
			return
		}
		ask(f)(yield)
	}
}

func TestSuiteReadFromSnapshots(t *testing.T) {
	storetest.Run(t, func(t *testing.T, cfg storetest.Config) entities.Store {
		c := &copied{Store: storetest.NewModel(cfg), dir: t.TempDir(), built: make(map[entities.Kind]*snapshot.Snapshot)}
		t.Cleanup(func() {
			for _, s := range c.built {
				s.Close()
			}
		})
		return c
	})
}

func TestFeaturesOfALiveLayer(t *testing.T) {
	storetest.RunFeatures(t, func(t *testing.T, store entities.Store, kind entities.Kind, rev entities.Revision) entities.Features {
		layer := snapshot.Layer{Name: kind.String(), Kind: kind, Properties: []string{"name", "x"}}
		l, err := snapshot.OpenLive(t.Context(), snapshot.LiveConfig{Store: store, Layer: layer, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l.At(rev)
	})
}

// A file that ends at the revision, too.
func TestFeaturesOfAFile(t *testing.T) {
	storetest.RunFeatures(t, func(t *testing.T, store entities.Store, kind entities.Kind, rev entities.Revision) entities.Features {
		at, err := store.Published(t.Context(), rev)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x")
		if err := snapshot.Build(t.Context(), store.At(rev), at, snapshot.Layer{Name: "x", Kind: kind}, path); err != nil {
			t.Fatal(err)
		}
		s, err := snapshot.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s.At(rev)
	}, storetest.Exemption{Test: "Linked", Reason: "links are not in the file; a live layer asks its store, see TestFeaturesOfALiveLayer"})
}
