package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// TestStandby reads and watches on a standby of the test server, where
// STANDBY_DATABASE_URL names one.
func TestStandby(t *testing.T) {
	url := os.Getenv("STANDBY_DATABASE_URL")
	if url == "" {
		t.Skip("STANDBY_DATABASE_URL is not set; it names a streaming standby of the server of TEST_DATABASE_URL")
	}
	name := schema(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	primary := open(t, postgis.Config{Schema: name})
	first := apply(t, primary, "0", named("0", "x"))
	var standby *postgis.Store
	for { // until the schema has come over
		var err error
		if standby, err = postgis.Open(ctx, postgis.Config{URL: url, Schema: name, PollInterval: 10 * time.Millisecond}); err == nil {
			break
		}
		if !errors.Is(err, entities.ErrUnavailable) && !errors.Is(err, entities.ErrSchemaVersion) {
			t.Fatal(err)
		}
	}
	defer func() {
		if err := standby.Close(); err != nil {
			t.Error(err)
		}
	}()
	go func() {
		for i := 1; i < 20; i++ {
			if _, err := primary.Apply(ctx, entities.Batch{Key: fmt.Sprint(i), Acts: []entities.Act{named(fmt.Sprint(i), "x")}}); err != nil {
				t.Error(err)
			}
		}
	}()
	next := entities.Revision(1)
	for p, err := range standby.Watch(ctx, 0) {
		if err != nil || p.Revision != next {
			t.Fatalf("revision %d and error %v, want %d", p.Revision, err, next)
		}
		if _, err := standby.At(p.Revision).Get(ctx, first.Results[0].Code, 5); err != nil {
			t.Errorf("at revision %d: %v", p.Revision, err)
		}
		if next++; next > 20 {
			break
		}
	}
	_, err := standby.Apply(ctx, entities.Batch{Key: "on the standby", Acts: []entities.Act{named("s", "x")}})
	if !errors.Is(err, entities.ErrUnavailable) || !strings.Contains(err.Error(), "standby") {
		t.Errorf("writing: %v", err)
	}
	unknown := postgis.Config{URL: url, Schema: schema(t)}
	if _, err := postgis.Open(ctx, unknown); err == nil {
		t.Error("a schema was made on a standby")
	}
}
