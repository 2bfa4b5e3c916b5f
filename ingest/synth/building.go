package synth

import (
	"fmt"
	"strconv"
)

// Shares of units that make 13.13 million of them for 22 million people.
const flatsPerPerson = 0.448

// size gives the flexible houses as many storeys as the people of the block need,
// within what houses of their kind can have, and every house its height and code.
func (b *block) size() {
	want, have := float64(b.cell.people)*flatsPerPerson, 0.0
	for _, h := range b.buildings {
		if h.flexible && h.gone == noDay {
			have += float64(h.perFloor * h.floors)
		}
	}
	for round := 0; round < 3 && have > 0; round++ {
		factor, sum := want/have, 0.0
		for _, h := range b.buildings {
			if h.flexible && h.gone == noDay {
				h.floors = max(h.lo, min(h.hi, int(float64(h.floors)*factor+0.5)))
				sum += float64(h.perFloor * h.floors)
			}
		}
		have = sum
	}
	numbers := map[*parcel]int{}
	for k, h := range b.buildings {
		if h.use == "residential" && h.structure == "mixed" && h.floors > 9 {
			h.structure = "reinforced_concrete"
		}
		h.height = h.base + float64(h.floors)*h.storey + 0.9
		h.code = fmt.Sprintf("%s%05d", b.at.grid, b.at.ordinal*4000+k+1)
		numbers[h.parcel]++
		h.number = numbers[h.parcel]
		if h.name == "" {
			h.name = b.houseName(h)
		}
	}
}

func (b *block) houseName(h *building) string {
	n := strconv.Itoa(h.number)
	switch h.parcel.purpose {
	case "village", "hamlet", "old":
		return h.parcel.estate + n + "号"
	}
	return h.parcel.estate + n + "栋"
}

// The land register.
const landColumns = "宗地代码 类别 坐落 用途 批准用途 权属 权利性质 #面积 #容积率 状态 #底高程 #顶高程 区划代码 方式 生效日期 操作 变更后代码"

const (
	landInUse    = "使用中"
	landReserved = "储备"
	landBuilding = "在建"
)

func (b *block) writeLand() {
	far := map[*parcel]float64{}
	for _, h := range b.buildings {
		far[h.parcel] += h.shape.area() * float64(h.floors)
	}
	for _, l := range b.parcels {
		ratio := far[l] / l.ground.area()
		switch {
		case l.purpose == "vacant":
			b.land(l, l.from, landReserved, l.landUse, "", 0)
		case l.supply < extractDay || l.supply == 0:
			state := landInUse
			if l.done > extractDay && l.supply > 0 {
				state = landBuilding
			}
			b.land(l, l.from, state, l.landUse, "新增", ratio)
			if state == landBuilding {
				b.land(l, l.done, landInUse, l.landUse, "变更", ratio)
			}
		default:
			op := "新增"
			if l.before != "" {
				b.land(l, l.from, landReserved, l.before, op, 0)
				op = "变更"
			}
			b.land(l, l.supply, landBuilding, l.landUse, op, ratio)
			if l.done < lastDay {
				b.land(l, l.done, landInUse, l.landUse, "变更", ratio)
			}
		}
	}
	for _, l := range b.parcels { // after what they became
		if l.to != noDay {
			b.land(l, l.to, "", l.landUse, l.end, 0)
		}
	}
}

// land writes one row about a parcel.
func (b *block) land(l *parcel, at day, state, use, op string, ratio float64) {
	period := handOver(at)
	if period == 0 {
		op = "新增"
	}
	var bottom, top, far, into string
	if l.class != "surface" {
		bottom, top = fixed(l.zones[0], 1), fixed(l.zones[1], 1)
	}
	if ratio > 0 {
		far = fixed(ratio, 2)
	}
	for k, code := range l.into {
		if k > 0 {
			into += "、"
		}
		into += code
	}
	if l.to != at {
		into = ""
	}
	rings := []ring{l.ground}
	area := l.ground.area()
	if l.hole != nil {
		rings, area = append(rings, l.hole), area+l.hole.area()
	}
	b.city.land.put(period, rings, l.code, landClasses[l.class], b.doorAddress(l, at), use, l.landUse, landOwners[l.owner], landNature(l),
		fixed(area, 1), far, state, bottom, top, b.at.community.code, "变更", at.String(), op, into)
}

var (
	landClasses = map[string]string{"surface": "地表", "above": "地上", "below": "地下"}
	landOwners  = map[string]string{"state": "国有", "collective": "集体"}
)

func landNature(l *parcel) string {
	switch {
	case l.owner == "collective":
		return ""
	case l.landUse[:2] == "05" || l.landUse[:2] == "06" || l.landUse[:2] == "07":
		return "出让"
	}
	return "划拨"
}

