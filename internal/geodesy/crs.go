package geodesy

import (
	"fmt"
	"math"
)

// AxisOrder is the order and meaning of the first two axes of a system, as its
// authority defines them.
type AxisOrder uint8

// The orders that occur.
const (
	LonLat AxisOrder = iota + 1
	LatLon
	EastingNorthing
	NorthingEasting
)

// String gives the order as it is written in mappings: "lon-lat" and so on.
func (a AxisOrder) String() string {
	switch a {
	case LonLat:
		return "lon-lat"
	case LatLon:
		return "lat-lon"
	case EastingNorthing:
		return "easting-northing"
	case NorthingEasting:
		return "northing-easting"
	}
	return fmt.Sprintf("AxisOrder(%d)", uint8(a))
}

// ParseAxisOrder is the inverse of [AxisOrder.String].
func ParseAxisOrder(s string) (AxisOrder, error) {
	for _, a := range []AxisOrder{LonLat, LatLon, EastingNorthing, NorthingEasting} {
		if s == a.String() {
			return a, nil
		}
	}
	return 0, fmt.Errorf("axis order %q is none of lon-lat, lat-lon, easting-northing, northing-easting", s)
}

// yFirst reports whether the authority names latitude or northing first.
func (a AxisOrder) yFirst() bool { return a == LatLon || a == NorthingEasting }

// Order says how a caller's coordinates are ordered.
type Order uint8

const (
	// XFirst is longitude or easting first, as GeoJSON and most files have it.
	XFirst Order = iota
	// AuthorityOrder is the order of the system's definition.
	AuthorityOrder
)

// CRS is a coordinate reference system. It is immutable and safe for
// concurrent use; two results of [Lookup] for the same system are the same
// pointer.
type CRS struct {
	name      string // short name: "EPSG:4547", "OGC:CRS84", "gcj02"
	uri       string
	epsg      int
	title     string
	order     AxisOrder
	projected bool
	vertical  string
	area      Envelope
	accuracy  float64
	inputOnly bool

	proj  projection
	shift *helmert // from the system's own datum to WGS 84; nil where they are one
}

// projection maps between degrees on the system's own datum and its plane, x
// first. A point without an image gives NaN, NaN.
type projection interface {
	forward(lon, lat float64) (x, y float64)
	inverse(x, y float64) (lon, lat float64)
}

// Name is the short name, "EPSG:4547", "OGC:CRS84", "gcj02", or the operator's
// own name of a local system.
func (c *CRS) Name() string { return c.name }

// URI is the OGC identifier, "http://www.opengis.net/def/crs/EPSG/0/4547"; it
// is empty for systems that no authority defines.
func (c *CRS) URI() string { return c.uri }

// EPSG is the EPSG code, or 0 where there is none.
func (c *CRS) EPSG() int { return c.epsg }

// Title is the authority's English name of the system.
func (c *CRS) Title() string { return c.title }

// AxisOrder is the order in which the authority defines the axes.
func (c *CRS) AxisOrder() AxisOrder { return c.order }

// Projected reports whether coordinates are metres in a plane rather than
// degrees.
func (c *CRS) Projected() bool { return c.projected }

// HasHeight reports whether the system defines a third axis, up, in metres.
func (c *CRS) HasHeight() bool { return c.vertical != "" }

// Vertical names what the heights are measured from, or is empty.
func (c *CRS) Vertical() string { return c.vertical }

// Area is the area of use that the authority gives.
func (c *CRS) Area() Envelope { return c.area }

// Accuracy is the stated accuracy, in metres, of the step from the system's own
// datum to WGS 84; 0 where there is no such step.
func (c *CRS) Accuracy() float64 { return c.accuracy }

// InputOnly reports whether coordinates are accepted in this system but never
// given out in it: GCJ-02 and BD-09.
func (c *CRS) InputOnly() bool { return c.inputOnly }

// String is [CRS.Name].
func (c *CRS) String() string { return c.name }

