package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

func readYourWrites(s *suite) {
	c := s.city()
	if got := c.head(); got != 0 {
		c.Errorf("head of an empty store: got %d, want 0", got)
	}
	receipt := c.apply(change(ref("a"), since(2010), "floors", 3))
	if receipt.Revision != 1 || c.head() != 1 {
		c.Errorf("first batch: receipt says revision %d and head is %d, want 1 and 1", receipt.Revision, c.head())
	}
	code := receipt.Results[0].Code
	if code.Kind() != entities.Building || !code.Issuable() {
		c.Errorf("minted code %s: kind %s, issuable %t; want an issuable building", code, code.Kind(), code.Issuable())
	}
	c.says(code, year(2015), `{"floors":3}`)
	c.says(code, year(2009), "nothing")
	c.names(key("a"), year(2015), code)
	c.finds(entities.Query{}, "null")
	c.apply(change(ref("a"), since(2012), "floors", 4))
	c.says(code, year(2011), `{"floors":3}`)
	c.says(code, year(2012), `{"floors":4}`)
	c.saysAt(0, code, year(2015), "never issued")
}

func oldRevisionNeverChanges(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "floors", 3, "name", "old")
	other := c.create("b", 2010, "name", "b")
	c.apply(&entities.Relate{From: ref("a"), Role: "part-of", To: []entities.Target{{To: ref("b")}}, Over: since(2010)})
	rev := c.head()
	before := c.picture(rev, code, other)
	c.apply(correct(ref("a"), years(2012, 2014), "floors", 9))
	c.apply(change(ref("a"), since(2016), "name", "new"))
	c.apply(&entities.ClaimAlias{Key: key("a"), Subject: entities.ByCode(other), Over: since(2011), Mode: entities.Correction})
	c.apply(&entities.Relate{From: entities.ByCode(code), Role: "part-of", Over: entities.Always, Mode: entities.Correction})
	c.apply(&entities.End{Subject: entities.ByCode(code), Over: entities.Always, Mode: entities.Correction})
	c.apply(&entities.SameAs{Duplicate: entities.ByCode(other), Of: entities.ByCode(code)})
	if after := c.picture(rev, code, other); after != before {
		c.Errorf("revision %d changed.\nbefore: %s\nafter:  %s", rev, before, after)
	}
	c.says(code, year(2013), "nothing")
}

func halfOpenEdges(s *suite) {
	c := s.city()
	code := c.apply(change(ref("a"), years(2010, 2015), "v", 1)).Results[0].Code
	c.apply(change(ref("a"), years(2015, 2020), "v", 2))
	for _, at := range []struct {
		at   entities.Instant
		want string
	}{
		{year(2010) - 1, "nothing"},
		{year(2010), `{"v":1}`},
		{year(2015) - 1, `{"v":1}`},
		{year(2015), `{"v":2}`},
		{year(2020) - 1, `{"v":2}`},
		{year(2020), "nothing"},
	} {
		c.says(code, at.at, at.want)
		found := c.find(entities.Query{Valid: entities.During(at.at)})
		if (len(found) == 1) != (at.want != "nothing") || (len(found) == 1 && stateOf(&found[0], nil) != at.want) {
			c.Errorf("find at %s: got %s, want %s", at.at, rows(found), at.want)
		}
	}
	if found := c.find(entities.Query{Valid: entities.Interval{From: year(2005), To: year(2010)}}); len(found) != 0 {
		c.Errorf("find over 2005/2010: got %s, want nothing: the thing begins at the end of the interval", rows(found))
	}
	if found := c.find(entities.Query{Valid: entities.Interval{From: year(2020), To: year(2025)}}); len(found) != 0 {
		c.Errorf("find over 2020/2025: got %s, want nothing: the thing ends at the beginning of the interval", rows(found))
	}
	first := c.apply(&entities.Assert{
		Subject: ref("ever"), Kind: entities.Building, Over: entities.Always, Patch: attrs("v", 7),
	}).Results[0].Code
	c.says(first, entities.Beginning, `{"v":7}`)
	c.says(first, entities.Forever-1, `{"v":7}`)
}

