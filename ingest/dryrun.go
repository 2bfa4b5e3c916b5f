package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/schemas"
)

// Changes is the difference that a dry run found. Links to records of the same
// run are not compared: their things do not exist yet.
type Changes struct {
	Added     []ChangedThing `json:"added"` // the first few of each
	Changed   []ChangedThing `json:"changed"`
	Ended     []ChangedThing `json:"ended"`
	Fields    map[string]int `json:"fields"` // how many things change in an attribute; alias: and link: too
	AddedAll  int            `json:"added_all"`
	ChangeAll int            `json:"changed_all"`
	EndedAll  int            `json:"ended_all"`
}

// ChangedThing is one thing that would change.
type ChangedThing struct {
	Key    string        `json:"key"` // scheme:value, masked where sensitive
	Code   string        `json:"code,omitempty"`
	Values []ValueChange `json:"values,omitempty"`
}

// ValueChange is an attribute before and after, masked where sensitive.
type ValueChange struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// samples is how many things of each sort a dry run shows.
const samples = 20

// preview compares batches with the store instead of applying them.
type preview struct {
	run *runState
}

func newPreview(r *runState) *preview {
	r.report.Changes = &Changes{Fields: make(map[string]int)}
	r.open = newOpenRefusals()
	return &preview{run: r}
}

// known is what the store says of the things of a batch.
type known struct {
	keys     map[keyAt]entities.Resolution
	versions map[codeAt]*entities.Entity
	links    map[entities.Code][]entities.Link
}

type codeAt struct {
	code entities.Code
	at   entities.Instant
}

// compare finds out what each act would do, and notes it as if it were done.
func (p *preview) compare(ctx context.Context, b *batch) error {
	b.build()
	have, err := p.load(ctx, b)
	if err != nil {
		return err
	}
	b.receipt.Results = make([]entities.Result, len(b.acts))
	things := make(map[int]*ChangedThing)
	for i, act := range b.acts {
		it := b.items[b.owners[i].item]
		thing := things[b.owners[i].item]
		if thing == nil {
			thing = &ChangedThing{Key: p.shownKey(it)}
			things[b.owners[i].item] = thing
		}
		b.receipt.Results[i].Outcome = p.one(have, it, act, thing)
	}
	p.note(b, things)
	return nil
}

func (p *preview) shownKey(it *item) string {
	if it.mask != "" {
		return it.key.Scheme + ":" + it.mask
	}
	return it.key.String()
}

// note counts the things of a batch and keeps the first few.
func (p *preview) note(b *batch, things map[int]*ChangedThing) {
	outcomes := make(map[int]entities.Outcome)
	for i, result := range b.receipt.Results {
		own := b.owners[i].item
		if result.Outcome == entities.Created || outcomes[own] == entities.Unchanged {
			outcomes[own] = result.Outcome
		}
	}
	c := p.run.report.Changes
	for i := range b.items {
		thing := things[i]
		if thing == nil {
			continue
		}
		switch outcomes[i] {
		case entities.Created:
			c.AddedAll++
			keep(&c.Added, thing)
		case entities.Updated:
			c.ChangeAll++
			for _, v := range thing.Values {
				c.Fields[v.Field]++
			}
			keep(&c.Changed, thing)
		}
	}
}

func keep(list *[]ChangedThing, thing *ChangedThing) {
	if len(*list) < samples {
		*list = append(*list, *thing)
	}
}

// load reads what the acts of a batch are about.
func (p *preview) load(ctx context.Context, b *batch) (*known, error) {
	have := &known{versions: make(map[codeAt]*entities.Entity), links: make(map[entities.Code][]entities.Link)}
	var wanted []keyAt
	subject := func(act entities.Act) (entities.Key, entities.Instant, bool) {
		switch act := act.(type) {
		case *entities.Assert:
			return act.Subject.Key, act.Over.From, true
		case *entities.End:
			return act.Subject.Key, act.Over.From, true
		case *entities.Relate:
			return act.From.Key, act.Over.From, true
		case *entities.ClaimAlias:
			wanted = append(wanted, keyAt{act.Key, act.Over.From})
			return act.Subject.Key, act.Over.From, true
		case *entities.EndAlias:
			return act.Subject.Key, act.Over.From, true
		}
		return entities.Key{}, 0, false
	}
	for _, act := range b.acts {
		if key, at, ok := subject(act); ok {
			wanted = append(wanted, keyAt{key, at})
		}
	}
	var err error
	if have.keys, err = lookUp(ctx, p.run.before, wanted); err != nil {
		return nil, err
	}
	codes := make(map[entities.Instant][]entities.Code)
	var all []entities.Code
	for at, found := range have.keys {
		for _, m := range found.Matches {
			codes[at.at] = append(codes[at.at], m.Code)
			all = append(all, m.Code)
		}
	}
	for at, list := range codes {
		if err := p.loadVersions(ctx, have, at, list); err != nil {
			return nil, err
		}
	}
	return have, p.loadLinks(ctx, have, all)
}

func (p *preview) loadVersions(ctx context.Context, have *known, at entities.Instant, codes []entities.Code) error {
	q := entities.Query{Kinds: []entities.Kind{p.run.prog.kind}, Codes: unique(codes), Valid: entities.During(at)}
	for e, err := range p.run.before.Find(ctx, q) {
		if err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		have.versions[codeAt{e.Code, at}] = &e
	}
	return nil
}

func (p *preview) loadLinks(ctx context.Context, have *known, codes []entities.Code) error {
	if len(codes) == 0 || len(p.run.prog.links) == 0 {
		return nil
	}
	for l, err := range p.run.before.Links(ctx, entities.LinkQuery{Codes: unique(codes)}) {
		if err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		have.links[l.From] = append(have.links[l.From], l)
	}
	return nil
}

