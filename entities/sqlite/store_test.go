package sqlite_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/entities/storetest"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, cfg storetest.Config) entities.Store {
		return open(t, sqlite.Config{Clock: cfg.Now})
	})
}