// ToWGS84 turns x (longitude or easting) and y (latitude or northing) into
// degrees of longitude and latitude. A point without an image gives NaN, NaN.
// Geographic systems pass values on as they are, also values out of range.
func (c *CRS) ToWGS84(x, y float64) (lon, lat float64) {
	lon, lat = c.proj.inverse(x, y)
	if c.shift != nil {
		lon, lat = c.shift.toWGS84(lon, lat)
	}
	return lon, lat
}

// FromWGS84 is the inverse of [CRS.ToWGS84]. A point without an image in the
// system gives NaN, NaN.
func (c *CRS) FromWGS84(lon, lat float64) (x, y float64) {
	if c.shift != nil {
		lon, lat = c.shift.fromWGS84(lon, lat)
	}
	return c.proj.forward(lon, lat)
}

// FromAuthority is [CRS.ToWGS84] for a pair in the authority's axis order.
func (c *CRS) FromAuthority(a, b float64) (lon, lat float64) {
	if c.order.yFirst() {
		a, b = b, a
	}
	return c.ToWGS84(a, b)
}

// ToAuthority is [CRS.FromWGS84] with the result in the authority's axis order.
func (c *CRS) ToAuthority(lon, lat float64) (a, b float64) {
	x, y := c.FromWGS84(lon, lat)
	if c.order.yFirst() {
		return y, x
	}
	return x, y
}

// PointError says which point of a slice could not be converted.
type PointError struct {
	CRS    string  // short name of the system
	Index  int     // of the point, not of the float
	X, Y   float64 // as delivered, in the order delivered
	Output bool    // the failure was on the way out of WGS 84
}

// Error names the point and the system.
func (e *PointError) Error() string {
	if e.Output {
		return fmt.Sprintf("point %d (%g, %g) has no place in %s", e.Index, e.X, e.Y, e.CRS)
	}
	return fmt.Sprintf("point %d (%g, %g) is no place on Earth when read as %s", e.Index, e.X, e.Y, e.CRS)
}

// ToWGS84Flat converts points in place. flat holds points of stride values
// each (2 or more; values after the second are left alone) in the given order;
// afterwards each begins with longitude, latitude. It stops at the first point
// that is no place on Earth with a *PointError; the points before it are
// converted then, so that the slice is of no more use.
func (c *CRS) ToWGS84Flat(flat []float64, stride int, order Order) error {
	if err := checkStride(flat, stride); err != nil {
		return err
	}
	swap := order == AuthorityOrder && c.order.yFirst()
	for i := 0; i < len(flat); i += stride {
		x, y := flat[i], flat[i+1]
		if swap {
			x, y = y, x
		}
		lon, lat := c.ToWGS84(x, y)
		// 360, not 180: unwrapped geometries across the antimeridian are sound.
		if !(math.Abs(lon) <= 360 && math.Abs(lat) <= 90) {
			return &PointError{CRS: c.name, Index: i / stride, X: flat[i], Y: flat[i+1]}
		}
		flat[i], flat[i+1] = lon, lat
	}
	return nil
}

// FromWGS84Flat is the inverse of [CRS.ToWGS84Flat], under the same contract.
func (c *CRS) FromWGS84Flat(flat []float64, stride int, order Order) error {
	if err := checkStride(flat, stride); err != nil {
		return err
	}
	swap := order == AuthorityOrder && c.order.yFirst()
	for i := 0; i < len(flat); i += stride {
		x, y := c.FromWGS84(flat[i], flat[i+1])
		if !finite(x) || !finite(y) {
			return &PointError{CRS: c.name, Index: i / stride, X: flat[i], Y: flat[i+1], Output: true}
		}
		if swap {
			x, y = y, x
		}
		flat[i], flat[i+1] = x, y
	}
	return nil
}

func checkStride(flat []float64, stride int) error {
	if stride < 2 {
		return fmt.Errorf("stride %d: a point has at least 2 values", stride)
	}
	if len(flat)%stride != 0 {
		return fmt.Errorf("%d values are not a whole number of points of %d", len(flat), stride)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