func unique(codes []entities.Code) []entities.Code {
	codes = slices.Clone(codes)
	slices.Sort(codes)
	return slices.Compact(codes)
}

func (k *known) code(key entities.Key, at entities.Instant) entities.Code {
	if m := k.keys[keyAt{key, at}].Matches; len(m) == 1 {
		return m[0].Code
	}
	return 0
}

// one says what an act would do.
func (p *preview) one(have *known, it *item, act entities.Act, thing *ChangedThing) entities.Outcome {
	switch act := act.(type) {
	case *entities.Assert:
		return p.assert(have, act, thing)
	case *entities.End:
		code := have.code(act.Subject.Key, act.Over.From)
		if have.versions[codeAt{code, act.Over.From}] != nil {
			p.run.report.Changes.EndedAll++
			thing.Code = code.String()
			keep(&p.run.report.Changes.Ended, thing)
			return entities.Updated
		}
	case *entities.ClaimAlias:
		found := have.keys[keyAt{act.Key, act.Over.From}]
		code := have.code(act.Subject.Key, act.Over.From)
		holds := slices.ContainsFunc(found.Matches, func(a entities.Alias) bool { return a.Code == code })
		if code != 0 && (!holds || found.Stale) {
			thing.Values = append(thing.Values, ValueChange{Field: "alias:" + act.Key.Scheme, New: orText(act.Mask, act.Key.Value)})
			return entities.Updated
		}
	case *entities.EndAlias: // made only where the thing has it
		old := act.Key.Value
		if p.run.prog.sensitive {
			old = masked
		}
		thing.Values = append(thing.Values, ValueChange{Field: "alias:" + act.Key.Scheme, Old: old})
		return entities.Updated
	case *entities.Relate:
		return p.relate(have, act, thing)
	case *entities.SameAs, *entities.UndoSameAs:
		return entities.Updated
	}
	return entities.Unchanged
}

func (p *preview) assert(have *known, a *entities.Assert, thing *ChangedThing) entities.Outcome {
	code := have.code(a.Subject.Key, a.Over.From)
	if code == 0 {
		return entities.Created
	}
	thing.Code = code.String()
	now := have.versions[codeAt{code, a.Over.From}]
	if now == nil {
		now = &entities.Entity{}
		thing.Values = append(thing.Values, ValueChange{Field: "valid", New: a.Over.String()})
	}
	before := len(thing.Values)
	for _, attr := range a.Patch {
		if old := now.Attrs.Get(attr.Name); old != attr.Value {
			p.differ(thing, attr.Name, valueText(old), valueText(attr.Value))
		}
	}
	for _, attr := range a.Secondary {
		if old := now.Attrs.Get(attr.Name); old.IsUnset() {
			p.differ(thing, attr.Name, "", valueText(attr.Value))
		}
	}
	if a.Class != "" && a.Class != now.Class {
		p.differ(thing, entities.ClassAttr, now.Class, a.Class)
	}
	if a.Geometry != nil && !a.Geometry.Equal(now.Geometry) {
		p.differ(thing, entities.GeometryAttr, sizeOf(now.Geometry), sizeOf(*a.Geometry))
	}
	if len(thing.Values) > before {
		return entities.Updated
	}
	return entities.Unchanged
}

func (p *preview) differ(thing *ChangedThing, field, old, new string) {
	if f, ok := p.run.prog.schema.Field(field); ok && f.Grade >= schemas.Sensitive {
		old, new = masked, masked
	}
	thing.Values = append(thing.Values, ValueChange{Field: field, Old: cut(codes.MaskRIDs(old), shownValue), New: cut(codes.MaskRIDs(new), shownValue)})
}

func valueText(v entities.Value) string {
	if v.IsUnset() {
		return ""
	}
	return textOfValue(v)
}

func sizeOf(g entities.Geometry) string {
	if g.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d bytes of WKB", len(g.WKB()))
}

func (p *preview) relate(have *known, a *entities.Relate, thing *ChangedThing) entities.Outcome {
	code := have.code(a.From.Key, a.Over.From)
	var old, new []entities.Code
	for _, l := range have.links[code] {
		if l.Role == a.Role && l.Source == a.Source && l.Valid.Contains(a.Over.From) {
			old = append(old, l.To)
		}
	}
	for _, t := range a.To {
		new = append(new, t.To.Code)
	}
	old, new = unique(old), unique(new)
	missing := slices.ContainsFunc(new, func(c entities.Code) bool { return !slices.Contains(old, c) })
	extra := !a.Add && slices.ContainsFunc(old, func(c entities.Code) bool { return !slices.Contains(new, c) })
	if code == 0 || !missing && !extra {
		return entities.Unchanged
	}
	thing.Values = append(thing.Values, ValueChange{Field: "link:" + a.Role, Old: fmt.Sprint(old), New: fmt.Sprint(new)})
	return entities.Updated
}

// ended notes the things that a full extract would end.
func (p *preview) ended(ctx context.Context, codes []entities.Code, asOf entities.Instant) error {
	c := p.run.report.Changes
	c.EndedAll += len(codes)
	some := codes[:min(len(codes), samples)]
	for alias, err := range p.run.before.Aliases(ctx, entities.AliasQuery{Codes: some, Valid: entities.During(asOf)}) {
		if err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		if alias.Scheme == p.run.prog.key.scheme.name {
			thing := ChangedThing{Key: alias.Scheme + ":" + orText(alias.Mask, alias.Value), Code: alias.Code.String()}
			keep(&c.Ended, &thing)
		}
	}
	return nil
}
