package tiles_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/twpayne/go-geom"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/tiles"
)

var here = tiles.ID{Z: 14, X: 14552, Y: 6451} // central Tokyo

// drawOne draws a shape alone in a tile.
func drawOne(t testing.TB, id tiles.ID, g *entities.Geometry) (tiles.Tile, []strictLayer) {
	t.Helper()
	s := newStore(t)
	apply(t, s, building("a", 0, g, attr("name", entities.String("楼"))))
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain), Detail: -1}}})
	tile := get1(t, server, ask(id, 5))
	return tile, decode(t, tile)
}

func TestShapes(t *testing.T) {
	flat := func(units ...float64) []float64 { return in(here, units...) }
	for _, c := range []struct {
		name  string
		g     *entities.Geometry
		parts string
	}{
		{"point", shape(t, geom.NewPointFlat(geom.XY, flat(10, 20))), "[[[10 20]]]"},
		{"point in the buffer", shape(t, geom.NewPointFlat(geom.XY, flat(-60, 20))), "[[[-60 20]]]"},
		{"point beyond it", shape(t, geom.NewPointFlat(geom.XY, flat(-66, 20))), "[]"},
		{"points", shape(t, geom.NewMultiPointFlat(geom.XY, flat(10, 20, 5000, 5000, 30, 40))), "[[[10 20] [30 40]]]"},
		{"line", shape(t, geom.NewLineStringFlat(geom.XY, flat(0, 0, 100, 0, 200, 0, 200, 50))), "[[[0 0] [200 0] [200 50]]]"},
		{"line that leaves and comes back", shape(t, geom.NewLineStringFlat(geom.XY, flat(4000, 0, 5000, 0, 5000, 100, 4000, 100))), "[[[4000 0] [4160 0]] [[4160 100] [4000 100]]]"},
		{"polygon, any winding", polygon(t, here, []float64{0, 100, 100, 100, 100, 0, 0, 0}), "[[[0 0] [100 0] [100 100] [0 100]]]"},
		{"hole", polygon(t, here, box(100, 100, 900, 900), box(300, 300, 500, 500)), "[[[100 100] [900 100] [900 900] [100 900]] [[300 500] [500 500] [500 300] [300 300]]]"},
		{"larger than the tile", polygon(t, here, box(-9000, -9000, 9000, 9000)), "[[[-64 4160] [-64 -64] [4160 -64] [4160 4160]]]"},
		{"in the hole of a larger one", polygon(t, here, box(-9000, -9000, 9000, 9000), box(-5000, -5000, 6000, 6000)), "[[[-64 4160] [-64 -64] [4160 -64] [4160 4160]] [[4160 4160] [4160 -64] [-64 -64] [-64 4160]]]"},
		{"beside the tile", polygon(t, here, box(4200, 0, 4300, 100)), "[]"},
		{"too small to matter", polygon(t, here, box(10.1, 10.1, 10.3, 10.3)), "[]"},
		{"thin as a wall, a pixel in all", polygon(t, here, box(100, 100.1, 1100, 100.45)), "[[[100 100] [1100 100] [1100 101] [100 101]]]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, layers := drawOne(t, here, c.g)
			parts := "[]"
			if len(layers) > 0 {
				parts = fmt.Sprint(rotated(layers[0].features[0]))
			}
			if parts != c.parts {
				t.Errorf("%s instead of %s", parts, c.parts)
			}
		})
	}
}

// rotated is what a feature's parts are, rings as they begin.
func rotated(f strictFeature) [][][2]int64 { return f.parts }

func TestAnotherDecoderReadsTheSame(t *testing.T) {
	s := newStore(t)
	apply(t, s,
		building("a", 0, polygon(t, here, box(100, 100, 900, 900), box(300, 300, 500, 500)),
			attr("name", entities.String("市民中心")), attr("height", entities.Float(12.5))),
		building("b", 0, shape(t, geom.NewPointFlat(geom.XY, in(here, 10, 20))), attr("height", entities.Int(-3))),
	)
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain), Detail: -1}}})
	tile := get1(t, server, ask(here, 5))
	layers, err := mvt.Unmarshal(unzip(t, tile.Data))
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) != 1 || layers[0].Name != "building" || layers[0].Version != 2 || layers[0].Extent != 4096 || len(layers[0].Features) != 2 {
		t.Fatalf("%+v", layers)
	}
	for _, f := range layers[0].Features {
		code, err := entities.ParseCode(f.Properties["code"].(string))
		if err != nil || float64(code) != f.ID.(float64) {
			t.Errorf("id %v, code %v: %v", f.ID, f.Properties["code"], err)
		}
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			if len(g) != 2 || f.Properties["name"] != "市民中心" || f.Properties["height"] != 12.5 {
				t.Errorf("%v %v", g, f.Properties)
			}
		case orb.Point:
			if g != (orb.Point{10, 20}) || f.Properties["height"] != -3.0 {
				t.Errorf("%v %v", g, f.Properties)
			}
		}
	}
}

