package storetest

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/chengma/chengma/entities"
)

// forgetReturns drops an assertion whose values a thing has had before.
func forgetReturns(a *entities.Assert, m *Model) entities.Act {
	ctx := context.Background()
	head, err := m.Head(ctx)
	if err != nil || a.Subject.Code != 0 {
		return a
	}
	found, err := m.At(head).Resolve(ctx, []entities.Key{a.Subject.Key}, a.Over.From)
	if err != nil || len(found[0].Matches) == 0 {
		return a
	}
	code := found[0].Matches[0].Code
	for e, err := range m.At(head).History(ctx, entities.HistoryQuery{Codes: []entities.Code{code}}) {
		if err == nil && e.Valid.To <= a.Over.From && e.Attrs.Patched(a.Patch).Equal(e.Attrs) {
			return nothing(entities.ByCode(code))
		}
	}
	return a
}

// loseLinks takes the links of a thing away when it stops to be a duplicate.
func loseLinks(m *Model) entities.Store {
	return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
		for _, act := range b.Acts {
			undo, of := act.(*entities.UndoSameAs)
			if !of {
				continue
			}
			links := m.linksAt(undo.Duplicate.Code, m.head())
			receipt, err := m.Apply(ctx, b)
			for _, l := range links {
				if err == nil {
					_, err = m.Apply(ctx, entities.Batch{Key: b.Key + l.Role, Acts: []entities.Act{&entities.Relate{
						From: undo.Duplicate, Role: l.Role, Source: l.Source, Over: entities.Always, Mode: entities.Correction,
					}}})
				}
			}
			return receipt, err
		}
		return m.Apply(ctx, b)
	}}
}

// keepAliases goes on to resolve the keys of what was erased.
func keepAliases(m *Model) entities.Store {
	var mu sync.Mutex
	kept := make(map[entities.Key]entities.Alias)
	return &mutated{
		Model: m,
		apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			mu.Lock()
			defer mu.Unlock()
			for key, rows := range m.aliases {
				for _, a := range rows {
					kept[key] = a
				}
			}
			return m.Apply(ctx, b)
		},
		at: func(rev entities.Revision) entities.Reader {
			r := &misread{Reader: m.At(rev)}
			r.resolve = func(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
				out, err := r.Reader.Resolve(ctx, keys, at)
				mu.Lock()
				defer mu.Unlock()
				for i := range out {
					if a, ok := kept[out[i].Key]; ok && len(out[i].Matches) == 0 && a.Recorded.From <= rev {
						out[i].Matches = []entities.Alias{a}
					}
				}
				return out, err
			}
			return r
		},
	}
}

// missOverlaps is the classical fault of change feeds: revisions are numbered
// when a batch begins and seen when it commits, so that a watcher who has seen a
// later one passes over the earlier one that commits after it.
func missOverlaps(m *Model) entities.Store {
	var busy atomic.Int64
	var late sync.Map // keys of batches that overlapped with another one
	return &mutated{
		Model: m,
		apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			defer busy.Add(-1)
			busy.Add(1)
			for range 1000 { // if there are other writers, let them come
				if busy.Load() > 1 {
					late.Store(b.Key, true)
					break
				}
				runtime.Gosched()
			}
			return m.Apply(ctx, b)
		},
		watch: func(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
			return func(yield func(entities.Published, error) bool) {
				for p, err := range m.Watch(ctx, after) {
					if _, skip := late.Load(p.Key); skip && err == nil {
						continue
					}
					if !yield(p, err) {
						return
					}
				}
			}
		},
	}
}
