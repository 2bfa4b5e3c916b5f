package cql2

import (
	"cmp"
	"fmt"
)

// which end of an interval an instant is.
const (
	atStart = false
	atEnd   = true
)

// span is a closed interval; a null end is unbounded. An instant is a span
// from itself to itself.
type span struct{ start, end Value }

// spanOf takes a temporal value as a span; known is false for null.
func spanOf(v Value) (s span, known bool, err error) {
	switch v.kind {
	case KindNull:
		return span{}, false, nil
	case KindDate, KindTimestamp:
		return span{v, v}, true, nil
	case KindInterval:
		start, end := v.AsInterval()
		return span{start, end}, true, nil
	default:
		return span{}, false, fmt.Errorf("cql2: a temporal function takes a date, timestamp or interval, not a %s: %w", v.kind, ErrType)
	}
}

// compareEnds orders two ends. Null is before everything at a start and after
// everything at an end. Dates compare by day; a date compared with a timestamp
// is its first instant at a start and its last one at an end.
func compareEnds(a Value, aEnd bool, b Value, bEnd bool) int {
	if a.kind == KindNull || b.kind == KindNull {
		return cmp.Compare(infinity(a, aEnd), infinity(b, bEnd))
	}
	if a.kind == KindDate && b.kind == KindDate {
		return cmp.Compare(int64(a.num), int64(b.num))
	}
	as, an := endInstant(a, aEnd)
	bs, bn := endInstant(b, bEnd)
	return cmp.Or(cmp.Compare(as, bs), cmp.Compare(an, bn))
}

func infinity(v Value, end bool) int {
	switch {
	case v.kind != KindNull:
		return 0
	case end:
		return 1
	default:
		return -1
	}
}

func endInstant(v Value, end bool) (int64, uint32) {
	sec, nsec := v.instant()
	if v.kind == KindDate && end {
		return sec + secondsPerDay - 1, 999_999_999
	}
	return sec, nsec
}

// holds evaluates the predicate (21-065r2, clause 7.8; the interval
// relations are those of OWL-Time).
func (op TemporalOp) holds(a, b span) bool {
	starts := func() int { return compareEnds(a.start, atStart, b.start, atStart) }
	ends := func() int { return compareEnds(a.end, atEnd, b.end, atEnd) }
	startToEnd := func() int { return compareEnds(a.start, atStart, b.end, atEnd) }
	endToStart := func() int { return compareEnds(a.end, atEnd, b.start, atStart) }
	switch op {
	case TAfter:
		return startToEnd() > 0
	case TBefore:
		return endToStart() < 0
	case TDisjoint:
		return startToEnd() > 0 || endToStart() < 0
	case TIntersects:
		return startToEnd() <= 0 && endToStart() >= 0
	case TEquals:
		return starts() == 0 && ends() == 0
	case TContains:
		return starts() < 0 && ends() > 0
	case TDuring:
		return starts() > 0 && ends() < 0
	case TFinishedBy:
		return starts() < 0 && ends() == 0
	case TFinishes:
		return starts() > 0 && ends() == 0
	case TMeets:
		return endToStart() == 0
	case TMetBy:
		return startToEnd() == 0
	case TOverlappedBy:
		return starts() > 0 && startToEnd() < 0 && ends() > 0
	case TOverlaps:
		return starts() < 0 && endToStart() > 0 && ends() < 0
	case TStartedBy:
		return starts() == 0 && ends() > 0
	default:
		return starts() == 0 && ends() < 0
	}
}