func correctionOfThePast(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "v", 1, "w", "x")
	c.apply(change(ref("a"), since(2020), "v", 2))
	r := c.apply(correct(ref("a"), years(2012, 2022), "v", 9))
	if r.Results[0].Outcome != entities.Updated {
		c.Errorf("outcome of a correction: got %d, want updated", r.Results[0].Outcome)
	}
	for y, want := range map[int]string{
		2011: `{"v":1,"w":"x"}`, 2012: `{"v":9,"w":"x"}`, 2019: `{"v":9,"w":"x"}`,
		2021: `{"v":9,"w":"x"}`, 2022: `{"v":2,"w":"x"}`,
	} {
		c.says(code, year(y), want)
	}
	c.saysAt(r.Revision-1, code, year(2015), `{"v":1,"w":"x"}`)
	c.saysAt(r.Revision-1, code, year(2021), `{"v":2,"w":"x"}`)
	c.apply(correct(ref("a"), years(2000, 2005), "v", 5))
	c.says(code, year(2002), `{"v":5}`)
	c.says(code, year(2005), "nothing")
}

func patchSplitsVersions(s *suite) {
	c := s.city()
	code := c.apply(change(ref("a"), years(2010, 2020), "a", 1, "b", 2, "c", 3)).Results[0].Code
	c.apply(correct(ref("a"), years(2013, 2016), "b", 7))
	want := `2010-01-01T00:00:00Z/2013-01-01T00:00:00Z {"a":1,"b":2,"c":3}; ` +
		`2013-01-01T00:00:00Z/2016-01-01T00:00:00Z {"a":1,"b":7,"c":3}; ` +
		`2016-01-01T00:00:00Z/2020-01-01T00:00:00Z {"a":1,"b":2,"c":3}`
	if got := rows(c.history(code, entities.Trail{})); got != want {
		c.Errorf("versions: got %s, want %s", got, want)
	}
	c.apply(correct(ref("a"), years(2012, 2018), "c", 8))
	for y, want := range map[int]string{
		2011: `{"a":1,"b":2,"c":3}`, 2012: `{"a":1,"b":2,"c":8}`, 2014: `{"a":1,"b":7,"c":8}`,
		2017: `{"a":1,"b":2,"c":8}`, 2018: `{"a":1,"b":2,"c":3}`,
	} {
		c.says(code, year(y), want)
	}
	a := correct(ref("a"), years(2014, 2015))
	a.Class = "tower"
	c.apply(shaped(a, "POINT (1 2)"))
	c.says(code, year(2014), `tower {"a":1,"b":7,"c":8} POINT (1 2)`)
	none := entities.Geometry{}
	a = correct(ref("a"), years(2014, 2015))
	a.Geometry = &none
	c.apply(a)
	c.says(code, year(2014), `tower {"a":1,"b":7,"c":8}`)
}

func unsetAgainstNull(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "a", 1, "b", 2, "name", "n")
	c.apply(change(ref("a"), since(2012), "a", entities.Null))
	c.apply(change(ref("a"), since(2014), "a", entities.Unset))
	c.says(code, year(2011), `{"a":1,"b":2,"name":"n"}`)
	c.says(code, year(2012), `{"a":null,"b":2,"name":"n"}`)
	c.says(code, year(2014), `{"b":2,"name":"n"}`)
	for y, want := range map[int]entities.ValueType{2012: entities.NullType, 2014: entities.UnsetType} {
		e, err := c.reader().Get(c.ctx, code, year(y))
		if got := e.Attrs.Get("a").Type(); err != nil || got != want {
			c.Errorf("type of attribute a in %d: got %d and error %v, want %d", y, got, err, want)
		}
	}
	if r := c.apply(change(ref("a"), since(2016), "a", entities.Unset)); r.Results[0].Outcome != entities.Unchanged {
		c.Errorf("to remove what is not there: outcome %d, want unchanged", r.Results[0].Outcome)
	}
	if r := c.apply(change(ref("a"), since(2016), "a", entities.Null)); r.Results[0].Outcome != entities.Updated {
		c.Errorf("to say null where nothing is said: outcome %d, want updated", r.Results[0].Outcome)
	}
}

func unsetOfAnotherSource(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "a", 1, "b", 2)
	c.apply(shaped(correct(ref("a"), since(2010)), "POINT (1 2)"))
	other := change(ref("a"), since(2012), "a", entities.Unset, "c", 3)
	other.Origin.Source = "another"
	other.Geometry = &entities.Geometry{}
	c.apply(other)
	c.says(code, year(2012), `{"a":1,"b":2,"c":3} POINT (1 2)`)
	other = change(ref("a"), since(2014), "c", entities.Unset)
	other.Origin.Source = "another"
	c.apply(other)
	c.says(code, year(2014), `{"a":1,"b":2} POINT (1 2)`)
}

