package geodesy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chengma/chengma/internal/geodesy"
)

func TestLookup(t *testing.T) {
	for _, v := range []struct{ name, want string }{
		{"EPSG:4547", "EPSG:4547"},
		{"epsg:4547", "EPSG:4547"},
		{" EPSG:4547\n", "EPSG:4547"},
		{"[EPSG:4547]", "EPSG:4547"},
		{"urn:ogc:def:crs:EPSG::4547", "EPSG:4547"},
		{"URN:OGC:DEF:CRS:EPSG:9.9.1:4547", "EPSG:4547"},
		{"urn:x-ogc:def:crs:EPSG:6.6:4326", "EPSG:4326"},
		{"http://www.opengis.net/def/crs/EPSG/0/4547", "EPSG:4547"},
		{"https://www.opengis.net/def/crs/EPSG/0/7415", "EPSG:7415"},
		{"http://www.opengis.net/def/crs/EPSG/9.9.1/4547/", "EPSG:4547"},
		{"http://www.opengis.net/gml/srs/epsg.xml#5514", "EPSG:5514"},
		{"CRS84", "OGC:CRS84"},
		{"crs84h", "OGC:CRS84h"},
		{"OGC:CRS84", "OGC:CRS84"},
		{"[OGC:CRS84h]", "OGC:CRS84h"},
		{"urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"},
		{"urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84"},
		{"http://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84"},
		{"http://www.opengis.net/def/crs/OGC/0/CRS84h", "OGC:CRS84h"},
		{"gcj02", "gcj02"},
		{"GCJ-02", "gcj02"},
		{"BD09", "bd09"},
		{"bd-09", "bd09"},
	} {
		c, err := geodesy.Lookup(v.name)
		if err != nil {
			t.Errorf("%q: %v", v.name, err)
			continue
		}
		if c.Name() != v.want || c.String() != v.want {
			t.Errorf("%q is %s, want %s", v.name, c, v.want)
		}
	}
}

func TestLookupUnknown(t *testing.T) {
	const convert = " is not built in; convert the file first: ogr2ogr -f GeoJSONSeq"
	const to = " -t_srs OGC:CRS84 OUT.geojsonl IN"
	for _, v := range []struct{ name, want string }{
		{"EPSG:3405", `coordinate system "EPSG:3405"` + convert + " -s_srs EPSG:3405" + to},
		{"urn:ogc:def:crs:epsg::3405", `coordinate system "urn:ogc:def:crs:epsg::3405"` + convert + " -s_srs EPSG:3405" + to},
		{"EPSG:1; rm -rf /", `coordinate system "EPSG:1; rm -rf /"` + convert + to},
		{"", `coordinate system ""` + convert + to},
		{"4547", `coordinate system "4547" names no authority; write EPSG:4547 if that is meant`},
		{"http://example.org/def/crs/EPSG/0/4547", `coordinate system "http://example.org/def/crs/EPSG/0/4547"` + convert + to},
		{"OGC:CRS83", `coordinate system "OGC:CRS83"` + convert + " -s_srs OGC:CRS83" + to},
		{strings.Repeat("x", 300), `coordinate system "` + strings.Repeat("x", 100) + `…"` + convert + to},
	} {
		_, err := geodesy.Lookup(v.name)
		var e *geodesy.UnknownError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", v.name, err)
			continue
		}
		if err.Error() != v.want {
			t.Errorf("%q: %s, want %s", v.name, err, v.want)
		}
	}
}

func TestList(t *testing.T) {
	list := geodesy.List()
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.URI()] || c.URI() == "" || c.Title() == "" || !c.Area().Valid() || c.AxisOrder() == 0 || c.InputOnly() {
			t.Errorf("%s: %+v", c, c)
		}
		seen[c.URI()] = true
		got, err := geodesy.Lookup(c.URI())
		if err != nil || got != c {
			t.Errorf("Lookup(%s) = %v, %v", c.URI(), got, err)
		}
		// A projected system's area is where its plane is: its middle comes back.
		a := c.Area()
		if c.Projected() != (c.AxisOrder() == geodesy.EastingNorthing || c.AxisOrder() == geodesy.NorthingEasting) {
			t.Errorf("%s: axis order %v", c, c.AxisOrder())
		}
		x, y := c.FromWGS84((a.West+a.East)/2, (a.South+a.North)/2)
		if lon, lat := c.ToWGS84(x, y); !a.Contains(lon, lat) {
			t.Errorf("%s: the middle of its area comes back as %v, %v", c, lon, lat)
		}
	}
	// 7 geographic, 3857, 2·21 zones, 4 national, 120 UTM.
	if len(list) != 7+1+42+4+120 || list[0].Name() != "OGC:CRS84" || list[0] != geodesy.CRS84() {
		t.Errorf("%d systems, first %s", len(list), list[0])
	}
}

