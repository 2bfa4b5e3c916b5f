package sqlite

import (
	"fmt"
	"sync"

	"github.com/chengma/chengma/entities"
)

// mostOrigins bounds the maps below; a city has few origins, but a source may
// give every record its own document.
const mostOrigins = 1 << 17

// originIDs are the origins that the writer has met. IDs given in a transaction
// that is undone are forgotten with all others.
type originIDs struct {
	ids map[entities.Origin]int64
}

func newOriginIDs() *originIDs { return &originIDs{ids: make(map[entities.Origin]int64)} }

func (o *originIDs) reset() { clear(o.ids) }

// of returns the ID of an origin, giving it one if it has none.
func (o *originIDs) of(c *conn, origin entities.Origin) (int64, error) {
	if id, ok := o.ids[origin]; ok {
		return id, nil
	}
	if len(o.ids) >= mostOrigins {
		o.reset()
	}
	r, err := c.row(originFindSQL, origin.Source, int64(origin.Collected), origin.Document)
	if err != nil {
		return 0, err
	}
	if r == nil {
		if r, err = c.row(originAddSQL, origin.Source, int64(origin.Collected), origin.Document); err != nil {
			return 0, err
		}
	}
	id := r.int(0)
	o.ids[origin] = id
	return id, nil
}

// originCache are the origins that readers have met. Origins never change.
type originCache struct {
	mu   sync.RWMutex
	byID map[int64]entities.Origin
}

func (s *Store) origin(c *conn, id int64) (entities.Origin, error) {
	s.origins.mu.RLock()
	origin, ok := s.origins.byID[id]
	s.origins.mu.RUnlock()
	if ok {
		return origin, nil
	}
	r, err := c.row(originSQL, id)
	if err != nil {
		return origin, err
	}
	if r == nil {
		return origin, fmt.Errorf("origin %d is not there; the store is damaged", id)
	}
	origin = entities.Origin{Source: r.text(0), Collected: entities.Instant(r.int(1)), Document: r.text(2)}
	if c == s.writer {
		return origin, nil // perhaps not committed
	}
	s.origins.mu.Lock()
	defer s.origins.mu.Unlock()
	if s.origins.byID == nil || len(s.origins.byID) >= mostOrigins {
		s.origins.byID = make(map[int64]entities.Origin)
	}
	s.origins.byID[id] = origin
	return origin, nil
}
