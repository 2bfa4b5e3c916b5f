package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/chengma/chengma/entities"
)

// planned is a model whose batches are worked out by [entities.Plan] instead of
// the model's own folding: the suite and the random histories so hold the two
// readings of the contract against each other.
type planned struct{ *Model }

func TestPlan(t *testing.T) {
	Run(t, func(_ *testing.T, cfg Config) entities.Store { return planned{NewModel(cfg)} })
}

func (s planned) Apply(ctx context.Context, batch entities.Batch) (entities.Receipt, error) {
	m := s.Model
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return entities.Receipt{}, err
	}
	if rev, seen := m.keys[batch.Key]; seen {
		return entities.Receipt{Revision: rev, Repeated: true, Time: m.timeOf(rev)}, nil
	}
	l := &loader{m: m, serials: maps.Clone(m.serials), rev: m.head() + 1}
	diff, err := entities.Plan(ctx, batch, l)
	if err != nil {
		return entities.Receipt{}, err
	}
	receipt := entities.Receipt{Revision: m.head(), Results: diff.Results}
	if !diff.Empty() {
		l.save(diff)
		m.serials = l.serials
		receipt.Revision = l.rev
		m.published = append(m.published, entities.Published{
			Revision: l.rev, Time: m.now().UTC(), Key: batch.Key, Source: batch.Source, Note: batch.Note,
			Kinds: diff.Kinds, Counts: diff.Counts, Envelope: diff.Envelope, Erased: diff.Erased,
		})
		close(m.wake)
		m.wake = make(chan struct{})
	}
	m.keys[batch.Key] = receipt.Revision
	receipt.Time = m.timeOf(receipt.Revision)
	receipt.Discrepancies = m.desk.keep(batch, diff.Discrepancies, receipt.Revision)
	return receipt, nil
}

// loader is a model's rows as [entities.Plan] asks for them. The identity of a
// row is its place in the list of all that were handed out.
type loader struct {
	m       *Model
	serials map[entities.Kind]uint64
	rev     entities.Revision
	rows    []any // pointers into the model
}

func loadOpen[T any](l *loader, rows []T, span func(*T) *entities.Span, want func(*T) bool) []entities.Stored[T] {
	var out []entities.Stored[T]
	for i := range rows {
		if span(&rows[i]).To != entities.Open || !want(&rows[i]) {
			continue
		}
		at := slices.IndexFunc(l.rows, func(p any) bool { return p == any(&rows[i]) })
		if at < 0 {
			at = len(l.rows)
			l.rows = append(l.rows, &rows[i])
		}
		out = append(out, entities.Stored[T]{ID: int64(at), Row: rows[i]})
	}
	return out
}

func all[T any](*T) bool { return true }

func (l *loader) Keys(_ context.Context, keys []entities.Key) (out []entities.Stored[entities.Alias], _ error) {
	for _, key := range keys {
		out = append(out, loadOpen(l, l.m.aliases[key], aliasSpan, all)...)
	}
	return out, nil
}

func (l *loader) AliasesOf(_ context.Context, codes []entities.Code) (out []entities.Stored[entities.Alias], _ error) {
	for _, rows := range l.m.aliases {
		out = append(out, loadOpen(l, rows, aliasSpan, func(a *entities.Alias) bool { return slices.Contains(codes, a.Code) })...)
	}
	return out, nil
}

func (l *loader) Versions(_ context.Context, codes []entities.Code) (out []entities.Stored[entities.Entity], _ error) {
	for _, code := range codes {
		out = append(out, loadOpen(l, l.m.versions[code], versionSpan, all)...)
	}
	return out, nil
}

func (l *loader) LinksFrom(_ context.Context, codes []entities.Code) (out []entities.Stored[entities.Link], _ error) {
	for _, code := range codes {
		out = append(out, loadOpen(l, l.m.links[code], linkSpan, all)...)
	}
	return out, nil
}

func stateSpan(r *stateRow) *entities.Span { return &r.span }

func codeState(code entities.Code, r stateRow) entities.CodeState {
	return entities.CodeState{Code: code, State: r.is, Reason: r.reason, SameAs: r.sameAs, Recorded: r.span}
}

func (l *loader) States(_ context.Context, codes []entities.Code) (out []entities.Stored[entities.CodeState], _ error) {
	for _, code := range codes {
		for _, row := range loadOpen(l, l.m.states[code], stateSpan, all) {
			out = append(out, entities.Stored[entities.CodeState]{ID: row.ID, Row: codeState(code, row.Row)})
		}
	}
	return out, nil
}

func (l *loader) Issued(_ context.Context, codes []entities.Code) (out []entities.Code, _ error) {
	for _, code := range codes {
		if _, issued := l.m.issued[code]; issued {
			out = append(out, code)
		}
	}
	return out, nil
}

func (l *loader) Mint(_ context.Context, kind entities.Kind) (entities.Code, error) {
	return nextCode(l.serials, kind)
}

func (l *loader) AsOf(_ context.Context, code entities.Code, rev entities.Revision) (entities.Past, error) {
	if rev > l.m.head() {
		return entities.Past{}, fmt.Errorf("%w: %d", entities.ErrUnknownRevision, rev)
	}
	past := entities.Past{Versions: l.m.versionsAt(code, rev), Links: l.m.linksAt(code, rev)}
	for _, rows := range l.m.aliases {
		past.Aliases = append(past.Aliases, only(knownAt(rows, rev, aliasSpan), func(a entities.Alias) bool { return a.Code == code })...)
	}
	for _, row := range l.m.states[code] {
		if row.span.Contains(rev) {
			past.States = append(past.States, codeState(code, row))
		}
	}
	return past, nil
}

func (l *loader) save(d *entities.Diff) {
	for _, ids := range [][]int64{d.Versions.Close, d.Aliases.Close, d.Links.Close, d.States.Close} {
		for _, id := range ids {
			switch row := l.rows[id].(type) {
			case *entities.Entity:
				row.Recorded.To = l.rev
			case *entities.Alias:
				row.Recorded.To = l.rev
			case *entities.Link:
				row.Recorded.To = l.rev
			case *stateRow:
				row.span.To = l.rev
			}
		}
	}
	span := entities.Span{From: l.rev, To: entities.Open}
	for _, v := range d.Versions.Add {
		v.Recorded = span
		l.m.versions[v.Code] = append(l.m.versions[v.Code], v)
	}
	for _, a := range d.Aliases.Add {
		a.Recorded = span
		l.m.aliases[a.Key] = append(l.m.aliases[a.Key], a)
	}
	for _, x := range d.Links.Add {
		x.Recorded = span
		l.m.links[x.From] = append(l.m.links[x.From], x)
	}
	for _, s := range d.States.Add {
		row := stateRow{state{known: true, is: s.State, reason: s.Reason, sameAs: s.SameAs}, span}
		l.m.states[s.Code] = append(l.m.states[s.Code], row)
	}
	for _, code := range d.Minted {
		l.m.issued[code] = l.rev
	}
	for _, code := range d.Erased {
		l.m.wipe(code)
	}
}
