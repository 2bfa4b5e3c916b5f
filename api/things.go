package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// describer names things at one instant of one revision, as one caller may see
// them. It remembers what it has read, for links come in crowds.
type describer struct {
	q       *request
	v       *view
	at      entities.Instant
	things  map[entities.Code]*described
	aliases map[entities.Code][]entities.Alias
}

// described is a thing that the caller may see: with its version at the instant,
// or else the one nearest before or after it; nil where it has none.
type described struct {
	code     entities.Code
	version  *Visible
	holds    bool
	official *official
}

func (q *request) describer(v *view, at entities.Instant) *describer {
	return &describer{q: q, v: v, at: at, things: map[entities.Code]*described{}, aliases: map[entities.Code][]entities.Alias{}}
}

// thing reads one thing; nil where the caller must not learn of it.
func (d *describer) thing(ctx context.Context, code entities.Code) (*described, error) {
	if known, ok := d.things[code]; ok {
		return known, nil
	}
	t, err := d.read(ctx, code)
	if err != nil {
		return nil, err
	}
	d.things[code] = t
	return t, nil
}

func (d *describer) read(ctx context.Context, code entities.Code) (*described, error) {
	if !d.q.access.Sees(code.Kind()) {
		return nil, nil
	}
	t := &described{code: code}
	e, err := d.q.features(d.v, code.Kind()).Get(ctx, code, d.at)
	switch {
	case err == nil:
		seen, ok, err := d.q.access.See(e)
		if err != nil {
			return nil, err
		}
		if ok {
			t.version, t.holds = &seen, true
		}
	case errors.Is(err, entities.ErrNeverIssued):
		return nil, nil
	case !errors.Is(err, entities.ErrNotFound) && !errors.Is(err, entities.ErrErased):
		return nil, fmt.Errorf("get %s: %w", code, err)
	}
	if t.version == nil {
		if t.version, err = d.nearest(ctx, code); err != nil {
			return nil, err
		}
	}
	if t.version == nil && !d.q.access.SeesAll(code.Kind()) {
		return nil, nil
	}
	t.official, err = d.officialOf(ctx, code, t.moment(d.at))
	return t, err
}

// moment is the instant nearest to at that the thing's version holds at.
func (t *described) moment(at entities.Instant) entities.Instant {
	if t.version == nil || t.version.Valid.Contains(at) {
		return at
	}
	if t.version.Valid.To <= at {
		return t.version.Valid.To - 1
	}
	return t.version.Valid.From
}

// nearest finds the last version before the instant, else the first after it,
// among those that the gate lets through.
func (d *describer) nearest(ctx context.Context, code entities.Code) (*Visible, error) {
	var before, after *Visible
	for e, err := range d.v.reader.History(ctx, entities.HistoryQuery{Codes: []entities.Code{code}}) {
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", code, err)
		}
		seen, ok, err := d.q.access.See(e)
		if err != nil {
			return nil, err
		}
		switch {
		case !ok:
		case e.Valid.To <= d.at:
			before = &seen // they come in order
		case e.Valid.From > d.at && after == nil:
			after = &seen
		}
	}
	if before != nil {
		return before, nil
	}
	return after, nil
}

// aliasesOf reads the aliases of things that hold at an instant.
func (d *describer) aliasesOf(ctx context.Context, codes []entities.Code, at entities.Instant) (map[entities.Code][]entities.Alias, error) {
	found := map[entities.Code][]entities.Alias{}
	for a, err := range d.v.reader.Aliases(ctx, entities.AliasQuery{Codes: codes, Valid: entities.During(at)}) {
		if err != nil {
			return nil, fmt.Errorf("aliases: %w", err)
		}
		found[a.Code] = append(found[a.Code], a)
	}
	return found, nil
}

// officialOf picks the alias that a thing is shown under: the first scheme of its
// kind that it has an alias of, else the first alias that there is.
func (d *describer) officialOf(ctx context.Context, code entities.Code, at entities.Instant) (*official, error) {
	found, err := d.aliasesOf(ctx, []entities.Code{code}, at)
	if err != nil {
		return nil, err
	}
	return d.q.s.official(code.Kind(), found[code]), nil
}

func (s *Server) official(kind entities.Kind, aliases []entities.Alias) *official {
	for _, scheme := range s.byKind[kind].AliasSchemes {
		for _, a := range aliases {
			if a.Scheme == scheme.Scheme {
				return s.officialAlias(a)
			}
		}
	}
	if len(aliases) > 0 {
		return s.officialAlias(aliases[0])
	}
	return nil
}

