package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// edit runs SQL on a file as any other program could.
func edit(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	write := func(content string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    error
		says    string
	}{
		{"text file", write(strings.Repeat("no database at all ", 100)), entities.ErrSchemaVersion, "no SQLite database"},
		{"foreign database", func(t *testing.T, path string) {
			edit(t, path, "CREATE TABLE tiles (z, x, y, data)")
		}, entities.ErrSchemaVersion, "another program"},
		{"GeoPackage", func(t *testing.T, path string) {
			edit(t, path, "PRAGMA application_id = 1196444487", "CREATE TABLE gpkg_contents (name)")
		}, entities.ErrSchemaVersion, "application_id 1196444487"},
		{"newer store", func(t *testing.T, path string) {
			if err := open(t, sqlite.Config{Path: path}).Close(); err != nil {
				t.Fatal(err)
			}
			edit(t, path, "PRAGMA user_version = 99")
		}, entities.ErrSchemaVersion, "version 99"},
		{"folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, entities.ErrUnavailable, "cannot be opened"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "city.db")
			test.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %v that says %q and names the file", err, test.want, test.says)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file that was refused has changed")
			}
		})
	}
}

func TestOpenFolderMissing(t *testing.T) {
	_, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(t.TempDir(), "nowhere", "city.db")})
	if !errors.Is(err, entities.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestOpenBadSecret(t *testing.T) {
	_, err := sqlite.Open(context.Background(), sqlite.Config{
		Path: filepath.Join(t.TempDir(), "city.db"), Secrets: map[string][]byte{"serials": []byte("short")},
	})
	if err == nil || !strings.Contains(err.Error(), "serials") {
		t.Errorf("got %v, want an error that names the secret", err)
	}
}

// TestOpenNames opens files whose names mean something in a URI.
func TestOpenNames(t *testing.T) {
	for _, name := range []string{"城市.db", "a b?c#d%20.db", "x&mode=memory.db"} {
		path := filepath.Join(t.TempDir(), name)
		store := open(t, sqlite.Config{Path: path})
		apply(t, store, "first", point("k:1", 114, 22))
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if head, err := open(t, sqlite.Config{Path: path}).Head(context.Background()); err != nil || head != 1 {
			t.Errorf("%s opened again: head %d, error %v", name, head, err)
		}
	}
}

// TestOpenZeroConfig opens the default file in the working directory.
func TestOpenZeroConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	store, err := sqlite.Open(context.Background(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("chengma.db"); err != nil {
		t.Error(err)
	}
}

// TestMigrations makes a store from an empty file and looks at its header and
// tables from outside.
func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, sqlite.Config{Path: path}).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var id, version, tables int
	var mode string
	row := db.QueryRow(`SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('revisions', 'batches', 'codes', 'serials', 'versions',
		'versions_box', 'aliases', 'links', 'code_states', 'origins', 'refusals', 'discrepancies', 'runs', 'secrets', 'search_terms')),
		(SELECT journal_mode FROM pragma_journal_mode)`)
	if err := row.Scan(&id, &version, &tables, &mode); err != nil {
		t.Fatal(err)
	}
	if id != 0x43484D41 || version != 1 || tables != 15 || mode != "wal" {
		t.Errorf("application %#x, version %d, %d of 15 tables, journal mode %s", id, version, tables, mode)
	}
}

// TestOpenTogether opens one new file many times at once.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.db")
	errs := make(chan error)
	const n = 8
	for range n {
		go func() {
			store, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
			if err == nil {
				err = store.Close()
			}
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestLocked waits for another writer no longer than it was told.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.db")
	one := open(t, sqlite.Config{Path: path})
	two := open(t, sqlite.Config{Path: path, Wait: 20 * time.Millisecond})
	if err := sqlite.Writer(one, "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, err := two.Apply(context.Background(), entities.Batch{Key: "b", Acts: []entities.Act{point("k:1", 114, 22)}})
	if !errors.Is(err, entities.ErrUnavailable) || !strings.Contains(err.Error(), "another process is writing") {
		t.Errorf("got %v, want ErrUnavailable that says why", err)
	}
	if _, err := two.Head(context.Background()); err != nil {
		t.Errorf("a reader waited for the writer: %v", err)
	}
	if err := sqlite.Writer(one, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	apply(t, two, "b", point("k:1", 114, 22))
}

// TestFull fills the space that the file may have. Nothing is half there, and
// when there is space again, writing goes on.
func TestFull(t *testing.T) {
	store := open(t, sqlite.Config{})
	apply(t, store, "first", point("k:1", 114, 22))
	if err := sqlite.Writer(store, "PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	_, err := store.Apply(context.Background(), entities.Batch{Key: "large", Acts: footprints(2000)})
	if !errors.Is(err, entities.ErrUnavailable) || !strings.Contains(err.Error(), "no space is left") {
		t.Errorf("got %v, want ErrUnavailable that says why", err)
	}
	if head, err := store.Head(context.Background()); err != nil || head != 1 {
		t.Errorf("head %d and error %v, want 1", head, err)
	}
	clean(t, store)
	if err := sqlite.Writer(store, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	apply(t, store, "large", footprints(2000)...)
	clean(t, store)
}

// TestReadOnly writes where SQLite may not.
func TestReadOnly(t *testing.T) {
	store := open(t, sqlite.Config{})
	if err := sqlite.Writer(store, "PRAGMA query_only = ON"); err != nil {
		t.Fatal(err)
	}
	_, err := store.Apply(context.Background(), entities.Batch{Key: "b", Acts: []entities.Act{point("k:1", 114, 22)}})
	if !errors.Is(err, entities.ErrUnavailable) || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("got %v, want ErrUnavailable that says why", err)
	}
}
