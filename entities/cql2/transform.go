package cql2

import (
	"fmt"
	"math"
	"slices"

	"github.com/twpayne/go-geom"
)

// Transform returns a copy of the expression whose geometry literals have gone
// through convert, which changes positions in place: stride numbers each, x and
// y first. It serves to carry literals from the filter CRS to the CRS of the
// data. Parts without geometry are shared with the original.
//
// A box stays a box where its converted edges are still parallel to the axes
// (also with the axes swapped); else it becomes a polygon with points along
// its edges. A box that spans the antimeridian must stay a box.
func Transform(e Expr, convert func(coords []float64, stride int) error) (Expr, error) {
	t := transformer{convert}
	return t.expr(e)
}

type transformer struct {
	convert func(coords []float64, stride int) error
}

func (t transformer) expr(e Expr) (Expr, error) {
	switch e := e.(type) {
	case *Literal:
		if e.Value.Kind() != KindGeometry {
			return e, nil
		}
		g, err := t.geometry(e.Value.AsGeometry())
		if err != nil {
			return nil, transformError(e, err)
		}
		return &Literal{e.node, Geometry(g)}, nil
	case *BBox:
		return t.box(e)
	default:
		return rebuild(e, t.expr)
	}
}

func transformError(e Expr, err error) error {
	return fmt.Errorf("%w: %w", errorAt(ErrGeometry, e.Position(), "the geometry cannot be converted to the CRS of the data"), err)
}

func (t transformer) geometry(g geom.T) (geom.T, error) {
	if collection, ok := g.(*geom.GeometryCollection); ok {
		result := geom.NewGeometryCollection().SetSRID(collection.SRID())
		for _, member := range collection.Geoms() {
			converted, err := t.geometry(member)
			if err != nil {
				return nil, err
			}
			if err := result.Push(converted); err != nil {
				return nil, err
			}
		}
		return result, nil
	}
	flat := slices.Clone(g.FlatCoords())
	if err := t.convert(flat, g.Stride()); err != nil {
		return nil, err
	}
	switch g := g.(type) {
	case *geom.Point:
		return geom.NewPointFlat(g.Layout(), flat), nil
	case *geom.LineString:
		return geom.NewLineStringFlat(g.Layout(), flat), nil
	case *geom.Polygon:
		return geom.NewPolygonFlat(g.Layout(), flat, g.Ends()), nil
	case *geom.MultiPoint:
		return geom.NewMultiPointFlat(g.Layout(), flat, geom.NewMultiPointFlatOptionWithEnds(g.Ends())), nil
	case *geom.MultiLineString:
		return geom.NewMultiLineStringFlat(g.Layout(), flat, g.Ends()), nil
	case *geom.MultiPolygon:
		return geom.NewMultiPolygonFlat(g.Layout(), flat, g.Endss()), nil
	default:
		return nil, fmt.Errorf("a %T is not a literal of CQL2", g)
	}
}

// edgeSteps is into how many pieces each edge of a box is cut before it is
// converted.
const edgeSteps = 16

func (t transformer) box(e *BBox) (Expr, error) {
	if err := checkBBox(e.Pos, e.Corners); err != nil {
		return nil, err
	}
	stride := len(e.Corners) / 2
	low, high := e.Corners[:stride], e.Corners[stride:]
	wraps := low[0] > high[0] || low[1] > high[1]
	steps := edgeSteps
	if wraps {
		steps = 1
	}
	outline := boxOutline(low, high, steps)
	if err := t.convert(outline, stride); err != nil {
		return nil, transformError(e, err)
	}
	corner := func(i int) []float64 { return outline[i*steps*stride:][:stride] }
	if corners, ok := stillBox(corner(0), corner(1), corner(2), corner(3)); ok && (wraps || onBox(outline, stride, corners)) {
		return &BBox{e.node, corners}, nil
	}
	if wraps {
		return nil, transformError(e, fmt.Errorf("a BBOX that spans the antimeridian has no form there; use two"))
	}
	for i := range stride {
		outline[len(outline)-stride+i] = outline[i]
	}
	layout := geom.XY
	if stride == 3 {
		layout = geom.XYZ
	}
	polygon := geom.NewPolygonFlat(layout, outline, []int{len(outline)})
	return &Literal{e.node, Geometry(polygon)}, nil
}

