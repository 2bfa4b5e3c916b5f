package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// scatter makes n things at random places, some of them lines over half a
// degree, some without geometry, some changed later.
func scatter(t *testing.T, store entities.Store, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	var made, changed []entities.Act
	for i := range n {
		lon, lat := -180+360*random.Float64(), -20+40*random.Float64()
		a := point(fmt.Sprintf("k:%d", i), lon, lat, entities.Attr{Name: "n", Value: entities.Int(int64(random.IntN(50)))})
		a.Kind = []entities.Kind{entities.Thing, entities.Building, entities.Land}[i%3]
		switch {
		case i%5 == 1:
			east := min(lon+0.5, 180)
			a.Geometry = shape(geom.NewLineStringFlat(geom.XY, []float64{lon, lat, east, lat + 0.5}))
		case i%5 == 2:
			a.Geometry = nil
		}
		made = append(made, a)
		if i%4 == 0 {
			b := *a
			b.Over = entities.Since(entities.Instant(100 + i%7))
			b.Geometry = shape(geom.NewPointFlat(geom.XY, []float64{-lon, lat}))
			changed = append(changed, &b)
		}
	}
	apply(t, store, "made", made...)
	apply(t, store, "changed", changed...)
}

// TestFindWays asks the same with the R*Tree and with a scan: the answers are
// the same, and so are those in parts.
func TestFindWays(t *testing.T) {
	ctx := context.Background()
	store := open(t, sqlite.Config{})
	scatter(t, store, 6000)
	reader := store.At(2)
	random := rand.New(rand.NewPCG(7, 8))
	nonempty := 0
	for i := range 60 {
		west, south := -180+360*random.Float64(), -20+30*random.Float64()
		box := entities.Box{West: west, South: south, East: west + 40*random.Float64(), North: south + 10*random.Float64()}
		if box.East > 180 {
			box.East -= 360
		}
		q := entities.Query{Kinds: []entities.Kind{entities.Land, entities.Thing}, Box: &box, Valid: entities.During(50)}
		if i%2 == 0 {
			q.Valid = entities.Interval{From: 0, To: entities.Instant(random.IntN(200) + 1)}
		}
		if i%3 == 0 {
			q.Order = []entities.Order{{Name: "n", Descending: i%2 == 0}}
		}
		sqlite.SetLimits(store, 1_000_000, 1_000_000)
		byTree := all(t, reader.Find(ctx, q))
		sqlite.SetLimits(store, 3, 1_000_000)
		byScan := all(t, reader.Find(ctx, q))
		sameEntities(t, fmt.Sprintf("box %+v, scanned", box), byScan, byTree)
		var inParts []entities.Entity
		part := q
		part.Limit = 7
		for {
			chunk := all(t, reader.Find(ctx, part))
			inParts = append(inParts, chunk...)
			if len(chunk) < part.Limit {
				break
			}
			after := part.PositionOf(&chunk[len(chunk)-1])
			part.After = &after
		}
		sameEntities(t, fmt.Sprintf("box %+v, in parts", box), inParts, byTree)
		if len(byTree) > 10 {
			nonempty++
		}
	}
	if nonempty < 20 {
		t.Errorf("only %d of 60 boxes have things in them", nonempty)
	}
}

func sameEntities(t *testing.T, what string, got, want []entities.Entity) {
	t.Helper()
	same := slices.EqualFunc(got, want, func(a, b entities.Entity) bool {
		return a.Code == b.Code && a.Valid == b.Valid && a.Recorded == b.Recorded && a.SameState(&b)
	})
	if !same {
		t.Errorf("%s: got %d versions, want %d", what, len(got), len(want))
	}
}

// TestHistoryWays asks for what changed with a list and with a scan.
func TestHistoryWays(t *testing.T) {
	ctx := context.Background()
	store := open(t, sqlite.Config{})
	scatter(t, store, 3000)
	apply(t, store, "third", &entities.End{Subject: ref("k:1"), Over: entities.Since(60)})
	for after := entities.Revision(0); after <= 4; after++ {
		for _, superseded := range []bool{false, true} {
			trail := entities.Trail{After: after, Superseded: superseded}
			q := entities.HistoryQuery{Kinds: []entities.Kind{entities.Building}, Trail: trail}
			sqlite.SetLimits(store, 3, 1_000_000)
			listed := all(t, store.At(3).History(ctx, q))
			aliases := all(t, store.At(3).Aliases(ctx, entities.AliasQuery{Trail: trail}))
			sqlite.SetLimits(store, 3, 0)
			sameEntities(t, fmt.Sprintf("%+v", trail), all(t, store.At(3).History(ctx, q)), listed)
			if scanned := all(t, store.At(3).Aliases(ctx, entities.AliasQuery{Trail: trail})); !slices.Equal(scanned, aliases) {
				t.Errorf("%+v: %d aliases scanned, %d listed", trail, len(scanned), len(aliases))
			}
			if got := len(listed); after == 2 && got != map[bool]int{false: 1, true: 2}[superseded] || after >= 3 && got != 0 {
				t.Errorf("%+v: %d versions", trail, got)
			}
		}
	}
}

// TestNestedReads reads and writes in the middle of a long answer, from inside of
// the loop: a sequence holds no connection.
func TestNestedReads(t *testing.T) {
	ctx := context.Background()
	store := open(t, sqlite.Config{Readers: 1})
	scatter(t, store, 500)
	reader := store.At(2)
	n := 0
	for e, err := range reader.Find(ctx, entities.Query{Kinds: entities.Kinds(), Valid: entities.During(50)}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Get(ctx, e.Code, 50); err != nil {
			t.Fatal(err)
		}
		if n++; n%100 == 0 {
			apply(t, store, fmt.Sprintf("meanwhile %d", n), point(fmt.Sprintf("new:%d", n), 1, 1))
		}
	}
	if n != 500 {
		t.Errorf("%d versions, want 500", n)
	}
}
