package sqlite_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
)

func ref(key string) entities.Ref {
	scheme, value, _ := strings.Cut(key, ":")
	return entities.ByKey(scheme, value)
}

func shape(t geom.T) *entities.Geometry {
	g, err := entities.NewGeometry(t)
	if err != nil {
		panic(err)
	}
	return &g
}

// point asserts a thing at a place.
func point(key string, lon, lat float64, attrs ...entities.Attr) *entities.Assert {
	return &entities.Assert{
		Subject: ref(key), Kind: entities.Thing, Over: entities.Since(0),
		Geometry: shape(geom.NewPointFlat(geom.XY, []float64{lon, lat})), Patch: entities.NewAttrs(attrs...),
	}
}

// named asserts a thing of a kind with a name and nothing else.
func named(key string, kind entities.Kind, name string) *entities.Assert {
	return &entities.Assert{
		Subject: ref(key), Kind: kind, Over: entities.Since(0),
		Patch: entities.NewAttrs(entities.Attr{Name: "name", Value: entities.String(name)}),
	}
}

func apply(t testing.TB, store entities.Store, key string, acts ...entities.Act) entities.Receipt {
	t.Helper()
	receipt, err := store.Apply(context.Background(), entities.Batch{Key: key, Acts: acts})
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func all[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var out []T
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, item)
	}
	return out
}
