package ingest

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/chengma/chengma/entities"
)

// ending makes the acts of the operations that are no upsert.
func (w *worker) ending(it *item, over entities.Interval, mode entities.Mode, origin entities.Origin) *fault {
	op := w.run.prog.operation
	subject := entities.Ref{Key: it.key}
	end := &entities.End{Subject: subject, Over: entities.Since(over.From), Mode: mode, Origin: origin}
	switch it.op {
	case opVoid:
		end.Over, end.Mode = entities.Always, entities.Correction
	case opSplit:
		end.Cause = entities.CauseSplit
	case opMerge:
		end.Cause = entities.CauseMerge
	case opSameAs:
		return w.sameAs(it, op)
	case opDifferent:
		it.late = append(it.late, lateAct{different: true})
		return nil
	}
	it.acts = append(it.acts, end)
	if it.op != opSplit && it.op != opMerge {
		return nil
	}
	targets, bad := w.targets(op.into)
	if bad != nil {
		return bad
	}
	it.late = append(it.late, lateAct{
		role: entities.RoleReplacedBy, targets: targets, over: end.Over, mode: entities.Correction,
	})
	return nil
}

func (w *worker) sameAs(it *item, op *operationProgram) *fault {
	targets, bad := w.targets(op.of)
	if bad != nil {
		return bad
	}
	late := lateAct{sameAs: true, targets: targets[:1], over: entities.Since(w.run.start)}
	if op.reason >= 0 {
		if v := w.cells[op.reason]; !v.IsUnset() && !v.IsNull() {
			late.reason = textOfValue(v)
			if bad := misplaced(w.run.prog.columns[op.reason], late.reason); bad != nil {
				return bad
			}
		}
	}
	it.late = append(it.late, late)
	return nil
}

// targets reads the keys of other things; there is at least one.
func (w *worker) targets(t *targetProgram) ([]lateTarget, *fault) {
	v, bad := w.cell(&t.text)
	if bad != nil {
		return nil, bad
	}
	var out []lateTarget
	for _, text := range splitCell(v, t.split) {
		key, mask, bad := w.keyOf(&t.scheme, t.text.names, text)
		if bad != nil {
			return nil, bad
		}
		out = append(out, lateTarget{field: t.text.names, key: key, shown: orText(mask, text)})
	}
	if len(out) == 0 {
		return nil, newFault(ruleRequired, t.text.names, "", "缺少“"+t.text.names+"”", t.text.names+" is missing")
	}
	return out, nil
}

