package geodesy

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// LocalConfig describes a city's own coordinate system, whose parameters only
// its operator has. Exactly one of Plane (four parameters) and Geocentric (seven
// parameters) is set. The project ships no such parameters.
type LocalConfig struct {
	// Name is what mappings and collections call the system; it must not be a
	// name that Lookup knows.
	Name  string `json:"name" yaml:"name"`
	Title string `json:"title" yaml:"title"`
	// AxisOrder is "easting-northing" or "northing-easting" (usual in Chinese
	// surveying, where X is north); a geocentric one without projection has
	// "lon-lat" or "lat-lon".
	AxisOrder string `json:"axis_order" yaml:"axis_order"`
	// Vertical names what heights are measured from; empty if there are none.
	Vertical string `json:"vertical" yaml:"vertical"`
	// Area is the area in which the parameters hold, in degrees.
	Area Envelope `json:"area" yaml:"area"`
	// Accuracy is the residual of the parameters in metres.
	Accuracy   float64        `json:"accuracy" yaml:"accuracy"`
	Plane      *PlaneParams   `json:"plane" yaml:"plane"`
	Geocentric *HelmertParams `json:"geocentric" yaml:"geocentric"`
}

// PlaneParams is a plane similarity from local coordinates (e, n) to a known
// projected system (E, N), all in metres:
//
//	E = DE + Scale·(e·cos r − n·sin r)
//	N = DN + Scale·(e·sin r + n·cos r)
//
// r turns anticlockwise, from east towards north.
type PlaneParams struct {
	Target   string  `json:"target" yaml:"target"`     // the known system, "EPSG:4547"
	DE       float64 `json:"de" yaml:"de"`             // metres, added to the easting
	DN       float64 `json:"dn" yaml:"dn"`             // metres, added to the northing
	Rotation float64 `json:"rotation" yaml:"rotation"` // arc-seconds
	Scale    float64 `json:"scale" yaml:"scale"`       // a factor near 1
}

// HelmertParams is a seven-parameter transformation from the geocentric
// coordinates of the local ellipsoid to WGS 84 (CGCS2000).
type HelmertParams struct {
	TX float64 `json:"tx" yaml:"tx"` // metres
	TY float64 `json:"ty" yaml:"ty"`
	TZ float64 `json:"tz" yaml:"tz"`
	RX float64 `json:"rx" yaml:"rx"` // arc-seconds
	RY float64 `json:"ry" yaml:"ry"`
	RZ float64 `json:"rz" yaml:"rz"`
	// ScalePPM is the difference of the scale from 1 in parts per million.
	ScalePPM float64 `json:"scale_ppm" yaml:"scale_ppm"`
	// Convention is "position-vector" (EPSG method 9606, Bursa–Wolf as China
	// and most of Europe use it) or "coordinate-frame" (9607).
	Convention string `json:"convention" yaml:"convention"`
	// Ellipsoid is krassowsky (Beijing 1954), iag75 (Xi'an 1980), cgcs2000,
	// grs80, wgs84 or bessel.
	Ellipsoid string `json:"ellipsoid" yaml:"ellipsoid"`
	// Projection is the plane that coordinates are delivered in; nil means
	// degrees on the ellipsoid.
	Projection *TransverseParams `json:"projection" yaml:"projection"`
}

// TransverseParams is a transverse Mercator (Gauss–Krüger) projection.
type TransverseParams struct {
	CentralMeridian  float64 `json:"central_meridian" yaml:"central_meridian"`     // degrees
	LatitudeOfOrigin float64 `json:"latitude_of_origin" yaml:"latitude_of_origin"` // degrees
	Scale            float64 `json:"scale" yaml:"scale"`                           // on the central meridian; 1 for Gauss–Krüger
	FalseEasting     float64 `json:"false_easting" yaml:"false_easting"`           // metres
	FalseNorthing    float64 `json:"false_northing" yaml:"false_northing"`         // metres
}

// NewLocal makes a system from an operator's parameters. An error names the
// parameter at fault. The result is not found by [Lookup]: who loads the
// configuration keeps it.
func NewLocal(cfg LocalConfig) (*CRS, error) {
	if cfg.Name == "" {
		return nil, errors.New("local coordinate system: name is empty")
	}
	if _, err := Lookup(cfg.Name); err == nil {
		return nil, fmt.Errorf("local coordinate system %s: the name is that of a built-in system", cfg.Name)
	}
	c, err := newLocal(cfg)
	if err != nil {
		return nil, fmt.Errorf("local coordinate system %s: %w", cfg.Name, err)
	}
	return c, nil
}

func newLocal(cfg LocalConfig) (*CRS, error) {
	if (cfg.Plane == nil) == (cfg.Geocentric == nil) {
		return nil, errors.New("exactly one of plane and geocentric is needed")
	}
	order, err := ParseAxisOrder(cfg.AxisOrder)
	if err != nil {
		return nil, fmt.Errorf("axis_order: %w", err)
	}
	if cfg.Area == (Envelope{}) {
		cfg.Area = world
	}
	if !cfg.Area.Valid() {
		return nil, fmt.Errorf("area %v is not a box in degrees", cfg.Area)
	}
	if !(cfg.Accuracy >= 0) {
		return nil, fmt.Errorf("accuracy %g is not a length in metres", cfg.Accuracy)
	}
	c := &CRS{
		name: cfg.Name, title: cfg.Title, order: order, vertical: cfg.Vertical,
		area: cfg.Area, accuracy: cfg.Accuracy,
	}
	if cfg.Plane != nil {
		err = c.setPlane(cfg.Plane)
	} else {
		err = c.setGeocentric(cfg.Geocentric)
	}
	if err != nil {
		return nil, err
	}
	if c.projected != (order == EastingNorthing || order == NorthingEasting) {
		return nil, fmt.Errorf("axis_order %s does not fit: coordinates are %s", order, c.unit())
	}
	return c, nil
}

