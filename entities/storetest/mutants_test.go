package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
)

// mutant is a store that is broken on purpose, in one way, and the test that is
// there to notice it.
type mutant struct {
	name   string
	killer string
	build  func(m *Model) entities.Store
}

// TestMutants runs each mutant's own test on it. The test must fail: where it
// passes, the suite has a hole.
func TestMutants(t *testing.T) {
	byName := make(map[string]check)
	for _, c := range checks {
		byName[c.name] = c
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			c, known := byName[m.killer]
			if !known {
				t.Fatalf("there is no test %q", m.killer)
			}
			r := &recorder{TB: t}
			r.run(func() {
				c.run(&suite{TB: r, open: func(cfg Config) entities.Store { return m.build(NewModel(cfg)) }})
			})
			if !r.failed {
				t.Errorf("%s survives %s", m.name, m.killer)
				return
			}
			t.Logf("killed by %s: %.200s", m.killer, r.said)
		})
	}
	t.Logf("%d mutants", len(mutants))
}

// mutants are in the order of the tests that kill them.
var mutants = []mutant{
	{"old revisions answer as the head", "OldRevisionNeverChanges", func(m *Model) entities.Store {
		return &mutated{Model: m, at: func(rev entities.Revision) entities.Reader {
			if head, err := m.Head(context.Background()); err == nil && rev > 0 && rev < head {
				rev = head
			}
			return m.At(rev)
		}}
	}},
	{"an interval holds its end", "HalfOpenEdges", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.get = func(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
			if e, err := r.Reader.Get(ctx, code, at-1); at > entities.Beginning && err == nil {
				return e, nil
			}
			return r.Reader.Get(ctx, code, at)
		}
	})},
	{"a corrected row is never closed", "CorrectionOfThePast", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.get = func(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
			for e, err := range r.History(ctx, entities.HistoryQuery{Codes: []entities.Code{code}, Trail: entities.Trail{Superseded: true}}) {
				if err == nil && e.Valid.Contains(at) {
					return e, nil
				}
			}
			return r.Reader.Get(ctx, code, at)
		}
	})},
	{"a patch drops what it does not name", "PatchSplitsVersions", asserts(func(a *entities.Assert) { a.Whole = true })},
	{"null is taken for unset", "UnsetAgainstNull", values(func(v entities.Value) entities.Value {
		if v.IsNull() {
			return entities.Unset
		}
		return v
	})},
	{"A to B to A is taken for A", "ABA", acts(forgetReturns)},
	{"equal states open versions", "NoNeedlessVersions", func(m *Model) entities.Store {
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			return m.apply(ctx, b, adopted{publish: true})
		}}
	}},
	{"a late record undoes a later one", "LateRecord", asserts(func(a *entities.Assert) { a.Mode = entities.Correction })},
	{"a whole record removes nothing", "WholeRecord", asserts(func(a *entities.Assert) { a.Whole = false })},
	{"integers go through floats", "BigIntegers", values(func(v entities.Value) entities.Value {
		if i, whole := v.Int(); whole {
			return entities.Int(int64(float64(i)))
		}
		return v
	})},
	{"a duplicate is still found", "SameAs", reads(func(r *misread, rev entities.Revision, m *Model) {
		r.get = func(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
			e, err := r.Reader.Get(ctx, code, at)
			if s, _ := r.Status(ctx, code); errors.Is(err, entities.ErrNotFound) && s.SameAs != 0 {
				return m.At(rev-1).Get(ctx, code, at)
			}
			return e, err
		}
	})},
	{"undoing same-as loses links", "SameAsUndo", loseLinks},
	{"erasure leaves aliases", "Erasure", keepAliases},
	{"a frozen code takes assertions", "FrozenAndReserved", acts(func(a *entities.Mark, _ *Model) entities.Act {
		if a.State == entities.Frozen {
			return nothing(a.Subject)
		}
		return a
	})},
	{"a split cannot be taken back", "Scenario", acts(func(a *entities.Restore, _ *Model) entities.Act { return nothing(a.Subject) })},
	{"an ended alias names nothing", "AliasEnds", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.resolve = func(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
			out, err := r.Reader.Resolve(ctx, keys, at)
			for i := range out {
				if out[i].Stale {
					out[i].Matches, out[i].Stale = nil, false
				}
			}
			return out, err
		}
	})},
	{"a moved alias keeps its old holder", "AliasMoves", acts(func(a *entities.ClaimAlias, _ *Model) entities.Act {
		c := *a
		c.Shared = true
		return &c
	})},
	{"an ambiguous alias names the first", "AliasAmbiguous", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.resolve = func(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
			out, err := r.Reader.Resolve(ctx, keys, at)
			for i := range out {
				out[i].Matches = out[i].Matches[:min(1, len(out[i].Matches))]
			}
			return out, err
		}
	})},
	{"links pile up", "RelateReplaces", acts(func(a *entities.Relate, _ *Model) entities.Act {
		c := *a
		c.Add = true
		return &c
	})},
	{"Z is dropped", "ThreeDimensions", asserts(func(a *entities.Assert) {
		if a.Geometry == nil {
			return
		}
		if shape, err := a.Geometry.Shape(); err == nil {
			if p, point := shape.(*geom.Point); point && p.Layout() == geom.XYZ {
				flat, _ := entities.NewGeometry(geom.NewPointFlat(geom.XY, p.FlatCoords()[:2]))
				flat.VerticalCRS, flat.Repair = a.Geometry.VerticalCRS, a.Geometry.Repair
				a.Geometry = &flat
			}
		}
	})},
	{"a box looks at envelopes", "BoxIsExact", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.find = func(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
			box := q.Box
			q.Box = nil
			return filtered(r.Reader.Find(ctx, q), func(e *entities.Entity) bool { return box == nil || boundsOf(e.Geometry).Intersects(*box) })
		}
	})},
	{"a box over the antimeridian is empty", "Antimeridian", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.find = func(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
			return filtered(r.Reader.Find(ctx, q), func(*entities.Entity) bool { return q.Box == nil || q.Box.West <= q.Box.East })
		}
	})},
	{"an interval is asked at its beginning", "IntervalQueries", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.find = func(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
			if !q.Valid.Empty() {
				q.Valid = entities.During(q.Valid.From)
			}
			return r.Reader.Find(ctx, q)
		}
	})},
	{"values are ordered as text", "OrderOfAllTypes", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.find = func(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
			return func(yield func(entities.Entity, error) bool) {
				var found []entities.Entity
				for e, err := range r.Reader.Find(ctx, q) {
					if err != nil {
						yield(e, err)
						return
					}
					found = append(found, e)
				}
				slices.SortStableFunc(found, func(a, b entities.Entity) int {
					for _, o := range q.Order {
						if x, y := a.Attrs.Get(o.Name).Text(), b.Attrs.Get(o.Name).Text(); x != y {
							if (x < y) != o.Descending {
								return -1
							}
							return 1
						}
					}
					return 0
				})
				for _, e := range found {
					if !yield(e, nil) {
						return
					}
				}
			}
		}
	})},
	{"a cursor skips ties", "CursorResume", reads(func(r *misread, _ entities.Revision, _ *Model) {
		r.find = func(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
			return filtered(r.Reader.Find(ctx, q), func(e *entities.Entity) bool {
				return q.After == nil || len(q.Order) == 0 || !slices.Equal(q.PositionOf(e).Keys, q.After.Keys)
			})
		}
	})},
	{"batch keys are ignored", "BatchKeyRepeated", func(m *Model) entities.Store {
		var n atomic.Int64
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			if b.Key != "" {
				b.Key = fmt.Sprint(b.Key, "#", n.Add(1))
			}
			return m.Apply(ctx, b)
		}}
	}},
	{"a failed batch leaves its first acts", "BatchWholeOrNotAtAll", func(m *Model) entities.Store {
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			receipt, err := m.Apply(ctx, b)
			var fault *entities.ActError
			if errors.As(err, &fault) && fault.Index > 0 {
				part := b
				part.Acts = b.Acts[:fault.Index]
				if _, again := m.Apply(ctx, part); again != nil {
					return receipt, again
				}
			}
			return receipt, err
		}}
	}},
	{"a cancelled batch goes on", "CancelInTheMiddle", func(m *Model) entities.Store {
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			return m.Apply(context.WithoutCancel(ctx), b)
		}}
	}},
	{"a closed store goes on", "UseAfterClose", func(m *Model) entities.Store {
		return &mutated{Model: m, close: func() error { return nil }}
	}},
	{"two writers lose a change", "OverlappingWriters", func(m *Model) entities.Store {
		var busy atomic.Int64
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			defer busy.Add(-1)
			busy.Add(1)
			for range 1000 { // if there are other writers, let them come
				if busy.Load() > 1 { // the last act is taken for theirs
					b.Acts = b.Acts[:len(b.Acts)-1]
					break
				}
				runtime.Gosched()
			}
			return m.Apply(ctx, b)
		}}
	}},
	{"watchers miss what commits out of order", "Watch", missOverlaps},
	{"a watcher that comes back sees the last again", "WatchResume", func(m *Model) entities.Store {
		return &mutated{Model: m, watch: func(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
			return m.Watch(ctx, max(0, after-1))
		}}
	}},
	{"a second source overwrites the first", "Discrepancies", asserts(func(a *entities.Assert) {
		a.Patch, a.Secondary = entities.NewAttrs(append(slices.Clone(a.Patch), a.Secondary...)...), nil
	})},
	{"refusals beside nothing new are lost", "Refusals", func(m *Model) entities.Store {
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			before, _ := m.Head(ctx)
			kept := len(m.desk.refusals)
			receipt, err := m.Apply(ctx, b)
			if receipt.Revision == before && !receipt.Repeated {
				m.desk.refusals = m.desk.refusals[:kept]
			}
			return receipt, err
		}}
	}},
}