// splitCell cuts a cell into its values; empty ones are left out.
func splitCell(v entities.Value, separator string) []string {
	if v.IsUnset() {
		return nil
	}
	text := textOfValue(v)
	if separator == "" {
		return []string{text}
	}
	parts := strings.Split(text, separator)
	out := parts[:0]
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (w *worker) aliases(it *item, over entities.Interval, mode entities.Mode) *fault {
	for i := range w.run.prog.aliases {
		a := &w.run.prog.aliases[i]
		bad := w.alias(it, a, over, mode)
		if bad != nil && !a.drop {
			return bad
		}
		if bad != nil {
			it.partial = append(it.partial, bad)
		}
	}
	return nil
}

func (w *worker) alias(it *item, a *aliasProgram, over entities.Interval, mode entities.Mode) *fault {
	v, bad := w.cell(&a.text)
	if bad != nil {
		return a.scheme.hide(bad)
	}
	values := splitCell(v, a.split)
	if len(values) == 0 {
		if a.required {
			return newFault(ruleRequired, a.text.names, "", "缺少“"+a.text.names+"”", a.text.names+" is missing")
		}
		return nil
	}
	when, bad := w.over(&a.when, over)
	if bad != nil {
		return bad
	}
	for _, text := range values {
		key, mask, bad := w.keyOf(&a.scheme, a.text.names, text)
		if bad != nil {
			return bad
		}
		it.acts = append(it.acts, &entities.ClaimAlias{
			Key: key, Mask: mask, Subject: entities.Ref{Key: it.key}, Over: when, Mode: mode, Shared: a.shared, Source: w.run.prog.source,
		})
	}
	return nil
}

// hide takes the value out of a fault of a sensitive scheme.
func (s *schemeProgram) hide(bad *fault) *fault {
	if s.sensitive {
		bad.value = masked
	}
	return bad
}

// links finds what the record is linked to. The targets of one role over one
// interval are one act, however many links of the mapping give them.
func (w *worker) links(ctx context.Context, it *item, over entities.Interval, mode entities.Mode) (*fault, error) {
	for i := range w.run.prog.links {
		l := &w.run.prog.links[i]
		when, bad := w.over(&l.when, over)
		var targets []lateTarget
		var err error
		if bad == nil && l.scheme != nil {
			targets, bad = w.linkByKey(l)
		} else if bad == nil {
			targets, bad, err = w.linkByPlace(ctx, it, l, when.From)
		}
		if err != nil {
			return nil, err
		}
		switch {
		case bad != nil && l.required:
			return bad, nil
		case bad != nil && l.missing != missingIgnored:
			it.partial = append(it.partial, bad)
		case bad != nil, len(targets) == 0 && (l.keep || l.add):
		default:
			it.relate(lateAct{role: l.role.Name, targets: targets, add: l.add, over: when, mode: mode})
		}
	}
	return nil, nil
}

// relate adds a late act to the others, or its targets to one of the same role.
func (it *item) relate(late lateAct) {
	for i := range it.late {
		if same := &it.late[i]; same.role == late.role && same.over == late.over {
			same.targets = append(same.targets, late.targets...)
			same.add = same.add && late.add
			return
		}
	}
	it.late = append(it.late, late)
}

func (w *worker) linkByKey(l *linkProgram) ([]lateTarget, *fault) {
	v, bad := w.cell(&l.text)
	if bad != nil {
		return nil, l.scheme.hide(bad)
	}
	var targets []lateTarget
	for _, text := range splitCell(v, l.split) {
		if l.prefix > 0 {
			if len(text) < l.prefix {
				return nil, newFault(ruleCodeLayout, l.text.names, l.scheme.shown(text), l.scheme.titleZh,
					"不足 "+itoa(l.prefix)+" 位", "it has fewer than "+itoa(l.prefix)+" characters")
			}
			text = text[:l.prefix]
		}
		key, mask, bad := w.keyOf(l.scheme, l.text.names, text)
		if bad != nil {
			return nil, bad
		}
		targets = append(targets, lateTarget{link: l, field: l.text.names, key: key, shown: orText(mask, text)})
	}
	if len(targets) == 0 && l.required {
		return nil, newFault(ruleRequired, l.text.names, "", "缺少关联对象“"+l.text.names+"”", "the link's column "+l.text.names+" has no value")
	}
	return targets, w.shares(l, targets)
}

func (w *worker) shares(l *linkProgram, targets []lateTarget) *fault {
	if l.share < 0 || len(targets) == 0 {
		return nil
	}
	v := w.cells[l.share]
	if v.IsNull() || v.IsUnset() || textOfValue(v) == "" {
		return nil
	}
	parts := splitCell(v, l.split)
	if len(parts) != len(targets) && len(parts) != 1 {
		return newFault(ruleShare, w.run.prog.columns[l.share], w.shown(textOfValue(v)))
	}
	for i := range targets {
		share, ok := parseShare(parts[min(i, len(parts)-1)])
		if !ok {
			return newFault(ruleShare, w.run.prog.columns[l.share], w.shown(textOfValue(v)))
		}
		targets[i].share = share
	}
	return nil
}

// parseShare reads 1/3, 33.3% and 0.5, more than nothing and at most the whole.
func parseShare(text string) (entities.Share, bool) {
	text = strings.TrimSpace(text)
	if a, b, found := strings.Cut(text, "/"); found {
		num, err1 := strconv.ParseUint(strings.TrimSpace(a), 10, 32)
		den, err2 := strconv.ParseUint(strings.TrimSpace(b), 10, 32)
		return entities.Share{Num: uint32(num), Den: uint32(den)}, err1 == nil && err2 == nil && num > 0 && num <= den
	}
	scale := 1.0
	if percent, found := strings.CutSuffix(text, "%"); found {
		text, scale = strings.TrimSpace(percent), 100
	}
	n, ok := parseNumber(text, false)
	if !ok || !(n > 0 && n <= scale) {
		return entities.Share{}, false
	}
	_, decimals, _ := strings.Cut(text, ".")
	den := scale * math.Pow10(len(decimals))
	if den > 1e9 {
		return entities.Share{}, false
	}
	num, whole := uint32(math.Round(n*math.Pow10(len(decimals)))), uint32(den)
	if d := gcd(num, whole); d > 1 {
		num, whole = num/d, whole/d
	}
	return entities.Share{Num: num, Den: whole}, num > 0
}

func gcd(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
