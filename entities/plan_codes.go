package entities

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// anytime is the interval in which acts without one of their own look their keys
// up: the last holder of a key is meant.
var anytime = Interval{From: Forever - 1, To: Forever}

// own finds the thing that an act is about without going from a duplicate to the
// thing that it is a duplicate of.
func (p *planner) own(ctx context.Context, ref Ref) (Code, error) {
	if ref.Code != 0 {
		if err := p.loadIssued(ctx, []Code{ref.Code}); err != nil {
			return 0, err
		}
		if !p.issued[ref.Code] && !p.minted[ref.Code] {
			return 0, fmt.Errorf("%s: %w", ref.Code, ErrNeverIssued)
		}
		return ref.Code, nil
	}
	holders, err := p.holders(ctx, ref.Key, anytime)
	if err != nil {
		return 0, err
	}
	if len(holders) == 0 {
		return 0, notFound(ref.Key.String())
	}
	return holders[0], nil
}

func (p *planner) setState(ctx context.Context, code Code, state *CodeState) error {
	lane, err := p.stateLane(ctx, code)
	if err != nil {
		return err
	}
	if state == nil {
		lane.set(nil)
		return nil
	}
	state.Code, state.Recorded = code, Span{To: Open}
	lane.set([]CodeState{*state})
	return nil
}

func (p *planner) sameAs(ctx context.Context, a *SameAs) (Result, error) {
	duplicate, err := p.own(ctx, a.Duplicate)
	if err != nil {
		return Result{}, err
	}
	of, err := p.thing(ctx, a.Of, anytime)
	if err != nil {
		return Result{}, err
	}
	result := Result{Code: duplicate}
	if duplicate.Kind() != of.Kind() {
		return result, fmt.Errorf("%w: a %s cannot be the same as a %s", ErrKindMismatch, duplicate.Kind(), of.Kind())
	}
	states, err := p.stateLane(ctx, duplicate)
	if err != nil {
		return result, err
	}
	if len(states.now) > 0 && states.now[0].SameAs == of {
		return result, nil
	}
	if already, err := p.follow(ctx, duplicate); err != nil || already != duplicate {
		return result, fmt.Errorf("%w: %s is the same as %s already; undo that first", ErrInvalidBatch, duplicate, already)
	}
	if duplicate == of {
		return result, fmt.Errorf("%w: %s cannot be a duplicate of itself", ErrInvalidBatch, duplicate)
	}
	if err := p.checkOpen(ctx, duplicate); err != nil {
		return result, err
	}
	lane, err := p.versionLane(ctx, duplicate)
	if err != nil {
		return result, err
	}
	if lane.dirty {
		// An undo goes back to what a revision knew; what no revision knows would be lost.
		return result, fmt.Errorf("%w: %s is changed and made a duplicate in one batch; publish the change first", ErrInvalidBatch, duplicate)
	}
	lane.set(nil)
	result.Outcome = Updated
	return result, p.setState(ctx, duplicate, &CodeState{State: Retired, SameAs: of, Reason: a.Reason})
}

func (p *planner) undoSameAs(ctx context.Context, a *UndoSameAs) (Result, error) {
	code, err := p.own(ctx, a.Duplicate)
	if err != nil {
		return Result{}, err
	}
	result := Result{Code: code}
	states, err := p.stateLane(ctx, code)
	if err != nil {
		return result, err
	}
	if len(states.now) == 0 || states.now[0].SameAs == 0 {
		return result, nil
	}
	if states.now[0].Recorded.From == 0 {
		return result, fmt.Errorf("%w: %s became a duplicate in this same batch", ErrInvalidBatch, code)
	}
	past, err := p.load.AsOf(ctx, code, states.now[0].Recorded.From-1)
	if err != nil {
		return result, err
	}
	lane, err := p.versionLane(ctx, code)
	if err != nil {
		return result, err
	}
	lane.set(reopened(past.Versions))
	result.Outcome = Updated
	return result, p.setState(ctx, code, nil)
}

// reopened returns versions as rows to be added again.
func reopened(versions []Entity) []Entity {
	versions = slices.Clone(versions)
	slices.SortFunc(versions, func(a, b Entity) int { return compareOrdered(a.Valid.From, b.Valid.From) })
	for i := range versions {
		versions[i].Recorded = Span{To: Open}
	}
	return versions
}

func (p *planner) mark(ctx context.Context, a *Mark) (Result, error) {
	var result Result
	code, err := p.own(ctx, a.Subject)
	if err != nil {
		if !errors.Is(err, ErrNotFound) || a.State != Reserved || a.Subject.Code != 0 || !a.Kind.Valid() {
			return result, err
		}
		code, err = p.mint(ctx, a.Kind, Alias{Key: a.Subject.Key, Valid: Always})
		if err != nil {
			return result, err
		}
		result.Minted = true
	}
	result.Code = code
	lane, err := p.stateLane(ctx, code)
	if err != nil {
		return result, err
	}
	if len(lane.now) > 0 && (lane.now[0].State == Erased || lane.now[0].SameAs != 0) {
		return result, fmt.Errorf("%w: %s is %s", ErrInvalidBatch, code, lane.now[0].State)
	}
	switch a.State {
	case Reserved:
		if !result.Minted {
			return result, nil // it has been given already
		}
		result.Outcome = Created
		return result, p.setState(ctx, code, &CodeState{State: Reserved, Reason: a.Reason})
	case Frozen:
		if len(lane.now) > 0 && lane.now[0].State == Frozen && lane.now[0].Reason == a.Reason {
			return result, nil
		}
		result.Outcome = Updated
		return result, p.setState(ctx, code, &CodeState{State: Frozen, Reason: a.Reason})
	}
	if len(lane.now) > 0 && lane.now[0].State == Frozen {
		result.Outcome = Updated
		return result, p.setState(ctx, code, nil)
	}
	return result, nil
}

