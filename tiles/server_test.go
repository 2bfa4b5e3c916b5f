package tiles_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uber/h3-go/v4"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
	"github.com/chengma/chengma/tiles"
)

// names returns the property name of each feature, sorted.
func names(layers []strictLayer) []string {
	var all []string
	for _, l := range layers {
		for _, f := range l.features {
			all = append(all, fmt.Sprint(f.props["name"]))
		}
	}
	slices.Sort(all)
	return all
}

func named(name string) entities.Attr { return attr("name", entities.String(name)) }

func TestBothTimes(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 100, polygon(t, here, box(10, 10, 50, 50)), named("old")))
	apply(t, s, building("a", 200, nil, named("new")))
	apply(t, s, &entities.Assert{
		Subject: entities.ByKey("test", "a"), Over: entities.Interval{From: 100, To: 200}, Mode: entities.Correction,
		Patch: entities.NewAttrs(named("corrected")), Origin: entities.Origin{Source: "survey"},
	})
	apply(t, s, &entities.End{Subject: entities.ByKey("test", "a"), Over: entities.Since(300)})
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}}, Now: func() time.Time { return time.UnixMicro(1000) }})
	for _, c := range []struct {
		at   entities.Instant
		rev  entities.Revision
		want string
		next entities.Instant
	}{
		{99, 4, "[]", 100},
		{100, 4, "[corrected]", 200},
		{100, 2, "[old]", 200},
		{100, 1, "[old]", entities.Forever},
		{199, 3, "[corrected]", 200},
		{200, 3, "[new]", entities.Forever},
		{200, 1, "[old]", entities.Forever},
		{299, 4, "[new]", 300},
		{300, 4, "[]", entities.Forever},
		{300, 3, "[new]", entities.Forever},
		{300, 0, "[]", entities.Forever},
	} {
		r := ask(here, c.at)
		r.Rev, r.RevGiven, r.AtGiven = c.rev, true, true
		for range 2 { // drawn, then from the cache
			tile := get1(t, server, r)
			if got := fmt.Sprint(names(decode(t, tile))); got != c.want || tile.NextBoundary != c.next || tile.Revision != c.rev {
				t.Errorf("at %d, revision %d: %s until %d at %d, instead of %s until %d", c.at, c.rev, got, tile.NextBoundary, tile.Revision, c.want, c.next)
			}
			if !tile.Immutable {
				t.Errorf("at %d, revision %d: not immutable", c.at, c.rev)
			}
		}
	}
	for _, c := range []struct {
		name string
		edit func(*tiles.Request)
	}{
		{"newest revision", func(r *tiles.Request) { r.RevGiven = false }},
		{"now", func(r *tiles.Request) { r.AtGiven = false }},
		{"the future", func(r *tiles.Request) { r.At = 1001 }},
	} {
		r := ask(here, 100)
		r.Rev, r.RevGiven, r.AtGiven = 4, true, true
		c.edit(&r)
		if get1(t, server, r).Immutable {
			t.Errorf("%s: immutable", c.name)
		}
	}
}

func TestCacheKeepsWhatDidNotChange(t *testing.T) {
	s := newStore(t)
	beside := tiles.ID{Z: here.Z, X: here.X + 2, Y: here.Y}
	apply(t, s,
		building("a", 0, polygon(t, here, box(10, 10, 50, 50)), named("a")),
		building("b", 0, polygon(t, beside, box(10, 10, 50, 50)), named("b")),
		building("later", 1000, polygon(t, here, box(100, 100, 150, 150)), named("later")))
	l := follow(t, s, plain)
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: l}}})
	first, other := get1(t, server, ask(here, 10)), get1(t, server, ask(beside, 10))
	if first.Cached || other.Cached {
		t.Fatal("cached before it was drawn")
	}
	if again := get1(t, server, ask(here, 999)); !again.Cached || again.ETag != first.ETag {
		t.Error("another instant of the same interval is drawn again")
	}
	if again := get1(t, server, ask(here, 1000)); again.Cached || again.Features != 2 || again.ETag == first.ETag {
		t.Error("what begins later is not there when it begins")
	}
	rev := apply(t, s, building("a", 5, polygon(t, here, box(10, 10, 90, 90))))
	wait(t, l, rev)
	if now := get1(t, server, ask(here, 10)); now.Cached || now.ETag == first.ETag || now.Revision != rev {
		t.Error("the tile that was touched is not drawn again")
	}
	if now := get1(t, server, ask(beside, 10)); !now.Cached || now.ETag != other.ETag || now.Revision != rev {
		t.Error("a tile that was not touched is drawn again")
	}
	old := ask(here, 10)
	old.Rev, old.RevGiven = 1, true
	if was := get1(t, server, old); was.ETag != first.ETag || !was.Cached {
		t.Error("the revision before is not what it was")
	}
	rev = apply(t, s, &entities.Erase{Subject: entities.ByKey("test", "a"), Reason: "order"})
	wait(t, l, rev)
	if was := get1(t, server, old); was.Cached || was.Features != 0 {
		t.Error("what was erased is still in the cache")
	}
}

