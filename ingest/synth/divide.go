package synth

import "fmt"

// Codes of the divisions: 440380 to 440389 were never assigned.
const (
	cityCode    = "440380"
	firstCounty = 440381
)

// level of a district.
type level uint8

const (
	cityLevel level = iota
	countyLevel
	townLevel
	communityLevel
)

// district is a rectangle of cells.
type district struct {
	level          level
	code, name     string
	parent         int // index; -1: none
	i0, j0, i1, j1 int // cells, half-open
}

// divisions is the tree of divisions; grids stand beside it.
type divisions struct {
	all       []district
	community []int32 // of each cell: index in all
}

// spans cuts 0…n into so many parts of about the same size.
func spans(lo, hi, parts int) []int {
	parts = max(1, min(parts, hi-lo))
	cuts := make([]int, parts+1)
	for k := range cuts {
		cuts[k] = lo + (hi-lo)*k/parts
	}
	return cuts
}

func newDivisions(n, river int) *divisions {
	d := &divisions{community: make([]int32, n*n)}
	d.all = append(d.all, district{level: cityLevel, code: cityCode, name: cityName, parent: -1, i1: n, j1: n})
	cols, rows := 1, []int{0, river + 1, n} // the river parts the districts of a small city
	if n >= 60 {
		cols, rows = 3, spans(0, n, 3)
	} else if n >= 20 {
		cols = 2
	}
	xs := spans(0, n, cols)
	names := map[string]int{}
	county := 0
	for r := range len(rows) - 1 {
		for c := range cols {
			d.all = append(d.all, district{
				level: countyLevel, code: fmt.Sprint(firstCounty + county), name: countyNames[county] + "区",
				parent: 0, i0: xs[c], i1: xs[c+1], j0: rows[r], j1: rows[r+1],
			})
			d.divide(len(d.all)-1, n, names)
			county++
		}
	}
	return d
}

// divide makes the towns of a county and the communities of a town.
func (d *divisions) divide(parent, n int, names map[string]int) {
	p := d.all[parent]
	cells, lvl, suffix, format := 12, townLevel, "街道", "%s%03d"
	if p.level == townLevel {
		cells, lvl, suffix = 3, communityLevel, "社区"
		if n < 12 {
			cells = 2
		}
	}
	nx, ny := (p.i1-p.i0+cells/2)/cells, (p.j1-p.j0+cells/2)/cells
	if lvl == townLevel && n < 24 {
		nx, ny = 2, 1
	}
	xs, ys := spans(p.i0, p.i1, nx), spans(p.j0, p.j1, ny)
	serial := 0
	for y := range len(ys) - 1 {
		for x := range len(xs) - 1 {
			serial++
			name := uniqueName(names, len(d.all)*53+211, suffix)
			d.all = append(d.all, district{
				level: lvl, code: fmt.Sprintf(format, p.code, serial), name: name, parent: parent,
				i0: xs[x], i1: xs[x+1], j0: ys[y], j1: ys[y+1],
			})
			at := len(d.all) - 1
			if lvl == townLevel {
				d.divide(at, n, names)
				continue
			}
			for j := ys[y]; j < ys[y+1]; j++ {
				for i := xs[x]; i < xs[x+1]; i++ {
					d.community[j*n+i] = int32(at)
				}
			}
		}
	}
}

func uniqueName(names map[string]int, n int, suffix string) string {
	word := stem(n)
	names[word+suffix]++
	switch k := names[word+suffix]; k {
	case 1:
		return word + suffix
	case 2:
		return "新" + word + suffix
	default:
		return word + "第" + numeral(k) + suffix
	}
}

// place is what a block knows of where it lies.
type place struct {
	county, town, community *district
	grid                    string // 14 digits
	row, ordinal            int    // of the grid in its community, of the cell in its grid
}

// placeOf tells the divisions of a cell. A grid is a row of a community's cells.
func (d *divisions) placeOf(n, i, j int) place {
	c := &d.all[d.community[j*n+i]]
	t := &d.all[c.parent]
	p := place{community: c, town: t, county: &d.all[t.parent], row: j - c.j0 + 1, ordinal: i - c.i0}
	p.grid = fmt.Sprintf("%s%02d", c.code, p.row)
	return p
}
