package geodesy_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/internal/geodesy"
)

func TestWorld(t *testing.T) {
	const last = math.MaxUint32
	for _, v := range []struct {
		name     string
		lon, lat float64
		x, y     uint32
		ok       bool
	}{
		{"middle", 0, 0, 1 << 31, 1 << 31, true},
		{"north-west corner", -180, geodesy.MaxLatitude, 0, 0, true},
		{"south-east corner", 180, -geodesy.MaxLatitude, last, last, true},
		{"east of the world", 200, 0, last, 1 << 31, false},
		{"north of it", 0, 89, 1 << 31, 0, false},
		{"no number", math.NaN(), 0, 0, 0, false},
		{"infinite", math.Inf(1), math.Inf(-1), last, last, false},
		// 114.057939/360 + ½ and PROJ's EPSG:3857 y, 2576908.499953919 m, over the world's 40075016.685578488 m.
		{"Shenzhen", 114.057939, 22.543527, 3508247864, 1871308149, true},
	} {
		x, y, ok := geodesy.World(v.lon, v.lat)
		if x != v.x || y != v.y || ok != v.ok {
			t.Errorf("%s: %d, %d, %v, want %d, %d, %v", v.name, x, y, ok, v.x, v.y, v.ok)
		}
	}
}

func TestWorldRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, y := rapid.Uint32().Draw(rt, "x"), rapid.Uint32().Draw(rt, "y")
		lon, lat := geodesy.WorldToLonLat(x, y)
		gotX, gotY, _ := geodesy.World(lon, lat)
		if gotX != x || gotY != y {
			rt.Fatalf("%d, %d → %v, %v → %d, %d", x, y, lon, lat, gotX, gotY)
		}
	})
}

func TestTile(t *testing.T) {
	x, y, _ := geodesy.World(139.7671, 35.6812)
	tile := geodesy.TileAt(x, y, 15)
	if tile != (geodesy.Tile{Z: 15, X: 29105, Y: 12903}) {
		t.Errorf("Tokyo Station is in %+v", tile)
	}
	if !tile.Envelope().Contains(139.7671, 35.6812) {
		t.Errorf("envelope %+v", tile.Envelope())
	}
	if tx, ty, size := tile.World(); size != 1<<17 || tx != 29105<<17 || ty != 12903<<17 {
		t.Errorf("world %d %d %d", tx, ty, size)
	}
	if e := (geodesy.Tile{}).Envelope(); e.West != -180 || e.East != 180 ||
		!near(e.North, geodesy.MaxLatitude, 1e-12) || !near(e.South, -geodesy.MaxLatitude, 1e-12) {
		t.Errorf("the world is %+v", e)
	}
	for _, v := range []struct {
		tile geodesy.Tile
		want bool
	}{
		{geodesy.Tile{}, true},
		{geodesy.Tile{X: 1}, false},
		{geodesy.Tile{Z: 3, X: 7, Y: 7}, true},
		{geodesy.Tile{Z: 3, X: 7, Y: 8}, false},
		{geodesy.Tile{Z: 32, X: math.MaxUint32}, true},
		{geodesy.Tile{Z: 33}, false},
	} {
		if v.tile.Valid() != v.want {
			t.Errorf("%+v: not %v", v.tile, v.want)
		}
	}
	if got := geodesy.TileAt(math.MaxUint32, 5, 40); got.Z != 32 || got.X != math.MaxUint32 {
		t.Errorf("%+v", got)
	}
}

func BenchmarkWorld(b *testing.B) {
	for b.Loop() {
		geodesy.World(114.057939, 22.543527)
	}
}
