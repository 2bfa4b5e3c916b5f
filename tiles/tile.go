package tiles

import (
	"github.com/chengma/chengma/entities/snapshot"
)

const (
	// Extent is the number of units along a tile's side.
	Extent = 4096
	// Buffer is how far around the tile features are drawn, in units.
	Buffer = 64

	extentBits = 12
	worldBits  = 32
)

// ID is a tile of the Web Mercator quad tree (WebMercatorQuad), y to the south.
type ID struct {
	Z, X, Y uint32
}

// grid turns world units into units of a tile.
type grid struct {
	x0, y0 int64 // north-western corner in world units
	shift  int   // world units per tile unit are 2^shift; negative beyond zoom 20
}

func newGrid(id ID) grid {
	return grid{
		x0: int64(id.X) << (worldBits - id.Z), y0: int64(id.Y) << (worldBits - id.Z),
		shift: worldBits - extentBits - int(id.Z),
	}
}

// round returns the nearest tile unit of a distance in world units, halves up.
func (g *grid) round(d int64) int64 {
	switch {
	case g.shift > 0:
		return (d + 1<<(g.shift-1)) >> g.shift
	default:
		return d << -g.shift
	}
}

// world returns how many world units some tile units are, rounded up.
func (g *grid) world(units int64) int64 {
	if g.shift >= 0 {
		return units << g.shift
	}
	return (units + 1<<-g.shift - 1) >> -g.shift
}

// window is what is drawn in the tile: it and its buffer, widened by a margin in
// world units.
func (g *grid) window(margin int64) snapshot.Window {
	side, buffer := g.world(Extent), g.world(Buffer+1)+margin
	return snapshot.NewWindow(g.x0-buffer, g.y0-buffer, g.x0+side+buffer, g.y0+side+buffer)
}
