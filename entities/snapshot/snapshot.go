package snapshot

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/edsrzf/mmap-go"

	"github.com/chengma/chengma/entities"
)

// Snapshot is an open file. It is safe for concurrent use.
type Snapshot struct {
	path  string
	head  header
	table *table
	mapping
}

// mapping counts who reads a mapped file, which is let go with the last of them.
type mapping struct {
	bytes  mmap.MMap
	users  atomic.Int64 // and one for the owner
	closed sync.Once
	unmap  error
}

// Open maps a file. A file that is not to be trusted is ErrForeign, ErrVersion or
// ErrDamaged in the chain; one that is not there is fs.ErrNotExist.
func Open(path string) (*Snapshot, error) {
	mapped, h, c, err := load(path)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{path: path, head: h}
	s.bytes = mapped
	s.users.Store(1)
	s.table = newTable(c, &s.head.Layer)
	return s, nil
}

// Layer returns what the snapshot is of.
func (s *Snapshot) Layer() Layer { return s.head.Layer }

// Revision returns the newest revision that the snapshot answers for.
func (s *Snapshot) Revision() entities.Revision { return s.head.Revision }

// Close lets the file go as soon as nobody reads it; what is asked afterwards
// fails with entities.ErrClosed. It is safe to call twice.
func (s *Snapshot) Close() error {
	s.closed.Do(s.release)
	return nil
}

// At returns what a revision knows, exactly. A revision beyond the snapshot's is
// entities.ErrUnknownRevision on first use.
func (s *Snapshot) At(rev entities.Revision) *Reading {
	return s.view().At(rev)
}

// View returns the snapshot as something to search in. It need not be released.
func (s *Snapshot) View() *View { return s.view() }

func (s *Snapshot) view() *View {
	return &View{layer: s.head.Layer, revision: s.head.Revision, tables: []*table{s.table}, base: s}
}

// acquire keeps the mapping until release.
func (m *mapping) acquire() bool {
	for {
		n := m.users.Load()
		if n <= 0 {
			return false
		}
		if m.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (m *mapping) release() {
	if m.users.Add(-1) == 0 {
		m.unmap = m.bytes.Unmap()
	}
}

// enter begins work on mapped memory. The function returned ends it: it turns
// the fault of a file that was cut short under us into ErrDamaged.
func (s *Snapshot) enter() (leave func(*error), err error) {
	if !s.acquire() {
		return nil, fmt.Errorf("snapshot %s: %w", s.path, entities.ErrClosed)
	}
	old := debug.SetPanicOnFault(true)
	return func(err *error) {
		debug.SetPanicOnFault(old)
		s.release()
		if r := recover(); r != nil {
			*err = fault(s.path, r)
		}
	}, nil
}

// fault tells a memory fault from any other panic, which goes on.
func fault(path string, r any) error {
	e, ok := r.(error)
	var at interface{ Addr() uintptr }
	if !ok || !errors.As(e, &at) {
		panic(r)
	}
	return fmt.Errorf("%w: %s was cut short while in use", ErrDamaged, path)
}
