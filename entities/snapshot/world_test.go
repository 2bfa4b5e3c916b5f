package snapshot_test

import (
	"math"
	"slices"
	"testing"

	"github.com/twpayne/go-geom"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

func TestProject(t *testing.T) {
	for _, c := range []struct {
		name     string
		lon, lat float64
		want     snapshot.Point
	}{
		{"null island", 0, 0, snapshot.Point{X: 1 << 31, Y: 1 << 31}},
		{"north-western corner", -180, 85.05112877980659, snapshot.Point{}},
		{"south-eastern corner", 180, -85.05112877980659, snapshot.Point{X: math.MaxUint32, Y: math.MaxUint32}},
		{"poles are moved to the edge", 0, 90, snapshot.Point{X: 1 << 31}},
		{"a quarter", 90, 66.51326044311186, snapshot.Point{X: 3 << 30, Y: 1 << 30}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := snapshot.Project(c.lon, c.lat); got != c.want {
				t.Errorf("%v instead of %v", got, c.want)
			}
		})
	}
	rapid.Check(t, func(r *rapid.T) {
		p := snapshot.Point{X: rapid.Uint32().Draw(r, "x"), Y: rapid.Uint32().Draw(r, "y")}
		if got := snapshot.Project(p.LonLat()); got != p {
			r.Fatalf("%v came back as %v", p, got)
		}
	})
}

func TestWindowOverTheAntimeridian(t *testing.T) {
	w := snapshot.NewWindow(-100, 0, 100, 1000)
	for _, c := range []struct {
		name string
		x    uint32
		want bool
	}{{"west", math.MaxUint32 - 50, true}, {"east", 50, true}, {"between", 1 << 31, false}, {"behind", 101, false}} {
		if got := w.Intersects(snapshot.Box{MinX: c.x, MinY: 5, MaxX: c.x, MaxY: 5}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSearchFindsWhatAScanFinds(t *testing.T) {
	s := newStore(t)
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(r, "n")
		var acts []entities.Act
		for i := range n {
			lon := rapid.Float64Range(-179, 178).Draw(r, "lon")
			lat := rapid.Float64Range(-80, 80).Draw(r, "lat")
			acts = append(acts, building(string(rune('a'+i)), 0, square(t, lon, lat, rapid.Float64Range(1e-5, 1).Draw(r, "size"))))
		}
		s = newStore(t)
		if n > 0 {
			apply(t, s, acts...)
		}
		snap := build(t, s, buildings)
		defer snap.Close()
		x := rapid.Int64Range(-1<<31, 1<<32).Draw(r, "x")
		y := rapid.Int64Range(-1<<31, 1<<32).Draw(r, "y")
		w := snapshot.NewWindow(x, y, x+rapid.Int64Range(0, 1<<32).Draw(r, "w"), y+rapid.Int64Range(0, 1<<32).Draw(r, "h"))
		var got, want []entities.Code
		var last uint64
		search := func(w snapshot.Window, visit func(f *snapshot.Feature)) {
			_, err := snap.View().Search(snapshot.Search{Window: w, Revision: snap.Revision()}, func(f *snapshot.Feature) bool {
				visit(f)
				return true
			})
			if err != nil {
				r.Fatal(err)
			}
		}
		search(w, func(f *snapshot.Feature) {
			if f.Hilbert() < last {
				r.Fatal("not in order")
			}
			last = f.Hilbert()
			got = append(got, f.Code)
		})
		search(everywhere(), func(f *snapshot.Feature) {
			if w.Intersects(f.Box()) {
				want = append(want, f.Code)
			}
		})
		if !slices.Equal(got, want) {
			r.Fatalf("%v instead of %v", got, want)
		}
	})
}

func TestEveryShapeIsDrawn(t *testing.T) {
	line := []float64{1, 1, 2, 2, 3, 1}
	ring := []float64{0, 0, 2, 0, 2, 2, 0, 2, 0, 0}
	hole := append(slices.Clone(ring), 0.5, 0.5, 0.5, 1, 1, 1, 1, 0.5, 0.5, 0.5)
	collection := geom.NewGeometryCollection().MustPush(geom.NewPointFlat(geom.XY, []float64{9, 9}), geom.NewPolygonFlat(geom.XY, ring, []int{10}))
	for _, c := range []struct {
		name  string
		shape geom.T
		kind  snapshot.ShapeType
		rings []int // vertices of each; negative: a hole
	}{
		{"point", geom.NewPointFlat(geom.XYZ, []float64{1, 2, 3}), snapshot.Points, []int{1}},
		{"points", geom.NewMultiPointFlat(geom.XY, line), snapshot.Points, []int{3}},
		{"line", geom.NewLineStringFlat(geom.XY, line), snapshot.Lines, []int{3}},
		{"lines", geom.NewMultiLineStringFlat(geom.XY, append(slices.Clone(line), 5, 5, 6, 6), []int{6, 10}), snapshot.Lines, []int{3, 2}},
		{"polygon", geom.NewPolygonFlat(geom.XY, ring, []int{10}), snapshot.Polygons, []int{4}},
		{"hole", geom.NewPolygonFlat(geom.XY, hole, []int{10, 20}), snapshot.Polygons, []int{4, -4}},
		{"polygons", geom.NewMultiPolygonFlat(geom.XY, append(slices.Clone(hole), 5, 5, 6, 5, 6, 6, 5, 5), [][]int{{10, 20}, {28}}), snapshot.Polygons, []int{4, -4, 3}},
		{"collection", collection, snapshot.Polygons, []int{4}},
		{"empty", geom.NewPolygon(geom.XY), snapshot.NoShape, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := entities.NewGeometry(c.shape)
			if err != nil {
				t.Fatal(err)
			}
			s := newStore(t)
			apply(t, s, building("a", 0, &g, attr("name", entities.String("n"))))
			var kind snapshot.ShapeType
			var rings []int
			_, err = build(t, s, buildings).View().Search(snapshot.Search{Window: everywhere(), Revision: 1}, func(f *snapshot.Feature) bool {
				kind = f.Type()
				f.Rings()
				for ring, part := f.Ring(); ring != nil; ring, part = f.Ring() {
					n := len(ring) / 2
					if !part {
						n = -n
					}
					rings = append(rings, n)
				}
				return true
			})
			if err != nil || kind != c.kind || !slices.Equal(rings, c.rings) {
				t.Errorf("type %d, rings %v, error %v", kind, rings, err)
			}
			e, err := build(t, s, buildings).At(1).Get(t.Context(), codeOf(t, s, "a"), 0)
			if err != nil || !e.Geometry.Equal(g) {
				t.Errorf("the exact shape is not kept: %v", err)
			}
		})
	}
}
