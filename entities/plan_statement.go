package entities

import "slices"

// statement applies one assertion to the segments of its interval, from the
// earliest on. Where it is late (a change without end) each thing that it states
// is dropped at the first segment that already says otherwise than the first
// segment did: from there on a later change is known.
type statement struct {
	act   *Assert
	code  Code
	late  bool
	first *Entity         // version of the first segment, nil where there was none
	ended bool            // a later beginning or end of the thing is known
	known map[string]bool // what a later change is known of
	found []Discrepancy
}

// segment returns what the segment becomes: nothing or one version.
func (s *statement) segment(seg *segment, first bool) []Entity {
	if first {
		s.first = seg.version
	} else if s.late {
		s.look(seg.version)
	}
	switch {
	case s.ended && seg.version == nil:
		return nil
	case seg.version == nil:
		return []Entity{s.created(seg.valid)}
	}
	version := *seg.version
	version.Valid = seg.valid
	if !s.ended {
		s.patch(&version)
	}
	return []Entity{version}
}

// look notes what is said of the segment otherwise than of the first one.
func (s *statement) look(version *Entity) {
	if (version == nil) != (s.first == nil) {
		s.ended = true
	}
	if s.ended || version == nil {
		return
	}
	note := func(name string) {
		if s.known == nil {
			s.known = make(map[string]bool)
		}
		s.known[name] = true
	}
	if version.Class != s.first.Class {
		note(ClassAttr)
	}
	if !version.Geometry.Equal(s.first.Geometry) {
		note(GeometryAttr)
	}
	for _, attrs := range []Attrs{version.Attrs, s.first.Attrs} {
		for _, attr := range attrs {
			if version.Attrs.Get(attr.Name) != s.first.Attrs.Get(attr.Name) {
				note(attr.Name)
			}
		}
	}
}

func (s *statement) cause() Cause {
	if s.act.Cause == CauseChange && s.act.Mode == Correction {
		return CauseCorrection
	}
	return s.act.Cause
}

// created returns the version of a thing that was not.
func (s *statement) created(valid Interval) Entity {
	a := s.act
	version := Entity{
		Code: s.code, Class: a.Class, Valid: valid, Cause: s.cause(), Origin: a.Origin,
		Attrs:    Attrs{}.Patched(a.Patch).Patched(a.Secondary),
		Recorded: Span{To: Open},
	}
	if a.Geometry != nil {
		version.Geometry = *a.Geometry
	}
	return version
}

// patch puts what is stated into a version and notes where it comes from.
func (s *statement) patch(v *Entity) {
	before := *v
	patch := s.patchFor(v)
	v.Attrs = v.Attrs.Patched(patch)
	stated := make(map[string]bool, len(patch)+2)
	for _, attr := range patch {
		stated[attr.Name] = true
	}
	if s.act.Class != "" && !s.known[ClassAttr] {
		v.Class = s.act.Class
		stated[ClassAttr] = true
	}
	if s.act.Geometry != nil && !s.known[GeometryAttr] && !(s.act.Geometry.IsZero() && s.foreign(v, GeometryAttr)) {
		v.Geometry = *s.act.Geometry
		stated[GeometryAttr] = true
	}
	if v.SameState(&before) {
		*v = before // a known state keeps its origin too
		return
	}
	v.Cause = s.cause()
	v.Origin, v.Origins = mergeOrigins(v, &before, s.act.Origin, stated)
}

// patchFor returns the attributes of the assertion that take effect on a version:
// all of Patch, those of Secondary that no other source has given, and, for a
// whole record, the removal of what the source no longer says.
func (s *statement) patchFor(v *Entity) Attrs {
	a := s.act
	if len(a.Secondary) == 0 && !a.Whole && len(s.known) == 0 && !a.Patch.removes() {
		return a.Patch
	}
	var patch []Attr
	for _, attr := range a.Patch {
		if !s.known[attr.Name] && !(attr.Value.IsUnset() && s.foreign(v, attr.Name)) {
			patch = append(patch, attr)
		}
	}
	for _, attr := range a.Secondary {
		if s.known[attr.Name] {
			continue // a later change is known, which this does not speak of
		}
		held := v.Attrs.Get(attr.Name)
		source := v.OriginOf(attr.Name).Source
		switch {
		case held.IsUnset() || source == a.Origin.Source:
			patch = append(patch, attr)
		case held != attr.Value:
			s.found = append(s.found, Discrepancy{
				Code: s.code, Name: attr.Name, Over: v.Valid, Kept: held, KeptSource: source,
				Other: attr.Value, OtherSource: a.Origin.Source,
			})
		}
	}
	if a.Whole {
		patch = append(patch, s.removals(v)...)
	}
	return NewAttrs(patch...)
}

// foreign reports whether another source gave what a version says of a name: that
// this source says nothing of it does not take it away.
func (s *statement) foreign(v *Entity, name string) bool {
	return v.OriginOf(name).Source != s.act.Origin.Source
}

// removals returns Unset for the attributes of the source that a whole record
// does not name.
func (s *statement) removals(v *Entity) []Attr {
	var gone []Attr
	named := func(attrs Attrs, name string) bool {
		return slices.ContainsFunc(attrs, func(a Attr) bool { return a.Name == name })
	}
	for _, attr := range v.Attrs {
		if v.OriginOf(attr.Name).Source == s.act.Origin.Source && !s.known[attr.Name] &&
			!named(s.act.Patch, attr.Name) && !named(s.act.Secondary, attr.Name) {
			gone = append(gone, Attr{Name: attr.Name, Value: Unset})
		}
	}
	return gone
}

// mergeOrigins returns the origins of a version of which some things were stated
// anew: the commoner of new and old as the version's own, the rest apart.
func mergeOrigins(v, before *Entity, origin Origin, stated map[string]bool) (Origin, []AttrOrigin) {
	names := make([]string, 0, len(v.Attrs)+2)
	for _, attr := range v.Attrs {
		names = append(names, attr.Name)
	}
	if !v.Geometry.IsZero() {
		names = append(names, GeometryAttr)
	}
	if v.Class != "" {
		names = append(names, ClassAttr)
	}
	fresh := 0
	for _, name := range names {
		if stated[name] {
			fresh++
		}
	}
	main := before.Origin
	if 2*fresh >= len(names) {
		main = origin
	}
	var apart []AttrOrigin
	for _, name := range names {
		of := origin
		if !stated[name] {
			of = before.OriginOf(name)
		}
		if of != main {
			apart = append(apart, AttrOrigin{Name: name, Origin: of})
		}
	}
	slices.SortFunc(apart, func(a, b AttrOrigin) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return main, apart
}
