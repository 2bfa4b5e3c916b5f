package entities

import (
	"context"
	"fmt"
	"slices"
	"sort"
)

// writable finds the thing that an act asserts something of, minting it where
// the act may, and refuses codes that are closed to assertions.
func (p *planner) writable(ctx context.Context, a *Assert) (Result, error) {
	var result Result
	if a.Subject.Code == 0 {
		holders, err := p.holders(ctx, a.Subject.Key, a.Over)
		if err != nil {
			return result, err
		}
		if len(holders) == 0 {
			return p.mintFor(ctx, a)
		}
	}
	code, err := p.thing(ctx, a.Subject, a.Over)
	if err != nil {
		return result, err
	}
	if a.Kind != 0 && a.Kind != code.Kind() {
		return result, fmt.Errorf("%w: %s is a %s, not a %s", ErrKindMismatch, a.Subject, code.Kind(), a.Kind)
	}
	return Result{Code: code}, p.checkOpen(ctx, code)
}

func (p *planner) mintFor(ctx context.Context, a *Assert) (Result, error) {
	if a.Kind == 0 {
		return Result{}, fmt.Errorf("%s: %w, and no kind is given to make it", a.Subject, ErrNotFound)
	}
	valid := a.KeyValid
	if valid == (Interval{}) {
		valid = Always
	}
	if err := valid.check(); err != nil {
		return Result{}, err
	}
	code, err := p.mint(ctx, a.Kind, Alias{Key: a.Subject.Key, Mask: a.KeyMask, Valid: valid, Source: a.Origin.Source})
	return Result{Code: code, Minted: true}, err
}

// checkOpen refuses things of which nothing may be asserted.
func (p *planner) checkOpen(ctx context.Context, code Code) error {
	lane, err := p.stateLane(ctx, code)
	if err != nil || len(lane.now) == 0 {
		return err
	}
	switch lane.now[0].State {
	case Frozen:
		return fmt.Errorf("%s: %w: %s", code, ErrFrozen, lane.now[0].Reason)
	case Erased:
		return fmt.Errorf("%s: %w: %s", code, ErrErased, lane.now[0].Reason)
	}
	return nil
}

func (p *planner) assert(ctx context.Context, a *Assert) (Result, error) {
	result, err := p.writable(ctx, a)
	if err != nil {
		return result, err
	}
	lane, err := p.versionLane(ctx, result.Code)
	if err != nil {
		return result, err
	}
	if !result.Minted {
		if err := p.activate(ctx, result.Code); err != nil {
			return result, err
		}
	}
	now, found := assertOver(lane.now, a, result.Code)
	p.diff.Discrepancies = append(p.diff.Discrepancies, found...)
	result.Outcome = outcomeOf(lane.now, now, result.Minted)
	if result.Outcome != Unchanged {
		lane.set(now)
	}
	return result, nil
}

// activate ends the state of a code that was reserved.
func (p *planner) activate(ctx context.Context, code Code) error {
	lane, err := p.stateLane(ctx, code)
	if err == nil && len(lane.now) > 0 && lane.now[0].State == Reserved {
		lane.set(nil)
	}
	return err
}

func outcomeOf(before, after []Entity, minted bool) Outcome {
	switch {
	case len(before) == 0 && len(after) > 0, minted:
		return Created
	case slices.EqualFunc(before, after, func(a, b Entity) bool { return equalVersion(&a, &b) }):
		return Unchanged
	}
	return Updated
}

// assertOver is what the versions of a thing become by an assertion. The versions
// are disjoint in any order; the result is sorted by valid time.
func assertOver(versions []Entity, a *Assert, code Code) ([]Entity, []Discrepancy) {
	s := statement{act: a, code: code, late: a.Mode == Change && a.Over.To == Forever}
	segments := segmentsOver(versions, a.Over)
	out := outside(versions, a.Over)
	for i := range segments {
		out = append(out, s.segment(&segments[i], i == 0)...)
	}
	return coalesce(out), s.found
}

// segment is a stretch of valid time over which a thing has one version or none.
type segment struct {
	valid   Interval
	version *Entity // nil where the thing is not
}

