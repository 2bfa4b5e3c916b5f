package snapshot_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/entities/storetest"
)

var buildings = snapshot.Layer{Name: "building", Kind: entities.Building, Properties: []string{"name", "height"}}

// clock gives each batch its own time.
func clock() func() time.Time {
	t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { t = t.Add(time.Second); return t }
}

func newStore(t testing.TB) entities.Store {
	t.Helper()
	s := storetest.NewModel(storetest.Config{Now: clock()})
	t.Cleanup(func() { s.Close() })
	return s
}

// apply publishes acts and returns the revision.
func apply(t testing.TB, s entities.Store, acts ...entities.Act) entities.Revision {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Apply(context.WithoutCancel(t.Context()), entities.Batch{Key: fmt.Sprintf("batch %d", head+1), Acts: acts})
	if err != nil {
		t.Fatal(err)
	}
	return r.Revision
}

// square is a geometry of side size degrees with its south-western corner given.
func square(t testing.TB, lon, lat, size float64) *entities.Geometry {
	t.Helper()
	g, err := entities.NewGeometry(geom.NewPolygonFlat(geom.XY, []float64{
		lon, lat, lon + size, lat, lon + size, lat + size, lon, lat + size, lon, lat,
	}, []int{10}))
	if err != nil {
		t.Fatal(err)
	}
	return &g
}

func point(t testing.TB, lon, lat float64) *entities.Geometry {
	t.Helper()
	g, err := entities.NewGeometry(geom.NewPointFlat(geom.XY, []float64{lon, lat}))
	if err != nil {
		t.Fatal(err)
	}
	return &g
}

func building(key string, from entities.Instant, shape *entities.Geometry, attrs ...entities.Attr) *entities.Assert {
	return &entities.Assert{
		Subject: entities.ByKey("test", key), Kind: entities.Building, Over: entities.Since(from),
		Geometry: shape, Patch: entities.NewAttrs(attrs...), Origin: entities.Origin{Source: "survey", Document: "plan 1"},
	}
}

func attr(name string, v entities.Value) entities.Attr { return entities.Attr{Name: name, Value: v} }

func codeOf(t testing.TB, s entities.Store, key string) entities.Code {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.At(head).Resolve(t.Context(), []entities.Key{{Scheme: "test", Value: key}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	code, err := found[0].Code()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// build writes and opens a snapshot of the store's head.
func build(t testing.TB, s entities.Store, layer snapshot.Layer) *snapshot.Snapshot {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layer.snapshot")
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var at entities.Published
	if head > 0 {
		if at, err = s.Published(t.Context(), head); err != nil {
			t.Fatal(err)
		}
	}
	if err := snapshot.Build(t.Context(), s.At(head), at, layer, path); err != nil {
		t.Fatal(err)
	}
	snap, err := snapshot.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

func everywhere() snapshot.Window { return snapshot.NewWindow(0, 0, 1<<32-1, 1<<32-1) }
