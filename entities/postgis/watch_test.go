package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// TestWatchUnderFire lets eight writers of three stores publish while somebody
// ends connections of the server at random and four watchers come and go. Batches
// that fail are applied again by their key. No watcher misses, doubles or
// reorders a revision, and every batch is there once.
func TestWatchUnderFire(t *testing.T) {
	const writers, each = 8, 25
	name := schema(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stores := make([]*postgis.Store, 3)
	for i := range stores {
		stores[i] = open(t, postgis.Config{Schema: name, PollInterval: 20 * time.Millisecond, URL: databaseURL(t)})
	}
	fire, ceaseFire := context.WithCancel(ctx)
	var shooter, writing, watching sync.WaitGroup
	shooter.Go(func() {
		random := rand.New(rand.NewPCG(1, 2))
		for fire.Err() == nil {
			admin(t, fmt.Sprintf(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE application_name = 'chengma' AND datname = current_database() AND pid %% 7 = %d`, random.IntN(7)))
			time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond) // the fire is the disturbance, not a wait
		}
	})
	failed := make([]int, writers)
	for w := range writers {
		writing.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(w)))
			for i := range each {
				key := fmt.Sprintf("%d-%d", w, i)
				batch := entities.Batch{Key: key, Acts: []entities.Act{named("own "+key, key), named("shared", key)}}
				for {
					call, stop := ctx, context.CancelFunc(func() {})
					if random.IntN(6) == 0 { // an abort
						call, stop = context.WithTimeout(ctx, time.Duration(random.IntN(3000))*time.Microsecond)
					}
					_, err := stores[w%len(stores)].Apply(call, batch)
					stop()
					if err == nil {
						break
					}
					failed[w]++
					if !errors.Is(err, entities.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
						t.Errorf("batch %s: %v", key, err)
						return
					}
				}
			}
		})
	}
	const last = entities.Revision(writers * each)
	for i := range 4 {
		watching.Go(func() {
			random := rand.New(rand.NewPCG(5, uint64(i)))
			seen, resumed := entities.Revision(0), 0
			for seen < last && ctx.Err() == nil {
				resumed++
				for p, err := range stores[random.IntN(len(stores))].Watch(ctx, seen) {
					if err != nil {
						break // it goes on behind what it saw
					}
					if p.Revision != seen+1 {
						t.Errorf("watcher %d: revision %d after %d", i, p.Revision, seen)
						return
					}
					if seen = p.Revision; seen == last || random.IntN(40) == 0 {
						break
					}
				}
			}
			if seen != last {
				t.Errorf("watcher %d saw %d of %d revisions, in %d goes", i, seen, last, resumed)
			}
		})
	}
	writing.Wait()
	ceaseFire()
	shooter.Wait()
	watching.Wait()
	total := 0
	for _, n := range failed {
		total += n
	}
	t.Logf("%d calls failed and were repeated", total)
	if total == 0 {
		t.Error("nothing was disturbed")
	}
	head, err := stores[0].Head(ctx)
	if err != nil || head != last {
		t.Errorf("head %d and error %v, want %d", head, err, last)
	}
	keys := make(map[string]bool)
	for rev := entities.Revision(1); rev <= head; rev++ {
		p, err := stores[0].Published(ctx, rev)
		if err != nil || keys[p.Key] {
			t.Errorf("revision %d: batch %s again, or error %v", rev, p.Key, err)
		}
		keys[p.Key] = true
	}
	for damage, err := range stores[0].Verify(ctx) {
		t.Errorf("damage %+v, error %v", damage, err)
	}
}

// TestNotified: a watcher learns of what another process publishes without
// waiting for its clock.
func TestNotified(t *testing.T) {
	name := schema(t)
	writer := open(t, postgis.Config{Schema: name})
	store := open(t, postgis.Config{Schema: name, PollInterval: time.Hour})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	seen := make(chan entities.Revision)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(seen)
		for p, err := range store.Watch(ctx, 0) {
			if err != nil {
				return
			}
			seen <- p.Revision
		}
	})
	// The first may come by the watcher's own first look, the others cannot.
	for i := range 5 {
		apply(t, writer, fmt.Sprint(i), named(fmt.Sprint(i), "x"))
		if rev := <-seen; rev != entities.Revision(i+1) {
			t.Fatalf("revision %d came, want %d", rev, i+1)
		}
	}
	cancel()
	wg.Wait()
}
