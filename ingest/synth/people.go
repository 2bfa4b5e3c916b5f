package synth

import (
	"strconv"

	"github.com/chengma/chengma/internal/codes"
)

// person is somebody over their time in the city.
type person struct {
	rid      string
	name     string
	former   string
	male     bool
	born     day
	migrant  bool
	married  string // code of GB/T 2261.2
	relation string
	hukou    string
	regCode  string // unit of the registration; empty: out of the city
	regText  string
	spells   []spell
	end      day
}

// spell is a time in one dwelling.
type spell struct {
	code, address string
	from          day
}

// anchor is a dwelling or an office somewhere in the city that others may refer
// to.
type anchor struct {
	code, address string
	from          day
}

// anchors keep the last few dwellings seen, so that people and firms can come
// from other blocks without any block being kept.
type anchors struct {
	ring [512]anchor
	n    int
}

func (a *anchors) add(x anchor) {
	a.ring[a.n%len(a.ring)] = x
	a.n++
}

// any gives one that was there on a day; ok is false where a few tries find none.
func (a *anchors) any(d dice, at day) (anchor, bool) {
	for range 4 {
		if a.n == 0 {
			break
		}
		if x := a.ring[d.IntN(min(a.n, len(a.ring)))]; x.from <= at {
			return x, true
		}
	}
	return anchor{}, false
}

// personPrefix begins every personal number: prefecture 99 of province 44 was
// never assigned, so that the number is nobody's.
const personPrefix = "4499"

// number makes the personal number with a running number. The sex is its parity
// and the day of birth follows from it, so that two numbers never meet: those
// that share county and sequence have different days.
func number(n int64, year int) (rid string, born day, male bool) {
	class := n % 100000
	rank := n / 100000
	doy := (rank + int64(mix(uint64(class))%365)) % 365
	born = date(year, 1, 1) + day(doy)
	iso := born.String()
	seq := class % 1000
	first := personPrefix + fourDigits(int(class / 1000))[2:] + iso[0:4] + iso[5:7] + iso[8:10] + sixDigits(int(seq))[3:]
	check, err := codes.RIDCheck(first)
	if err != nil {
		panic(err) // seventeen digits, by construction
	}
	return first + string(check), born, seq%2 == 1
}

func (b *block) person(year int, surname rune) *person {
	year = max(year, 1908)
	rid, born, male := number(b.cell.first+b.persons, year)
	b.persons++
	p := &person{rid: rid, born: born, male: male, end: noDay, married: "未婚", relation: "其他"}
	p.name = personName(b.d, male, surname)
	return p
}

// room reports whether the block has personal numbers left beyond those that its
// own people need.
func (b *block) room(extra int) bool {
	return b.persons+int64(extra) < int64(float64(b.cell.people)*(personRoom-1))
}

// populate fills the dwellings.
func (b *block) populate() {
	var last []*unit
	for _, u := range b.flats {
		if u.to == noDay {
			last = append(last, u)
		}
	}
	for _, u := range last[:min(len(last), 6)] {
		b.city.homes.add(anchor{u.code, b.unitAddress(u, lastDay), u.from})
	}
	displaced := b.evict()
	left := int(b.cell.people)
	for k, u := range last {
		if left == 0 {
			break
		}
		want := float64(left) / float64(len(last)-k)
		size := int(want*b.d.within(0.35, 1.75) + b.d.Float64())
		if b.d.chance(0.06) {
			size = 0
		}
		if k == len(last)-1 {
			size = left
		}
		size = min(size, left)
		if b.d.chance(0.22) && size > 0 && b.room(3) {
			b.formerTenant(u)
		}
		left -= size
		for size > 0 && len(displaced) > 0 && u.from > displaced[0].spells[0].from && b.d.chance(0.7) {
			p := displaced[0]
			displaced = displaced[1:]
			at := max(u.from, p.end) + day(b.d.between(3, 90))
			p.end = noDay
			p.spells = append(p.spells, spell{u.code, b.unitAddress(u, at), at})
			if p.regCode != "" {
				p.regCode, p.regText = u.code, b.unitAddress(u, at)
			}
			b.writePerson(p)
			size--
		}
		if size > 0 {
			b.household(u, size)
		}
	}
	for _, p := range displaced {
		b.writePerson(p)
	}
}

