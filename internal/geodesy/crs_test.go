package geodesy_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/internal/geodesy"
)

func crs(t testing.TB, name string) *geodesy.CRS {
	t.Helper()
	c, err := geodesy.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol }

// checkBoth asserts a vector in both directions: metres out of WGS 84 within
// tol, degrees back within the same distance.
func checkBoth(t *testing.T, name string, v [4]float64, tol float64) {
	t.Helper()
	c := crs(t, name)
	x, y := c.FromWGS84(v[0], v[1])
	if !near(x, v[2], tol) || !near(y, v[3], tol) {
		t.Errorf("%s: %v, %v → %.6f, %.6f, want %.6f, %.6f", name, v[0], v[1], x, y, v[2], v[3])
	}
	lon, lat := c.ToWGS84(v[2], v[3])
	if !near(lon, v[0], tol/50000) || !near(lat, v[1], tol/50000) {
		t.Errorf("%s: %v, %v → %.12f, %.12f, want %v, %v", name, v[2], v[3], lon, lat, v[0], v[1])
	}
}

// Published test points in the middle, at the edges and outside of the zone.
func TestEPSG4547ReferencePoints(t *testing.T) {
	for _, v := range [][4]float64{
		{114.057939, 22.543527, 505959.8396, 2493988.5323},
		{113.912316, 22.543847, 490980.4890, 2494025.4591},
		{114.236739, 22.557001, 524349.6117, 2495498.7549},
		{114.0, 22.5, 500000.0000, 2489167.3111},
		{113.7514, 22.8617, 474486.9498, 2529243.3192},
		{114.628, 22.446, 564644.8216, 2483322.7992},
		{115.5, 22.0, 654906.0409, 2434560.1928},
	} {
		checkBoth(t, "EPSG:4547", v, 5.1e-5) // half of the last digit given
	}
}

// Made with PROJ 9.1.1 (cct, +proj=tmerc, default algorithm), six decimals.
func TestTransverseMercatorAgainstPROJ(t *testing.T) {
	for _, v := range []struct {
		crs string
		v   [4]float64
	}{
		{"EPSG:4547", [4]float64{94, 18.3, -1649860.070856, 2145536.558356}},
		{"EPSG:4547", [4]float64{94, 53.1, -831551.957459, 6074905.883440}},
		{"EPSG:4547", [4]float64{111, 22.5, 191210.794894, 2492262.894784}},
		{"EPSG:4547", [4]float64{112.5, 53.1, 399530.188135, 5886800.903221}},
		{"EPSG:4547", [4]float64{114, 18.3, 500000, 2024186.567263}},
		{"EPSG:4547", [4]float64{114.7, 22.5, 572028.650582, 2489335.696767}},
		{"EPSG:4547", [4]float64{134, 22.5, 2588037.180289, 2632654.816246}},
		{"EPSG:32650", [4]float64{114.057939, 22.543527, 197394.277239, 2495970.172424}},
		{"EPSG:32650", [4]float64{120, 84, 534994.655061, 9329005.182447}},
		{"EPSG:32650", [4]float64{117.5, 0, 555638.192444, 0}},
		{"EPSG:32650", [4]float64{114, 60, 332705.178876, 6655205.483635}},
		{"EPSG:32756", [4]float64{151.2, -33.87, 333510.650081, 6250800.241184}},
		{"EPSG:32756", [4]float64{153, -80, 500000, 1118414.184012}},
		{"EPSG:32756", [4]float64{150, -0.5, 166034.098267, 9944658.611784}},
		{"EPSG:3857", [4]float64{114.057939, 22.543527, 12696871.690410260, 2576908.499953919}},
		{"EPSG:3857", [4]float64{139.767, 35.681, 15558791.269703466, 4256815.777264206}},
	} {
		checkBoth(t, v.crs, v.v, 1e-6)
	}
}

