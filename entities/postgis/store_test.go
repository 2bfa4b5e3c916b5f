package postgis_test

import (
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
	"github.com/chengma/chengma/entities/storetest"
)

func TestStore(t *testing.T) {
	databaseURL(t)
	storetest.Run(t, func(t *testing.T, cfg storetest.Config) entities.Store {
		return open(t, postgis.Config{Clock: cfg.Now})
	})
}
