package synth

import "strconv"

// The word lists from which names are made. Whole names are combinations and mean
// no place, person or firm.
var (
	cityName     = "示范市"
	provinceName = "示例省"

	countyNames = []string{"临江", "云麓", "东沙", "望海", "和平里", "金田", "松湖", "北岭", "新港"}

	stemHeads = []rune("文翠锦华安金福龙凤竹松梅兰桂荷柳云星海江山泉春秋晨朝清明宁康和平祥瑞嘉禾丰景")
	stemTails = []rune("华湖绣庭居苑林山岭溪泉桥门台园洲港湾坪沙田塘川源德仁义信达兴盛昌隆宁乐")

	estateTails   = []string{"花园", "苑", "雅居", "名邸", "新村", "家园", "公馆", "府", "里"}
	villageTails  = []string{"村", "围", "坑", "涌", "厦", "屋"}
	towerNames    = []string{"大厦", "中心", "广场", "国际", "金融中心", "时代广场"}
	industryParks = []string{"工业园", "科技园", "产业园", "工业区"}

	surnames   = []rune("王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎")
	givenMale  = []rune("伟强磊军勇杰涛明超刚平辉健鹏飞斌波宇浩凯俊峰志文建国海龙庆林")
	givenFemal = []rune("芳娜敏静丽艳娟霞秀英玲婷雪梅琳慧洁莉萍红燕颖佳怡欣悦晓春兰月")

	trades = []trade{
		{"F", "5299", "贸易", 22},
		{"F", "5211", "百货", 9},
		{"H", "6210", "餐饮", 11},
		{"I", "6513", "软件", 12},
		{"C", "3990", "电子", 12},
		{"C", "3560", "智能装备", 5},
		{"L", "7299", "商务服务", 9},
		{"M", "7520", "科技", 10},
		{"E", "5010", "装饰工程", 6},
		{"G", "5430", "物流", 5},
		{"K", "7020", "物业管理", 4},
		{"O", "8040", "美容", 4},
		{"J", "6760", "投资咨询", 3},
		{"R", "8890", "文化传媒", 4},
		{"P", "8391", "教育咨询", 3},
	}

	otherProvinces = []string{"邻省甲市", "邻省乙市", "远省丙市", "远省丁县", "北省戊县", "西省己县"}
)

// trade is a line of business: section and class of GB/T 4754, the word in a
// firm's name, and how common it is.
type trade struct {
	section, class, word string
	weight               int
}

// stem is a two-character word for a number; the first 1,600 differ.
func stem(n int) string {
	heads, tails := len(stemHeads), len(stemTails)
	n = int(uint(n) % uint(heads*tails))
	return string([]rune{stemHeads[n%heads], stemTails[(n/heads+n*7)%tails]})
}

func personName(d dice, male bool, surname rune) string {
	given := givenFemal
	if male {
		given = givenMale
	}
	name := []rune{surname, pick(d, given)}
	if d.chance(0.68) {
		name = append(name, pick(d, given))
	}
	return string(name)
}

func companyName(d dice, t trade, district string) (name, short string) {
	short = stem(d.IntN(1 << 20))
	if d.chance(0.75) {
		short += string(pick(d, stemTails))
	}
	place := cityName
	if d.chance(0.4) {
		place += district
	}
	return place + short + t.word + "有限公司", short
}

func pickTrade(d dice) trade {
	total := 0
	for _, t := range trades {
		total += t.weight
	}
	k := d.IntN(total)
	for _, t := range trades {
		if k -= t.weight; k < 0 {
			return t
		}
	}
	return trades[0]
}

// street is a named stretch of a line of the lattice.
type street struct {
	name    string
	former  string // before the renaming, or empty
	renamed day    // noDay where it never was
}

const stretch = 12 // blocks of one street name

// streetOf names the street along a row or column at a cell.
func (p *plan) streetOf(row bool, line, along int) street {
	salt, class := uint64('c'), p.lattice.uClass[line]
	number := 2*line + 1
	if row {
		salt, class, number = 'r', p.lattice.vClass[line], 2*line
	}
	name := stem(number*37 + int(mix(p.seed, 's')%97))
	part := along/stretch - p.lattice.n/2/stretch
	name += streetPart(row, part, p.lattice.n > stretch) + streetWord(class, row)
	s := street{name: name, renamed: noDay}
	h := mix(p.seed, 'x', salt, uint64(line), uint64(along/stretch))
	if h%17 == 0 || row && line == p.lattice.river+2 {
		s.renamed = date(2006+int(h>>8%17), 1+int(h>>16%12), 1)
		s.former = stem(number*37+811+int(h>>24%90)) + streetPart(row, part, p.lattice.n > stretch) + "路"
	}
	return s
}

func streetWord(class roadClass, row bool) string {
	switch {
	case class == ringRoad || class == arterialRoad:
		return "大道"
	case class == secondaryRoad || row:
		return "路"
	}
	return "街"
}

func streetPart(row bool, part int, long bool) string {
	if !long {
		return ""
	}
	side, k := "中", part
	switch {
	case part < 0 && row:
		side, k = "西", -part
	case part > 0 && row:
		side = "东"
	case part < 0:
		side, k = "南", -part
	case part > 0:
		side = "北"
	}
	if k <= 1 {
		return side
	}
	return side + numeral(k)
}

// numeral writes numbers below a hundred in Chinese.
func numeral(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 10:
		return string(digits[n])
	case n < 20:
		if n == 10 {
			return "十"
		}
		return "十" + string(digits[n-10])
	case n < 100:
		s := string(digits[n/10]) + "十"
		if n%10 > 0 {
			s += string(digits[n%10])
		}
		return s
	}
	return strconv.Itoa(n)
}
