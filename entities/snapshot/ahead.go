package snapshot

import (
	"context"
	"iter"

	"github.com/chengma/chengma/entities"
)

// aheadBatch and aheadBatches are how many versions are read in one go, and how
// many goes before they are taken in.
const (
	aheadBatch   = 256
	aheadBatches = 4
)

// ahead reads a sequence in a goroutine of its own, so that a store decodes rows
// while the ones before them are drawn: the two take about as long. When the
// sequence that it returns ends, for whatever reason, the goroutine has ended.
func ahead(ctx context.Context, read func(context.Context) iter.Seq2[entities.Entity, error]) iter.Seq2[entities.Entity, error] {
	type batch struct {
		versions []entities.Entity
		err      error
	}
	return func(yield func(entities.Entity, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan batch, aheadBatches)
		go func() {
			defer close(batches)
			next := batch{versions: make([]entities.Entity, 0, aheadBatch)}
			send := func() bool {
				select {
				case batches <- next:
				case <-ctx.Done():
				}
				next = batch{versions: make([]entities.Entity, 0, aheadBatch)}
				return ctx.Err() == nil
			}
			for e, err := range read(ctx) {
				if next.err = err; err == nil {
					next.versions = append(next.versions, e)
				}
				if (err != nil || len(next.versions) == aheadBatch) && !send() {
					return
				}
			}
			send()
		}()
		defer func() {
			cancel()
			for range batches { // until it is closed
			}
		}()
		for b := range batches {
			for _, e := range b.versions {
				if !yield(e, nil) {
					return
				}
			}
			if b.err != nil {
				yield(entities.Entity{}, b.err)
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(entities.Entity{}, err)
		}
	}
}
