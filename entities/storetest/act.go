package storetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// work is a batch on its way into a model: what it has touched so far, unfolded
// into timelines.
type work struct {
	m       *Model
	mint    func(act int, kind entities.Kind) (entities.Code, error)
	facts   map[entities.Code]*facts
	changed map[entities.Code]bool // whose versions are others than before the batch, or were
	keys    map[entities.Key]timeline[[]holder]
	links   map[entities.Code]map[lane]timeline[[]entities.Target]
	states  map[entities.Code]state
	minted  []entities.Code
	erased  []entities.Code
	found   []entities.Discrepancy
	results []entities.Result
}

// holder is who has a key.
type holder struct {
	code         entities.Code
	mask, source string
}

// lane is what a source says about a role of a thing.
type lane struct{ role, source string }

// state is what is recorded of a code. The zero state says nothing, so that the
// code is active or retired by its versions.
type state struct {
	known  bool
	is     entities.State
	reason string
	sameAs entities.Code
	since  entities.Revision // 0: this batch
}

func sameHolders(a, b []holder) bool { return sameSet(a, b) }

func sameTargets(a, b []entities.Target) bool { return sameSet(a, b) }

func sameSet[T comparable](a, b []T) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x T) bool { return !slices.Contains(b, x) })
}

// step folds one act in.
func (w *work) step(i int, act entities.Act) (entities.Result, error) {
	switch act := act.(type) {
	case *entities.Assert:
		return w.assert(i, act)
	case *entities.End:
		return w.end(act)
	case *entities.ClaimAlias:
		return w.claim(act)
	case *entities.EndAlias:
		return w.endAlias(act)
	case *entities.Relate:
		return w.relate(act)
	case *entities.SameAs:
		return w.sameAs(act)
	case *entities.UndoSameAs:
		return w.undo(act)
	case *entities.Mark:
		return w.mark(i, act)
	case *entities.Erase:
		return w.erase(act)
	case *entities.Restore:
		return w.restore(act)
	}
	return entities.Result{}, fmt.Errorf("%w: unknown act %T", entities.ErrInvalidBatch, act)
}

func (w *work) assert(i int, a *entities.Assert) (entities.Result, error) {
	var result entities.Result
	code, err := w.thing(a.Subject, a.Over.From)
	switch {
	case err == nil:
		if a.Kind != 0 && a.Kind != code.Kind() {
			return result, fmt.Errorf("%s: %w", code, entities.ErrKindMismatch)
		}
		if err := w.writable(code); err != nil {
			return result, err
		}
	case w.nameless(a.Subject) && a.Kind.Valid():
		valid := a.KeyValid
		if valid == (entities.Interval{}) {
			valid = entities.Always
		}
		if code, err = w.give(i, a.Kind, a.Subject.Key, valid, holder{mask: a.KeyMask, source: a.Origin.Source}); err != nil {
			return result, err
		}
		result.Minted = true
	default:
		return result, err
	}
	result.Code = code
	before := w.factsOf(code)
	after := before.clone()
	for _, d := range after.assert(a) {
		d.Code = code
		w.found = append(w.found, d)
	}
	w.setFacts(code, after)
	if w.stateOf(code).known && w.stateOf(code).is == entities.Reserved {
		w.states[code] = state{}
	}
	switch {
	case result.Minted || len(before.versions(code)) == 0:
		result.Outcome = entities.Created
	case !sameVersions(before.versions(code), w.factsOf(code).versions(code)):
		result.Outcome = entities.Updated
	}
	return result, nil
}

// setFacts keeps what becomes of a thing in its shortest form.
func (w *work) setFacts(code entities.Code, f *facts) {
	now := f.versions(code)
	if !sameVersions(w.factsOf(code).versions(code), now) {
		w.changed[code] = true
	}
	w.facts[code] = factsOf(now)
}

func (w *work) end(a *entities.End) (entities.Result, error) {
	code, err := w.thing(a.Subject, a.Over.From)
	if err != nil {
		return entities.Result{}, err
	}
	result := entities.Result{Code: code}
	if err := w.writable(code); err != nil {
		return result, err
	}
	cause := a.Cause
	if cause == entities.CauseChange {
		cause = entities.CauseEnd
	}
	before := w.factsOf(code)
	after := before.clone()
	after.end(a.Over, a.Mode, cause)
	w.setFacts(code, after)
	if !sameVersions(before.versions(code), w.factsOf(code).versions(code)) {
		result.Outcome = entities.Updated
	}
	if len(a.Into) == 0 {
		return result, nil
	}
	into := &entities.Relate{
		From: entities.ByCode(code), Role: entities.RoleReplacedBy, Mode: entities.Correction,
		Over: entities.Since(a.Over.From), Source: a.Origin.Source,
	}
	for _, ref := range a.Into {
		into.To = append(into.To, entities.Target{To: ref, Method: "lineage", Confidence: 1})
	}
	linked, err := w.relate(into)
	result.Outcome = max(result.Outcome, linked.Outcome)
	return result, err
}

