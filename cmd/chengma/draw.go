package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/tiles"
)

// drawer shows the drawing to the API.
type drawer struct{ d *drawing }

// Layers implements [api.Tiles].
func (t drawer) Layers() []api.TileLayer {
	out := make([]api.TileLayer, 0, len(t.d.lives))
	for _, live := range t.d.lives {
		layer := live.Layer()
		shape := "polygon"
		if len(layer.Place) > 0 {
			shape = "point"
		}
		out = append(out, api.TileLayer{
			ID: layer.Name, Kind: layer.Kind, Geometry: shape, MaxZoom: snapshot.MaxZoom,
			Bounds: t.bounds(layer.Name), Fields: layer.Properties,
		})
	}
	return out
}

func (t drawer) bounds(layer string) entities.Box {
	described, err := t.d.tiles.TileJSON([]string{layer}, "")
	if b := described.Bounds; err == nil && len(b) == 4 {
		return entities.Box{West: b[0], South: b[1], East: b[2], North: b[3]}
	}
	return entities.NoBox
}

// Draw implements [api.Tiles].
func (t drawer) Draw(ctx context.Context, r api.TileRequest) (api.Tile, error) {
	request := tiles.Request{
		Layers: []string{r.Layer}, Z: int64(r.Z), X: int64(r.X), Y: int64(r.Y),
		At: r.At, Rev: r.Rev, RevGiven: r.RevGiven, Properties: r.Fields,
		Mask: tiles.Mask{Key: r.Mask},
	}
	if r.Allow != nil {
		request.Mask.Allow = t.allow(ctx, r)
	}
	drawn, err := t.d.tiles.Tile(ctx, request)
	switch {
	case errors.Is(err, tiles.ErrUnknownLayer):
		return api.Tile{}, fmt.Errorf("%w: %w", api.ErrUnknownLayer, err)
	case err != nil:
		return api.Tile{}, err
	case drawn.Empty():
		return api.Tile{ETag: drawn.ETag, Revision: drawn.Revision, Until: drawn.NextBoundary}, nil
	}
	return api.Tile{Body: drawn.Data, Gzipped: true, ETag: drawn.ETag, Revision: drawn.Revision, Until: drawn.NextBoundary}, nil
}

// allow asks the gate about each row, by the version that it is drawn from. What
// cannot be asked about is not drawn.
func (t drawer) allow(ctx context.Context, r api.TileRequest) func(string, *snapshot.Feature) bool {
	return func(layer string, f *snapshot.Feature) bool {
		live := t.d.byKind[f.Code.Kind()]
		if live == nil {
			return false
		}
		rev := r.Rev
		if !r.RevGiven {
			rev = live.Revision()
		}
		version, err := live.At(rev).Get(ctx, f.Code, r.At)
		if err != nil {
			return false
		}
		allowed, err := r.Allow(&version)
		return err == nil && allowed
	}
}
