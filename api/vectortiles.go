package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/tiles"
)

// VectorTiles gives a tile server of package tiles to the API: it implements
// [Tiles], and its Features answers items from the same snapshots.
type VectorTiles struct {
	server           *tiles.Server
	layers           []*snapshot.Live
	geometry         func(entities.Kind) string
	minZoom, maxZoom int
	patience         time.Duration
}

// NewVectorTiles takes the configuration that the tile server was made with.
// geometry tells how the layers of a kind are drawn (point, linestring, polygon).
func NewVectorTiles(server *tiles.Server, cfg tiles.Config, geometry func(entities.Kind) string) *VectorTiles {
	t := &VectorTiles{server: server, geometry: geometry, minZoom: cfg.MinZoom, maxZoom: cfg.MaxZoom, patience: 2 * time.Second}
	if t.maxZoom == 0 {
		t.maxZoom = snapshot.MaxZoom
	}
	for _, l := range cfg.Layers {
		t.layers = append(t.layers, l.Live)
	}
	return t
}

// Features implements Config.Features: the snapshot of a kind, where it knows the
// revision already.
func (t *VectorTiles) Features(kind entities.Kind, rev entities.Revision) entities.Features {
	for _, l := range t.layers {
		if l.Layer().Kind == kind && rev <= l.Revision() {
			return l.At(rev)
		}
	}
	return nil
}

// Layers implements [Tiles].
func (t *VectorTiles) Layers() []TileLayer {
	layers := make([]TileLayer, 0, len(t.layers))
	for _, l := range t.layers {
		about := l.Layer()
		layers = append(layers, TileLayer{
			ID: about.Name, Kind: about.Kind, Geometry: t.geometry(about.Kind),
			MinZoom: t.minZoom, MaxZoom: t.maxZoom, Bounds: boundsOfLayer(l), Fields: about.Properties,
		})
	}
	return layers
}

// boundsOfLayer is the envelope of a layer at any time, NoBox where it is empty
// or cannot be read now.
func boundsOfLayer(l *snapshot.Live) entities.Box {
	view, release, err := l.View()
	if err != nil {
		return entities.NoBox
	}
	defer release()
	b, err := view.Bounds()
	if err != nil || b.Empty() {
		return entities.NoBox
	}
	west, north := snapshot.Point{X: b.MinX, Y: b.MinY}.LonLat()
	east, south := snapshot.Point{X: b.MaxX, Y: b.MaxY}.LonLat()
	return entities.Box{West: west, South: south, East: east, North: north}
}

func (t *VectorTiles) live(name string) *snapshot.Live {
	for _, l := range t.layers {
		if l.Layer().Name == name {
			return l
		}
	}
	return nil
}

// Draw implements [Tiles].
func (t *VectorTiles) Draw(ctx context.Context, r TileRequest) (Tile, error) {
	l := t.live(r.Layer)
	if l == nil {
		return Tile{}, fmt.Errorf("%w: %q", ErrUnknownLayer, r.Layer)
	}
	if r.RevGiven {
		if err := t.await(ctx, l, r.Rev); err != nil {
			return Tile{}, err
		}
	}
	ask := tiles.Request{
		Layers: []string{r.Layer}, Z: int64(r.Z), X: int64(r.X), Y: int64(r.Y), At: r.At, AtGiven: true, Rev: r.Rev, RevGiven: r.RevGiven,
		Mask: tiles.Mask{Hidden: keep(slices.Clone(l.Layer().Properties), func(name string) bool { return !slices.Contains(r.Fields, name) })},
	}
	// The key of the mask is what it hides, so that all who see the same share.
	if len(ask.Mask.Hidden) > 0 {
		ask.Mask.Key = "-" + strings.Join(ask.Mask.Hidden, ",")
	}
	var failed error
	if r.Allow != nil {
		if !ask.RevGiven {
			ask.Rev, ask.RevGiven = l.Revision(), true
		}
		reading := l.At(ask.Rev)
		ask.Mask.Key += "@" + r.Mask
		ask.Mask.Allow = func(_ string, f *snapshot.Feature) bool {
			e, err := reading.Get(ctx, f.Code, r.At)
			if err != nil {
				failed = errors.Join(failed, err)
				return false
			}
			ok, err := r.Allow(&e)
			failed = errors.Join(failed, err)
			return ok && err == nil
		}
	}
	tile, err := t.server.Tile(ctx, ask)
	if err = errors.Join(err, failed); err != nil {
		var limits *tiles.RangeError
		if errors.As(err, &limits) {
			return Tile{}, badTile(limits.Param, fmt.Sprint(limits.Value), uint64(limits.Largest))
		}
		return Tile{}, err
	}
	return Tile{Body: tile.Data, Gzipped: true, ETag: tile.ETag, Revision: tile.Revision, Until: tile.NextBoundary}, nil
}

// await waits for a revision that is published and not in the snapshot yet.
func (t *VectorTiles) await(ctx context.Context, l *snapshot.Live, rev entities.Revision) error {
	if rev <= l.Revision() {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	if err := l.Wait(waiting, rev); err != nil {
		if ctx.Err() == nil {
			return fmt.Errorf("layer %s has not reached revision %d: %w", l.Layer().Name, rev, entities.ErrUnavailable)
		}
		return ctx.Err()
	}
	return nil
}
