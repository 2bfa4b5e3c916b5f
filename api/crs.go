package api

import (
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// outputCRS are the systems that features are given in: those whose area of use
// meets where the city is, and those of the whole world. Systems with heights are
// left out, as Z is kept in its own vertical system.
func outputCRS(envelope entities.Box) []*geodesy.CRS {
	var list []*geodesy.CRS
	for _, c := range geodesy.List() {
		if c.HasHeight() || c.URI() == "" {
			continue
		}
		area := c.Area()
		box := entities.Box{West: area.West, South: area.South, East: area.East, North: area.North}
		if envelope.Empty() || box.Intersects(envelope) {
			list = append(list, c)
		}
	}
	return list
}

// parseCRS finds a system that coordinates may be asked and given in. The empty
// name is CRS84.
func parseCRS(name, parameter string) (*geodesy.CRS, error) {
	if name == "" {
		return geodesy.CRS84(), nil
	}
	c, err := geodesy.Lookup(name)
	if err != nil || c.InputOnly() || c.HasHeight() || c.URI() == "" {
		p := refuse(probCRS, parameter,
			quote(name)+" is not served here; the collection document lists the systems that are, such as http://www.opengis.net/def/crs/EPSG/0/4490.",
			"“"+clip(name)+"”不可用；集合文档列出可用的坐标参考系，例如 http://www.opengis.net/def/crs/EPSG/0/4490。")
		p.Err = err
		return nil, p
	}
	return c, nil
}
