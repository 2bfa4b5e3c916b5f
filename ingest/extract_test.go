package ingest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
)

func fullMapping(asOf, more string) string {
	return "mapping: 1\nsource: test\nkind: building\nclass: natural\nkey: {scheme: b, from: id}\ngeometry: none\n" +
		"file: {extent: full, as-of: \"" + asOf + "\"" + more + "}\nvalid: {from: \"" + asOf + "\"}\nfields: {name: n, division_code: d}\n"
}

// rows is a table of buildings from first to last in a district.
func rows(first, last int, district string) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, "%d,name %d,%s\n", i, i, district)
	}
	return b.String()
}

const columns = "id,n,d\n"

func (b *bench) buildings(t testing.TB, at string) int {
	return len(things(t, head(t, b), entities.Building, instant(t, at)))
}

func TestFull_EndsWhatIsMissing(t *testing.T) {
	b := newBench()
	b.load(t, strings.ReplaceAll(building("fields: {name: n}\n"), "source: test", "source: other"), "o.csv", "id,n\nforeign,x\n")
	b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 100, "11"))
	second := b.load(t, fullMapping("2021-01-01", ""), "b.csv", columns+rows(3, 101, "11"))
	if second.Ended != 2 || second.Covered != 101 || second.Created != 1 || second.Unchanged != 98 {
		t.Fatalf("report %+v", second)
	}
	if before, after := b.buildings(t, "2020-06-01T00:00:00Z"), b.buildings(t, "2021-06-01T00:00:00Z"); before != 101 || after != 100 {
		t.Errorf("%d buildings before and %d after, want 101 and 100", before, after)
	}
	rev := b.head(t)
	if again := b.load(t, fullMapping("2021-01-01", ""), "b.csv", columns+rows(3, 101, "11")); again.Ended != 0 || b.head(t) != rev {
		t.Errorf("the same extract again: %+v", again)
	}
}

func TestFull_ScopeLimitsEnds(t *testing.T) {
	b := newBench()
	b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 100, "11")+rows(201, 300, "22"))
	second := b.load(t, fullMapping("2021-01-01", ", scope: {attributes: {division_code: \"11\"}}"), "b.csv", columns+rows(2, 100, "11"))
	if second.Ended != 1 || second.Covered != 100 {
		t.Errorf("report %+v", second)
	}
	if n := b.buildings(t, "2021-06-01T00:00:00Z"); n != 199 {
		t.Errorf("%d buildings, want 199", n)
	}
}

func TestFull_QuarantinedCountsAsPresent(t *testing.T) {
	b := newBench()
	b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 100, "11"))
	second := b.load(t, fullMapping("2021-01-01", ""), "b.csv", columns+"1,x,wrong code!\n"+rows(2, 100, "11"))
	if second.Ended != 0 || second.Quarantined != 1 {
		t.Errorf("report %+v", second)
	}
}

func TestFull_Suspended(t *testing.T) {
	for name, text := range map[string]string{
		"key missing":    columns + ",x,11\n" + rows(2, 100, "11"),
		"key unreadable": columns + "4.4E+24,x,11\n" + rows(2, 100, "11"),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 100, "11"))
			second := b.load(t, fullMapping("2021-01-01", ""), "b.csv", text)
			if second.Ended != 0 || second.EndsSuspended == "" {
				t.Errorf("report %+v", second)
			}
		})
	}
}

