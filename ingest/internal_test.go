package ingest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

// The table of keys answers as a map does.
func TestSeenTable_IsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, want := newSeenTable(), make(map[uint64]seenSlot)
		for range rapid.IntRange(1, 3000).Draw(t, "n") {
			hash := rapid.Uint64Range(1, 4000).Draw(t, "hash") * 0x9e3779b97f4a7c15
			content := rapid.Uint64().Draw(t, "content")
			at := place{fmt.Sprint(content % 3), int64(content % 1000)}
			first, fresh := table.put(hash, content, at)
			before, known := want[hash]
			if fresh == known || known && first.content != before.content {
				t.Fatalf("put %x: %+v, %v; want %+v, %v", hash, first, fresh, before, !known)
			}
			if fresh {
				want[hash] = first
			}
		}
		for hash := range want {
			if !table.has(hash) {
				t.Fatalf("%x is gone", hash)
			}
		}
		if table.has(12345) || table.used != len(want) {
			t.Fatalf("%d used, want %d", table.used, len(want))
		}
	})
}

func TestParseDateForm_RoundTrip(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	for _, form := range []string{"YYYY-MM-DD", "YYYYMMDD", "YYYY年M月D日", "D.M.YYYY", "DD/MM/YYYY", "YYYY-MM-DDTHH:mm:ss", "YYYYMMDDHHmmss", "YYYY/M/D H:m:s"} {
		f, err := parseDateForm(form)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		rapid.Check(t, func(rt *rapid.T) {
			want := time.Unix(rapid.Int64Range(-2e9, 4e9).Draw(rt, "seconds"), 0).In(zone)
			if f.to == toDay {
				want = time.Date(want.Year(), want.Month(), want.Day(), 0, 0, 0, 0, zone)
			}
			text := want.Format(f.layout)
			got, ok := f.parse(text, zone)
			if !ok || !got.time.Equal(want) {
				rt.Fatalf("%s of %s is %v, %v", form, text, got.time, ok)
			}
		})
	}
	for _, form := range []string{"", "MM-DD", "Jan 2 2006", "2006-01-02", "YYYY_MM", "week"} {
		if _, err := parseDateForm(form); err == nil {
			t.Errorf("%q is taken for a form", form)
		}
	}
}

func TestMoment_End(t *testing.T) {
	for text, want := range map[string]string{
		"2020-02-28": "2020-02-29T00:00:00Z", "2020-02": "2020-03-01T00:00:00Z", "2020": "2021-01-01T00:00:00Z",
		"2020-02-28T10:00:00Z": "2020-02-28T10:00:00Z",
	} {
		m, ok := readISO(text, time.UTC)
		at, fits := m.instant(true)
		if !ok || !fits || at.String() != want {
			t.Errorf("%s ends at %v, want %s", text, at, want)
		}
	}
}

// Clocks that are put forward or back neither lose a day nor make one.
func TestClockTime(t *testing.T) {
	tests := []struct{ zone, text, from, end string }{
		{"Asia/Shanghai", "1986-05-04", "1986-05-03T16:00:00Z", "1986-05-04T15:00:00Z"},
		{"Asia/Shanghai", "1947-04-15", "1947-04-14T16:00:00Z", "1947-04-15T15:00:00Z"},     // midnight was skipped
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}, // and here
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"}, // the day was skipped: it is the next one
		{"America/New_York", "2024-03-10T02:30:00", "2024-03-10T07:00:00Z", "2024-03-10T07:00:00Z"},
		{"America/New_York", "2024-11-03T01:30:00", "2024-11-03T05:30:00Z", "2024-11-03T05:30:00Z"}, // twice: the first
		{"America/New_York", "2024-11-03T01:30:00-05:00", "2024-11-03T06:30:00Z", "2024-11-03T06:30:00Z"},
		{"Australia/Lord_Howe", "2024-04-07T01:45:00", "2024-04-06T14:45:00Z", "2024-04-06T14:45:00Z"}, // half an hour twice
		{"UTC", "2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
	}
	for _, tt := range tests {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := readISO(tt.text, zone)
		from, fits := m.instant(false)
		end, fitsToo := m.instant(true)
		if !ok || !fits || !fitsToo || from.String() != tt.from || end.String() != tt.end {
			t.Errorf("%s in %s is from %v to %v, want %s to %s", tt.text, tt.zone, from, end, tt.from, tt.end)
		}
	}
}

// A day of a register is the same day again, whatever the clocks did.
func TestClockTime_KeepsTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"Asia/Shanghai", "America/Sao_Paulo", "Africa/Cairo", "Europe/Prague", "Asia/Tokyo", "Asia/Gaza"}).Draw(t, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		day := time.Unix(rapid.Int64Range(-3e9, 3e9).Draw(t, "seconds"), 0).UTC().Format(time.DateOnly)
		m, ok := readISO(day, zone)
		if !ok || m.time.In(zone).Format(time.DateOnly) != day {
			t.Fatalf("%s in %s is %v", day, name, m.time)
		}
		if before := m.time.Add(-time.Microsecond).In(zone).Format(time.DateOnly); before >= day {
			t.Fatalf("%s in %s begins before %v", day, name, m.time)
		}
	})
}

// The last day of 9999, still in, is no end; nothing is beyond it.
func TestMoment_EdgesOfTime(t *testing.T) {
	for text, want := range map[string]entities.Instant{"9999-12-31": entities.Forever, "9999": entities.Forever, "9999-12-30": entities.InstantOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))} {
		m, _ := readISO(text, time.UTC)
		if at, ok := m.instant(true); !ok || at != want {
			t.Errorf("%s ends at %v, %v", text, at, ok)
		}
	}
	for _, text := range []string{"0000-00-00", "0000-01-01", "2023-02-30", "10000-01-01", "2024-01-01T24:00:00", "-0044-03-15"} {
		m, ok := readISO(text, time.UTC)
		if at, fits := m.instant(false); ok && fits {
			t.Errorf("%s is %v", text, at)
		}
	}
}

func TestParseShare(t *testing.T) {
	tests := map[string]entities.Share{
		"1/3": {Num: 1, Den: 3}, " 2 / 4 ": {Num: 2, Den: 4}, "50%": {Num: 1, Den: 2}, "33.5 %": {Num: 67, Den: 200}, "0.25": {Num: 1, Den: 4}, "1": {Num: 1, Den: 1}, "100%": {Num: 1, Den: 1},
	}
	for text, want := range tests {
		if got, ok := parseShare(text); !ok || got != want {
			t.Errorf("%q is %+v, %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "0", "0/1", "2/1", "1/0", "-1/2", "150%", "1.5", "half", "1/99999999999", "0.1234567890123"} {
		if got, ok := parseShare(text); ok {
			t.Errorf("%q is taken for the share %+v", text, got)
		}
	}
}

func TestUnits_AgreeWithTheirDefinitions(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     float64
	}{{"ft", "m", 0.3048}, {"mi", "km", 1.609344}, {"ha", "m2", 1e4}, {"acre", "sqft", 43560}, {"mu", "ha", 1.0 / 15}, {"mm", "m", 0.001}, {"m/s", "km/h", 3.6}} {
		got := units[tt.from].base / units[tt.to].base
		if units[tt.from].measure != units[tt.to].measure || math.Abs(got-tt.want) > 1e-9*tt.want {
			t.Errorf("1 %s is %v %s, want %v", tt.from, got, tt.to, tt.want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"fields", "feilds", 1}, {"unit", "uint", 1}, {"kind", "kin", 1}, {"abc", "xyz", 3}} {
		if got := editDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance of %q and %q is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
