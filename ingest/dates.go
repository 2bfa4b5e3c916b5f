package ingest

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/chengma/chengma/entities"
)

// precision is how much of a time a text named.
type precision uint8

const (
	toInstant precision = iota
	toDay
	toMonth
	toYear
)

// moment is a time as a record has it.
type moment struct {
	time time.Time
	to   precision
}

// end is the first instant after what the text named.
func (m moment) end() time.Time {
	y, mo, d := m.time.Date()
	switch m.to {
	case toDay:
		d++
	case toMonth:
		mo++
	case toYear:
		y++
	default:
		return m.time
	}
	return clockTime(time.Date(y, mo, d, 0, 0, 0, 0, time.UTC), m.time.Location())
}

// dateForm reads one form of dates. layout is Go's; empty for special forms.
type dateForm struct {
	name   string
	layout string
	to     precision
	read   func(text string, zone *time.Location) (moment, bool)
}

// dateTokens are the parts of a form; the longest that fits is taken.
var dateTokens = []struct {
	token, layout string
	to            precision
}{
	{"YYYY", "2006", toYear},
	{"YY", "06", toYear},
	{"MMMM", "January", toMonth},
	{"MMM", "Jan", toMonth},
	{"MM", "01", toMonth},
	{"M", "1", toMonth},
	{"DD", "02", toDay},
	{"D", "2", toDay},
	{"HH", "15", toInstant},
	{"hh", "03", toInstant},
	{"mm", "04", toInstant},
	{"ss", "05", toInstant},
	{"SSS", "000", toInstant},
	{"ZZ", "-0700", toInstant},
	{"Z", "Z07:00", toInstant},
	{"A", "PM", toInstant},
	{"H", "15", toInstant},
	{"m", "4", toInstant},
	{"s", "5", toInstant},
}

var errDateForm = errors.New("a form has YYYY, and MM, DD, HH, mm, ss … as it needs them, or is iso, unix, unix-ms or excel")

// parseDateForm compiles a form such as YYYY年M月D日.
func parseDateForm(form string) (dateForm, error) {
	switch form {
	case "iso":
		return dateForm{name: form, read: readISO}, nil
	case "unix":
		return dateForm{name: form, read: readUnix(1)}, nil
	case "unix-ms":
		return dateForm{name: form, read: readUnix(1000)}, nil
	case "excel":
		return dateForm{name: form, read: readExcel}, nil
	}
	f := dateForm{name: form, to: toYear}
	var layout strings.Builder
	found := map[string]bool{}
	for rest := form; rest != ""; {
		matched := false
		for _, t := range dateTokens {
			if strings.HasPrefix(rest, t.token) {
				layout.WriteString(t.layout)
				f.to = min(f.to, t.to)
				found[t.token] = true
				rest, matched = rest[len(t.token):], true
				break
			}
		}
		if matched {
			continue
		}
		if c := rest[0]; c >= '0' && c <= '9' || c == '_' || isLetter(c) && c != 'T' {
			return f, errDateForm // would mean something to Go's layouts, or nothing to anybody
		}
		layout.WriteByte(rest[0])
		rest = rest[1:]
	}
	if !found["YYYY"] && !found["YY"] {
		return f, errDateForm
	}
	f.layout = layout.String()
	return f, nil
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (f *dateForm) parse(text string, zone *time.Location) (moment, bool) {
	if f.read != nil {
		return f.read(text, zone)
	}
	return parseLayout(f.layout, f.to, text, zone)
}

// parseLayout reads a time; one without a zone of its own is that of the clocks
// in zone.
func parseLayout(layout string, to precision, text string, zone *time.Location) (moment, bool) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return moment{}, false
	}
	if !strings.Contains(layout, "07") {
		t = clockTime(t, zone)
	}
	return moment{t, to}, true
}

// clockTime is the instant at which the clocks of a zone show what t shows. Of a
// time that they show twice it is the first; one that they skip, as midnight in
// some years and a whole day in Samoa, is when they jump over it.
func clockTime(t time.Time, zone *time.Location) time.Time {
	at := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
	shown := func(x time.Time) time.Time {
		_, offset := x.Zone()
		return x.UTC().Add(time.Duration(offset) * time.Second)
	}
	start, end := at.ZoneBounds()
	switch now := shown(at); {
	case now.Before(t):
		return end
	case now.After(t):
		return start
	}
	if !start.IsZero() { // before the clocks were put back they may have shown it too
		_, before := start.Add(-time.Second).Zone()
		_, after := at.Zone()
		if earlier := at.Add(-time.Duration(before-after) * time.Second); before > after && earlier.Before(start) {
			return earlier
		}
	}
	return at
}

// isoLayouts are the forms of ISO 8601 (and RFC 3339) that occur, by length of
// what they take.
var isoLayouts = []struct {
	layout string
	to     precision
}{
	{time.DateOnly, toDay},
	{"2006-01-02T15:04:05", toInstant},
	{time.RFC3339, toInstant},
	{time.DateTime, toInstant},
	{"2006-01-02T15:04", toInstant},
	{"2006-01-02 15:04", toInstant},
	{"2006-01-02T15:04Z07:00", toInstant},
	{"2006-01", toMonth},
	{"2006", toYear},
}

func readISO(text string, zone *time.Location) (moment, bool) {
	if len(text) < 4 || len(text) > 40 || strings.IndexByte(text, ',') >= 0 {
		return moment{}, false
	}
	for _, l := range isoLayouts {
		if m, ok := parseLayout(l.layout, l.to, text, zone); ok {
			return m, true
		}
	}
	return moment{}, false
}

func readUnix(perSecond float64) func(string, *time.Location) (moment, bool) {
	return func(text string, _ *time.Location) (moment, bool) {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !(math.Abs(n/perSecond) < 1e11) {
			return moment{}, false
		}
		return moment{time.UnixMicro(int64(math.Round(n / perSecond * 1e6))).UTC(), toInstant}, true
	}
}

// readExcel reads the serial numbers of spreadsheets: days since 1899-12-30
// (from 61 on; below, their calendar has a 29 February 1900 that never was).
func readExcel(text string, zone *time.Location) (moment, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 61 && n < 2958466) {
		return moment{}, false
	}
	days, part := math.Modf(n)
	m := moment{time.Date(1899, 12, 30+int(days), 0, 0, 0, 0, time.UTC), toDay}
	if part > 0 {
		m = moment{m.time.Add(time.Duration(math.Round(part*86400)) * time.Second), toInstant}
	}
	m.time = clockTime(m.time, zone)
	return m, true
}

// parseForms tries forms in order; none means iso.
func parseForms(forms []dateForm, text string, zone *time.Location) (moment, bool) {
	if len(forms) == 0 {
		return readISO(text, zone)
	}
	for i := range forms {
		if m, ok := forms[i].parse(text, zone); ok {
			return m, true
		}
	}
	return moment{}, false
}

// instant converts to valid time; times before year 1 or after year 9999 are
// refused, because no register means them. The last day of 9999, still in, is how
// registers write "no end".
func (m moment) instant(inclusive bool) (entities.Instant, bool) {
	if y := m.time.Year(); y < 1 || y > 9999 {
		return 0, false
	}
	if !inclusive {
		return entities.InstantOf(m.time), true
	}
	if t := m.end(); t.Year() <= 9999 {
		return entities.InstantOf(t), true
	}
	return entities.Forever, true
}
