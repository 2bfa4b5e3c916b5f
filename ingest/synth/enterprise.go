package synth

import (
	"fmt"
	"strconv"

	"github.com/chengma/chengma/internal/codes"
)

const enterpriseColumns = "统一社会信用代码 类别 企业名称 主体类型 行业门类 行业代码 登记状态 法定代表人 法定代表人证件号码 #注册资本万元 成立日期 住所 住所房屋编码 经营场所 经营场所房屋编码 隶属企业代码 方式 生效日期 操作"

// firmsPerPerson is how many enterprises are alive at the end, for each person.
const firmsPerPerson = 0.085

// firm is an enterprise over its life.
type firm struct {
	uscc, name, class, legal string
	trade                    trade
	head                     *person
	capital                  int
	at                       anchor // where it is
	before                   *anchor
	moved, renamed, end      day
	old                      string // its name before the renaming
	founded                  day
	parent                   string
}

const usccDigits = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// credit makes the credit code of the block's k-th firm.
func (b *block) credit(category byte, k int) string {
	body := fmt.Sprintf("%05d%c%c%c", b.j*b.plan.lattice.n+b.i, usccDigits[k/961%31], usccDigits[k/31%31], usccDigits[k%31])
	department := byte('9')
	if category == '3' {
		department = '1'
	}
	code, err := codes.USCC(department, category, b.at.county.code, body)
	if err != nil {
		panic(err) // of the alphabet, by construction
	}
	return code
}

// employ puts firms into the shops, offices and works of the block.
func (b *block) employ() {
	if len(b.works) == 0 {
		return
	}
	homes := b.flats
	count := min(int(b.cell.firms), 25000)
	var crowd *unit // one address that many firms share
	crowdLeft := 0
	for k := range count {
		u := b.works[k%len(b.works)]
		switch {
		case crowdLeft > 0:
			u, crowdLeft = crowd, crowdLeft-1
		case u.class == "office" && b.d.chance(0.02):
			crowd, crowdLeft = u, min(b.d.between(6, 30), count/4)
		case len(homes) > 0 && b.d.chance(0.04):
			if h := pick(b.d, homes); h.to == noDay {
				u = h
			}
		}
		if f := b.newFirm(k, u, crowdLeft > 0); f.end >= extractDay {
			b.writeFirm(f)
			b.firms++
		}
	}
}

func (b *block) newFirm(k int, u *unit, shared bool) *firm {
	t := pickTrade(b.d)
	switch u.class {
	case "industrial":
		t = trades[4+b.d.IntN(2)]
	case "shop":
		t = trades[b.d.IntN(3)]
	}
	if u.house.use == "education" || u.house.use == "health" {
		return b.institution(k, u)
	}
	f := &firm{trade: t, end: noDay, moved: noDay, renamed: noDay, class: "企业", legal: "有限责任公司", capital: 10 * b.d.between(1, 200)}
	open := max(u.from, date(1993, 1, 1))
	f.founded = open + day(b.d.within(0.01, 0.97)*float64(lastDay-open))
	f.at = anchor{code: u.code, address: b.unitAddress(u, f.founded)}
	name, short := companyName(b.d, t, b.at.county.name)
	f.name = name
	category := byte('1')
	switch {
	case u.class == "shop" && b.d.chance(0.6):
		f.class, f.legal, category = "个体工商户", "个体工商户", '2'
		f.name = cityName + b.at.county.name + short + t.word + "店"
		f.capital = b.d.between(1, 20)
	case !shared && len(b.city.heads) > 0 && b.d.chance(0.07):
		if head := b.city.heads[b.d.IntN(len(b.city.heads))]; head.founded < f.founded {
			f.class, f.legal, f.parent = "分支机构", "分支机构", head.uscc
			f.name, f.capital = head.name+b.at.town.name+"分公司", 0
		}
	}
	f.uscc = b.credit(category, k)
	if len(b.adults) > 0 && b.d.chance(0.5) {
		if p := pick(b.d, b.adults); p.born < f.founded-6600 && p.spells[0].from < f.founded {
			f.head = p
		}
	}
	b.fate(f, u)
	if f.class == "企业" && f.end == noDay && b.d.chance(0.1) {
		b.city.addHead(f)
	}
	return f
}

