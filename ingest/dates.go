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
	switch m.to {
	case toDay:
		return m.time.AddDate(0, 0, 1)
	case toMonth:
		return m.time.AddDate(0, 1, 0)
	case toYear:
		return m.time.AddDate(1, 0, 0)
	}
	return m.time
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
	t, err := time.ParseInLocation(f.layout, text, zone)
	return moment{t, f.to}, err == nil
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
		if t, err := time.ParseInLocation(l.layout, text, zone); err == nil {
			return moment{t, l.to}, true
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
	m := moment{time.Date(1899, 12, 30+int(days), 0, 0, 0, 0, zone), toDay}
	if part > 0 {
		seconds := int(math.Round(part * 86400))
		m = moment{time.Date(1899, 12, 30+int(days), 0, 0, seconds, 0, zone), toInstant}
	}
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
// refused, because no register means them.
func (m moment) instant(inclusive bool) (entities.Instant, bool) {
	t := m.time
	if inclusive {
		t = m.end()
	}
	if y := t.Year(); y < 1 || y > 9999 {
		return 0, false
	}
	return entities.InstantOf(t), true
}
