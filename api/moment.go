package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/chengma/chengma/entities"
)

// moment is what a datetime asks about.
type moment struct {
	span    entities.Interval // half-open
	instant bool              // a single instant, not a day or an interval
	given   bool              // by the caller, not by default
}

// at is the one instant that stands for the moment where only one can: the last
// of a day or an interval, as an interval shows the latest version.
func (m moment) at() entities.Instant {
	if m.instant {
		return m.span.From
	}
	return m.span.To - 1
}

// parseDatetime reads the datetime parameter (OGC API – Features Part 1, 7.15.4):
// an RFC 3339 instant, a bare date, which is that day in zone, or an interval of
// these, closed at both ends, with ".." or nothing for an open end. The empty
// text is now.
func parseDatetime(text string, now entities.Instant, zone *time.Location) (moment, error) {
	if text == "" {
		return moment{span: entities.During(now), instant: true}, nil
	}
	from, to, interval := strings.Cut(text, "/")
	if !interval {
		span, day, ok := parseEnd(text, zone)
		if !ok {
			return moment{}, badDatetime(text)
		}
		return moment{span: span, instant: !day, given: true}, nil
	}
	m := moment{span: entities.Always, given: true}
	if from != "" && from != ".." {
		span, _, ok := parseEnd(from, zone)
		if !ok {
			return moment{}, badDatetime(text)
		}
		m.span.From = span.From
	}
	if to != "" && to != ".." {
		span, _, ok := parseEnd(to, zone)
		if !ok {
			return moment{}, badDatetime(text)
		}
		m.span.To = span.To
	}
	if m.span.Empty() {
		return moment{}, refuse(probDatetime, "datetime", quote(text)+" ends before it begins.", "“"+clip(text)+"”的终点早于起点。")
	}
	return m, nil
}

// parseEnd reads an instant or a date as the interval that it fills.
func parseEnd(text string, zone *time.Location) (span entities.Interval, day, ok bool) {
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		next := t.AddDate(0, 0, 1)
		return entities.Interval{From: entities.InstantOf(t), To: entities.InstantOf(next)}, true, true
	}
	// A "+" that nobody escaped comes as a blank.
	text = strings.ToUpper(strings.ReplaceAll(text, " ", "+"))
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return entities.Interval{}, false, false
	}
	return entities.During(entities.InstantOf(t)), false, true
}

func badDatetime(text string) error {
	return refuse(probDatetime, "datetime",
		quote(text)+" is no RFC 3339 instant (2026-01-31T08:00:00Z), date (2026-01-31) or interval of these (2026-01-01/..).",
		"“"+clip(text)+"”不是 RFC 3339 时刻（2026-01-31T08:00:00Z）、日期（2026-01-31）或其区间（2026-01-01/..）。")
}

// knownAt is what a known-at asks about; the zero value is the head.
type knownAt struct {
	rev   entities.Revision
	time  time.Time // instead of rev, where it is not zero
	given bool
}

func parseKnownAt(text string) (knownAt, error) {
	if text == "" {
		return knownAt{}, nil
	}
	if rev, err := strconv.ParseInt(text, 10, 64); err == nil && rev >= 0 && text[0] != '+' {
		return knownAt{rev: entities.Revision(rev), given: true}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(strings.ReplaceAll(text, " ", "+")))
	if err != nil {
		return knownAt{}, refuse(probKnownAt, "known-at",
			quote(text)+" is neither a revision number nor an RFC 3339 instant.",
			"“"+clip(text)+"”既不是版次号，也不是 RFC 3339 时刻。")
	}
	return knownAt{time: t, given: true}, nil
}

// clip keeps a hostile text short.
func clip(text string) string {
	const most = 60
	if len(text) <= most {
		return strings.ToValidUTF8(text, "�")
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

func quote(text string) string { return strconv.Quote(clip(text)) }
