package storetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/chengma/chengma/entities"
)

// thing finds what a reference means at an instant, from a duplicate on to what
// it is a duplicate of.
func (w *work) thing(ref entities.Ref, at entities.Instant) (entities.Code, error) {
	code, err := w.find(ref, at)
	for err == nil && w.stateOf(code).sameAs != 0 {
		code = w.stateOf(code).sameAs
	}
	return code, err
}

// own finds what a reference means, a duplicate as itself.
func (w *work) own(ref entities.Ref) (entities.Code, error) { return w.find(ref, entities.Forever-1) }

func (w *work) find(ref entities.Ref, at entities.Instant) (entities.Code, error) {
	if ref.Code != 0 {
		if _, issued := w.m.issued[ref.Code]; !issued && !slices.Contains(w.minted, ref.Code) {
			return 0, fmt.Errorf("%s: %w", ref.Code, entities.ErrNeverIssued)
		}
		return ref.Code, nil
	}
	matches, _ := resolve(ref.Key, aliasRows(ref.Key, w.keyLine(ref.Key)), at)
	return entities.Resolution{Key: ref.Key, Matches: matches}.Code()
}

// nameless reports whether a reference is a key that nothing ever had.
func (w *work) nameless(ref entities.Ref) bool {
	return ref.Code == 0 && len(aliasRows(ref.Key, w.keyLine(ref.Key))) == 0
}

func (w *work) writable(code entities.Code) error {
	switch now := w.stateOf(code); {
	case now.known && now.is == entities.Frozen:
		return fmt.Errorf("%s: %w", code, entities.ErrFrozen)
	case now.known && now.is == entities.Erased:
		return fmt.Errorf("%s: %w", code, entities.ErrErased)
	}
	return nil
}

// give mints a code for a key.
func (w *work) give(i int, kind entities.Kind, key entities.Key, valid entities.Interval, h holder) (entities.Code, error) {
	code, err := w.mint(i, kind)
	if err != nil {
		return 0, err
	}
	h.code = code
	w.minted = append(w.minted, code)
	w.facts[code] = factsOf(nil)
	w.keys[key] = w.keyLine(key).put(valid, []holder{h})
	return code, nil
}

func (w *work) factsOf(code entities.Code) *facts {
	if w.facts[code] == nil {
		w.facts[code] = factsOf(w.m.versionsAt(code, w.m.head()))
	}
	return w.facts[code]
}

func (w *work) keyLine(key entities.Key) timeline[[]holder] {
	if _, loaded := w.keys[key]; !loaded {
		w.keys[key] = holdersOf(w.m.aliasesAt(key, w.m.head()))
	}
	return w.keys[key]
}

func (w *work) linksOf(code entities.Code) map[lane]timeline[[]entities.Target] {
	if w.links[code] == nil {
		w.links[code] = linesOf(w.m.linksAt(code, w.m.head()))
	}
	return w.links[code]
}

func (w *work) stateOf(code entities.Code) state {
	if _, loaded := w.states[code]; !loaded {
		w.states[code] = w.m.stateAt(code, w.m.head())
	}
	return w.states[code]
}

// keysOf returns all keys that a thing has or ever had.
func (w *work) keysOf(code entities.Code) []entities.Key {
	keys := make(map[entities.Key]bool)
	for key, rows := range w.m.aliases {
		if slices.ContainsFunc(rows, func(a entities.Alias) bool { return a.Code == code }) {
			keys[key] = true
		}
	}
	for key, line := range w.keys {
		for _, s := range line {
			if slices.ContainsFunc(s.value, func(h holder) bool { return h.code == code }) {
				keys[key] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(keys), func(a, b entities.Key) int { return compareKeys(a, b) })
}
