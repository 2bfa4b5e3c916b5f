package storetest_test

import (
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/storetest"
)

func BenchmarkModel(b *testing.B) {
	storetest.Benchmark(b, func(_ *testing.B, cfg storetest.Config) entities.Store { return storetest.NewModel(cfg) })
}
