package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chengma/chengma/entities"
)

func discrepancies(s *suite) {
	c := s.city()
	code := c.create("a", 2000, "floors", 3, "use", "A")
	second := func(over entities.Interval, pairs ...any) *entities.Assert {
		a := change(ref("a"), over)
		a.Secondary, a.Origin.Source = attrs(pairs...), "tax"
		return a
	}
	r := c.apply(second(since(2005), "floors", 4, "use", "A", "rate", 7))
	c.says(code, year(2010), `{"floors":3,"rate":7,"use":"A"}`)
	want := entities.Discrepancy{
		Code: code, Name: "floors", Over: since(2005), Kept: entities.Int(3), KeptSource: "register",
		Other: entities.Int(4), OtherSource: "tax",
	}
	same := func(got entities.Discrepancy) bool {
		got.ID, got.Revision = 0, 0
		return got == want
	}
	if len(r.Discrepancies) != 1 || !same(r.Discrepancies[0]) {
		c.Errorf("discrepancies of the receipt: got %+v, want one: %+v", r.Discrepancies, want)
	}
	head := c.head()
	if r := c.apply(second(since(2005), "floors", 5)); r.Results[0].Outcome != entities.Unchanged || c.head() != head || len(r.Discrepancies) != 1 {
		c.Errorf("nothing but a discrepancy: outcome %d, head %d, %d discrepancies; want unchanged, %d, 1",
			r.Results[0].Outcome, c.head(), len(r.Discrepancies), head)
	}
	c.apply(second(since(2010), "rate", 8))
	c.says(code, year(2010), `{"floors":3,"rate":8,"use":"A"}`)
	c.says(code, year(2009), `{"floors":3,"rate":7,"use":"A"}`)
	c.apply(change(ref("a"), since(2015), "floors", 6))
	if r := c.apply(second(since(2012), "floors", 3)); len(r.Discrepancies) != 0 {
		c.Errorf("a late record that agrees with its time: discrepancies %+v, want none", r.Discrepancies)
	}
	c.keptDiscrepancies(want)
}

func (c *city) keptDiscrepancies(first entities.Discrepancy) {
	c.Helper()
	desk, able := c.store.(entities.Quarantine)
	if !able {
		c.Logf("the store keeps no discrepancies")
		return
	}
	all := collect(c, "discrepancies", desk.Discrepancies(c.ctx, 0))
	if len(all) != 2 || all[0].Other != first.Other || all[0].ID >= all[1].ID || all[1].Other != entities.Int(5) {
		c.Fatalf("kept discrepancies: got %+v, want those with 4 and 5, by ID", all)
	}
	if rest := collect(c, "discrepancies", desk.Discrepancies(c.ctx, all[0].ID)); len(rest) != 1 || rest[0] != all[1] {
		c.Errorf("discrepancies after %d: got %+v, want the last of %+v", all[0].ID, rest, all)
	}
}

func refusals(s *suite) {
	c := s.city()
	desk, able := c.store.(entities.Quarantine)
	if !able {
		c.Skip("the store has no quarantine")
	}
	refused := func(run int64, line int64, rule, k string) entities.Refusal {
		return entities.Refusal{
			Run: run, Source: "register", File: "a.csv", Line: line, Key: k, Rule: rule, Field: "height", Value: "4.4E+24",
			Zh: "数值损坏", En: "damaged number", Record: []byte(`{"height":"4.4E+24"}`), Partial: line == 2,
		}
	}
	b := c.batch(change(ref("a"), since(2000), "v", 1))
	b.Refusals = []entities.Refusal{refused(1, 2, "number", "k:a"), refused(1, 3, "number", "k:b")}
	c.applyBatch(b)
	if p, err := c.store.Published(c.ctx, 1); err != nil || p.Counts.Refused != 2 {
		c.Errorf("counts of revision 1: got %+v and error %v, want 2 refused", p.Counts, err)
	}
	only := c.batch(change(ref("a"), since(2000), "v", 1))
	only.Refusals = []entities.Refusal{refused(2, 9, "geometry", "k:d")}
	c.applyBatch(only)
	c.applyBatch(only)
	failed := c.batch(&entities.End{Subject: ref("nobody"), Over: since(2000)})
	failed.Refusals = []entities.Refusal{refused(3, 1, "number", "k:e")}
	if _, err := c.store.Apply(c.ctx, failed); err == nil {
		c.Errorf("a batch at fault: no error")
	}
	check := func(q entities.RefusalQuery, want ...int64) []entities.Refusal {
		c.Helper()
		found := collect(c, "refusals", desk.Refusals(c.ctx, q))
		var lines []int64
		for i, r := range found {
			lines = append(lines, r.Line)
			if r.ID <= q.After || (i > 0 && r.ID <= found[i-1].ID) {
				c.Errorf("refusals %+v: IDs do not ascend: %+v", q, found)
			}
		}
		if !slices.Equal(lines, want) {
			c.Errorf("refusals %+v: got lines %v, want %v", q, lines, want)
		}
		return found
	}
	all := check(entities.RefusalQuery{}, 2, 3, 9)
	if len(all) != 3 {
		return
	}
	for i, r := range all {
		want := []entities.Refusal{b.Refusals[0], b.Refusals[1], only.Refusals[0]}[i]
		want.ID, want.Revision = r.ID, r.Revision
		if fmt.Sprintf("%+v", r) != fmt.Sprintf("%+v", want) || r.Revision != 1 {
			c.Errorf("refusal %d: got %+v, want %+v at revision 1", i, r, want)
		}
	}
	check(entities.RefusalQuery{Run: 1}, 2, 3)
	check(entities.RefusalQuery{Source: "register", Rule: "geometry"}, 9)
	check(entities.RefusalQuery{Source: "tax"})
	check(entities.RefusalQuery{After: all[0].ID, Limit: 1}, 3)
	for i, want := range []int{2, 0} {
		if n, err := desk.Settle(c.ctx, "register", []string{"k:a", "k:d", "k:none"}); err != nil || n != want {
			c.Errorf("settle, %d. time: got %d and error %v, want %d", i+1, n, err, want)
		}
	}
	check(entities.RefusalQuery{Open: true}, 3)
	settled := check(entities.RefusalQuery{}, 2, 3, 9)
	if settled[0].Settled != 1 || settled[1].Settled != 0 {
		c.Errorf("settled at: got %d and %d, want the head, 1, and 0", settled[0].Settled, settled[1].Settled)
	}
	c.apply(&entities.Erase{Subject: ref("a"), Reason: "order"})
	check(entities.RefusalQuery{}, 3, 9)
}

