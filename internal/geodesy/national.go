package geodesy

import "math"

// conformalSphere is Gauss's conformal map of an ellipsoid on a sphere that
// touches it at a latitude: the first half of the Dutch, Swiss and Czech
// projections. Isometric latitudes map linearly: S = n·ψ + c.
type conformalSphere struct {
	el   ellipsoid
	n, c float64
	r    float64 // radius of the sphere
	chi0 float64 // latitude of the origin on the sphere
}

// newConformalSphere has its origin where sin(chi0) = sin(phi0)/n, as the
// Swiss and Czech definitions have it.
func newConformalSphere(el ellipsoid, phi0 float64) conformalSphere {
	sp, cp := math.Sincos(phi0)
	s := conformalSphere{el: el}
	s.n = math.Sqrt(1 + el.e2*cp*cp*cp*cp/(1-el.e2))
	s.r = el.a * math.Sqrt(1-el.e2) / (1 - el.e2*sp*sp)
	s.chi0 = math.Asin(sp / s.n)
	s.c = math.Asinh(math.Tan(s.chi0)) - s.n*el.isometric(phi0)
	return s
}

func (s *conformalSphere) latitude(phi float64) float64 {
	return math.Atan(math.Sinh(s.n*s.el.isometric(phi) + s.c))
}

func (s *conformalSphere) geodetic(chi float64) float64 {
	return s.el.fromIsometric((math.Asinh(math.Tan(chi)) - s.c) / s.n)
}

// stereographic is the oblique stereographic projection, EPSG method 9809
// (IOGP Guidance Note 7-2): EPSG:28992, RD New.
type stereographic struct {
	sphere             conformalSphere
	lon0               float64
	sinChi0, cosChi0   float64
	scale, east, north float64
}

func newRD() *stereographic {
	const lat0, lon0 = 52 + 9./60 + 22.178/3600, 5 + 23./60 + 15.5/3600
	s := &stereographic{
		sphere: newConformalSphere(bessel, lat0*rad),
		lon0:   lon0, east: 155000, north: 463000,
	}
	s.scale = 2 * s.sphere.r * 0.9999079
	s.sinChi0, s.cosChi0 = math.Sincos(s.sphere.chi0)
	return s
}

func (s *stereographic) forward(lon, lat float64) (float64, float64) {
	if !(math.Abs(lat) <= 90) || !finite(lon) {
		return math.NaN(), math.NaN()
	}
	sc, cc := math.Sincos(s.sphere.latitude(lat * rad))
	sl, cl := math.Sincos(s.sphere.n * math.Remainder(lon-s.lon0, 360) * rad)
	b := 1 + sc*s.sinChi0 + cc*s.cosChi0*cl
	if b < 0.5 { // beyond 120° from the centre: nobody's data
		return math.NaN(), math.NaN()
	}
	return s.east + s.scale*cc*sl/b, s.north + s.scale*(sc*s.cosChi0-cc*s.sinChi0*cl)/b
}

func (s *stereographic) inverse(x, y float64) (float64, float64) {
	x, y = (x-s.east)/s.scale, (y-s.north)/s.scale
	rho2 := x*x + y*y
	if !(rho2 <= 3) {
		return math.NaN(), math.NaN()
	}
	// With t = tan(c/2) = rho: cos c = (1−t²)/(1+t²), sin c/rho = 2/(1+t²).
	cosC, sinCr := (1-rho2)/(1+rho2), 2/(1+rho2)
	chi := math.Asin(clamp1(cosC*s.sinChi0 + y*sinCr*s.cosChi0))
	dl := math.Atan2(x*sinCr, s.cosChi0*cosC-y*s.sinChi0*sinCr)
	return s.lon0 + dl/s.sphere.n*deg, s.sphere.geodetic(chi) * deg
}

// swiss is the Swiss oblique Mercator projection by the strict formulae of
// swisstopo ("Formulas and constants for the calculation of the Swiss
// conformal cylindrical projection", chapter 3): EPSG:2056, LV95.
type swiss struct {
	sphere       conformalSphere
	lon0         float64
	sinB0, cosB0 float64
	east, north  float64
}

func newLV95() *swiss {
	const lat0, lon0 = 46 + 57./60 + 8.66/3600, 7 + 26./60 + 22.5/3600
	s := &swiss{sphere: newConformalSphere(bessel, lat0*rad), lon0: lon0, east: 2600000, north: 1200000}
	s.sinB0, s.cosB0 = math.Sincos(s.sphere.chi0)
	return s
}

