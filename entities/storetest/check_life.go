package storetest

import (
	"errors"
	"slices"

	"github.com/chengma/chengma/entities"
)

func split(s *suite) {
	c := s.city()
	old := c.create("1", 2000, "name", "1")
	made := func(name string) *entities.Assert {
		a := change(ref(name), since(2010), "name", name)
		a.Cause = entities.CauseSplit
		return a
	}
	r := c.apply(made("1a"), made("1b"), &entities.End{
		Subject: ref("1"), Over: since(2010), Cause: entities.CauseSplit, Into: []entities.Ref{ref("1a"), ref("1b")},
		Origin: entities.Origin{Source: "register"},
	})
	parts := []entities.Code{r.Results[0].Code, r.Results[1].Code}
	c.says(old, year(2009), `{"name":"1"}`)
	c.says(old, year(2010), "nothing")
	c.says(parts[0], year(2010), `{"name":"1a"}`)
	c.says(parts[1], year(2009), "nothing")
	c.linked(old, entities.RoleReplacedBy, year(2010), parts...)
	c.linked(old, entities.RoleReplacedBy, year(2009))
	c.state(old, entities.Retired, parts...)
	c.state(parts[0], entities.Active)
	if e, err := c.reader().Get(c.ctx, parts[0], year(2011)); err != nil || e.Cause != entities.CauseSplit {
		c.Errorf("cause of a part: got %s and error %v, want split", e.Cause, err)
	}
	c.finds(entities.Query{Valid: entities.During(year(2009))}, "1")
	c.finds(entities.Query{Valid: entities.During(year(2010))}, "1a", "1b")
}

// state checks what the head knows of a code as such.
func (c *city) state(code entities.Code, want entities.State, successors ...entities.Code) {
	c.Helper()
	status, err := c.reader().Status(c.ctx, code)
	slices.Sort(successors)
	if err != nil || status.Code != code || status.State != want || !slices.Equal(status.Successors, successors) {
		c.Errorf("status of %s: got %s with successors %v and error %v, want %s with %v",
			code, status.State, status.Successors, err, want, successors)
	}
}

func merge(s *suite) {
	c := s.city()
	a, b := c.create("a", 2000, "name", "a"), c.create("b", 2000, "name", "b")
	whole := change(ref("ab"), since(2010), "name", "ab")
	whole.Cause = entities.CauseMerge
	into := []entities.Ref{ref("ab")}
	r := c.apply(whole,
		&entities.End{Subject: ref("a"), Over: since(2010), Cause: entities.CauseMerge, Into: into},
		&entities.End{Subject: ref("b"), Over: since(2010), Cause: entities.CauseMerge, Into: into})
	ab := r.Results[0].Code
	for _, code := range []entities.Code{a, b} {
		c.state(code, entities.Retired, ab)
		c.says(code, year(2010), "nothing")
		if e, err := c.reader().Get(c.ctx, code, year(2009)); err != nil || e.Cause != entities.CauseMerge {
			c.Errorf("cause of what merged away: got %s and error %v, want merge", e.Cause, err)
		}
	}
	var got []entities.Code
	for _, l := range collect(c, "links", c.reader().Links(c.ctx, entities.LinkQuery{Codes: []entities.Code{ab}, Reverse: true})) {
		got = append(got, l.From)
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values([]entities.Code{a, b})); !slices.Equal(got, want) {
		c.Errorf("links to the merged thing come from %v, want %v", got, []entities.Code{a, b})
	}
}

// duplicate makes two things and says that they are one.
func (c *city) duplicate() (of, dup entities.Code) {
	c.Helper()
	of = c.create("of", 2000, "name", "of")
	dup = c.create("dup", 2000, "name", "dup")
	c.create("site", 2000, "name", "site")
	c.apply(
		&entities.Relate{From: ref("dup"), Role: "on", To: []entities.Target{{To: ref("site"), Confidence: 1}}, Over: since(2000)},
		change(ref("dup"), since(2005), "floors", 2))
	c.apply(&entities.SameAs{Duplicate: ref("dup"), Of: ref("of"), Reason: "surveyed twice"})
	return of, dup
}

