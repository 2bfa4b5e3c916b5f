package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// Single aliases: of their scheme a thing has those of its newest record and no
// others. A claim says nothing of other values, so that what the thing has had so
// far is looked up, and ended from the record's valid time on. As everywhere, a
// record that comes late holds until the next change that is known.

// holding is one value that a thing had in a scheme.
type holding struct {
	key   entities.Key
	valid entities.Interval
}

// holder is a thing and a scheme. Things that the run has made have no code yet.
type holder struct {
	code   entities.Code
	key    entities.Key
	scheme string
}

// singles adds to the records' acts what ends the values that their single
// aliases replace.
func (b *batch) singles(ctx context.Context) error {
	schemes := b.run.prog.singleSchemes()
	if len(schemes) == 0 {
		return nil
	}
	var wanted []keyAt
	var items []*item
	for _, it := range b.items {
		if it.refused == nil && it.skipped == nil && len(claims(it, schemes)) > 0 {
			items, wanted = append(items, it), append(wanted, keyAt{it.key, it.over.From})
		}
	}
	if len(items) == 0 {
		return nil
	}
	reader, err := b.run.reader(ctx)
	if err != nil {
		return err
	}
	found, err := lookUp(ctx, reader, wanted)
	if err != nil {
		return err
	}
	held, err := b.holdings(ctx, reader, found, schemes)
	if err != nil {
		return err
	}
	for _, it := range items {
		of := holder{key: it.key}
		if matches := found[keyAt{it.key, it.over.From}].Matches; len(matches) > 0 {
			of = holder{code: matches[0].Code}
		}
		for _, scheme := range schemes {
			of.scheme = scheme
			if own := claims(it, []string{scheme}); len(own) > 0 {
				held[of] = it.replace(held[of], own)
			}
		}
	}
	return nil
}

// singleSchemes are the schemes of which things have one value at a time.
func (p *program) singleSchemes() []string {
	var out []string
	for i := range p.aliases {
		if a := &p.aliases[i]; a.single && !slices.Contains(out, a.scheme.name) {
			out = append(out, a.scheme.name)
		}
	}
	return out
}

// claims are an item's claims of aliases of some schemes.
func claims(it *item, schemes []string) []*entities.ClaimAlias {
	var out []*entities.ClaimAlias
	for _, act := range it.acts {
		if claim, ok := act.(*entities.ClaimAlias); ok && slices.Contains(schemes, claim.Key.Scheme) {
			out = append(out, claim)
		}
	}
	return out
}

// holdings are what the store knows of the things that were found, by this source.
func (b *batch) holdings(ctx context.Context, reader entities.Reader, found map[keyAt]entities.Resolution, schemes []string) (map[holder][]holding, error) {
	held := make(map[holder][]holding)
	var codes []entities.Code
	for _, resolution := range found {
		for _, match := range resolution.Matches {
			codes = append(codes, match.Code)
		}
	}
	if len(codes) == 0 {
		return held, nil
	}
	for alias, err := range reader.Aliases(ctx, entities.AliasQuery{Codes: unique(codes)}) {
		if err != nil {
			return nil, fmt.Errorf("look aliases up: %w", err)
		}
		if alias.Source == b.run.prog.source && slices.Contains(schemes, alias.Scheme) {
			of := holder{code: alias.Code, scheme: alias.Scheme}
			held[of] = append(held[of], holding{alias.Key, alias.Valid})
		}
	}
	return held, nil
}

// replace ends what a thing has had where the item's own values hold, and returns
// what it has then. All claims hold over the same time.
func (it *item) replace(held []holding, own []*entities.ClaimAlias) []holding {
	over := own[0].Over
	isOwn := func(h holding) bool {
		return slices.ContainsFunc(own, func(c *entities.ClaimAlias) bool { return c.Key == h.key })
	}
	if own[0].Mode == entities.Change && over.To == entities.Forever {
		for _, h := range held {
			if !isOwn(h) && h.valid.From > over.From {
				over.To = min(over.To, h.valid.From)
			}
		}
	}
	var now []holding
	for _, h := range held {
		if isOwn(h) || !h.valid.Overlaps(over) {
			now = append(now, h)
			continue
		}
		it.acts = append(it.acts, &entities.EndAlias{
			Key: h.key, Subject: entities.Ref{Key: it.key}, Over: h.valid.Intersect(over), Mode: entities.Correction,
		})
		for _, part := range []entities.Interval{{From: h.valid.From, To: over.From}, {From: over.To, To: h.valid.To}} {
			if !part.Empty() {
				now = append(now, holding{h.key, part})
			}
		}
	}
	for _, claim := range own {
		claim.Over = over
		now = append(now, holding{claim.Key, over})
	}
	return now
}
