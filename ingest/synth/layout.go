package synth

// building is a house over its life.
type building struct {
	parcel    *parcel
	shape     footprint
	code      string
	number    int // on its parcel
	name      string
	use       string
	structure string
	floors    int
	below     int
	storey    float64 // metres
	base      float64 // of a tower on a podium
	height    float64
	part      *building // of which it is a part
	begun     day
	done      day
	gone      day // noDay while it stands
	perFloor  int // flats on a floor
	entrances int
	flexible  bool // floors follow the number of people
	lo, hi    int  // storeys it can have
	units     []*unit
}

// build fills a parcel with houses of its style.
func (b *block) build(l *parcel) {
	switch l.purpose {
	case "slab":
		b.slabs(l)
	case "tower":
		b.towers(l)
	case "village":
		b.village(l)
	case "old":
		b.oldTown(l)
	case "villa":
		b.villas(l)
	case "hamlet":
		b.hamlet(l)
	case "industry":
		b.factory(l)
	case "centre":
		b.centre(l)
	case "school", "hospital", "market":
		b.civic(l)
	}
}

// rows places houses inside a parcel; smaller ones where none of the size fits.
func (b *block) rows(l *parcel, setback float64, s spacing, each func(box)) {
	in := l.ground.inset(setback)
	for range 4 {
		n := 0
		rows(b.frame, in, s, func(x box) {
			n++
			each(x)
		})
		if n > 0 {
			return
		}
		s.w, s.d = s.w*0.8, s.d*0.86
	}
}

// house adds a building with dates around those of its parcel.
func (b *block) house(l *parcel, s footprint, use string, floors int) *building {
	h := &building{parcel: l, shape: s, use: use, floors: floors, storey: 3, gone: noDay, structure: "reinforced_concrete"}
	h.done = l.done + day(b.d.between(0, 260))
	h.begun = h.done - day(b.d.between(330, 640))
	if h.begun < l.supply {
		h.begun = l.supply + day(b.d.between(10, 120))
		h.done = max(h.done, h.begun+200)
	}
	if h.done >= lastDay {
		h.done = lastDay - day(b.d.between(5, 200))
		h.begun = min(h.begun, h.done-200)
	}
	b.buildings = append(b.buildings, h)
	return h
}

func (b *block) living(h *building, lo, hi, perFloor, entrances int) {
	h.perFloor, h.entrances, h.flexible, h.lo, h.hi = perFloor, entrances, true, lo, hi
}

func (b *block) slabs(l *parcel) {
	s := spacing{w: pick(b.d, []float64{28, 34, 40, 46}), d: b.d.within(11, 13), gapW: 6.5, gapD: b.d.within(10, 14)}
	bent := b.d.chance(0.3)
	row := 0
	b.rows(l, 6, s, func(x box) {
		row++
		h := b.house(l, x.slab(), "residential", b.d.between(5, 8))
		h.structure = "mixed"
		if bent && row%3 == 0 {
			x.flip = row%2 == 0
			h.shape = footprint{outer: x.shape(0, 0, x.w*0.55, 0, x.w*0.55, 2, x.w, 2, x.w, x.d, x.w*0.45, x.d, x.w*0.45, x.d-2, 0, x.d-2)}
		}
		entrances := int(s.w / 15)
		b.living(h, 4, 9, 2*entrances, entrances)
	})
}

func (b *block) towers(l *parcel) {
	size := b.d.within(22, 28)
	s := spacing{w: size + b.d.within(0, 6), d: size, gapW: b.d.within(12, 17), gapD: b.d.within(17, 23)}
	kind := b.d.IntN(3)
	k := 0
	b.rows(l, 8, s, func(x box) {
		k++
		if k == 5 && b.d.chance(0.6) { // a kindergarten among the towers
			h := b.house(l, box{f: x.f, x: x.x, y: x.y, w: x.w, d: x.d, flip: b.d.chance(0.5)}.ell(9), "education", 3)
			h.name, h.storey = l.estate+"幼儿园", 3.6
			return
		}
		shape := x.cross(size * 0.24)
		if kind == 1 {
			shape = x.bevelled(size * 0.2)
		} else if kind == 2 {
			shape = x.tee(size * 0.52)
		}
		h := b.house(l, shape, "residential", b.d.between(16, 33))
		h.below = b.d.between(1, 2)
		b.living(h, 9, 54, b.d.between(4, 6), 1)
	})
}

