package api

import (
	"maps"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// Access is what a caller may see. It is decided here and nowhere else: handlers
// get versions through [Access.See] and encoders take what that returns.
//
// A kind is a list of rules, none for a kind that is closed. A version is seen
// where at least one rule admits it, with the fields of all rules that do.
type Access struct {
	kinds [entities.Household + 1]kindAccess
	// mask names what is seen: two callers with one mask see the same. It is
	// empty for what everybody sees, and never tells a key.
	mask string
}

type kindAccess struct {
	rules []rule
	// always are the fields that are shown of every version that is seen; only they
	// can be used where a value decides over rows before the rows are masked.
	always map[string]bool
	// ever are the fields that some rule shows.
	ever map[string]bool
	// whole says that one rule admits every version.
	whole bool
	// counts are the fields that count people, under the rule of disclosure; none
	// for a caller who sees the people themselves.
	counts []string
}

// rule admits some versions of a kind and shows some of their fields.
type rule struct {
	classes []string // empty: all
	rows    *filter  // nil: all
	fields  map[string]bool
}

func (r *rule) admits(e *entities.Entity) (bool, error) {
	if len(r.classes) > 0 && !slices.Contains(r.classes, e.Class) {
		return false, nil
	}
	return r.rows.match(e)
}

// openAccess is what everybody sees: the open kinds with their public fields.
func openAccess(registry *schemas.Registry) *Access {
	a := &Access{}
	for _, kind := range entities.Kinds() {
		described, ok := registry.Lookup(kind.String())
		if !ok || described.Access != schemas.Open {
			continue
		}
		a.kinds[kind].rules = []rule{{fields: fieldsUpTo(described, schemas.Public)}}
	}
	a.finish()
	return a
}

func fieldsUpTo(kind *schemas.Kind, grade schemas.Grade) map[string]bool {
	fields := map[string]bool{}
	for _, f := range kind.Fields {
		if f.Grade <= grade {
			fields[f.Name] = true
		}
	}
	return fields
}

// finish derives what the rules have in common.
func (a *Access) finish() {
	for i := range a.kinds {
		k := &a.kinds[i]
		k.always, k.ever, k.whole, k.counts = map[string]bool{}, map[string]bool{}, false, nil
		for _, r := range k.rules {
			whole := len(r.classes) == 0 && r.rows == nil
			k.whole = k.whole || whole
			for name := range r.fields {
				k.ever[name] = true
				if whole { // every version has the fields of all rules that admit every version
					k.always[name] = true
				}
			}
		}
		if !k.whole {
			k.always = common(k.rules)
		}
	}
	if a.SeesAll(entities.Person) && a.SeesAll(entities.Household) {
		return
	}
	for kind, counts := range published {
		a.kinds[kind].counts = counts
		for _, name := range counts {
			delete(a.kinds[kind].always, name)
		}
	}
}

// common are the fields that all rules show.
func common(rules []rule) map[string]bool {
	fields := map[string]bool{}
	for i, r := range rules {
		if i == 0 {
			maps.Copy(fields, r.fields)
		}
		maps.DeleteFunc(fields, func(name string, _ bool) bool { return !r.fields[name] })
	}
	return fields
}

// Sees reports whether there is anything of a kind for the caller.
func (a *Access) Sees(kind entities.Kind) bool {
	return kind.Valid() && len(a.kinds[kind].rules) > 0
}

// SeesAll reports whether every thing of a kind may be seen, though perhaps not
// every field.
func (a *Access) SeesAll(kind entities.Kind) bool { return kind.Valid() && a.kinds[kind].whole }

// Kinds returns the kinds that the caller sees something of, in order.
func (a *Access) Kinds() []entities.Kind {
	var kinds []entities.Kind
	for _, kind := range entities.Kinds() {
		if a.Sees(kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Shows reports whether the caller may see a field of some thing of a kind.
func (a *Access) Shows(kind entities.Kind, field string) bool {
	return kind.Valid() && a.kinds[kind].ever[field]
}

// Mask names what the caller sees, for caches: empty for what everybody sees.
func (a *Access) Mask() string { return a.mask }

// Visible is one version as the caller may see it. Only the gate makes one.
type Visible struct {
	entities.Entity
}

// See masks a version. It returns false where the caller must not learn that the
// version is there.
func (a *Access) See(e entities.Entity) (Visible, bool, error) {
	kind := e.Kind()
	if !a.Sees(kind) {
		return Visible{}, false, nil
	}
	var shown map[string]bool
	var more []map[string]bool
	for i := range a.kinds[kind].rules {
		r := &a.kinds[kind].rules[i]
		admitted, err := r.admits(&e)
		if err != nil {
			return Visible{}, false, err
		}
		switch {
		case !admitted:
		case shown == nil:
			shown = r.fields
		default:
			more = append(more, r.fields)
		}
	}
	if shown == nil {
		return Visible{}, false, nil
	}
	show := func(name string) bool {
		return shown[name] || slices.ContainsFunc(more, func(m map[string]bool) bool { return m[name] })
	}
	counts := a.kinds[kind].counts
	e.Attrs = keep(e.Attrs, func(a entities.Attr) bool { return show(a.Name) && mayPublish(counts, a) })
	e.Origins = keep(e.Origins, func(o entities.AttrOrigin) bool {
		return o.Name == entities.GeometryAttr || o.Name == entities.ClassAttr || show(o.Name)
	})
	return Visible{e}, true, nil
}

// keep returns the elements that a test wants; list itself where that is all.
func keep[L ~[]T, T any](list L, want func(T) bool) L {
	for i, x := range list {
		if want(x) {
			continue
		}
		out := append(make(L, 0, len(list)-1), list[:i]...)
		for _, x := range list[i+1:] {
			if want(x) {
				out = append(out, x)
			}
		}
		return out
	}
	return list
}
