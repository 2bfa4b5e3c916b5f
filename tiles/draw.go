package tiles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// drawer holds the buffers of one tile at work.
type drawer struct {
	layerEncoder
	tile []byte
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
	d := s.encoders.Get().(*drawer)
	defer s.encoders.Put(d)
	out := &drawn{lasts: snapshot.Constancy{Valid: entities.Always, Recorded: entities.Span{To: entities.Open}}}
	d.tile = d.tile[:0]
	for i := range p.layers {
		l := &p.layers[i]
		d.reset(p.grid, &l.selection, l.view.Tables() > 1)
		q := snapshot.Search{Window: l.window, At: p.At, Revision: p.Rev}
		var lasts snapshot.Constancy
		var err error
		if l.resolution >= 0 {
			lasts, err = d.cells(ctx, l.view, q, l.resolution)
		} else {
			lasts, err = d.features(ctx, l.view, q)
		}
		if err != nil {
			return nil, fmt.Errorf("draw %s %d/%d/%d: %w", l.name, p.id.Z, p.id.X, p.id.Y, err)
		}
		out.lasts = out.lasts.Intersect(lasts)
		d.tile, _ = d.append(d.tile)
		out.features += d.count
		out.dropped += d.dropped
	}
	out.size = len(d.tile)
	var err error
	if out.data, err = s.zip(d.tile); err != nil {
		return nil, err
	}
	out.etag = etag(out.data)
	return out, nil
}

// zip compresses at the fastest level: it costs less than drawing.
func (s *Server) zip(body []byte) ([]byte, error) {
	var buffer bytes.Buffer
	buffer.Grow(len(body)/2 + 64)
	w, _ := s.zippers.Get().(*gzip.Writer)
	if w == nil {
		var err error
		if w, err = gzip.NewWriterLevel(&buffer, gzip.BestSpeed); err != nil {
			return nil, fmt.Errorf("compress tile: %w", err)
		}
	} else {
		w.Reset(&buffer)
	}
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	s.zippers.Put(w)
	return bytes.Clone(buffer.Bytes()), nil
}

// etag names a body by its bytes.
func etag(data []byte) string {
	sum := sha256.Sum256(data)
	b := append(make([]byte, 0, 24), '"')
	b = base64.RawURLEncoding.AppendEncode(b, sum[:15])
	return string(append(b, '"'))
}
