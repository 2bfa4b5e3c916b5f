package storetest

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/chengma/chengma/entities"
)

// recorder is a test that may fail without the outer one.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failed   bool
	said     string // with the first failure
	cleanups []func()
}

// run runs a test to its end, however it ends.
func (r *recorder) run(test func()) {
	inner := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() {
				if p := recover(); p != nil {
					r.Errorf("panic: %v", p)
				}
			}()
			f()
		}()
		<-done
	}
	inner(test)
	for _, f := range slices.Backward(r.cleanups) {
		inner(f)
	}
}

func (r *recorder) Helper() {}
func (r *recorder) Fail()   { r.fail("failed") }
func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
func (r *recorder) FailNow()                          { r.Fail(); runtime.Goexit() }
func (r *recorder) Error(args ...any)                 { r.fail(fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.fail(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.fail(fmt.Sprint(args...)); runtime.Goexit() }

func (r *recorder) Fatalf(format string, args ...any) {
	r.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}
func (r *recorder) Log(...any)          {}
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }

func (r *recorder) fail(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.failed {
		r.failed, r.said = true, text
	}
}

// mutated is a model with some of its methods replaced.
type mutated struct {
	*Model
	apply func(ctx context.Context, b entities.Batch) (entities.Receipt, error)
	watch func(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error]
	at    func(rev entities.Revision) entities.Reader
	close func() error
}

func (s *mutated) Apply(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
	if s.apply != nil {
		return s.apply(ctx, b)
	}
	return s.Model.Apply(ctx, b)
}

func (s *mutated) Watch(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
	if s.watch != nil {
		return s.watch(ctx, after)
	}
	return s.Model.Watch(ctx, after)
}

func (s *mutated) At(rev entities.Revision) entities.Reader {
	if s.at != nil {
		return s.at(rev)
	}
	return s.Model.At(rev)
}

func (s *mutated) Close() error {
	if s.close != nil {
		return s.close()
	}
	return s.Model.Close()
}

// misread is a reader with some of its methods replaced.
type misread struct {
	entities.Reader
	get     func(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error)
	find    func(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error]
	resolve func(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error)
}

func (r *misread) Get(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
	if r.get != nil {
		return r.get(ctx, code, at)
	}
	return r.Reader.Get(ctx, code, at)
}

func (r *misread) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	if r.find != nil {
		return r.find(ctx, q)
	}
	return r.Reader.Find(ctx, q)
}

func (r *misread) Resolve(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
	if r.resolve != nil {
		return r.resolve(ctx, keys, at)
	}
	return r.Reader.Resolve(ctx, keys, at)
}

// reads makes a mutant of a model by its readers.
func reads(f func(r *misread, rev entities.Revision, m *Model)) func(*Model) entities.Store {
	return func(m *Model) entities.Store {
		return &mutated{Model: m, at: func(rev entities.Revision) entities.Reader {
			r := &misread{Reader: m.At(rev)}
			f(r, rev, m)
			return r
		}}
	}
}

// acts makes a mutant that misunderstands acts of one type. Where f returns nil
// the act is forgotten, and its result is made up.
func acts[A entities.Act](f func(a A, m *Model) entities.Act) func(*Model) entities.Store {
	return func(m *Model) entities.Store {
		return &mutated{Model: m, apply: func(ctx context.Context, b entities.Batch) (entities.Receipt, error) {
			b.Acts = slices.Clone(b.Acts)
			for i, act := range b.Acts {
				if a, of := act.(A); of {
					b.Acts[i] = f(a, m)
				}
			}
			return m.Apply(ctx, b)
		}}
	}
}

// asserts changes copies of assertions.
func asserts(f func(a *entities.Assert)) func(*Model) entities.Store {
	return acts(func(a *entities.Assert, _ *Model) entities.Act {
		c := *a
		f(&c)
		return &c
	})
}

// values replaces the values of patches.
func values(f func(v entities.Value) entities.Value) func(*Model) entities.Store {
	return asserts(func(a *entities.Assert) {
		a.Patch = slices.Clone(a.Patch)
		for i := range a.Patch {
			a.Patch[i].Value = f(a.Patch[i].Value)
		}
	})
}

// nothing is an act that changes nothing but names the same thing.
func nothing(of entities.Ref) entities.Act {
	return &entities.EndAlias{Key: key("no such key"), Subject: of, Over: entities.Always}
}

// filtered drops versions from what a reader finds.
func filtered(seq iter.Seq2[entities.Entity, error], keep func(e *entities.Entity) bool) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		for e, err := range seq {
			if err == nil && !keep(&e) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