// evict gives the houses that are gone their people. Some of them wait for a new
// flat; the others left the city with the house.
func (b *block) evict() []*person {
	var waiting []*person
	for _, u := range b.flats {
		if u.to == noDay || !b.d.chance(0.5) || !b.room(60) {
			continue
		}
		from := max(u.from, date(1992, 1, 1)) + day(b.d.between(0, 2000))
		if from >= u.to-100 {
			continue
		}
		surname := pick(b.d, surnames)
		for range b.d.between(1, 2) {
			p := b.person(b.d.between(1948, 1982), surname)
			p.migrant = b.d.chance(0.6)
			p.spells = []spell{{u.code, b.unitAddress(u, from), from}}
			b.register(p, u, from)
			p.end = u.to - day(b.d.between(30, 120))
			if p.end <= from {
				p.end = u.to
			}
			if b.d.chance(0.5) {
				waiting = append(waiting, p)
			} else {
				b.writePerson(p)
			}
		}
	}
	return waiting
}

// formerTenant lived in a flat before those who do now, and left or died.
func (b *block) formerTenant(u *unit) {
	from := max(u.from, date(1978, 1, 1)) + day(b.d.between(20, 1200))
	to := from + day(b.d.between(300, 4000))
	if to >= lastDay-30 {
		return
	}
	p := b.person(from.year()-b.d.between(22, 70), pick(b.d, surnames))
	p.migrant = b.d.chance(0.75)
	p.spells = []spell{{u.code, b.unitAddress(u, from), from}}
	b.register(p, u, from)
	p.end = to
	b.writePerson(p)
}

// register gives a person a place of registration: where they live, elsewhere in
// the city, or out of it.
func (b *block) register(p *person, u *unit, at day) {
	switch {
	case p.migrant:
		p.regText = pick(b.d, otherProvinces) + stem(b.d.IntN(1500)) + "村" + strconv.Itoa(b.d.between(1, 300)) + "号"
	case b.d.chance(0.28):
		if x, ok := b.city.homes.any(b.d, at); ok {
			p.regCode, p.regText = x.code, x.address
			return
		}
		fallthrough
	default:
		p.regCode, p.regText = u.code, b.unitAddress(u, at)
	}
}

// household moves so many people into a flat.
func (b *block) household(u *unit, size int) {
	span := float64(lastDay - 40 - u.from)
	r := b.d.Float64()
	in := u.from + day(5+span*r*r*0.96)
	if u.from < extractDay && b.d.chance(0.35) {
		in = u.from + day(b.d.within(0, 1)*float64(extractDay-u.from))
	}
	in = max(in, date(1975, 1, 1), u.from)
	migrant := b.d.chance(0.5)
	switch u.house.parcel.purpose {
	case "village", "industry":
		migrant = b.d.chance(0.88)
	case "old":
		migrant = b.d.chance(0.3)
	}
	surname := pick(b.d, surnames)
	head := b.person(max(in.year()-b.d.between(21, 58), 1934), surname)
	head.migrant, head.relation = migrant, "户主"
	b.register(head, u, in)
	hukou := ""
	if !migrant {
		n := int(b.cell.first + b.persons)
		hukou = sixDigits(n/1000000) + sixDigits(n%1000000)
	}
	members := []*person{head}
	family := size > 1 && (!migrant || b.d.chance(0.5)) && size <= 7
	for k := 1; k < size; k++ {
		p := b.member(head, k, family, in)
		members = append(members, p)
	}
	before := b.earlier(head, in)
	for _, p := range members {
		p.hukou = hukou
		p.migrant, p.regCode, p.regText = head.migrant, head.regCode, head.regText
		from := in
		if p.born >= in {
			from = p.born + 1
		} else if before != nil && (family || p == head) && before.from > p.born {
			p.spells = append(p.spells, *before)
		}
		p.spells = append(p.spells, spell{u.code, b.unitAddress(u, from), from})
	}
	if hukou != "" {
		b.writeHousehold(hukou, head, size, u, in)
	}
	for _, p := range members {
		b.writePerson(p)
	}
	if !migrant && b.d.chance(0.45) {
		b.writeRight(u, members, in)
	}
	b.adult(head)
}

// earlier is a dwelling in the city from which a household came.
func (b *block) earlier(head *person, in day) *spell {
	if in < extractDay+200 || !b.d.chance(0.3) {
		return nil
	}
	at := in - day(b.d.between(150, 3500))
	if at < head.born+6600 {
		return nil
	}
	x, ok := b.city.homes.any(b.d, at)
	if !ok {
		return nil
	}
	return &spell{x.code, x.address, at}
}

