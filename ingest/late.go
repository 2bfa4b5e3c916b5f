package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// act makes the act of a late one whose targets are looked up; nil where nothing
// is left of it.
func (l *lateAct) act(key entities.Key, source string) entities.Act {
	subject := entities.Ref{Key: key}
	switch {
	case l.dropped():
		return nil
	case l.different:
		return &entities.UndoSameAs{Duplicate: subject}
	case l.sameAs:
		return &entities.SameAs{Duplicate: subject, Of: l.targets[0].ref(), Reason: l.reason}
	}
	r := &entities.Relate{From: subject, Role: l.role, Add: l.add, Over: l.over, Mode: l.mode, Source: source}
	for i := range l.targets {
		t := entities.Target{To: l.targets[i].ref(), Share: l.targets[i].share, Method: "lineage", Confidence: 1}
		if link := l.targets[i].link; link != nil {
			t.Method, t.Level = link.method(), link.level
			t.Confidence = link.confidence / float64(max(l.targets[i].among, 1))
		}
		r.To = append(r.To, t)
	}
	return r
}

// drop leaves nothing of a late act.
func (l *lateAct) drop() { l.role, l.sameAs, l.different = "", false, false }

func (l *lateAct) dropped() bool { return l.role == "" && !l.sameAs && !l.different }

func (t *lateTarget) ref() entities.Ref {
	if t.code != 0 {
		return entities.ByCode(t.code)
	}
	return entities.Ref{Key: t.key}
}

func (l *linkProgram) method() string {
	switch {
	case l.within != nil:
		return "containment"
	case l.nearest != nil:
		return "nearest"
	}
	return "key"
}

// waits reports whether a target that is not there may come later in the run.
func (t *lateTarget) waits() bool { return t.link == nil || t.link.waits }

func (l *lateAct) waits() bool {
	return slices.ContainsFunc(l.targets, func(t lateTarget) bool { return t.waits() })
}

// when is the instant at which a late act's keys are looked up.
type keyAt struct {
	key entities.Key
	at  entities.Instant
}

// lookUp resolves keys, grouped by instant.
func lookUp(ctx context.Context, reader entities.Reader, wanted []keyAt) (map[keyAt]entities.Resolution, error) {
	found := make(map[keyAt]entities.Resolution, len(wanted))
	slices.SortFunc(wanted, func(a, b keyAt) int {
		if a.at != b.at {
			return int(compare(a.at, b.at))
		}
		return strings.Compare(a.key.Value, b.key.Value)
	})
	for i := 0; i < len(wanted); {
		at := wanted[i].at
		var keys []entities.Key
		for ; i < len(wanted) && wanted[i].at == at; i++ {
			if _, twice := found[wanted[i]]; !twice {
				found[wanted[i]] = entities.Resolution{}
				keys = append(keys, wanted[i].key)
			}
		}
		for len(keys) > 0 {
			some := keys[:min(len(keys), 2000)]
			keys = keys[len(some):]
			results, err := reader.Resolve(ctx, some, at)
			if err != nil {
				return nil, fmt.Errorf("look keys up: %w", err)
			}
			for _, r := range results {
				found[keyAt{r.Key, at}] = r
			}
		}
	}
	return found, nil
}

func compare[T ~int64](a, b T) int {
	if a < b {
		return -1
	}
	return 1
}

// reader is the store as it is now.
func (r *runState) reader(ctx context.Context) (entities.Reader, error) {
	head, err := r.store.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	return r.store.At(head), nil
}

// own lists the keys that records of the batch give to things.
func (b *batch) own() map[entities.Key]bool {
	own := make(map[entities.Key]bool, len(b.items))
	for _, it := range b.items {
		if it.refused != nil || it.skipped != nil {
			continue
		}
		for _, act := range it.acts {
			switch act := act.(type) {
			case *entities.Assert:
				own[act.Subject.Key] = true
			case *entities.ClaimAlias:
				own[act.Key] = true
			}
		}
	}
	return own
}

