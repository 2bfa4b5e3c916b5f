package sqlite

import (
	"context"
	"fmt"
	"iter"

	"github.com/chengma/chengma/entities"
)

const (
	// mostRanked is how many things of a kind that have all bigrams are ranked.
	// Where there are more, the text says too little to rank by anyway; those that
	// were registered first are taken.
	mostRanked = 10_000
	// termCounted is how far terms are counted to find the rarest of a text.
	termCounted = 2_000
)

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
		if err := rarestFirst(c, terms); err != nil {
			return err
		}
		others, err := jsonStrings(terms[1:])
		if err != nil {
			return err
		}
		for _, kind := range sortedSet(kinds) {
			rows, err := c.query(ctx, searchSQL, terms[0], int64(kind), others, int64(q.At), int64(rev), int64(mostRanked))
			if err != nil {
				return err
			}
			if err := s.rank(c, rows, r.rev, hits); err != nil {
				return err
			}
		}
		return nil
	})
	return hits.Best(), err
}

// rarestFirst puts the rarest of terms in front, for it leads the search.
func rarestFirst(c *conn, terms []string) error {
	best := int64(termCounted + 1)
	for i, term := range terms {
		r, err := c.row(termCountSQL, term, min(best, termCounted))
		if err != nil {
			return err
		}
		if n := r.int(0); n < best {
			best = n
			terms[0], terms[i] = terms[i], terms[0]
		}
	}
	return nil
}

// rank adds the rows of a search to the hits.
func (s *Store) rank(c *conn, r *rows, rev entities.Revision, hits *entities.Hits) error {
	for r.next() {
		e, err := s.version(c, r, rev)
		if err != nil {
			_ = r.close() // the first error is the one that says why
			return err
		}
		hits.Add(e, e.SearchTexts(s.cfg.SearchFields(e.Kind())))
	}
	return r.close()
}

// terms returns the search terms of a version, each once.
func (s *Store) terms(e *entities.Entity) []string {
	return e.SearchTerms(s.cfg.SearchFields(e.Kind()))
}
