package postgis_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/chengma/chengma/entities/postgis"
)

// TestMain lets random tests live through a part of the histories that rapid has
// by default: a store on a server costs a schema. -rapid.checks says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// databaseURL is the server that tests use. Where there is none a test is
// skipped, but fails where everything must run.
func databaseURL(t testing.TB) string {
	t.Helper()
	url := os.Getenv("TEST_DATABASE_URL")
	if url == "" {
		const how = "TEST_DATABASE_URL is not set; run the tests by scripts/with-postgres go test ./entities/postgis"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	return url
}

// schemas counts the schemas of this process.
var schemas atomic.Int64

// admin runs statements beside the store.
func admin(t testing.TB, statements ...string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, statement := range statements {
		if _, err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// schema names a schema that is the test's alone and goes with it.
func schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	databaseURL(t)
	t.Cleanup(func() { admin(t, "SET client_min_messages = error", "DROP SCHEMA IF EXISTS "+name+" CASCADE") })
	return name
}

// open opens a store in a schema of its own, unless cfg names one.
func open(t testing.TB, cfg postgis.Config) *postgis.Store {
	t.Helper()
	if cfg.URL == "" {
		cfg.URL = databaseURL(t)
	}
	if cfg.Schema == "" {
		cfg.Schema = schema(t)
	}
	store, err := postgis.Open(context.Background(), cfg)
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
