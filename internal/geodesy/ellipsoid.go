package geodesy

import "math"

const (
	rad = math.Pi / 180 // one degree in radians
	deg = 180 / math.Pi // one radian in degrees
	sec = rad / 3600    // one arc-second in radians
)

// ellipsoid is an ellipsoid of revolution: semi-major axis in metres, first
// eccentricity squared, and the eccentricity.
type ellipsoid struct {
	a, e2, e float64
}

func newEllipsoid(a, inverseFlattening float64) ellipsoid {
	f := 0.0
	if inverseFlattening != 0 {
		f = 1 / inverseFlattening
	}
	e2 := f * (2 - f)
	return ellipsoid{a: a, e2: e2, e: math.Sqrt(e2)}
}

// n is the third flattening.
func (el ellipsoid) n() float64 {
	b := math.Sqrt(1 - el.e2)
	return (1 - b) / (1 + b)
}

// Defining constants from the EPSG dataset: ellipsoids 7030, 7019 (whose values
// CGCS2000, 1024, shares), 7004, 7024, 7049.
var (
	wgs84      = newEllipsoid(6378137, 298.257223563)
	grs80      = newEllipsoid(6378137, 298.257222101)
	bessel     = newEllipsoid(6377397.155, 299.1528128)
	krassowsky = newEllipsoid(6378245, 298.3)
	iag75      = newEllipsoid(6378140, 298.257)
)

// conformalTan gives the tangent of the conformal latitude for the tangent of
// the geodetic one (Karney 2011, "Transverse Mercator with an accuracy of a few
// nanometers", equations 7–9).
func (el ellipsoid) conformalTan(tau float64) float64 {
	t1 := math.Hypot(1, tau)
	sigma := math.Sinh(el.e * math.Atanh(el.e*tau/t1))
	return tau*math.Hypot(1, sigma) - sigma*t1
}

// geodeticTan is the inverse of conformalTan by Newton's method (same paper,
// equations 19–21). Each step squares the error, so that a step below 1e-9 was
// the last one needed: two or three for every Earth ellipsoid. The bound keeps
// bad input from looping.
func (el ellipsoid) geodeticTan(taup float64) float64 {
	tau := taup / (1 - el.e2)
	for range 6 {
		t := el.conformalTan(tau)
		d := (taup - t) / math.Hypot(1, t) *
			(1 + (1-el.e2)*tau*tau) / ((1 - el.e2) * math.Hypot(1, tau))
		tau += d
		if !(math.Abs(d) > 1e-9*math.Max(1, math.Abs(tau))) {
			break
		}
	}
	return tau
}

// isometric gives the isometric latitude of a latitude in radians.
func (el ellipsoid) isometric(phi float64) float64 {
	return math.Asinh(el.conformalTan(math.Tan(phi)))
}

// fromIsometric is the inverse of isometric.
func (el ellipsoid) fromIsometric(psi float64) float64 {
	return math.Atan(el.geodeticTan(math.Sinh(psi)))
}

// geocentric gives Cartesian coordinates of a point on the ellipsoid (radians).
func (el ellipsoid) geocentric(lam, phi float64) (x, y, z float64) {
	sp, cp := math.Sincos(phi)
	sl, cl := math.Sincos(lam)
	nu := el.a / math.Sqrt(1-el.e2*sp*sp)
	return nu * cp * cl, nu * cp * sl, nu * (1 - el.e2) * sp
}

// geodetic gives longitude and latitude (radians) of a Cartesian point near the
// surface; its height is dropped. Bowring's iteration on the reduced latitude:
// two steps are exact to the last bits for heights of a few kilometres.
func (el ellipsoid) geodetic(x, y, z float64) (lam, phi float64) {
	p := math.Hypot(x, y)
	ratio := math.Sqrt(1 - el.e2) // b/a
	b := el.a * ratio
	ep2 := el.e2 / (1 - el.e2)
	beta := math.Atan2(z, p*ratio)
	for range 3 {
		sb, cb := math.Sincos(beta)
		phi = math.Atan2(z+ep2*b*sb*sb*sb, p-el.e2*el.a*cb*cb*cb)
		beta = math.Atan2(ratio*math.Sin(phi), math.Cos(phi))
	}
	return math.Atan2(y, x), phi
}