func TestBytesDoNotDependOnTheSplit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newStore(t)
		apply(t, s, building("0", 0, polygon(t, here, box(0, 0, 30, 30)), named("zero")))
		early := live(t, s, plain)
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { early.Run(ctx) })
		defer running.Wait()
		defer cancel()
		var rev entities.Revision = 1
		for i := range rapid.IntRange(1, 8).Draw(r, "batches") {
			var acts []entities.Act
			for j := range rapid.IntRange(1, 5).Draw(r, "acts") {
				x, y := rapid.Float64Range(-50, 4000).Draw(r, "x"), rapid.Float64Range(-50, 4000).Draw(r, "y")
				acts = append(acts, building(fmt.Sprint(rapid.IntRange(0, 9).Draw(r, "key")), entities.Instant(i*10),
					polygon(t, here, box(x, y, x+20+float64(j), y+25)),
					named(rapid.SampledFrom([]string{"甲", "乙", "丙"}).Draw(r, "name")),
					attr("height", entities.Int(int64(rapid.IntRange(0, 3).Draw(r, "height"))))))
			}
			rev = apply(t, s, acts...)
		}
		wait(t, early, rev)
		late := live(t, s, plain)
		budget := rapid.SampledFrom([]int{-1, 400}).Draw(r, "budget")
		one := server(t, tiles.Config{CacheBytes: -1, Layers: []tiles.LayerConfig{{Live: early, MaxBytes: budget}}})
		two := server(t, tiles.Config{CacheBytes: -1, Layers: []tiles.LayerConfig{{Live: late, MaxBytes: budget}}})
		compare := func() {
			for known := entities.Revision(1); known <= rev; known++ {
				for _, id := range []tiles.ID{here, {Z: 10, X: here.X >> 4, Y: here.Y >> 4}} {
					q := ask(id, entities.Instant(10*known))
					q.Rev, q.RevGiven = known, true
					a, b := get1(t, one, q), get1(t, two, q)
					if a.ETag != b.ETag || !slices.Equal(a.Data, b.Data) || a.NextBoundary != b.NextBoundary || a.Dropped != b.Dropped {
						r.Fatalf("%v at revision %d differs: %v and %v", id, known, decode(t, a), decode(t, b))
					}
					decode(t, a)
				}
			}
		}
		compare()
		if err := early.Rebuild(t.Context()); err != nil {
			r.Fatal(err)
		}
		compare()
	})
}

func TestBudgetDropsTheSmallestFirst(t *testing.T) {
	s := newStore(t)
	var acts []entities.Act
	for i := range 60 {
		side := float64(20 + (i*37)%60)
		x, y := float64(i%8)*500, float64(i/8)*500
		acts = append(acts, building(fmt.Sprint(i), 0, polygon(t, here, box(x, y, x+side, y+side)), attr("height", entities.Int(int64(side)))))
	}
	apply(t, s, acts...)
	l := live(t, s, plain)
	for _, budget := range []int{100, 700, 1500, 3000} {
		server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: l, MaxBytes: budget}}})
		tile := get1(t, server, ask(here, 5))
		if tile.Size > budget || tile.Features+tile.Dropped != 60 || tile.Dropped == 0 {
			t.Errorf("budget %d: %d bytes, %d features, %d dropped", budget, tile.Size, tile.Features, tile.Dropped)
		}
		smallest := int64(1 << 40)
		for _, layer := range decode(t, tile) {
			for _, f := range layer.features {
				smallest = min(smallest, int64(f.props["height"].(uint64)))
			}
		}
		larger := 0
		for i := range 60 {
			if int64(20+(i*37)%60) > smallest {
				larger++
			}
		}
		if tile.Features > 0 && larger > tile.Features {
			t.Errorf("budget %d: %d are larger than the smallest of %d that are there", budget, larger, tile.Features)
		}
	}
}

