package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chengma/chengma/entities"
)

// mostOrigins bounds the maps below; a city has few origins, but a source may
// give every record its own document.
const mostOrigins = 1 << 17

// originIDs are the IDs of origins that the writer has met. Those given in a
// transaction that is undone are forgotten with all others.
type originIDs map[entities.Origin]int64

// learn finds the IDs of origins, giving one to those that have none.
func (o originIDs) learn(ctx context.Context, c *conn, origins []entities.Origin) error {
	if len(o)+len(origins) > mostOrigins {
		clear(o)
	}
	var missing []entities.Origin
	for _, origin := range origins {
		if _, known := o[origin]; !known {
			o[origin] = 0
			missing = append(missing, origin)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	sources, documents := make([]string, len(missing)), make([]string, len(missing))
	collected := make([]int64, len(missing))
	for i, origin := range missing {
		sources[i], collected[i], documents[i] = origin.Source, int64(origin.Collected), origin.Document
	}
	if _, err := c.exec(ctx, originsAddSQL, sources, collected, documents); err != nil {
		return fmt.Errorf("write origins: %w", err)
	}
	found := 0
	err := c.query(ctx, func(r *row) error {
		o[missing[r.int(0)-1]] = r.int(1)
		found++
		return nil
	}, originsFindSQL, sources, collected, documents)
	if err == nil && found != len(missing) {
		err = fmt.Errorf("%d of %d origins were found", found, len(missing))
	}
	return err
}

// originCache are the origins that readers have met. Origins never change.
type originCache struct {
	mu   sync.RWMutex
	byID map[int64]entities.Origin
}

// giveOrigins completes versions with their origins.
func (s *Store) giveOrigins(ctx context.Context, c *conn, found *versions) error {
	if len(found.rows) == 0 {
		return nil
	}
	apart := make([]map[string]int64, len(found.rows))
	known := make(map[int64]entities.Origin)
	for i := range found.rows {
		v := &found.rows[i]
		known[v.origin] = entities.Origin{}
		if v.origins == "" {
			continue
		}
		if err := json.Unmarshal([]byte(v.origins), &apart[i]); err != nil {
			return fmt.Errorf("%s: origins of attributes: %w", v.entity.Code, err)
		}
		for _, id := range apart[i] {
			known[id] = entities.Origin{}
		}
	}
	if err := s.lookUpOrigins(ctx, c, known); err != nil {
		return err
	}
	for i := range found.rows {
		v := &found.rows[i]
		v.entity.Origin = known[v.origin]
		for name, id := range apart[i] {
			v.entity.Origins = append(v.entity.Origins, entities.AttrOrigin{Name: name, Origin: known[id]})
		}
		slices.SortFunc(v.entity.Origins, func(a, b entities.AttrOrigin) int { return strings.Compare(a.Name, b.Name) })
	}
	return nil
}

// lookUpOrigins fills in the origins of IDs.
func (s *Store) lookUpOrigins(ctx context.Context, c *conn, wanted map[int64]entities.Origin) error {
	var missing []int64
	s.origins.mu.RLock()
	for id := range wanted {
		if origin, ok := s.origins.byID[id]; ok {
			wanted[id] = origin
		} else {
			missing = append(missing, id)
		}
	}
	s.origins.mu.RUnlock()
	if len(missing) == 0 {
		return nil
	}
	// What a statement finds is committed, but for the writer's own, which asks
	// for origins only before it writes any.
	found := make(map[int64]entities.Origin, len(missing))
	err := c.query(ctx, func(r *row) error {
		found[r.int(0)] = entities.Origin{Source: r.text(1), Collected: entities.Instant(r.int(2)), Document: r.text(3)}
		return nil
	}, originsByIDSQL, missing)
	if err != nil {
		return err
	}
	for _, id := range missing {
		origin, ok := found[id]
		if !ok {
			return fmt.Errorf("origin %d is not there; the store is damaged", id)
		}
		wanted[id] = origin
	}
	s.origins.mu.Lock()
	defer s.origins.mu.Unlock()
	if s.origins.byID == nil || len(s.origins.byID)+len(found) > mostOrigins {
		s.origins.byID = make(map[int64]entities.Origin)
	}
	for id, origin := range found {
		s.origins.byID[id] = origin
	}
	return nil
}
