package snapshot_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// follow opens a live layer and runs it until the test ends.
func follow(t testing.TB, cfg snapshot.LiveConfig) *snapshot.Live {
	t.Helper()
	l, err := snapshot.OpenLive(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
		l.Close()
	})
	return l
}

func wait(t testing.TB, l *snapshot.Live, rev entities.Revision) {
	t.Helper()
	if err := l.Wait(t.Context(), rev); err != nil {
		t.Fatal(err)
	}
}

// picture is everything that a search sees, as text.
func picture(t testing.TB, v *snapshot.View, at entities.Instant, rev entities.Revision) []string {
	t.Helper()
	var all []string
	w := everywhere()
	_, err := v.Search(snapshot.Search{Window: w, At: at, Revision: rev}, func(f *snapshot.Feature) bool {
		text := fmt.Sprint(f.Code, f.Type(), f.Hilbert(), f.Size(), f.Cell(), f.Box(), f.Coords(), f.Lookup("class").Text())
		for _, p := range v.Layer().Properties {
			text += "|" + f.Lookup(p).Text()
		}
		f.Rings()
		for ring, part := f.Ring(); ring != nil; ring, part = f.Ring() {
			text += fmt.Sprint("/", len(ring), part)
		}
		all = append(all, text)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func livePicture(t testing.TB, l *snapshot.Live, at entities.Instant, rev entities.Revision) []string {
	t.Helper()
	v, release, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	return picture(t, v, at, rev)
}

func TestLiveAnswersAsAFileBuiltAnew(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("first", 0, square(t, 139.7, 35.6, 0.01)))
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: buildings, Dir: t.TempDir()})
	for i := range 30 {
		key := fmt.Sprint("b", i%7)
		acts := []entities.Act{building(key, entities.Instant(100*(i%5)), square(t, 139.7+float64(i%11)/100, 35.6, 0.005),
			attr("height", entities.Int(int64(i%4))), attr("name", entities.String(fmt.Sprint("名", i%3))))}
		if i%6 == 5 {
			acts = append(acts, &entities.End{Subject: entities.ByKey("test", fmt.Sprint("b", (i+3)%5)), Over: entities.Since(entities.Instant(50 * i))})
		}
		apply(t, s, acts...)
	}
	head, _ := s.Head(t.Context())
	wait(t, l, head)
	snap := build(t, s, buildings)
	for rev := entities.Revision(0); rev <= head; rev++ {
		compareReaders(t, l.At(rev), s.At(rev))
		for _, at := range []entities.Instant{-1, 0, 100, 250, 400, 600, 1500} {
			got, want := livePicture(t, l, at, rev), picture(t, snap.View(), at, rev)
			if !slices.Equal(got, want) {
				t.Fatalf("revision %d, instant %d:\n%v instead of\n%v", rev, at, got, want)
			}
		}
	}
	if err := l.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	compareReaders(t, l.At(head), s.At(head))
	compareReaders(t, l.At(3), s.At(3))
	if got, want := livePicture(t, l, 250, head), picture(t, snap.View(), 250, head); !slices.Equal(got, want) {
		t.Errorf("after a new file: %v instead of %v", got, want)
	}
}

func TestLiveFollowsAnyHistory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newStore(t)
		apply(t, s, scene(t)...)
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		l, err := snapshot.OpenLive(t.Context(), snapshot.LiveConfig{Store: s, Layer: enterprises, Dir: dir})
		if err != nil {
			r.Fatal(err)
		}
		defer l.Close()
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		defer running.Wait()
		defer cancel()
		steps := rapid.IntRange(1, 16).Draw(r, "steps")
		for range steps {
			tryApply(t, s, randomAct(t, r))
			if rapid.IntRange(0, 5).Draw(r, "rebuild") == 0 {
				if err := l.Rebuild(t.Context()); err != nil {
					r.Fatal(err)
				}
			}
		}
		head, _ := s.Head(t.Context())
		wait(t, l, head)
		snap := build(t, s, enterprises)
		defer snap.Close()
		for rev := entities.Revision(0); rev <= head; rev++ {
			for at := entities.Instant(-5); at < 100; at += 10 {
				got, want := livePicture(t, l, at, rev), picture(t, snap.View(), at, rev)
				if !slices.Equal(got, want) {
					r.Fatalf("revision %d of %d, instant %d:\n%v instead of\n%v", rev, head, at, got, want)
				}
				if got, want := places(t, snap.View(), at, rev), placesByLinks(t, s.At(rev), at); !maps.Equal(got, want) {
					r.Fatalf("revision %d of %d, instant %d: places %v instead of %v", rev, head, at, got, want)
				}
			}
			q := entities.HistoryQuery{Kinds: []entities.Kind{entities.Enterprise}, Trail: entities.Trail{Superseded: true}}
			sameEntities(t, "history", collect(t, l.At(rev).History(t.Context(), q)), collect(t, s.At(rev).History(t.Context(), q)))
		}
	})
}