func journal(s *suite) {
	c := s.city()
	j, able := c.store.(entities.Journal)
	if !able {
		c.Skip("the store has no journal")
	}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	begin := func(fingerprint string, at time.Time) entities.Run {
		c.Helper()
		run, err := j.Begin(c.ctx, fingerprint, at)
		if err != nil {
			c.Fatalf("begin %s: %v", fingerprint, err)
		}
		return run
	}
	a, b := begin("a", start), begin("b", start)
	if a.Resumed || a.ID == b.ID || a.Fingerprint != "a" || !a.Start.Equal(start) {
		c.Errorf("two new runs: got %+v and %+v", a, b)
	}
	if again := begin("a", start.Add(time.Hour)); !again.Resumed || again.ID != a.ID || !again.Start.Equal(start) {
		c.Errorf("an unfinished run begun again: got %+v, want %+v resumed with its first start", again, a)
	}
	if err := j.Finish(c.ctx, a.ID, "all well"); err != nil {
		c.Errorf("finish: %v", err)
	}
	if next := begin("a", start.Add(time.Hour)); next.Resumed || next.ID == a.ID || !next.Start.Equal(start.Add(time.Hour)) {
		c.Errorf("a run after a finished one: got %+v, want a new one", next)
	}
	if again := begin("b", start); !again.Resumed || again.ID != b.ID {
		c.Errorf("the other run: got %+v, want %+v resumed", again, b)
	}
}

func secrets(s *suite) {
	c := s.city()
	keeper, able := c.store.(entities.Secrets)
	if !able {
		c.Skip("the store keeps no secrets")
	}
	got := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			secret, err := keeper.Secret(c.ctx, "one")
			if err != nil {
				c.Errorf("secret: %v", err)
			}
			got[i] = secret
		})
	}
	wg.Wait()
	for i := range got {
		if len(got[i]) != 32 || !bytes.Equal(got[i], got[0]) {
			c.Errorf("a secret asked for by four at once: %d bytes, the same as the first %t", len(got[i]), bytes.Equal(got[i], got[0]))
		}
	}
	other, err := keeper.Secret(c.ctx, "two")
	if err != nil || bytes.Equal(other, got[0]) || bytes.Equal(other, make([]byte, 32)) {
		c.Errorf("another secret: error %v, the same as the first %t", err, bytes.Equal(other, got[0]))
	}
	clear(got[0])
	if again, err := keeper.Secret(c.ctx, "one"); err != nil || !bytes.Equal(again, got[1]) {
		c.Errorf("a secret after a caller wrote to it: error %v, changed %t", err, !bytes.Equal(again, got[1]))
	}
}

func search(s *suite) {
	c := s.city()
	searcher, able := c.store.(entities.Searcher)
	if !able {
		c.Skip("the store does not search")
	}
	c.create("a", 2000, "name", "深圳市民中心")
	c.create("b", 2000, "name", "市民广场")
	c.create("d", 2000, "name", "Central Tower")
	land := change(ref("l"), since(2000), "name", "市民中心地块")
	land.Kind = entities.Land
	c.apply(land)
	rev := c.head()
	c.apply(change(ref("b"), since(2010), "name", "音乐厅"))
	check := func(rev entities.Revision, q entities.TextQuery, want ...string) {
		c.Helper()
		var got []string
		for _, e := range collect(c, "search", searcher.Search(c.ctx, rev, q)) {
			got = append(got, e.Attrs.Get("name").Text())
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			c.Errorf("search %q at %s, revision %d: got %v, want %v", q.Text, q.At, rev, got, want)
		}
	}
	at := func(text string, y int) entities.TextQuery {
		return entities.TextQuery{Text: text, At: year(y), Limit: 10}
	}
	check(c.head(), at("市民", 2005), "深圳市民中心", "市民广场", "市民中心地块")
	check(c.head(), at("市民", 2010), "深圳市民中心", "市民中心地块")
	check(rev, at("市民", 2010), "深圳市民中心", "市民广场", "市民中心地块")
	check(c.head(), at("市民中心", 2005), "深圳市民中心", "市民中心地块")
	check(c.head(), at("音乐", 2010), "音乐厅")
	check(rev, at("音乐", 2010))
	check(c.head(), at("ｃｅｎＴＲＡＬ", 2010), "Central Tower")
	check(c.head(), at("市民", 1999))
	check(c.head(), at("", 2010))
	buildings := at("市民中心", 2010)
	buildings.Kinds = []entities.Kind{entities.Building}
	check(c.head(), buildings, "深圳市民中心")
	one := at("市民", 2005)
	one.Limit = 1
	if got := collect(c, "search", searcher.Search(c.ctx, c.head(), one)); len(got) != 1 {
		c.Errorf("search with limit 1: got %s", rows(got))
	}
}
