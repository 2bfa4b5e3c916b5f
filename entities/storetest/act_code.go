package storetest

import (
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

func (w *work) sameAs(a *entities.SameAs) (entities.Result, error) {
	code, err := w.own(a.Duplicate)
	if err != nil {
		return entities.Result{}, err
	}
	of, err := w.thing(a.Of, entities.Forever-1)
	if err != nil {
		return entities.Result{}, err
	}
	result := entities.Result{Code: code}
	switch now := w.stateOf(code); {
	case code.Kind() != of.Kind():
		return result, fmt.Errorf("%s and %s: %w", code, of, entities.ErrKindMismatch)
	case now.known && now.sameAs == of:
		return result, nil
	case code == of || now.sameAs != 0:
		return result, fmt.Errorf("%w: %s is a duplicate already", entities.ErrInvalidBatch, code)
	}
	if err := w.writable(code); err != nil {
		return result, err
	}
	if w.changed[code] {
		// Undoing it goes back to what a revision knew, which does not know this yet.
		return result, fmt.Errorf("%w: %s is changed by the same batch", entities.ErrInvalidBatch, code)
	}
	w.setFacts(code, factsOf(nil))
	w.states[code] = state{known: true, is: entities.Retired, reason: a.Reason, sameAs: of}
	result.Outcome = entities.Updated
	return result, nil
}

func (w *work) undo(a *entities.UndoSameAs) (entities.Result, error) {
	code, err := w.own(a.Duplicate)
	if err != nil {
		return entities.Result{}, err
	}
	result := entities.Result{Code: code}
	now := w.stateOf(code)
	switch {
	case now.sameAs == 0:
		return result, nil
	case now.since == 0:
		return result, fmt.Errorf("%w: %s became a duplicate in this batch", entities.ErrInvalidBatch, code)
	}
	w.setFacts(code, factsOf(w.m.versionsAt(code, now.since-1)))
	w.states[code] = state{}
	result.Outcome = entities.Updated
	return result, nil
}

func (w *work) mark(i int, a *entities.Mark) (entities.Result, error) {
	code, err := w.own(a.Subject)
	result := entities.Result{Code: code}
	if err != nil {
		if a.State != entities.Reserved || !w.nameless(a.Subject) || !a.Kind.Valid() {
			return result, err
		}
		if code, err = w.give(i, a.Kind, a.Subject.Key, entities.Always, holder{}); err != nil {
			return result, err
		}
		w.states[code] = state{known: true, is: entities.Reserved, reason: a.Reason}
		return entities.Result{Code: code, Minted: true, Outcome: entities.Created}, nil
	}
	now := w.stateOf(code)
	if now.is == entities.Erased && now.known || now.sameAs != 0 {
		return result, fmt.Errorf("%w: %s cannot be marked", entities.ErrInvalidBatch, code)
	}
	frozen := now.known && now.is == entities.Frozen
	switch {
	case a.State == entities.Frozen && !(frozen && now.reason == a.Reason):
		w.states[code] = state{known: true, is: entities.Frozen, reason: a.Reason}
		result.Outcome = entities.Updated
	case a.State == entities.Active && frozen:
		w.states[code] = state{}
		result.Outcome = entities.Updated
	}
	return result, nil
}

func (w *work) erase(a *entities.Erase) (entities.Result, error) {
	code, err := w.own(a.Subject)
	if err != nil {
		return entities.Result{}, err
	}
	if now := w.stateOf(code); now.known && now.is == entities.Erased {
		return entities.Result{Code: code}, nil
	}
	w.setFacts(code, factsOf(nil))
	clear(w.linksOf(code))
	for _, key := range w.keysOf(code) {
		w.keys[key] = w.keyLine(key).with(entities.Always, func(old []holder) []holder {
			return only(old, func(h holder) bool { return h.code != code })
		})
	}
	w.states[code] = state{known: true, is: entities.Erased, reason: a.Reason}
	w.erased = append(w.erased, code)
	return entities.Result{Code: code, Outcome: entities.Updated}, nil
}

func (w *work) restore(a *entities.Restore) (entities.Result, error) {
	code, err := w.own(a.Subject)
	if err != nil {
		return entities.Result{}, err
	}
	result := entities.Result{Code: code}
	if now := w.stateOf(code); now.known && now.is == entities.Erased {
		return result, fmt.Errorf("%s: %w", code, entities.ErrErased)
	}
	if a.To > w.m.head() {
		return result, fmt.Errorf("%w: %d", entities.ErrUnknownRevision, a.To)
	}
	result.Outcome = entities.Updated
	if w.isAsOf(code, a.To) {
		result.Outcome = entities.Unchanged
	}
	now := w.factsOf(code).versions(code)
	past := w.m.versionsAt(code, a.To)
	for i := range past {
		same := slices.IndexFunc(now, func(v entities.Entity) bool { return v.Valid == past[i].Valid && v.SameState(&past[i]) })
		if same >= 0 {
			past[i] = now[same]
		} else {
			past[i].Cause = entities.CauseRevert
		}
	}
	w.setFacts(code, factsOf(past))
	w.links[code] = linesOf(w.m.linksAt(code, a.To))
	w.states[code] = w.m.stateAt(code, a.To)
	for _, key := range w.keysOf(code) {
		then := holdersOf(w.m.aliasesAt(key, a.To))
		line := w.keyLine(key)
		for _, over := range bothCuts(line, then) {
			line = line.put(over, append(
				only(line.at(over.From), func(h holder) bool { return h.code != code }),
				only(then.at(over.From), func(h holder) bool { return h.code == code })...))
		}
		w.keys[key] = line
	}
	return result, nil
}

// isAsOf reports whether a thing is now what a revision knew of it.
func (w *work) isAsOf(code entities.Code, rev entities.Revision) bool {
	if !sameVersions(w.factsOf(code).versions(code), factsOf(w.m.versionsAt(code, rev)).versions(code)) {
		return false
	}
	then, now := w.m.stateAt(code, rev), w.stateOf(code)
	then.since, now.since = 0, 0
	if then != now || !sameLinkRows(linkRows(code, w.linksOf(code)), w.m.linksAt(code, rev)) {
		return false
	}
	for _, key := range w.keysOf(code) {
		then, now := holdersOf(w.m.aliasesAt(key, rev)), w.keyLine(key)
		for _, over := range bothCuts(then, now) {
			mine := func(h holder) bool { return h.code == code }
			if !sameHolders(only(then.at(over.From), mine), only(now.at(over.From), mine)) {
				return false
			}
		}
	}
	return true
}

func bothCuts[T any](a, b timeline[T]) []entities.Interval {
	var out []entities.Interval
	for t := entities.Beginning; t < entities.Forever; {
		next := min(a.next(t), b.next(t))
		out = append(out, entities.Interval{From: t, To: next})
		t = next
	}
	return out
}
