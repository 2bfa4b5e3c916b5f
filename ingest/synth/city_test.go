package synth

import (
	"context"
	"fmt"
	"io"
	"math"
	"testing"

	sf "github.com/peterstace/simplefeatures/geom"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/internal/codes"
)

// nowhere takes files and forgets them.
type nowhere struct{}

func (nowhere) Create(string) (io.WriteCloser, error) { return nowhere{}, nil }
func (nowhere) Write(p []byte) (int, error)           { return len(p), nil }
func (nowhere) Close() error                          { return nil }

// blocks lays out every block of a city without writing anything.
func blocks(t testing.TB, people int, seed uint64) (*writer, []*block) {
	t.Helper()
	w := &writer{plan: newPlan(people, seed), sink: nowhere{}, dirty: map[string]int64{}}
	w.registers()
	n := w.plan.lattice.n
	var out []*block
	for j := range n {
		for i := range n {
			b := newBlock(w, i, j)
			b.layOut()
			b.size()
			b.divide()
			out = append(out, b)
		}
	}
	return w, out
}

func polygon(t testing.TB, rings ...ring) sf.Geometry {
	t.Helper()
	var lines []sf.LineString
	for _, r := range rings {
		flat := make([]float64, 0, 2*len(r)+2)
		for k := range len(r) + 1 {
			p := r[k%len(r)]
			flat = append(flat, p.x, p.y)
		}
		lines = append(lines, sf.NewLineString(sf.NewSequence(flat, sf.DimXY)))
	}
	g := sf.NewPolygon(lines).AsGeometry()
	if err := g.Validate(); err != nil {
		t.Errorf("invalid polygon: %v: %v", err, rings)
	}
	return g
}

// TestFootprints: valid, inside their parcel, and apart from each other but for
// the towers on their podiums.
func TestFootprints(t *testing.T) {
	_, all := blocks(t, 60000, 5)
	shapes := map[int]int{}
	for _, b := range all {
		for k, h := range b.buildings {
			shapes[len(h.shape.outer)]++
			g := polygon(t, h.shape.rings()...)
			if !h.parcel.ground.holdsAll(h.shape.outer) {
				t.Errorf("%s stands over the edge of its parcel", h.name)
			}
			if h.height < 2.5 || h.height > 600 || h.floors < 1 || h.floors > 100 {
				t.Errorf("%s: %v m and %d storeys", h.name, h.height, h.floors)
			}
			if h.done <= h.begun || h.gone <= h.done {
				t.Errorf("%s: begun %v, done %v, gone %v", h.name, h.begun, h.done, h.gone)
			}
			for _, o := range b.buildings[:k] {
				if h.part == o || h.part != nil && h.part == o.part || o.gone <= h.begun || h.gone <= o.begun || !near(h.shape.outer, o.shape.outer) {
					continue
				}
				if sf.Intersects(g, polygon(t, o.shape.rings()...)) {
					t.Errorf("%s and %s overlap", h.name, o.name)
				}
			}
		}
	}
	if len(shapes) < 5 {
		t.Errorf("only footprints of so many corners: %v", shapes)
	}
}

func near(a, b ring) bool {
	for _, axis := range []point{{1, 0}, {0, 1}} {
		a0, a1 := a.spread(axis)
		b0, b1 := b.spread(axis)
		if a1 < b0 || b1 < a0 {
			return false
		}
	}
	return true
}

// TestTowersStandOnTheirPodium: parts may overlap what they are parts of, and not
// each other.
func TestTowersStandOnTheirPodium(t *testing.T) {
	_, all := blocks(t, 60000, 5)
	parts := 0
	for _, b := range all {
		for k, h := range b.buildings {
			if h.part == nil {
				continue
			}
			parts++
			if !h.part.shape.outer.holdsAll(h.shape.outer) || h.base != float64(h.part.floors)*h.part.storey {
				t.Errorf("%s does not stand on its podium", h.name)
			}
			for _, o := range b.buildings[:k] {
				if o.part == h.part && sf.Intersects(polygon(t, h.shape.outer), polygon(t, o.shape.outer)) {
					t.Errorf("%s and %s overlap", h.name, o.name)
				}
			}
		}
	}
	if parts == 0 {
		t.Error("no tower on a podium")
	}
}

// TestParcelsTile: at any time the parcels on the surface fill the city, each
// block and the whole.
func TestParcelsTile(t *testing.T) {
	for _, people := range []int{4000, 20000, 150000} {
		w, all := blocks(t, people, 9)
		l := w.plan.lattice
		for _, at := range []day{date(2004, 12, 31), date(2013, 6, 1), lastDay} {
			sum := 0.0
			for _, b := range all {
				ground := l.block(b.i, b.j)
				if b.j == l.river {
					ground = l.riverReach(b.i)
				}
				area := surface(t, b.parcels, at)
				if want := ground.area(); math.Abs(area-want) > 0.01 {
					t.Errorf("%d people, block %d,%d at %v: parcels %.3f m², ground %.3f m²", people, b.i, b.j, at, area, want)
				}
				before := len(b.parcels)
				w.writeStreets(b)
				sum += area + surface(t, b.parcels[before:], at)
				b.parcels = b.parcels[:before]
			}
			if want := l.outline(0, 0, l.n, l.n).area(); math.Abs(sum-want) > want*1e-9 {
				t.Errorf("%d people at %v: land and streets %.0f m², city %.0f m²", people, at, sum, want)
			}
		}
	}
}

