package synth

import (
	"strconv"
	"strings"
)

// doorAddress is the address of a parcel's door as it was on a day.
func (b *block) doorAddress(l *parcel, at day) string {
	if l.purpose == "water" || l.purpose == "road" || l.purpose == "forest" {
		return b.area() + l.estate
	}
	return b.area() + l.street.on(at) + strconv.Itoa(l.number) + "号"
}

// area is the part of an address that all of a block share.
func (b *block) area() string {
	return provinceName + cityName + b.at.county.name + b.at.town.name + b.at.community.name
}

// on is the street's name on a day.
func (s street) on(at day) string {
	if at < s.renamed && s.renamed != noDay {
		return s.former
	}
	return s.name
}

func (b *block) houseAddress(h *building, at day) string { return b.doorAddress(h.parcel, at) + h.name }

func (b *block) unitAddress(u *unit, at day) string {
	s := b.houseAddress(u.house, at)
	if u.entrance > 0 {
		s += strconv.Itoa(u.entrance) + "单元"
	}
	return s + u.room
}

const addressColumns = "地址编码 类别 标准地址 地位 层级 省 市 区县 街道 社区 路街巷 门牌号 小区 楼栋 单元 户室 经度 纬度 宗地代码 楼栋编码 房屋编码 上级地址编码 生效日期 操作"

// spot is one address with what it names.
type spot struct {
	code, class, status, level     string
	parcel                         *parcel
	house                          *building
	unit                           *unit
	parent                         string
	full                           func(at day) string
	from, to                       day
	namesParcel, namesHouse, names string
	where                          point
}

// writeAddresses gives doors, houses and units their addresses, with the popular
// names of estates and the former names of streets.
func (b *block) writeAddresses() {
	for _, l := range b.parcels {
		if l.purpose == "water" || l.purpose == "road" || l.purpose == "forest" || l.purpose == "farm" || l.purpose == "vacant" || l.class != "surface" {
			continue
		}
		from := max(l.from, date(1998, 1, 1))
		s := spot{
			code: "D" + l.code, class: "门牌", level: "9", parcel: l, from: from, to: l.to, namesParcel: l.code, where: l.ground.centre(),
			full: func(at day) string { return b.doorAddress(l, at) },
		}
		b.address(s)
		if l.purpose != "park" && l.purpose != "green" {
			s.code, s.class, s.status, s.level = "A"+l.code, "片区", "别名", "10"
			s.full = func(day) string { return b.area() + l.estate }
			b.address(s)
		}
	}
	for _, h := range b.buildings {
		b.houseAddresses(h)
	}
}

func (b *block) houseAddresses(h *building) {
	where := h.shape.outer.centre()
	if h.shape.yard != nil || len(h.shape.outer) > 12 || !h.shape.outer.holds(where) {
		o := h.shape.outer
		where = o[0].lerp(o[1], 0.5).add(o[1].sub(o[0]).unit().left().scale(0.8)) // just inside a wall
	}
	s := spot{
		code: "B" + h.code, class: "楼栋", level: "11", parcel: h.parcel, house: h, parent: "D" + h.parcel.code,
		from: h.done, to: h.gone, namesHouse: h.code, where: where,
		full: func(at day) string { return b.houseAddress(h, at) },
	}
	b.address(s)
	if h.part == nil && b.d.chance(0.3) { // as people say
		alias := s
		alias.code, alias.status = "P"+h.code, "别名"
		alias.full = func(day) string { return b.area() + h.name }
		b.address(alias)
	}
	for _, u := range h.units {
		if u.class == "parking" || u.room == "" {
			continue
		}
		s.code, s.class, s.level, s.unit, s.parent = "R"+u.code, "户室", "15", u, "B"+h.code
		s.namesHouse, s.names = "", u.code
		s.full = func(at day) string { return b.unitAddress(u, at) }
		b.address(s)
	}
}

// address writes an address over its life: as it was given, as the street was
// renamed, with the former one kept beside it, and its end.
func (b *block) address(s spot) {
	if s.status == "" {
		s.status = "标准地址"
	}
	b.addressRow(&s, s.from, "新增")
	renamed := s.parcel.street.renamed
	if s.status == "标准地址" && renamed != noDay && s.from < renamed && renamed < s.to {
		b.addressRow(&s, renamed, "变更")
		if s.unit == nil {
			former := s
			old := s.full(renamed - 1)
			former.code, former.status = "F"+s.code, "曾用名"
			former.full = func(day) string { return old }
			b.addressRow(&former, renamed, "新增")
			if s.to != noDay {
				b.addressRow(&former, s.to, "注销")
			}
		}
	}
	if s.to != noDay {
		b.addressRow(&s, s.to, "注销")
	}
}

func (b *block) addressRow(s *spot, at day, op string) {
	lon, lat := lonLat(s.where)
	var street, number, building, entrance, room string
	if s.status != "别名" {
		street, number = s.parcel.street.on(at), strconv.Itoa(s.parcel.number)+"号"
		if s.status == "曾用名" {
			street = s.parcel.street.former
		}
	}
	if s.house != nil {
		building = strings.TrimPrefix(s.house.name, s.parcel.estate)
	}
	if s.unit != nil {
		room = s.unit.room
		if s.unit.entrance > 0 {
			entrance = strconv.Itoa(s.unit.entrance) + "单元"
		}
	}
	b.city.addresses.put(handOver(at), nil, s.code, s.class, s.full(at), s.status, s.level, provinceName, cityName, b.at.county.name, b.at.town.name,
		b.at.community.name, street, number, s.parcel.estate, building, entrance, room, fixed(lon, 7), fixed(lat, 7),
		s.namesParcel, s.namesHouse, s.names, s.parent, at.String(), op)
}
