package postgis

import (
	"context"
	"fmt"
	"iter"

	"github.com/chengma/chengma/entities"
)

// mostRanked is how many things of a kind that have all bigrams are ranked. Where
// there are more, the text says too little to rank by anyway; those that were
// registered first are taken.
const mostRanked = 10_000

// Search yields things whose search text (Config.SearchFields) has all bigrams
// of a text, in the order of [entities.Hits].
func (s *Store) Search(ctx context.Context, rev entities.Revision, q entities.TextQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		found, err := s.search(ctx, rev, &q)
		for i := range found {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(found[i], nil) {
				return
			}
		}
		if err != nil {
			yield(entities.Entity{}, fmt.Errorf("search: %w", err))
		}
	}
}

func (s *Store) search(ctx context.Context, rev entities.Revision, q *entities.TextQuery) ([]entities.Entity, error) {
	r := &reader{store: s, rev: rev}
	kinds := q.Kinds
	if len(kinds) == 0 {
		kinds = entities.Kinds()
	}
	terms := entities.Bigrams(q.Text)
	hits := entities.NewHits(q)
	err := r.read(ctx, func(c *conn) error {
		if len(terms) == 0 {
			return nil
		}
		for _, kind := range codeRanges(kinds) {
			var found versions
			err := c.plan(ctx, func(row *row) error { return found.add(c, row, rev) },
				searchSQL, int64(kind.first), int64(kind.last), terms, int64(q.At), int64(rev), int64(mostRanked))
			if err != nil {
				return err
			}
			if err := s.giveOrigins(ctx, c, &found); err != nil {
				return err
			}
			for i := range found.rows {
				e := &found.rows[i].entity
				hits.Add(*e, e.SearchTexts(s.cfg.SearchFields(e.Kind())))
			}
		}
		return nil
	})
	return hits.Best(), err
}
