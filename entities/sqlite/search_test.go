package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

func TestSearchRanks(t *testing.T) {
	ctx := context.Background()
	store := open(t, sqlite.Config{})
	names := []string{
		"深圳市福田区莲花路12号", "莲花路", "莲花路北", "北莲花路", "莲花山公园", "路莲花", "ＬＵ Building", "lu building annex",
	}
	var acts []entities.Act
	for i, name := range names {
		acts = append(acts, named(fmt.Sprintf("k:%d", i), entities.Address, name))
	}
	acts = append(acts, named("k:person", entities.Person, "莲花路"), named("k:land", entities.Land, "莲花路东"))
	apply(t, store, "names", acts...)
	for _, test := range []struct {
		text  string
		kinds []entities.Kind
		limit int
		want  []string
	}{
		{"莲花路", nil, 0, []string{"莲花路", "莲花路东", "莲花路北", "北莲花路", "深圳市福田区莲花路12号"}},
		{"莲花路", []entities.Kind{entities.Address}, 2, []string{"莲花路", "莲花路北"}},
		{"莲花 路北", nil, 0, []string{"莲花路北"}},
		{"lu BUILDING", nil, 0, []string{"ＬＵ Building", "lu building annex"}},
		{"12", nil, 0, []string{"深圳市福田区莲花路12号"}},
		{"不在", nil, 0, nil},
		{"", nil, 0, nil},
		{" ,. ", nil, 0, nil},
		{"莲花路", []entities.Kind{entities.Person}, 0, nil}, // persons are not indexed unless asked for
	} {
		var got []string
		for _, e := range all(t, store.Search(ctx, 1, entities.TextQuery{Text: test.text, Kinds: test.kinds, At: 5, Limit: test.limit})) {
			got = append(got, e.Attrs.Get("name").Text())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q in %v: got %q, want %q", test.text, test.kinds, got, test.want)
		}
	}
	for _, err := range store.Search(ctx, 2, entities.TextQuery{Text: "莲花", At: 5}) {
		if !errors.Is(err, entities.ErrUnknownRevision) {
			t.Errorf("beyond the head: %v, want ErrUnknownRevision", err)
		}
	}
}

// TestWatchOther sees what another store on the same file publishes.
func TestWatchOther(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/city.db"
	one := open(t, sqlite.Config{Path: path})
	two := open(t, sqlite.Config{Path: path, PollInterval: 1})
	go func() {
		for i := range 20 {
			batch := entities.Batch{Key: fmt.Sprint(i), Acts: []entities.Act{point(fmt.Sprintf("k:%d", i), 1, 1)}}
			if _, err := one.Apply(ctx, batch); err != nil {
				t.Error(err)
			}
		}
	}()
	next := entities.Revision(1)
	for p, err := range two.Watch(ctx, 0) {
		if err != nil || p.Revision != next {
			t.Fatalf("revision %d and error %v, want %d", p.Revision, err, next)
		}
		if next++; next > 20 {
			break
		}
	}
	// What the watcher saw can be read.
	if _, err := two.At(20).Extent(ctx, entities.Thing); err != nil {
		t.Error(err)
	}
}
