package main

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"sync"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/tiles"
)

// layers are what the server draws, in drawing order. The first properties are
// what the viewer's themes and labels need.
var layers = []snapshot.Layer{
	{Name: "district", Kind: entities.District, Properties: []string{"name", "level", "district_code", "population"}},
	{Name: "land", Kind: entities.Land, Properties: []string{
		"land_use", "parcel_number", "lot_number", "area", "state", "registration", "right_nature",
	}},
	{Name: "building", Kind: entities.Building, Properties: []string{
		"name", "use", "height", "base_height", "floors_above", "floors_below", "year_built", "state", "structure", "registration",
	}},
	{Name: "thing", Kind: entities.Thing, Properties: []string{"name", "category", "state"}, Place: []string{"at", "in", "names", "on"}},
	{Name: "address", Kind: entities.Address, Properties: []string{
		"full_address", "place_name", "street", "door_number", "status", "level",
	}, Place: []string{"names", "in", "on"}},
	{Name: "enterprise", Kind: entities.Enterprise, Properties: []string{
		"name", "short_name", "industry", "status", "type",
	}, Place: []string{"operates-at", "registered-at", "in", "names", "on"}},
}

// drawing is the layers of a store, each following it, and the tiles of them.
type drawing struct {
	lives  []*snapshot.Live
	tiles  *tiles.Server
	shown  *api.VectorTiles
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// openDrawing opens or builds the snapshots in a folder, two at a time, and begins
// to follow the store.
func (p *program) openDrawing(ctx context.Context, store entities.Store, folder string, cacheBytes int64) (d *drawing, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	d = &drawing{lives: make([]*snapshot.Live, len(layers))}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	if err := d.openAll(ctx, p, store, folder); err != nil {
		return d, err
	}
	cfg := tiles.Config{CacheBytes: cacheBytes, Now: p.now}
	for _, live := range d.lives {
		cfg.Layers = append(cfg.Layers, tiles.LayerConfig{Live: live})
	}
	if d.tiles, err = tiles.NewServer(cfg); err != nil {
		return d, err
	}
	d.shown = api.NewVectorTiles(d.tiles, cfg, shapeOf)
	follow, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d.cancel = cancel
	for _, live := range d.lives {
		d.done.Go(func() {
			if err := live.Run(follow); err != nil && follow.Err() == nil {
				p.log.Error("a layer follows the store no longer", "layer", live.Layer().Name, "error", err)
			}
		})
	}
	return d, nil
}

func (d *drawing) openAll(ctx context.Context, p *program, store entities.Store, folder string) error {
	// Building holds a layer in memory: garbage is collected more often meanwhile,
	// a fifth more processor time for a fifth less memory, and given back after.
	before := debug.SetGCPercent(50)
	defer func() {
		debug.SetGCPercent(before)
		debug.FreeOSMemory()
	}()
	errs := make([]error, len(layers))
	slots := make(chan struct{}, 2)
	var wg sync.WaitGroup
	for i, layer := range layers {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			d.lives[i], errs[i] = snapshot.OpenLive(ctx, snapshot.LiveConfig{Store: store, Layer: layer, Dir: folder, Log: p.log})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// shapeOf tells how things of a kind are drawn: what schemas say, but that things
// placed by their links are points.
func shapeOf(kind entities.Kind) string {
	for _, layer := range layers {
		if layer.Kind == kind && len(layer.Place) > 0 {
			return "point"
		}
	}
	return "polygon"
}

func (d *drawing) close() error {
	if d.cancel != nil {
		d.cancel()
		d.done.Wait()
	}
	if d.tiles != nil {
		d.tiles.Close()
	}
	var errs []error
	for _, live := range d.lives {
		if live != nil {
			errs = append(errs, live.Close())
		}
	}
	return errors.Join(errs...)
}
