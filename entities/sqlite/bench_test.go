package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// footprints makes acts for n buildings in rows along streets, with about what a
// city's register says of each.
func footprints(n int) []entities.Act {
	random := rand.New(rand.NewPCG(1, 2))
	acts := make([]entities.Act, n)
	for i := range acts {
		lon := 139.70 + float64(i%400)*0.0004 + random.Float64()*0.0001
		lat := 35.60 + float64(i/400)*0.0004 + random.Float64()*0.0001
		var flat []float64
		for _, d := range [][2]float64{{0, 0}, {2, 0}, {2, 1}, {1, 1}, {1, 2}, {0, 2}, {0, 0}} {
			flat = append(flat, lon+d[0]*0.0001, lat+d[1]*0.0001)
		}
		g, err := entities.NewGeometry(geom.NewPolygonFlat(geom.XY, flat, []int{len(flat)}))
		if err != nil {
			panic(err)
		}
		acts[i] = &entities.Assert{
			Subject: entities.ByKey("plateau", fmt.Sprintf("%05d-bldg-%d", 13101+i%5, i)),
			Kind:    entities.Building, Over: entities.Since(1_500_000_000_000_000), Geometry: &g, Class: "natural",
			Origin: entities.Origin{Source: "plateau", Collected: 1_600_000_000_000_000},
			Patch: entities.NewAttrs(
				entities.Attr{Name: "height", Value: entities.Float(3 + 60*random.Float64())},
				entities.Attr{Name: "floors_above", Value: entities.Int(int64(random.IntN(30)))},
				entities.Attr{Name: "use", Value: entities.String("residential")},
				entities.Attr{Name: "structure", Value: entities.String("reinforced-concrete")},
				entities.Attr{Name: "year_built", Value: entities.Int(1950 + int64(random.IntN(70)))},
				entities.Attr{Name: "footprint_area", Value: entities.Float(50 + 900*random.Float64())},
				entities.Attr{Name: "ward", Value: entities.String("13101")},
				entities.Attr{Name: "state", Value: entities.String("in-use")},
			),
		}
	}
	return acts
}

func applyAll(b testing.TB, store entities.Store, acts []entities.Act, size int) {
	b.Helper()
	for i := 0; i < len(acts); i += size {
		batch := entities.Batch{Key: fmt.Sprintf("batch %d", i), Acts: acts[i:min(i+size, len(acts))]}
		if _, err := store.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

func open(t testing.TB, cfg sqlite.Config) *sqlite.Store {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "city.db")
	}
	store, err := sqlite.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// BenchmarkLoad loads a ward-sized city of 146,000 buildings, each with a new
// code, one version, one alias and one box.
func BenchmarkLoad(b *testing.B) {
	acts := footprints(146_000)
	for b.Loop() {
		store, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(b.TempDir(), "city.db")})
		if err != nil {
			b.Fatal(err)
		}
		applyAll(b, store, acts, 10_000)
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(acts))/b.Elapsed().Seconds(), "features/s")
}

// BenchmarkGet looks buildings up by code.
func BenchmarkGet(b *testing.B) {
	acts := footprints(50_000)
	store := open(b, sqlite.Config{})
	applyAll(b, store, acts, 10_000)
	ctx := context.Background()
	head, err := store.Head(ctx)
	if err != nil {
		b.Fatal(err)
	}
	reader := store.At(head)
	var codes []entities.Code
	first, _ := entities.Building.Codes()
	for code := first; len(codes) < 40_000; code++ {
		if code.Issuable() {
			codes = append(codes, code)
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for b.Loop() {
		if _, err := reader.Get(ctx, codes[random.IntN(len(codes))], 1_700_000_000_000_000); err != nil {
			b.Fatal(err)
		}
	}
}