func sameAs(s *suite) {
	c := s.city()
	of, dup := c.duplicate()
	c.says(dup, year(2010), "nothing")
	c.saysAt(c.head()-1, dup, year(2010), `{"floors":2,"name":"dup"}`)
	c.finds(entities.Query{}, "of", "site")
	status, err := c.reader().Status(c.ctx, dup)
	if err != nil || status.State != entities.Retired || status.SameAs != of || status.Reason != "surveyed twice" {
		c.Errorf("status of a duplicate: got %+v and error %v, want retired, same as %s, and the reason", status, err, of)
	}
	for _, subject := range []entities.Ref{ref("dup"), entities.ByCode(dup)} {
		r := c.apply(change(subject, since(2012), "asked", subject.String()))
		if r.Results[0].Code != of {
			c.Errorf("assertion about %s: it went to %s, want %s", subject, r.Results[0].Code, of)
		}
	}
	c.says(dup, year(2013), "nothing")
	if e, err := c.reader().Get(c.ctx, of, year(2013)); err != nil || e.Attrs.Get("asked").Text() != dup.String() {
		c.Errorf("what was asserted of the duplicate: %s, error %v", stateOf(&e, nil), err)
	}
	c.refuse(entities.ErrInvalidBatch, &entities.SameAs{Duplicate: entities.ByCode(of), Of: entities.ByCode(of)})
	land := change(ref("land"), since(2000), "name", "land")
	land.Kind = entities.Land
	c.apply(land)
	c.refuse(entities.ErrKindMismatch, &entities.SameAs{Duplicate: ref("land"), Of: ref("of")})
	c.refuse(entities.ErrInvalidBatch,
		change(ref("site"), since(2012), "name", "changed"), &entities.SameAs{Duplicate: ref("site"), Of: ref("of")})
	head := c.head()
	if r := c.apply(&entities.SameAs{Duplicate: entities.ByCode(dup), Of: ref("of")}); r.Results[0].Outcome != entities.Unchanged || c.head() != head {
		c.Errorf("the same discovery again: outcome %d and head %d, want unchanged and %d", r.Results[0].Outcome, c.head(), head)
	}
}

func sameAsUndo(s *suite) {
	c := s.city()
	of, dup := c.duplicate()
	before := c.picture(c.head()-1, dup)
	c.apply(change(ref("of"), since(2012), "name", "of itself"))
	c.apply(&entities.UndoSameAs{Duplicate: entities.ByCode(dup)})
	if after := c.picture(c.head(), dup); after != before {
		c.Errorf("what was a duplicate is not again what it was.\nbefore: %s\nafter:  %s", before, after)
	}
	c.state(dup, entities.Active)
	c.says(of, year(2012), `{"name":"of itself"}`)
	c.names(key("dup"), year(2010), dup)
	c.finds(entities.Query{}, "of itself", "dup", "site")
	if r := c.apply(change(ref("dup"), since(2012), "floors", 3)); r.Results[0].Code != dup {
		c.Errorf("assertion after the undo: it went to %s, want %s", r.Results[0].Code, dup)
	}
	if r := c.apply(&entities.UndoSameAs{Duplicate: entities.ByCode(dup)}); r.Results[0].Outcome != entities.Unchanged {
		c.Errorf("a second undo: outcome %d, want unchanged", r.Results[0].Outcome)
	}
}

func erasure(s *suite) {
	c := s.city()
	code := c.create("a", 2000, "name", "a", "secret", "hush")
	other := c.create("b", 2000, "name", "b")
	c.apply(
		&entities.ClaimAlias{Key: key("alias"), Subject: ref("a"), Over: since(2005)},
		&entities.Relate{From: ref("a"), Role: "on", To: []entities.Target{{To: ref("b")}}, Over: since(2000)},
		&entities.Relate{From: ref("b"), Role: "on", To: []entities.Target{{To: ref("a")}}, Over: since(2000)},
		change(ref("a"), since(2010), "secret", "more"))
	r := c.apply(&entities.Erase{Subject: ref("a"), Reason: "court order 7"})
	for rev := entities.Revision(1); rev <= c.head(); rev++ {
		e, err := c.store.At(rev).Get(c.ctx, code, year(2012))
		if !errors.Is(err, entities.ErrErased) && (rev == r.Revision || !errors.Is(err, entities.ErrNotFound)) {
			c.Errorf("revision %d of what was erased at %d: got %s and error %v, want %v",
				rev, r.Revision, stateOf(&e, nil), err, entities.ErrErased)
		}
		c.nothingOf(rev, code)
	}
	status, err := c.reader().Status(c.ctx, code)
	if err != nil || status.State != entities.Erased || status.Reason != "court order 7" {
		c.Errorf("tombstone: got %+v and error %v, want erased with its reason", status, err)
	}
	if p, err := c.store.Published(c.ctx, r.Revision); err != nil || !slices.Equal(p.Erased, []entities.Code{code}) {
		c.Errorf("published revision %d: erased %v and error %v, want %v", r.Revision, p.Erased, err, code)
	}
	c.refuse(entities.ErrErased, change(entities.ByCode(code), since(2012), "name", "again"))
	if r := c.apply(&entities.Erase{Subject: entities.ByCode(code), Reason: "again"}); r.Results[0].Outcome != entities.Unchanged {
		c.Errorf("a second erasure: outcome %d, want unchanged", r.Results[0].Outcome)
	}
	c.says(other, year(2012), `{"name":"b"}`)
	if again := c.create("a", 2020, "name", "new"); again == code {
		c.Errorf("the code of what was erased was given again")
	}
}

