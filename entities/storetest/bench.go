package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/chengma/chengma/entities"
)

// benchThings is how many buildings the benchmarks read from, on a grid of 100 by
// 100 over a tenth of a degree.
const benchThings = 10_000

// Benchmark measures a store: 10,000 creations in one batch, an item by code, a
// page of 100 in a box, and an alias.
func Benchmark(b *testing.B, open func(b *testing.B, cfg Config) entities.Store) {
	ctx := context.Background()
	batch := benchBatch()
	b.Run("Apply10000", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			store := open(b, Config{})
			b.StartTimer()
			if _, err := store.Apply(ctx, batch); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := store.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(benchThings)*float64(b.N)/b.Elapsed().Seconds(), "things/s")
	})
	store := open(b, Config{})
	defer func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	}()
	receipt, err := store.Apply(ctx, batch)
	if err != nil {
		b.Fatal(err)
	}
	at := store.At(receipt.Revision)
	b.Run("Get", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := at.Get(ctx, receipt.Results[i*7919%benchThings].Code, year(2010)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("FindBoxPage100", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			benchPage(b, at, i)
		}
	})
	b.Run("Resolve", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			found, err := at.Resolve(ctx, []entities.Key{key(fmt.Sprint(i * 7919 % benchThings))}, year(2010))
			if err != nil || len(found) != 1 || len(found[0].Matches) != 1 {
				b.Fatalf("resolve: %v, error %v", found, err)
			}
		}
	})
}

func benchBatch() entities.Batch {
	acts := make([]entities.Act, benchThings)
	for i := range acts {
		x, y := 139.7+float64(i%100)/1000, 35.6+float64(i/100)/1000
		shape := fmt.Sprintf("POLYGON ((%[1]g %[2]g, %[3]g %[2]g, %[3]g %[4]g, %[1]g %[4]g, %[1]g %[2]g))", x, y, x+0.0005, y+0.0005)
		acts[i] = shaped(change(ref(fmt.Sprint(i)), since(2000), "height", i%60, "name", fmt.Sprint("building ", i), "use", "office"), shape)
	}
	return entities.Batch{Key: "benchmark", Acts: acts}
}

func benchPage(b *testing.B, at entities.Reader, i int) {
	x, y := 139.7+float64(i*37%80)/1000, 35.6+float64(i*53%80)/1000
	count := 0
	for _, err := range at.Find(context.Background(), entities.Query{
		Kinds: []entities.Kind{entities.Building}, Valid: entities.During(year(2010)), Limit: 100,
		Box: &entities.Box{West: x, South: y, East: x + 0.012, North: y + 0.012},
	}) {
		if err != nil {
			b.Fatal(err)
		}
		count++
	}
	if count != 100 {
		b.Fatalf("page at %g %g: %d buildings, want 100", x, y, count)
	}
}