func aba(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "v", "A")
	c.apply(change(ref("a"), since(2012), "v", "B"))
	r := c.apply(change(ref("a"), since(2014), "v", "A"))
	want := `2010-01-01T00:00:00Z/2012-01-01T00:00:00Z {"v":"A"}; 2012-01-01T00:00:00Z/2014-01-01T00:00:00Z {"v":"B"}; ` +
		`2014-01-01T00:00:00Z/.. {"v":"A"}`
	if got := rows(c.history(code, entities.Trail{})); got != want || r.Results[0].Outcome != entities.Updated {
		c.Errorf("A → B → A: got versions %s with outcome %d, want %s and updated", got, r.Results[0].Outcome, want)
	}
}

func noNeedlessVersions(s *suite) {
	c := s.city()
	code := c.apply(shaped(change(ref("a"), since(2010), "v", 1, "f", 0.5), "POINT Z (1 2 3)")).Results[0].Code
	c.apply(&entities.Relate{From: ref("a"), Role: "in", To: []entities.Target{{To: ref("a"), Confidence: 1}}, Over: since(2010)})
	head := c.head()
	again := shaped(change(ref("a"), since(2012), "v", 1, "f", 0.5), "POINT Z (1 2 3)")
	again.Origin = entities.Origin{Source: "register", Collected: year(2012), Document: "a later one"}
	for name, act := range map[string]entities.Act{
		"the same from a later year": again,
		"a number in another form":   change(ref("a"), since(2010), "v", 1.0),
		"a correction to the same":   correct(ref("a"), years(2011, 2012), "v", 1),
		"the same key":               &entities.ClaimAlias{Key: key("a"), Subject: ref("a"), Over: since(2010)},
		"the same link":              &entities.Relate{From: ref("a"), Role: "in", To: []entities.Target{{To: ref("a"), Confidence: 1}}, Over: since(2012)},
		"an end of nothing":          &entities.End{Subject: ref("a"), Over: years(2000, 2005)},
		"the end of another's key":   &entities.EndAlias{Key: key("nobody"), Over: since(2010)},
	} {
		r := c.apply(act)
		if r.Results[0].Outcome != entities.Unchanged || r.Revision != head || c.head() != head {
			c.Errorf("%s: outcome %d, receipt at revision %d, head %d; want unchanged, %d, %d",
				name, r.Results[0].Outcome, r.Revision, c.head(), head, head)
		}
	}
	want := `2010-01-01T00:00:00Z/.. {"f":0.5,"v":1} POINT Z (1 2 3)`
	if got := rows(c.history(code, entities.Trail{Superseded: true})); got != want {
		c.Errorf("versions: got %s, want %s", got, want)
	}
	c.apply(correct(ref("a"), years(2012, 2014), "v", 2))
	c.apply(correct(ref("a"), years(2012, 2014), "v", 1))
	if got := rows(c.history(code, entities.Trail{})); got != want {
		c.Errorf("versions after a correction was taken back: got %s, want %s", got, want)
	}
}

func lateRecord(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "a", 1, "b", 1)
	c.apply(change(ref("a"), since(2015), "a", 2))
	c.apply(change(ref("a"), since(2018), "b", 3))
	c.apply(change(ref("a"), since(2012), "a", 5, "b", 5))
	for y, want := range map[int]string{
		2011: `{"a":1,"b":1}`, 2012: `{"a":5,"b":5}`, 2015: `{"a":2,"b":5}`, 2017: `{"a":2,"b":5}`, 2018: `{"a":2,"b":3}`,
	} {
		c.says(code, year(y), want)
	}
	c.apply(change(ref("a"), since(2013), "c", 1))
	c.says(code, year(2020), `{"a":2,"b":3,"c":1}`)
	c.apply(correct(ref("a"), since(2014), "a", 9))
	c.says(code, year(2014), `{"a":9,"b":5,"c":1}`)
	c.says(code, year(2020), `{"a":9,"b":3,"c":1}`)
}

func lateRecordsMeetGaps(s *suite) {
	c := s.city()
	code := c.apply(change(ref("a"), years(2010, 2015), "v", 1)).Results[0].Code
	c.apply(change(ref("a"), years(2020, 2025), "v", 2))
	c.apply(change(ref("a"), since(2012), "w", 1))
	c.says(code, year(2014), `{"v":1,"w":1}`)
	c.says(code, year(2016), "nothing")
	c.says(code, year(2022), `{"v":2}`)
	c.apply(change(ref("a"), since(2018), "v", 3))
	c.says(code, year(2017), "nothing")
	c.says(code, year(2019), `{"v":3}`)
	c.says(code, year(2021), `{"v":2}`)
	c.apply(&entities.End{Subject: ref("a"), Over: since(2013)})
	c.says(code, year(2013), "nothing")
	c.says(code, year(2019), `{"v":3}`)
	c.apply(&entities.End{Subject: ref("a"), Over: since(2012), Mode: entities.Correction})
	c.says(code, year(2011), `{"v":1}`)
	c.says(code, year(2012), "nothing")
	c.says(code, year(2022), "nothing")
	c.apply(change(ref("a"), since(2030), "v", 4))
	c.says(code, year(2031), `{"v":4}`)
}