// star draws a simple polygon around a center: corners at rising angles.
func star(r *rapid.T) []float64 {
	n := rapid.IntRange(3, 24).Draw(r, "corners")
	cx, cy := rapid.Float64Range(-500, 4600).Draw(r, "cx"), rapid.Float64Range(-500, 4600).Draw(r, "cy")
	size := math.Exp(rapid.Float64Range(-1, 8).Draw(r, "size"))
	var flat []float64
	for i := range n {
		angle := 2 * math.Pi * float64(i) / float64(n)
		radius := size * rapid.Float64Range(0.2, 1).Draw(r, "radius")
		flat = append(flat, cx+radius*math.Cos(angle), cy+radius*math.Sin(angle))
	}
	return flat
}

// clippedArea is the area of a polygon in the tile and its buffer, by slicing: it
// shares nothing with the clipper. Also the length of its outline there, at most.
func clippedArea(ring []float64) (area, outline float64) {
	const low, high = -tiles.Buffer, tiles.Extent + tiles.Buffer
	n := len(ring)
	minY, maxY := math.Inf(1), math.Inf(-1)
	for i := 0; i < n; i += 2 {
		minY, maxY = min(minY, ring[i+1]), max(maxY, ring[i+1])
		j := (i + 2) % n
		outline += math.Hypot(ring[j]-ring[i], ring[j+1]-ring[i+1])
	}
	minY, maxY = max(minY, low), min(maxY, high)
	if maxY <= minY {
		return 0, outline
	}
	const slices = 4000
	step := (maxY - minY) / slices
	for k := range slices {
		y := minY + (float64(k)+0.5)*step
		var sum float64
		for i := 0; i < n; i += 2 {
			j := (i + 2) % n
			x0, y0, x1, y1 := ring[i], ring[i+1], ring[j], ring[j+1]
			if (y0 > y) == (y1 > y) {
				continue
			}
			x := min(max(x0+(y-y0)*(x1-x0)/(y1-y0), low), high)
			if y1 > y0 {
				sum += x
			} else {
				sum -= x
			}
		}
		area += math.Abs(sum) * step
	}
	return area, outline
}

func TestAreaIsKept(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ring := star(r)
		want, outline := clippedArea(ring)
		_, layers := drawOne(t, here, polygon(t, here, ring))
		var got float64
		for _, l := range layers {
			for _, a := range l.features[0].areas {
				got += float64(a) / 2
			}
		}
		// Rounding moves the outline by at most 0.71, simplifying by 0.5.
		if bound := 1.3*min(outline, 40_000) + 2; math.Abs(got-want) > bound {
			r.Fatalf("area %g instead of %g, more than %g off", got, want, bound)
		}
		if pixel := 256.0; want > pixel && got == 0 {
			r.Fatalf("a polygon of %g square units vanished", want)
		}
	})
}

func TestAnyRingGivesAProperTile(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		coordinate := rapid.OneOf(rapid.Float64Range(-200, 4300), rapid.Map(rapid.IntRange(-2, 6), func(i int) float64 { return float64(i) }))
		ring := rapid.SliceOfN(coordinate, 6, 40).Draw(r, "ring")
		ring = ring[:len(ring)/2*2]
		id := here
		if rapid.Bool().Draw(r, "deep") {
			id = tiles.ID{Z: 22, X: here.X << 8, Y: here.Y << 8}
		}
		drawOne(t, id, polygon(t, id, ring)) // decode fails on what is not proper
		drawOne(t, id, shape(t, geom.NewLineStringFlat(geom.XY, in(id, ring...))))
	})
}

