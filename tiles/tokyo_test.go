package tiles_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/twpayne/go-geom/encoding/geojson"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// heap is a store of one revision whose versions are a slice: enough to build
// snapshots of real data quickly. What it lacks panics.
type heap struct {
	entities.Store
	versions []entities.Entity
}

type heapReader struct {
	entities.Reader
	*heap
}

func (h *heap) published() entities.Published {
	return entities.Published{Revision: 1, Key: "tokyo", Time: time.Unix(0, 0), Kinds: []entities.Kind{entities.Building}}
}

func (h *heap) Head(context.Context) (entities.Revision, error) { return 1, nil }
func (h *heap) At(entities.Revision) entities.Reader            { return heapReader{heap: h} }
func (h *heap) Published(context.Context, entities.Revision) (entities.Published, error) {
	return h.published(), nil
}

func (r heapReader) History(context.Context, entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		for _, e := range r.versions {
			if !yield(e, nil) {
				return
			}
		}
	}
}

var tokyoLayer = snapshot.Layer{
	Name: "building", Kind: entities.Building,
	Properties: []string{"ward_code", "chome_code", "measured_height"},
}

// tokyo reads a file of buildings of central Tokyo, or skips.
func tokyo(t testing.TB, name string) *heap {
	t.Helper()
	dir := os.Getenv("CHENGMA_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "tokyo", name))
	if err != nil {
		t.Skipf("real data is not there: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	h := &heap{}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	for serial := uint64(1); lines.Scan(); serial++ {
		h.versions = append(h.versions, tokyoBuilding(t, lines.Bytes(), serial))
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return h
}

func tokyoBuilding(t testing.TB, line []byte, serial uint64) entities.Entity {
	var f struct {
		Properties map[string]any
		Geometry   *geojson.Geometry
	}
	if err := json.Unmarshal(line, &f); err != nil {
		t.Fatal(err)
	}
	shape, err := f.Geometry.Decode()
	if err != nil {
		t.Fatal(err)
	}
	e := entities.Entity{Valid: entities.Since(0), Recorded: entities.Span{From: 1, To: entities.Open}}
	if e.Geometry, err = entities.NewGeometry(shape); err != nil {
		t.Fatal(err)
	}
	if e.Code, err = entities.NewCode(entities.Building, serial); err != nil {
		t.Fatal(err)
	}
	var attrs []entities.Attr
	for name, v := range f.Properties {
		switch v := v.(type) {
		case string:
			attrs = append(attrs, entities.Attr{Name: name, Value: entities.String(v)})
		case float64:
			attrs = append(attrs, entities.Attr{Name: name, Value: entities.Float(v)})
		}
	}
	e.Attrs = entities.NewAttrs(attrs...)
	return e
}

func live(t testing.TB, s entities.Store, layer snapshot.Layer) *snapshot.Live {
	t.Helper()
	l, err := snapshot.OpenLive(t.Context(), snapshot.LiveConfig{Store: s, Layer: layer, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// tilesAt returns the tiles at a zoom that hold a building, in a scattered order.
func (h *heap) tilesAt(t testing.TB, z int64) [][2]int64 {
	t.Helper()
	seen := make(map[[2]int64]bool)
	var all [][2]int64
	for i := range h.versions {
		b, err := h.versions[i].Geometry.Bounds()
		if err != nil {
			t.Fatal(err)
		}
		p := snapshot.Project(b.West, b.North)
		k := [2]int64{int64(p.X) >> (32 - z), int64(p.Y) >> (32 - z)}
		if !seen[k] {
			seen[k] = true
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b [2]int64) int {
		return int((a[0]*7919+a[1]*104729)%1009 - (b[0]*7919+b[1]*104729)%1009)
	})
	return all
}