func (c *CRS) unit() string {
	if c.projected {
		return "metres"
	}
	return "degrees"
}

func (c *CRS) setPlane(p *PlaneParams) error {
	target, err := Lookup(p.Target)
	if err != nil {
		return fmt.Errorf("plane.target: %w", err)
	}
	if !target.projected {
		return fmt.Errorf("plane.target %s is in degrees; a plane similarity needs a projected system", target.name)
	}
	if err := inRange("plane.scale", p.Scale, 0.99, 1.01, "a factor near 1"); err != nil {
		return err
	}
	if err := inRange("plane.rotation", p.Rotation, -360*3600, 360*3600, "arc-seconds"); err != nil {
		return err
	}
	if !finite(p.DE) || !finite(p.DN) {
		return errors.New("plane.de and plane.dn must be finite")
	}
	s, co := math.Sincos(p.Rotation * sec)
	c.projected = true
	c.shift = target.shift
	c.proj = &similarity{base: target.proj, de: p.DE, dn: p.DN, c: p.Scale * co, s: p.Scale * s}
	return nil
}

// similarity is a plane laid over another one.
type similarity struct {
	base         projection
	de, dn, c, s float64
}

func (p *similarity) inverse(x, y float64) (float64, float64) {
	return p.base.inverse(p.de+p.c*x-p.s*y, p.dn+p.s*x+p.c*y)
}

func (p *similarity) forward(lon, lat float64) (float64, float64) {
	x, y := p.base.forward(lon, lat)
	x, y = x-p.de, y-p.dn
	d := p.c*p.c + p.s*p.s
	return (p.c*x + p.s*y) / d, (p.c*y - p.s*x) / d
}

func (c *CRS) setGeocentric(p *HelmertParams) error {
	el, err := ellipsoidByName(p.Ellipsoid)
	if err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	c.shift = newHelmert(el, helmertParams{
		tx: p.TX, ty: p.TY, tz: p.TZ, rx: p.RX, ry: p.RY, rz: p.RZ, ppm: p.ScalePPM,
		coordinateFrame: p.Convention == "coordinate-frame",
	})
	if p.Projection == nil {
		c.proj = lonLat{}
		return nil
	}
	t := p.Projection
	if err := t.check(); err != nil {
		return err
	}
	c.projected = true
	c.proj = newTransverse(el, transverseParams{
		lon0: t.CentralMeridian, lat0: t.LatitudeOfOrigin, k0: t.Scale, x0: t.FalseEasting, y0: t.FalseNorthing,
	})
	return nil
}

// check refuses magnitudes that no datum has: a wrong unit, most often radians
// or a scale factor where arc-seconds and ppm belong, would otherwise move a
// city without a word.
func (p *HelmertParams) check() error {
	if p.Convention != "position-vector" && p.Convention != "coordinate-frame" {
		return fmt.Errorf("geocentric.convention %q is neither position-vector nor coordinate-frame", p.Convention)
	}
	for _, v := range []struct {
		name  string
		value float64
		limit float64
		unit  string
	}{
		{"tx", p.TX, 1e4, "metres"},
		{"ty", p.TY, 1e4, "metres"},
		{"tz", p.TZ, 1e4, "metres"},
		{"rx", p.RX, 120, "arc-seconds"},
		{"ry", p.RY, 120, "arc-seconds"},
		{"rz", p.RZ, 120, "arc-seconds"},
		{"scale_ppm", p.ScalePPM, 500, "parts per million"},
	} {
		if err := inRange("geocentric."+v.name, v.value, -v.limit, v.limit, v.unit); err != nil {
			return err
		}
	}
	return nil
}

func (t *TransverseParams) check() error {
	for _, v := range []struct {
		name              string
		value, low, upper float64
		unit              string
	}{
		{"central_meridian", t.CentralMeridian, -180, 180, "degrees"},
		{"latitude_of_origin", t.LatitudeOfOrigin, -90, 90, "degrees"},
		{"scale", t.Scale, 0.9, 1.1, "a factor near 1"},
		{"false_easting", t.FalseEasting, -1e9, 1e9, "metres"},
		{"false_northing", t.FalseNorthing, -1e9, 1e9, "metres"},
	} {
		if err := inRange("geocentric.projection."+v.name, v.value, v.low, v.upper, v.unit); err != nil {
			return err
		}
	}
	return nil
}

func inRange(name string, v, low, upper float64, unit string) error {
	if !(v >= low && v <= upper) {
		return fmt.Errorf("%s %g is not in %g … %g (%s)", name, v, low, upper, unit)
	}
	return nil
}

func ellipsoidByName(name string) (ellipsoid, error) {
	switch strings.ToLower(name) {
	case "krassowsky":
		return krassowsky, nil
	case "iag75":
		return iag75, nil
	case "cgcs2000", "grs80":
		return grs80, nil
	case "wgs84":
		return wgs84, nil
	case "bessel":
		return bessel, nil
	}
	return ellipsoid{}, fmt.Errorf("geocentric.ellipsoid %q is none of krassowsky, iag75, cgcs2000, grs80, wgs84, bessel", name)
}
