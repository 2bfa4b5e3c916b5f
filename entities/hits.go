package entities

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Hits ranks what a search has found: best is the text that is what was asked
// for, then one that begins with it, then one that has it whole, then any other;
// then the shorter text; then the lower code. Texts are folded by [SearchText].
type Hits struct {
	text  string
	limit int // 0: all are kept
	items []hit
}

// hit is a thing that was found, and how well it fits.
type hit struct {
	entity Entity
	class  int // 0 is best
	length int // of the text that fits best, in characters
}

// NewHits makes the empty ranking of a query.
func NewHits(q *TextQuery) *Hits { return &Hits{text: SearchText(q.Text), limit: q.Limit} }

// Add ranks a thing by the best of its texts. What cannot be among the first is
// dropped from time to time.
func (h *Hits) Add(e Entity, texts []string) {
	found := hit{entity: e, class: 4}
	for _, text := range texts {
		if class, length := h.fit(text); cmp.Or(cmp.Compare(class, found.class), cmp.Compare(length, found.length)) < 0 {
			found.class, found.length = class, length
		}
	}
	h.items = append(h.items, found)
	if h.limit > 0 && len(h.items) >= 2*h.limit+64 {
		h.cut()
	}
}

// Best returns the things in order, no more than the query's limit.
func (h *Hits) Best() []Entity {
	h.cut()
	best := make([]Entity, len(h.items))
	for i := range h.items {
		best[i] = h.items[i].entity
	}
	return best
}

func (h *Hits) cut() {
	slices.SortFunc(h.items, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.length, b.length), cmp.Compare(a.entity.Code, b.entity.Code))
	})
	if h.limit > 0 && len(h.items) > h.limit {
		h.items = h.items[:h.limit]
	}
}

// fit says how well a text fits what was asked for.
func (h *Hits) fit(text string) (class, length int) {
	length = utf8.RuneCountInString(text)
	switch {
	case text == h.text:
		return 0, length
	case strings.HasPrefix(text, h.text):
		return 1, length
	case strings.Contains(text, h.text):
		return 2, length
	}
	return 3, length
}

// SearchTexts returns the folded texts of a version in the fields given, which
// are what a search looks at.
func (e *Entity) SearchTexts(fields []string) []string {
	var texts []string
	for _, name := range fields {
		if v := e.Attrs.Get(name); v.Type() == StringType {
			texts = append(texts, SearchText(v.Text()))
		}
	}
	return texts
}

// SearchTerms returns the bigrams of the texts of a version, sorted, each once;
// nil where there are none.
func (e *Entity) SearchTerms(fields []string) []string {
	var terms []string
	for _, text := range e.SearchTexts(fields) {
		terms = append(terms, Bigrams(text)...)
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// DefaultSearchFields names the attributes that feed search where nothing else is
// said: none of persons, households, rights and vehicles.
func DefaultSearchFields(kind Kind) []string {
	switch kind {
	case Person, Household, Right, Vehicle:
		return nil
	}
	return defaultSearchFields
}

var defaultSearchFields = []string{"name", "short_name", "place_name", "former_name", "address"}
