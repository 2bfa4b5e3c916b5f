// Package tiles draws vector tiles (Mapbox Vector Tile 2.1) in process from the
// layers of package snapshot, at any instant of valid time and any revision, and
// caches them. It knows nothing of HTTP: [Server.Tile] gives a compressed body,
// a strong entity tag and how long both last; what becomes of them is the
// caller's choice.
//
// # What a tile is
//
// The bytes of a tile depend on (layers, tile, instant, revision, properties,
// mask, rules, [EncoderVersion]) alone. Features come in the order of (Hilbert,
// code) of their snapshot. A feature's id is its city code, which a property
// "code" has as text; "class" and the layer's properties follow.
//
// The extent is 4096 units. Vertices are rounded to the nearest unit first, then
// lines are simplified by at most half a unit, so that neighbours that share a border stay within one unit of each other, and clipped
// to the tile with a buffer of 64 units on each side last. After rounding, an
// outline has positive area and a hole negative (MVT 2.1, 4.3.4.4); no ring has
// fewer than three corners, a repeated vertex, or a corner of 0° or 180°. A
// polygon of at least half a square unit that rounding leaves without area is
// drawn as a strip one unit wide, so nothing that covers a pixel vanishes.
//
// # Low zooms and large tiles
//
// A layer has a zoom from which it shows its features ([LayerConfig].Detail).
// Below it, a tile shows the H3 cells that hold any, each with a property "h3",
// the cell as text, and "count", how many things have their representative point
// in it; cells have no id. The resolution is round(0.71·zoom − 0.2). A cell is
// counted whole wherever it is drawn, so that cells go on over the edges of tiles.
//
// A layer that would be larger than its budget ([LayerConfig].MaxBytes, before
// compression) drops features, the smallest by area or length first, of equal ones
// those with the larger code, until it fits. Features without extent (points) are
// all equal. What a feature takes is reckoned from above, for the numbers of its
// values depend on what else is there, so a layer that drops any ends one or some
// hundredths below its budget.
//
// # Speed
//
// A feature is written once, into its final place, unless its layer is too large:
// then the largest are drawn first, and what is dropped is never drawn. A body is
// one gzip member in which ids and shapes are Huffman-coded only, and keys and
// values compressed: a fifth more bytes than compressing everything, in half the
// time.
package tiles
