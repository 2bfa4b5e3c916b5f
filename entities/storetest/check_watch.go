package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chengma/chengma/entities"
)

const (
	writers = 4
	rounds  = 12
	patient = 20 * time.Second // no test waits so long but one that fails
)

// write lets several writers publish at once: each its own things, a thing that
// all of them change, and a key that all of them make. It returns all receipts.
func (c *city) write() []entities.Receipt {
	c.Helper()
	var mu sync.Mutex
	var receipts []entities.Receipt
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				own := fmt.Sprintf("w%d-%d", w, i)
				r, err := c.store.Apply(c.ctx, entities.Batch{Key: own, Acts: []entities.Act{
					change(ref(own), since(2000), "v", i),
					correct(ref("shared"), since(2000), "last", own),
					change(ref(fmt.Sprintf("raced-%d", i)), since(2000), fmt.Sprint("by", w), true),
				}})
				if err != nil {
					c.Errorf("writer %d, batch %d: %v", w, i, err)
					return
				}
				e, err := c.store.At(r.Revision).Get(c.ctx, r.Results[1].Code, year(2010))
				if err != nil || e.Attrs.Get("last").Text() != own {
					c.Errorf("writer %d reads its revision %d: got %s and error %v, want last %q", w, r.Revision, stateOf(&e, err), err, own)
				}
				mu.Lock()
				receipts = append(receipts, r)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return receipts
}

func overlappingWriters(s *suite) {
	c := s.city()
	c.create("shared", 2000, "last", "nobody")
	receipts := c.write()
	const total = writers * rounds
	if c.head() != total+1 || len(receipts) != total {
		c.Fatalf("%d batches of %d writers: head %d and %d receipts, want %d and %d", total, writers, c.head(), len(receipts), total+1, total)
	}
	var revisions []entities.Revision
	minted := make(map[entities.Code]int)
	for _, r := range receipts {
		revisions = append(revisions, r.Revision)
		for _, result := range r.Results {
			if result.Minted {
				minted[result.Code]++
			}
		}
	}
	slices.Sort(revisions)
	for i, rev := range revisions {
		if rev != entities.Revision(i+2) {
			c.Fatalf("revisions of the receipts: %v, want each from 2 to %d once", revisions, total+1)
		}
	}
	if want := total + rounds; len(minted) != want {
		c.Errorf("%d codes were minted, want %d", len(minted), want)
	}
	for code, times := range minted {
		if times != 1 {
			c.Errorf("code %s was minted %d times", code, times)
		}
	}
	for i := range rounds {
		k := key(fmt.Sprintf("raced-%d", i))
		r := c.resolve(c.head(), k, year(2010))
		if len(r.Matches) != 1 {
			c.Errorf("%s, which all writers made: names %v, want one thing", k, r.Matches)
			continue
		}
		e, err := c.reader().Get(c.ctx, r.Matches[0].Code, year(2010))
		if err != nil || len(e.Attrs) != writers {
			c.Errorf("%s: got %s, want what %d writers said", k, stateOf(&e, err), writers)
		}
	}
	shared := c.resolve(c.head(), key("shared"), year(2010)).Matches[0].Code
	for rev := entities.Revision(2); rev <= c.head(); rev++ {
		p, err := c.store.Published(c.ctx, rev)
		if err != nil {
			c.Fatalf("published revision %d: %v", rev, err)
		}
		c.saysAt(rev, shared, year(2010), fmt.Sprintf(`{"last":%q}`, p.Key))
	}
}

// follow watches from after one revision until another, and checks that each one
// in between comes once and in order.
func (c *city) follow(who string, after, until entities.Revision) {
	ctx, cancel := context.WithTimeout(c.ctx, patient)
	defer cancel()
	want := after + 1
	ended := 0
	for p, err := range c.store.Watch(ctx, after) {
		if err != nil {
			if ended++; ended > 1 || !errors.Is(err, context.Canceled) {
				c.Errorf("%s: ended for the %d. time with %v, want once with %v", who, ended, err, context.Canceled)
			}
			continue
		}
		if p.Revision != want || ended > 0 {
			c.Errorf("%s: revision %d came, want %d", who, p.Revision, want)
			return
		}
		if _, err := c.store.At(p.Revision).Extent(c.ctx, entities.Building); err != nil {
			c.Errorf("%s: revision %d came and cannot be read: %v", who, p.Revision, err)
		}
		if want++; want > until {
			cancel()
		}
	}
	if want <= until || ended != 1 {
		c.Errorf("%s: ended %d times before revision %d of %d, want once after the last", who, ended, want, until)
	}
}

func watch(s *suite) {
	c := s.city()
	c.create("shared", 2000, "last", "nobody")
	const last = entities.Revision(writers*rounds + 1)
	var wg sync.WaitGroup
	for i, after := range []entities.Revision{0, 0, 1, 7} {
		wg.Go(func() { c.follow(fmt.Sprintf("watcher %d after %d", i, after), after, last) })
	}
	c.write()
	wg.Wait()
	for p, err := range c.store.Watch(c.ctx, last-1) {
		want, err2 := c.store.Published(c.ctx, last)
		if err != nil || err2 != nil || p.Revision != last || p.Key != want.Key || !p.Time.Equal(want.Time) || p.Counts != want.Counts {
			c.Errorf("watch after %d: got %+v and error %v, want %+v", last-1, p, err, want)
		}
		break
	}
}

func watchResume(s *suite) {
	c := s.city()
	for i := range 6 {
		c.create(fmt.Sprint(i), 2000, "v", i)
	}
	c.apply(change(ref("0"), since(2000), "v", 0)) // publishes nothing
	for after := range entities.Revision(6) {
		c.follow(fmt.Sprintf("watch after %d", after), after, 6)
	}
	var seen []entities.Revision
	for after := entities.Revision(0); after < 6; {
		for p, err := range c.store.Watch(c.ctx, after) { // a watcher that comes back after each two
			if err != nil {
				c.Fatalf("watch after %d: %v", after, err)
			}
			seen = append(seen, p.Revision)
			after = p.Revision
			if len(seen)%2 == 0 {
				break
			}
		}
	}
	if want := []entities.Revision{1, 2, 3, 4, 5, 6}; !slices.Equal(seen, want) {
		c.Errorf("a watcher that comes back: saw %v, want %v", seen, want)
	}
	started := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // one that waits for what is not there yet
		close(started)
		c.follow("watch after the head", 6, 8)
	})
	<-started
	c.create("7", 2000, "v", 7)
	c.create("8", 2000, "v", 8)
	wg.Wait()
}
