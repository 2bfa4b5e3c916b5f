package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

const (
	defaultResults = 10
	mostResults    = 50
)

type searchResult struct {
	thing
	Official *official       `json:"official"`
	Matched  string          `json:"matched"`
	Point    *[2]float64     `json:"point"`
	BBox     json.RawMessage `json:"bbox"`
}

// finder collects results, each thing once.
type finder struct {
	q       *request
	d       *describer
	kinds   []entities.Kind
	limit   int
	results []searchResult
	seen    map[entities.Code]bool
}

// search finds things by what somebody typed: a code, an alias, or part of a name.
func search(q *request) error {
	text := strings.TrimSpace(q.param("q"))
	if text == "" {
		return refuse(probValue, "q", "q is what to look for: a code, an alias, or part of a name or address.", "q 为要查找的内容：城码、别名，或名称、地址的一部分。")
	}
	kinds, err := q.kindsOf("kinds")
	if err != nil {
		return err
	}
	limit, err := q.number("limit", defaultResults, 1, mostResults)
	if err != nil {
		return err
	}
	v, err := q.viewOnce()
	if err != nil {
		return err
	}
	f := &finder{q: q, d: q.describer(v, v.at()), kinds: kinds, limit: limit, results: []searchResult{}, seen: map[entities.Code]bool{}}
	ctx := q.r.Context()
	for _, look := range []func(context.Context, string) error{f.byCode, f.byAlias, f.byText} {
		if err := look(ctx, text); err != nil {
			return err
		}
	}
	return q.sendJSON(map[string]any{"results": f.results, "revision": v.rev}, typeJSON, v.caching(), v.now)
}

// add takes a thing up if the caller may see it.
func (f *finder) add(ctx context.Context, code entities.Code, matched string) error {
	if f.seen[code] || len(f.results) >= f.limit || !slices.Contains(f.kinds, code.Kind()) {
		return nil
	}
	known, err := f.q.knows(f.d.v, code)
	if err != nil || !known {
		return err
	}
	t, err := f.d.thing(ctx, code)
	if err != nil || t == nil {
		return err
	}
	f.seen[code] = true
	place, err := f.d.place(ctx, t)
	if err != nil {
		return err
	}
	r := searchResult{thing: f.q.s.document(t), Official: t.official, Matched: matched, BBox: appendBounds(nil, boundsOf(place))}
	if lon, lat, ok := pointOf(place); ok {
		r.Point = &[2]float64{lon, lat}
	}
	f.results = append(f.results, r)
	return nil
}

func (f *finder) byCode(ctx context.Context, text string) error {
	code, err := f.q.s.parseCode(text)
	if err != nil {
		return nil // not a code: it may be something else
	}
	return f.add(ctx, code, "code")
}

// byAlias tries the text as scheme:value, else as a value of every open scheme
// whose layout it has. Sensitive schemes are not searched.
func (f *finder) byAlias(ctx context.Context, text string) error {
	var keys []entities.Key
	if scheme, value, ok := strings.Cut(text, ":"); ok && scheme != "" && value != "" && !f.q.s.sensitive(scheme) {
		keys = append(keys, entities.Key{Scheme: scheme, Value: value})
	}
	for _, kind := range f.kinds {
		for _, scheme := range f.q.s.byKind[kind].AliasSchemes {
			key := entities.Key{Scheme: scheme.Scheme, Value: strings.ToUpper(text)}
			if scheme.Sensitive || slices.Contains(keys, key) {
				continue
			}
			if layout := f.q.s.layouts[scheme.Scheme]; layout != nil && !layout.MatchString(key.Value) {
				continue
			}
			keys = append(keys, key)
			if plain := (entities.Key{Scheme: scheme.Scheme, Value: text}); plain != key {
				keys = append(keys, plain)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	found, err := f.q.resolveKeys(f.d.v, keys)
	if err != nil {
		return err
	}
	for _, r := range found {
		for _, code := range r.codes {
			if err := f.add(ctx, code, "alias"); err != nil {
				return err
			}
		}
	}
	return nil
}

// byText asks the store's search index. What it finds counts only where the text
// is in fields that the caller may see: a hit on a hidden one would tell it.
func (f *finder) byText(ctx context.Context, text string) error {
	searcher, ok := f.q.s.cfg.Store.(entities.Searcher)
	if !ok || len(f.results) >= f.limit || len(f.kinds) == 0 {
		return nil
	}
	want := entities.Bigrams(text)
	if len(want) == 0 {
		return nil
	}
	ask := entities.TextQuery{Text: text, Kinds: f.kinds, At: f.d.at, Limit: f.limit * 4}
	for e, err := range searcher.Search(ctx, f.d.v.rev, ask) {
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		seen, ok, err := f.q.access.See(e)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if field := f.matchedIn(&seen, want); field != "" {
			if err := f.add(ctx, e.Code, field); err != nil {
				return err
			}
		}
		if len(f.results) >= f.limit {
			return nil
		}
	}
	return nil
}

// matchedIn names the field that holds all terms, "text" where only several
// together do, nothing where the visible fields do not.
func (f *finder) matchedIn(v *Visible, want []string) string {
	var all []string
	for _, name := range f.q.s.byKind[v.Kind()].SearchFields {
		value := v.Attrs.Get(name)
		if value.Type() != entities.StringType {
			continue
		}
		terms := entities.Bigrams(value.Text())
		if containsAll(terms, want) {
			return name
		}
		all = append(all, terms...)
	}
	if containsAll(all, want) {
		return "text"
	}
	return ""
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(term string) bool { return !slices.Contains(have, term) })
}