func wholeRecord(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "a", 1, "b", 2)
	tax := change(ref("a"), since(2010), "rate", 5)
	tax.Origin.Source = "tax"
	tax.Class = "tower"
	c.apply(shaped(tax, "POINT (1 2)"))
	whole := change(ref("a"), since(2012), "a", 3)
	whole.Whole = true
	c.apply(whole)
	c.says(code, year(2011), `tower {"a":1,"b":2,"rate":5} POINT (1 2)`)
	c.says(code, year(2012), `tower {"a":3,"rate":5} POINT (1 2)`)
	again := change(ref("a"), since(2013), "a", 3)
	again.Whole = true
	if r := c.apply(again); r.Results[0].Outcome != entities.Unchanged {
		c.Errorf("the same whole record again: outcome %d, want unchanged", r.Results[0].Outcome)
	}
}

func causes(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "v", 1)
	c.apply(correct(ref("a"), years(2012, 2014), "v", 2))
	split := change(ref("a"), since(2016), "v", 3)
	split.Cause = entities.CauseSplit
	c.apply(split)
	c.apply(&entities.End{Subject: ref("a"), Over: since(2018)})
	want := map[int]entities.Cause{
		2011: entities.CauseChange, 2013: entities.CauseCorrection, 2015: entities.CauseChange, 2017: entities.CauseEnd,
	}
	for y, cause := range want {
		if e, err := c.reader().Get(c.ctx, code, year(y)); err != nil || e.Cause != cause {
			c.Errorf("cause in %d: got %s and error %v, want %s", y, e.Cause, err, cause)
		}
	}
	if e, err := c.store.At(c.head()-1).Get(c.ctx, code, year(2017)); err != nil || e.Cause != entities.CauseSplit {
		c.Errorf("cause in 2017 before the end was known: got %s and error %v, want %s", e.Cause, err, entities.CauseSplit)
	}
}

