package tiles

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// drawer holds the buffers of one tile at work.
type drawer struct {
	layerEncoder
	*zipper
	tile []byte
	cuts []int // where features begin and end in turn
}

// drawer returns one that nobody else uses; it goes back to s.drawers.
func (s *Server) drawer() (*drawer, error) {
	if d, ok := s.drawers.Get().(*drawer); ok {
		return d, nil
	}
	z, err := newZipper()
	return &drawer{zipper: z}, err
}

// drawn is a tile and how long it stays the same.
type drawn struct {
	data     []byte
	etag     string
	lasts    snapshot.Constancy
	features int
	dropped  int
	size     int
}

// draw makes the tile of a plan.
func (s *Server) draw(ctx context.Context, p *plan) (*drawn, error) {
	d, err := s.drawer()
	if err != nil {
		return nil, err
	}
	defer s.drawers.Put(d)
	out := &drawn{lasts: snapshot.Constancy{Valid: entities.Always, Recorded: entities.Span{To: entities.Open}}}
	d.tile, d.cuts = d.tile[:0], d.cuts[:0]
	for i := range p.layers {
		l := &p.layers[i]
		d.reset(p.grid, &l.selection, l.view.Tables() > 1)
		q := snapshot.Search{Window: l.window, At: p.At, Revision: p.Rev}
		var lasts snapshot.Constancy
		if l.resolution >= 0 {
			lasts, err = d.cells(ctx, l.view, q, l.resolution)
		} else {
			lasts, err = d.features(ctx, l.view, q)
		}
		if err != nil {
			return nil, fmt.Errorf("draw %s %d/%d/%d: %w", l.name, p.id.Z, p.id.X, p.id.Y, err)
		}
		out.lasts = out.lasts.Intersect(lasts)
		var cut int
		start := len(d.tile)
		d.tile, cut = d.append(d.tile)
		d.cuts = append(d.cuts, start, cut)
		out.features += d.count
		out.dropped += d.dropped
	}
	out.size = len(d.tile)
	data, err := d.zip(d.tile, d.cuts)
	if err != nil {
		return nil, err
	}
	out.data = bytes.Clone(data)
	out.etag = etag(out.data)
	return out, nil
}

// etag names a body by its bytes. It tells a tile from what it was before, and
// guards against nobody: 64 bits that cost next to nothing will do.
func etag(data []byte) string {
	sum := binary.BigEndian.AppendUint64(nil, xxhash.Sum64(data))
	return `"` + base64.RawURLEncoding.EncodeToString(sum) + `"`
}
