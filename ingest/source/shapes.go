package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/twpayne/go-geom"
)

// shapeTypes are the shape types that are read, without Z and M: 1 points,
// 8 sets of points, 3 lines, 5 polygons, 0 none.
var shapeTypes = map[int32]struct {
	plain int32
	z     bool
}{
	0: {0, false}, 1: {1, false}, 3: {3, false}, 5: {5, false}, 8: {8, false},
	11: {1, true}, 13: {3, true}, 15: {5, true}, 18: {8, true},
	21: {1, false}, 23: {3, false}, 25: {5, false}, 28: {8, false},
}

const multiPatch = 31

var errShapeShort = errors.New("the shape is shorter than its counts say")

// parseShape decodes the content of a shape record; M values are dropped.
func parseShape(b []byte) (geom.T, error) {
	if len(b) < 4 {
		return nil, errShapeShort
	}
	kind := int32(binary.LittleEndian.Uint32(b))
	is, known := shapeTypes[kind]
	switch {
	case kind == multiPatch:
		return nil, errors.New("a multipatch (3D surfaces) is not read")
	case !known:
		return nil, fmt.Errorf("there is no shape type %d", kind)
	}
	b = b[4:]
	switch is.plain {
	case 0:
		return nil, nil
	case 1:
		return parsePoint(b, is.z)
	}
	const box = 32
	if len(b) < box+4 {
		return nil, errShapeShort
	}
	b = b[box:]
	parts := 0
	if is.plain != 8 {
		parts = int(binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) < 4 {
		return nil, errShapeShort
	}
	points := int(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if parts > len(b)/4 || points > (len(b)-4*parts)/16 {
		return nil, errShapeShort
	}
	starts, err := partStarts(b, parts, points)
	if err != nil {
		return nil, err
	}
	flat, layout, err := shapeCoords(b[4*parts:], points, is.z)
	if err != nil {
		return nil, err
	}
	return assemble(is.plain, layout, flat, starts)
}

func parsePoint(b []byte, z bool) (geom.T, error) {
	layout, size := geom.XY, 2
	if z {
		layout, size = geom.XYZ, 3
	}
	if len(b) < 8*size {
		return nil, errShapeShort
	}
	flat := make([]float64, size)
	for i := range flat {
		flat[i] = float64At(b, i)
	}
	return geom.NewPointFlat(layout, flat), nil
}

func float64At(b []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
}

// partStarts returns the first point of every part.
func partStarts(b []byte, parts, points int) ([]int, error) {
	starts := make([]int, parts)
	for i := range starts {
		starts[i] = int(binary.LittleEndian.Uint32(b[4*i:]))
		if i == 0 && starts[i] != 0 || i > 0 && starts[i] < starts[i-1] || starts[i] > points {
			return nil, fmt.Errorf("part %d begins at point %d of %d, out of order", i+1, starts[i], points)
		}
	}
	if parts == 0 && points > 0 {
		return []int{0}, nil
	}
	return starts, nil
}

// shapeCoords reads the points and, behind them and their range, the heights.
func shapeCoords(b []byte, points int, z bool) ([]float64, geom.Layout, error) {
	if !z {
		flat := make([]float64, 2*points)
		for i := range flat {
			flat[i] = float64At(b, i)
		}
		return flat, geom.XY, nil
	}
	heights := b[16*points:]
	if len(heights) < 16+8*points {
		return nil, geom.XY, errShapeShort
	}
	heights = heights[16:]
	flat := make([]float64, 0, 3*points)
	for i := range points {
		flat = append(flat, float64At(b, 2*i), float64At(b, 2*i+1), float64At(heights, i))
	}
	return flat, geom.XYZ, nil
}

// assemble makes the geometry of a type from its points and parts; parts without
// a point are left out.
func assemble(kind int32, layout geom.Layout, flat []float64, starts []int) (geom.T, error) {
	stride := layout.Stride()
	if kind == 8 {
		return geom.NewMultiPointFlat(layout, flat), nil
	}
	var ends []int
	for i := range starts {
		end := len(flat)
		if i+1 < len(starts) {
			end = starts[i+1] * stride
		}
		if end > starts[i]*stride {
			ends = append(ends, end)
		}
	}
	switch {
	case kind == 3 && len(ends) == 1:
		return geom.NewLineStringFlat(layout, flat), nil
	case kind == 3:
		return geom.NewMultiLineStringFlat(layout, flat, ends), nil
	}
	return groupRings(layout, flat, ends)
}
