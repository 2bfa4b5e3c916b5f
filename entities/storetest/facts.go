package storetest

import (
	"maps"
	"slices"

	"github.com/chengma/chengma/entities"
)

// facts is what one revision knows of one thing: a timeline for each thing that
// can be stated of it. It is never changed once published.
type facts struct {
	exists timeline[bool]
	wrote  timeline[writing]
	said   map[string]timeline[stated] // attributes, class and geometry by name
}

// writing is why and from where something was last changed.
type writing struct {
	cause  entities.Cause
	origin entities.Origin
}

// stated is one thing said of a thing. The zero stated says nothing.
type stated struct {
	value    entities.Value
	class    string
	geometry entities.Geometry
	origin   entities.Origin
}

func (s stated) nothing() bool { return sameStated(s, stated{}) }

// sameStated compares what is said, not where it comes from.
func sameStated(a, b stated) bool {
	return a.value == b.value && a.class == b.class && a.geometry.Equal(b.geometry)
}

func sameValue[T comparable](a, b T) bool { return a == b }

func (f *facts) clone() *facts {
	if f == nil {
		return &facts{said: map[string]timeline[stated]{}}
	}
	c := *f
	c.said = maps.Clone(f.said)
	return &c
}

// reach is the interval over which a statement about a name holds.
func (f *facts) reach(name string, over entities.Interval, mode entities.Mode) entities.Interval {
	if mode == entities.Correction || over.To != entities.Forever {
		return over
	}
	over.To = min(f.exists.change(over.From, sameValue), f.said[name].change(over.From, sameStated))
	return over
}

// state writes a fact over an interval and notes where that made a difference.
func (f *facts) state(name string, over entities.Interval, s stated, w writing) {
	line := f.said[name]
	for _, t := range line.edges(over) {
		if !sameStated(line.at(t), s) {
			f.note(t, min(over.To, line.next(t)), w)
		}
	}
	if s.nothing() {
		s = stated{}
	}
	f.said[name] = line.put(over, s)
}

// next returns the first step after t.
func (l timeline[T]) next(t entities.Instant) entities.Instant {
	for _, s := range l {
		if s.from > t {
			return s.from
		}
	}
	return entities.Forever
}

func (f *facts) note(from, to entities.Instant, w writing) {
	f.wrote = f.wrote.put(entities.Interval{From: from, To: to}, w)
}

// statements are what an assertion says, by name.
func statements(a *entities.Assert) map[string]stated {
	said := make(map[string]stated)
	for _, attr := range a.Patch {
		said[attr.Name] = stated{value: attr.Value, origin: a.Origin}
	}
	if a.Class != "" {
		said[entities.ClassAttr] = stated{class: a.Class, origin: a.Origin}
	}
	if a.Geometry != nil {
		said[entities.GeometryAttr] = stated{geometry: *a.Geometry, origin: a.Origin}
	}
	return said
}

// assert folds an assertion in and returns where another source disagrees.
func (f *facts) assert(a *entities.Assert) []entities.Discrepancy {
	w := writing{a.Cause, a.Origin}
	if w.cause == entities.CauseChange && a.Mode == entities.Correction {
		w.cause = entities.CauseCorrection
	}
	before := f.clone() // every reach is measured on what was known before

	being := a.Over
	if a.Mode == entities.Change && being.To == entities.Forever {
		being.To = before.exists.change(being.From, sameValue)
	}
	for _, t := range before.exists.edges(being) {
		if !before.exists.at(t) {
			f.note(t, min(being.To, before.exists.next(t)), w)
		}
	}
	f.exists = f.exists.put(being, true)

	said := statements(a)
	if a.Whole {
		f.silence(a, before, w)
	}
	for name, s := range said {
		if s.nothing() {
			f.remove(name, a, before, w)
			continue
		}
		f.state(name, before.reach(name, a.Over, a.Mode), s, w)
	}
	var found []entities.Discrepancy
	for _, attr := range a.Secondary {
		found = append(found, f.second(attr, a, before, w)...)
	}
	f.keepOrigins(a.Over, before)
	return found
}

// keepOrigins gives back their origins to the instants at which an assertion said
// nothing new: what was known already keeps where it comes from.
func (f *facts) keepOrigins(over entities.Interval, before *facts) {
	for _, part := range append(f.cutsIn(over), before.cutsIn(over)...) {
		if !f.sameAs(before, part.From) {
			continue
		}
		part.To = min(part.To, before.nextEdge(part.From), f.nextEdge(part.From))
		for name := range f.said {
			f.said[name] = f.said[name].put(part, before.said[name].at(part.From))
		}
		f.wrote = f.wrote.put(part, before.wrote.at(part.From))
	}
}

// sameAs reports whether two say the same at an instant.
func (f *facts) sameAs(o *facts, t entities.Instant) bool {
	if f.exists.at(t) != o.exists.at(t) {
		return false
	}
	for name := range f.said {
		if !sameStated(f.said[name].at(t), o.said[name].at(t)) {
			return false
		}
	}
	return true
}

// silence removes what the source of a whole statement does not say again.
func (f *facts) silence(a *entities.Assert, before *facts, w writing) {
	for _, name := range slices.Sorted(maps.Keys(before.said)) {
		if name == entities.ClassAttr || name == entities.GeometryAttr || named(a.Patch, name) || named(a.Secondary, name) {
			continue
		}
		f.remove(name, a, before, w)
	}
}

