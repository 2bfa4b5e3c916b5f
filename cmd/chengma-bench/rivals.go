package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// rivals are servers as one would write them in an afternoon, over the same
// store: items by looking through all of them, tiles by one query each.
type rivals struct {
	store entities.Store
	rev   entities.Revision
	items []entities.Entity
	http  *http.Server
	url   string
}

func (b *bench) openRivals(ctx context.Context) (*rivals, error) {
	store, err := sqlite.Open(ctx, sqlite.Config{Path: b.store})
	if err != nil {
		return nil, err
	}
	r := &rivals{store: store}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return r, nil
}

func (r *rivals) start(ctx context.Context) (err error) {
	if r.rev, err = r.store.Head(ctx); err != nil {
		return err
	}
	now := entities.During(entities.InstantOf(time.Now()))
	for e, err := range r.store.At(r.rev).Find(ctx, entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: now}) {
		if err != nil {
			return err
		}
		r.items = append(r.items, e)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /scan/{code}", r.scan)
	mux.HandleFunc("GET /tiles/building/{z}/{x}/{y}", r.tile)
	r.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	r.url = "http://" + listener.Addr().String()
	go func() { _ = r.http.Serve(listener) }() // it ends by close
	return nil
}

func (r *rivals) close() { _ = errors.Join(r.http.Close(), r.store.Close()) }

// scan looks for an item from the first to the last.
func (r *rivals) scan(w http.ResponseWriter, req *http.Request) {
	for i := range r.items {
		e := &r.items[i]
		if e.Code.String() != req.PathValue("code") {
			continue
		}
		feature, err := asFeature(e)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(feature) // the client is ours
		return
	}
	http.NotFound(w, req)
}

func asFeature(e *entities.Entity) (*geojson.Feature, error) {
	shape, err := wkb.Unmarshal(e.Geometry.WKB())
	if err != nil {
		return nil, err
	}
	feature := geojson.NewFeature(shape)
	feature.ID = float64(e.Code)
	if err := json.Unmarshal(e.Attrs.AppendJSON(nil), &feature.Properties); err != nil {
		return nil, err
	}
	feature.Properties["code"] = e.Code.String()
	return feature, nil
}

// tile asks the store for the tile's box and encodes what comes.
func (r *rivals) tile(w http.ResponseWriter, req *http.Request) {
	tile, err := parseTile(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	bound := tile.Bound(64.0 / 4096)
	box := entities.Box{West: bound.Left(), South: bound.Bottom(), East: bound.Right(), North: bound.Top()}
	now := entities.During(entities.InstantOf(time.Now()))
	features := geojson.NewFeatureCollection()
	query := entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: now, Box: &box}
	for e, err := range r.store.At(r.rev).Find(req.Context(), query) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		feature, err := asFeature(&e)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for name, value := range feature.Properties { // a tile holds scalars alone
			if _, nested := value.(map[string]any); nested {
				delete(feature.Properties, name)
			}
		}
		features.Append(feature)
	}
	layers := mvt.NewLayers(map[string]*geojson.FeatureCollection{"building": features})
	layers.ProjectToTile(tile)
	layers.Clip(orb.Bound{Min: orb.Point{-64, -64}, Max: orb.Point{4160, 4160}})
	body, err := mvt.Marshal(layers)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	zipped := gzip.NewWriter(w)
	_, err = zipped.Write(body)
	_ = errors.Join(err, zipped.Close()) // the client is ours
}

func parseTile(req *http.Request) (maptile.Tile, error) {
	z, zErr := strconv.ParseUint(req.PathValue("z"), 10, 8)
	x, xErr := strconv.ParseUint(req.PathValue("x"), 10, 32)
	y, yErr := strconv.ParseUint(strings.TrimSuffix(req.PathValue("y"), ".mvt"), 10, 32)
	if err := errors.Join(zErr, xErr, yErr); err != nil {
		return maptile.Tile{}, fmt.Errorf("tile: %w", err)
	}
	return maptile.New(uint32(x), uint32(y), maptile.Zoom(z)), nil
}