var enterprises = snapshot.Layer{
	Name: "enterprise", Kind: entities.Enterprise, Properties: []string{"name"},
	Place: []string{"operates-at", "registered-at", "in"},
}

func tryApply(t *testing.T, s entities.Store, acts ...entities.Act) {
	t.Helper()
	head, _ := s.Head(t.Context())
	n := head
	for {
		n++
		r, err := s.Apply(t.Context(), entities.Batch{Key: fmt.Sprint("try ", n, len(acts), acts), Acts: acts})
		if err != nil || !r.Repeated {
			return // an act that is at fault changes nothing
		}
	}
}

func places(t *testing.T, v *snapshot.View, at entities.Instant, rev entities.Revision) map[entities.Code]snapshot.Box {
	t.Helper()
	found := make(map[entities.Code]snapshot.Box)
	_, err := v.Search(snapshot.Search{Window: everywhere(), At: at, Revision: rev}, func(f *snapshot.Feature) bool {
		found[f.Code] = f.Box()
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// placesByLinks follows links one by one, as the documentation says it.
func placesByLinks(t *testing.T, r entities.Reader, at entities.Instant) map[entities.Code]snapshot.Box {
	t.Helper()
	found := make(map[entities.Code]snapshot.Box)
	q := entities.Query{Kinds: []entities.Kind{entities.Enterprise}, Valid: entities.During(at)}
	for _, e := range collect(t, r.Find(t.Context(), q)) {
		if p, ok := placeOf(t, r, &e, at, 4); ok {
			found[e.Code] = snapshot.Box{MinX: p.X, MinY: p.Y, MaxX: p.X, MaxY: p.Y}
		}
	}
	return found
}

func placeOf(t *testing.T, r entities.Reader, e *entities.Entity, at entities.Instant, hops int) (snapshot.Point, bool) {
	t.Helper()
	if !e.Geometry.IsZero() {
		b, err := e.Geometry.Bounds()
		if err != nil {
			t.Fatal(err)
		}
		a, z := snapshot.Project(b.West, b.North), snapshot.Project(b.East, b.South)
		middle := func(a, z uint32) uint32 { return uint32((uint64(a) + uint64(z) + 1) / 2) }
		return snapshot.Point{X: middle(a.X, z.X), Y: middle(a.Y, z.Y)}, true
	}
	if hops == 0 {
		return snapshot.Point{}, false
	}
	for _, role := range enterprises.Place {
		q := entities.LinkQuery{Codes: []entities.Code{e.Code}, Roles: []string{role}, Valid: entities.During(at)}
		links := collect(t, r.Links(t.Context(), q))
		slices.SortFunc(links, func(a, b entities.Link) int { return cmp.Compare(a.To, b.To) })
		for _, l := range links {
			target, err := r.Get(t.Context(), l.To, at)
			if err != nil {
				continue
			}
			if p, ok := placeOf(t, r, &target, at, hops-1); ok {
				return p, true
			}
		}
	}
	return snapshot.Point{}, false
}

func TestLiveErasureOfAPlace(t *testing.T) {
	s := newStore(t)
	apply(t, s, scene(t)...)
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: enterprises, Dir: t.TempDir()})
	if got := livePicture(t, l, 5, 1); len(got) != 2 {
		t.Fatalf("%d enterprises have a place instead of 2", len(got))
	}
	rev := apply(t, s, &entities.Erase{Subject: entities.ByKey("test", "s0"), Reason: "court order"})
	wait(t, l, rev)
	for r := entities.Revision(1); r <= rev; r++ {
		if got := livePicture(t, l, 5, r); len(got) != 1 {
			t.Errorf("revision %d shows %d enterprises, that at the erased address among them", r, len(got))
		}
	}
}

// scene states three things of each kind, and a few links.
func scene(t *testing.T) []entities.Act {
	origin := entities.Origin{Source: "test"}
	var acts []entities.Act
	add := func(prefix string, kind entities.Kind, shape func(lat float64) *entities.Geometry) {
		for i := range 3 {
			a := &entities.Assert{
				Subject: entities.ByKey("test", fmt.Sprint(prefix, i)), Kind: kind, Over: entities.Since(0), Origin: origin,
				Patch: entities.NewAttrs(attr("n", entities.Int(int64(i)))),
			}
			if shape != nil {
				a.Geometry = shape(float64(i))
			}
			acts = append(acts, a)
		}
	}
	add("e", entities.Enterprise, nil)
	add("h", entities.Housing, nil)
	add("s", entities.Address, func(lat float64) *entities.Geometry { return point(t, 2, lat) })
	add("b", entities.Building, func(lat float64) *entities.Geometry { return square(t, 3, lat, 0.5) })
	link := func(from, role, to string) {
		acts = append(acts, &entities.Relate{
			From: entities.ByKey("test", from), Role: role, Over: entities.Since(0), Source: "test",
			To: []entities.Target{{To: entities.ByKey("test", to)}},
		})
	}
	link("e0", "operates-at", "s0")
	link("e1", "registered-at", "h1")
	link("h1", "in", "b1")
	return acts
}

// randomAct draws an act on enterprises, addresses, flats and buildings, and the
// links between them.
func randomAct(t *testing.T, r *rapid.T) entities.Act {
	key := func(prefix string) entities.Ref {
		return entities.ByKey("test", prefix+fmt.Sprint(rapid.IntRange(0, 2).Draw(r, prefix)))
	}
	from := entities.Instant(rapid.IntRange(0, 9).Draw(r, "from") * 10)
	over := entities.Since(from)
	mode := entities.Mode(rapid.IntRange(0, 1).Draw(r, "mode"))
	if mode == entities.Correction {
		over.To = from + entities.Instant(rapid.IntRange(1, 5).Draw(r, "length")*10)
	}
	origin := entities.Origin{Source: "test"}
	switch rapid.IntRange(0, 7).Draw(r, "act") {
	case 0, 1:
		a := &entities.Assert{
			Subject: key("e"), Kind: entities.Enterprise, Over: over, Mode: mode, Origin: origin,
			Patch: entities.NewAttrs(attr("name", entities.Int(int64(rapid.IntRange(0, 3).Draw(r, "name"))))),
		}
		if rapid.IntRange(0, 4).Draw(r, "own") == 0 {
			a.Geometry = point(t, 1, float64(rapid.IntRange(0, 3).Draw(r, "lat")))
		}
		return a
	case 2:
		return &entities.Assert{
			Subject: key("s"), Kind: entities.Address, Over: over, Mode: mode, Origin: origin,
			Geometry: point(t, 2, float64(rapid.IntRange(0, 3).Draw(r, "lat"))),
		}
	case 3:
		return &entities.Assert{
			Subject: key("h"), Kind: entities.Housing, Over: over, Mode: mode, Origin: origin,
			Patch: entities.NewAttrs(attr("floor", entities.Int(1))),
		}
	case 4:
		return &entities.Assert{
			Subject: key("b"), Kind: entities.Building, Over: over, Mode: mode, Origin: origin,
			Geometry: square(t, 3, float64(rapid.IntRange(0, 3).Draw(r, "lat")), 0.5),
		}
	case 5:
		to := key(rapid.SampledFrom([]string{"s", "h", "b"}).Draw(r, "to"))
		return &entities.Relate{
			From: key("e"), Role: rapid.SampledFrom(enterprises.Place).Draw(r, "role"), Over: over, Mode: mode, Source: "test",
			To: []entities.Target{{To: to}}, Add: rapid.Bool().Draw(r, "add"),
		}
	case 6:
		return &entities.Relate{From: key("h"), Role: "in", Over: over, Mode: mode, Source: "test", To: []entities.Target{{To: key("b")}}}
	}
	return &entities.End{Subject: key(rapid.SampledFrom([]string{"e", "s", "h", "b"}).Draw(r, "ends")), Over: over, Mode: mode}
}

func TestLiveErasure(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, square(t, 10, 10, 1)), building("b", 0, square(t, 20, 10, 1)))
	dir := t.TempDir()
	var seen []snapshot.Change
	var mu sync.Mutex
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: buildings, Dir: dir, OnChange: func(c snapshot.Change) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, c)
	}})
	code, before := codeOf(t, s, "a"), l.Epoch()
	rev := apply(t, s, &entities.Erase{Subject: entities.ByCode(code), Reason: "court order"})
	wait(t, l, rev)
	if l.Epoch() == before {
		t.Error("erasure is not told by a new epoch")
	}
	for r := entities.Revision(1); r <= rev; r++ {
		if got := livePicture(t, l, 5, r); len(got) != 1 {
			t.Errorf("revision %d shows %d buildings, the erased one among them", r, len(got))
		}
	}
	if _, err := l.At(rev).Get(t.Context(), code, 5); !errors.Is(err, entities.ErrErased) {
		t.Errorf("get an erased thing: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 1 || !seen[0].Erased || len(seen[0].Boxes) != 1 || seen[0].Revision != rev {
		t.Errorf("changes told: %+v", seen)
	}
}