func (w *work) claim(a *entities.ClaimAlias) (entities.Result, error) {
	code, err := w.thing(a.Subject, a.Over.From)
	if err != nil {
		return entities.Result{}, err
	}
	if err := w.writable(code); err != nil {
		return entities.Result{}, err
	}
	line := w.keyLine(a.Key)
	over := a.Over
	if a.Mode == entities.Change && over.To == entities.Forever {
		over.To = line.change(over.From, sameHolders)
	}
	has := func(h holder) bool { return h.code == code }
	throughout := true
	for _, t := range line.edges(over) {
		throughout = throughout && slices.ContainsFunc(line.at(t), has)
	}
	after := line.with(over, func(old []holder) []holder {
		kept := slices.DeleteFunc(slices.Clone(old), func(h holder) bool {
			return (h.code != code && !a.Shared) || (h.code == code && !throughout)
		})
		if !throughout {
			kept = append(kept, holder{code, a.Mask, a.Source})
		}
		return kept
	})
	return w.setKey(a.Key, line, after, code), nil
}

func (w *work) endAlias(a *entities.EndAlias) (entities.Result, error) {
	var code entities.Code
	if !a.Subject.IsZero() {
		var err error
		if code, err = w.thing(a.Subject, a.Over.From); err != nil {
			return entities.Result{}, err
		}
	}
	line := w.keyLine(a.Key)
	meant := func(h holder) bool { return code == 0 || h.code == code }
	over := a.Over
	if a.Mode == entities.Change && over.To == entities.Forever {
		over.To = line.change(over.From, func(x, y []holder) bool { return sameHolders(only(x, meant), only(y, meant)) })
	}
	after := line.with(over, func(old []holder) []holder { return slices.DeleteFunc(slices.Clone(old), meant) })
	return w.setKey(a.Key, line, after, code), nil
}

func only[T any](all []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !keep(x) })
}

func (w *work) setKey(key entities.Key, before, after timeline[[]holder], code entities.Code) entities.Result {
	w.keys[key] = after
	result := entities.Result{Code: code}
	if !slices.EqualFunc(before.pieces(sameHolders), after.pieces(sameHolders), func(x, y piece[[]holder]) bool {
		return x.over == y.over && sameHolders(x.value, y.value)
	}) {
		result.Outcome = entities.Updated
	}
	return result
}

func (w *work) relate(a *entities.Relate) (entities.Result, error) {
	from, err := w.thing(a.From, a.Over.From)
	if err != nil {
		return entities.Result{}, err
	}
	result := entities.Result{Code: from}
	if err := w.writable(from); err != nil {
		return result, err
	}
	var fresh []entities.Target
	for _, target := range a.To {
		to, err := w.thing(target.To, a.Over.From)
		if err != nil {
			return result, err
		}
		if now := w.stateOf(to); now.known && now.is == entities.Erased {
			return result, fmt.Errorf("link to %s: %w", to, entities.ErrErased)
		}
		target.To = entities.ByCode(to)
		if !slices.Contains(fresh, target) {
			fresh = append(fresh, target)
		}
	}
	lines := w.linksOf(from)
	id := lane{a.Role, a.Source}
	before := lines[id]
	after := before
	late := a.Mode == entities.Change && a.Over.To == entities.Forever
	if a.Add {
		for _, target := range fresh {
			same := func(t entities.Target) bool { return t.To == target.To }
			over := a.Over
			if late {
				over.To = before.change(over.From, func(x, y []entities.Target) bool { return sameTargets(only(x, same), only(y, same)) })
			}
			after = after.with(over, func(old []entities.Target) []entities.Target {
				return append(slices.DeleteFunc(slices.Clone(old), same), target)
			})
		}
	} else {
		over := a.Over
		if late {
			over.To = before.change(over.From, sameTargets)
		}
		after = after.put(over, fresh)
	}
	lines[id] = after
	if !slices.EqualFunc(before.pieces(sameTargets), after.pieces(sameTargets), func(x, y piece[[]entities.Target]) bool {
		return x.over == y.over && sameTargets(x.value, y.value)
	}) {
		result.Outcome = entities.Updated
	}
	return result, nil
}

// fold folds all acts of a batch in, one after the other.
func (w *work) fold(ctx context.Context, acts []entities.Act) error {
	for i, act := range acts {
		if err := ctx.Err(); err != nil {
			return err
		}
		result, err := w.step(i, act)
		if err != nil {
			return &entities.ActError{Index: i, Act: act, Err: err}
		}
		w.results = append(w.results, result)
	}
	return nil
}
