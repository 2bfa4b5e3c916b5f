package synth

import (
	"fmt"
	"strconv"
)

// unit is a housing unit, a shop, an office or a place for a car.
type unit struct {
	house    *building
	code     string
	bdc      string
	class    string // a key of unitWords
	room     string
	entrance int // 0: none
	floor    int
	area     float64
	from, to day
}

const unitColumns = "房屋编码 不动产单元号 房屋类型 户室号 单元号 名义层 #实际层 #建筑面积 #套内面积 #分摊面积 用途 性质 户型 朝向 坐落 状态 车位号 生效日期 操作"

var unitWords = map[string]string{
	"flat": "住宅", "shop": "商铺", "office": "办公", "industrial": "厂房", "parking": "车位", "other": "其他",
}

// divide makes the units of all houses.
func (b *block) divide() {
	for _, h := range b.buildings {
		switch {
		case h.flexible:
			b.dwellings(h)
		case h.use == "residential": // a villa
			b.unit(h, "flat", "", 1, 0, h.shape.area()*float64(h.floors))
		case h.use == "office":
			b.halls(h, "office", max(2, int(h.shape.area()/110)))
		case h.use == "commercial":
			b.halls(h, "shop", max(3, int(h.shape.area()/260)))
		case h.use == "industrial" || h.use == "warehouse":
			b.halls(h, "industrial", 1)
		default:
			b.unit(h, "other", "", 1, 0, h.shape.area()*float64(h.floors))
		}
		b.garage(h)
	}
}

// dwellings are flats, with shops on the ground floor of some houses.
func (b *block) dwellings(h *building) {
	shops := h.use == "residential" && h.floors > 3 && b.d.chance(0.22)
	each := h.shape.area() * 0.93 / float64(h.perFloor)
	for f := 1; f <= h.floors; f++ {
		for k := range h.perFloor {
			if f == 1 && shops {
				b.unit(h, "shop", "商铺"+strconv.Itoa(k+1), f, 0, each*0.8)
				continue
			}
			per := max(1, h.perFloor/max(1, h.entrances))
			entrance, room := 0, k
			if h.entrances > 1 {
				entrance, room = k/per+1, k%per
			}
			b.unit(h, "flat", strconv.Itoa(f*100+room+1), f, entrance, each)
		}
	}
}

func (b *block) halls(h *building, class string, perFloor int) {
	each := h.shape.area() / float64(perFloor)
	for f := 1; f <= h.floors; f++ {
		for k := range perFloor {
			b.unit(h, class, strconv.Itoa(f*100+k+1), f, 0, each)
		}
	}
}

// garage is below towers and offices.
func (b *block) garage(h *building) {
	places := 0
	switch {
	case h.below == 0 || h.part != nil:
	case h.flexible:
		places = len(h.units) * 30 / 100
	case h.use == "commercial":
		places = 34 * h.below
	}
	for k := range places {
		level := 1 + k*h.below/places
		b.unit(h, "parking", fmt.Sprintf("B%d-%03d", level, k+1), -level, 0, 12.5)
	}
}

func (b *block) unit(h *building, class, room string, floor, entrance int, area float64) {
	n := len(h.units) + 1
	u := &unit{
		house: h, class: class, room: room, floor: floor, entrance: entrance, area: area, from: h.done, to: h.gone,
		code: h.code + sixDigits(n), bdc: h.parcel.code + "F" + fourDigits(h.number) + fourDigits(n),
	}
	h.units = append(h.units, u)
	switch {
	case class == "flat":
		b.flats = append(b.flats, u)
	case class != "parking" && h.gone == noDay:
		b.works = append(b.works, u)
	}
}

func fourDigits(n int) string { return sixDigits(n)[2:] }

func sixDigits(n int) string {
	var d [6]byte
	for i := 5; i >= 0; i-- {
		d[i] = byte('0' + n%10)
		n /= 10
	}
	return string(d[:])
}

var (
	orientations = []string{"南", "南", "南北", "东南", "东", "西南", "北", "西"}
	layouts      = []struct {
		most float64
		word string
	}{{32, "1室0厅1厨1卫"}, {48, "1室1厅1厨1卫"}, {75, "2室1厅1厨1卫"}, {105, "3室2厅1厨1卫"}, {150, "3室2厅1厨2卫"}, {1e9, "5室2厅1厨3卫"}}
)

func (b *block) writeUnits() {
	for _, h := range b.buildings {
		for k, u := range h.units {
			b.unitRow(u, k, u.from, "使用中", "新增")
			if u.to != noDay {
				b.unitRow(u, k, u.to, "已灭失", "注销")
			}
		}
	}
}

func (b *block) unitRow(u *unit, k int, at day, state, op string) {
	h := u.house
	inner := u.area * 0.81
	var entrance, layout, facing, place, nature string
	use := h.use
	switch u.class {
	case "flat":
		nature = "商品房"
		switch h.parcel.purpose {
		case "village", "hamlet", "old":
			nature = "自建房"
		}
		for _, l := range layouts {
			if u.area < l.most {
				layout = l.word
				break
			}
		}
		facing = orientations[(k+h.number)%len(orientations)]
	case "shop":
		use = "commercial"
	case "parking":
		use, place, inner = "parking", u.room, u.area
	}
	if u.entrance > 0 {
		entrance = strconv.Itoa(u.entrance)
	}
	word := useWords[use]
	if use == "parking" {
		word = "车库"
	}
	b.city.units.put(handOver(at), nil, u.code, u.bdc, unitWords[u.class], u.roomName(), entrance, nominalFloor(u.floor), strconv.Itoa(u.floor),
		fixed(u.area, 2), fixed(inner, 2), fixed(u.area-inner, 2), word, nature, layout, facing, b.unitAddress(u, at), state, place, at.String(), op)
}

func (u *unit) roomName() string {
	if u.room == "" {
		return "整栋"
	}
	return u.room
}

func nominalFloor(f int) string {
	if f < 0 {
		return "B" + strconv.Itoa(-f)
	}
	return strconv.Itoa(f)
}
