package ingest

import (
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// asserts makes one assertion a state.
func (w *worker) asserts(it *item, over entities.Interval, mode entities.Mode, origin entities.Origin) *fault {
	p := w.run.prog
	class, bad := w.class()
	if bad != nil {
		return bad
	}
	geometry, bad := w.shapeFor(it)
	if bad != nil {
		return bad
	}
	for i := range p.states {
		s := &p.states[i]
		a := &entities.Assert{
			Subject: entities.Ref{Key: it.key}, Kind: p.kind, KeyMask: it.mask, Over: over, Mode: mode,
			Class: class, Geometry: geometry, Whole: p.whole, Origin: origin,
		}
		if !p.key.mint {
			a.Kind = 0
		}
		if s.mode != nil {
			a.Mode = *s.mode
		}
		if a.Over, bad = w.interval(s.from, s.to, over); bad != nil {
			return bad
		}
		if p.key.record {
			a.KeyValid = entities.Since(a.Over.From)
		}
		if i == 0 {
			it.over = a.Over
		}
		if bad := w.patch(it, s, class, a); bad != nil {
			return bad
		}
		it.acts = append(it.acts, a)
	}
	return nil
}

func (w *worker) class() (string, *fault) {
	p := w.run.prog
	if p.class == nil {
		return p.classConst, nil
	}
	v, bad := w.cell(p.class)
	if bad != nil {
		return "", bad
	}
	name := textOfValue(v)
	if _, ok := p.schema.Class(name); v.IsUnset() || !ok {
		if v.IsUnset() {
			name = ""
		}
		return "", newFault(ruleClass, p.class.at, w.shown(name), strings.Join(classNames(p.schema), ", "))
	}
	return name, nil
}

// shapeFor gets the geometry, or drops it where the mapping allows.
func (w *worker) shapeFor(it *item) (*entities.Geometry, *fault) {
	g := &w.run.prog.geometry
	geometry, bad := w.geometry(it.rec)
	switch {
	case bad != nil && g.drop:
		it.partial = append(it.partial, bad)
		return nil, nil
	case bad != nil:
		return nil, bad
	case geometry == nil && g.required:
		return nil, newFault(ruleNoGeometry, geometryField, "")
	case geometry == nil && g.clears:
		return &entities.Geometry{}, nil
	}
	return geometry, nil
}

// patch converts the attributes of a state and checks them.
func (w *worker) patch(it *item, s *stateProgram, class string, a *entities.Assert) *fault {
	patch := make([]entities.Attr, 0, len(s.fields))
	for i := range s.fields {
		f := &s.fields[i]
		v, bad := w.value(f)
		if bad != nil {
			if !f.drop {
				return bad
			}
			it.partial = append(it.partial, bad)
			continue
		}
		if v.IsUnset() && f.empty == emptyKeeps {
			continue
		}
		if f.secondary && !v.IsUnset() { // what it gave before it may take back
			a.Secondary = append(a.Secondary, entities.Attr{Name: f.name, Value: v})
			continue
		}
		patch = append(patch, entities.Attr{Name: f.name, Value: v})
	}
	a.Patch = patch
	return w.check(it, s, class, a)
}

// value gets one attribute.
func (w *worker) value(f *fieldProgram) (entities.Value, *fault) {
	if !f.konst.IsUnset() {
		return f.konst, nil
	}
	v, bad := w.cell(&f.text)
	if bad != nil {
		bad.field, bad.value = f.name, f.shown(bad.value)
		return v, bad
	}
	if v.IsUnset() {
		if f.required {
			return v, newFault(ruleRequired, f.name, "", "缺少“"+f.field.Title.Zh+"”（列 "+f.text.names+"）",
				"“"+f.field.Title.En+"” is missing (column "+f.text.names+")")
		}
		if f.empty == emptyIsNull {
			return entities.Null, nil
		}
		return v, nil
	}
	return w.convert(f, v)
}

// check asks the kind's schema about the values of an assertion.
func (w *worker) check(it *item, s *stateProgram, class string, a *entities.Assert) *fault {
	schema := w.run.prog.schema
	w.attrs = append(append(w.attrs[:0], a.Patch...), a.Secondary...)
	check := schema.CheckPatch
	if w.run.prog.complete[class] {
		check = schema.Check
	}
	violations := check(class, w.get)
	for i := range violations {
		v := &violations[i]
		f := s.field(v.Field)
		value := w.valueText(v.Field)
		if f != nil {
			value = f.shown(value)
		}
		bad := violationFault(v, value)
		if f == nil || !f.drop {
			return bad
		}
		it.partial = append(it.partial, bad)
		a.Patch = without(a.Patch, f.name)
		a.Secondary = without(a.Secondary, f.name)
	}
	return nil
}

func (s *stateProgram) field(name string) *fieldProgram {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

func without(attrs entities.Attrs, name string) entities.Attrs {
	for i := range attrs {
		if attrs[i].Name == name {
			return append(attrs[:i:i], attrs[i+1:]...)
		}
	}
	return attrs
}

func (w *worker) valueText(name string) string {
	for i := range w.attrs {
		if w.attrs[i].Name == name && !w.attrs[i].Value.IsUnset() {
			return textOfValue(w.attrs[i].Value)
		}
	}
	return ""
}

// attr answers the schema's questions about the attributes at hand.
func (w *worker) attr(name string) (any, bool) {
	for i := range w.attrs {
		if w.attrs[i].Name == name {
			return plain(w.attrs[i].Value)
		}
	}
	return nil, false
}

func plain(v entities.Value) (any, bool) {
	switch v.Type() {
	case entities.UnsetType:
		return nil, false
	case entities.NullType:
		return nil, true
	case entities.BoolType:
		return v.Bool(), true
	case entities.IntType:
		i, _ := v.Int()
		return i, true
	case entities.FloatType:
		f, _ := v.Float()
		return f, true
	case entities.StringType:
		return v.Text(), true
	}
	return schemas.JSON(v.Text()), true
}