// boxOutline returns the closed ring around a box, each edge cut into steps.
// Z is that of the lower corner along the first two edges, that of the upper
// corner along the others, so that both levels are converted.
func boxOutline(low, high []float64, steps int) []float64 {
	corners := [5][2]float64{{low[0], low[1]}, {high[0], low[1]}, {high[0], high[1]}, {low[0], high[1]}, {low[0], low[1]}}
	var outline []float64
	add := func(x, y float64, edge int) {
		outline = append(outline, x, y)
		switch {
		case len(low) < 3:
		case edge < 2:
			outline = append(outline, low[2])
		default:
			outline = append(outline, high[2])
		}
	}
	for edge := range 4 {
		from, to := corners[edge], corners[edge+1]
		for step := range steps {
			f := float64(step) / float64(steps)
			add(from[0]+(to[0]-from[0])*f, from[1]+(to[1]-from[1])*f, edge)
		}
	}
	add(low[0], low[1], 0)
	return outline
}

// stillBox returns the corners of the box that four converted corners make, if
// they do: lower left, lower right, upper right, upper left before.
func stillBox(a, b, c, d []float64) ([]float64, bool) {
	straight := a[0] == d[0] && b[0] == c[0] && a[1] == b[1] && d[1] == c[1]
	swapped := a[1] == d[1] && b[1] == c[1] && a[0] == b[0] && d[0] == c[0]
	if !straight && !swapped {
		return nil, false
	}
	return append(slices.Clone(a), c...), true
}

// onBox reports whether every position lies on the edge of a box that is not
// upside down.
func onBox(flat []float64, stride int, corners []float64) bool {
	upper := len(corners) / 2
	b := box{corners[0], corners[1], corners[upper], corners[upper+1]}
	if b.minX > b.maxX || b.minY > b.maxY || math.IsNaN(b.area()) {
		return false
	}
	for i := 0; i < len(flat); i += stride {
		x, y := flat[i], flat[i+1]
		if !b.contains(box{x, y, x, y}) || x != b.minX && x != b.maxX && y != b.minY && y != b.maxY {
			return false
		}
	}
	return true
}

// rebuild copies a node with its parts replaced.
func rebuild(e Expr, replace func(Expr) (Expr, error)) (Expr, error) {
	children := Children(e)
	if len(children) == 0 {
		return e, nil
	}
	parts := make([]Expr, len(children))
	changed := false
	for i, child := range children {
		var err error
		if parts[i], err = replace(child); err != nil {
			return nil, err
		}
		changed = changed || parts[i] != child
	}
	if !changed {
		return e, nil
	}
	return withChildren(e, parts), nil
}

// withChildren copies a node with other parts, in the order of Children.
func withChildren(e Expr, parts []Expr) Expr {
	switch e := e.(type) {
	case *IntervalOf:
		return withEnds(e, parts)
	case *ArrayOf:
		return &ArrayOf{e.node, parts}
	case *Fold:
		return &Fold{e.node, e.Op, parts[0]}
	case *Arithmetic:
		return &Arithmetic{e.node, e.Op, parts[0], parts[1]}
	case *Function:
		return &Function{e.node, e.Name, parts}
	case *And:
		return &And{e.node, parts}
	case *Or:
		return &Or{e.node, parts}
	case *Not:
		return &Not{e.node, parts[0]}
	case *Compare:
		return &Compare{e.node, e.Op, parts[0], parts[1]}
	case *Like:
		return &Like{e.node, parts[0], parts[1]}
	case *Between:
		return &Between{e.node, parts[0], parts[1], parts[2]}
	case *In:
		return &In{e.node, parts[0], parts[1:]}
	case *IsNull:
		return &IsNull{e.node, parts[0]}
	case *Spatial:
		return &Spatial{e.node, e.Op, parts[0], parts[1]}
	case *Temporal:
		return &Temporal{e.node, e.Op, parts[0], parts[1]}
	case *ArrayTest:
		return &ArrayTest{e.node, e.Op, parts[0], parts[1]}
	default:
		return e
	}
}

func withEnds(e *IntervalOf, parts []Expr) Expr {
	result := &IntervalOf{node: e.node}
	if e.Start != nil {
		result.Start, parts = parts[0], parts[1:]
	}
	if e.End != nil {
		result.End = parts[0]
	}
	return result
}
