package ingest

import (
	"errors"
	"fmt"
	"math"
	"strings"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest/shape"
	"github.com/chengma/chengma/ingest/source"
	"github.com/chengma/chengma/internal/geodesy"
)

const geometryField = entities.GeometryAttr

// geometry gets the shape of a record, in lon/lat, valid and inside the city.
// nil where the record has none.
func (w *worker) geometry(rec *source.Record) (*entities.Geometry, *fault) {
	g := &w.run.prog.geometry
	read, bad := w.fileShape(g, rec)
	if bad != nil || read == nil {
		return nil, bad
	}
	if read.Empty() {
		return nil, nil
	}
	lonLat, bad := w.toLonLat(g, read)
	if bad != nil {
		return nil, bad
	}
	if bad := w.inCity(g, read, lonLat); bad != nil {
		return nil, bad
	}
	lonLat, note, err := shape.Repair(lonLat)
	switch {
	case err != nil:
		return nil, invalidShape(err)
	case note != "" && !g.repair:
		return nil, newFault(ruleGeometry, geometryField, "", "须修复（"+note+"），而映射不允许", "it would have to be mended ("+note+"), which the mapping does not allow")
	}
	kept, err := entities.NewGeometry(lonLat)
	if err != nil {
		return nil, newFault(ruleCoordinates, geometryField, "", "不能保存的几何", err.Error())
	}
	if lonLat.Layout() == geom.XYZ {
		kept.VerticalCRS = g.vertical
	}
	kept.Repair = note
	if g.provenance != "" {
		kept.Repair = strings.TrimPrefix(note+"; "+g.provenance, "; ")
	}
	return &kept, nil
}

func invalidShape(err error) *fault {
	var why *shape.Reason
	if errors.As(err, &why) {
		return newFault(ruleGeometry, geometryField, "", why.Zh, why.En)
	}
	return newFault(ruleGeometry, geometryField, "", err.Error(), err.Error())
}

// fileShape reads the shape as the file has it.
func (w *worker) fileShape(g *geometryProgram, rec *source.Record) (geom.T, *fault) {
	switch g.from {
	case geometryFile:
		return rec.Shape, nil
	case geometryPoint:
		return w.point(g)
	case geometryWKT:
		v := w.cells[g.a]
		text := strings.TrimSpace(textOfValue(v))
		if v.IsUnset() || v.IsNull() || text == "" || g.nulls[text] {
			return nil, nil
		}
		read, err := unmarshalWKT(text)
		if err != nil {
			return nil, newFault(ruleCoordinates, geometryField, w.shown(text), "不是 WKT", "it is no WKT")
		}
		return read, nil
	}
	return nil, nil
}

// wktDepth is how deep brackets nest in the WKT of any sound shape: a multi
// polygon in a collection needs four.
const wktDepth = 8

// unmarshalWKT guards the parsers of WKT, which are made for texts of one's own.
// A ring that is not closed is left to be mended, as it is in GeoJSON.
func unmarshalWKT(text string) (g geom.T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not WKT: %v", r)
		}
	}()
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			if depth++; depth > wktDepth {
				return nil, errors.New("WKT that is nested too deeply")
			}
		case ')':
			depth--
		}
	}
	if g, err = wkt.Unmarshal(text); err == nil {
		return g, nil
	}
	open, openErr := sf.UnmarshalWKT(text, sf.NoValidate{})
	if openErr != nil {
		return nil, err
	}
	return wkb.Unmarshal(open.AsBinary())
}

// point makes a point of two or three columns; nil where both are empty.
func (w *worker) point(g *geometryProgram) (geom.T, *fault) {
	x, hasX, bad := w.ordinate(g, g.a)
	if bad != nil {
		return nil, bad
	}
	y, hasY, bad := w.ordinate(g, g.b)
	if bad != nil {
		return nil, bad
	}
	if !hasX && !hasY {
		return nil, nil
	}
	if !hasX || !hasY {
		return nil, newFault(ruleCoordinates, geometryField, "", "两个坐标只有一个", "one of two coordinates is empty")
	}
	if g.z >= 0 {
		z, hasZ, bad := w.ordinate(g, g.z)
		if bad != nil {
			return nil, bad
		}
		if hasZ {
			return geom.NewPointFlat(geom.XYZ, []float64{x, y, z}), nil
		}
	}
	return geom.NewPointFlat(geom.XY, []float64{x, y}), nil
}

func (w *worker) ordinate(g *geometryProgram, column int) (v float64, there bool, bad *fault) {
	cell := w.cells[column]
	if f, ok := cell.Float(); ok {
		return f, !g.nulls[textOfValue(cell)], nil
	}
	if cell.IsUnset() || cell.IsNull() {
		return 0, false, nil
	}
	text := strings.TrimSpace(cell.Text())
	if text == "" || g.nulls[text] {
		return 0, false, nil
	}
	f, ok := parseNumber(text, g.comma)
	if !ok {
		return 0, false, newFault(ruleCoordinates, w.run.prog.columns[column], w.shown(text), "不是数字", "not a number")
	}
	return f, true, nil
}

