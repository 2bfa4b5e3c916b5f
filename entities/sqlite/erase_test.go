package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// TestEraseBytes looks for what was erased in the bytes of all files of a store
// that is still open, among many other things so that pages have split.
func TestEraseBytes(t *testing.T) {
	const traces = 8 // of the one who is erased
	path := filepath.Join(t.TempDir(), "city.db")
	store := open(t, sqlite.Config{Path: path, SearchFields: func(entities.Kind) []string { return []string{"name"} }})
	needle := func(i int) string { return fmt.Sprintf("needle%dstack", i) }
	for round := range traces {
		batch := entities.Batch{Key: fmt.Sprintf("round %d", round), Refusals: []entities.Refusal{
			{Source: "s", Key: "k:subject-needlestack", Value: needle(0)}, {Source: "s", Key: "k:other"},
		}}
		for i := range 300 {
			key := fmt.Sprintf("k:%d-%d", round, (i*7919)%300)
			batch.Acts = append(batch.Acts, named(key, entities.Person, fmt.Sprintf("somebody %d of %d", i, round)))
		}
		subject := named("k:subject-needlestack", entities.Person, needle(round))
		subject.Over = entities.Since(entities.Instant(round))
		subject.Secondary = entities.NewAttrs(entities.Attr{Name: "mother", Value: entities.String(needle(round))})
		subject.Origin.Source = fmt.Sprintf("source %d", round)
		batch.Acts = append(batch.Acts, subject, &entities.Relate{
			From: ref(fmt.Sprintf("k:%d-0", round)), Role: "knows", Over: entities.Since(0),
			To: []entities.Target{{To: ref("k:subject-needlestack"), Method: needle(round)}},
		})
		if _, err := store.Apply(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if len(all(t, store.Discrepancies(context.Background(), 0))) == 0 {
		t.Fatal("no discrepancy of the subject is there to be erased")
	}
	if findBytes(t, path) == 0 {
		t.Fatal("the test cannot see what it is looking for")
	}
	receipt := apply(t, store, "erasure", &entities.Erase{Subject: ref("k:subject-needlestack"), Reason: "court order"})
	if n := findBytes(t, path); n != 0 {
		t.Errorf("%d traces in the files", n)
	}
	clean(t, store)
	if refusals := all(t, store.Refusals(context.Background(), entities.RefusalQuery{})); len(refusals) != traces {
		t.Errorf("%d refusals, want the %d of the other key", len(refusals), traces)
	}
	code := receipt.Results[0].Code
	for rev := entities.Revision(1); rev <= receipt.Revision; rev++ {
		if _, err := store.At(rev).Get(context.Background(), code, 5); !errors.Is(err, entities.ErrErased) {
			t.Errorf("at revision %d: %v, want ErrErased", rev, err)
		}
	}
}

// findBytes counts traces in the files of a store.
func findBytes(t *testing.T, path string) int {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) < 2 {
		t.Fatalf("files %v, error %v", names, err)
	}
	n := 0
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			n += bytes.Count(content, fmt.Appendf(nil, "needle%dstack", i))
		}
		n += bytes.Count(content, []byte("needlestack"))
	}
	return n
}
