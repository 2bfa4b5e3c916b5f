package snapshot_test

import (
	"errors"
	"testing"

	"github.com/chengma/chengma/entities"
)

func collect[T any](t *testing.T, seq func(func(T, error) bool)) []T {
	t.Helper()
	var all []T
	for e, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func sameEntities(t *testing.T, what string, got, want []entities.Entity) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d versions instead of %d", what, len(got), len(want))
		return
	}
	for i := range got {
		g, w := &got[i], &want[i]
		if g.Code != w.Code || !g.SameState(w) || g.Valid != w.Valid || g.Recorded != w.Recorded ||
			g.Cause != w.Cause || g.Origin != w.Origin || len(g.Origins) != len(w.Origins) || g.Geometry.Repair != w.Geometry.Repair {
			t.Errorf("%s: version %d is\n%+v instead of\n%+v", what, i, *g, *w)
		}
	}
}

// town makes a store with changes, corrections, an end and odd values.
func town(t *testing.T) entities.Store {
	s := newStore(t)
	json, err := entities.JSON([]byte(`{"b":[1,2.5,null],"a":"楼"}`))
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s,
		building("a", 0, square(t, 139.70, 35.60, 0.001), attr("name", entities.String("甲")), attr("height", entities.Float(12.5))),
		building("b", 100, square(t, 139.71, 35.61, 0.001), attr("name", entities.String("")), attr("big", entities.Int(1<<60+1)), attr("json", json)),
		building("c", 200, nil, attr("height", entities.Null), attr("flag", entities.Bool(true))),
	)
	apply(t, s, building("a", 500, nil, attr("height", entities.Int(30))))
	apply(t, s, &entities.Assert{
		Subject: entities.ByKey("test", "a"), Over: entities.Interval{From: 100, To: 300}, Mode: entities.Correction,
		Patch: entities.NewAttrs(attr("name", entities.String("乙"))), Origin: entities.Origin{Source: "desk", Collected: 7},
	})
	apply(t, s, &entities.End{Subject: entities.ByKey("test", "b"), Over: entities.Since(900)})
	apply(t, s, building("c", 200, point(t, 139.72, 35.62)))
	return s
}

func TestSnapshotAnswersAsTheStore(t *testing.T) {
	s := town(t)
	snap := build(t, s, buildings)
	for rev := entities.Revision(0); rev <= snap.Revision(); rev++ {
		compareReaders(t, snap.At(rev), s.At(rev))
	}
	if _, err := snap.At(snap.Revision()+1).Get(t.Context(), codeOf(t, s, "a"), 0); !errors.Is(err, entities.ErrUnknownRevision) {
		t.Errorf("a revision beyond the snapshot: %v", err)
	}
}

// compareReaders asks two the same questions.
func compareReaders(t *testing.T, got, want entities.Features) {
	t.Helper()
	ctx := t.Context()
	kinds := []entities.Kind{entities.Building}
	for _, trail := range []entities.Trail{{}, {Superseded: true}, {Superseded: true, After: 1}, {Superseded: true, After: 3}} {
		q := entities.HistoryQuery{Kinds: kinds, Trail: trail}
		sameEntities(t, "history", collect(t, got.History(ctx, q)), collect(t, want.History(ctx, q)))
	}
	box := entities.Box{West: 139.7005, South: 35.6, East: 139.7105, North: 35.7}
	for _, at := range []entities.Instant{-1, 0, 99, 100, 150, 299, 300, 500, 899, 900, 1000} {
		for _, q := range []entities.Query{
			{},
			{Box: &box},
			{Limit: 1},
			{Order: []entities.Order{{Name: "height", Descending: true}}},
			{Valid: entities.Interval{From: at, To: at + 400}},
		} {
			q.Kinds = kinds
			if q.Valid == (entities.Interval{}) {
				q.Valid = entities.During(at)
			}
			found := collect(t, want.Find(ctx, q))
			sameEntities(t, "find", collect(t, got.Find(ctx, q)), found)
			for _, e := range found {
				if g, err := got.Get(ctx, e.Code, e.Valid.From); err != nil || !g.SameState(&e) {
					t.Errorf("get %s: %v", e.Code, err)
				}
			}
		}
	}
}
