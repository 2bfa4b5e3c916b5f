package entities

import (
	"fmt"
	"math"
	"time"
)

// Instant is a point of valid time: microseconds since 1970-01-01T00:00:00Z.
// Valid time is a type of its own so that it is never mixed up with recorded
// time, which is a [Revision].
type Instant int64

// The ends of valid time: Beginning is before, Forever after every instant.
const (
	Beginning Instant = math.MinInt64
	Forever   Instant = math.MaxInt64
)

// InstantOf converts a time, cut to microseconds. Times that an int64 of
// microseconds cannot hold become Beginning or Forever.
func InstantOf(t time.Time) Instant {
	const widest = math.MaxInt64 / 1_000_000
	switch s := t.Unix(); {
	case s >= widest:
		return Forever
	case s <= -widest:
		return Beginning
	}
	return Instant(t.UnixMicro())
}

// Time returns the instant in UTC. Beginning and Forever have none that means
// anything: ask [Instant.Bounded] first.
func (t Instant) Time() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Bounded reports whether t is neither Beginning nor Forever.
func (t Instant) Bounded() bool { return t != Beginning && t != Forever }

// String returns RFC 3339 in UTC, or ".." for an open end, as in OGC intervals.
func (t Instant) String() string {
	if !t.Bounded() {
		return ".."
	}
	return t.Time().Format(time.RFC3339Nano)
}

// Interval is a half-open span of valid time, [From, To).
type Interval struct {
	From, To Instant
}

// Always is all of valid time.
var Always = Interval{From: Beginning, To: Forever}

// Since returns the interval that begins at t and has no end.
func Since(t Instant) Interval { return Interval{From: t, To: Forever} }

// During returns the shortest interval that holds t.
func During(t Instant) Interval {
	if t == Forever {
		return Interval{From: Forever - 1, To: Forever}
	}
	return Interval{From: t, To: t + 1}
}

// Empty reports whether no instant is in the interval.
func (i Interval) Empty() bool { return i.From >= i.To }

// Contains reports whether From ≤ t < To.
func (i Interval) Contains(t Instant) bool { return i.From <= t && t < i.To }

// Overlaps reports whether the two share an instant.
func (i Interval) Overlaps(o Interval) bool { return max(i.From, o.From) < min(i.To, o.To) }

// Intersect returns what the two share; it may be empty.
func (i Interval) Intersect(o Interval) Interval {
	return Interval{From: max(i.From, o.From), To: min(i.To, o.To)}
}

// String returns the OGC form, from/to with ".." for an open end.
func (i Interval) String() string { return i.From.String() + "/" + i.To.String() }

func (i Interval) check() error {
	if i.Empty() {
		return fmt.Errorf("%w: %s ends at or before its beginning", ErrEmptyInterval, i)
	}
	return nil
}

// Revision numbers the published batches of a store, from 1 up. It is recorded
// time: an answer at revision r knows what was published up to r.
type Revision int64

// Open is the end of a span that no revision has closed yet.
const Open Revision = math.MaxInt64

// Span is a half-open span of recorded time, [From, To): the revisions that know
// a row.
type Span struct {
	From, To Revision
}

// Contains reports whether revision r knows the row.
func (s Span) Contains(r Revision) bool { return s.From <= r && r < s.To }
