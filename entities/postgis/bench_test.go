package postgis_test

import (
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
	"github.com/chengma/chengma/entities/storetest"
)

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B, cfg storetest.Config) entities.Store {
		return open(b, postgis.Config{Clock: cfg.Now})
	})
}