// Made with PROJ 9.1.1: cct with the inverse projection, a two-dimensional
// Helmert step with the parameters of EPSG:4833, 1676 and 5239, to degrees. PROJ ends its
// iteration for Krovak at 1e-10 radians, hence the tolerance of 1e-11 degrees (1 µm).
// This checks the formulae, not the 1 m of the parameters.
func TestNationalSystemsAgainstPROJ(t *testing.T) {
	for _, v := range []struct {
		crs  string
		x, y float64
		lon  float64
		lat  float64
	}{
		{"EPSG:28992", 155000, 463000, 5.387203508414, 52.155172301192},
		{"EPSG:28992", 84700, 447450, 4.363222336228, 52.010955311973},
		{"EPSG:7415", 121687, 487484, 4.898009893359, 52.374218164055},
		{"EPSG:7415", 233883.131, 582065.167, 6.568197740002, 53.219381063177},
		{"EPSG:7415", 14000, 370000, 3.365201114653, 51.301693029899},
		{"EPSG:7415", 176000, 308000, 5.684813974024, 50.761562228543},
		{"EPSG:7415", 276000, 470000, 7.157417901120, 52.204812612072},
		{"EPSG:2056", 2600000, 1200000, 7.438632420872, 46.951082771871},
		{"EPSG:2056", 2683141, 1248117, 8.539578872372, 47.378641662807},
		{"EPSG:2056", 2500000, 1118000, 6.142954192136, 46.206006992956},
		{"EPSG:2056", 2833000, 1150000, 10.472421453867, 46.460782408389},
		{"EPSG:2056", 2720000, 1075000, 8.982450478635, 45.816030725399},
		{"EPSG:2056", 2678000, 1295000, 8.479746073527, 47.800879573377},
		{"EPSG:5514", -773555, -999234, 13.908465719269, 50.438594106566},
		{"EPSG:5514", -743000, -1043000, 14.418593890510, 50.087346614665},
		{"EPSG:5514", -598000, -1160000, 16.609095125386, 49.201998257188},
		{"EPSG:5514", -890000, -1018000, 12.334608189637, 50.111090744921},
		{"EPSG:5514", -450000, -1100000, 18.566225402868, 49.865039570153},
	} {
		c := crs(t, v.crs)
		lon, lat := c.ToWGS84(v.x, v.y)
		if !near(lon, v.lon, 1e-11) || !near(lat, v.lat, 1e-11) {
			t.Errorf("%s: %v, %v → %.12f, %.12f, want %.12f, %.12f", v.crs, v.x, v.y, lon, lat, v.lon, v.lat)
		}
		if x, y := c.FromWGS84(v.lon, v.lat); !near(x, v.x, 2e-6) || !near(y, v.y, 2e-6) {
			t.Errorf("%s: %v, %v → %.7f, %.7f, want %v, %v", v.crs, v.lon, v.lat, x, y, v.x, v.y)
		}
	}
}

func TestSystemsOnOneDatumPassDegreesOn(t *testing.T) {
	for _, name := range []string{"OGC:CRS84", "OGC:CRS84h", "EPSG:4326", "EPSG:4979", "EPSG:4490", "EPSG:6668", "EPSG:6697"} {
		lon, lat := crs(t, name).ToWGS84(114.057939, 22.543527)
		if lon != 114.057939 || lat != 22.543527 {
			t.Errorf("%s: %v, %v", name, lon, lat)
		}
	}
}

func TestGCJ02AndBD09(t *testing.T) {
	gcj, bd := crs(t, "gcj02"), crs(t, "BD-09")
	x, y := gcj.FromWGS84(114.057939, 22.543527)
	if !near(x, 114.063053072, 5e-10) || !near(y, 22.540809912, 5e-10) {
		t.Errorf("GCJ-02: %.9f, %.9f", x, y)
	}
	x, y = bd.FromWGS84(114.057939, 22.543527)
	if !near(x, 114.069603271, 5e-10) || !near(y, 22.546468813, 5e-10) {
		t.Errorf("BD-09: %.9f, %.9f", x, y)
	}
	for _, c := range []*geodesy.CRS{gcj, bd} {
		if x, y := c.FromWGS84(139.7, 35.7); x != 139.7 || y != 35.7 {
			t.Errorf("%s: outside of the area moved to %v, %v", c, x, y)
		}
		if x, y := c.ToWGS84(139.7, 35.7); x != 139.7 || y != 35.7 {
			t.Errorf("%s: outside of the area moved to %v, %v", c, x, y)
		}
		if !c.InputOnly() || c.EPSG() != 0 || c.URI() != "" {
			t.Errorf("%s is not marked as a pseudo system", c)
		}
	}
}

