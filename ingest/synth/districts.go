package synth

import (
	"fmt"
	"strconv"
)

const (
	districtColumns = "区划代码 名称 级别 上级代码 #面积 #常住人口 启用日期"
	gridColumns     = "网格编码 网格名称 级别 上级网格 所属社区 用途 启用日期"
)

var levelWords = [...]string{cityLevel: "地级", countyLevel: "县级", townLevel: "乡级", communityLevel: "村级"}

// writeDistricts writes the tree of divisions, from the top.
func (w *writer) writeDistricts() {
	p := w.plan
	for k := range p.divisions.all {
		d := &p.divisions.all[k]
		people := 0
		for j := d.j0; j < d.j1; j++ {
			for i := d.i0; i < d.i1; i++ {
				people += int(p.cell(i, j).people)
			}
		}
		parent := ""
		if d.parent >= 0 {
			parent = p.divisions.all[d.parent].code
		}
		ground := p.lattice.outline(d.i0, d.j0, d.i1, d.j1)
		w.districts.put(0, []ring{ground}, d.code, d.name, levelWords[d.level], parent, fixed(ground.area(), 0), strconv.Itoa(people), "1998-01-01")
	}
}

// writeGrids writes the other tree: areas of management, which go across the
// communities of a town, and grids, each a row of blocks of a community.
func (w *writer) writeGrids() {
	p := w.plan
	for k := range p.divisions.all {
		t := &p.divisions.all[k]
		if t.level != townLevel {
			continue
		}
		middle := (t.i0 + t.i1 + 1) / 2
		areas := [2]string{fmt.Sprintf("G%s-01", t.code), fmt.Sprintf("G%s-02", t.code)}
		if middle > t.i0 {
			w.grid(areas[0], t.name+"西片区", "片区", "", "", p.lattice.outline(t.i0, t.j0, middle, t.j1))
		}
		if middle < t.i1 {
			w.grid(areas[1], t.name+"东片区", "片区", "", "", p.lattice.outline(middle, t.j0, t.i1, t.j1))
		}
		for m := range p.divisions.all {
			c := &p.divisions.all[m]
			if c.parent != k {
				continue
			}
			area := areas[0]
			if c.i0+c.i1 > 2*middle {
				area = areas[1]
			}
			for j := c.j0; j < c.j1; j++ {
				code := fmt.Sprintf("%s%02d", c.code, j-c.j0+1)
				w.grid(code, c.name+numeral(j-c.j0+1)+"号网格", "网格", area, c.code, p.lattice.outline(c.i0, j, c.i1, j+1))
			}
		}
	}
}

func (w *writer) grid(code, name, level, parent, community string, ground ring) {
	w.grids.put(0, []ring{ground}, code, name, level, parent, community, "社会治理", "2009-07-01")
}
