package snapshot_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// fileOf returns the bytes of a small snapshot.
func fileOf(t testing.TB) []byte {
	t.Helper()
	s := newStore(t)
	apply(t, s, building("a", 0, square(t, 139.7, 35.6, 0.01), attr("name", entities.String("x"))),
		building("b", 0, point(t, 139.8, 35.6)))
	path := filepath.Join(t.TempDir(), "x.snapshot")
	at, err := s.Published(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Build(t.Context(), s.At(1), at, buildings, path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func openBytes(t testing.TB, b []byte) (*snapshot.Snapshot, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "y.snapshot")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Open(path)
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func TestOpenRefusesWhatIsNotWhole(t *testing.T) {
	good := fileOf(t)
	edit := func(at int, to string) []byte {
		return append(append(bytes.Clone(good[:at]), to...), good[at+len(to):]...)
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"empty", nil, snapshot.ErrForeign},
		{"another file", []byte("PK\x03\x04 and so on, for more than a header's length"), snapshot.ErrForeign},
		{"older", edit(8, "\x00"), snapshot.ErrVersion},
		{"newer", edit(8, "\x63"), snapshot.ErrVersion},
		{"header only", good[:24], snapshot.ErrDamaged},
		{"half", good[:len(good)/2], snapshot.ErrDamaged},
		{"a byte short", good[:len(good)-1], snapshot.ErrDamaged},
		{"a byte long", append(bytes.Clone(good), 0), snapshot.ErrDamaged},
		{"header length", edit(12, "\xff\xff\xff\xff"), snapshot.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := openBytes(t, c.bytes); !errors.Is(err, c.want) {
				t.Errorf("%v instead of %v", err, c.want)
			}
		})
	}
	if _, err := snapshot.Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// readAll asks a snapshot everything.
func readAll(t testing.TB, s *snapshot.Snapshot) (features, versions int) {
	t.Helper()
	features = len(picture(t, s.View(), 5, s.Revision()))
	for _, err := range s.At(s.Revision()).History(t.Context(), entities.HistoryQuery{Trail: entities.Trail{Superseded: true}}) {
		if err != nil {
			t.Fatal(err)
		}
		versions++
	}
	return features, versions
}

func TestAnyFlippedBitIsFoundOrHarmless(t *testing.T) {
	good := fileOf(t)
	harmless := 0
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		s, err := openBytes(t, bad)
		if err != nil {
			if !errors.Is(err, snapshot.ErrDamaged) && !errors.Is(err, snapshot.ErrForeign) && !errors.Is(err, snapshot.ErrVersion) {
				t.Fatalf("byte %d: %v", i, err)
			}
			continue
		}
		harmless++ // padding between sections
		if f, v := readAll(t, s); f != 2 || v != 2 {
			t.Fatalf("byte %d changed the answer to %d features, %d versions", i, f, v)
		}
	}
	if harmless > len(good)/2 {
		t.Errorf("%d of %d flipped bits were not found", harmless, len(good))
	}
}

func FuzzOpen(f *testing.F) {
	good := fileOf(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("CHGMSNAP\x01\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := openBytes(t, b); err == nil {
			readAll(t, s)
		}
	})
}

func TestFileCutShortUnderUs(t *testing.T) {
	store := newStore(t)
	var acts []entities.Act
	for i := range 300 {
		acts = append(acts, building(string(rune('0'+i)), 0, square(t, 100+float64(i)/10, 30, 0.01)))
	}
	apply(t, store, acts...)
	path := filepath.Join(t.TempDir(), "z.snapshot")
	at, err := store.Published(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := snapshot.Build(t.Context(), store.At(1), at, buildings, path); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err = s.View().Search(snapshot.Search{Window: everywhere(), At: 5, Revision: 1}, func(*snapshot.Feature) bool { return true })
	if !errors.Is(err, snapshot.ErrDamaged) {
		t.Errorf("search: %v", err)
	}
	if _, err := s.At(1).Get(t.Context(), codeOf(t, store, "0"), 5); !errors.Is(err, snapshot.ErrDamaged) {
		t.Errorf("get: %v", err)
	}
	for _, err := range s.At(1).History(t.Context(), entities.HistoryQuery{}) {
		if !errors.Is(err, snapshot.ErrDamaged) {
			t.Errorf("history: %v", err)
		}
	}
}

func TestClosedSnapshot(t *testing.T) {
	s := build(t, town(t), buildings)
	s.Close()
	s.Close()
	if _, err := s.At(1).Get(t.Context(), 1, 0); !errors.Is(err, entities.ErrClosed) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.View().Search(snapshot.Search{Window: everywhere()}, nil); !errors.Is(err, entities.ErrClosed) {
		t.Errorf("search: %v", err)
	}
}

func TestBuildLeavesNothingBehindWhenItFails(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	s.Close()
	if err := snapshot.Build(t.Context(), s.At(0), entities.Published{}, buildings, filepath.Join(dir, "x")); !errors.Is(err, entities.ErrClosed) {
		t.Errorf("build from a closed store: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLayersThatAreRefused(t *testing.T) {
	s := newStore(t)
	for _, c := range []struct {
		name  string
		layer snapshot.Layer
	}{
		{"person", snapshot.Layer{Name: "p", Kind: entities.Person}},
		{"household", snapshot.Layer{Name: "h", Kind: entities.Household, Place: []string{"at"}}},
		{"no kind", snapshot.Layer{Name: "x"}},
		{"no name", snapshot.Layer{Kind: entities.Land}},
		{"property twice", snapshot.Layer{Name: "x", Kind: entities.Land, Properties: []string{"a", "a"}}},
		{"property that is there anyway", snapshot.Layer{Name: "x", Kind: entities.Land, Properties: []string{"code"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := snapshot.Build(t.Context(), s.At(0), entities.Published{}, c.layer, filepath.Join(t.TempDir(), "x")); !errors.Is(err, snapshot.ErrLayer) {
				t.Error(err)
			}
		})
	}
}
