package tiles_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twpayne/go-geom"
	"go.uber.org/goleak"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/entities/storetest"
	"github.com/chengma/chengma/tiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var plain = snapshot.Layer{Name: "building", Kind: entities.Building, Properties: []string{"name", "height"}}

func newStore(t testing.TB) entities.Store {
	t.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := storetest.NewModel(storetest.Config{Now: func() time.Time { now = now.Add(time.Second); return now }})
	t.Cleanup(func() { s.Close() })
	return s
}

func apply(t testing.TB, s entities.Store, acts ...entities.Act) entities.Revision {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Apply(t.Context(), entities.Batch{Key: fmt.Sprint("batch ", head+1), Acts: acts})
	if err != nil {
		t.Fatal(err)
	}
	return r.Revision
}

// in places flat tile units of a tile on the globe.
func in(id tiles.ID, units ...float64) []float64 {
	flat := make([]float64, len(units))
	side := float64(int64(1) << (32 - id.Z))
	for i := 0; i < len(units); i += 2 {
		x := (float64(id.X) + units[i]/4096) * side
		y := (float64(id.Y) + units[i+1]/4096) * side
		flat[i], flat[i+1] = snapshot.Point{X: uint32(x), Y: uint32(y)}.LonLat()
	}
	return flat
}

func shape(t testing.TB, g geom.T) *entities.Geometry {
	t.Helper()
	out, err := entities.NewGeometry(g)
	if err != nil {
		t.Fatal(err)
	}
	return &out
}

// polygon makes a polygon of rings in tile units, which are closed here.
func polygon(t testing.TB, id tiles.ID, rings ...[]float64) *entities.Geometry {
	t.Helper()
	var flat []float64
	var ends []int
	for _, r := range rings {
		flat = append(flat, in(id, append(r[:len(r):len(r)], r[0], r[1])...)...)
		ends = append(ends, len(flat))
	}
	return shape(t, geom.NewPolygonFlat(geom.XY, flat, ends))
}

func box(x0, y0, x1, y1 float64) []float64 { return []float64{x0, y0, x1, y0, x1, y1, x0, y1} }

func building(key string, from entities.Instant, g *entities.Geometry, attrs ...entities.Attr) *entities.Assert {
	return &entities.Assert{
		Subject: entities.ByKey("test", key), Kind: entities.Building, Over: entities.Since(from), Geometry: g,
		Patch: entities.NewAttrs(attrs...), Origin: entities.Origin{Source: "survey"},
	}
}

func attr(name string, v entities.Value) entities.Attr { return entities.Attr{Name: name, Value: v} }

// follow is live, kept up to date.
func follow(t testing.TB, s entities.Store, layer snapshot.Layer) *snapshot.Live {
	t.Helper()
	l := live(t, s, layer)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return l
}

func wait(t testing.TB, l *snapshot.Live, rev entities.Revision) {
	t.Helper()
	if err := l.Wait(t.Context(), rev); err != nil {
		t.Fatal(err)
	}
}

func ask(id tiles.ID, at entities.Instant) tiles.Request {
	return tiles.Request{Layers: []string{"building"}, Z: int64(id.Z), X: int64(id.X), Y: int64(id.Y), At: at}
}

func get1(t testing.TB, s *tiles.Server, r tiles.Request) tiles.Tile {
	t.Helper()
	tile, err := s.Tile(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return tile
}
