package storetest_test

import (
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/storetest"
)

func TestModel(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, cfg storetest.Config) entities.Store { return storetest.NewModel(cfg) })
}

func TestModelFeatures(t *testing.T) {
	storetest.RunFeatures(t, func(_ *testing.T, store entities.Store, _ entities.Kind, rev entities.Revision) entities.Features {
		return store.At(rev)
	})
}
