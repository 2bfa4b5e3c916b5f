package geodesy_test

import (
	"math"
	"testing"

	"github.com/chengma/chengma/internal/geodesy"
)

var shenzhen = geodesy.Envelope{West: 113.75, South: 22.44, East: 114.63, North: 22.87}

func TestDiagnose(t *testing.T) {
	// A point near the western edge leaves the box when it is not shifted back.
	edge := geodesy.Envelope{West: 113.75, South: 22.44, East: 114.0600, North: 22.87}
	for _, v := range []struct {
		name     string
		declared string
		x, y     float64
		env      geodesy.Envelope
		kind     geodesy.CauseKind
		crs      string // of the first reading
		swapped  bool
	}{
		{"inside", "OGC:CRS84", 114.057939, 22.543527, shenzhen, geodesy.CauseInside, "", false},
		{"no number", "OGC:CRS84", math.NaN(), 22.5, shenzhen, geodesy.CauseNotFinite, "", false},
		{"null island", "OGC:CRS84", 0, 0, shenzhen, geodesy.CauseNullIsland, "", false},
		{"zeros in a plane", "EPSG:4547", 0, 0, shenzhen, geodesy.CauseNullIsland, "", false},
		{"swapped degrees", "OGC:CRS84", 22.543527, 114.057939, shenzhen, geodesy.CauseSwappedAxes, "OGC:CRS84", true},
		{"swapped metres", "EPSG:4547", 2493988.5, 505959.8, shenzhen, geodesy.CauseSwappedAxes, "EPSG:4547", true},
		{"metres as degrees", "OGC:CRS84", 505959.8, 2493988.5, shenzhen, geodesy.CauseWrongCRS, "EPSG:4547", false},
		{"metres as degrees, northing first", "OGC:CRS84", 2493988.5, 505959.8, shenzhen, geodesy.CauseWrongCRS, "EPSG:4547", true},
		{"zone prefix not declared", "EPSG:4547", 38505959.8, 2493988.5, shenzhen, geodesy.CauseWrongCRS, "EPSG:4526", false},
		{"zone prefix declared and absent", "EPSG:4526", 505959.8, 2493988.5, shenzhen, geodesy.CauseWrongCRS, "EPSG:4547", false},
		{"wrong zone", "EPSG:4548", 505959.8, 2493988.5, shenzhen, geodesy.CauseWrongCRS, "EPSG:4547", false},
		{"web Mercator", "OGC:CRS84", 12696871.7, 2576908.5, shenzhen, geodesy.CauseWrongCRS, "EPSG:3857", false},
		{"UTM", "EPSG:4547", 197394.3, 2495970.2, shenzhen, geodesy.CauseWrongCRS, "EPSG:32650", false},
		{"degrees declared as metres", "EPSG:4547", 114.057939, 22.543527, shenzhen, geodesy.CauseWrongCRS, "OGC:CRS84", false},
		{"degrees declared as metres, latitude first", "EPSG:4547", 22.543527, 114.057939, shenzhen, geodesy.CauseWrongCRS, "OGC:CRS84", true},
		{"already converted with the wrong zone", "OGC:CRS84", 117.057939, 22.543527, shenzhen, geodesy.CauseWrongZone, "OGC:CRS84", false},
		{"GCJ-02", "OGC:CRS84", 114.063053072, 22.540809912, edge, geodesy.CauseGCJ02, "gcj02", false},
		{"BD-09", "OGC:CRS84", 114.069603271, 22.546468813, edge, geodesy.CauseBD09, "bd09", false},
		{"GCJ-02, latitude first", "EPSG:4326", 22.540809912, 114.063053072, edge, geodesy.CauseGCJ02, "gcj02", true},
		{"elsewhere", "OGC:CRS84", 2.35, 48.85, shenzhen, geodesy.CauseOutside, "", false},
		{"Beijing", "OGC:CRS84", 116.4, 39.9, shenzhen, geodesy.CauseOutside, "", false},
	} {
		t.Run(v.name, func(t *testing.T) {
			c := geodesy.DiagnoseSource(crs(t, v.declared), v.x, v.y, v.env)
			if c.Kind != v.kind || c.MessageZh == "" || c.MessageEn == "" {
				t.Fatalf("got %+v", c)
			}
			if v.crs == "" {
				if len(c.Readings) != 0 {
					t.Errorf("readings %+v", c.Readings)
				}
				return
			}
			if len(c.Readings) == 0 || c.Readings[0].CRS.Name() != v.crs || c.Readings[0].Swapped != v.swapped {
				t.Fatalf("got %+v", c)
			}
			for _, r := range c.Readings {
				if !v.env.Contains(r.Lon, r.Lat) {
					t.Errorf("reading %+v is not inside", r)
				}
			}
			if v.declared == "OGC:CRS84" {
				if short := geodesy.Diagnose(v.x, v.y, v.env); short.Kind != c.Kind || short.MessageEn != c.MessageEn {
					t.Errorf("Diagnose says %+v", short)
				}
			}
		})
	}
}

