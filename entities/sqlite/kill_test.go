package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// TestKill kills a writing process at random moments. After each, every batch
// whose receipt was printed is there, nothing is there by half, and Verify finds
// nothing.
func TestKill(t *testing.T) {
	const lives = 6
	path := filepath.Join(t.TempDir(), "city.db")
	receipts := make(map[string]entities.Revision)
	for round := range lives {
		p := startChild(t, fmt.Sprintf("round%d", round), path, 1_000_000)
		// The moment of death is random, so that it falls into any part of a batch.
		moment := time.NewTimer(20*time.Millisecond + time.Duration(rand.Int64N(int64(150*time.Millisecond))))
		for alive := true; alive; {
			select {
			case line, more := <-p.lines:
				if alive = more; !more {
					break
				}
				if rev, key, ok := receipt(t, line); ok {
					receipts[key] = rev
				}
			case <-moment.C:
				if err := p.cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = p.cmd.Wait() // it was killed
		checkSurvivors(t, path, receipts)
	}
	if len(receipts) == 0 {
		t.Error("no process lived long enough to apply anything")
	}
	t.Logf("%d receipts in %d lives", len(receipts), lives)
}

// checkSurvivors opens the store and looks for every receipt.
func checkSurvivors(t *testing.T, path string, receipts map[string]entities.Revision) {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	for key, rev := range receipts {
		if p, err := store.Published(ctx, rev); err != nil || p.Key != key {
			t.Errorf("revision %d: batch %q, error %v; the receipt was for %q", rev, p.Key, err, key)
		}
	}
	head, err := store.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Whole batches only: each made so many things, and refused one record.
	things := 0
	for _, kind := range []entities.Kind{entities.Building, entities.Person} {
		extent, err := store.At(head).Extent(ctx, kind)
		if err != nil {
			t.Fatal(err)
		}
		things += extent.Count
	}
	if want := int(head) * childActs; things != want {
		t.Errorf("%d things at revision %d, want %d", things, head, want)
	}
	refused := 0
	for _, err := range store.Refusals(ctx, entities.RefusalQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		refused++
	}
	if refused != int(head) {
		t.Errorf("%d refusals at revision %d, want one each", refused, head)
	}
	clean(t, store)
}

// clean fails where Verify finds anything.
func clean(t *testing.T, store entities.Verifier) {
	t.Helper()
	for damage, err := range store.Verify(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("damage %s of %s: %s", damage.Check, damage.Code, damage.Text)
	}
}

// TestTwoProcesses writes from two processes at once, while this one watches.
func TestTwoProcesses(t *testing.T) {
	const batches = 60
	path := filepath.Join(t.TempDir(), "city.db")
	store := open(t, sqlite.Config{Path: path, PollInterval: 5 * time.Millisecond})
	children := []*process{startChild(t, "one", path, batches), startChild(t, "two", path, batches)}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	keys := make(map[entities.Revision]string)
	next := entities.Revision(1)
	for p, err := range store.Watch(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Revision != next {
			t.Fatalf("watch gave revision %d, want %d", p.Revision, next)
		}
		keys[p.Revision] = p.Key
		if next++; next > 2*batches {
			break
		}
	}
	for _, child := range children {
		n := 0
		for line := range child.lines {
			rev, key, ok := receipt(t, line)
			if !ok || keys[rev] != key {
				t.Errorf("receipt %q, watched %q", line, keys[rev])
			}
			n++
		}
		if err := child.cmd.Wait(); err != nil || n != batches {
			t.Errorf("a child ended with %v after %d receipts", err, n)
		}
	}
	clean(t, store)
}
