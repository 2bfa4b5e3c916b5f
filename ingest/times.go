package ingest

import (
	"time"

	"github.com/chengma/chengma/entities"
)

// zone is that of dates without one.
func (w *worker) zone() *time.Location {
	if w.run == nil {
		return time.UTC
	}
	return w.run.zone
}

// fixed resolves run, always and constants. end says that it is the end of an
// interval.
func (r *runState) fixed(f fixedTime, end, inclusive bool) entities.Instant {
	switch {
	case f.run:
		return r.start
	case f.always && end:
		return entities.Forever
	case f.always:
		return entities.Beginning
	}
	m, _ := readISO(f.text, r.zone) // it was read when the mapping was compiled
	t, ok := m.instant(inclusive)
	if !ok {
		return entities.Forever
	}
	return t
}

// fixedAs is a fixed time and what it is for.
type fixedAs struct {
	fixedTime
	end, inclusive bool
}

// fixed remembers what times that all records share are.
func (w *worker) fixed(f fixedTime, end, inclusive bool) entities.Instant {
	as := fixedAs{f, end, inclusive}
	at, known := w.fixedTimes[as]
	if !known {
		at = w.run.fixed(f, end, inclusive)
		w.fixedTimes[as] = at
	}
	return at
}

// instant gets a time out of a record; there is false where there is none.
func (w *worker) instant(t *timeProgram, end bool) (at entities.Instant, there bool, bad *fault) {
	if len(t.text.columns) == 0 {
		return w.fixed(t.fixed, end, t.inclusive), true, nil
	}
	v, bad := w.cell(&t.text)
	if bad != nil {
		return 0, false, bad
	}
	if v.IsUnset() {
		if t.dflt != nil {
			return w.fixed(*t.dflt, end, t.inclusive), true, nil
		}
		return 0, false, nil
	}
	text := textOfValue(v)
	if m, ok := parseForms(t.forms, text, w.zone()); ok {
		if at, ok := m.instant(t.inclusive); ok {
			return at, true, nil
		}
	}
	return 0, false, newFault(ruleDate, t.text.at, w.shown(text), t.formNames)
}

// interval is the valid time of programs: from defaults to start, to has no end.
func (w *worker) interval(from, to *timeProgram, dflt entities.Interval) (entities.Interval, *fault) {
	over := dflt
	if from != nil {
		at, there, bad := w.instant(from, false)
		if bad != nil {
			return over, bad
		}
		if !there {
			return over, newFault(ruleRequired, from.text.at, "", "缺少起始时间（列 "+from.text.names+"）", "there is no beginning of valid time in "+from.text.names)
		}
		over.From = at
	}
	if to != nil {
		at, there, bad := w.instant(to, true)
		if bad != nil {
			return over, bad
		}
		if there {
			over.To = at
		}
	}
	if over.Empty() {
		return over, newFault(ruleInterval, "valid", "", over.From, over.To)
	}
	return over, nil
}

// over is the valid time of an alias or a link of a record that holds over own.
func (w *worker) over(when *whenProgram, own entities.Interval) (entities.Interval, *fault) {
	switch {
	case when.always:
		return entities.Always, nil
	case when.record:
		return own, nil
	}
	return w.interval(when.from, when.to, own)
}

// shown is as much of a value as may be kept of a record that has sensitive ones.
func (w *worker) shown(text string) string {
	if w.run.prog.sensitive {
		return masked
	}
	return text
}
