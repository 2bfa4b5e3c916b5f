package tiles

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/uber/h3-go/v4"

	"github.com/chengma/chengma/entities/snapshot"
)

// cellResolution returns the H3 resolution of a zoom, at which a tile has some
// hundreds of cells at the most.
func cellResolution(zoom uint32) int {
	return max(0, min(12, int(math.Round(0.71*float64(zoom)-0.2))))
}

// parent returns the cell of a coarser resolution that holds a cell: the H3 index
// has the resolution in bits 52 to 55, and a digit of three bits for each of 15
// resolutions below, 7 where it is unused (H3 documentation, "H3Index bit layout").
func parent(cell uint64, resolution int) uint64 {
	const resolutionBits, digits, digitBits = 52, 15, 3
	cell = cell&^(15<<resolutionBits) | uint64(resolution)<<resolutionBits
	return cell | (1<<(digitBits*(digits-resolution)) - 1)
}

// cellMargin returns how far beyond a tile, in world units, things may lie whose
// cells reach into the tile.
func cellMargin(g grid, resolution int) (int64, error) {
	edge, err := h3.HexagonEdgeLengthAvgM(resolution)
	if err != nil {
		return 0, fmt.Errorf("cells of resolution %d: %w", resolution, err)
	}
	// The tile's edge that is nearer to a pole has the larger scale.
	const equator = 40_075_016.68
	lowest := 1.0
	for _, y := range []int64{g.y0, g.y0 + g.world(Extent)} {
		_, lat := snapshot.Point{Y: uint32(max(0, min(worldSize-1, y)))}.LonLat()
		lowest = math.Min(lowest, math.Cos(lat*math.Pi/180))
	}
	// Cells differ in size, and a cell is two edges wide: four are ample.
	margin := 4 * edge / (equator * math.Max(lowest, 0.05)) * float64(worldSize)
	return int64(math.Min(margin, float64(worldSize/2))), nil
}

// crowd is an H3 cell and how many things are in it.
type crowd struct {
	cell  uint64
	count int64
}

// cells draws the H3 cells that hold what a search finds.
func (e *layerEncoder) cells(ctx context.Context, v *snapshot.View, q snapshot.Search, resolution int) (snapshot.Constancy, error) {
	counts := make(map[uint64]int64)
	var last uint64
	var run int64
	seen := 0
	c, err := v.Search(q, func(f *snapshot.Feature) bool {
		if seen++; seen%checkEvery == 0 && ctx.Err() != nil {
			return false
		}
		if e.allow != nil && !e.allow(f) {
			return true
		}
		cell := parent(f.Cell(), resolution)
		if cell != last {
			counts[last] += run
			last, run = cell, 0
		}
		run++
		return true
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return c, err
	}
	counts[last] += run
	delete(counts, 0)
	crowds := make([]crowd, 0, len(counts))
	for cell, n := range counts {
		crowds = append(crowds, crowd{cell, n})
	}
	return c, e.crowds(crowds)
}

// crowds adds cells, in their order. Where all are too large together, the
// fullest that are within the budget stay.
func (e *layerEncoder) crowds(all []crowd) error {
	err := e.addCrowds(all)
	if err != nil || !e.over() {
		return err
	}
	slices.SortFunc(all, func(a, b crowd) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.cell, b.cell))
	})
	fit := sort.Search(len(all), func(n int) bool {
		err = errors.Join(err, e.addCrowds(slices.Clone(all[:n+1])))
		return e.over()
	})
	e.dropped = len(all) - fit
	return errors.Join(err, e.addCrowds(all[:fit]))
}

func (e *layerEncoder) addCrowds(some []crowd) error {
	e.clear()
	slices.SortFunc(some, func(a, b crowd) int { return cmp.Compare(a.cell, b.cell) })
	for _, c := range some {
		if err := e.crowd(c); err != nil {
			return err
		}
	}
	return nil
}

func (e *layerEncoder) crowd(c crowd) error {
	boundary, err := h3.Cell(c.cell).Boundary()
	if err != nil {
		return fmt.Errorf("cell %x: %w", c.cell, err)
	}
	e.start()
	if !e.outline(boundary) {
		return nil
	}
	e.tags = e.tags[:0]
	text := h3.Cell(c.cell).String()
	e.values = append(e.values, fieldValue, byte(len(text)+2), valueString, byte(len(text)))
	e.values = append(e.values, text...)
	e.tag(0, "h3", e.number())
	e.scratch = binary.AppendUvarint(append(e.scratch[:0], valueInteger), uint64(c.count))
	e.values = appendBytes(e.values, fieldValue, e.scratch)
	e.tag(1, "count", e.number())
	e.put(0, snapshot.Polygons, e.out)
	return nil
}

// outline draws the boundary of a cell, which may lie over the antimeridian.
func (p *pen) outline(boundary h3.CellBoundary) bool {
	before := len(p.out)
	for _, dx := range shifts {
		p.ring = p.ring[:0]
		for i, corner := range boundary {
			at := snapshot.Project(corner.Lng, corner.Lat)
			x := int64(at.X) + dx
			switch far := corner.Lng - boundary[0].Lng; {
			case i > 0 && far > 180:
				x -= worldSize
			case i > 0 && far < -180:
				x += worldSize
			}
			p.ring = append(p.ring, vertex{p.round(x - p.x0), p.round(int64(at.Y) - p.y0)})
		}
		p.area(true, false, nil)
	}
	return len(p.out) > before
}
