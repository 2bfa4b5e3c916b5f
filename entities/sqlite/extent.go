package sqlite

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
	head   int64 // at the time: erasure changes old answers
	extent entities.Extent
}

// Extent returns how much there is of a kind.
func (r *reader) Extent(ctx context.Context, kind entities.Kind) (entities.Extent, error) {
	var extent entities.Extent
	err := r.read(ctx, func(c *conn) error {
		head, err := r.store.readHead(c)
		if err != nil {
			return err
		}
		known, err := r.knownExtent(c, kind, head)
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
		cache.byKind[kind] = knownExtent{r.rev, int64(head), extent}
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
func (r *reader) knownExtent(c *conn, kind entities.Kind, head entities.Revision) (*entities.Extent, error) {
	cache := &r.store.extents
	cache.mu.Lock()
	known, ok := cache.byKind[kind]
	cache.mu.Unlock()
	if !ok {
		return nil, nil
	}
	spans := [][2]int64{
		{min(int64(known.rev), int64(r.rev)), max(int64(known.rev), int64(r.rev))},
		{known.head, int64(head)},
	}
	for _, span := range spans {
		if span[0] >= span[1] {
			continue
		}
		touched, err := c.row(revisionsOfKindSQL, span[0], span[1], int64(kind))
		if err != nil {
			return nil, err
		}
		if touched.int(0) != 0 {
			return nil, nil
		}
	}
	return &known.extent, nil
}

func (r *reader) countExtent(ctx context.Context, c *conn, kind entities.Kind) (entities.Extent, error) {
	extent := entities.Extent{Envelope: entities.NoBox}
	first, last := kind.Codes()
	rows, err := c.query(ctx, extentSQL, int64(first), int64(last), int64(r.rev))
	if err != nil {
		return extent, err
	}
	counted := entities.Code(0)
	for rows.next() {
		valid := entities.Interval{From: entities.Instant(rows.int(1)), To: entities.Instant(rows.int(2))}
		if extent.Count == 0 {
			extent.Valid = valid
		}
		if code := entities.Code(rows.int(0)); code != counted {
			counted = code
			extent.Count++
		}
		extent.Valid.From, extent.Valid.To = min(extent.Valid.From, valid.From), max(extent.Valid.To, valid.To)
		if rows.null(3) {
			continue
		}
		box, err := entities.BoundsOfWKB(rows.bytes(3))
		if err != nil {
			_ = rows.close() // the first error is the one that says why
			return extent, fmt.Errorf("%s: %w", counted, err)
		}
		extent.Envelope = extent.Envelope.Extend(box)
	}
	return extent, rows.close()
}