func TestHeights(t *testing.T) {
	for name, vertical := range map[string]string{
		"OGC:CRS84": "", "EPSG:4547": "", "EPSG:2056": "",
		"OGC:CRS84h": "ellipsoidal height (WGS 84)", "EPSG:6697": "JGD2011 (vertical)", "EPSG:7415": "NAP",
	} {
		if c := crs(t, name); c.Vertical() != vertical || c.HasHeight() != (vertical != "") {
			t.Errorf("%s: %q", name, c.Vertical())
		}
	}
	if a := crs(t, "EPSG:7415").Accuracy(); a != 1 {
		t.Errorf("accuracy %v", a)
	}
}

// The zones of the two series are the same planes but for the prefix. The value
// is PROJ 9.1.1's.
func TestZoneSeries(t *testing.T) {
	for i := range 21 {
		lon := float64(75 + 3*i)
		byMeridian, byZone := geodesy.List()[8+i], geodesy.List()[8+21+i]
		if byMeridian.EPSG() != 4534+i || byZone.EPSG() != 4513+i {
			t.Fatalf("%s, %s", byMeridian, byZone)
		}
		x1, y1 := byMeridian.FromWGS84(lon+1, 30)
		x2, y2 := byZone.FromWGS84(lon+1, 30)
		if y1 != y2 || !near(x2-x1, float64(25+i)*1e6, 1e-6) || !near(x1, 596488.748067, 1e-6) {
			t.Errorf("%s: %v, %v; %s: %v, %v", byMeridian, x1, y1, byZone, x2, y2)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{
		"", "EPSG:4547", "[EPSG:4547]", "[", "[]", "::", "urn:ogc:def:crs:EPSG::", "urn:ogc:def:crs:OGC:1.3:CRS84",
		"http://www.opengis.net/def/crs/", "http://www.opengis.net/def/crs/EPSG/0/4547", "\xff", "ſpsg:4547", "CRS84H",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		c, err := geodesy.Lookup(name)
		if (c == nil) == (err == nil) {
			t.Fatalf("%q: %v, %v", name, c, err)
		}
		if err != nil {
			if len(err.Error()) > 700 {
				t.Errorf("%q: an error of %d bytes", name, len(err.Error()))
			}
			return
		}
		for _, again := range []string{c.Name(), c.URI(), "[" + c.Name() + "]"} {
			if again == "" {
				continue
			}
			if c2, err := geodesy.Lookup(again); err != nil || c2 != c {
				t.Errorf("%q is %s, whose own name %q is not: %v", name, c, again, err)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := geodesy.Lookup("http://www.opengis.net/def/crs/EPSG/0/4547"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkToWGS84Flat(b *testing.B) {
	for _, v := range []struct {
		name string
		x, y float64
	}{
		{"OGC:CRS84", 114, 22.5},
		{"EPSG:3857", 12696871.7, 2576908.5},
		{"EPSG:4547", 505959.8, 2493988.5},
		{"EPSG:7415", 155000, 463000},
		{"EPSG:2056", 2600000, 1200000},
		{"EPSG:5514", -773555, -999234},
		{"gcj02", 114.063053072, 22.540809912},
		{"bd09", 114.069603271, 22.546468813},
	} {
		b.Run(v.name, func(b *testing.B) {
			c := crs(b, v.name)
			flat := make([]float64, 3*1000)
			b.ReportAllocs()
			for b.Loop() {
				for i := 0; i < len(flat); i += 3 {
					flat[i], flat[i+1] = v.x, v.y
				}
				if err := c.ToWGS84Flat(flat, 3, geodesy.XFirst); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/point")
		})
	}
}