// nothingOf checks that a revision holds nothing of a thing.
func (c *city) nothingOf(rev entities.Revision, code entities.Code) {
	c.Helper()
	codes := []entities.Code{code}
	at := c.store.At(rev)
	trail := entities.Trail{Superseded: true}
	if got := collect(c, "history", at.History(c.ctx, entities.HistoryQuery{Codes: codes, Trail: trail})); len(got) > 0 {
		c.Errorf("revision %d still has versions: %s", rev, rows(got))
	}
	if got := collect(c, "aliases", at.Aliases(c.ctx, entities.AliasQuery{Codes: codes, Trail: trail})); len(got) > 0 {
		c.Errorf("revision %d still has aliases: %v", rev, got)
	}
	for _, reverse := range []bool{false, true} {
		if got := collect(c, "links", at.Links(c.ctx, entities.LinkQuery{Codes: codes, Reverse: reverse, Trail: trail})); len(got) > 0 {
			c.Errorf("revision %d still has links (reverse %t): %v", rev, reverse, got)
		}
	}
	for _, k := range []entities.Key{key("a"), key("alias")} {
		if got := c.resolve(rev, k, year(2012)); len(got.Matches) > 0 {
			c.Errorf("revision %d: %s still names %v", rev, k, got.Matches)
		}
	}
	for _, e := range collect(c, "find", at.Find(c.ctx, entities.Query{Kinds: []entities.Kind{code.Kind()}, Valid: entities.Always})) {
		if e.Code == code {
			c.Errorf("revision %d: it is still found: %s", rev, stateOf(&e, nil))
		}
	}
}

func frozenAndReserved(s *suite) {
	c := s.city()
	code := c.create("a", 2000, "v", 1)
	other := c.create("b", 2000, "v", 1)
	c.apply(&entities.Mark{Subject: ref("a"), State: entities.Frozen, Reason: "in court"})
	if status, err := c.reader().Status(c.ctx, code); err != nil || status.State != entities.Frozen || status.Reason != "in court" {
		c.Errorf("status: got %+v and error %v, want frozen, in court", status, err)
	}
	c.says(code, year(2010), `{"v":1}`)
	for _, act := range []entities.Act{
		change(ref("a"), since(2010), "v", 2),
		&entities.End{Subject: ref("a"), Over: since(2010)},
		&entities.ClaimAlias{Key: key("new"), Subject: ref("a"), Over: since(2010)},
		&entities.Relate{From: ref("a"), Role: "on", To: []entities.Target{{To: ref("b")}}, Over: since(2010)},
		&entities.SameAs{Duplicate: ref("a"), Of: ref("b")},
	} {
		c.refuse(entities.ErrFrozen, act)
	}
	c.apply(&entities.Relate{From: ref("b"), Role: "on", To: []entities.Target{{To: ref("a")}}, Over: since(2010)})
	c.linked(other, "on", year(2010), code)
	c.apply(&entities.Mark{Subject: ref("a"), State: entities.Active})
	c.apply(change(ref("a"), since(2010), "v", 2))
	c.state(code, entities.Active)

	r := c.apply(&entities.Mark{Subject: ref("later"), Kind: entities.Land, State: entities.Reserved, Reason: "planned"})
	land := r.Results[0].Code
	if !r.Results[0].Minted || r.Results[0].Outcome != entities.Created || land.Kind() != entities.Land {
		c.Errorf("reservation: got %+v, want a minted land code", r.Results[0])
	}
	c.state(land, entities.Reserved)
	c.says(land, year(2010), "nothing")
	c.names(key("later"), year(2010), land)
	first := change(ref("later"), since(2010), "v", 1)
	first.Kind = entities.Land
	if r := c.apply(first).Results[0]; r.Code != land || r.Minted || r.Outcome != entities.Created {
		c.Errorf("first assertion about a reserved code: got %+v, want %s, not minted, created", r, land)
	}
	c.state(land, entities.Active)
	c.apply(&entities.End{Subject: ref("later"), Over: since(2015)})
	c.state(land, entities.Retired)
	c.refuse(entities.ErrInvalidBatch, &entities.Mark{Subject: ref("a"), State: entities.Erased})
	c.refuse(entities.ErrNotFound, &entities.Mark{Subject: ref("nobody"), State: entities.Frozen})
}

