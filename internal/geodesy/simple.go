package geodesy

import "math"

// lonLat is a geographic system: degrees pass through.
type lonLat struct{}

func (lonLat) forward(lon, lat float64) (float64, float64) { return lon, lat }
func (lonLat) inverse(x, y float64) (float64, float64)     { return x, y }

// webMercator is EPSG method 1024: the spherical formulae fed with ellipsoidal
// latitudes.
type webMercator struct{}

func (webMercator) forward(lon, lat float64) (float64, float64) {
	if !(math.Abs(lat) < 90) || !finite(lon) {
		return math.NaN(), math.NaN()
	}
	return wgs84.a * lon * rad, wgs84.a * math.Asinh(math.Tan(lat*rad))
}

func (webMercator) inverse(x, y float64) (float64, float64) {
	return x / wgs84.a * deg, math.Atan(math.Sinh(y/wgs84.a)) * deg
}

// gcj02 is the obfuscated system of Chinese web maps, by the formulae that are
// public knowledge; nobody publishes a definition.
type gcj02 struct{}

func (gcj02) forward(lon, lat float64) (float64, float64) { return toGCJ02(lon, lat) }

func (gcj02) inverse(x, y float64) (float64, float64) { return unshift(x, y, offsetGCJ02) }

// bd09 is Baidu's further obfuscation on top of GCJ-02.
type bd09 struct{}

func (bd09) forward(lon, lat float64) (float64, float64) {
	if !inGCJ02Area(lon, lat) {
		return lon, lat
	}
	dx, dy := offsetBD09(lon, lat)
	return lon + dx, lat + dy
}

func (bd09) inverse(x, y float64) (float64, float64) { return unshift(x, y, offsetBD09) }

// inGCJ02Area is the box inside which the shift is applied.
func inGCJ02Area(lon, lat float64) bool {
	return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271
}

func toGCJ02(lon, lat float64) (float64, float64) {
	if !inGCJ02Area(lon, lat) {
		return lon, lat
	}
	dx, dy := offsetGCJ02(lon, lat)
	return lon + dx, lat + dy
}

// offsetGCJ02 is the shift in degrees at a WGS 84 point, whatever the area.
func offsetGCJ02(lon, lat float64) (dlon, dlat float64) {
	const a, ee = 6378245.0, 0.00669342162296594323
	x, y := lon-105, lat-35
	wave := func(v, c1, f1, c2, f2 float64) float64 {
		return (c1*math.Sin(v*math.Pi/f1) + c2*math.Sin(v*math.Pi/f2)) * 2 / 3
	}
	// Both offsets share the wave that runs along x with 6 and 2 half-turns per degree.
	common := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	root := math.Sqrt(math.Abs(x))
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + common +
		wave(y, 20, 1, 40, 3) + wave(y, 160, 12, 320, 30)
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + common +
		wave(x, 20, 1, 40, 3) + wave(x, 150, 12, 300, 30)
	s, c := math.Sincos(lat * rad)
	magic := 1 - ee*s*s
	dlat = north / (a * (1 - ee) / (magic * math.Sqrt(magic)) * rad)
	dlon = east / (a / math.Sqrt(magic) * c * rad)
	return dlon, dlat
}

// offsetBD09 is the whole shift from WGS 84 to BD-09 in degrees.
func offsetBD09(lon, lat float64) (dlon, dlat float64) {
	const f = math.Pi * 3000 / 180
	dx, dy := offsetGCJ02(lon, lat)
	x, y := lon+dx, lat+dy
	z := math.Hypot(x, y) + 0.00002*math.Sin(y*f)
	s, c := math.Sincos(math.Atan2(y, x) + 0.000003*math.Cos(x*f))
	return z*c + 0.0065 - lon, z*s + 0.006 - lat
}

// unshift inverts a small smooth offset by iteration until it stands still,
// which takes four steps in the middle of the area and seven in its corners.
// (The closed-form inverse of BD-09 in circulation is off by up to 0.175 m.) A
// point outside the area was never shifted.
func unshift(x, y float64, offset func(lon, lat float64) (float64, float64)) (float64, float64) {
	if !inGCJ02Area(x, y) {
		return x, y
	}
	lon, lat := x, y
	for range 12 {
		dx, dy := offset(lon, lat)
		step := math.Abs(x-dx-lon) + math.Abs(y-dy-lat)
		lon, lat = x-dx, y-dy
		if step < 1e-13 {
			break
		}
	}
	return lon, lat
}
