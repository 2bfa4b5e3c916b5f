package storetest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

func compareKeys(a, b entities.Key) int {
	return cmp.Or(strings.Compare(a.Scheme, b.Scheme), strings.Compare(a.Value, b.Value))
}

// sameVersions compares what versions say and when.
func sameVersions(a, b []entities.Entity) bool {
	return slices.EqualFunc(a, b, func(x, y entities.Entity) bool { return sameVersion(&x, &y) })
}

func sameVersion(a, b *entities.Entity) bool { return a.Valid == b.Valid && a.SameState(b) }

// sameVersionRow compares why and from where, too.
func sameVersionRow(a, b *entities.Entity) bool {
	if !sameVersion(a, b) || a.Cause != b.Cause {
		return false
	}
	for _, attr := range a.Attrs {
		if a.OriginOf(attr.Name) != b.OriginOf(attr.Name) {
			return false
		}
	}
	return a.OriginOf(entities.ClassAttr) == b.OriginOf(entities.ClassAttr) &&
		a.OriginOf(entities.GeometryAttr) == b.OriginOf(entities.GeometryAttr)
}

func sameAliasRow(a, b *entities.Alias) bool {
	return a.Key == b.Key && a.Code == b.Code && a.Valid == b.Valid && a.Mask == b.Mask && a.Source == b.Source
}

func sameLinkRow(a, b *entities.Link) bool {
	x, y := *a, *b
	x.Recorded, y.Recorded = entities.Span{}, entities.Span{}
	return x == y
}

func sameLinkRows(a, b []entities.Link) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x entities.Link) bool {
		return !slices.ContainsFunc(b, func(y entities.Link) bool { return sameLinkRow(&x, &y) })
	})
}

// aliasRows returns who has a key, over the longest intervals.
func aliasRows(key entities.Key, line timeline[[]holder]) []entities.Alias {
	var out []entities.Alias
	for _, run := range runs(line) {
		out = append(out, entities.Alias{
			Key: key, Mask: run.value.mask, Code: run.value.code, Valid: run.over, Source: run.value.source,
		})
	}
	return out
}

// runs turns a timeline of sets into a row for each element and longest interval.
func runs[T comparable](line timeline[[]T]) []piece[T] {
	var out []piece[T]
	for _, p := range line.pieces(sameSet[T]) {
		for _, element := range p.value {
			i := slices.IndexFunc(out, func(r piece[T]) bool { return r.value == element && r.over.To == p.over.From })
			if i >= 0 {
				out[i].over.To = p.over.To
				continue
			}
			out = append(out, piece[T]{p.over, element})
		}
	}
	return out
}

// holdersOf is the other way round.
func holdersOf(rows []entities.Alias) timeline[[]holder] {
	var line timeline[[]holder]
	for _, a := range rows {
		line = line.with(a.Valid, func(old []holder) []holder {
			return append(slices.Clone(old), holder{a.Code, a.Mask, a.Source})
		})
	}
	return line
}

// linkRows returns the links of a thing, over the longest intervals.
func linkRows(code entities.Code, lines map[lane]timeline[[]entities.Target]) []entities.Link {
	var out []entities.Link
	for id, line := range lines {
		for _, run := range runs(line) {
			t := run.value
			out = append(out, entities.Link{
				From: code, Role: id.role, To: t.To.Code, Valid: run.over, Share: t.Share,
				Source: id.source, Method: t.Method, Level: t.Level, Confidence: t.Confidence,
			})
		}
	}
	return out
}

// linesOf is the other way round.
func linesOf(rows []entities.Link) map[lane]timeline[[]entities.Target] {
	lines := make(map[lane]timeline[[]entities.Target])
	for _, l := range rows {
		id := lane{l.Role, l.Source}
		lines[id] = lines[id].with(l.Valid, func(old []entities.Target) []entities.Target {
			return append(slices.Clone(old), entities.Target{
				To: entities.ByCode(l.To), Share: l.Share, Method: l.Method, Level: l.Level, Confidence: l.Confidence,
			})
		})
	}
	return lines
}

// record closes the open rows that are no longer so and opens those that are new.
func record[T any](rows, now []T, rev entities.Revision, span func(*T) *entities.Span, same func(a, b *T) bool) ([]T, bool) {
	changed := false
	out := slices.Clone(rows)
	stays := make([]bool, len(now))
	for i := range out {
		if span(&out[i]).To != entities.Open {
			continue
		}
		j := slices.IndexFunc(now, func(n T) bool { return same(&out[i], &n) })
		if j >= 0 {
			stays[j] = true
			continue
		}
		span(&out[i]).To = rev
		changed = true
	}
	for j := range now {
		if !stays[j] {
			row := now[j]
			*span(&row) = entities.Span{From: rev, To: entities.Open}
			out = append(out, row)
			changed = true
		}
	}
	return out, changed
}

func versionSpan(e *entities.Entity) *entities.Span { return &e.Recorded }
func aliasSpan(a *entities.Alias) *entities.Span    { return &a.Recorded }
func linkSpan(l *entities.Link) *entities.Span      { return &l.Recorded }

// knownAt returns the rows that a revision knows.
func knownAt[T any](rows []T, rev entities.Revision, span func(*T) *entities.Span) []T {
	return only(rows, func(r T) bool { return span(&r).Contains(rev) })
}

// resolve looks a key up in the rows of one revision.
func resolve(key entities.Key, rows []entities.Alias, at entities.Instant) (matches []entities.Alias, stale bool) {
	holds := only(rows, func(a entities.Alias) bool { return a.Valid.Contains(at) })
	if len(holds) == 0 && len(rows) > 0 {
		stale = true
		last := entities.Beginning
		for _, a := range rows {
			if a.Valid.To <= at {
				last = max(last, a.Valid.To)
			}
		}
		holds = only(rows, func(a entities.Alias) bool { return a.Valid.To == last })
	}
	if len(holds) == 0 {
		first := entities.Forever
		for _, a := range rows {
			first = min(first, a.Valid.From)
		}
		holds = only(rows, func(a entities.Alias) bool { return a.Valid.From == first })
	}
	slices.SortFunc(holds, func(a, b entities.Alias) int { return cmp.Compare(a.Code, b.Code) })
	return slices.CompactFunc(holds, func(a, b entities.Alias) bool { return a.Code == b.Code }), stale
}
