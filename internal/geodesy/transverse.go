package geodesy

import "math"

// transverse is the transverse Mercator projection by Krüger's series in the
// third flattening to order 6 (Karney 2011, equations 35 and 36): errors of a
// few nanometres within the zones in use. The classical series in powers of
// longitude, which many libraries carry, is centimetres off at a zone's edge.
type transverse struct {
	el         ellipsoid
	lon0       float64 // central meridian, degrees
	x0, y0     float64 // false easting; false northing less that of the origin
	scale      float64 // k0 · rectifying radius
	alpha, bet [6]float64
}

// maxEta bounds the distance from the central meridian, about 50° at the
// equator, that is answered at all. Karney gives 5 nm for this order up to
// 3900 km (35°); beyond, the series only has to say where a misplaced point is.
const maxEta = 1.0

type transverseParams struct {
	lon0, lat0, k0, x0, y0 float64
}

func newTransverse(el ellipsoid, p transverseParams) *transverse {
	n := el.n()
	t := &transverse{el: el, lon0: p.lon0, x0: p.x0, y0: p.y0}
	n2 := n * n
	t.scale = p.k0 * el.a / (1 + n) * (1 + n2/4 + n2*n2/64 + n2*n2*n2/256)
	t.alpha, t.bet = kruger(n)
	_, y := t.forward(p.lon0, p.lat0)
	t.y0 -= y - t.y0
	return t
}

// kruger gives the coefficients of the forward and the inverse series.
func kruger(n float64) (alpha, beta [6]float64) {
	poly := func(from int, c ...float64) float64 {
		s := 0.0
		for i := len(c) - 1; i >= 0; i-- {
			s = s*n + c[i]
		}
		return s * math.Pow(n, float64(from))
	}
	alpha = [6]float64{
		poly(1, 1./2, -2./3, 5./16, 41./180, -127./288, 7891./37800),
		poly(2, 13./48, -3./5, 557./1440, 281./630, -1983433./1935360),
		poly(3, 61./240, -103./140, 15061./26880, 167603./181440),
		poly(4, 49561./161280, -179./168, 6601661./7257600),
		poly(5, 34729./80640, -3418889./1995840),
		poly(6, 212378941./319334400),
	}
	beta = [6]float64{
		poly(1, 1./2, -2./3, 37./96, -1./360, -81./512, 96199./604800),
		poly(2, 1./48, 1./15, -437./1440, 46./105, -1118711./3870720),
		poly(3, 17./480, -37./840, -209./4480, 5569./90720),
		poly(4, 4397./161280, -11./504, -830251./7257600),
		poly(5, 4583./161280, -108847./3991680),
		poly(6, 20648693./638668800),
	}
	return alpha, beta
}

// clenshaw sums c[j]·sin(2(j+1)ζ) for the complex ζ = xi + i·eta.
func clenshaw(c *[6]float64, xi, eta float64) (re, im float64) {
	s, co := math.Sincos(2 * xi)
	sh, ch := math.Sinh(2*eta), math.Cosh(2*eta)
	sin, cos := complex(s*ch, co*sh), complex(co*ch, -s*sh)
	var y1, y2 complex128
	for j := 5; j >= 0; j-- {
		y1, y2 = 2*cos*y1-y2+complex(c[j], 0), y1
	}
	sum := sin * y1
	return real(sum), imag(sum)
}

func (t *transverse) forward(lon, lat float64) (float64, float64) {
	if !(math.Abs(lat) <= 90) || !finite(lon) {
		return math.NaN(), math.NaN()
	}
	sl, cl := math.Sincos(math.Remainder(lon-t.lon0, 360) * rad)
	if cl <= 0 {
		return math.NaN(), math.NaN()
	}
	taup := t.el.conformalTan(math.Tan(lat * rad))
	xi := math.Atan2(taup, cl)
	eta := math.Asinh(sl / math.Hypot(taup, cl))
	if math.Abs(eta) > maxEta {
		return math.NaN(), math.NaN()
	}
	dxi, deta := clenshaw(&t.alpha, xi, eta)
	return t.x0 + t.scale*(eta+deta), t.y0 + t.scale*(xi+dxi)
}

func (t *transverse) inverse(x, y float64) (float64, float64) {
	xi, eta := (y-t.y0)/t.scale, (x-t.x0)/t.scale
	if !(math.Abs(eta) <= maxEta*1.01 && math.Abs(xi) <= math.Pi/2+1e-9) {
		return math.NaN(), math.NaN()
	}
	dxi, deta := clenshaw(&t.bet, xi, eta)
	xi, eta = xi-dxi, eta-deta
	sx, cx := math.Sincos(xi)
	sh := math.Sinh(eta)
	tau := t.el.geodeticTan(sx / math.Hypot(sh, cx))
	lon := t.lon0 + math.Atan2(sh, cx)*deg
	return math.Remainder(lon, 360), math.Atan(tau) * deg
}
