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
