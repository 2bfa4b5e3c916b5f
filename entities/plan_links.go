package entities

import (
	"context"
	"fmt"
	"slices"
	"sort"
)

// fact is a row of valid time whose content compares, an alias or a link; the
// same content may hold over several intervals.
type fact interface {
	Alias | Link
}

// timelineOps tells the generic operations on facts how to see one kind of them.
type timelineOps[T fact] struct {
	valid func(*T) *Interval
	same  func(a, b *T) bool // all but the interval
}

var (
	aliasOps = timelineOps[Alias]{
		valid: func(a *Alias) *Interval { return &a.Valid },
		same: func(a, b *Alias) bool {
			return a.Key == b.Key && a.Code == b.Code && a.Mask == b.Mask && a.Source == b.Source
		},
	}
	linkOps = timelineOps[Link]{
		valid: func(l *Link) *Interval { return &l.Valid },
		same:  sameTarget,
	}
)

func sameTarget(a, b *Link) bool {
	return a.From == b.From && a.Role == b.Role && a.To == b.To && a.Share == b.Share &&
		a.Source == b.Source && a.Method == b.Method && a.Level == b.Level && a.Confidence == b.Confidence
}

// cut takes an interval out of the rows for which drop is true.
func (o timelineOps[T]) cut(rows []T, over Interval, drop func(*T) bool) []T {
	out := make([]T, 0, len(rows)+1)
	for i := range rows {
		valid := *o.valid(&rows[i])
		if !drop(&rows[i]) || !valid.Overlaps(over) {
			out = append(out, rows[i])
			continue
		}
		for _, part := range []Interval{{valid.From, over.From}, {over.To, valid.To}} {
			if !part.Empty() {
				piece := rows[i]
				*o.valid(&piece) = part
				out = append(out, piece)
			}
		}
	}
	return out
}

// add puts a row in and joins rows of the same content that touch or overlap.
func (o timelineOps[T]) add(rows []T, row T) []T {
	out := make([]T, 0, len(rows)+1)
	valid := o.valid(&row)
	for i := range rows {
		other := *o.valid(&rows[i])
		if o.same(&rows[i], &row) && other.From <= valid.To && valid.From <= other.To {
			valid.From, valid.To = min(valid.From, other.From), max(valid.To, other.To)
			continue
		}
		out = append(out, rows[i])
	}
	return append(out, row)
}

// until returns the first instant after from at which the rows for which of is
// true are not those that hold at from, Forever where there is none: up to there
// a change without end holds.
func (o timelineOps[T]) until(rows []T, from Instant, of func(*T) bool) Instant {
	var edges []Instant
	for i := range rows {
		if valid := o.valid(&rows[i]); of(&rows[i]) {
			edges = append(edges, valid.From, valid.To)
		}
	}
	slices.Sort(edges)
	for _, edge := range slices.Compact(edges) {
		if edge > from && edge != Forever && !o.sameAt(rows, from, edge, of) {
			return edge
		}
	}
	return Forever
}

// sameAt reports whether the same contents hold at two instants.
func (o timelineOps[T]) sameAt(rows []T, s, t Instant, of func(*T) bool) bool {
	holds := func(content *T, at Instant) bool {
		return slices.ContainsFunc(rows, func(r T) bool { return o.same(content, &r) && o.valid(&r).Contains(at) })
	}
	for i := range rows {
		if of(&rows[i]) && holds(&rows[i], s) != holds(&rows[i], t) {
			return false
		}
	}
	return true
}

func (o timelineOps[T]) equal(a, b []T) bool {
	sorted := func(rows []T) []T {
		rows = slices.Clone(rows)
		sort.SliceStable(rows, func(i, j int) bool { return o.valid(&rows[i]).From < o.valid(&rows[j]).From })
		return rows
	}
	if len(a) != len(b) {
		return false
	}
	b = sorted(b)
	for _, row := range sorted(a) {
		i := slices.IndexFunc(b, func(r T) bool { return o.same(&row, &r) && *o.valid(&row) == *o.valid(&r) })
		if i < 0 {
			return false
		}
		b = slices.Delete(b, i, i+1)
	}
	return true
}

func (p *planner) relate(ctx context.Context, a *Relate) (Result, error) {
	from, err := p.thing(ctx, a.From, a.Over)
	if err != nil {
		return Result{}, err
	}
	result := Result{Code: from}
	if err := p.checkOpen(ctx, from); err != nil {
		return result, err
	}
	fresh, err := p.linksOf(ctx, from, a)
	if err != nil {
		return result, err
	}
	lane, err := p.linkLane(ctx, from)
	if err != nil {
		return result, err
	}
	now := relateOver(lane.now, a, fresh)
	if !linkOps.equal(lane.now, now) {
		lane.set(now)
		result.Outcome = Updated
	}
	return result, nil
}

// linksOf returns the links that an act states, over its whole interval.
func (p *planner) linksOf(ctx context.Context, from Code, a *Relate) ([]Link, error) {
	links := make([]Link, 0, len(a.To))
	for _, t := range a.To {
		to, err := p.thing(ctx, t.To, a.Over)
		if err != nil {
			return nil, err
		}
		if states, err := p.stateLane(ctx, to); err != nil {
			return nil, err
		} else if len(states.now) > 0 && states.now[0].State == Erased {
			return nil, fmt.Errorf("link to %s: %w: %s", to, ErrErased, states.now[0].Reason)
		}
		links = append(links, Link{
			From: from, Role: a.Role, To: to, Valid: a.Over, Recorded: Span{To: Open}, Share: t.Share,
			Source: a.Source, Method: t.Method, Level: t.Level, Confidence: t.Confidence,
		})
	}
	return links, nil
}

func relateOver(rows []Link, a *Relate, fresh []Link) []Link {
	ours := func(l *Link) bool { return l.Role == a.Role && l.Source == a.Source }
	late := a.Mode == Change && a.Over.To == Forever
	over := a.Over
	if late && !a.Add {
		over.To = linkOps.until(rows, over.From, ours)
	}
	now := rows
	if !a.Add {
		now = linkOps.cut(rows, over, ours)
	}
	for _, link := range fresh {
		link.Valid = over
		if a.Add { // each target is stated by itself
			this := func(l *Link) bool { return ours(l) && l.To == link.To }
			if late {
				link.Valid.To = linkOps.until(rows, over.From, this)
			}
			now = linkOps.cut(now, link.Valid, this)
		}
		now = linkOps.add(now, link)
	}
	return now
}
