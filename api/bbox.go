package api

import (
	"math"
	"strconv"
	"strings"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// extent is what a bbox asks about.
type extent struct {
	box    entities.Box
	shape  geom.T      // exact outline where the box is one of a projected system
	height *[2]float64 // lowest and highest Z, where six numbers were given
}

// parseBBox reads the bbox parameter in a coordinate system, in the axis order of
// its authority (OGC API – Features Part 1, 7.15.3; Part 2, 6.3).
func parseBBox(text string, crs *geodesy.CRS) (*extent, error) {
	parts := strings.Split(text, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return nil, badBBox(strconv.Itoa(len(parts))+" numbers; a bbox has 4 or 6.", "有 "+strconv.Itoa(len(parts))+" 个数；应为 4 或 6 个。")
	}
	n := make([]float64, len(parts))
	for i, part := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, badBBox("the part "+quote(part)+", which is not a number.", "的“"+clip(part)+"”不是数。")
		}
		n[i] = f
	}
	e := &extent{}
	if len(n) == 6 {
		if n[2] > n[5] {
			return nil, badBBox("the lowest height is above the highest.", "最低高程大于最高高程。")
		}
		e.height = &[2]float64{n[2], n[5]}
		n = []float64{n[0], n[1], n[3], n[4]}
	}
	if order := crs.AxisOrder(); order == geodesy.LatLon || order == geodesy.NorthingEasting {
		n[0], n[1], n[2], n[3] = n[1], n[0], n[3], n[2]
	}
	if n[1] > n[3] {
		return nil, badBBox("its south is north of its north; are the axes in the order of "+crs.Name()+"?", "南界大于北界；坐标轴顺序是否符合 "+crs.Name()+"？")
	}
	if crs.Projected() {
		return e, e.project(n, crs)
	}
	return e, e.degrees(n)
}

func badBBox(en, zh string) *Problem {
	return refuse(probBBox, "bbox", "The bbox has "+en, "bbox "+zh)
}

// degrees takes west, south, east, north as they are; longitudes up to a turn
// beyond the globe, as map clients send them, are brought back to it.
func (e *extent) degrees(n []float64) error {
	west, south, east, north := n[0], n[1], n[2], n[3]
	if south < -90 || north > 90 || math.Abs(west) > 540 || math.Abs(east) > 540 {
		return badBBox("a corner that is not on the globe; latitudes are −90 to 90.", "有不在地球上的角点；纬度应在 −90 至 90 之间。")
	}
	if east-west >= 360 {
		west, east = -180, 180
	}
	e.box = entities.Box{West: turn(west), South: south, East: turn(east), North: north}
	return nil
}

func turn(lon float64) float64 {
	switch {
	case lon > 180:
		return lon - 360
	case lon < -180:
		return lon + 360
	}
	return lon
}

// edgePoints is how many points stand for one edge of a projected box, whose
// edges are curves in lon/lat.
const edgePoints = 16

func (e *extent) project(n []float64, crs *geodesy.CRS) error {
	if n[0] > n[2] {
		return badBBox("its west is east of its east.", "西界大于东界。")
	}
	corners := [5][2]float64{{n[0], n[1]}, {n[2], n[1]}, {n[2], n[3]}, {n[0], n[3]}, {n[0], n[1]}}
	var ring []float64
	e.box = entities.NoBox
	for i := range 4 {
		for step := range edgePoints {
			t := float64(step) / edgePoints
			lon, lat := crs.ToWGS84(corners[i][0]+t*(corners[i+1][0]-corners[i][0]), corners[i][1]+t*(corners[i+1][1]-corners[i][1]))
			if !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90) {
				return badBBox("a corner that has no place in "+crs.Name()+".", "有角点在 "+crs.Name()+" 中没有位置。")
			}
			ring = append(ring, lon, lat)
			e.box = e.box.Extend(entities.Box{West: lon, South: lat, East: lon, North: lat})
		}
	}
	ring = append(ring, ring[0], ring[1])
	e.shape = geom.NewPolygonFlat(geom.XY, ring, []int{len(ring)})
	return nil
}

// reaches reports whether a geometry has a height within the asked ones; one
// without heights is at every height.
func (e *extent) reaches(g entities.Geometry) (bool, error) {
	if e == nil || e.height == nil {
		return true, nil
	}
	shape, err := g.Shape()
	if err != nil || shape == nil {
		return false, err
	}
	if shape.Layout().ZIndex() < 0 {
		return true, nil
	}
	b, z := shape.Bounds(), shape.Layout().ZIndex()
	return b.Min(z) <= e.height[1] && b.Max(z) >= e.height[0], nil
}
