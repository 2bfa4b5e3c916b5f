package geodesy

import (
	"fmt"
	"math"
	"strings"
)

// CauseKind is why a point probably lies outside an envelope.
type CauseKind string

// The kinds of cause, in the order in which they are tried.
const (
	CauseInside      CauseKind = "inside"       // it does not lie outside
	CauseNotFinite   CauseKind = "not-finite"   // NaN or infinite
	CauseNullIsland  CauseKind = "null-island"  // 0, 0: a missing value
	CauseSwappedAxes CauseKind = "swapped-axes" // x and y in the other order
	CauseWrongCRS    CauseKind = "wrong-crs"    // inside if read in another system
	CauseWrongZone   CauseKind = "wrong-zone"   // inside a whole number of zones away
	CauseGCJ02       CauseKind = "gcj02"        // inside once the GCJ-02 shift is undone
	CauseBD09        CauseKind = "bd09"         // inside once the BD-09 shift is undone
	CauseOutside     CauseKind = "outside"      // none of these: it may just lie outside
)

// Reading is a way to read a pair of coordinates.
type Reading struct {
	CRS      *CRS
	Swapped  bool // y came first
	Lon, Lat float64
}

// Cause is a diagnosis: likely, not certain.
type Cause struct {
	Kind CauseKind
	// Readings are those that put the point inside, the likeliest first; empty
	// where the kind is no misreading.
	Readings  []Reading
	MessageZh string
	MessageEn string
}

// Diagnose says why a point in degrees lies outside an envelope. Degrees that
// are none, because metres were taken for degrees, are welcome. It tries many
// systems, which takes some 15 µs: for refused points only.
func Diagnose(lon, lat float64, env Envelope) Cause {
	return DiagnoseSource(CRS84(), lon, lat, env)
}

// DiagnoseSource says why a pair of coordinates, x first, declared to be in a
// system, lies outside an envelope. It sees more than [Diagnose], because a
// wrong zone shows in the coordinates as delivered.
func DiagnoseSource(declared *CRS, x, y float64, env Envelope) Cause {
	lon, lat := declared.ToWGS84(x, y)
	switch {
	case env.Contains(lon, lat):
		return Cause{Kind: CauseInside, MessageZh: "在范围内", MessageEn: "lies inside"}
	case !finite(x) || !finite(y):
		return Cause{Kind: CauseNotFinite, MessageZh: "坐标不是有限数", MessageEn: "a coordinate is not a finite number"}
	case math.Abs(x) < 1e-6 && math.Abs(y) < 1e-6:
		return Cause{Kind: CauseNullIsland, MessageZh: "坐标为 0, 0：很可能是缺失值", MessageEn: "the coordinates are 0, 0: most likely a missing value"}
	}
	if lon, lat := declared.ToWGS84(y, x); env.Contains(lon, lat) {
		return Cause{
			Kind: CauseSwappedAxes, Readings: []Reading{{declared, true, lon, lat}},
			MessageZh: "两轴颠倒：交换 x、y 后在范围内；请在映射中更正轴序",
			MessageEn: "swapped axes: inside with x and y exchanged; set the axis order in the mapping",
		}
	}
	if c, ok := otherCRS(declared, x, y, env); ok {
		return c
	}
	if !declared.projected {
		if c, ok := shifted(declared, x, y, env); ok {
			return c
		}
	}
	if c, ok := otherZone(lon, lat, env); ok {
		return c
	}
	return Cause{
		Kind: CauseOutside, MessageZh: "在声明的城市范围之外，未找到坐标系方面的原因",
		MessageEn: "outside the declared envelope; no misreading of the coordinate system explains it",
	}
}