func TestLiveTouched(t *testing.T) {
	s := newStore(t)
	first := apply(t, s, building("a", 0, square(t, 10, 10, 1)), building("b", 0, square(t, 20, 10, 1)))
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: buildings, Dir: t.TempDir()})
	second := apply(t, s, building("a", 5, square(t, 30, 10, 1)))
	third := apply(t, s, &entities.Assert{Subject: entities.ByKey("test", "x"), Kind: entities.Land, Over: entities.Since(0), Geometry: square(t, 20, 10, 1), Origin: entities.Origin{Source: "s"}})
	wait(t, l, third)
	around := func(lon, lat float64) *snapshot.Window {
		p := snapshot.Project(lon, lat)
		w := snapshot.WindowOf(snapshot.Box{MinX: p.X - 10, MinY: p.Y - 10, MaxX: p.X + 10, MaxY: p.Y + 10})
		return &w
	}
	for _, c := range []struct {
		name        string
		window      *snapshot.Window
		after, upTo entities.Revision
		want        bool
	}{
		{"where it was", around(10.5, 10.5), first, third, true},
		{"where it went", around(30.5, 10.5), first, third, true},
		{"another building", around(20.5, 10.5), first, third, false},
		{"after the change", around(10.5, 10.5), second, third, false},
		{"before the base", around(50, 50), 0, third, true},
	} {
		if got := l.Touched(c.window, c.after, c.upTo); got != c.want {
			t.Errorf("%s: touched is %v", c.name, got)
		}
	}
}

func TestOpenLiveRebuildsWhatIsNotItsOwn(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, square(t, 10, 10, 1)))
	dir := t.TempDir()
	path := filepath.Join(dir, "building.snapshot")
	open := func(name string, s entities.Store, layer snapshot.Layer) {
		t.Run(name, func(t *testing.T) {
			l, err := snapshot.OpenLive(t.Context(), snapshot.LiveConfig{Store: s, Layer: layer, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			head, _ := s.Head(t.Context())
			if got := livePicture(t, l, 5, head); len(got) != 1 {
				t.Errorf("%d buildings", len(got))
			}
		})
	}
	open("none", s, buildings)
	open("its own", s, buildings)
	apply(t, s, building("a", 3, nil, attr("name", entities.String("x"))))
	open("behind", s, buildings)
	if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	open("torn", s, buildings)
	other := buildings
	other.Properties = []string{"use"}
	open("another layer", s, other)
	foreign := newStore(t)
	apply(t, foreign, &entities.Assert{Subject: entities.ByKey("y", "z"), Kind: entities.Building, Over: entities.Since(0), Geometry: square(t, 1, 1, 1), Origin: entities.Origin{Source: "s"}})
	open("another store", foreign, other)
}