func (b *block) institution(k int, u *unit) *firm {
	f := &firm{class: "事业单位", legal: "事业单位", name: u.house.parcel.estate, end: noDay, moved: noDay, renamed: noDay, capital: 500}
	f.trade = trade{"P", "8331", "", 0}
	if u.house.use == "health" {
		f.trade = trade{"Q", "8411", "", 0}
	}
	if k > 0 {
		f.name += "（" + numeral(k%90+1) + "部）"
	}
	f.founded = max(u.from, date(1980, 1, 1)) + 30
	f.at = anchor{code: u.code, address: b.unitAddress(u, f.founded)}
	f.uscc = b.credit('3', k)
	return f
}

// fate decides whether a firm came from elsewhere, takes another name, ends.
func (b *block) fate(f *firm, u *unit) {
	left := int(lastDay-f.founded) - 200
	if left < 400 {
		return
	}
	some := func() day { return f.founded + 200 + day(b.d.IntN(left)) }
	if b.d.chance(0.16) {
		if x, ok := b.city.offices.any(b.d, f.founded); ok && x.code != u.code {
			f.before, f.moved = &x, some()
			f.at.address = b.unitAddress(u, f.moved)
			if f.moved < u.from {
				f.before, f.moved = nil, noDay
			}
		}
	}
	if f.class == "企业" && b.d.chance(0.07) {
		f.renamed = some()
		f.old, _ = companyName(b.d, f.trade, b.at.county.name)
	}
	if b.d.chance(0.26) {
		f.end = some()
	}
	if f.renamed == f.moved {
		f.renamed = min(f.renamed+1, noDay)
	}
	if f.end == f.moved || f.end == f.renamed {
		f.end = min(f.end+2, noDay)
	}
	if u.class == "office" && b.d.chance(0.2) {
		b.city.offices.add(anchor{u.code, b.unitAddress(u, lastDay), u.from})
	}
}

// writeFirm writes what the register heard of a firm, in order.
func (b *block) writeFirm(f *firm) {
	name, at := f.name, f.at
	if f.renamed != noDay {
		name = f.old
	}
	if f.before != nil {
		at = *f.before
	}
	late := b.d.chance(0.05) // the last that is heard of it comes one hand-over late
	events := sorted(f.moved, f.renamed, f.end)
	row := func(on day, op string, delay int) {
		var rid, head, capital, status string
		if f.head != nil {
			rid, head = f.head.rid, f.head.name
		}
		if f.capital > 0 {
			capital = strconv.Itoa(f.capital)
		}
		status = "存续"
		if op == "注销" {
			status = "注销"
		}
		b.city.enterprises.put(min(handOver(on)+delay, len(handOvers)-1), nil, f.uscc, f.class, name, f.legal, f.trade.section, f.trade.class, status, head, rid, capital,
			f.founded.String(), at.address, at.code, at.address, at.code, f.parent, "变更", on.String(), op)
	}
	row(f.founded, "新增", 0)
	for k, on := range events {
		if on == noDay || on > f.end {
			break
		}
		delay := 0
		if late && (on == f.end || k == len(events)-1 || events[k+1] == noDay) {
			delay = 1
		}
		switch on {
		case f.end:
			row(on, "注销", delay)
			return
		case f.moved:
			at = f.at
		case f.renamed:
			name = f.name
		}
		row(on, "变更", delay)
	}
}

func sorted(days ...day) []day {
	for i := range days {
		for j := i; j > 0 && days[j] < days[j-1]; j-- {
			days[j], days[j-1] = days[j-1], days[j]
		}
	}
	return days
}