func (b *block) village(l *parcel) {
	s := spacing{w: b.d.within(11.5, 14), d: b.d.within(10.5, 12.5), gapW: b.d.within(1.6, 2.6), gapD: b.d.within(1.8, 3.2)}
	n := 0
	b.rows(l, 2.5, s, func(x box) {
		n++
		if n == 9 {
			h := b.house(l, x.court(3), "religious", 1)
			h.name, h.structure, h.storey, h.done = l.estate+"宗祠", "brick_wood", 5, b.d.inYear(1780+b.d.IntN(130))
			h.done = max(h.done, firstDay+400)
			h.begun = h.done - 300
			return
		}
		if b.d.chance(0.09) {
			return // a square, a well, a banyan
		}
		x.w -= b.d.within(0, 1.4)
		x.d -= b.d.within(0, 1.4)
		h := b.house(l, x.slab(), "residential", b.d.between(3, 8))
		h.structure = "mixed"
		year := min(2013, max(1980, int(b.cell.year)+b.d.between(-2, 17)))
		if l.to == noDay && l.from < extractDay {
			h.done = b.d.inYear(year)
			h.begun = h.done - day(b.d.between(150, 400))
		}
		b.living(h, 2, 11, b.d.between(1, 2), 1)
	})
}

func (b *block) oldTown(l *parcel) {
	s := spacing{w: b.d.within(16, 20), d: b.d.within(17, 22), gapW: b.d.within(1.5, 3), gapD: b.d.within(2.5, 4)}
	b.rows(l, 2, s, func(x box) {
		t := b.d.within(4.2, 5.4)
		x.flip = b.d.chance(0.5)
		floors := 1
		if b.d.chance(0.25) {
			floors = 2
		}
		var shape footprint
		switch k := b.d.IntN(10); {
		case k < 5:
			shape = x.court(t)
		case k < 7:
			shape = x.u(t)
		case k < 9:
			shape = x.ell(t + 1)
		default:
			x.d *= 0.55
			shape = x.slab()
		}
		h := b.house(l, shape, "residential", floors)
		h.structure, h.storey = "brick_wood", 3.6
		h.done = b.d.inYear(max(1890, int(b.cell.year)-40+b.d.IntN(70)))
		h.begun = h.done - 400
		b.living(h, floors, max(2, floors), b.d.between(3, 5), 1)
	})
}

func (b *block) villas(l *parcel) {
	s := spacing{w: b.d.within(12, 15), d: b.d.within(12, 14), gapW: b.d.within(9, 12), gapD: b.d.within(10, 14)}
	b.rows(l, 7, s, func(x box) {
		x.flip = b.d.chance(0.5)
		h := b.house(l, x.ell(b.d.within(6.5, 8)), "residential", b.d.between(2, 3))
		h.storey, h.below = 3.4, 1
		h.perFloor, h.entrances = 0, 1 // one flat, whatever the floors
	})
}

func (b *block) hamlet(l *parcel) {
	s := spacing{w: b.d.within(10, 13), d: b.d.within(9, 11), gapW: b.d.within(4, 8), gapD: b.d.within(7, 12)}
	b.rows(l, 6, s, func(x box) {
		if b.d.chance(0.22) {
			return
		}
		x.x += b.d.within(-1.5, 1.5)
		h := b.house(l, x.slab(), "residential", b.d.between(1, 4))
		h.structure = pick(b.d, []string{"mixed", "brick_wood"})
		b.living(h, 1, 5, 1, 1)
	})
}

