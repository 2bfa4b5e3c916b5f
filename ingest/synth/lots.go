package synth

import "math"

// layOut divides the block into parcels and says what becomes of each.
func (b *block) layOut() {
	z := b.cell.zone
	if z == riverZone {
		b.add(&parcel{ground: b.plan.lattice.riverReach(b.i), purpose: "water", landUse: "1101", estate: "清江"})
		return
	}
	for _, ground := range b.grounds() {
		switch z {
		case parkZone:
			b.park(ground, "0810")
		case forestZone:
			b.add(&parcel{ground: ground, purpose: "forest", landUse: "0301", estate: "云麓山林场"})
		default:
			lots := b.subdivide(ground, lotSizes[z], nil)
			for k := range lots {
				if s := lots[k].sibling; s < 0 || s > k {
					b.develop(lots, k)
				}
			}
		}
	}
	for _, l := range b.parcels {
		b.door(l)
	}
}

// park is green with a lake in it when it is large.
func (b *block) park(ground ring, use string) {
	name := stem(int(mix(b.plan.seed, 'g', uint64(b.i), uint64(b.j))%3000)) + "公园"
	green := b.add(&parcel{ground: ground, purpose: "park", landUse: use, estate: name})
	in := ground.inset(22)
	if in == nil || in.area() < 6000 {
		return
	}
	f := frame{origin: in.centre(), u: b.frame.u, v: b.frame.v}
	x0, y0, x1, y1 := f.extent(in)
	w, h := 0.52*(x1-x0), 0.46*(y1-y0)
	shore := make(ring, 0, 28)
	phase := b.d.within(0, 6)
	for k := range 28 {
		t := 2 * math.Pi * float64(k) / 28
		swell := 0.82 + 0.18*math.Sin(3*t+phase)
		shore = append(shore, f.out(w/2*swell*math.Cos(t), h/2*swell*math.Sin(t)))
	}
	if !in.holdsAll(shore) || b.d.chance(0.3) && b.plan.lattice.n > 12 {
		return
	}
	green.hole = make(ring, len(shore))
	for k := range shore {
		green.hole[k] = shore[len(shore)-1-k]
	}
	b.add(&parcel{ground: shore, purpose: "water", landUse: "1102", estate: stem(b.d.IntN(1500)) + "湖"})
}

// develop decides the life of a lot, or of two that were or become one.
func (b *block) develop(lots []lot, k int) {
	year := int(b.cell.year) + b.d.between(-3, 4)
	eager := 1.0
	if b.plan.lattice.n < 12 {
		eager = 3 // a small city has some of everything
	}
	s := lots[k].sibling
	if s < 0 {
		b.found(lots[k].ground, b.purpose(k), year, 0)
		return
	}
	one, two := b.purpose(k), b.purpose(s)
	switch {
	case year > 2006 && b.d.chance(0.34*eager) && one != "farm" && two != "farm":
		b.split(lots, k, one, two, year)
	case year < 1999 && rebuilt[b.cell.zone] && (b.d.chance(0.06*eager) || b.cell.role == renewalRole):
		b.merge(lots, k, one, two, year)
	default:
		b.found(lots[k].ground, one, year, 0)
		b.found(lots[s].ground, two, year+b.d.between(-2, 3), 0)
	}
}

// rebuilt are the zones of which parts are torn down and built anew.
var rebuilt = map[zone]bool{slabZone: true, villageZone: true, industryZone: true, hamletZone: true}

// purpose says what a lot of the block is for.
func (b *block) purpose(k int) string {
	h := mix(b.plan.seed, 'i', uint64(b.i), uint64(b.j))
	living := b.cell.zone == towerZone || b.cell.zone == slabZone
	switch z := b.cell.zone; {
	case living && k == 0 && (h%37 == 5 || b.cell.role == hospitalRole):
		return "hospital"
	case living && k == 0 && (h%6 == 0 || b.cell.role == schoolRole):
		return "school"
	case living && k == 1 && h%9 == 3:
		return "market"
	case living && k == 2 && h%4 == 1:
		return "green"
	case z == centreZone && k == 1 && h%3 == 0:
		return "tower"
	case z == villageZone && k%2 == 1 && h%3 > 0:
		return "slab"
	case z == hamletZone && k%3 > 0, z == farmZone:
		return "farm"
	}
	return zonePurpose[b.cell.zone]
}

var zonePurpose = [...]string{
	centreZone: "centre", oldZone: "old", towerZone: "tower", slabZone: "slab", villageZone: "village",
	villaZone: "villa", industryZone: "industry", hamletZone: "hamlet", forestZone: "forest",
}

