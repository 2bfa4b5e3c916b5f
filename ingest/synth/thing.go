package synth

import (
	"fmt"
	"strconv"
)

const (
	chargingColumns = "桩编码 名称 #功率 #电压 快充 接口 楼栋编码 地址 安装日期"
	schoolColumns   = "学校编码 校名 学段 学生数 X坐标 Y坐标 楼栋编码 地址 开办日期"
	hospitalColumns = "机构编码 机构名称 等级 床位数 急诊 X坐标 Y坐标 楼栋编码 地址 执业日期"
	rightColumns    = "权证号 权利类别 权利类型 登记号 不动产单元号 房屋编码 权利人证件号码 共有方式 份额 份额分子 份额分母 #面积 登记日期 状态"
)

// goneEvery: one charging point in so many is in the extract of 2020 and no
// longer in that of 2025, always fewer than the 2 % that an extract may end.
const goneEvery, goneFirst = 83, 60

func (b *block) writeThings() {
	for _, h := range b.buildings {
		if h.gone != noDay || h.part != nil {
			continue
		}
		switch {
		case h.use == "health" && h.number == 1, h.use == "education" && h.number == 1:
			b.facility(h)
		}
		if h.below > 0 && h.done < date(2023, 1, 1) && b.d.chance(0.7) {
			for range b.d.between(1, 4) {
				b.charger(h)
			}
		}
	}
}

func (b *block) charger(h *building) {
	n := b.city.chargers
	b.city.chargers++
	code := fmt.Sprintf("%s1205%06d", cityCode, n+1)
	at := max(date(b.d.between(2014, 2025), b.d.between(1, 6), b.d.between(1, 28)), h.done+30)
	a, c := h.shape.outer[0], h.shape.outer[1]
	out := a.lerp(c, b.d.within(0.2, 0.8)).sub(c.sub(a).unit().left().scale(2.5)) // outside a wall
	power, fast := 7.0, "否"
	if b.d.chance(0.4) {
		power, fast = float64(pick(b.d, []int{60, 120, 180})), "是"
	}
	cells := []string{code, h.name + "充电桩", fixed(power, 0), "380", fast, "GB/T 20234.3", h.code, b.houseAddress(h, lastDay), at.String()}
	if at < date(2020, 12, 31) {
		b.city.charging2020.put(0, []ring{{out}}, cells...)
		b.city.chargersOld++
		if b.city.chargersOld%goneEvery == goneFirst {
			return
		}
	}
	if at < lastDay {
		b.city.charging2025.put(0, []ring{{out}}, cells...)
	}
}

func (b *block) facility(h *building) {
	x, y := plane(h.shape.outer.centre())
	code := fmt.Sprintf("SS%s%04d", b.at.grid, h.number+b.at.ordinal*1000)
	where, since := b.doorAddress(h.parcel, lastDay), h.done.String()
	if h.use == "health" {
		b.city.hospitals.put(0, nil, code, h.parcel.estate, pick(b.d, []string{"三级甲等", "二级甲等", "三级"}), strconv.Itoa(b.d.between(120, 1500)), "有",
			fixed(x, 3), fixed(y, 3), h.code, where, since)
		return
	}
	stage := pick(b.d, []string{`["primary"]`, `["junior"]`, `["primary","junior"]`, `["senior"]`})
	b.city.schools.put(0, nil, code, h.parcel.estate, stage, strconv.Itoa(b.d.between(400, 2400)), fixed(x, 3), fixed(y, 3), h.code, where, since)
}

// writeRight writes that a flat is owned: by one of those who moved in, or by two
// in shares.
func (b *block) writeRight(u *unit, members []*person, at day) {
	holders, how, shares, over, under := members[0].rid, "单独所有", "", "", ""
	if len(members) > 1 && members[1].relation == "配偶" {
		holders += "、" + members[1].rid
		how = "共同共有"
		if b.d.chance(0.4) {
			how, shares, over, under = "按份共有", "1/2、1/2", "1", "2"
		}
	}
	b.city.certificates++
	b.city.rights.put(0, nil, fmt.Sprintf("示（%d）%s不动产权第%07d号", at.year(), cityName, b.city.certificates), "所有权", "房屋所有权",
		fmt.Sprintf("DJ%09d", b.city.certificates), u.bdc, u.code, holders, how, shares, over, under, fixed(u.area, 2), at.String(), "现势")
}