func (b *block) factory(l *parcel) {
	s := spacing{w: b.d.within(38, 62), d: b.d.within(26, 38), gapW: 13, gapD: b.d.within(14, 18)}
	n := 0
	b.rows(l, 7, s, func(x box) {
		n++
		x.flip = n%2 == 0
		switch {
		case n == 2:
			h := b.house(l, x.ell(11), "office", b.d.between(4, 9))
			h.storey, h.name = 3.8, l.estate+"办公楼"
		case n == 4 || n == 7:
			x.d = 14
			h := b.house(l, x.slab(), "dormitory", 6)
			h.name = l.estate + "宿舍"
			b.living(h, 4, 9, int(s.w/4.5), 2)
		default:
			shape := x.slab()
			if b.d.chance(0.25) {
				shape = x.u(x.d * 0.36)
			}
			h := b.house(l, shape, pick(b.d, []string{"industrial", "industrial", "warehouse"}), b.d.between(1, 5))
			h.storey, h.structure = 5.4, pick(b.d, []string{"steel", "reinforced_concrete"})
		}
	})
}

func (b *block) centre(l *parcel) {
	s := spacing{w: b.d.within(44, 54), d: b.d.within(36, 42), gapW: 9, gapD: 11}
	n := 0
	b.rows(l, 7, s, func(x box) {
		n++
		floors := b.d.between(3, 5)
		podium := b.house(l, x.bevelled(4), "commercial", floors)
		podium.storey, podium.below, podium.name = 5.1, b.d.between(2, 4), l.estate
		towers := 1 + b.d.IntN(2)
		tall := b.d.between(17, 44)
		if b.d.chance(0.14) {
			towers, tall = 1, b.d.between(48, 88)
		}
		w := b.d.within(17.5, 20)
		for k := range towers {
			t := box{f: x.f, x: x.x + 4 + float64(k)*(x.w-8-w), y: x.y + (x.d-w)/2, w: w, d: w}
			if towers == 1 {
				t.x = x.x + (x.w-w)/2
			}
			shape := t.bevelled(w * 0.14)
			switch b.d.IntN(3) {
			case 0:
				shape = t.round(20)
			case 1:
				shape = t.cross(3)
			}
			h := b.house(l, shape, "office", tall-k*b.d.between(2, 9))
			h.part, h.storey, h.base = podium, 4.2, float64(floors)*podium.storey
			h.begun, h.done, h.structure = podium.begun, max(podium.done, podium.begun+600), "steel_concrete"
			h.done = min(h.done, lastDay-3)
			h.name = l.estate + string("ABCDEF"[(n-1)*2%6+k]) + "座"
		}
	})
}

// civic buildings stand alone: a large one and lesser ones beside it.
func (b *block) civic(l *parcel) {
	s := spacing{w: b.d.within(56, 64), d: b.d.within(34, 40), gapW: 12, gapD: 15}
	n := 0
	b.rows(l, 8, s, func(x box) {
		n++
		var h *building
		switch {
		case l.purpose == "school" && n == 1:
			h = b.house(l, x.comb(10), "education", 5)
		case l.purpose == "school" && n == 2:
			return // the sports field
		case l.purpose == "school":
			x.w *= 0.6
			h = b.house(l, x.slab(), "sports", 2)
			h.storey = 6
		case l.purpose == "hospital" && n%2 == 1:
			h = b.house(l, x.comb(12), "health", b.d.between(7, 16))
		case l.purpose == "hospital":
			h = b.house(l, x.tee(14), "health", b.d.between(4, 9))
		default:
			h = b.house(l, x.u(15), "commercial", b.d.between(2, 5))
			h.storey, h.below = 4.8, 1
		}
		h.name = l.estate + numeral(n) + "号楼"
		if h.storey == 3 {
			h.storey = 3.8
		}
	})
}