func TestLowZoomsShowCells(t *testing.T) {
	s := newStore(t)
	var acts []entities.Act
	for i := range 200 {
		x, y := float64(i*197%4096), float64(i*331%4096)
		acts = append(acts, building(fmt.Sprint(i), 0, polygon(t, here, box(x, y, x+20, y+20))))
	}
	apply(t, s, acts...)
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}}})
	counts := make(map[string]uint64)
	// The tile of zoom 11 that holds them, and its neighbours.
	x, y := here.X>>3, here.Y>>3
	for dx := range uint32(3) {
		for dy := range uint32(3) {
			for _, l := range decode(t, get1(t, server, ask(tiles.ID{Z: 11, X: x + dx - 1, Y: y + dy - 1}, 5))) {
				for _, f := range l.features {
					cell, count := f.props["h3"].(string), f.props["count"].(uint64)
					if c := h3.CellFromString(cell); !c.IsValid() || c.Resolution() != 8 || f.id != 0 || f.kind != 3 {
						t.Fatalf("cell %s, resolution %d, id %d", cell, c.Resolution(), f.id)
					}
					if known, ok := counts[cell]; ok && known != count {
						t.Errorf("cell %s has %d in one tile and %d in another", cell, known, count)
					}
					counts[cell] = count
				}
			}
		}
	}
	var sum uint64
	for _, n := range counts {
		sum += n
	}
	if sum != 200 || len(counts) < 2 {
		t.Errorf("%d cells hold %d buildings", len(counts), sum)
	}
}

func TestMasksAndProperties(t *testing.T) {
	s := newStore(t)
	apply(t, s,
		building("a", 0, polygon(t, here, box(10, 10, 50, 50)), named("shown"), attr("height", entities.Int(7))),
		building("b", 0, polygon(t, here, box(60, 10, 90, 50)), named("secret"), attr("height", entities.Int(8))))
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}}})
	all := get1(t, server, ask(here, 5))
	masked := ask(here, 5)
	masked.Mask = tiles.Mask{Key: "no secrets", Hidden: []string{"height"}, Allow: func(layer string, f *snapshot.Feature) bool {
		return layer == "building" && f.Lookup("name").Text() != "secret"
	}}
	less := get1(t, server, masked)
	if less.Cached || less.ETag == all.ETag {
		t.Error("a mask is served what another mask may see")
	}
	layers := decode(t, less)
	if got := fmt.Sprint(names(layers)); got != "[shown]" || layers[0].features[0].props["height"] != nil {
		t.Errorf("%s with %v", got, layers[0].features[0].props)
	}
	few := ask(here, 5)
	few.Properties = []string{"height"}
	for _, f := range decode(t, get1(t, server, few))[0].features {
		if len(f.props) != 2 || f.props["code"] == nil || f.props["height"] == nil {
			t.Errorf("asked for height, got %v", f.props)
		}
	}
	if again := get1(t, server, masked); !again.Cached {
		t.Error("a mask is not cached")
	}
}

func TestSeveralLayers(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, polygon(t, here, box(10, 10, 50, 50))),
		&entities.Assert{Subject: entities.ByKey("test", "l"), Kind: entities.Land, Over: entities.Since(7), Geometry: polygon(t, here, box(0, 0, 90, 90)), Origin: entities.Origin{Source: "s"}})
	land := snapshot.Layer{Name: "land", Kind: entities.Land}
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}, {Live: live(t, s, land)}}})
	r := ask(here, 5)
	r.Layers = []string{"land", "building"}
	if tile := get1(t, server, r); tile.NextBoundary != 7 || len(decode(t, tile)) != 1 {
		t.Errorf("next boundary %d", tile.NextBoundary)
	}
	r.At = 7
	layers := decode(t, get1(t, server, r))
	if len(layers) != 2 || layers[0].name != "land" || layers[1].name != "building" {
		t.Errorf("layers %v", layers)
	}
	empty := ask(tiles.ID{Z: 14, X: 1, Y: 1}, 5)
	if tile := get1(t, server, empty); !tile.Empty() || tile.Size != 0 || len(unzip(t, tile.Data)) != 0 {
		t.Errorf("an empty tile has %d features, %d bytes", tile.Features, tile.Size)
	}
	about, err := server.TileJSON([]string{"land", "building"}, "https://example.org/{z}/{x}/{y}.mvt")
	if err != nil {
		t.Fatal(err)
	}
	if about.TileJSON != "3.0.0" || len(about.VectorLayers) != 2 || about.VectorLayers[1].Fields["height"] == "" || about.MaxZoom != 22 {
		t.Errorf("%+v", about)
	}
	if b := about.Bounds; len(b) != 4 || b[0] < 139 || b[2] > 140 || b[1] < 35 || b[3] > 36 || b[0] >= b[2] || b[1] >= b[3] {
		t.Errorf("bounds %v", about.Bounds)
	}
}