var purposeUse = map[string]string{
	"centre": "0505", "old": "0701", "tower": "0701", "slab": "0701", "village": "0702", "villa": "0701",
	"industry": "0601", "hamlet": "0702", "farm": "0103", "school": "0803", "hospital": "0805", "market": "0501", "green": "0810",
}

// found makes a parcel and builds on it. since is the day the parcel came to be,
// 0 for long ago.
func (b *block) found(ground ring, purpose string, year int, since day) *parcel {
	l := &parcel{ground: ground, purpose: purpose, landUse: purposeUse[purpose], from: since, estate: b.estate(purpose)}
	if purpose == "village" || purpose == "hamlet" || purpose == "farm" {
		l.owner = "collective"
	}
	if purpose == "farm" {
		l.landUse = pick(b.d, []string{"0101", "0102", "0103", "0201", "0103"})
	}
	year = max(1908, min(year, 2023))
	l.done = b.d.inYear(year)
	l.supply = l.done - day(b.d.between(500, 1100))
	if since > 0 {
		l.supply, l.done = since, since+day(b.d.between(500, 1000))
	}
	if l.supply >= extractDay && since == 0 {
		l.before = pick(b.d, []string{"1201", "0103", "0201"})
	}
	b.add(l)
	if purpose != "farm" && purpose != "green" {
		b.build(l)
	}
	b.stack(l)
	return l
}

// split: land that was one piece is given out in two.
func (b *block) split(lots []lot, k int, one, two string, year int) {
	whole := b.add(&parcel{
		ground: lots[k].whole, purpose: "vacant", landUse: "1201", end: "分割", estate: "储备用地",
	})
	whole.supply, whole.done = noDay, noDay
	at := b.d.inYear(min(year, 2021) - 2)
	whole.to = at
	for _, half := range []*parcel{b.found(lots[k].ground, one, year, at), b.found(lots[lots[k].sibling].ground, two, year, at)} {
		whole.into = append(whole.into, half.code)
	}
}

// merge: two estates are torn down and one is built in their place.
func (b *block) merge(lots []lot, k int, one, two string, year int) {
	halves := []*parcel{b.found(lots[k].ground, one, year, 0), b.found(lots[lots[k].sibling].ground, two, year, 0)}
	at := date(b.d.between(2006, 2019), b.d.between(1, 12), 1)
	fresh := b.found(lots[k].whole, "tower", 0, at)
	for _, l := range halves {
		l.to, l.end, l.into = at, "合并", []string{fresh.code}
	}
	kept := b.buildings[:0]
	for _, h := range b.buildings {
		if h.parcel.to == at {
			if h.done > at-900 {
				continue // too late to be built at all
			}
			h.gone = at - day(b.d.between(20, 200))
		}
		kept = append(kept, h)
	}
	b.buildings = kept
}

// stack puts parcels of space under and over some parcels of the centre.
func (b *block) stack(l *parcel) {
	if l.purpose != "centre" || l.to != noDay {
		return
	}
	if in := l.ground.inset(2); in != nil && b.d.chance(0.6) {
		b.add(&parcel{
			ground: in, purpose: "stratum", class: "below", landUse: "0501", estate: l.estate + "地下商业街",
			zones: [2]float64{-14.5, -2.5}, from: max(l.supply, 1) + 200,
		})
	}
	if in := l.ground.inset(9); in != nil && b.d.chance(0.35) {
		b.add(&parcel{
			ground: in, purpose: "stratum", class: "above", landUse: "0506", estate: l.estate + "空中花园",
			zones: [2]float64{24, 60}, from: max(l.supply, 1) + 400,
		})
	}
}

func (b *block) estate(purpose string) string {
	word := stem(b.d.IntN(1 << 20))
	switch purpose {
	case "tower", "slab", "villa":
		return word + pick(b.d, estateTails)
	case "village", "hamlet":
		return word + pick(b.d, villageTails)
	case "centre":
		return word + pick(b.d, towerNames)
	case "industry":
		return word + pick(b.d, industryParks)
	case "school":
		return word + pick(b.d, []string{"小学", "中学", "学校", "外国语学校"})
	case "hospital":
		return cityName + word + "医院"
	case "market":
		return word + pick(b.d, []string{"购物中心", "市场", "商业城"})
	case "old":
		return word + pick(b.d, []string{"里", "坊", "巷"})
	case "green":
		return word + "游园"
	}
	return word
}