// otherCRS reads the pair in every system whose area of use meets the envelope.
// Whether the pair looks like degrees or metres keeps the two apart.
func otherCRS(declared *CRS, x, y float64, env Envelope) (Cause, bool) {
	var found []Reading
	degrees := math.Abs(x) <= 360 && math.Abs(y) <= 360
	for _, c := range List() {
		if c == declared || c.projected == degrees || !c.area.Intersects(env) {
			continue
		}
		for _, swapped := range []bool{false, true} {
			a, b := x, y
			if swapped {
				a, b = y, x
			}
			lon, lat := c.ToWGS84(a, b)
			if env.Contains(lon, lat) && !sameReading(found, lon, lat) {
				found = append(found, Reading{c, swapped, lon, lat})
			}
		}
	}
	if len(found) == 0 {
		return Cause{}, false
	}
	// In the coordinates' own order first; the list's order decides the rest.
	ordered := make([]Reading, 0, len(found))
	for _, swapped := range []bool{false, true} {
		for _, r := range found {
			if r.Swapped == swapped {
				ordered = append(ordered, r)
			}
		}
	}
	zh, en := nameReadings(ordered)
	return Cause{
		Kind: CauseWrongCRS, Readings: ordered,
		MessageZh: fmt.Sprintf("声明为 %s，但按 %s 读取则在范围内", declared.name, zh),
		MessageEn: fmt.Sprintf("declared as %s, but inside if read as %s", declared.name, en),
	}, true
}

// sameReading keeps systems apart only where they place the point differently:
// 4326, 4490 and CRS84 are one reading, and so are 7415 and 28992.
func sameReading(found []Reading, lon, lat float64) bool {
	for _, r := range found {
		if math.Abs(r.Lon-lon) < 1e-9 && math.Abs(r.Lat-lat) < 1e-9 {
			return true
		}
	}
	return false
}

func nameReadings(found []Reading) (zh, en string) {
	var zhs, ens []string
	for _, r := range found[:min(len(found), 3)] {
		z, e := r.CRS.name, r.CRS.name
		if r.Swapped {
			z, e = z+"（x、y 颠倒）", e+" with x and y exchanged"
		}
		zhs, ens = append(zhs, z), append(ens, e)
	}
	return strings.Join(zhs, " 或 "), strings.Join(ens, " or ")
}

// shifted undoes the web maps' shifts, which bring a point in from at most
// about a kilometre outside.
func shifted(declared *CRS, x, y float64, env Envelope) (Cause, bool) {
	for _, v := range []struct {
		name, title string
		kind        CauseKind
	}{{"GCJ02", "GCJ-02", CauseGCJ02}, {"BD09", "BD-09", CauseBD09}} {
		c := systems().byKey[v.name]
		if c == declared {
			continue
		}
		for _, swapped := range []bool{false, true} {
			a, b := x, y
			if swapped {
				a, b = y, x
			}
			if lon, lat := c.ToWGS84(a, b); (lon != a || lat != b) && env.Contains(lon, lat) {
				return Cause{
					Kind: v.kind, Readings: []Reading{{c, swapped, lon, lat}},
					MessageZh: fmt.Sprintf("略微超出范围；若坐标为 %s 偏移坐标则在范围内", v.title),
					MessageEn: fmt.Sprintf("slightly outside; inside if the coordinates are %s", v.title),
				}, true
			}
		}
	}
	return Cause{}, false
}

// otherZone recognises a plane read with the wrong central meridian: the
// latitude is right and the longitude off by whole zones of 3 degrees.
func otherZone(lon, lat float64, env Envelope) (Cause, bool) {
	if !finite(lon) || !finite(lat) || math.Abs(lon) > 180 {
		return Cause{}, false
	}
	for k := 1; k <= 20; k++ {
		for _, d := range []int{3 * k, -3 * k} {
			l := lon + float64(d)
			if env.Contains(l, lat) {
				return Cause{
					Kind: CauseWrongZone, Readings: []Reading{{CRS84(), false, l, lat}},
					MessageZh: fmt.Sprintf("经度加 %d° 后在范围内：很可能用错了中央经线（分带）", d),
					MessageEn: fmt.Sprintf("inside with %+d° of longitude: most likely converted with the wrong central meridian (zone)", d),
				}, true
			}
		}
	}
	return Cause{}, false
}
