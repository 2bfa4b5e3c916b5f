package api

import (
	"slices"
	"time"

	"github.com/chengma/chengma/entities"
)

// The rule of disclosure. A count of people or households leaves the server
// through [disclose] alone:
//
//  1. below discloseFrom (also 0) it is suppressed;
//  2. from there on it is rounded to the nearest multiple of discloseBase, so
//     that two counts that differ by one person are mostly the same, and always
//     the same for the same question;
//  3. it is given for whole natural buildings only, never for a part (unit, floor,
//     entrance) and never for a sum, so that no complement can be formed;
//  4. it is the count at the beginning of the calendar quarter and only at the
//     newest revision, so that a single move cannot be found by asking day by day
//     or revision by revision.
//
// What stays: who asks before and after a revision sees when a count goes over a
// step of rounding. That somebody came is then known, not who.
const (
	discloseFrom = 10
	discloseBase = 5
)

// Disclosed is a count that may be told.
type Disclosed struct {
	Count      *int    `json:"count"`
	Suppressed bool    `json:"suppressed"`
	K          int     `json:"k"`
	Base       int     `json:"base"`
	At         instant `json:"at"`
}

// published are the attributes in which a source itself publishes such counts, of
// areas that it chose. They are shown as they are, for they are public elsewhere;
// but from 1 to below discloseFrom they are left out, as a guard against sources
// that do not know the rule.
var published = map[entities.Kind][]string{
	entities.Building: {"household_count"},
	entities.District: {"population", "registered_population", "households"},
}

// mayPublish applies that to an attribute; counts are those of its kind.
func mayPublish(counts []string, a entities.Attr) bool {
	if !slices.Contains(counts, a.Name) {
		return true
	}
	n, ok := a.Value.Float()
	return !ok || n < 1 || n >= discloseFrom
}

// disclose applies the first two steps of the rule.
func disclose(count int, at entities.Instant) Disclosed {
	d := Disclosed{K: discloseFrom, Base: discloseBase, At: instant(at)}
	if count < discloseFrom {
		d.Suppressed = true
		return d
	}
	rounded := (count + discloseBase/2) / discloseBase * discloseBase
	d.Count = &rounded
	return d
}

// countable reports whether things of a kind may be counted without the rule.
func countable(kind entities.Kind) bool {
	return kind != entities.Person && kind != entities.Household
}

// quarterOf returns the beginning of the calendar quarter of an instant.
func quarterOf(at entities.Instant, zone *time.Location) entities.Instant {
	t := at.Time().In(zone)
	first := time.Month((int(t.Month())-1)/3*3 + 1)
	return entities.InstantOf(time.Date(t.Year(), first, 1, 0, 0, 0, 0, zone))
}