func (b *block) member(head *person, k int, family bool, in day) *person {
	year := head.born.year()
	if !family {
		return b.person(min(max(in.year()-b.d.between(18, 45), 1940), 2004), pick(b.d, surnames))
	}
	surname := []rune(head.name)[0]
	var p *person
	switch {
	case k == 1:
		p = b.person(year+b.d.between(-5, 5), pick(b.d, surnames))
		p.relation, p.married, head.married = "配偶", "已婚", "已婚"
	case k == 2 || k == 3:
		p = b.person(min(year+b.d.between(23, 36), 2024), surname)
		p.relation = "子"
		if !p.male {
			p.relation = "女"
		}
	default:
		p = b.person(max(year-b.d.between(22, 34), 1926), surname)
		p.relation, p.married = "父母", "已婚"
	}
	return p
}

const householdColumns = "户号 类别 户主姓名 人数 房屋编码 住址 立户日期 户籍派出所 操作"

func (b *block) writeHousehold(code string, head *person, size int, u *unit, at day) {
	home := head.regCode
	if home == "" {
		home = u.code
	}
	b.city.households.put(handOver(at), nil, code, "家庭户", head.name, strconv.Itoa(size), home, head.regText, at.String(),
		b.at.town.name+"派出所", "新增")
}

const personColumns = "证件号码 类别 姓名 曾用名 性别 出生日期 民族 文化程度 婚姻状况 与户主关系 户号 户籍房屋编码 户籍地址 现住房屋编码 现住地址 迁入日期 变更方式 生效日期 操作 重复于"

var (
	schooling = []string{"大学本科", "大学专科", "高中", "高中", "初中", "初中", "中职", "小学", "研究生"}
	peoples   = []string{"汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "汉族", "壮族", "回族", "满族", "苗族", "土家族"}
)

// writePerson writes what the register heard of a person, in order. Those who
// left before the extract are not in it.
func (b *block) writePerson(p *person) {
	if p.end < extractDay {
		return
	}
	learned, people := pick(b.d, schooling), pick(b.d, peoples)
	row := func(period, k int, op, mode, name, rid, of string, at day) {
		s := p.spells[k]
		class, hukou, regCode, regText := "户籍", p.hukou, p.regCode, p.regText
		switch {
		case p.migrant:
			class = "流动"
		case k < len(p.spells)-1: // the household and its home came with the last move
			hukou, regCode, regText = "", s.code, s.address
		}
		sex := "女"
		if p.male {
			sex = "男"
		}
		b.city.people.put(period, nil, rid, class, name, p.former, sex, p.born.String(), people, learned, p.married, p.relation, hukou,
			regCode, regText, s.code, s.address, s.from.String(), mode, at.String(), op, of)
	}
	first := p.spells[0].from
	period := handOver(first)
	wrong := period == 0 && p.end == noDay && len(p.spells) == 1 && b.d.chance(0.008)
	name := p.name
	if wrong {
		name = string([]rune(p.name)[0]) + string(pick(b.d, givenMale))
	}
	row(period, 0, "新增", "变更", name, p.rid, "", first)
	for k := 1; k < len(p.spells); k++ {
		row(handOver(p.spells[k].from), k, "迁移", "变更", p.name, p.rid, "", p.spells[k].from)
	}
	last := len(p.spells) - 1
	switch {
	case wrong:
		row(b.d.between(1, 6), 0, "更正", "更正", p.name, p.rid, "", first)
	case p.end != noDay:
		row(handOver(p.end), last, "注销", "变更", p.name, p.rid, "", p.end)
	case b.d.chance(0.006): // a change of name
		at := date(b.d.between(2008, 2024), b.d.between(1, 12), b.d.between(1, 28))
		if at > p.spells[last].from+30 {
			p.former, p.name = p.name, personName(b.d, p.male, []rune(p.name)[0])
			row(handOver(at), last, "变更", "变更", p.name, p.rid, "", at)
		}
	case period < 4 && b.room(1) && b.d.chance(0.004): // registered twice
		double, _, _ := number(b.cell.first+b.persons, p.born.year())
		b.persons++
		row(period, 0, "新增", "变更", p.name, double, "", first)
		row(b.d.between(period+2, 7), last, "重复", "变更", p.name, double, p.rid, max(p.spells[last].from, first))
		b.city.summary.Duplicates++
	}
}

// adult remembers somebody who may stand at the head of a firm.
func (b *block) adult(p *person) {
	if len(b.adults) < 60 && p.end == noDay {
		b.adults = append(b.adults, p)
	}
}
