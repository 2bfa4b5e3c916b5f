package entities

import "fmt"

func (a *Assert) check() error {
	if err := checkRef(a.Subject); err != nil {
		return err
	}
	if a.Kind != 0 && !a.Kind.Valid() {
		return fmt.Errorf("%w: number %d", ErrUnknownKind, a.Kind)
	}
	if err := checkAttrs(a.Patch, a.Secondary); err != nil {
		return err
	}
	switch a.Cause {
	case CauseChange, CauseCorrection, CauseSplit, CauseMerge, CauseRevert:
	default:
		return fmt.Errorf("%w: an assertion cannot have cause %s", ErrInvalidBatch, a.Cause)
	}
	return a.Over.check()
}

func checkAttrs(patch, secondary Attrs) error {
	for _, attrs := range []Attrs{patch, secondary} {
		if err := attrs.check(); err != nil {
			return err
		}
		for _, name := range []string{GeometryAttr, ClassAttr} {
			if !attrs.Get(name).IsUnset() {
				return fmt.Errorf("%w: an attribute cannot be named %q", ErrInvalidValue, name)
			}
		}
	}
	for _, s := range secondary {
		if s.Value.IsUnset() {
			return fmt.Errorf("%w: secondary attribute %q is unset", ErrInvalidValue, s.Name)
		}
		for _, p := range patch {
			if p.Name == s.Name {
				return fmt.Errorf("%w: attribute %q is both in Patch and in Secondary", ErrInvalidBatch, s.Name)
			}
		}
	}
	return nil
}

func (a *End) check() error {
	if err := checkRef(a.Subject); err != nil {
		return err
	}
	for _, into := range a.Into {
		if err := checkRef(into); err != nil {
			return err
		}
	}
	if len(a.Into) > 0 && a.Over.From == Beginning {
		return fmt.Errorf("%w: what never was cannot have been replaced", ErrInvalidBatch)
	}
	return a.Over.check()
}

func (a *ClaimAlias) check() error {
	if err := a.Key.check(); err != nil {
		return err
	}
	if err := checkRef(a.Subject); err != nil {
		return err
	}
	return a.Over.check()
}

func (a *EndAlias) check() error {
	if err := a.Key.check(); err != nil {
		return err
	}
	if !a.Subject.IsZero() {
		if err := checkRef(a.Subject); err != nil {
			return err
		}
	}
	return a.Over.check()
}

func (a *Relate) check() error {
	if err := checkRef(a.From); err != nil {
		return err
	}
	if a.Role == "" {
		return fmt.Errorf("%w: a link needs a role", ErrInvalidBatch)
	}
	for _, t := range a.To {
		if err := checkRef(t.To); err != nil {
			return err
		}
		if !(t.Confidence >= 0 && t.Confidence <= 1) {
			return fmt.Errorf("%w: confidence %v is outside 0 to 1", ErrInvalidBatch, t.Confidence)
		}
	}
	return a.Over.check()
}

func (a *SameAs) check() error {
	if err := checkRef(a.Duplicate); err != nil {
		return err
	}
	return checkRef(a.Of)
}

func (a *UndoSameAs) check() error { return checkRef(a.Duplicate) }

func (a *Mark) check() error {
	switch a.State {
	case Reserved, Active, Frozen:
	default:
		return fmt.Errorf("%w: a code cannot be marked %s", ErrInvalidBatch, a.State)
	}
	return checkRef(a.Subject)
}

func (a *Erase) check() error {
	if a.Reason == "" {
		return fmt.Errorf("%w: an erasure needs its reason", ErrInvalidBatch)
	}
	return checkRef(a.Subject)
}

func (a *Restore) check() error {
	if a.To < 0 {
		return fmt.Errorf("%w: %d", ErrUnknownRevision, a.To)
	}
	return checkRef(a.Subject)
}
