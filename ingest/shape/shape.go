// Package shape finds out whether a geometry is valid (OGC Simple Features,
// 06-103r4, 6.1.11) and mends it where there is one way only to mend it.
//
// What can be mended in one way: a ring that is not closed, points that stand
// twice, a spike that goes out and back, rings that cross themselves by so little
// that no reading of them covers another area. What could be meant in two ways, as
// a bow tie or overlapping parts, is refused with the reason.
package shape

import (
	"errors"
	"fmt"
	"math"
	"strings"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
)

// ErrInvalid: the geometry is invalid and cannot be mended in one way only. It is
// in the chain of a [*Reason].
var ErrInvalid = errors.New("invalid geometry")

// Reason says in Chinese and in English why a geometry cannot be mended.
type Reason struct {
	Zh, En string
}

// Error is the English reason behind the text of ErrInvalid.
func (r *Reason) Error() string { return ErrInvalid.Error() + ": " + r.En }

// Unwrap returns ErrInvalid.
func (r *Reason) Unwrap() error { return ErrInvalid }

// invalid formats both reasons with the same arguments.
func invalid(zh, en string, args ...any) *Reason {
	return &Reason{Zh: fmt.Sprintf(zh, args...), En: fmt.Sprintf(en, args...)}
}

// areaTolerance is the share of its area by which a mended polygon may differ
// from the signed area of its rings as they were delivered.
const areaTolerance = 1e-3

// Repair returns a valid geometry. The note is empty where the geometry was valid
// as it is; else it says in English what was done. An invalid geometry that
// cannot be mended is ErrInvalid with the reason. Coordinates may be of any plane
// or lon/lat; those that are no numbers are ErrInvalid. Nil is valid.
func Repair(g geom.T) (repaired geom.T, note string, err error) {
	if g == nil || g.Empty() {
		return g, "", nil
	}
	if parts, ok := g.(*geom.GeometryCollection); ok {
		return repairCollection(parts)
	}
	for _, f := range g.FlatCoords() {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, "", invalid("坐标为 %v", "a coordinate is %v", f)
		}
	}
	switch g := g.(type) {
	case *geom.LineString:
		return repairLine(g)
	case *geom.Polygon:
		if simpleRing(g) {
			return g, "", nil
		}
		return repairArea(g, [][][]float64{rings(g)})
	case *geom.MultiPolygon:
		parts := make([][][]float64, 0, g.NumPolygons())
		for i := range g.NumPolygons() {
			parts = append(parts, rings(g.Polygon(i)))
		}
		return repairArea(g, parts)
	}
	if err := validate(g); err != nil {
		return nil, "", err
	}
	return g, "", nil
}

func repairCollection(parts *geom.GeometryCollection) (geom.T, string, error) {
	whole := geom.NewGeometryCollection()
	var notes []string
	for i, part := range parts.Geoms() {
		repaired, note, err := Repair(part)
		if err != nil {
			var why *Reason
			if errors.As(err, &why) {
				err = invalid("第 %d 部分%s", "part %[1]d: %[3]s", i+1, why.Zh, why.En)
			}
			return nil, "", err
		}
		if note != "" {
			notes = append(notes, fmt.Sprintf("part %d: %s", i+1, note))
		}
		if err := whole.Push(repaired); err != nil {
			return nil, "", invalid("第 %d 部分维数不符", "part %d: %v", i+1, err)
		}
	}
	if len(notes) == 0 {
		return parts, "", nil
	}
	return whole, strings.Join(notes, "; "), nil
}

func rings(p *geom.Polygon) [][]float64 {
	out := make([][]float64, p.NumLinearRings())
	for i := range out {
		out[i] = p.LinearRing(i).FlatCoords()
	}
	return out
}

// validate asks the library.
func validate(g geom.T) error {
	raw, err := wkb.Marshal(g, wkb.NDR)
	if err != nil {
		return invalid("不是有效的几何", "%v", err)
	}
	if _, err := sf.UnmarshalWKB(raw); err != nil {
		return invalid("不是有效的几何", "%v", err)
	}
	return nil
}

func repairLine(g *geom.LineString) (geom.T, string, error) {
	tidy := tidyRing(g.FlatCoords(), g.Stride(), false)
	if len(tidy.flat) < 2*g.Stride() {
		return nil, "", invalid("线只有一个点", "a line with one point only")
	}
	if tidy.repeated == 0 {
		return g, "", nil
	}
	return geom.NewLineStringFlat(g.Layout(), tidy.flat), tidy.note(), nil
}

// repairArea mends polygons given as rings of flat coordinates.
func repairArea(g geom.T, parts [][][]float64) (geom.T, string, error) {
	if validate(g) == nil {
		return g, "", nil
	}
	tidied, note, err := tidyParts(parts, g.Stride())
	if err != nil {
		return nil, "", err
	}
	candidate := assemble(tidied, g)
	if validate(candidate) == nil {
		return candidate, note, nil
	}
	if g.Layout() != geom.XY {
		return nil, "", invalid("环自相交或互相交叉，而三维的环不作切分", "its rings cross, and three-dimensional rings are not cut")
	}
	noded, err := node(tidied)
	if err != nil {
		return nil, "", err
	}
	return noded, strings.Join(nonEmpty(note, "rings cut where they crossed or touched"), "; "), nil
}

func nonEmpty(parts ...string) []string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// assemble makes a geometry of the type of like, or a multi polygon where there
// is more than one part.
func assemble(parts [][][]float64, like geom.T) geom.T {
	if _, single := like.(*geom.Polygon); single && len(parts) == 1 {
		flat, ends := flatten(parts[0], nil)
		return geom.NewPolygonFlat(like.Layout(), flat, ends)
	}
	var flat []float64
	var endss [][]int
	for _, part := range parts {
		var ends []int
		flat, ends = flatten(part, flat)
		endss = append(endss, ends)
	}
	return geom.NewMultiPolygonFlat(like.Layout(), flat, endss)
}

func flatten(rings [][]float64, flat []float64) ([]float64, []int) {
	var ends []int
	for _, ring := range rings {
		flat = append(flat, ring...)
		ends = append(ends, len(flat))
	}
	return flat, ends
}
