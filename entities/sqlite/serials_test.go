package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

func permute(t rapid.TB, key []byte, kind entities.Kind, n uint64) uint64 {
	serial, err := sqlite.Permute(key, kind, n)
	if err != nil {
		t.Fatal(err)
	}
	return serial
}

// TestPermutation: serials are in range, differ where numbers do, and depend on
// key and kind.
func TestPermutation(t *testing.T) {
	number := rapid.Uint64Range(0, 1<<48-1)
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, y := permute(t, key, entities.Person, a), permute(t, key, entities.Person, b)
		if x >= 1<<48 || (x == y) != (a == b) {
			t.Fatalf("%d -> %d and %d -> %d", a, x, b, y)
		}
	})
	key := bytes.Repeat([]byte{7}, 32)
	other := append([]byte{8}, key[1:]...)
	seen := make(map[uint64]bool)
	changed := 0
	const n = 20_000
	for i := range uint64(n) {
		serial := permute(t, key, entities.Person, i)
		seen[serial] = true
		changed += bits.OnesCount64(serial ^ permute(t, key, entities.Person, i+1))
		if serial == permute(t, other, entities.Person, i) || serial == permute(t, key, entities.Household, i) {
			t.Fatalf("%d has the same serial under another key or as another kind", i)
		}
	}
	if len(seen) != n {
		t.Errorf("%d numbers have %d serials", n, len(seen))
	}
	// Neighbours differ in half of their 48 bits, within what chance allows.
	if mean := float64(changed) / n; mean < 23.8 || mean > 24.2 {
		t.Errorf("neighbours differ in %.2f bits, want 24", mean)
	}
}

func TestMint(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "city.db")
	given := make(map[entities.Code]bool)
	persons := 0
	for round := range 3 { // each in a life of its own
		store, err := sqlite.Open(ctx, sqlite.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		var batch entities.Batch
		batch.Key = fmt.Sprintf("round %d", round)
		for i := range 400 {
			kind := entities.Building
			if i%2 == 0 {
				kind = entities.Person
			}
			batch.Acts = append(batch.Acts, named(fmt.Sprintf("k:%d-%d", round, i), kind, "x"))
		}
		receipt, err := store.Apply(ctx, batch)
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range receipt.Results {
			code := result.Code
			if given[code] || !code.Issuable() {
				t.Errorf("%s was given twice, or must not be given", code)
			}
			given[code] = true
			switch serial := code.Serial(); {
			case code.Kind() == entities.Building && serial > 1000:
				t.Errorf("building %s is out of sequence", code)
			case code.Kind() == entities.Person && serial > 1<<32:
				persons++
			}
		}
		clean(t, store)
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// A random serial of 48 bits is above 2^32 but for one in 65,536.
	if persons < 590 {
		t.Errorf("%d of 600 persons have large serials", persons)
	}
}

// TestMintUndone gives codes again that a batch which failed would have had.
func TestMintUndone(t *testing.T) {
	store := open(t, sqlite.Config{})
	bad := &entities.Assert{Subject: ref("k:9"), Over: entities.Since(0)} // no kind to mint
	_, err := store.Apply(context.Background(), entities.Batch{Key: "b", Acts: []entities.Act{point("k:1", 1, 1), bad}})
	if err == nil {
		t.Fatal("the batch should have failed")
	}
	first, _ := entities.Thing.Codes()
	if code := apply(t, store, "b", point("k:1", 1, 1)).Results[0].Code; code != first {
		t.Errorf("got %s, want %s", code, first)
	}
	clean(t, store)
}

// TestSecrets: keys stay, differ by name, and can be kept elsewhere.
func TestSecrets(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "city.db")
	elsewhere := bytes.Repeat([]byte{1}, 32)
	cfg := sqlite.Config{Path: path, Secrets: map[string][]byte{"elsewhere": elsewhere}}
	store := open(t, cfg)
	seal, err := store.Secret(ctx, "seal")
	if err != nil || len(seal) != 32 {
		t.Fatalf("%d bytes, error %v", len(seal), err)
	}
	if other, err := store.Secret(ctx, "other"); err != nil || bytes.Equal(other, seal) {
		t.Errorf("two names have one key, or error %v", err)
	}
	if got, err := store.Secret(ctx, "elsewhere"); err != nil || !bytes.Equal(got, elsewhere) {
		t.Errorf("got %x and error %v, want the key given", got, err)
	}
	if got, err := open(t, cfg).Secret(ctx, "seal"); err != nil || !bytes.Equal(got, seal) {
		t.Errorf("another store on the file has %x and error %v, want the same key", got, err)
	}
	edit(t, path, "UPDATE secrets SET value = x'00' WHERE name = 'seal'")
	if _, err := store.Secret(ctx, "seal"); err == nil {
		t.Error("a key of one byte is no error")
	}
}