const buildingColumns = "楼栋编码 楼栋名称 幢号 用途 结构 #高度 #起始高度 #地上层数 #地下层数 #建成年份 竣工日期 #占地面积 #建筑面积 #房屋套数 状态 宗地代码 主楼编码 地址 测高方式 变更方式 生效日期 操作 重复于"

func (b *block) writeBuildings() {
	for _, h := range b.buildings {
		b.buildingLife(h)
	}
}

// buildingLife writes what the register heard of a house, in order.
func (b *block) buildingLife(h *building) {
	if h.begun < extractDay && h.done < extractDay {
		b.firstSurvey(h)
	} else {
		b.house2(h, h.begun, "在建", "新增", "变更", h.height, h.use)
		if h.done < h.gone {
			b.house2(h, h.done, "使用中", "变更", "变更", h.height, h.use)
		}
	}
	if h.gone == noDay && h.use == "industrial" && b.d.chance(0.08) { // offices move into the works
		if at := date(b.d.between(2009, 2023), b.d.between(1, 12), 1); at > h.done+400 {
			h.use = "office"
			b.house2(h, at, "使用中", "变更", "变更", h.height, h.use)
		}
	}
	if h.gone != noDay {
		b.house2(h, h.gone, "", "拆除", "变更", h.height, h.use)
	}
}

// firstSurvey writes a house of the extract; a few were measured wrong, which is
// corrected later, and a few were surveyed twice.
func (b *block) firstSurvey(h *building) {
	height := h.height
	wrong := h.part == nil && h.gone == noDay && b.d.chance(0.02)
	if wrong {
		height += h.storey * float64(1+b.d.IntN(3))
	}
	b.house2(h, h.done, "使用中", "新增", "变更", height, h.use)
	if wrong {
		b.houseRow(b.d.between(1, 7), h, h.done, "使用中", "更正", "更正", h.height, h.use, h.code, "")
	}
	if h.part == nil && h.gone == noDay && b.d.chance(0.006) {
		double := fmt.Sprintf("%s%05d", b.at.grid, 40000+b.at.ordinal*4000+h.number+int(h.done%7)*200)
		b.houseRow(0, h, h.done, "使用中", "新增", "变更", h.height+0.4, h.use, double, "")
		b.houseRow(b.d.between(2, 6), h, h.done, "使用中", "重复", "变更", h.height, h.use, double, h.code)
		b.city.summary.Duplicates++
	}
}

func (b *block) house2(h *building, at day, state, op, mode string, height float64, use string) {
	b.houseRow(handOver(at), h, at, state, op, mode, height, use, h.code, "")
}

// houseRow writes one row about a house into a hand-over's file.
func (b *block) houseRow(period int, h *building, at day, state, op, mode string, height float64, use, code, of string) {
	var part, base, year, done, units string
	if h.part != nil {
		part, base = h.part.code, fixed(h.base, 1)
	}
	if state == "使用中" {
		year, done = strconv.Itoa(h.done.year()), h.done.String()
	}
	if len(h.units) > 0 {
		units = strconv.Itoa(len(h.units))
	}
	method := "由层数推算"
	if h.done > date(2012, 1, 1) {
		method = "竣工测量"
	}
	area := h.shape.area()
	b.city.buildings.put(period, h.shape.rings(), code, h.name, fmt.Sprintf("%04d", h.number), useWords[use], structureWords[h.structure],
		fixed(height, 1), base, strconv.Itoa(h.floors), strconv.Itoa(h.below), year, done, fixed(area, 1), fixed(area*float64(h.floors), 1), units,
		state, h.parcel.code, part, b.doorAddress(h.parcel, at), method, mode, at.String(), op, of)
}

var (
	useWords = map[string]string{
		"residential": "住宅", "dormitory": "集体宿舍", "industrial": "工业", "warehouse": "仓储", "commercial": "商业服务",
		"office": "办公", "education": "教育", "health": "医疗卫生", "sports": "体育", "religious": "宗教",
	}
	structureWords = map[string]string{
		"steel": "钢结构", "steel_concrete": "钢和钢筋混凝土结构", "reinforced_concrete": "钢筋混凝土结构", "mixed": "混合结构", "brick_wood": "砖木结构",
	}
)

const entranceColumns = "单元编码 楼栋编码 单元号 名称 启用日期 停用日期"

func (b *block) writeEntrances() {
	for _, h := range b.buildings {
		if !h.flexible || h.entrances < 2 {
			continue
		}
		for k := range h.entrances {
			n := strconv.Itoa(k + 1)
			b.city.entrances.put(0, nil, h.code+"-"+n, h.code, n, h.name+n+"单元", h.done.String(), h.gone.String())
		}
	}
}