func TestDiagnoseMessages(t *testing.T) {
	c := geodesy.Diagnose(38505959.8, 2493988.5, shenzhen)
	if c.MessageEn != "declared as OGC:CRS84, but inside if read as EPSG:4526" {
		t.Error(c.MessageEn)
	}
	if c.MessageZh != "声明为 OGC:CRS84，但按 EPSG:4526 读取则在范围内" {
		t.Error(c.MessageZh)
	}
	c = geodesy.Diagnose(111.057939, 22.543527, shenzhen)
	if c.MessageEn != "inside with +3° of longitude: most likely converted with the wrong central meridian (zone)" {
		t.Error(c.MessageEn)
	}
}

func TestEnvelope(t *testing.T) {
	fiji := geodesy.Envelope{West: 177, South: -20, East: -178, North: -12}
	for _, v := range []struct {
		name     string
		env      geodesy.Envelope
		lon, lat float64
		want     bool
	}{
		{"edge", shenzhen, 113.75, 22.44, true},
		{"outside", shenzhen, 113.7499, 22.5, false},
		{"west of the antimeridian", fiji, 179, -17, true},
		{"east of it", fiji, -179, -17, true},
		{"on it", fiji, 180, -17, true},
		{"the other side of the globe", fiji, 0, -17, false},
		{"beyond 180", fiji, 181, -17, false},
		{"no number", shenzhen, math.NaN(), 22.5, false},
	} {
		if got := v.env.Contains(v.lon, v.lat); got != v.want {
			t.Errorf("%s: %v", v.name, got)
		}
	}
	for _, v := range []struct {
		name string
		a, b geodesy.Envelope
		want bool
	}{
		{"itself", shenzhen, shenzhen, true},
		{"across the antimeridian", fiji, geodesy.Envelope{West: -180, South: -15, East: -179, North: 0}, true},
		{"two that cross", fiji, geodesy.Envelope{West: 179, South: -90, East: -170, North: 90}, true},
		{"farther east", fiji, geodesy.Envelope{West: -177, South: -15, East: -170, North: 0}, false},
		{"farther north", fiji, shenzhen, false},
	} {
		if v.a.Intersects(v.b) != v.want || v.b.Intersects(v.a) != v.want {
			t.Errorf("%s: not %v", v.name, v.want)
		}
	}
	if !fiji.Valid() || (geodesy.Envelope{West: 0, South: 1, East: 1, North: 0}).Valid() || (geodesy.Envelope{West: math.NaN()}).Valid() {
		t.Error("Valid")
	}
}

func BenchmarkDiagnose(b *testing.B) {
	b.Run("wrong-crs", func(b *testing.B) {
		for b.Loop() {
			geodesy.Diagnose(505959.8, 2493988.5, shenzhen)
		}
	})
	b.Run("outside", func(b *testing.B) {
		for b.Loop() {
			geodesy.Diagnose(2.35, 48.85, shenzhen)
		}
	})
}
