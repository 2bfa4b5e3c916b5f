package geodesy_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/internal/geodesy"
)

// Made with geod of PROJ 9.1.1 (Karney's geodesics, +ellps=WGS84).
func TestDistance(t *testing.T) {
	for _, v := range []struct {
		name                   string
		lon1, lat1, lon2, lat2 float64
		want, tolerance        float64 // relative
	}{
		{"a kilometre", 114.057939, 22.543527, 114.07, 22.55, 1432.806041, 1e-6},
		{"a street", 114, 22.5, 114.001, 22.5, 102.896250, 1e-6},
		{"a province", 114, 22.5, 114.9, 23.4, 135844.337762, 1e-4},
		{"Shenzhen to Beijing", 114, 22.5, 116.4, 39.9, 1942551.048231, 1e-4},
		{"across the antimeridian", 179.999, 0, -179.999, 0.001, 248.585572, 1e-6},
		{"far north", 120, 53.3, 120.02, 53.31, 1736.715664, 1e-6},
		{"London to Sydney", -0.12, 51.5, 151.2, -33.87, 16988771.373808, 1e-4},
		{"half the equator", 0, 0, 170, 0, 18924313.434857, 1e-4},
		{"nothing", 114, 22.5, 114, 22.5, 0, 0},
		{"nothing at the pole", 0, 90, 0, 90, 0, 0},
	} {
		got := geodesy.Distance(v.lon1, v.lat1, v.lon2, v.lat2)
		if !near(got, v.want, v.want*v.tolerance) {
			t.Errorf("%s: %.6f, want %.6f", v.name, got, v.want)
		}
		if back := geodesy.Distance(v.lon2, v.lat2, v.lon1, v.lat1); !near(back, got, 1e-6*got) {
			t.Errorf("%s: %v there, %v back", v.name, got, back)
		}
	}
}

// The area of the whole ellipsoid is known.
func TestRingAreaOfTheGlobe(t *testing.T) {
	// A sixteenth of the ellipsoid's 510065621724088.44 m².
	octant := []float64{0, 0, 45, 0, 45, 90, 0, 90}
	if got := geodesy.RingArea(octant, 2); !near(got, 510065621724088.44/16, 1) {
		t.Errorf("%f", got)
	}
}

// The same rings in a transverse Mercator plane on their own central meridian,
// where the scale is 1 within 1e-6, by the shoelace formula.
func TestRingAreaAgainstPlane(t *testing.T) {
	gk := crs(t, "EPSG:4547")
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(3, 12).Draw(rt, "n")
		size := math.Pow(10, rapid.Float64Range(-5, -1.3).Draw(rt, "size")) // a metre to 5 km
		lat0 := rapid.Float64Range(18, 53).Draw(rt, "lat")
		ring, plane := make([]float64, 0, 3*n), make([]float64, 0, 2*n)
		for i := range n {
			s, c := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			r := size * rapid.Float64Range(0.5, 1).Draw(rt, "r")
			lon, lat := 114+r*c, lat0+r*s
			x, y := gk.FromWGS84(lon, lat)
			ring, plane = append(ring, lon, lat, 30), append(plane, x, y)
		}
		var want float64
		for i := range n {
			j := (i + 1) % n
			want += (plane[2*i]-plane[0])*(plane[2*j+1]-plane[1]) - (plane[2*j]-plane[0])*(plane[2*i+1]-plane[1])
		}
		want /= 2
		got := geodesy.SignedRingArea(ring, 3)
		if !near(got, want, 1e-3*want) {
			rt.Fatalf("%v m², want %v", got, want)
		}
		closed := append(append([]float64{}, ring...), ring[:3]...)
		if again := geodesy.RingArea(closed, 3); !near(again, got, 1e-9*got) {
			rt.Fatalf("%v open, %v closed", got, again)
		}
	})
}