func surface(t *testing.T, parcels []*parcel, at day) float64 {
	t.Helper()
	sum := 0.0
	for _, p := range parcels {
		if p.class != "surface" || p.from > at || p.to <= at {
			continue
		}
		rings := []ring{p.ground}
		if p.hole != nil {
			rings = append(rings, p.hole)
		}
		sum += polygon(t, rings...).Area()
	}
	return sum
}

// TestEveryKindOfLandIsThere: a small city shows everything, whatever its seed.
func TestEveryKindOfLandIsThere(t *testing.T) {
	for seed := range uint64(12) {
		_, all := blocks(t, 20000, seed)
		uses, classes, ends := map[string]int{}, map[string]int{}, map[string]int{}
		houses := 0
		for _, b := range all {
			houses += len(b.buildings)
			for _, p := range b.parcels {
				uses[p.purpose]++
				classes[p.class]++
				ends[p.end]++
			}
		}
		for _, want := range []string{"water", "park", "centre", "old", "tower", "slab", "village", "industry", "school", "hospital", "farm", "stratum", "road"} {
			if uses[want] == 0 {
				t.Errorf("seed %d: no %s: %v", seed, want, uses)
			}
		}
		if classes["above"]+classes["below"] == 0 || ends["分割"] == 0 || ends["合并"] == 0 || houses < 300 {
			t.Errorf("seed %d: %d buildings, parcels: %v, ends %v", seed, houses, classes, ends)
		}
	}
}

func TestTheCentreIsTaller(t *testing.T) {
	w, all := blocks(t, 200000, 3)
	n := float64(w.plan.lattice.n)
	var inner, outer, innerHouses, outerHouses float64
	for _, b := range all {
		r := math.Hypot((float64(b.i)+0.5)/n*2-1, (float64(b.j)+0.5)/n*2-1)
		for _, h := range b.buildings {
			if r < 0.4 {
				inner, innerHouses = inner+h.height, innerHouses+1
			} else if r > 0.8 {
				outer, outerHouses = outer+h.height, outerHouses+1
			}
		}
	}
	if inner/innerHouses < 1.3*outer/outerHouses {
		t.Errorf("mean height %.1f m inside, %.1f m outside", inner/innerHouses, outer/outerHouses)
	}
}

// TestPersonalNumbers: valid, nobody's, and never the same for two people,
// whatever their years of birth.
func TestPersonalNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, int64(MaxPeople*personRoom)+2_000_000).Draw(t, "n")
		rid, born, male := number(n, rapid.IntRange(1908, 2024).Draw(t, "year"))
		if _, _, err := codes.Check("rid", rid); err != nil {
			t.Fatal(err)
		}
		if rid[:4] != personPrefix || rid[6:14] != compact(born) || male != ((rid[16]-'0')%2 == 1) {
			t.Fatalf("%s: born %v, male %v", rid, born, male)
		}
		if m := rapid.Int64Range(0, 36_000_000).Draw(t, "m"); m != n {
			m = n + (m-n)/100000*100000 // the same county and sequence
			if other, _, _ := number(max(m, 0), 1990); m != n && m >= 0 {
				if same, _, _ := number(n, 1990); same == other {
					t.Fatalf("%d and %d are both %s", n, m, same)
				}
			}
		}
	})
}

func compact(d day) string {
	s := d.String()
	return s[:4] + s[5:7] + s[8:]
}

// TestSubdivide: pieces of a convex ring fill it and are convex themselves.
func TestSubdivide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &block{d: newDice(rapid.Uint64().Draw(t, "seed"))}
		corners := rapid.IntRange(3, 9).Draw(t, "corners")
		w, h := rapid.Float64Range(60, 400).Draw(t, "w"), rapid.Float64Range(60, 400).Draw(t, "h")
		r := box{f: newFrame(point{}, point{1, 0.3}), w: w, d: h}.round(corners).outer
		target := rapid.Float64Range(1500, 20000).Draw(t, "target")
		sum := 0.0
		for _, l := range b.subdivide(r, target, nil) {
			sum += l.ground.area()
			if !l.ground.holds(l.ground.centre()) || l.ground.area() <= 0 {
				t.Fatalf("a piece is not convex: %v", l.ground)
			}
			if l.whole != nil && l.whole.area() <= l.ground.area() {
				t.Fatal("a half is larger than the whole")
			}
		}
		if math.Abs(sum-r.area()) > 1e-6*r.area() {
			t.Fatalf("pieces %v, whole %v", sum, r.area())
		}
	})
}

func TestStems(t *testing.T) {
	seen := map[string]int{}
	for n := range 1000 {
		s := stem(n)
		if m, ok := seen[s]; ok {
			t.Fatalf("%d and %d are both %s", m, n, s)
		}
		seen[s] = n
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, people := range []int{20000, 200000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			var records int64
			for b.Loop() {
				s, err := Write(context.Background(), Config{Sink: nowhere{}, People: people, Seed: 1})
				if err != nil {
					b.Fatal(err)
				}
				records += s.Records
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
