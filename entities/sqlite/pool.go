package sqlite

import (
	"context"
	"sync"

	"github.com/chengma/chengma/entities"
)

// pool lends connections for reading, at most so many at a time. Those that come
// back are kept.
type pool struct {
	open func() (*conn, error)
	// slots holds a token for each connection that may be lent.
	slots chan struct{}

	mu     sync.Mutex
	idle   []*conn
	closed bool
	done   chan struct{} // closed with the pool
}

func newPool(size int, open func() (*conn, error)) *pool {
	p := &pool{open: open, slots: make(chan struct{}, size), done: make(chan struct{})}
	for range size {
		p.slots <- struct{}{}
	}
	return p
}

// get waits for a connection. The caller gives it back with put.
func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.slots:
	default:
		select {
		case <-p.slots:
		case <-p.done:
			return nil, entities.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		p.slots <- struct{}{}
		return nil, entities.ErrClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.open()
	if err != nil {
		p.slots <- struct{}{}
		return nil, err
	}
	return c, nil
}

func (p *pool) put(c *conn) {
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	p.slots <- struct{}{}
}

// close waits for all connections to come back and closes them.
func (p *pool) close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.done)
	p.mu.Unlock()
	for range cap(p.slots) {
		<-p.slots
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var first error
	for _, c := range p.idle {
		if err := c.close(); err != nil && first == nil {
			first = err
		}
	}
	p.idle = nil
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	return first
}