// subjects refuses records about things that are not there, where they may not
// make them.
func (b *batch) subjects(ctx context.Context) error {
	if b.run.prog.operation == nil && b.run.prog.key.mint {
		return nil
	}
	var wanted []keyAt
	needs := func(it *item) bool {
		return it.refused == nil && it.skipped == nil && (it.op != opUpsert || !b.run.prog.key.mint)
	}
	for _, it := range b.items {
		if needs(it) {
			wanted = append(wanted, keyAt{it.key, it.over.From})
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	reader, err := b.run.reader(ctx)
	if err != nil {
		return err
	}
	found, err := lookUp(ctx, reader, wanted)
	if err != nil {
		return err
	}
	own := make(map[entities.Key]bool)
	for _, it := range b.items {
		if it.refused == nil && it.skipped == nil && it.op == opUpsert && b.run.prog.key.mint {
			own[it.key] = true
		}
	}
	for _, it := range b.items {
		if needs(it) && len(found[keyAt{it.key, it.over.From}].Matches) == 0 && !own[it.key] {
			it.refused = newFault(ruleKeyUnknown, b.run.prog.key.text.names, "")
		}
	}
	return nil
}

// resolve looks up what late acts name. Targets that may still come wait for the
// end of the run.
func (b *batch) resolve(ctx context.Context) error {
	var wanted []keyAt
	for _, it := range b.items {
		if it.refused != nil || it.skipped != nil {
			continue
		}
		for i := range it.late {
			for _, t := range it.late[i].targets {
				if t.code == 0 {
					wanted = append(wanted, keyAt{t.key, it.late[i].over.From})
				}
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	reader, err := b.run.reader(ctx)
	if err != nil {
		return err
	}
	found, err := lookUp(ctx, reader, wanted)
	if err != nil {
		return err
	}
	own := b.own()
	for _, it := range b.items {
		if it.refused != nil || it.skipped != nil {
			continue
		}
		for i := range it.late {
			if err := b.settleTargets(it, &it.late[i], found, own); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleTargets keeps the targets of a late act that are there.
func (b *batch) settleTargets(it *item, late *lateAct, found map[keyAt]entities.Resolution, own map[entities.Key]bool) error {
	if len(late.targets) == 0 || it.refused != nil {
		return nil
	}
	lookedUp := func(t *lateTarget) []entities.Alias { return found[keyAt{t.key, late.over.From}].Matches }
	if !b.final && slices.ContainsFunc(late.targets, func(t lateTarget) bool {
		return t.code == 0 && t.waits() && len(lookedUp(&t)) == 0 && !own[t.key]
	}) {
		return b.wait(it, late)
	}
	var kept []lateTarget
	for _, t := range late.targets {
		matches := lookedUp(&t)
		switch {
		case t.code != 0:
			kept = append(kept, t)
		case len(matches) == 1:
			if bad := t.wrongKind(matches[0].Code); bad != nil {
				b.missing(it, late, &t, bad)
				continue
			}
			t.code = matches[0].Code
			kept = append(kept, t)
		case len(matches) > 1 && t.link != nil && t.link.all:
			for _, m := range matches {
				if t.wrongKind(m.Code) == nil {
					one := t
					one.code, one.among = m.Code, len(matches)
					kept = append(kept, one)
				}
			}
		case len(matches) > 1:
			b.missing(it, late, &t, newFault(ruleManyTargets, t.field, t.shown, len(matches)))
		case t.waits() && own[t.key]:
			kept = append(kept, t)
		default:
			b.missing(it, late, &t, newFault(ruleNoTarget, t.field, t.shown))
		}
	}
	late.targets = kept
	if len(kept) == 0 {
		late.drop()
	}
	return nil
}

func (t *lateTarget) wrongKind(code entities.Code) *fault {
	kind := code.Kind().String()
	if t.link == nil || t.link.role.Allows(kind) {
		return nil
	}
	return newFault(ruleTargetKind, t.field, t.shown, kind, strings.Join(t.link.role.Targets, ", "))
}

// missing notes a target that cannot be linked to. Acts that mean nothing without
// it refuse their record, unless it was applied already.
func (b *batch) missing(it *item, late *lateAct, t *lateTarget, bad *fault) {
	switch {
	case t.link != nil && t.link.missing == missingIgnored:
	case !b.final && (late.sameAs || t.link == nil || t.link.required):
		it.refused = bad
	default:
		it.partial = append(it.partial, bad)
	}
}

// wait puts a late act off to the end of the run.
func (b *batch) wait(it *item, late *lateAct) error {
	if b.run.preview != nil {
		late.drop()
		return nil
	}
	err := b.run.putOff(it, late)
	late.drop()
	return err
}
