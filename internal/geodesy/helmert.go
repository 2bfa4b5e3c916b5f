package geodesy

import "math"

// helmert is a seven-parameter similarity between the geocentric coordinates
// of a source ellipsoid and WGS 84, in the position-vector convention
// (EPSG method 9606, small angles): v' = t + m·v.
type helmert struct {
	source ellipsoid
	t      [3]float64
	m, inv [3][3]float64
}

// helmertParams are in metres, arc-seconds and parts per million.
type helmertParams struct {
	tx, ty, tz, rx, ry, rz, ppm float64
	coordinateFrame             bool // EPSG method 9607: rotations with opposite sign
}

func newHelmert(source ellipsoid, p helmertParams) *helmert {
	rx, ry, rz := p.rx*sec, p.ry*sec, p.rz*sec
	if p.coordinateFrame {
		rx, ry, rz = -rx, -ry, -rz
	}
	s := 1 + p.ppm*1e-6
	h := &helmert{source: source, t: [3]float64{p.tx, p.ty, p.tz}}
	h.m = [3][3]float64{
		{s, -s * rz, s * ry},
		{s * rz, s, -s * rx},
		{-s * ry, s * rx, s},
	}
	h.inv = invert(h.m)
	return h
}

func invert(m [3][3]float64) (r [3][3]float64) {
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) -
		m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) +
		m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	for i := range 3 {
		for j := range 3 {
			a, b, c, d := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			r[i][j] = (m[a][c]*m[b][d] - m[a][d]*m[b][c]) / det
		}
	}
	return r
}

func apply(m *[3][3]float64, x, y, z float64) (float64, float64, float64) {
	return m[0][0]*x + m[0][1]*y + m[0][2]*z,
		m[1][0]*x + m[1][1]*y + m[1][2]*z,
		m[2][0]*x + m[2][1]*y + m[2][2]*z
}

// toWGS84 takes and gives degrees. The point is taken to lie on the source
// ellipsoid and the height that results is dropped, as a two-dimensional
// transformation does.
func (h *helmert) toWGS84(lon, lat float64) (float64, float64) {
	x, y, z := h.source.geocentric(lon*rad, lat*rad)
	x, y, z = apply(&h.m, x, y, z)
	lam, phi := wgs84.geodetic(x+h.t[0], y+h.t[1], z+h.t[2])
	return lam * deg, phi * deg
}

// fromWGS84 finds the point whose toWGS84 is the one given. The plain backward
// transformation misses it by millimetres, because each direction drops a
// height; what it misses by is put back, so that a round trip is exact.
func (h *helmert) fromWGS84(lon, lat float64) (float64, float64) {
	x, y, z := wgs84.geocentric(lon*rad, lat*rad)
	x, y, z = apply(&h.inv, x-h.t[0], y-h.t[1], z-h.t[2])
	lam, phi := h.source.geodetic(x, y, z)
	slon, slat := lam*deg, phi*deg
	for range 2 {
		l, p := h.toWGS84(slon, slat)
		slon += math.Remainder(lon-l, 360)
		slat += lat - p
	}
	return slon, slat
}
