package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/tiles"
)

// realCity is the small city in the embedded store, with tiles from snapshots.
func realCity(t *testing.T) *city {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "city.db")})
	if err != nil {
		t.Fatal(err)
	}
	var cfg tiles.Config
	follow, stop := context.WithCancel(ctx)
	done := make(chan error, 2)
	for _, layer := range []snapshot.Layer{
		{Name: "building", Kind: entities.Building, Properties: []string{"name", "use", "height", "remark"}},
		{Name: "enterprise", Kind: entities.Enterprise, Properties: []string{"name"}, Place: []string{"registered-at", "names"}},
	} {
		live, err := snapshot.OpenLive(ctx, snapshot.LiveConfig{Store: store, Layer: layer, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		go func() { done <- live.Run(follow) }()
		t.Cleanup(func() {
			if err := live.Close(); err != nil {
				t.Error(err)
			}
		})
		cfg.Layers = append(cfg.Layers, tiles.LayerConfig{Live: live, Detail: -1})
	}
	drawing, err := tiles.NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	vector := api.NewVectorTiles(drawing, cfg, func(entities.Kind) string { return "polygon" })
	c := newCityOn(t, store, func(c *api.Config) { c.Tiles, c.Features = vector, vector.Features })
	t.Cleanup(func() {
		stop()
		for range cfg.Layers {
			if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		drawing.Close()
	})
	return c
}

// TestTilesFromSnapshots asks the whole path: store, snapshot, tile, HTTP.
func TestTilesFromSnapshots(t *testing.T) {
	c := realCity(t)
	if west, _ := dig(c.ok("/layers.json"), "layers", 0, "bounds", 0).(float64); west < 114.0509 || west > 114.0511 {
		t.Errorf("the layer begins at %v", west)
	}
	// The tile of zoom 14 with the tower in it.
	path := "/tiles/building/14/13382/7138.mvt"
	r := c.get(path + "?known-at=6")
	if r.StatusCode != http.StatusOK || !bytes.Contains(r.body, []byte("市民中心大厦")) || !bytes.Contains(r.body, []byte(c.tower())) {
		t.Fatalf("%s %d bytes, %v", r.Status, len(r.body), r.Header)
	}
	if bytes.Contains(r.body, []byte(hidden)) || bytes.Contains(r.body, []byte("Old House")) {
		t.Error("the tile shows what is hidden or gone")
	}
	if r := c.get(path + "?known-at=6&datetime=2010-01-01"); !bytes.Contains(r.body, []byte("Old House")) {
		t.Error("the tile of 2010 lacks the old house")
	}
	tag := c.get(path, "Accept-Encoding", "gzip").Header.Get("Etag")
	if again := c.get(path, "Accept-Encoding", "gzip", "If-None-Match", tag); again.StatusCode != http.StatusNotModified {
		t.Errorf("again: %s", again.Status)
	}
	rev := c.apply(say(entities.Building, "natural", "k:fresh", "2005-01-01", square(114.052, 22.542, 0.0005), "name", "Fresh"))
	if r := c.get(fmt.Sprintf("%s?known-at=%d", path, rev)); !bytes.Contains(r.body, []byte("Fresh")) || r.Header.Get("City-Revision") != fmt.Sprint(rev) {
		t.Errorf("the tile lacks the newest building: %v", r.Header)
	}
	c.want(c.ok(fmt.Sprintf("/collections/building/items?known-at=%d&bbox=114.0519,22.5419,114.0526,22.5426", rev)), 2, "numberMatched")
}

// TestEverythingOnTheEmbeddedStore crawls the real store, too.
func TestEverythingOnTheEmbeddedStore(t *testing.T) {
	c := realCity(t)
	for path, body := range c.crawl("") {
		if rest := echoes(path, body); bytes.Contains([]byte(rest), []byte(hidden)) && !bytes.Contains([]byte(path), []byte(hidden)) {
			t.Errorf("GET %s shows a hidden value: %.300s", path, rest)
		}
	}
	c.want(c.ok("/search?q=示例科技"), "深圳示例科技有限公司", "results", 0, "title")
	c.want(c.ok("/entities/"+c.tower()), 15, "residents", "count")
}
