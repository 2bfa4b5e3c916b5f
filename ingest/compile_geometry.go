package ingest

import (
	"encoding/json"

	"github.com/chengma/chengma/internal/geodesy"
)

// geometryAndCRS says where shapes come from and what their coordinates are.
func (c *compiler) geometryAndCRS() {
	g := &c.prog.geometry
	*g = geometryProgram{from: geometryFile, z: -1, repair: true}
	c.crs(g)
	spec := c.mapping.Geometry
	if spec == nil {
		return
	}
	g.required, g.drop, g.clears = spec.Required, spec.OnError == "drop", spec.Empty == "unset"
	g.comma, g.nulls = spec.Decimal == ",", tokens(spec.Null)
	if spec.Repair != nil {
		g.repair = *spec.Repair
	}
	c.shapeSource(spec, g)
	if spec.Z != "" {
		g.z = c.column(spec.Z)
		if g.from != geometryPoint {
			c.add("/geometry/z", "z goes with lon and lat, or x and y")
		}
	}
	if spec.Lon != "" && g.crs != nil && g.crs.Projected() {
		c.add("/geometry/lon", "%s has metres; write x and y", g.crs.Name())
	}
	if g.from == geometryPoint && g.yFirst {
		c.add("/crs/axes", "axes are of the file's geometry and of WKT; columns say themselves which is which")
	}
}

// shapeSource finds the one place that the shape comes from.
func (c *compiler) shapeSource(spec *GeometrySpec, g *geometryProgram) {
	ways := 0
	pair := func(a, b, nameA, nameB string) {
		if a == "" && b == "" {
			return
		}
		ways++
		if a == "" || b == "" {
			c.add("/geometry", "%s and %s come together", nameA, nameB)
			return
		}
		g.from, g.a, g.b = geometryPoint, c.column(a), c.column(b)
	}
	pair(spec.Lon, spec.Lat, "lon", "lat")
	pair(spec.X, spec.Y, "x", "y")
	if spec.WKT != "" {
		ways++
		g.from, g.a = geometryWKT, c.column(spec.WKT)
	}
	if spec.From != "" {
		ways++
		if spec.From == "none" {
			g.from = geometryNone
		}
	}
	if ways > 1 {
		c.add("/geometry", "want one of from, lon and lat, x and y, wkt")
	}
}

func (c *compiler) crs(g *geometryProgram) {
	spec := &c.mapping.CRS
	g.crs = geodesy.CRS84()
	switch {
	case spec.Plane != nil || spec.Geocentric != nil:
		g.crs = c.local(spec)
	case spec.Name != "":
		crs, err := geodesy.Lookup(spec.Name)
		if err != nil {
			c.add("/crs", "%v", err)
			return
		}
		g.crs = crs
	}
	if g.crs == nil {
		return
	}
	if spec.Axes != "" {
		axes, err := geodesy.ParseAxisOrder(spec.Axes)
		if err != nil {
			c.add("/crs/axes", "%v", err)
			return
		}
		metres := axes == geodesy.EastingNorthing || axes == geodesy.NorthingEasting
		if metres != g.crs.Projected() {
			c.add("/crs/axes", "%s has %s", g.crs.Name(), map[bool]string{true: "easting and northing", false: "longitude and latitude"}[g.crs.Projected()])
		}
		g.yFirst = axes == geodesy.LatLon || axes == geodesy.NorthingEasting
	}
	g.vertical = g.crs.Vertical()
	if spec.Vertical != "" {
		g.vertical = spec.Vertical
	}
	if g.crs.InputOnly() {
		g.provenance = "coordinates delivered in " + g.crs.Name()
	}
	lon, lat := g.crs.ToWGS84(114.0625, 22.53125)
	g.asIs = !g.yFirst && !g.crs.Projected() && lon == 114.0625 && lat == 22.53125
}

// local makes an operator's own system.
func (c *compiler) local(spec *CRSSpec) *geodesy.CRS {
	if spec.Axes == "" {
		c.add("/crs", "a local system needs axes: easting-northing or northing-easting (usual in Chinese surveying, where x is north)")
		return nil
	}
	cfg := geodesy.LocalConfig{Name: spec.Name, AxisOrder: spec.Axes, Vertical: spec.Vertical, Area: geodesy.Envelope{West: -180, South: -90, East: 180, North: 90}}
	if env := c.box("/crs/area", spec.Area); env != nil {
		cfg.Area = *env
	}
	withScale := func(params map[string]any) {
		if _, there := params["scale"]; params != nil && !there {
			params["scale"] = json.Number("1")
		}
	}
	if spec.Plane != nil {
		withScale(spec.Plane)
		cfg.Plane = new(geodesy.PlaneParams)
		c.remarshal("/crs/plane", spec.Plane, cfg.Plane)
	}
	if spec.Geocentric != nil {
		if projection, ok := spec.Geocentric["projection"].(map[string]any); ok {
			withScale(projection)
		}
		cfg.Geocentric = new(geodesy.HelmertParams)
		c.remarshal("/crs/geocentric", spec.Geocentric, cfg.Geocentric)
	}
	crs, err := geodesy.NewLocal(cfg)
	if err != nil {
		c.add("/crs", "%v", err)
		return nil
	}
	return crs
}

func (c *compiler) remarshal(path string, from map[string]any, into any) {
	raw, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		c.add(path, "%v", err)
	}
}