func (s *Server) officialAlias(a entities.Alias) *official {
	shown := s.aliasDocument(a)
	value := shown.Value
	if value == "" {
		value = shown.Mask
	}
	return &official{Scheme: a.Scheme, Value: value, Title: shown.Title}
}

// sensitive reports whether the values of an alias must never be shown.
func (s *Server) sensitive(scheme string) bool { return s.schemes[scheme].Sensitive }

// aliasDocument shows an alias; a sealed value is never shown, only its mask.
func (s *Server) aliasDocument(a entities.Alias) wireAlias {
	w := wireAlias{Scheme: a.Scheme, Title: schemas.Text{Zh: a.Scheme, En: a.Scheme}, From: instant(a.Valid.From), To: instant(a.Valid.To)}
	if known, ok := s.schemes[a.Scheme]; ok {
		w.Title = known.Title
	}
	switch {
	case a.Mask != "":
		w.Mask = a.Mask
	case s.sensitive(a.Scheme):
		w.Mask = "***"
	default:
		w.Value = a.Value
	}
	return w
}

// title is what a thing is called: the first search field that it has, else its
// official alias, else its code.
func (s *Server) title(t *described) string {
	if t.version != nil {
		if name := s.name(t.version); name != "" {
			return name
		}
	}
	if t.official != nil {
		return t.official.Value
	}
	return t.code.Display()
}

// name is the first search field that a version has; empty where it has none.
func (s *Server) name(v *Visible) string {
	for _, field := range s.byKind[v.Kind()].SearchFields {
		if value := v.Attrs.Get(field); value.Type() == entities.StringType && value.Text() != "" {
			return value.Text()
		}
	}
	return ""
}

// document names a thing in an answer.
func (s *Server) document(t *described) thing {
	kind := s.byKind[t.code.Kind()]
	d := thing{
		Code: t.code.String(), Display: t.code.Display(), Kind: kind.Name, KindTitle: &kind.Title, Title: s.title(t),
	}
	if t.version != nil {
		d.Class, d.ClassTitle = t.version.Class, s.classTitle(t.code.Kind(), t.version.Class)
	}
	return d
}

func (s *Server) classTitle(kind entities.Kind, class string) *schemas.Text {
	if c, ok := s.byKind[kind].Class(class); ok {
		return &c.Title
	}
	return nil
}

// labels explains the properties of versions; of a single one also the values
// that come from code lists.
func (s *Server) labels(versions []*Visible, values bool) map[string]label {
	labels := map[string]label{}
	for _, v := range versions {
		for _, a := range v.Attrs {
			field, ok := s.byKind[v.Kind()].Field(a.Name)
			if !ok {
				continue
			}
			l := label{Title: field.Title, Unit: orNull(field.Unit)}
			if field.CodeList != nil && values {
				if code, ok := field.CodeList.Lookup(a.Value.Text()); ok {
					l.Value = &code.Title
				}
			}
			labels[a.Name] = l
		}
	}
	return labels
}

// place finds where a thing is: at its own geometry, else where its links out say
// that it is, over at most three steps. People and households have no place.
func (d *describer) place(ctx context.Context, t *described) (entities.Geometry, error) {
	return d.placeFrom(ctx, t, 3, nil)
}

func (d *describer) placeFrom(ctx context.Context, t *described, steps int, seen []entities.Code) (entities.Geometry, error) {
	none := entities.Geometry{}
	if t == nil || t.version == nil || !countable(t.code.Kind()) || slices.Contains(seen, t.code) {
		return none, nil
	}
	if !t.version.Geometry.IsZero() {
		return t.version.Geometry, nil
	}
	if steps == 0 {
		return none, nil
	}
	roles := make([]string, 0, 4)
	for _, r := range d.q.s.byKind[t.code.Kind()].Roles {
		roles = append(roles, r.Name)
	}
	for _, role := range roles {
		for l, err := range d.v.reader.Links(ctx, entities.LinkQuery{Codes: []entities.Code{t.code}, Roles: []string{role}, Valid: entities.During(t.moment(d.at))}) {
			if err != nil {
				return none, fmt.Errorf("links of %s: %w", t.code, err)
			}
			far, err := d.thing(ctx, l.To)
			if err != nil {
				return none, err
			}
			if g, err := d.placeFrom(ctx, far, steps-1, append(seen, t.code)); err != nil || !g.IsZero() {
				return g, err
			}
		}
	}
	return none, nil
}
