package geodesy

import (
	"fmt"
	"sync"
)

// registry holds every system that has a name of its own, in the order of List.
type registry struct {
	list  []*CRS
	byKey map[string]*CRS // "EPSG:4547", "OGC:CRS84", "GCJ02"
}

var systems = sync.OnceValue(buildRegistry)

// List gives the systems that coordinates can be given out in, the common ones
// first. The slice is the caller's own.
func List() []*CRS {
	var out []*CRS
	for _, c := range systems().list {
		if !c.inputOnly {
			out = append(out, c)
		}
	}
	return out
}

// CRS84 is OGC:CRS84, longitude and latitude on WGS 84: what the store holds.
func CRS84() *CRS { return systems().byKey["OGC:CRS84"] }

var world = Envelope{-180, -90, 180, 90}

const ellipsoidal = "ellipsoidal height (WGS 84)"

func buildRegistry() *registry {
	r := &registry{byKey: map[string]*CRS{}}
	r.geographic()
	r.add(&CRS{
		epsg: 3857, title: "WGS 84 / Pseudo-Mercator", order: EastingNorthing, projected: true,
		area: Envelope{-180, -85.06, 180, 85.06}, proj: webMercator{},
	})
	r.gaussKruger()
	r.national()
	r.utm()
	china := Envelope{72.004, 0.8293, 137.8347, 55.8271}
	r.add(&CRS{
		name: "gcj02", title: "GCJ-02 (Chinese web maps; input only)", order: LonLat,
		area: china, inputOnly: true, proj: gcj02{},
	})
	r.add(&CRS{
		name: "bd09", title: "BD-09 (Baidu maps; input only)", order: LonLat,
		area: china, inputOnly: true, proj: bd09{},
	})
	return r
}

func (r *registry) add(c *CRS) {
	if c.epsg != 0 {
		c.name = fmt.Sprintf("EPSG:%d", c.epsg)
		c.uri = fmt.Sprintf("http://www.opengis.net/def/crs/EPSG/0/%d", c.epsg)
	}
	r.list = append(r.list, c)
	r.byKey[foldKey(c.name)] = c
}

// geographic adds the systems in degrees. Areas of use are the EPSG dataset's
// (v10.076).
func (r *registry) geographic() {
	r.add(&CRS{
		name: "OGC:CRS84", uri: "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
		title: "WGS 84 longitude-latitude", order: LonLat, area: world, proj: lonLat{},
	})
	r.add(&CRS{
		name: "OGC:CRS84h", uri: "http://www.opengis.net/def/crs/OGC/0/CRS84h",
		title: "WGS 84 longitude-latitude-height", order: LonLat, vertical: ellipsoidal, area: world, proj: lonLat{},
	})
	r.add(&CRS{epsg: 4326, title: "WGS 84", order: LatLon, area: world, proj: lonLat{}})
	r.add(&CRS{epsg: 4979, title: "WGS 84 (3D)", order: LatLon, vertical: ellipsoidal, area: world, proj: lonLat{}})
	r.add(&CRS{
		epsg: 4490, title: "China Geodetic Coordinate System 2000", order: LatLon,
		area: Envelope{73.62, 16.7, 134.77, 53.56}, proj: lonLat{},
	})
	r.add(&CRS{
		epsg: 6668, title: "JGD2011", order: LatLon,
		area: Envelope{122.38, 17.09, 157.65, 46.05}, proj: lonLat{},
	})
	r.add(&CRS{
		epsg: 6697, title: "JGD2011 + JGD2011 (vertical) height", order: LatLon, vertical: "JGD2011 (vertical)",
		area: Envelope{129.3, 30.94, 145.87, 45.54}, proj: lonLat{},
	})
}

// zoneAreas are the areas of use of the 3-degree zones with central meridians
// 75°E, 78°E … 135°E (EPSG dataset).
var zoneAreas = [21]Envelope{
	{73.62, 35.81, 76.5, 40.65},
	{76.5, 31.03, 79.5, 41.83},
	{79.5, 29.95, 82.51, 45.88},
	{82.5, 28.26, 85.5, 47.23},
	{85.5, 27.8, 88.5, 49.18},
	{88.49, 27.32, 91.51, 48.42},
	{91.5, 27.71, 94.5, 45.13},
	{94.5, 28.23, 97.51, 44.5},
	{97.5, 21.43, 100.5, 42.76},
	{100.5, 21.13, 103.5, 42.69},
	{103.5, 22.5, 106.51, 42.21},
	{106.5, 18.19, 109.51, 42.47},
	{109.5, 18.11, 112.5, 45.11},
	{112.5, 21.52, 115.5, 45.45},
	{115.5, 22.6, 118.5, 49.88},
	{118.5, 24.43, 121.5, 53.33},
	{121.5, 28.22, 124.5, 53.56},
	{124.5, 40.19, 127.5, 53.2},
	{127.5, 41.37, 130.5, 50.25},
	{130.5, 42.42, 133.5, 48.88},
	{133.5, 45.85, 134.77, 48.4},
}

