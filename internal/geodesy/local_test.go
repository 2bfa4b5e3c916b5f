package geodesy_test

import (
	"strings"
	"testing"

	"github.com/chengma/chengma/internal/geodesy"
)

// The parameters below are made up; no city's are known here.
var helmert = geodesy.HelmertParams{
	TX: -12.5, TY: 113.2, TZ: 77.7, RX: 1.1, RY: -0.7, RZ: 2.3, ScalePPM: -4.4,
	Convention: "position-vector", Ellipsoid: "krassowsky",
	Projection: &geodesy.TransverseParams{
		CentralMeridian: 114, LatitudeOfOrigin: 10, Scale: 0.9999, FalseEasting: 120000, FalseNorthing: 1000000,
	},
}

// The plane is turned by 90°, so that the expected values can be read off: local
// east is grid north.
func TestLocalPlane(t *testing.T) {
	c, err := geodesy.NewLocal(geodesy.LocalConfig{
		Name: "city-local", Title: "made up", AxisOrder: "northing-easting",
		Plane: &geodesy.PlaneParams{Target: "EPSG:4547", DE: 500000, DN: 2490000, Rotation: 90 * 3600, Scale: 1.00001},
	})
	if err != nil {
		t.Fatal(err)
	}
	gk := crs(t, "EPSG:4547")
	wantLon, wantLat := gk.ToWGS84(500000-2000*1.00001, 2490000+3000*1.00001)
	lon, lat := c.ToWGS84(3000, 2000)
	if !near(lon, wantLon, 1e-12) || !near(lat, wantLat, 1e-12) {
		t.Errorf("%v, %v, want %v, %v", lon, lat, wantLon, wantLat)
	}
	if n, e := c.ToAuthority(lon, lat); !near(e, 3000, 1e-6) || !near(n, 2000, 1e-6) {
		t.Errorf("back: %v, %v", e, n)
	}
	if !c.Projected() || c.EPSG() != 0 || c.URI() != "" || c.Name() != "city-local" || c.Area().West != -180 {
		t.Errorf("%+v", c)
	}
}

// Made with PROJ 9.1.1 (cct: tmerc or degrees, cart, helmert, cart).
func TestLocalGeocentric(t *testing.T) {
	geographic := helmert
	geographic.Convention, geographic.Ellipsoid, geographic.Projection = "coordinate-frame", "iag75", nil
	for _, v := range []struct {
		name     string
		order    string
		params   geodesy.HelmertParams
		x, y     float64
		lon, lat float64
	}{
		{"projected", "easting-northing", helmert, 120500, 2500300, 114.005328161759, 23.557958829077},
		{"geographic", "lat-lon", geographic, 114.05, 22.5, 114.048899432710, 22.500073101313},
	} {
		t.Run(v.name, func(t *testing.T) {
			c, err := geodesy.NewLocal(geodesy.LocalConfig{Name: "x", AxisOrder: v.order, Geocentric: &v.params})
			if err != nil {
				t.Fatal(err)
			}
			lon, lat := c.ToWGS84(v.x, v.y)
			if !near(lon, v.lon, 2e-12) || !near(lat, v.lat, 2e-12) {
				t.Errorf("%.12f, %.12f, want %.12f, %.12f", lon, lat, v.lon, v.lat)
			}
			if x, y := c.FromWGS84(lon, lat); !near(x, v.x, 1e-7) || !near(y, v.y, 1e-7) {
				t.Errorf("back: %v, %v", x, y)
			}
		})
	}
}

func TestLocalErrors(t *testing.T) {
	plane := func(f func(*geodesy.PlaneParams)) geodesy.LocalConfig {
		p := geodesy.PlaneParams{Target: "EPSG:4547", Scale: 1}
		f(&p)
		return geodesy.LocalConfig{Name: "x", AxisOrder: "easting-northing", Plane: &p}
	}
	geo := func(f func(*geodesy.HelmertParams)) geodesy.LocalConfig {
		p, pr := helmert, *helmert.Projection
		p.Projection = &pr
		f(&p)
		return geodesy.LocalConfig{Name: "x", AxisOrder: "easting-northing", Geocentric: &p}
	}
	good := plane(func(*geodesy.PlaneParams) {})
	with := func(f func(*geodesy.LocalConfig)) geodesy.LocalConfig {
		c := good
		f(&c)
		return c
	}
	for _, v := range []struct {
		name string
		cfg  geodesy.LocalConfig
		want string
	}{
		{"no name", with(func(c *geodesy.LocalConfig) { c.Name = "" }), "name is empty"},
		{"a known name", with(func(c *geodesy.LocalConfig) { c.Name = "EPSG:4547" }), "built-in system"},
		{"neither", geodesy.LocalConfig{Name: "x"}, "exactly one of plane and geocentric"},
		{"both", with(func(c *geodesy.LocalConfig) { c.Geocentric = &helmert }), "exactly one of plane and geocentric"},
		{"axis order", with(func(c *geodesy.LocalConfig) { c.AxisOrder = "xy" }), `axis_order: axis order "xy"`},
		{"axis order of degrees", with(func(c *geodesy.LocalConfig) { c.AxisOrder = "lat-lon" }), "axis_order lat-lon does not fit: coordinates are metres"},
		{"area", with(func(c *geodesy.LocalConfig) { c.Area.North = 91 }), "not a box in degrees"},
		{"accuracy", with(func(c *geodesy.LocalConfig) { c.Accuracy = -1 }), "accuracy -1"},
		{"target", plane(func(p *geodesy.PlaneParams) { p.Target = "EPSG:2000" }), "plane.target: coordinate system"},
		{"target in degrees", plane(func(p *geodesy.PlaneParams) { p.Target = "EPSG:4490" }), "plane.target EPSG:4490 is in degrees"},
		{"scale forgotten", plane(func(p *geodesy.PlaneParams) { p.Scale = 0 }), "plane.scale 0 is not in 0.99 … 1.01"},
		{"convention", geo(func(p *geodesy.HelmertParams) { p.Convention = "" }), `geocentric.convention ""`},
		{"ellipsoid", geo(func(p *geodesy.HelmertParams) { p.Ellipsoid = "flat" }), `geocentric.ellipsoid "flat"`},
		{"rotation in the wrong unit", geo(func(p *geodesy.HelmertParams) { p.RZ = 1e5 }), "geocentric.rz 100000 is not in -120 … 120 (arc-seconds)"},
		{"factor for ppm", geo(func(p *geodesy.HelmertParams) { p.ScalePPM = 1e6 }), "geocentric.scale_ppm"},
		{"projection scale", geo(func(p *geodesy.HelmertParams) { p.Projection.Scale = 0 }), "geocentric.projection.scale 0"},
	} {
		t.Run(v.name, func(t *testing.T) {
			c, err := geodesy.NewLocal(v.cfg)
			if err == nil || c != nil || !strings.Contains(err.Error(), v.want) {
				t.Errorf("got %v, want …%s…", err, v.want)
			}
		})
	}
}
