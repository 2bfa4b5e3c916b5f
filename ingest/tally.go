package ingest

import "sync"

// tally adds up the bytes read of several sources. The reading goroutine begins
// and ends sources while another asks.
type tally struct {
	mu          sync.Mutex
	read, total int64
	current     func() (read, total int64)
}

func (t *tally) begin(of func() (read, total int64)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = of
	_, total := of()
	t.total += total
}

func (t *tally) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil {
		read, _ := t.current()
		t.read += read
	}
	t.current = nil
}

func (t *tally) sum() (read, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	read = t.read
	if t.current != nil {
		now, _ := t.current()
		read += now
	}
	return read, t.total
}
