package storetest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// modelReader is a model as one revision knows it.
type modelReader struct {
	m   *Model
	rev entities.Revision
}

// At implements [entities.Store].
func (m *Model) At(rev entities.Revision) entities.Reader { return &modelReader{m, rev} }

// enter locks the model for reading; leave it with mu.RUnlock.
func (r *modelReader) enter(ctx context.Context) error {
	r.m.mu.RLock()
	if err := r.m.usable(ctx); err != nil {
		return err
	}
	if r.rev < 0 || r.rev > r.m.head() {
		return fmt.Errorf("%w: %d", entities.ErrUnknownRevision, r.rev)
	}
	return nil
}

// sequence yields what collect finds under the model's lock, outside of it.
func sequence[T any](ctx context.Context, r *modelReader, collect func() []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := r.enter(ctx)
		var found []T
		if err == nil {
			found = collect()
		}
		r.m.mu.RUnlock()
		for _, row := range found {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(row, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// knows reports whether the revision knows the code.
func (r *modelReader) knows(code entities.Code) bool {
	since, issued := r.m.issued[code]
	return issued && since <= r.rev
}

// Get implements [entities.Features].
func (r *modelReader) Get(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
	err := r.enter(ctx)
	defer r.m.mu.RUnlock()
	if err != nil {
		return entities.Entity{}, err
	}
	for _, v := range r.versions(code) {
		if v.Valid.Contains(at) {
			return v, nil
		}
	}
	switch {
	case r.m.stateAt(code, r.m.head()).is == entities.Erased && r.m.stateAt(code, r.m.head()).known:
		return entities.Entity{}, fmt.Errorf("%s: %w", code, entities.ErrErased)
	case !r.knows(code):
		return entities.Entity{}, fmt.Errorf("%s: %w", code, entities.ErrNeverIssued)
	}
	return entities.Entity{}, fmt.Errorf("%s at %s: %w", code, at, entities.ErrNotFound)
}

// versions returns the versions that the revision knows, in order.
func (r *modelReader) versions(code entities.Code) []entities.Entity {
	known := r.m.versionsAt(code, r.rev)
	for i := range known {
		known[i].Recorded = seen(known[i].Recorded, r.rev)
	}
	slices.SortFunc(known, func(a, b entities.Entity) int { return cmp.Compare(a.Valid.From, b.Valid.From) })
	return known
}

// seen is a span as a revision knows it.
func seen(span entities.Span, rev entities.Revision) entities.Span {
	if span.To > rev {
		span.To = entities.Open
	}
	return span
}

// inTrail reports whether a query over recorded time asks for a row.
func (r *modelReader) inTrail(span entities.Span, t entities.Trail) bool {
	if span.From > r.rev || (!span.Contains(r.rev) && !t.Superseded) {
		return false
	}
	return t.After == 0 || span.From > t.After || (span.To > t.After && span.To <= r.rev)
}

// Status implements [entities.Reader].
func (r *modelReader) Status(ctx context.Context, code entities.Code) (entities.Status, error) {
	err := r.enter(ctx)
	defer r.m.mu.RUnlock()
	if err != nil {
		return entities.Status{}, err
	}
	if !r.knows(code) {
		return entities.Status{}, fmt.Errorf("%s: %w", code, entities.ErrNeverIssued)
	}
	s := r.m.stateAt(code, r.rev)
	status := entities.Status{Code: code, State: s.is, Reason: s.reason, SameAs: s.sameAs, Changed: r.m.issued[code]}
	for _, row := range r.m.states[code] {
		for _, rev := range []entities.Revision{row.span.From, row.span.To} {
			if rev <= r.rev {
				status.Changed = max(status.Changed, rev)
			}
		}
	}
	if !s.known {
		status.State = entities.Retired
		if slices.ContainsFunc(r.versions(code), func(v entities.Entity) bool { return v.Valid.To == entities.Forever }) {
			status.State = entities.Active
		}
	}
	for _, l := range r.m.linksAt(code, r.rev) {
		if l.Role == entities.RoleReplacedBy {
			status.Successors = append(status.Successors, l.To)
		}
	}
	slices.Sort(status.Successors)
	status.Successors = slices.Compact(status.Successors)
	return status, nil
}

// Resolve implements [entities.Reader].
func (r *modelReader) Resolve(ctx context.Context, keys []entities.Key, at entities.Instant) ([]entities.Resolution, error) {
	err := r.enter(ctx)
	defer r.m.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	out := make([]entities.Resolution, len(keys))
	for i, key := range keys {
		rows := r.m.aliasesAt(key, r.rev)
		for j := range rows {
			rows[j].Recorded = seen(rows[j].Recorded, r.rev)
		}
		out[i].Key = key
		out[i].Matches, out[i].Stale = resolve(key, rows, at)
	}
	return out, nil
}

// Aliases implements [entities.Reader].
func (r *modelReader) Aliases(ctx context.Context, q entities.AliasQuery) iter.Seq2[entities.Alias, error] {
	return sequence(ctx, r, func() []entities.Alias {
		var out []entities.Alias
		for _, rows := range r.m.aliases {
			for _, a := range rows {
				if (len(q.Codes) == 0 || slices.Contains(q.Codes, a.Code)) && overlaps(a.Valid, q.Valid) && r.inTrail(a.Recorded, q.Trail) {
					a.Recorded = seen(a.Recorded, r.rev)
					out = append(out, a)
				}
			}
		}
		slices.SortFunc(out, func(a, b entities.Alias) int {
			return cmp.Or(cmp.Compare(a.Code, b.Code), compareKeys(a.Key, b.Key),
				cmp.Compare(a.Valid.From, b.Valid.From), cmp.Compare(a.Recorded.From, b.Recorded.From))
		})
		return out
	})
}

func overlaps(valid, asked entities.Interval) bool {
	return asked == (entities.Interval{}) || valid.Overlaps(asked)
}

// Links implements [entities.Reader].
func (r *modelReader) Links(ctx context.Context, q entities.LinkQuery) iter.Seq2[entities.Link, error] {
	ends := func(l *entities.Link) (near, far entities.Code) {
		if q.Reverse {
			return l.To, l.From
		}
		return l.From, l.To
	}
	return sequence(ctx, r, func() []entities.Link {
		var out []entities.Link
		for _, rows := range r.m.links {
			for _, l := range rows {
				near, far := ends(&l)
				if (len(q.Codes) == 0 || slices.Contains(q.Codes, near)) &&
					(len(q.Roles) == 0 || slices.Contains(q.Roles, l.Role)) &&
					(len(q.Kinds) == 0 || slices.Contains(q.Kinds, far.Kind())) &&
					overlaps(l.Valid, q.Valid) && r.inTrail(l.Recorded, q.Trail) {
					l.Recorded = seen(l.Recorded, r.rev)
					out = append(out, l)
				}
			}
		}
		slices.SortFunc(out, func(a, b entities.Link) int {
			aNear, aFar := ends(&a)
			bNear, bFar := ends(&b)
			return cmp.Or(cmp.Compare(aNear, bNear), strings.Compare(a.Role, b.Role), cmp.Compare(aFar, bFar),
				cmp.Compare(a.Valid.From, b.Valid.From), strings.Compare(a.Source, b.Source), cmp.Compare(a.Recorded.From, b.Recorded.From))
		})
		return out
	})
}

// History implements [entities.Features].
func (r *modelReader) History(ctx context.Context, q entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	return sequence(ctx, r, func() []entities.Entity {
		var out []entities.Entity
		for _, code := range slices.Sorted(maps.Keys(r.m.versions)) {
			if (len(q.Codes) > 0 && !slices.Contains(q.Codes, code)) || (len(q.Kinds) > 0 && !slices.Contains(q.Kinds, code.Kind())) {
				continue
			}
			rows := only(r.m.versions[code], func(e entities.Entity) bool { return r.inTrail(e.Recorded, q.Trail) })
			for i := range rows {
				rows[i].Recorded = seen(rows[i].Recorded, r.rev)
			}
			slices.SortFunc(rows, func(a, b entities.Entity) int {
				return cmp.Or(cmp.Compare(a.Valid.From, b.Valid.From), cmp.Compare(a.Recorded.From, b.Recorded.From))
			})
			out = append(out, rows...)
		}
		return out
	})
}

// Extent implements [entities.Reader].
func (r *modelReader) Extent(ctx context.Context, kind entities.Kind) (entities.Extent, error) {
	err := r.enter(ctx)
	defer r.m.mu.RUnlock()
	extent := entities.Extent{Envelope: entities.NoBox}
	if err != nil {
		return extent, err
	}
	for code := range r.m.versions {
		if code.Kind() != kind {
			continue
		}
		for i, v := range r.versions(code) {
			if i == 0 {
				extent.Count++
			}
			if extent.Valid == (entities.Interval{}) {
				extent.Valid = v.Valid
			}
			extent.Valid.From, extent.Valid.To = min(extent.Valid.From, v.Valid.From), max(extent.Valid.To, v.Valid.To)
			extent.Envelope = extent.Envelope.Extend(boundsOf(v.Geometry))
		}
	}
	return extent, nil
}