func TestRingAreaEdges(t *testing.T) {
	square := []float64{114, 22.5, 114.001, 22.5, 114.001, 22.501, 114, 22.501}
	clockwise := []float64{114, 22.5, 114, 22.501, 114.001, 22.501, 114.001, 22.5}
	a, b := geodesy.SignedRingArea(square, 2), geodesy.SignedRingArea(clockwise, 2)
	if a <= 0 || !near(a, -b, 1e-6) {
		t.Errorf("%v, %v", a, b)
	}
	across := []float64{179.9995, 22.5, -179.9995, 22.5, -179.9995, 22.501, 179.9995, 22.501}
	if c := geodesy.RingArea(across, 2); !near(c, a, 1e-3) {
		t.Errorf("across the antimeridian %v, elsewhere %v", c, a)
	}
	for _, flat := range [][]float64{nil, {1, 2}, {1, 2, 3, 4}} {
		if c := geodesy.RingArea(flat, 2); c != 0 {
			t.Errorf("%v: %v", flat, c)
		}
	}
	if c := geodesy.RingArea(square, 0); c != 0 {
		t.Errorf("stride 0: %v", c)
	}
}

func TestSegmentDistance(t *testing.T) {
	f := geodesy.NewFrame(114, 22.5)
	at := func(x, y float64) (float64, float64) { return f.LonLat(x, y) }
	for _, v := range []struct {
		name           string
		x1, y1, x2, y2 float64
		want           float64
	}{
		{"beside", -50, 30, 80, 30, 30},
		{"before the beginning", 30, 40, 90, 40, 50},
		{"behind the end", -90, 40, -30, 40, 50},
		{"through", -10, -10, 10, 10, 0},
		{"a point", 3, 4, 3, 4, 5},
	} {
		lon1, lat1 := at(v.x1, v.y1)
		lon2, lat2 := at(v.x2, v.y2)
		if got := geodesy.SegmentDistance(114, 22.5, lon1, lat1, lon2, lat2); !near(got, v.want, 1e-6) {
			t.Errorf("%s: %v, want %v", v.name, got, v.want)
		}
	}
	path := make([]float64, 0, 9)
	for _, p := range [][2]float64{{100, 100}, {100, 20}, {-100, 20}} {
		lon, lat := at(p[0], p[1])
		path = append(path, lon, lat, 7)
	}
	if got := f.Path(path, 3); !near(got, 20, 1e-6) {
		t.Errorf("path %v", got)
	}
	if got := f.Path(path[:3], 3); !near(got, math.Hypot(100, 100), 1e-6) {
		t.Errorf("path of one point %v", got)
	}
	if got := f.Path(nil, 2); !math.IsInf(got, 1) {
		t.Errorf("empty path %v", got)
	}
}

// Everything within r metres is in the box for r, and the frame's distances
// agree with Distance as well as it says.
func TestFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lon := rapid.Float64Range(-180, 180).Draw(rt, "lon")
		lat := rapid.Float64Range(-60, 60).Draw(rt, "lat")
		r := rapid.Float64Range(1, 20000).Draw(rt, "r")
		s, c := math.Sincos(rapid.Float64Range(0, 2*math.Pi).Draw(rt, "direction"))
		f := geodesy.NewFrame(lon, lat)
		lon2, lat2 := f.LonLat(r*c, r*s)
		d := geodesy.Distance(lon, lat, lon2, lat2)
		x, y := f.XY(lon2, lat2)
		tolerance := 1e-3
		if r > 5000 {
			tolerance = 3e-3
		}
		if !near(math.Hypot(x, y), d, tolerance*d) {
			rt.Fatalf("frame %v m, Distance %v m", math.Hypot(x, y), d)
		}
		if !f.Envelope(d).Contains(lon2, lat2) {
			rt.Fatalf("%v, %v at %v m is not in %+v", lon2, lat2, d, f.Envelope(d))
		}
	})
	if e := geodesy.NewFrame(10, 89.99).Envelope(5000); e.West != -180 || e.East != 180 || e.North != 90 {
		t.Errorf("near the pole %+v", e)
	}
}

func BenchmarkDistance(b *testing.B) {
	for b.Loop() {
		geodesy.Distance(114.057939, 22.543527, 114.07, 22.55)
	}
}

func BenchmarkSegment(b *testing.B) {
	f := geodesy.NewFrame(114, 22.5)
	for b.Loop() {
		f.Segment(114.001, 22.501, 114.002, 22.499)
	}
}

func BenchmarkRingArea(b *testing.B) {
	square := []float64{114, 22.5, 114.001, 22.5, 114.001, 22.501, 114, 22.501, 114, 22.5}
	for b.Loop() {
		geodesy.RingArea(square, 2)
	}
}