func restore(s *suite) {
	c := s.city()
	code := c.create("a", 2000, "v", 1)
	c.create("b", 2000, "v", 1)
	c.apply(&entities.Relate{From: ref("a"), Role: "on", To: []entities.Target{{To: ref("b")}}, Over: since(2000)})
	rev := c.head()
	before := c.picture(rev, code)
	c.apply(change(ref("a"), since(2010), "v", 2), correct(ref("a"), years(2001, 2003), "v", 9),
		&entities.ClaimAlias{Key: key("new"), Subject: ref("a"), Over: since(2005)},
		&entities.Relate{From: ref("a"), Role: "on", Over: since(2007)})
	r := c.apply(&entities.Restore{Subject: ref("a"), To: rev})
	if after := c.picture(c.head(), code); after != before || r.Results[0].Outcome != entities.Updated {
		c.Errorf("outcome %d.\nrevision %d: %s\nrestored:   %s", r.Results[0].Outcome, rev, before, after)
	}
	if e, err := c.reader().Get(c.ctx, code, year(2012)); err != nil || e.Cause != entities.CauseRevert {
		c.Errorf("cause of what was put back: got %s and error %v, want revert", e.Cause, err)
	}
	c.names(key("new"), year(2010))
	head := c.head()
	if r := c.apply(&entities.Restore{Subject: ref("a"), To: rev}); r.Results[0].Outcome != entities.Unchanged || c.head() != head {
		c.Errorf("restored again: outcome %d and head %d, want unchanged and %d", r.Results[0].Outcome, c.head(), head)
	}
	b := c.resolve(head, key("b"), year(2010)).Matches[0].Code
	c.apply(&entities.Restore{Subject: ref("b"), To: 1})
	c.says(b, year(2010), "nothing")
	c.names(key("b"), year(2010))
	c.refuse(entities.ErrUnknownRevision, &entities.Restore{Subject: ref("a"), To: c.head() + 5})
}

// scenario tells one story and asserts what was believed of every year at every
// revision. The table is written by hand.
//
//	1  from 2000 a parcel is 100 m² in use A
//	2  change: from 2010 its use is B
//	3  correction: from 2004 to 2012 its area is 90
//	4  from 2015 it is split into two
//	5  the split was never carried out: revision 4 is taken back
//	6  a late record: from 2006 its use is C
func scenario(s *suite) {
	c := s.city()
	parcel := c.create("p", 2000, "area", 100, "use", "A")
	c.apply(change(ref("p"), since(2010), "use", "B"))
	c.apply(correct(ref("p"), years(2004, 2012), "area", 90))
	r := c.apply(change(ref("p1"), since(2015), "area", 60), change(ref("p2"), since(2015), "area", 40), &entities.End{
		Subject: ref("p"), Over: since(2015), Cause: entities.CauseSplit, Into: []entities.Ref{ref("p1"), ref("p2")},
	})
	part := r.Results[0].Code
	c.apply(&entities.Restore{Subject: ref("p"), To: 3}, &entities.Restore{Subject: ref("p1"), To: 3}, &entities.Restore{Subject: ref("p2"), To: 3})
	c.apply(change(ref("p"), since(2006), "use", "C"))

	const (
		none = "nothing"
		a100 = `{"area":100,"use":"A"}`
		a90  = `{"area":90,"use":"A"}`
		b100 = `{"area":100,"use":"B"}`
		b90  = `{"area":90,"use":"B"}`
		c90  = `{"area":90,"use":"C"}`
	)
	instants := []entities.Instant{
		year(2000) - 1, year(2000), year(2004) - 1, year(2004), year(2006) - 1, year(2006), year(2010) - 1,
		year(2010), year(2012) - 1, year(2012), year(2015) - 1, year(2015), entities.Forever - 1,
	}
	table := [][]string{
		// −2000  2000  −2004 2004  −2006 2006  −2010 2010  −2012 2012  −2015 2015  …
		{none, a100, a100, a100, a100, a100, a100, a100, a100, a100, a100, a100, a100}, // 1
		{none, a100, a100, a100, a100, a100, a100, b100, b100, b100, b100, b100, b100}, // 2
		{none, a100, a100, a90, a90, a90, a90, b90, b90, b100, b100, b100, b100},       // 3
		{none, a100, a100, a90, a90, a90, a90, b90, b90, b100, b100, none, none},       // 4
		{none, a100, a100, a90, a90, a90, a90, b90, b90, b100, b100, b100, b100},       // 5
		{none, a100, a100, a90, a90, c90, c90, b90, b90, b100, b100, b100, b100},       // 6
	}
	for i, row := range table {
		for j, want := range row {
			c.saysAt(entities.Revision(i+1), parcel, instants[j], want)
		}
	}
	for rev, want := range map[entities.Revision]string{3: "never issued", 4: `{"area":60}`, 5: none, 6: none} {
		c.saysAt(rev, part, year(2020), want)
	}
	for rev, want := range map[entities.Revision]int{3: 0, 4: 2, 5: 0, 6: 0} {
		status, err := c.store.At(rev).Status(c.ctx, parcel)
		if err != nil || len(status.Successors) != want {
			c.Errorf("revision %d: successors %v and error %v, want %d of them", rev, status.Successors, err, want)
		}
	}
}