func (s *swiss) forward(lon, lat float64) (float64, float64) {
	if !(math.Abs(lat) <= 90) || !finite(lon) {
		return math.NaN(), math.NaN()
	}
	sb, cb := math.Sincos(s.sphere.latitude(lat * rad))
	sl, cl := math.Sincos(s.sphere.n * math.Remainder(lon-s.lon0, 360) * rad)
	sinB := s.cosB0*sb - s.sinB0*cb*cl
	l := math.Atan2(cb*sl, s.sinB0*sb+s.cosB0*cb*cl)
	if !(math.Abs(sinB) < 0.9) {
		return math.NaN(), math.NaN()
	}
	return s.east + s.sphere.r*l, s.north + s.sphere.r*math.Atanh(sinB)
}

func (s *swiss) inverse(x, y float64) (float64, float64) {
	l, q := (x-s.east)/s.sphere.r, (y-s.north)/s.sphere.r
	if !(math.Abs(l) <= math.Pi && math.Abs(q) <= 1.5) {
		return math.NaN(), math.NaN()
	}
	sinB, cosB := math.Tanh(q), 1/math.Cosh(q)
	sl, cl := math.Sincos(l)
	chi := math.Asin(clamp1(s.cosB0*sinB + s.sinB0*cosB*cl))
	dl := math.Atan2(cosB*sl, s.cosB0*cosB*cl-s.sinB0*sinB)
	return s.lon0 + dl/s.sphere.n*deg, s.sphere.geodetic(chi) * deg
}

// krovak is the oblique conformal conic projection of the Czech and Slovak
// cadastres, EPSG method 1041, axes east and north (IOGP Guidance Note 7-2):
// EPSG:5514. Coordinates in the two countries are negative.
type krovak struct {
	sphere     conformalSphere
	lon0       float64
	sinA, cosA float64 // co-latitude of the cone's axis
	n, rho0    float64 // cone constant; radius scaled by tan^n(45° + 78.5°/2)
}

func newKrovak() *krovak {
	const alpha, lat1 = (30 + 17./60 + 17.30311/3600) * rad, 78.5 * rad
	k := &krovak{sphere: newConformalSphere(bessel, 49.5*rad), lon0: 24 + 50./60}
	k.sinA, k.cosA = math.Sincos(alpha)
	k.n = math.Sin(lat1)
	k.rho0 = 0.9999 * k.sphere.r / math.Tan(lat1) * math.Pow(math.Tan(math.Pi/4+lat1/2), k.n)
	return k
}

func (k *krovak) forward(lon, lat float64) (float64, float64) {
	if !(math.Abs(lat) <= 90) || !finite(lon) {
		return math.NaN(), math.NaN()
	}
	su, cu := math.Sincos(k.sphere.latitude(lat * rad))
	sv, cv := math.Sincos(-k.sphere.n * math.Remainder(lon-k.lon0, 360) * rad)
	sinT := clamp1(k.cosA*su + k.sinA*cu*cv)
	if sinT < 0 { // the half of the sphere away from the cone
		return math.NaN(), math.NaN()
	}
	d := math.Atan2(cu*sv, k.cosA*cu*cv-k.sinA*su)
	rho := k.rho0 / math.Pow(math.Tan(math.Asin(sinT)/2+math.Pi/4), k.n)
	st, ct := math.Sincos(k.n * d)
	return -rho * st, -rho * ct
}

func (k *krovak) inverse(x, y float64) (float64, float64) {
	rho := math.Hypot(x, y)
	if !(rho > 0 && rho < k.rho0) { // the cone's apex; the equator about its axis
		return math.NaN(), math.NaN()
	}
	d := math.Atan2(-x, -y) / k.n
	t := 2*math.Atan(math.Pow(k.rho0/rho, 1/k.n)) - math.Pi/2
	st, ct := math.Sincos(t)
	sd, cd := math.Sincos(d)
	chi := math.Asin(clamp1(k.cosA*st - k.sinA*ct*cd))
	v := math.Atan2(ct*sd, k.sinA*st+k.cosA*ct*cd)
	return k.lon0 - v/k.sphere.n*deg, k.sphere.geodetic(chi) * deg
}

// clamp1 keeps rounding from pushing a sine out of its range; NaN stays NaN.
func clamp1(v float64) float64 { return math.Max(-1, math.Min(1, v)) }
