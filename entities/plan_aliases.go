package entities

import (
	"context"
	"slices"
)

func (p *planner) claimAlias(ctx context.Context, a *ClaimAlias) (Result, error) {
	code, err := p.thing(ctx, a.Subject, a.Over)
	if err != nil {
		return Result{}, err
	}
	if err := p.checkOpen(ctx, code); err != nil {
		return Result{}, err
	}
	lane, err := p.aliasLane(ctx, a.Key)
	if err != nil {
		return Result{}, err
	}
	over := a.Over
	if a.Mode == Change && over.To == Forever {
		over.To = aliasOps.until(lane.now, over.From, func(*Alias) bool { return true })
	}
	now := lane.now
	if !a.Shared {
		now = aliasOps.cut(now, over, func(r *Alias) bool { return r.Code != code })
	}
	if !holdsThroughout(now, code, over) {
		row := Alias{Key: a.Key, Mask: a.Mask, Code: code, Valid: over, Recorded: Span{To: Open}, Source: a.Source}
		now = aliasOps.cut(now, over, func(r *Alias) bool { return r.Code == code })
		now = aliasOps.add(now, row)
		p.gave(code, a.Key)
	}
	return p.setAliases(lane, now, code), nil
}

// holdsThroughout reports whether a code has the key over all of an interval, by
// whatever source: then a claim of it says nothing new.
func holdsThroughout(rows []Alias, code Code, over Interval) bool {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b Alias) int { return compareOrdered(a.Valid.From, b.Valid.From) })
	reached := over.From
	for _, r := range rows {
		if r.Code == code && r.Valid.From <= reached {
			reached = max(reached, r.Valid.To)
		}
	}
	return reached >= over.To
}

func (p *planner) setAliases(lane *lane[Alias], now []Alias, code Code) Result {
	result := Result{Code: code}
	if !aliasOps.equal(lane.now, now) {
		lane.set(now)
		result.Outcome = Updated
	}
	return result
}

func (p *planner) endAlias(ctx context.Context, a *EndAlias) (Result, error) {
	var code Code
	if !a.Subject.IsZero() {
		var err error
		if code, err = p.thing(ctx, a.Subject, a.Over); err != nil {
			return Result{}, err
		}
	}
	lane, err := p.aliasLane(ctx, a.Key)
	if err != nil {
		return Result{}, err
	}
	of := func(r *Alias) bool { return code == 0 || r.Code == code }
	over := a.Over
	if a.Mode == Change && over.To == Forever {
		over.To = aliasOps.until(lane.now, over.From, of)
	}
	return p.setAliases(lane, aliasOps.cut(lane.now, over, of), code), nil
}