// remove takes away what the assertion's source said under a name; what another
// source said stays.
func (f *facts) remove(name string, a *entities.Assert, before *facts, w writing) {
	line := before.said[name]
	over := before.reach(name, a.Over, a.Mode)
	for _, t := range line.edges(over) {
		old := line.at(t)
		if old.nothing() || old.origin.Source != a.Origin.Source {
			continue
		}
		f.state(name, entities.Interval{From: t, To: min(over.To, line.next(t))}, stated{}, w)
	}
}

func named(attrs entities.Attrs, name string) bool {
	return slices.ContainsFunc(attrs, func(a entities.Attr) bool { return a.Name == name })
}

// second folds in one attribute that another source answers for.
func (f *facts) second(attr entities.Attr, a *entities.Assert, before *facts, w writing) []entities.Discrepancy {
	var found []entities.Discrepancy
	line := before.said[attr.Name]
	over := before.reach(attr.Name, a.Over, a.Mode)
	for _, t := range line.edges(over) {
		part := entities.Interval{From: t, To: min(over.To, line.next(t))}
		old := line.at(t)
		switch {
		case old.nothing() || old.origin.Source == a.Origin.Source:
			f.state(attr.Name, part, stated{value: attr.Value, origin: a.Origin}, w)
		case old.value != attr.Value:
			found = append(found, entities.Discrepancy{
				Name: attr.Name, Over: part, Kept: old.value, KeptSource: old.origin.Source,
				Other: attr.Value, OtherSource: a.Origin.Source,
			})
		}
	}
	return found
}

// end says that the thing is not. What ended there, if it was to go on, has the
// cause.
func (f *facts) end(over entities.Interval, mode entities.Mode, cause entities.Cause) {
	if mode == entities.Change && over.To == entities.Forever {
		over.To = f.exists.change(over.From, sameValue)
	}
	for _, v := range f.versions(0) {
		if v.Valid.From < over.From && over.From < v.Valid.To {
			f.note(v.Valid.From, over.From, writing{cause, v.Origin})
		}
	}
	f.exists = f.exists.put(over, false)
	for name, line := range f.said {
		f.said[name] = line.put(over, stated{})
	}
}

// versions returns the thing over the longest intervals on which it stays the
// same. Where neighbours say the same the earlier one's origins stand for both.
func (f *facts) versions(code entities.Code) []entities.Entity {
	var out []entities.Entity
	for _, over := range f.cutsIn(entities.Always) {
		e, there := f.version(code, over)
		if !there {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Valid.To == over.From && out[n-1].SameState(&e) {
			out[n-1].Valid.To = over.To
			continue
		}
		out = append(out, e)
	}
	return out
}

// factsOf is the other way round: what disjoint versions say.
func factsOf(versions []entities.Entity) *facts {
	f := &facts{said: map[string]timeline[stated]{}}
	for i := range versions {
		v := &versions[i]
		f.exists = f.exists.put(v.Valid, true)
		f.wrote = f.wrote.put(v.Valid, writing{v.Cause, v.Origin})
		say := func(name string, s stated) {
			s.origin = v.OriginOf(name)
			f.said[name] = f.said[name].put(v.Valid, s)
		}
		for _, attr := range v.Attrs {
			say(attr.Name, stated{value: attr.Value})
		}
		if v.Class != "" {
			say(entities.ClassAttr, stated{class: v.Class})
		}
		if !v.Geometry.IsZero() {
			say(entities.GeometryAttr, stated{geometry: v.Geometry})
		}
	}
	return f
}

// cutsIn returns the parts of an interval between all edges of all facts.
func (f *facts) cutsIn(over entities.Interval) []entities.Interval {
	var out []entities.Interval
	for t := over.From; t < over.To; {
		next := min(over.To, f.nextEdge(t))
		out = append(out, entities.Interval{From: t, To: next})
		t = next
	}
	return out
}

func (f *facts) nextEdge(t entities.Instant) entities.Instant {
	next := min(f.exists.next(t), f.wrote.next(t))
	for _, line := range f.said {
		next = min(next, line.next(t))
	}
	return next
}

func (f *facts) version(code entities.Code, over entities.Interval) (entities.Entity, bool) {
	if f == nil || !f.exists.at(over.From) {
		return entities.Entity{}, false
	}
	w := f.wrote.at(over.From)
	e := entities.Entity{Code: code, Valid: over, Cause: w.cause, Origin: w.origin}
	var attrs []entities.Attr
	for _, name := range slices.Sorted(maps.Keys(f.said)) {
		s := f.said[name].at(over.From)
		switch {
		case s.nothing():
			continue
		case name == entities.ClassAttr:
			e.Class = s.class
		case name == entities.GeometryAttr:
			e.Geometry = s.geometry
		default:
			attrs = append(attrs, entities.Attr{Name: name, Value: s.value})
		}
		if s.origin != e.Origin {
			e.Origins = append(e.Origins, entities.AttrOrigin{Name: name, Origin: s.origin})
		}
	}
	e.Attrs = entities.NewAttrs(attrs...)
	return e, true
}
