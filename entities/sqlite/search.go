package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

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
// of a text. Best is the field that is the text, then one that begins with it,
// then one that has it whole, then any other; then the shorter field; then the
// lower code.
func (s *Store) Search(ctx context.Context, rev entities.Revision, q entities.TextQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		found, err := s.search(ctx, rev, &q)
		for i := range found {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(found[i].entity, nil) {
				return
			}
		}
		if err != nil {
			yield(entities.Entity{}, fmt.Errorf("search: %w", err))
		}
	}
}

// hit is a thing that was found, and how well it fits.
type hit struct {
	entity entities.Entity
	class  int // 0 is best
	length int // of the field that fits best, in characters
}

func compareHits(a, b hit) int {
	return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.length, b.length), cmp.Compare(a.entity.Code, b.entity.Code))
}

func (s *Store) search(ctx context.Context, rev entities.Revision, q *entities.TextQuery) ([]hit, error) {
	r := &reader{store: s, rev: rev}
	kinds := q.Kinds
	if len(kinds) == 0 {
		kinds = entities.Kinds()
	}
	terms := entities.Bigrams(q.Text)
	var hits []hit
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
			if hits, err = s.rank(c, rows, r.rev, q, hits); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(hits, compareHits)
	if q.Limit > 0 && len(hits) > q.Limit {
		hits = hits[:q.Limit]
	}
	return hits, err
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

// rank adds the rows of a search to the hits and keeps the best of them.
func (s *Store) rank(c *conn, r *rows, rev entities.Revision, q *entities.TextQuery, hits []hit) ([]hit, error) {
	text := entities.SearchText(q.Text)
	for r.next() {
		e, err := s.version(c, r, rev)
		if err != nil {
			_ = r.close() // the first error is the one that says why
			return nil, err
		}
		h := hit{entity: e, class: 4}
		for _, field := range s.searchTexts(&e) {
			if class, length := fit(field, text); cmp.Or(cmp.Compare(class, h.class), cmp.Compare(length, h.length)) < 0 {
				h.class, h.length = class, length
			}
		}
		hits = append(hits, h)
		if q.Limit > 0 && len(hits) >= 2*q.Limit+64 {
			slices.SortFunc(hits, compareHits)
			hits = hits[:q.Limit]
		}
	}
	return hits, r.close()
}

// fit says how well a field fits a text, both folded.
func fit(field, text string) (class, length int) {
	length = utf8.RuneCountInString(field)
	switch {
	case field == text:
		return 0, length
	case strings.HasPrefix(field, text):
		return 1, length
	case strings.Contains(field, text):
		return 2, length
	}
	return 3, length
}

// searchTexts returns the folded texts of a version that Search looks at.
func (s *Store) searchTexts(e *entities.Entity) []string {
	var texts []string
	for _, name := range s.cfg.SearchFields(e.Kind()) {
		if v := e.Attrs.Get(name); v.Type() == entities.StringType {
			texts = append(texts, entities.SearchText(v.Text()))
		}
	}
	return texts
}

// terms returns the search terms of a version, each once.
func (s *Store) terms(e *entities.Entity) []string {
	var terms []string
	for _, text := range s.searchTexts(e) {
		terms = append(terms, entities.Bigrams(text)...)
	}
	if len(terms) == 0 {
		return nil
	}
	return sortedSet(terms)
}