// segmentsOver cuts an interval at the edges of versions.
func segmentsOver(versions []Entity, over Interval) []segment {
	var segments []segment
	sorted := make([]*Entity, 0, len(versions))
	for i := range versions {
		if versions[i].Valid.Overlaps(over) {
			sorted = append(sorted, &versions[i])
		}
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Valid.From < sorted[j].Valid.From })
	from := over.From
	for _, v := range sorted {
		held := v.Valid.Intersect(over)
		if from < held.From {
			segments = append(segments, segment{valid: Interval{from, held.From}})
		}
		segments = append(segments, segment{valid: held, version: v})
		from = held.To
	}
	if from < over.To {
		segments = append(segments, segment{valid: Interval{from, over.To}})
	}
	return segments
}

// outside returns what versions say before and after an interval.
func outside(versions []Entity, over Interval) []Entity {
	if len(versions) == 0 {
		return nil
	}
	out := make([]Entity, 0, len(versions)+2)
	for _, v := range versions {
		if !v.Valid.Overlaps(over) {
			out = append(out, v)
			continue
		}
		for _, part := range []Interval{{v.Valid.From, over.From}, {over.To, v.Valid.To}} {
			if !part.Empty() {
				piece := v
				piece.Valid = part
				out = append(out, piece)
			}
		}
	}
	return out
}

// coalesce sorts versions and joins neighbours that say the same.
func coalesce(versions []Entity) []Entity {
	sort.Slice(versions, func(i, j int) bool { return versions[i].Valid.From < versions[j].Valid.From })
	out := versions[:0]
	for _, v := range versions {
		if n := len(out); n > 0 && out[n-1].Valid.To == v.Valid.From && out[n-1].SameState(&v) {
			out[n-1].Valid.To = v.Valid.To
			continue
		}
		out = append(out, v)
	}
	return out
}

func (p *planner) end(ctx context.Context, a *End) (Result, error) {
	code, err := p.thing(ctx, a.Subject, a.Over)
	if err != nil {
		return Result{}, err
	}
	result := Result{Code: code}
	if err := p.checkOpen(ctx, code); err != nil {
		return result, err
	}
	lane, err := p.versionLane(ctx, code)
	if err != nil {
		return result, err
	}
	over := a.Over
	if a.Mode == Change && over.To == Forever {
		over.To = existenceChange(lane.now, over.From)
	}
	now := endOver(lane.now, over, a)
	if outcomeOf(lane.now, now, false) != Unchanged {
		lane.set(now)
		result.Outcome = Updated
	}
	if len(a.Into) > 0 {
		linked, err := p.replacedBy(ctx, code, a)
		if err != nil {
			return result, err
		}
		if linked {
			result.Outcome = Updated
		}
	}
	return result, nil
}

// existenceChange returns the first instant after from at which the thing begins
// or ceases to be, which it does not do at from itself.
func existenceChange(versions []Entity, from Instant) Instant {
	segments := segmentsOver(versions, Since(from))
	for i := range segments {
		if (segments[i].version == nil) != (segments[0].version == nil) {
			return segments[i].valid.From
		}
	}
	return Forever
}

func endOver(versions []Entity, over Interval, a *End) []Entity {
	cause := a.Cause
	if cause == CauseChange {
		cause = CauseEnd
	}
	out := outside(versions, over)
	for i := range out {
		if out[i].Valid.To == over.From && endedBy(versions, over.From) {
			out[i].Cause = cause
		}
	}
	return coalesce(out)
}

// endedBy reports whether a version reaches over an instant, so that ending there
// shortens it.
func endedBy(versions []Entity, at Instant) bool {
	return slices.ContainsFunc(versions, func(v Entity) bool { return v.Valid.From < at && at < v.Valid.To })
}

// replacedBy links a thing that ended to what replaced it.
func (p *planner) replacedBy(ctx context.Context, code Code, a *End) (bool, error) {
	r := Relate{From: ByCode(code), Role: RoleReplacedBy, Over: Since(a.Over.From), Mode: Correction, Source: a.Origin.Source}
	for _, into := range a.Into {
		r.To = append(r.To, Target{To: into, Method: "lineage", Confidence: 1})
	}
	result, err := p.relate(ctx, &r)
	return result.Outcome != Unchanged, err
}
