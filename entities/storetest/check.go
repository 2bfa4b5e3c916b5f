package storetest

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/chengma/chengma/entities"
)

// checkBatch finds what is wrong with a batch whatever the store holds.
func checkBatch(batch entities.Batch) error {
	if batch.Key == "" {
		return fmt.Errorf("%w: no key", entities.ErrInvalidBatch)
	}
	for i, act := range batch.Acts {
		if act == nil {
			return fmt.Errorf("%w: act %d is nil", entities.ErrInvalidBatch, i)
		}
		if err := checkAct(act); err != nil {
			return &entities.ActError{Index: i, Act: act, Err: err}
		}
	}
	return nil
}

func checkAct(act entities.Act) error {
	switch a := act.(type) {
	case *entities.Assert:
		return first(checkRef(a.Subject), checkAssert(a), checkOver(a.Over))
	case *entities.End:
		return first(checkRef(a.Subject), checkOver(a.Over))
	case *entities.ClaimAlias:
		return first(checkRef(entities.Ref{Key: a.Key}), checkRef(a.Subject), checkOver(a.Over))
	case *entities.EndAlias:
		return first(checkRef(entities.Ref{Key: a.Key}), checkOver(a.Over))
	case *entities.Relate:
		if a.Role == "" {
			return fmt.Errorf("%w: a link without a role", entities.ErrInvalidBatch)
		}
		for _, t := range a.To {
			if err := checkRef(t.To); err != nil {
				return err
			}
			if !(t.Confidence >= 0 && t.Confidence <= 1) {
				return fmt.Errorf("%w: confidence %g", entities.ErrInvalidBatch, t.Confidence)
			}
		}
		return first(checkRef(a.From), checkOver(a.Over))
	case *entities.SameAs:
		return first(checkRef(a.Duplicate), checkRef(a.Of))
	case *entities.UndoSameAs:
		return checkRef(a.Duplicate)
	case *entities.Mark:
		if a.State != entities.Reserved && a.State != entities.Frozen && a.State != entities.Active {
			return fmt.Errorf("%w: no code is marked %s", entities.ErrInvalidBatch, a.State)
		}
		return checkRef(a.Subject)
	case *entities.Erase:
		if a.Reason == "" {
			return fmt.Errorf("%w: erasure without a reason", entities.ErrInvalidBatch)
		}
		return checkRef(a.Subject)
	case *entities.Restore:
		return checkRef(a.Subject)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkOver(over entities.Interval) error {
	if over.Empty() {
		return fmt.Errorf("%w: %s", entities.ErrEmptyInterval, over)
	}
	return nil
}

func checkRef(ref entities.Ref) error {
	switch {
	case ref.Code != 0 && (!ref.Code.Kind().Valid() || ref.Code.Serial() == 0):
		return fmt.Errorf("%w: %d", entities.ErrMalformedCode, uint64(ref.Code))
	case ref.Code == 0 && (ref.Key.Scheme == "" || ref.Key.Value == ""):
		return fmt.Errorf("%w: alias %q", entities.ErrInvalidBatch, ref.Key)
	}
	return nil
}

func checkAssert(a *entities.Assert) error {
	if a.Kind != 0 && !a.Kind.Valid() {
		return fmt.Errorf("%w: %d", entities.ErrUnknownKind, a.Kind)
	}
	for _, attrs := range []entities.Attrs{a.Patch, a.Secondary} {
		for _, attr := range attrs {
			if err := checkAttr(attr); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkAttr(attr entities.Attr) error {
	if attr.Name == "" || attr.Name == entities.ClassAttr || attr.Name == entities.GeometryAttr {
		return fmt.Errorf("%w: attribute name %q", entities.ErrInvalidValue, attr.Name)
	}
	if f, number := attr.Value.Float(); number && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return fmt.Errorf("%w: %s is %g", entities.ErrInvalidValue, attr.Name, f)
	}
	if attr.Value.Type() == entities.StringType && !utf8.ValidString(attr.Value.Text()) {
		return fmt.Errorf("%w: %s is not UTF-8", entities.ErrInvalidValue, attr.Name)
	}
	return nil
}
