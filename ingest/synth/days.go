package synth

import "time"

// day counts days since 1970-01-01; noDay is none.
type day int32

const noDay day = 1 << 30

func date(year, month, d int) day {
	return day(time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

var (
	firstDay   = date(1850, 1, 1)
	extractDay = date(2005, 1, 1) // the first hand-over holds what began before
	lastDay    = date(2025, 6, 30)
	dayTexts   = func() []string {
		texts := make([]string, date(2080, 1, 1)-firstDay)
		for i := range texts {
			texts[i] = time.Unix(int64(firstDay+day(i))*86400, 0).UTC().Format("2006-01-02")
		}
		return texts
	}()
)

// String is the ISO form; empty for noDay.
func (d day) String() string {
	if d < firstDay || int(d-firstDay) >= len(dayTexts) {
		return ""
	}
	return dayTexts[d-firstDay]
}

func (d day) year() int {
	s := d.String()
	if s == "" {
		return 0
	}
	return int(s[0]-'0')*1000 + int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
}

// handOvers are the years of the extract and of the change files after it; a
// file holds what began since the one before it.
var handOvers = []int{2005, 2008, 2011, 2014, 2017, 2020, 2023, 2025}

var handOverEnds = func() []day {
	ends := make([]day, len(handOvers))
	ends[0] = extractDay
	for i, y := range handOvers[1:] {
		ends[i+1] = date(y+1, 1, 1)
	}
	return ends
}()

// handOver gives the hand-over that tells of a day: 0 is the extract.
func handOver(d day) int {
	for i, end := range handOverEnds {
		if d < end {
			return i
		}
	}
	return len(handOvers) - 1
}

// inYear gives a day of a year.
func (d dice) inYear(year int) day { return date(year, d.between(1, 12), d.between(1, 28)) }