func origins(s *suite) {
	c := s.city()
	first := change(ref("a"), since(2010), "a", 1, "b", 2, "c", 3)
	first.Origin = entities.Origin{Source: "register", Collected: year(2009), Document: "deed 1"}
	code := c.apply(first).Results[0].Code
	second := change(ref("a"), since(2015), "b", 7)
	second.Origin = entities.Origin{Source: "survey", Collected: year(2014), Document: "plan 2"}
	second.Class = "tower"
	c.apply(shaped(second, "POINT (1 2)"))
	check := func(y int, name string, want entities.Origin) {
		e, err := c.reader().Get(c.ctx, code, year(y))
		if got := e.OriginOf(name); err != nil || got != want {
			c.Errorf("origin of %s in %d: got %+v and error %v, want %+v", name, y, got, err, want)
		}
		if !slices.IsSortedFunc(e.Origins, func(a, b entities.AttrOrigin) int {
			if a.Name < b.Name {
				return -1
			}
			return 1
		}) {
			c.Errorf("origins in %d are not sorted by name: %v", y, e.Origins)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		check(2011, name, first.Origin)
	}
	check(2016, "a", first.Origin)
	check(2016, "c", first.Origin)
	for _, name := range []string{"b", entities.ClassAttr, entities.GeometryAttr} {
		check(2016, name, second.Origin)
	}
}

func bigIntegers(s *suite) {
	c := s.city()
	numbers := []int64{1<<53 - 1, 1 << 53, 1<<53 + 1, -(1<<53 + 1), 1<<63 - 1, -1 << 63}
	for i, n := range numbers {
		name := string(rune('a' + i))
		code := c.create(name, 2010, "n", n, "deep", mustJSON(`{"a":[9007199254740993]}`))
		e, err := c.reader().Get(c.ctx, code, year(2015))
		if got, whole := e.Attrs.Get("n").Int(); err != nil || !whole || got != n {
			c.Errorf("integer %d: got %d (whole %t) and error %v", n, got, whole, err)
		}
		if got := e.Attrs.Get("deep").Text(); got != `{"a":[9007199254740993]}` {
			c.Errorf("integer inside JSON: got %s, want {\"a\":[9007199254740993]}", got)
		}
	}
	r := c.apply(change(ref("b"), since(2010), "n", int64(1<<53+1)))
	if r.Results[0].Outcome != entities.Updated {
		c.Errorf("2^53 becomes 2^53+1: outcome %d, want updated", r.Results[0].Outcome)
	}
	var got []int64
	for _, e := range c.find(entities.Query{Order: []entities.Order{{Name: "n"}}}) {
		n, _ := e.Attrs.Get("n").Int()
		got = append(got, n)
	}
	want := []int64{-1 << 63, -(1<<53 + 1), 1<<53 - 1, 1<<53 + 1, 1<<53 + 1, 1<<63 - 1}
	if !slices.Equal(got, want) {
		c.Errorf("order by big integers: got %v, want %v", got, want)
	}
}

func mustJSON(text string) entities.Value {
	v, err := entities.JSON([]byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

func historyTrail(s *suite) {
	c := s.city()
	code := c.create("a", 2010, "v", 1)                   // revision 1
	c.apply(change(ref("a"), since(2015), "v", 2))        // revision 2
	c.apply(correct(ref("a"), years(2012, 2013), "v", 9)) // revision 3
	c.create("b", 2010, "v", 1)                           // revision 4
	r := func(y int) entities.Instant { return year(y) }
	want := []entities.Entity{
		{Valid: entities.Interval{From: r(2010), To: entities.Forever}, Recorded: entities.Span{From: 1, To: 2}},
		{Valid: entities.Interval{From: r(2010), To: r(2015)}, Recorded: entities.Span{From: 2, To: 3}},
		{Valid: entities.Interval{From: r(2010), To: r(2012)}, Recorded: entities.Span{From: 3, To: entities.Open}},
		{Valid: entities.Interval{From: r(2012), To: r(2013)}, Recorded: entities.Span{From: 3, To: entities.Open}},
		{Valid: entities.Interval{From: r(2013), To: r(2015)}, Recorded: entities.Span{From: 3, To: entities.Open}},
		{Valid: entities.Interval{From: r(2015), To: entities.Forever}, Recorded: entities.Span{From: 2, To: entities.Open}},
	}
	check := func(rev entities.Revision, t entities.Trail, want ...entities.Entity) {
		c.Helper()
		got := collect(c, "history", c.store.At(rev).History(c.ctx, entities.HistoryQuery{Codes: []entities.Code{code}, Trail: t}))
		if !slices.EqualFunc(got, want, func(a, b entities.Entity) bool { return a.Valid == b.Valid && a.Recorded == b.Recorded }) {
			c.Errorf("history at revision %d with %+v:\ngot  %s\nwant %s", rev, t, spans(got), spans(want))
		}
	}
	check(4, entities.Trail{}, want[2:]...)
	check(4, entities.Trail{Superseded: true}, want...)
	check(4, entities.Trail{Superseded: true, After: 2}, want[1:5]...)
	check(4, entities.Trail{After: 2}, want[2:5]...)
	check(4, entities.Trail{Superseded: true, After: 3})
	open := want[1]
	open.Recorded.To = entities.Open
	check(2, entities.Trail{}, open, want[5])
	check(2, entities.Trail{Superseded: true}, want[0], open, want[5])
	check(2, entities.Trail{Superseded: true, After: 1}, want[0], open, want[5])
	check(1, entities.Trail{Superseded: true}, entities.Entity{Valid: want[0].Valid, Recorded: entities.Span{From: 1, To: entities.Open}})

	all := collect(c, "history", c.reader().History(c.ctx, entities.HistoryQuery{Kinds: []entities.Kind{entities.Building}}))
	if len(all) != 5 {
		c.Errorf("history of all buildings: %d versions, want 5: %s", len(all), spans(all))
	}
	if land := collect(c, "history", c.reader().History(c.ctx, entities.HistoryQuery{Kinds: []entities.Kind{entities.Land}})); len(land) != 0 {
		c.Errorf("history of land, of which there is none: %s", spans(land))
	}
}

// spans writes versions with the revisions that know them.
func spans(versions []entities.Entity) string {
	var b strings.Builder
	for i := range versions {
		fmt.Fprintf(&b, "%s known %d to %d; ", versions[i].Valid, versions[i].Recorded.From, versions[i].Recorded.To)
	}
	return b.String()
}
