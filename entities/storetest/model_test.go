package storetest_test

import (
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/storetest"
)

func TestModel(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, cfg storetest.Config) entities.Store { return storetest.NewModel(cfg) })
}
