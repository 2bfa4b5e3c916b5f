package snapshot

import (
	"context"
	"fmt"
	"iter"

	"github.com/chengma/chengma/entities"
)

// Build writes the snapshot of a layer to path, replacing what is there in one
// step. The reader is pinned to the revision that at describes; the file answers
// for every revision up to it. An empty store has the zero Published.
func Build(ctx context.Context, reader entities.Reader, at entities.Published, layer Layer, path string) error {
	if err := layer.check(); err != nil {
		return err
	}
	b := newBuilder(&layer)
	if err := b.read(ctx, reader); err != nil {
		return fmt.Errorf("build snapshot of layer %s: %w", layer.Name, err)
	}
	c, err := b.finish()
	if err != nil {
		return fmt.Errorf("build snapshot of layer %s: %w", layer.Name, err)
	}
	return writeFile(ctx, path, c, header{Layer: layer, Revision: at.Revision, Batch: at.Key, Time: at.Time})
}

// read adds every version of the layer's kind, and its drawn rows.
func (b *builder) read(ctx context.Context, reader entities.Reader) error {
	q := entities.HistoryQuery{Kinds: []entities.Kind{b.layer.Kind}, Trail: entities.Trail{Superseded: true}}
	group := placeGroup{builder: b, placer: newPlacer(b.layer, reader)}
	read := func(ctx context.Context) iter.Seq2[entities.Entity, error] { return reader.History(ctx, q) }
	for e, err := range ahead(ctx, read) {
		if err != nil {
			return err
		}
		if e.Kind() != b.layer.Kind {
			return fmt.Errorf("%s came among versions of kind %s", e.Code, b.layer.Kind)
		}
		n, err := b.addVersion(&e)
		if err != nil {
			return err
		}
		if err := b.addOwn(&e, n); err != nil {
			return err
		}
		if err := group.add(ctx, e); err != nil {
			return err
		}
	}
	return group.flush(ctx)
}

// placeGroup collects things without geometry, all versions of each, and places
// many of them with few queries.
type placeGroup struct {
	*builder
	placer  *placer
	pending []entities.Entity
	codes   []entities.Code
}

// groupSize is how many things are placed together.
const groupSize = 1000

func (g *placeGroup) add(ctx context.Context, e entities.Entity) error {
	if len(g.layer.Place) == 0 {
		return nil
	}
	if n := len(g.codes); n == 0 || g.codes[n-1] != e.Code {
		if n >= groupSize {
			if err := g.flush(ctx); err != nil {
				return err
			}
		}
		g.codes = append(g.codes, e.Code)
	}
	g.pending = append(g.pending, e)
	return nil
}

func (g *placeGroup) flush(ctx context.Context) error {
	if len(g.codes) == 0 {
		return nil
	}
	if err := g.placer.load(ctx, g.codes); err != nil {
		return err
	}
	for start := 0; start < len(g.pending); {
		end := start + 1
		for end < len(g.pending) && g.pending[end].Code == g.pending[start].Code {
			end++
		}
		if err := g.one(g.pending[start:end]); err != nil {
			return err
		}
		start = end
	}
	g.pending, g.codes = g.pending[:0], g.codes[:0]
	clear(g.placer.links)
	clear(g.placer.versions)
	return nil
}

// one places all versions of one thing.
func (g *placeGroup) one(versions []entities.Entity) error {
	own, err := g.placer.own(versions)
	if err != nil {
		return err
	}
	for _, p := range g.placer.place(versions[0].Code, own) {
		if err := g.addPlaced(&versions[p.version], p); err != nil {
			return err
		}
	}
	return nil
}

// own returns a thing's versions as far as placing goes.
func (p *placer) own(versions []entities.Entity) ([]site, error) {
	own := make([]site, len(versions))
	for i := range versions {
		s, err := p.site(&versions[i])
		if err != nil {
			return nil, err
		}
		own[i] = s
	}
	return own, nil
}
