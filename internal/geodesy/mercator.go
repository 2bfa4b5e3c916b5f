package geodesy

import "math"

// MaxLatitude is the latitude at which the square Web Mercator world ends.
const MaxLatitude = 85.05112877980659

const worldSize = 1 << 32

// World gives integer Web Mercator coordinates with 2^32 units per world, x to
// the east from the antimeridian, y to the south from MaxLatitude; a unit is
// 9.3 mm on the equator. Values are rounded to the nearest unit; 180°E and the
// southern edge fall on the last unit rather than wrap. ok is false for points
// outside the square, which come back moved to its edge, and for values that
// are no numbers, which come back as 0, 0.
func World(lon, lat float64) (x, y uint32, ok bool) {
	if math.IsNaN(lon) || math.IsNaN(lat) {
		return 0, 0, false
	}
	ok = math.Abs(lon) <= 180 && math.Abs(lat) <= MaxLatitude
	lat = math.Max(-MaxLatitude, math.Min(MaxLatitude, lat))
	fx := lon/360 + 0.5
	fy := 0.5 - math.Asinh(math.Tan(lat*rad))/(2*math.Pi)
	return worldUnit(fx), worldUnit(fy), ok
}

func worldUnit(f float64) uint32 {
	v := math.Floor(f*worldSize + 0.5)
	if v <= 0 {
		return 0
	}
	if v >= worldSize-1 {
		return worldSize - 1
	}
	return uint32(v)
}

// WorldToLonLat is the inverse of [World]: World(WorldToLonLat(x, y)) is x, y.
func WorldToLonLat(x, y uint32) (lon, lat float64) {
	return worldLon(float64(x)), worldLat(float64(y))
}

func worldLon(x float64) float64 { return (x/worldSize - 0.5) * 360 }

func worldLat(y float64) float64 {
	return math.Atan(math.Sinh((0.5-y/worldSize)*2*math.Pi)) * deg
}

// MaxZoom is the deepest zoom whose tiles are whole numbers of world units.
const MaxZoom = 32

// Tile is a tile of the Web Mercator quad tree, y to the south.
type Tile struct {
	Z    uint8
	X, Y uint32
}

// Valid reports whether the tile exists: Z at most MaxZoom, X and Y below 2^Z.
func (t Tile) Valid() bool {
	return t.Z <= MaxZoom && uint64(t.X)>>t.Z == 0 && uint64(t.Y)>>t.Z == 0
}

// World gives the tile's north-west corner in world units and the length of
// its side, 2^(32−Z). The tile must be valid.
func (t Tile) World() (x, y uint32, size uint64) {
	shift := MaxZoom - t.Z
	return t.X << shift, t.Y << shift, 1 << shift
}

// Envelope gives the tile's edges in degrees. The tile must be valid.
func (t Tile) Envelope() Envelope {
	x, y, size := t.World()
	x0, y0, d := float64(x), float64(y), float64(size)
	return Envelope{West: worldLon(x0), South: worldLat(y0 + d), East: worldLon(x0 + d), North: worldLat(y0)}
}

// TileAt gives the tile of a zoom that a world point falls in.
func TileAt(x, y uint32, z uint8) Tile {
	if z > MaxZoom {
		z = MaxZoom
	}
	shift := MaxZoom - z
	return Tile{Z: z, X: x >> shift, Y: y >> shift}
}