// gaussKruger adds CGCS2000 / 3-degree Gauss-Kruger: EPSG:4534–4554 by central
// meridian, EPSG:4513–4533 with the zone number (25–45) before the easting.
func (r *registry) gaussKruger() {
	for i, area := range zoneAreas {
		cm := 75 + 3*i
		r.add(&CRS{
			epsg: 4534 + i, title: fmt.Sprintf("CGCS2000 / 3-degree Gauss-Kruger CM %dE", cm),
			order: NorthingEasting, projected: true, area: area,
			proj: newTransverse(grs80, transverseParams{lon0: float64(cm), k0: 1, x0: 500000}),
		})
	}
	for i, area := range zoneAreas {
		cm, zone := 75+3*i, 25+i
		r.add(&CRS{
			epsg: 4513 + i, title: fmt.Sprintf("CGCS2000 / 3-degree Gauss-Kruger zone %d", zone),
			order: NorthingEasting, projected: true, area: area,
			proj: newTransverse(grs80, transverseParams{lon0: float64(cm), k0: 1, x0: float64(zone)*1e6 + 500000}),
		})
	}
}

func (r *registry) utm() {
	for _, h := range []struct {
		base         int
		letter       string
		north        float64
		south, upper float64
	}{{32600, "N", 0, 0, 84}, {32700, "S", 1e7, -80, 0}} {
		for zone := 1; zone <= 60; zone++ {
			cm := float64(6*zone - 183)
			r.add(&CRS{
				epsg: h.base + zone, title: fmt.Sprintf("WGS 84 / UTM zone %d%s", zone, h.letter),
				order: EastingNorthing, projected: true, area: Envelope{cm - 3, h.south, cm + 3, h.upper},
				proj: newTransverse(wgs84, transverseParams{lon0: cm, k0: 0.9996, x0: 500000, y0: h.north}),
			})
		}
	}
}

// national adds the systems of the Netherlands, Switzerland and Czechia, each
// with the datum shift to WGS 84 that the EPSG dataset lists with the best
// accuracy without a grid. That accuracy, 1 m, is the accuracy of the result;
// the national services' grids (RDNAPTRANS, CHENyx06, the ČÚZK table) do better.
func (r *registry) national() {
	// EPSG:4833, "Amersfoort to WGS 84 (4)"; rotations are published in
	// microradians.
	rd := newHelmert(bessel, helmertParams{
		tx: 565.4171, ty: 50.3319, tz: 465.5524,
		rx: 1.9342e-6 / sec, ry: -1.6677e-6 / sec, rz: 9.1019e-6 / sec,
		ppm: 4.0725, coordinateFrame: true,
	})
	area := Envelope{3.2, 50.75, 7.22, 53.7}
	r.add(&CRS{
		epsg: 28992, title: "Amersfoort / RD New", order: EastingNorthing, projected: true,
		area: area, accuracy: 1, proj: newRD(), shift: rd,
	})
	r.add(&CRS{
		epsg: 7415, title: "Amersfoort / RD New + NAP height", order: EastingNorthing, projected: true,
		vertical: "NAP", area: area, accuracy: 1, proj: newRD(), shift: rd,
	})
	// EPSG:1676, "CH1903+ to WGS 84 (1)".
	r.add(&CRS{
		epsg: 2056, title: "CH1903+ / LV95", order: EastingNorthing, projected: true,
		area: Envelope{5.96, 45.82, 10.49, 47.81}, accuracy: 1, proj: newLV95(),
		shift: newHelmert(bessel, helmertParams{tx: 674.374, ty: 15.056, tz: 405.346}),
	})
	// EPSG:5239, "S-JTSK to WGS 84 (5)", made for Czechia; in Slovakia it is
	// several metres off.
	r.add(&CRS{
		epsg: 5514, title: "S-JTSK / Krovak East North", order: EastingNorthing, projected: true,
		area: Envelope{12.09, 47.73, 22.56, 51.06}, accuracy: 1, proj: newKrovak(),
		shift: newHelmert(bessel, helmertParams{
			tx: 572.213, ty: 85.334, tz: 461.94, rx: -4.9732, ry: -1.529, rz: -5.2484,
			ppm: 3.5378, coordinateFrame: true,
		}),
	})
}
