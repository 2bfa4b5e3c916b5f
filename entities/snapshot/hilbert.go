package snapshot

// hilbert returns the place of a point on the Hilbert curve of order 32 over the
// world (Hilbert 1891), so that neighbours on the map are neighbours in the file.
func hilbert(p Point) uint64 {
	var d uint64
	x, y := p.X, p.Y
	for s := uint32(1) << 31; s > 0; s >>= 1 {
		var rx, ry uint32
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		d = d<<2 | uint64(3*rx^ry)
		if ry == 0 {
			if rx == 1 {
				x, y = ^x, ^y
			}
			x, y = y, x
		}
	}
	return d
}