func (p *planner) erase(ctx context.Context, a *Erase) (Result, error) {
	code, err := p.own(ctx, a.Subject)
	if err != nil {
		return Result{}, err
	}
	result := Result{Code: code}
	states, err := p.stateLane(ctx, code)
	if err != nil {
		return result, err
	}
	if len(states.now) > 0 && states.now[0].State == Erased {
		return result, nil
	}
	if err := p.forget(ctx, code); err != nil {
		return result, err
	}
	p.diff.Erased = append(p.diff.Erased, code)
	result.Outcome = Updated
	return result, p.setState(ctx, code, &CodeState{State: Erased, Reason: a.Reason})
}

// forget drops what this same batch has put in of a thing that is erased.
func (p *planner) forget(ctx context.Context, code Code) error {
	versions, err := p.versionLane(ctx, code)
	if err != nil {
		return err
	}
	versions.set(nil)
	links, err := p.linkLane(ctx, code)
	if err != nil {
		return err
	}
	links.set(nil)
	aliases, err := p.load.AliasesOf(ctx, []Code{code})
	if err != nil {
		return err
	}
	for _, row := range aliases {
		if _, err := p.aliasLane(ctx, row.Row.Key); err != nil {
			return err
		}
	}
	for _, lane := range p.aliases {
		lane.dropWhere(func(r *Alias) bool { return r.Code == code })
	}
	for _, lane := range p.links {
		lane.dropWhere(func(r *Link) bool { return r.To == code })
	}
	return nil
}

func (l *lane[T]) dropWhere(drop func(*T) bool) {
	kept := make([]T, 0, len(l.now))
	for i := range l.now {
		if !drop(&l.now[i]) {
			kept = append(kept, l.now[i])
		}
	}
	if len(kept) < len(l.now) {
		l.set(kept)
	}
}

func (p *planner) restore(ctx context.Context, a *Restore) (Result, error) {
	code, err := p.own(ctx, a.Subject)
	if err != nil {
		return Result{}, err
	}
	result := Result{Code: code}
	if states, err := p.stateLane(ctx, code); err != nil {
		return result, err
	} else if len(states.now) > 0 && states.now[0].State == Erased {
		return result, fmt.Errorf("%s: %w", code, ErrErased)
	}
	past, err := p.load.AsOf(ctx, code, a.To)
	if err != nil {
		return result, err
	}
	changed, err := p.restoreRows(ctx, code, past)
	if changed {
		result.Outcome = Updated
	}
	return result, err
}

func (p *planner) restoreRows(ctx context.Context, code Code, past Past) (bool, error) {
	changed := false
	versions, err := p.versionLane(ctx, code)
	if err != nil {
		return false, err
	}
	if now, differs := restored(versions.now, past.Versions); differs {
		versions.set(now)
		changed = true
	}
	links, err := p.linkLane(ctx, code)
	if err != nil {
		return false, err
	}
	if !linkOps.equal(links.now, past.Links) {
		links.set(past.Links)
		changed = true
	}
	states, err := p.stateLane(ctx, code)
	if err != nil {
		return false, err
	}
	if !slices.EqualFunc(states.now, past.States, func(a, b CodeState) bool { return equalState(&a, &b) }) {
		states.set(past.States)
		changed = true
	}
	moved, err := p.restoreAliases(ctx, code, past.Aliases)
	return changed || moved, err
}

// restored returns the versions that a thing had, those that stand unchanged
// with the cause that they have now; nil where nothing changes.
func restored(now, past []Entity) ([]Entity, bool) {
	out := reopened(past)
	same := len(now) == len(out)
	for i := range out {
		j := slices.IndexFunc(now, func(v Entity) bool { return v.Valid == out[i].Valid && v.SameState(&out[i]) })
		if j >= 0 {
			out[i] = now[j]
			continue
		}
		same = false
		out[i].Cause = CauseRevert
	}
	return out, !same
}

// restoreAliases gives a thing the keys that it had, and takes those away that it
// had not.
func (p *planner) restoreAliases(ctx context.Context, code Code, past []Alias) (bool, error) {
	open, err := p.load.AliasesOf(ctx, []Code{code})
	if err != nil {
		return false, err
	}
	var keys []Key
	for _, row := range open {
		keys = append(keys, row.Row.Key)
	}
	keys = append(keys, p.given[code]...)
	for _, alias := range past {
		keys = append(keys, alias.Key)
		p.gave(code, alias.Key)
	}
	changed := false
	for _, key := range distinct(keys) {
		lane, err := p.aliasLane(ctx, key)
		if err != nil {
			return false, err
		}
		now := make([]Alias, 0, len(lane.now))
		for _, row := range lane.now {
			if row.Code != code {
				now = append(now, row)
			}
		}
		for _, row := range past {
			if row.Key == key {
				row.Recorded = Span{To: Open}
				now = append(now, row)
			}
		}
		if !aliasOps.equal(lane.now, now) {
			lane.set(now)
			changed = true
		}
	}
	return changed, nil
}