func TestRequestsAtFault(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, polygon(t, here, box(10, 10, 50, 50))))
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}}, MinZoom: 2, MaxZoom: 16})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    tiles.Request
		want error
		text string
	}{
		{"layer", nil, tiles.Request{Layers: []string{"roof"}, Z: 5}, tiles.ErrUnknownLayer, `unknown layer "roof"; there is building`},
		{"no layer", nil, tiles.Request{Z: 5}, tiles.ErrUnknownLayer, ""},
		{"a layer twice", nil, tiles.Request{Layers: []string{"building", "building"}, Z: 5}, tiles.ErrUnknownLayer, ""},
		{"zoom", nil, tiles.Request{Layers: []string{"building"}, Z: 17}, tiles.ErrOutOfRange, "z = 17: out of range 2 to 16"},
		{"negative zoom", nil, tiles.Request{Layers: []string{"building"}, Z: -1}, tiles.ErrOutOfRange, ""},
		{"x", nil, tiles.Request{Layers: []string{"building"}, Z: 2, X: 4}, tiles.ErrOutOfRange, "x = 4: out of range 0 to 3"},
		{"y", nil, tiles.Request{Layers: []string{"building"}, Z: 2, Y: -1}, tiles.ErrOutOfRange, "y = -1: out of range 0 to 3"},
		{"property", nil, tiles.Request{Layers: []string{"building"}, Z: 5, Properties: []string{"colour"}}, tiles.ErrUnknownProperty, `unknown property "colour"; there is code, class, name, height`},
		{"revision", nil, tiles.Request{Layers: []string{"building"}, Z: 5, Rev: 2, RevGiven: true}, entities.ErrUnknownRevision, ""},
		{"a client that left", gone, tiles.Request{Layers: []string{"building"}, Z: 5}, context.Canceled, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.ctx != nil {
				ctx = c.ctx
			}
			_, err := server.Tile(ctx, c.r)
			if !errors.Is(err, c.want) || c.text != "" && err.Error() != c.text {
				t.Errorf("%v instead of %v %s", err, c.want, c.text)
			}
		})
	}
	var out *tiles.RangeError
	if _, err := server.Tile(t.Context(), tiles.Request{Layers: []string{"building"}, Z: 99}); !errors.As(err, &out) || out.Param != "z" || out.Largest != 16 {
		t.Errorf("%v", err)
	}
}

func TestOneDrawsForAll(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, polygon(t, here, box(10, 10, 50, 50))))
	server := server(t, tiles.Config{Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}}})
	drawn := make(chan struct{}, 100)
	hold := make(chan struct{})
	r := ask(here, 5)
	r.Mask = tiles.Mask{Key: "slow", Allow: func(string, *snapshot.Feature) bool {
		drawn <- struct{}{}
		<-hold
		return true
	}}
	var asking sync.WaitGroup
	left, leave := context.WithCancel(t.Context())
	asking.Go(func() {
		if _, err := server.Tile(left, r); !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
	})
	<-drawn
	for range 20 {
		asking.Go(func() {
			if tile, err := server.Tile(t.Context(), r); err != nil || tile.Features != 1 {
				t.Errorf("%d features, %v", tile.Features, err)
			}
		})
	}
	// The first leaves while the others may or may not wait already: they are
	// answered all the same.
	leave()
	close(hold)
	asking.Wait()
	if n := len(drawn); n > 1 {
		t.Errorf("drawn %d times again", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, polygon(t, here, box(10, 10, 50, 50)), named("a")))
	server := server(t, tiles.Config{CacheBytes: 100_000, Layers: []tiles.LayerConfig{{Live: live(t, s, plain)}}})
	hits := 0
	for i := range 2000 {
		r := ask(here, 5)
		r.Mask.Key = fmt.Sprint("mask ", i)
		get1(t, server, r)
	}
	for i := range 2000 {
		r := ask(here, 5)
		r.Mask.Key = fmt.Sprint("mask ", i)
		if get1(t, server, r).Cached {
			hits++
		}
	}
	if hits > 400 {
		t.Errorf("%d tiles of some 500 bytes are kept in 100,000 bytes", hits)
	}
}
