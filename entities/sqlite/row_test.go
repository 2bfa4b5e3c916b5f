package sqlite_test

import (
	"math"
	"slices"
	"testing"

	"github.com/twpayne/go-geom"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// FuzzBounds: whatever the bytes, the walk never panics, and what it lets pass can
// be decoded without harm. Where it can, both see the same envelope.
func FuzzBounds(f *testing.F) {
	for _, shape := range []geom.T{
		geom.NewPointFlat(geom.XY, []float64{114, 22}),
		geom.NewPointFlat(geom.XYZ, []float64{114, 22, 9}),
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 4, 0, 4, 4, 0, 0, 1, 1, 2, 1, 2, 2, 1, 1}, []int{8, 16}),
		geom.NewPolygonFlat(geom.XYZ, []float64{0, 0, 1, 4, 0, 1, 4, 4, 1, 0, 0, 1}, []int{12}),
		geom.NewPolygon(geom.XY),
		geom.NewMultiPolygonFlat(geom.XY, []float64{0, 0, 4, 0, 4, 4, 0, 0, 9, 9, 10, 9, 10, 10, 9, 9}, [][]int{{8}, {16}}),
		geom.NewMultiPointFlat(geom.XY, []float64{1, 2, 3, 4}),
		geom.NewMultiLineStringFlat(geom.XY, []float64{1, 2, 3, 4, 5, 6, 7, 8}, []int{4, 8}),
		geom.NewGeometryCollection().MustPush(geom.NewPointFlat(geom.XY, []float64{1, 2}), geom.NewLineStringFlat(geom.XY, []float64{3, 4, 5, 6})),
	} {
		g, err := entities.NewGeometry(shape)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(g.WKB())
		f.Add(g.WKB()[:len(g.WKB())-1])
	}
	f.Add([]byte{1, 7, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := sqlite.Bounds(raw); err != nil {
			return
		}
		g, err := entities.GeometryFromWKB(raw)
		if err != nil || g.IsZero() {
			return
		}
		// As entities writes it, the walk must read it.
		got, err := sqlite.Bounds(g.WKB())
		if err != nil {
			t.Fatalf("%x: %v", g.WKB(), err)
		}
		want, err := g.Bounds()
		if err != nil {
			return
		}
		if got != want && !(got.Empty() && want.Empty()) {
			t.Errorf("%x: got %+v, want %+v", raw, got, want)
		}
	})
}

// TestHilbert: along the curve, neighbours on a grid of the globe are one step
// apart, and every cell comes once.
func TestHilbert(t *testing.T) {
	const side = 64
	type cell struct {
		x, y  int
		place uint64
	}
	var cells []cell
	for x := range side {
		for y := range side {
			lon, lat := -180+360*(float64(x)+0.5)/side, -90+180*(float64(y)+0.5)/side
			cells = append(cells, cell{x, y, sqlite.Hilbert(entities.Box{West: lon, South: lat, East: lon, North: lat})})
		}
	}
	slices.SortFunc(cells, func(a, b cell) int {
		if a.place < b.place {
			return -1
		}
		return 1
	})
	for i := 1; i < len(cells); i++ {
		a, b := cells[i-1], cells[i]
		if math.Abs(float64(a.x-b.x))+math.Abs(float64(a.y-b.y)) != 1 {
			t.Fatalf("cells %d and %d along the curve are at %d,%d and %d,%d", i-1, i, a.x, a.y, b.x, b.y)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		lon, lat := rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")
		if place := sqlite.Hilbert(entities.Box{West: lon, South: lat, East: lon, North: lat}); place >= 1<<48 {
			t.Fatalf("%g %g is at %d", lon, lat, place)
		}
	})
}