// A round trip keeps 5e-7 m everywhere well inside the area (4.5e-12 degrees); the
// worst place is 105°E, where the shift holds a square root of zero.
func TestGCJ02AndBD09RoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lon := rapid.Float64Range(73, 137).Draw(rt, "lon")
		lat := rapid.Float64Range(2, 55).Draw(rt, "lat")
		for _, name := range []string{"gcj02", "bd09"} {
			c := crs(t, name)
			x, y := c.FromWGS84(lon, lat)
			if d := geodesy.Distance(lon, lat, x, y); d > 3000 {
				rt.Fatalf("%s moved %v, %v by %.1f m", name, lon, lat, d)
			}
			gotLon, gotLat := c.ToWGS84(x, y)
			if !near(gotLon, lon, 4.5e-12) || !near(gotLat, lat, 4.5e-12) {
				rt.Fatalf("%s: %v, %v came back as %v, %v", name, lon, lat, gotLon, gotLat)
			}
		}
	})
}

// Out and back in every system, anywhere in its area of use, within 0.1 µm
// (1e-12 degrees).
func TestRoundTripOfEverySystem(t *testing.T) {
	list := geodesy.List()
	rapid.Check(t, func(rt *rapid.T) {
		c := list[rapid.IntRange(0, len(list)-1).Draw(rt, "crs")]
		a := c.Area()
		lon := rapid.Float64Range(a.West, a.East).Draw(rt, "lon")
		lat := rapid.Float64Range(math.Max(a.South, -89.99), math.Min(a.North, 89.99)).Draw(rt, "lat")
		x, y := c.FromWGS84(lon, lat)
		gotLon, gotLat := c.ToWGS84(x, y)
		dlon := math.Remainder(gotLon-lon, 360) * math.Cos(lat*math.Pi/180)
		if !near(dlon, 0, 1e-12) || !near(gotLat, lat, 1e-12) {
			rt.Fatalf("%s: %v, %v → %v, %v → %v, %v", c, lon, lat, x, y, gotLon, gotLat)
		}
	})
}

func TestAxisOrder(t *testing.T) {
	for _, v := range []struct {
		crs        string
		order      geodesy.AxisOrder
		a, b       float64 // in the authority's order
		wantLon    float64
		wantLat    float64
		wantString string
	}{
		{"EPSG:4547", geodesy.NorthingEasting, 2493988.5323, 505959.8396, 114.057939, 22.543527, "northing-easting"},
		{"EPSG:4526", geodesy.NorthingEasting, 2493988.5323, 38505959.8396, 114.057939, 22.543527, "northing-easting"},
		{"EPSG:4490", geodesy.LatLon, 22.543527, 114.057939, 114.057939, 22.543527, "lat-lon"},
		{"EPSG:6697", geodesy.LatLon, 35.681, 139.767, 139.767, 35.681, "lat-lon"},
		{"OGC:CRS84", geodesy.LonLat, 114.057939, 22.543527, 114.057939, 22.543527, "lon-lat"},
		{"EPSG:32650", geodesy.EastingNorthing, 197394.277239, 2495970.172424, 114.057939, 22.543527, "easting-northing"},
	} {
		c := crs(t, v.crs)
		if c.AxisOrder() != v.order || c.AxisOrder().String() != v.wantString {
			t.Errorf("%s: axis order %v", v.crs, c.AxisOrder())
		}
		if got, err := geodesy.ParseAxisOrder(v.wantString); err != nil || got != v.order {
			t.Errorf("ParseAxisOrder(%q) = %v, %v", v.wantString, got, err)
		}
		lon, lat := c.FromAuthority(v.a, v.b)
		if !near(lon, v.wantLon, 1e-9) || !near(lat, v.wantLat, 1e-9) {
			t.Errorf("%s: FromAuthority = %v, %v", v.crs, lon, lat)
		}
		if a, b := c.ToAuthority(v.wantLon, v.wantLat); !near(a, v.a, 1e-4) || !near(b, v.b, 1e-4) {
			t.Errorf("%s: ToAuthority = %v, %v", v.crs, a, b)
		}
	}
	if _, err := geodesy.ParseAxisOrder("xy"); err == nil {
		t.Error("ParseAxisOrder accepted xy")
	}
}

