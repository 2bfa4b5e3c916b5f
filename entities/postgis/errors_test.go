package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// with returns the URL of the test server with something else in it.
func with(t testing.TB, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// named asserts a building with a name.
func named(key, name string) *entities.Assert {
	return &entities.Assert{
		Subject: entities.ByKey("k", key), Kind: entities.Building, Over: entities.Since(0),
		Patch: entities.NewAttrs(entities.Attr{Name: "name", Value: entities.String(name)}),
	}
}

func apply(t testing.TB, store entities.Store, key string, acts ...entities.Act) entities.Receipt {
	t.Helper()
	receipt, err := store.Apply(context.Background(), entities.Batch{Key: key, Acts: acts})
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// TestOpenFails: each way in which a database cannot be used is an error that
// says so, without the password.
func TestOpenFails(t *testing.T) {
	databaseURL(t)
	role, single, bare := schema(t)+"_role", schema(t)+"_single", schema(t)+"_bare"
	admin(t, "CREATE ROLE "+role+" LOGIN PASSWORD 'right-secret'",
		"CREATE ROLE "+single+" LOGIN PASSWORD 'right-secret' CONNECTION LIMIT 1", "CREATE DATABASE "+bare)
	t.Cleanup(func() { admin(t, "DROP DATABASE "+bare, "DROP ROLE "+role, "DROP ROLE "+single) })
	as := func(role, password, database string) string {
		return with(t, func(u *url.URL) {
			u.User = url.UserPassword(role, password)
			if database != "" {
				u.Path = "/" + database
			}
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	newer, foreign := schema(t), schema(t)
	if err := open(t, postgis.Config{Schema: newer}).Close(); err != nil {
		t.Fatal(err)
	}
	admin(t, "INSERT INTO "+newer+".goose_db_version (version_id, is_applied) VALUES (99, true)",
		"CREATE SCHEMA "+foreign, "CREATE TABLE "+foreign+".orders (id int)")
	for _, test := range []struct {
		name   string
		cfg    postgis.Config
		is     error
		says   string
		before func() func()
	}{
		{"no server", postgis.Config{URL: with(t, func(u *url.URL) { u.Host = nobody })}, entities.ErrUnavailable, "cannot be reached", nil},
		{"wrong password", postgis.Config{URL: as(role, "wrong-secret", "")}, entities.ErrUnavailable, "refuses the password", nil},
		{"no database", postgis.Config{URL: with(t, func(u *url.URL) { u.Path = "/nowhere" })}, entities.ErrUnavailable, "database is not there", nil},
		{"no PostGIS", postgis.Config{URL: as(role, "right-secret", bare)}, entities.ErrUnavailable, "CREATE EXTENSION postgis", nil},
		{"no right to make the schema", postgis.Config{URL: as(role, "right-secret", "")}, entities.ErrUnavailable, "has not the right", nil},
		{"newer schema", postgis.Config{URL: databaseURL(t), Schema: newer}, entities.ErrSchemaVersion, "version 99; this program knows versions up to 2", nil},
		{"foreign schema", postgis.Config{URL: databaseURL(t), Schema: foreign}, entities.ErrSchemaVersion, "1 tables of another program", nil},
		{"too many connections", postgis.Config{URL: as(single, "right-secret", "")}, entities.ErrUnavailable, "too many connections", func() func() {
			c, err := pgx.Connect(context.Background(), as(single, "right-secret", ""))
			if err != nil {
				t.Fatal(err)
			}
			return func() { _ = c.Close(context.Background()) }
		}},
		{"no URL", postgis.Config{}, nil, "URL of the database is missing", nil},
		{"not a URL", postgis.Config{URL: "postgres://u:right-secret@host:port/x"}, nil, "cannot parse", nil},
		{"short secret", postgis.Config{URL: databaseURL(t), Secrets: map[string][]byte{"serials": {1}}}, nil, "has 1 bytes; it needs 32", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.before != nil {
				defer test.before()()
			}
			store, err := postgis.Open(context.Background(), test.cfg)
			if err == nil {
				_ = store.Close()
				t.Fatal("no error")
			}
			if test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "-secret") {
				t.Errorf("got %v, want %v that says %q and no password", err, test.is, test.says)
			}
		})
	}
	// What was refused is as it was.
	admin(t, "SELECT id FROM "+foreign+".orders")
}

// TestOpenTogether opens one new schema from several sides at once.
func TestOpenTogether(t *testing.T) {
	cfg := postgis.Config{URL: databaseURL(t), Schema: schema(t)}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			store, err := postgis.Open(context.Background(), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestStateErrors: SQLSTATEs that no test can bring about at will.
func TestStateErrors(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		name string
		err  error
		is   error
		says string
	}{
		{"disk full", &pgconn.PgError{Code: "53100"}, entities.ErrUnavailable, "disk is full"},
		{"out of memory", &pgconn.PgError{Code: "53200"}, entities.ErrUnavailable, "no resources"},
		{"shutting down", &pgconn.PgError{Code: "57P01"}, entities.ErrUnavailable, "shutting down"},
		{"starting", &pgconn.PgError{Code: "57P03"}, entities.ErrUnavailable, "starting"},
		{"input or output", &pgconn.PgError{Code: "58030"}, entities.ErrUnavailable, "system failed"},
		{"damaged page", &pgconn.PgError{Code: "XX001"}, entities.ErrUnavailable, "server failed"},
		{"deadlock", &pgconn.PgError{Code: "40P01"}, entities.ErrUnavailable, "broke off"},
		{"lost", io.ErrUnexpectedEOF, entities.ErrUnavailable, "connection was lost"},
		{"reset", &net.OpError{Op: "read", Err: errors.New("reset")}, entities.ErrUnavailable, "connection was lost"},
	} {
		got := postgis.Explain(ctx, fmt.Errorf("something: %w", test.err))
		if !errors.Is(got, test.is) || !errors.Is(got, test.err) || !strings.Contains(got.Error(), test.says) {
			t.Errorf("%s: got %v, want %v that says %q", test.name, got, test.is, test.says)
		}
	}
	if got := postgis.Explain(ctx, &pgconn.PgError{Code: "22012"}); errors.Is(got, entities.ErrUnavailable) {
		t.Errorf("a division by zero is no failure of the server: %v", got)
	}
	ended, stop := context.WithCancel(ctx)
	stop()
	if got := postgis.Explain(ended, &pgconn.PgError{Code: "57014"}); !errors.Is(got, context.Canceled) || errors.Is(got, entities.ErrUnavailable) {
		t.Errorf("a call that was cancelled: %v", got)
	}
}

// TestTimeouts: waiting for a lock and a slow statement end by themselves.
func TestTimeouts(t *testing.T) {
	name := schema(t)
	ctx := context.Background()
	patient := open(t, postgis.Config{Schema: name, Wait: 50 * time.Millisecond})
	code := apply(t, patient, "first", named("a", "x")).Results[0].Code
	// Opened when the tables are there: making them takes longer than it allows.
	store := open(t, postgis.Config{Schema: name, StatementTimeout: 500 * time.Millisecond})
	c, err := pgx.Connect(ctx, databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	block := func(statement string) {
		t.Helper()
		if _, err := c.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	block("BEGIN; LOCK TABLE " + name + ".versions")
	if _, err := store.At(1).Get(ctx, code, 5); !errors.Is(err, entities.ErrUnavailable) || !strings.Contains(err.Error(), "longer than is allowed") {
		t.Errorf("a slow statement: %v", err)
	}
	block("ROLLBACK; SET search_path = " + name + "; BEGIN; " + postgis.Statement(t, "lock"))
	if _, err := patient.Apply(ctx, entities.Batch{Key: "second", Acts: []entities.Act{named("b", "x")}}); !errors.Is(err, entities.ErrUnavailable) ||
		!strings.Contains(err.Error(), "another process is writing") {
		t.Errorf("a writer beside another: %v", err)
	}
	block("ROLLBACK")
	apply(t, patient, "second", named("b", "x"))
	if _, err := store.At(2).Get(ctx, code, 5); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
}

// TestReadOnly: a server that takes no writes is still read.
func TestReadOnly(t *testing.T) {
	name := schema(t)
	code := apply(t, open(t, postgis.Config{Schema: name}), "first", named("a", "x")).Results[0].Code
	store := open(t, postgis.Config{Schema: name, URL: with(t, func(u *url.URL) {
		u.RawQuery += "&default_transaction_read_only=on"
	})})
	if _, err := store.At(1).Get(context.Background(), code, 5); err != nil {
		t.Error(err)
	}
	_, err := store.Apply(context.Background(), entities.Batch{Key: "second", Acts: []entities.Act{named("b", "x")}})
	if !errors.Is(err, entities.ErrUnavailable) || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("writing: %v", err)
	}
}

// TestTextOfTheServer: what PostgreSQL cannot hold in a text is refused whole.
func TestTextOfTheServer(t *testing.T) {
	store := open(t, postgis.Config{})
	for _, act := range []*entities.Assert{
		{Subject: entities.ByKey("k", "nul\x00"), Kind: entities.Building, Over: entities.Since(0)},
		{Subject: entities.ByKey("k", "c"), Kind: entities.Building, Class: "nul\x00", Over: entities.Since(0)},
	} {
		if _, err := store.Apply(context.Background(), entities.Batch{Key: "b", Acts: []entities.Act{act}}); !errors.Is(err, entities.ErrInvalidValue) {
			t.Errorf("%+v: %v, want ErrInvalidValue", act.Subject, err)
		}
	}
	if head, err := store.Head(context.Background()); head != 0 || err != nil {
		t.Errorf("head %d, error %v", head, err)
	}
}
