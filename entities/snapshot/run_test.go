package snapshot_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// flaky is a store that cannot be watched for a while.
type flaky struct {
	entities.Store
	down  atomic.Bool
	tries atomic.Int64
}

func (f *flaky) Watch(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
	return func(yield func(entities.Published, error) bool) {
		f.tries.Add(1)
		if f.down.Load() {
			yield(entities.Published{}, fmt.Errorf("watch: %w", entities.ErrUnavailable))
			return
		}
		f.Store.Watch(ctx, after)(yield)
	}
}

// eventually waits for something that another goroutine does.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestLiveOutlivesAStoreThatIsAway(t *testing.T) {
	s := &flaky{Store: newStore(t)}
	apply(t, s, building("a", 0, square(t, 10, 10, 1)))
	s.down.Store(true)
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: buildings, Dir: t.TempDir()})
	rev := apply(t, s, building("b", 0, square(t, 20, 10, 1)))
	eventually(t, "the layer says that it is stale", func() bool { return l.Stale() != nil })
	if got := livePicture(t, l, 5, l.Revision()); len(got) != 1 {
		t.Errorf("while the store is away: %d buildings instead of the one known", len(got))
	}
	s.down.Store(false)
	wait(t, l, rev)
	if got := livePicture(t, l, 5, rev); len(got) != 2 {
		t.Errorf("afterwards: %d buildings", len(got))
	}
	eventually(t, "the layer says that it is not stale", func() bool { return l.Stale() == nil })
	if s.tries.Load() < 2 {
		t.Error("the store was not watched again")
	}
}

func TestLargeOverlayBecomesAFile(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	apply(t, s, building("0", 0, square(t, 0, 10, 1)))
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: buildings, Dir: dir, MaxOverlay: 10})
	var rev entities.Revision
	for i := range 60 {
		rev = apply(t, s, building(fmt.Sprint(i%20), entities.Instant(i), square(t, float64(i), 10, 1)))
	}
	wait(t, l, rev)
	eventually(t, "the overlay goes into a file", func() bool {
		file, err := snapshot.Open(filepath.Join(dir, "building.snapshot"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		return file.Revision() > rev-20
	})
	snap := build(t, s, buildings)
	for r := entities.Revision(0); r <= rev; r += 7 {
		for _, at := range []entities.Instant{0, 25, 59} {
			if got, want := livePicture(t, l, at, r), picture(t, snap.View(), at, r); !slices.Equal(got, want) {
				t.Fatalf("revision %d, instant %d:\n%v instead of\n%v", r, at, got, want)
			}
		}
	}
}

func TestReadersKeepWhatTheyHold(t *testing.T) {
	s := newStore(t)
	apply(t, s, building("a", 0, square(t, 10, 10, 1)))
	l := follow(t, snapshot.LiveConfig{Store: s, Layer: buildings, Dir: t.TempDir()})
	held, release, err := l.View()
	if err != nil {
		t.Fatal(err)
	}
	before := picture(t, held, 5, 1)
	rev := apply(t, s, building("a", 0, square(t, 30, 10, 1)), building("b", 0, square(t, 20, 10, 1)))
	wait(t, l, rev)
	if err := l.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held.Revision() != 1 || !slices.Equal(picture(t, held, 5, 1), before) {
		t.Error("a view changed while it was held")
	}
	release()
	if got := livePicture(t, l, 5, rev); len(got) != 2 {
		t.Errorf("%d buildings", len(got))
	}
}