func TestFull_TooManyEnds(t *testing.T) {
	b := newBench()
	b.load(t, fullMapping("2020-01-01", ""), "a.csv", columns+rows(1, 100, "11"))
	cfg := b.config(t, fullMapping("2021-01-01", ""), write(t, "b.csv", columns+rows(4, 110, "11")))
	first, err := ingest.Run(t.Context(), cfg)
	var many *ingest.TooManyEndsError
	if !errors.As(err, &many) || many.Ends != 3 || many.Covered != 110 {
		t.Fatalf("error %v, want 3 of 110", err)
	}
	if first.Created != 10 || b.buildings(t, "2021-06-01T00:00:00Z") != 110 {
		t.Errorf("the records were not applied: %+v", first)
	}
	cfg.AllowEnds = true
	second, err := ingest.Run(t.Context(), cfg)
	if err != nil || second.Ended != 3 || !second.Resumed {
		t.Errorf("with the flag: %+v, %v", second, err)
	}
	if n := b.buildings(t, "2021-06-01T00:00:00Z"); n != 107 {
		t.Errorf("%d buildings, want 107", n)
	}
}

func TestDelta_Operations(t *testing.T) {
	b := newBench()
	mapping := building(`file:
  extent: delta
  operation:
    from: op
    values: {U: upsert, E: end, S: split, M: merge, V: void, D: same-as, W: different, K: skip}
    into: {scheme: b, from: to, split: "|"}
    of: {scheme: b, from: to}
    reason: why
fields: {name: n}
`)
	mapping = strings.Replace(mapping, `valid: {from: "2020-01-01"}`, "valid: {from: {from: at}}", 1)
	const top = "op,id,n,at,to,why\n"
	report := b.load(t, mapping, "a.csv", top+
		"U,1,one,2010-01-01,,\nU,2,two,2010-01-01,,\nU,3,three,2010-01-01,,\nU,4,four,2010-01-01,,\n"+
		"U,5,five,2010-01-01,,\nU,6,six,2010-01-01,,\n"+
		"E,1,,2015-01-01,,\nS,2,,2015-01-01,21|22,\nU,21,,2015-01-01,,\nU,22,,2015-01-01,,\n"+
		"V,3,,2010-01-01,,\nK,4,ignored,2010-01-01,,\nD,5,,2010-01-01,6,surveyed twice\n")
	if report.Read != 13 || report.Skipped != 1 || report.Quarantined != 0 || report.Partial != 0 {
		t.Fatalf("report %+v; %+v", report, b.refusals(t, true))
	}
	reader := head(t, b)
	for _, c := range []struct {
		key    string
		state  entities.State
		before bool // is there in 2012
	}{{"1", entities.Retired, true}, {"2", entities.Retired, true}, {"3", entities.Retired, false}, {"4", entities.Active, true}, {"5", entities.Retired, false}} {
		code := resolve(t, reader, "b", c.key)
		status, err := reader.Status(t.Context(), code)
		if err != nil || status.State != c.state {
			t.Errorf("%s is %v (%v), want %v", c.key, status.State, err, c.state)
		}
		_, err = reader.Get(t.Context(), code, instant(t, "2012-01-01T00:00:00Z"))
		if (err == nil) != c.before {
			t.Errorf("%s in 2012: %v", c.key, err)
		}
	}
	two, err := reader.Status(t.Context(), resolve(t, reader, "b", "2"))
	if err != nil || len(two.Successors) != 2 {
		t.Errorf("successors of 2: %+v, %v", two, err)
	}
	five, err := reader.Status(t.Context(), resolve(t, reader, "b", "5"))
	if err != nil || five.SameAs != resolve(t, reader, "b", "6") || five.Reason != "surveyed twice" {
		t.Errorf("5 is %+v, %v", five, err)
	}

	// Back, and again in one file: a batch ends between the two.
	undo := b.load(t, mapping, "b.csv", top+"W,5,,2016-01-01,,\nD,5,,2016-01-02,6,again\nW,5,,2016-01-03,,\n")
	if undo.Quarantined != 0 || undo.Updated != 3 {
		t.Errorf("undone: %+v; %+v", undo, b.refusals(t, true))
	}
	if got := b.get(t, "b", "5", "2017-01-01T00:00:00Z").Attrs.Get("name").Text(); got != "five" {
		t.Errorf("5 is %q again", got)
	}
}