func TestFlat(t *testing.T) {
	c := crs(t, "EPSG:4547")
	flat := []float64{2493988.5323, 505959.8396, 12.5, 2489167.3111, 500000, -3}
	if err := c.ToWGS84Flat(flat, 3, geodesy.AuthorityOrder); err != nil {
		t.Fatal(err)
	}
	want := []float64{114.057939, 22.543527, 12.5, 114, 22.5, -3}
	for i := range want {
		if !near(flat[i], want[i], 1e-9) {
			t.Fatalf("got %v, want %v", flat, want)
		}
	}
	if err := c.FromWGS84Flat(flat, 3, geodesy.XFirst); err != nil {
		t.Fatal(err)
	}
	want = []float64{505959.8396, 2493988.5323, 12.5, 500000, 2489167.3111, -3}
	for i := range want {
		if !near(flat[i], want[i], 1e-4) {
			t.Fatalf("got %v, want %v", flat, want)
		}
	}
}

func TestFlatErrors(t *testing.T) {
	gk, geo := crs(t, "EPSG:4547"), crs(t, "EPSG:4326")
	for _, v := range []struct {
		name   string
		crs    *geodesy.CRS
		flat   []float64
		stride int
		out    bool
		want   string
	}{
		{"short stride", gk, []float64{1, 2}, 1, false, "stride 1: a point has at least 2 values"},
		{"odd number", gk, []float64{1, 2, 3}, 2, false, "3 values are not a whole number of points of 2"},
		{"projected as degrees", geo, []float64{114, 22, 505959, 2493988}, 2, false, "point 1 (505959, 2.493988e+06) is no place on Earth when read as EPSG:4326"},
		{"not a number", geo, []float64{math.NaN(), 22}, 2, false, "point 0 (NaN, 22) is no place on Earth when read as EPSG:4326"},
		{"prefix missing", crs(t, "EPSG:4526"), []float64{505959, 2493988}, 2, false, "point 0 (505959, 2.493988e+06) is no place on Earth when read as EPSG:4526"},
		{"antipodes", gk, []float64{-66, 10}, 2, true, "point 0 (-66, 10) has no place in EPSG:4547"},
	} {
		t.Run(v.name, func(t *testing.T) {
			var err error
			if v.out {
				err = v.crs.FromWGS84Flat(v.flat, v.stride, geodesy.XFirst)
			} else {
				err = v.crs.ToWGS84Flat(v.flat, v.stride, geodesy.XFirst)
			}
			if err == nil || err.Error() != v.want {
				t.Errorf("got %v, want %s", err, v.want)
			}
		})
	}
}

// No input panics, and what comes back is finite or NaN.
func FuzzConvert(f *testing.F) {
	f.Add(114.0, 22.5)
	f.Add(-773555.0, -999234.0)
	f.Add(math.Inf(1), math.NaN())
	f.Add(1e308, -1e308)
	f.Add(0.0, 90.0)
	systems := append(geodesy.List()[:16], crs(f, "EPSG:28992"), crs(f, "EPSG:2056"), crs(f, "EPSG:5514"), crs(f, "gcj02"), crs(f, "bd09"))
	f.Fuzz(func(t *testing.T, x, y float64) {
		for _, c := range systems {
			lon, lat := c.ToWGS84(x, y)
			if c.Projected() && math.Abs(lat) > 90 {
				t.Errorf("%s: %v, %v → %v, %v", c, x, y, lon, lat)
			}
			c.FromWGS84(x, y)
		}
	})
}
