package postgis

import (
	"context"
	"fmt"
	"sync"

	"github.com/chengma/chengma/entities"
)

// extentCache keeps the last extent of each kind that was worked out: it costs a
// look at every version of the kind, and most revisions touch few kinds.
type extentCache struct {
	mu     sync.Mutex
	byKind map[entities.Kind]knownExtent
}

type knownExtent struct {
	rev    entities.Revision
	head   entities.Revision // at the time: erasure changes old answers
	extent entities.Extent
}

// Extent returns how much there is of a kind.
func (r *reader) Extent(ctx context.Context, kind entities.Kind) (entities.Extent, error) {
	var extent entities.Extent
	err := r.read(ctx, func(c *conn) error {
		head, err := r.store.readHead(ctx, c)
		if err != nil {
			return err
		}
		known, err := r.knownExtent(ctx, c, kind, head.rev)
		if err != nil {
			return err
		}
		if known != nil {
			extent = *known
			return nil
		}
		if extent, err = r.countExtent(ctx, c, kind); err != nil {
			return err
		}
		cache := &r.store.extents
		cache.mu.Lock()
		defer cache.mu.Unlock()
		if cache.byKind == nil {
			cache.byKind = make(map[entities.Kind]knownExtent)
		}
		cache.byKind[kind] = knownExtent{r.rev, head.rev, extent}
		return nil
	})
	if err != nil {
		return entities.Extent{}, fmt.Errorf("extent of %s: %w", kind, err)
	}
	return extent, nil
}

// knownExtent returns the extent that was worked out last, where nothing since
// can have changed it: no revision between the two touched the kind, and none
// since it was worked out did, for that may have been an erasure.
func (r *reader) knownExtent(ctx context.Context, c *conn, kind entities.Kind, head entities.Revision) (*entities.Extent, error) {
	cache := &r.store.extents
	cache.mu.Lock()
	known, ok := cache.byKind[kind]
	cache.mu.Unlock()
	if !ok {
		return nil, nil
	}
	spans := [][2]entities.Revision{{min(known.rev, r.rev), max(known.rev, r.rev)}, {known.head, head}}
	for _, span := range spans {
		if span[0] >= span[1] {
			continue
		}
		touched, err := c.row(ctx, revisionsOfKindSQL, int64(span[0]), int64(span[1]), int64(kind))
		if err != nil {
			return nil, err
		}
		if touched.truth(0) {
			return nil, nil
		}
	}
	return &known.extent, nil
}

func (r *reader) countExtent(ctx context.Context, c *conn, kind entities.Kind) (entities.Extent, error) {
	extent := entities.Extent{Envelope: entities.NoBox}
	first, last := kind.Codes()
	found, err := c.row(ctx, extentSQL, int64(first), int64(last), int64(r.rev))
	if err != nil {
		return extent, err
	}
	if extent.Count = int(found.int(0)); extent.Count > 0 {
		extent.Valid = entities.Interval{From: entities.Instant(found.int(1)), To: entities.Instant(found.int(2))}
	}
	if !found.null(3) {
		extent.Envelope = entities.Box{West: found.float(3), South: found.float(4), East: found.float(5), North: found.float(6)}
	}
	return extent, nil
}
