package postgis_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// TestFindLongHistories: things with more versions than a chunk has rows come
// once, in their last version, and so do their neighbours.
func TestFindLongHistories(t *testing.T) {
	ctx := context.Background()
	store := open(t, postgis.Config{})
	versions := []int{1, 300, 64, 63, 1, 65, 200, 2}
	for i, n := range versions {
		var acts []entities.Act
		for j := range n {
			a := named(fmt.Sprint(i), fmt.Sprintf("%d of %d", j+1, n))
			a.Over = entities.Since(entities.Instant(j))
			acts = append(acts, a)
		}
		apply(t, store, fmt.Sprint(i), acts...)
	}
	reader := store.At(entities.Revision(len(versions)))
	for _, until := range []entities.Instant{1, 64, 65, 1000} {
		i := 0
		for e, err := range reader.Find(ctx, entities.Query{Kinds: []entities.Kind{entities.Building}, Valid: entities.Interval{From: 0, To: until}}) {
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("%d of %d", min(versions[i], int(until)), versions[i])
			if got := e.Attrs.Get("name").Text(); got != want {
				t.Errorf("thing %d before %d: %q, want %q", i, until, got, want)
			}
			i++
		}
		if i != len(versions) {
			t.Errorf("before %d: %d things, want %d", until, i, len(versions))
		}
	}
	n := 0
	for _, err := range reader.History(ctx, entities.HistoryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if want := 1 + 300 + 64 + 63 + 1 + 65 + 200 + 2; n != want {
		t.Errorf("%d stored versions, want %d", n, want)
	}
}

// TestLinksOfMany: more links of one thing, and more things, than one statement
// gives, from either end.
func TestLinksOfMany(t *testing.T) {
	ctx := context.Background()
	store := open(t, postgis.Config{})
	const n = 700
	var acts []entities.Act
	acts = append(acts, named("parcel", "p"))
	for i := range n {
		acts = append(acts, named(fmt.Sprint(i), "b"), &entities.Relate{
			From: entities.ByKey("k", fmt.Sprint(i)), Role: "on", To: []entities.Target{{To: entities.ByKey("k", "parcel")}}, Over: entities.Since(0),
		})
	}
	receipt := apply(t, store, "all", acts...)
	parcel := receipt.Results[0].Code
	var codes []entities.Code
	for i := 1; i < len(receipt.Results); i += 2 {
		codes = append(codes, receipt.Results[i].Code)
	}
	for _, q := range []entities.LinkQuery{{Codes: codes}, {Codes: []entities.Code{parcel}, Reverse: true}, {}, {Reverse: true}} {
		count, last := 0, entities.Code(0)
		for l, err := range store.At(1).Links(ctx, q) {
			if err != nil {
				t.Fatal(err)
			}
			if l.To != parcel || l.From <= last {
				t.Fatalf("%s -> %s after %s", l.From, l.To, last)
			}
			last = l.From
			count++
		}
		if count != n {
			t.Errorf("of %d codes, reverse %t: %d links, want %d", len(q.Codes), q.Reverse, count, n)
		}
	}
}