// toLonLat converts a copy: the record keeps the file's own coordinates.
func (w *worker) toLonLat(g *geometryProgram, read geom.T) (geom.T, *fault) {
	if whole, ok := read.(*geom.GeometryCollection); ok {
		out := geom.NewGeometryCollection()
		for _, part := range whole.Geoms() {
			converted, bad := w.toLonLat(g, part)
			if bad != nil {
				return nil, bad
			}
			if err := out.Push(converted); err != nil {
				return nil, newFault(ruleCoordinates, geometryField, "", "各部分维数不符", err.Error())
			}
		}
		return out, nil
	}
	if read.Layout() != geom.XY && read.Layout() != geom.XYZ {
		read = withoutMeasure(read)
	}
	if g.asIs {
		return read, nil
	}
	out, flat := cloneShape(read)
	stride := read.Stride()
	if g.yFirst {
		for i := 0; i+1 < len(flat); i += stride {
			flat[i], flat[i+1] = flat[i+1], flat[i]
		}
	}
	if err := g.crs.ToWGS84Flat(flat, stride, geodesy.XFirst); err != nil {
		return nil, w.outside(g, read, err.Error())
	}
	return out, nil
}

// cloneShape copies a shape that is no collection and gives its coordinates.
func cloneShape(g geom.T) (geom.T, []float64) {
	flat := append([]float64(nil), g.FlatCoords()...)
	return withCoords(g, g.Layout(), flat), flat
}

// withCoords makes a shape of the same parts with other coordinates.
func withCoords(g geom.T, layout geom.Layout, flat []float64) geom.T {
	scale := func(ends []int) []int {
		out := make([]int, len(ends))
		for i, e := range ends {
			out[i] = e / g.Stride() * layout.Stride()
		}
		return out
	}
	switch g := g.(type) {
	case *geom.Point:
		return geom.NewPointFlat(layout, flat)
	case *geom.LineString:
		return geom.NewLineStringFlat(layout, flat)
	case *geom.Polygon:
		return geom.NewPolygonFlat(layout, flat, scale(g.Ends()))
	case *geom.MultiPoint:
		return geom.NewMultiPointFlat(layout, flat)
	case *geom.MultiLineString:
		return geom.NewMultiLineStringFlat(layout, flat, scale(g.Ends()))
	case *geom.MultiPolygon:
		endss := make([][]int, len(g.Endss()))
		for i, ends := range g.Endss() {
			endss[i] = scale(ends)
		}
		return geom.NewMultiPolygonFlat(layout, flat, endss)
	}
	return g
}

// withoutMeasure drops M, which the store does not keep.
func withoutMeasure(g geom.T) geom.T {
	layout, keep := geom.XY, 2
	if g.Layout() == geom.XYZM {
		layout, keep = geom.XYZ, 3
	}
	from, stride := g.FlatCoords(), g.Stride()
	flat := make([]float64, 0, len(from)/max(stride, 1)*keep)
	for i := 0; i+stride <= len(from) && stride > 0; i += stride {
		flat = append(flat, from[i:i+keep]...)
	}
	return withCoords(g, layout, flat)
}

// inCity refuses a shape of which a point lies outside the city's envelope.
func (w *worker) inCity(g *geometryProgram, read, lonLat geom.T) *fault {
	env := w.run.envelope
	if env == nil {
		env = &geodesy.Envelope{West: -180, South: -90, East: 180, North: 90}
	}
	box := entities.BoundsOf(lonLat)
	if env.Contains(box.West, box.South) && env.Contains(box.East, box.North) {
		return nil
	}
	return w.outside(g, read, "")
}

// outside says why a shape is not in the city. reason is there where it is not
// even on Earth.
func (w *worker) outside(g *geometryProgram, read geom.T, reason string) *fault {
	env := w.run.envelope
	x, y, ok := w.strayPoint(g, read)
	if !ok || env == nil {
		return newFault(ruleCoordinates, geometryField, "", "坐标不在地球上", orText(reason, "a coordinate is not on the globe"))
	}
	cause := geodesy.DiagnoseSource(g.crs, x, y, *env)
	where := fmt.Sprintf("%.6g, %.6g", x, y)
	value := where
	if w.run.prog.sensitive {
		where, value = masked, masked
	}
	return newFault(ruleEnvelope, geometryField, value, where, cause.MessageZh, cause.MessageEn)
}

func orText(s, dflt string) string {
	if s == "" {
		return dflt
	}
	return s
}

// strayPoint is the first point outside, as delivered but with x first.
func (w *worker) strayPoint(g *geometryProgram, read geom.T) (x, y float64, ok bool) {
	if whole, is := read.(*geom.GeometryCollection); is {
		for _, part := range whole.Geoms() {
			if x, y, ok = w.strayPoint(g, part); ok {
				return x, y, ok
			}
		}
		return 0, 0, false
	}
	flat, stride := read.FlatCoords(), read.Stride()
	for i := 0; stride > 1 && i+1 < len(flat); i += stride {
		x, y = flat[i], flat[i+1]
		if g.yFirst {
			x, y = y, x
		}
		lon, lat := g.crs.ToWGS84(x, y)
		if math.IsNaN(lon) || w.run.envelope == nil || !w.run.envelope.Contains(lon, lat) {
			return x, y, true
		}
	}
	return 0, 0, false
}