func FuzzGeometry(f *testing.F) {
	for kind, units := range [][]float64{box(0, 0, 10, 10), box(-90, -90, 5000, 5000), {0, 0, 10, 0, 0, 0, 10, 0}, {1e6, -1e6, 3, 3}} {
		var raw []byte
		for _, u := range in(here, units...) {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(u))
		}
		f.Add(byte(kind), raw)
	}
	f.Fuzz(func(t *testing.T, kind byte, raw []byte) {
		var flat []float64
		for len(raw) >= 16 && len(flat) < 400 {
			lon := math.Float64frombits(binary.LittleEndian.Uint64(raw))
			lat := math.Float64frombits(binary.LittleEndian.Uint64(raw[8:]))
			flat, raw = append(flat, math.Mod(lon, 180), math.Mod(lat, 90)), raw[16:]
		}
		if len(flat) == 0 {
			return
		}
		half := len(flat) / 4 * 2
		var g geom.T
		switch kind % 5 {
		case 0:
			g = geom.NewPolygonFlat(geom.XY, flat, []int{len(flat)})
		case 1:
			g = geom.NewPolygonFlat(geom.XY, flat, []int{half, len(flat)})
		case 2:
			g = geom.NewMultiPolygonFlat(geom.XY, flat, [][]int{{half}, {len(flat)}})
		case 3:
			g = geom.NewMultiLineStringFlat(geom.XY, flat, []int{half, len(flat)})
		default:
			g = geom.NewMultiPointFlat(geom.XY, flat)
		}
		kept, err := entities.NewGeometry(g)
		if err != nil {
			return // not finite
		}
		for _, id := range []tiles.ID{{}, here, {Z: 22, X: here.X << 8, Y: here.Y << 8}} {
			drawOne(t, id, &kept)
		}
	})
}

func TestNeighboursStayNeighbours(t *testing.T) {
	// Two parcels share a crooked border; what is drawn covers both, with at most
	// one unit between them along it.
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(r, "n")
		var border []float64
		for i := range n {
			border = append(border, 2000+rapid.Float64Range(-3, 3).Draw(r, "x"), 100+float64(i)*40+rapid.Float64Range(-15, 15).Draw(r, "y"))
		}
		low, high := border[1], border[len(border)-1]
		left := append([]float64{}, border...)
		left = append(left, 1500, high, 1500, low)
		right := []float64{2500, low, 2500, high}
		for i := len(border) - 2; i >= 0; i -= 2 {
			right = append(right, border[i], border[i+1])
		}
		area := func(ring []float64) float64 {
			_, layers := drawOne(t, here, polygon(t, here, ring))
			return float64(layers[0].features[0].areas[0]) / 2
		}
		together := 1000 * (math.Round(high) - math.Round(low))
		var length float64
		for i := 2; i < len(border); i += 2 {
			length += math.Hypot(border[i]-border[i-2], border[i+1]-border[i-1])
		}
		if gap := math.Abs(area(left) + area(right) - together); gap > length+1000 {
			r.Fatalf("%g square units between the two, along %g units", gap, length)
		}
	})
}

func TestOverTheAntimeridian(t *testing.T) {
	s := newStore(t)
	point := func(lon float64) *entities.Geometry { return shape(t, geom.NewPointFlat(geom.XY, []float64{lon, 10})) }
	both := shape(t, geom.NewMultiPolygonFlat(geom.XY, []float64{
		179.9, 10, 180, 10, 180, 10.1, 179.9, 10.1, 179.9, 10,
		-180, 10, -179.9, 10, -179.9, 10.1, -180, 10.1, -180, 10,
	}, [][]int{{10}, {20}}))
	apply(t, s, building("west", 0, point(-179.999)), building("east", 0, point(179.999)), building("both", 0, both))
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain), Detail: -1}}})
	p := snapshot.Project(179.999, 10.05)
	for _, x := range []uint32{0, 255} {
		tile := get1(t, server, ask(tiles.ID{Z: 8, X: x, Y: p.Y >> 24}, 5))
		layers := decode(t, tile)
		if len(layers) != 1 || len(layers[0].features) != 3 {
			t.Fatalf("x %d: %d features instead of all three", x, tile.Features)
		}
		for _, f := range layers[0].features {
			if f.kind == 3 && len(f.parts) != 2 {
				t.Errorf("x %d: the polygon has %d parts", x, len(f.parts))
			}
		}
	}
	if got := decode(t, get1(t, server, ask(tiles.ID{}, 5))); len(got[0].features) != 3 {
		t.Errorf("the whole world has %d features", len(got[0].features))
	}
}
