package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

func aliasEnds(s *suite) {
	c := s.city()
	a := change(ref("a"), since(2000), "v", 1)
	a.KeyValid, a.KeyMask = years(2000, 2010), "a**"
	code := c.apply(a).Results[0].Code
	c.apply(&entities.ClaimAlias{Key: key("b"), Subject: ref("a"), Over: since(2005), Source: "register"})
	c.apply(&entities.EndAlias{Key: key("b"), Over: since(2012)})
	c.names(key("a"), year(2000)-1, "was", code)
	c.names(key("a"), year(2000), code)
	c.names(key("a"), year(2010)-1, code)
	c.names(key("a"), year(2010), "was", code)
	c.names(key("b"), year(2012)-1, code)
	c.names(key("b"), year(2012), "was", code)
	c.namesAt(c.head()-1, key("b"), year(2012), code)
	c.namesAt(1, key("b"), year(2012))
	c.names(key("nobody"), year(2012))
	if got := c.resolve(c.head(), key("a"), year(2005)).Matches[0]; got.Mask != "a**" || got.Source != "register" || got.Valid != years(2000, 2010) {
		c.Errorf("alias: got %+v, want mask a**, source register, valid 2000/2010", got)
	}
	many, err := c.reader().Resolve(c.ctx, []entities.Key{key("b"), key("nobody"), key("a"), key("b")}, year(2007))
	if err != nil || len(many) != 4 || len(many[1].Matches) != 0 || many[0].Key != key("b") || many[2].Key != key("a") || many[3].Key != key("b") {
		c.Errorf("resolve four keys: got %v and error %v, want one answer a key in the order asked", many, err)
	}
	if _, err := many[1].Code(); !errors.Is(err, entities.ErrNotFound) {
		c.Errorf("code of a key that names nothing: error %v, want %v", err, entities.ErrNotFound)
	}
}

func aliasMoves(s *suite) {
	c := s.city()
	a, b := c.create("a", 2000, "v", 1), c.create("b", 2000, "v", 2)
	claim := func(subject entities.Code, over entities.Interval) *entities.ClaimAlias {
		return &entities.ClaimAlias{Key: key("x"), Subject: entities.ByCode(subject), Over: over}
	}
	c.apply(claim(a, since(2005)))
	c.apply(claim(b, since(2010)))
	c.names(key("x"), year(2010)-1, a)
	c.names(key("x"), year(2010), b)
	c.namesAt(c.head()-1, key("x"), year(2010), a)
	third := c.create("c", 2000, "v", 3)
	c.apply(claim(third, since(2007)))
	c.names(key("x"), year(2007), third)
	c.names(key("x"), year(2010), b)
	if r := c.apply(change(ref("x"), since(2008), "v", 7)); r.Results[0].Code != third {
		c.Errorf("assertion by key from 2008: it went to %s, want %s", r.Results[0].Code, third)
	}
	if r := c.apply(change(ref("x"), since(2012), "v", 8)); r.Results[0].Code != b {
		c.Errorf("assertion by key from 2012: it went to %s, want %s", r.Results[0].Code, b)
	}
	c.apply(&entities.ClaimAlias{Key: key("x"), Subject: entities.ByCode(a), Over: years(2011, 2013), Mode: entities.Correction})
	for y, want := range map[int]entities.Code{2006: a, 2008: third, 2010: b, 2011: a, 2013: b} {
		c.names(key("x"), year(y), want)
	}
}

func aliasAmbiguous(s *suite) {
	c := s.city()
	a, b := c.create("a", 2000, "v", 1), c.create("b", 2000, "v", 2)
	c.apply(&entities.ClaimAlias{Key: key("x"), Subject: ref("a"), Over: since(2000)})
	c.apply(&entities.ClaimAlias{Key: key("x"), Subject: ref("b"), Over: years(2005, 2010), Shared: true})
	c.names(key("x"), year(2004), a)
	c.names(key("x"), year(2005), a, b)
	c.names(key("x"), year(2010), a)
	_, err := c.resolve(c.head(), key("x"), year(2007)).Code()
	var ambiguous *entities.AmbiguousError
	if !errors.Is(err, entities.ErrAmbiguous) || !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 {
		c.Errorf("code of an ambiguous key: error %v, want an AmbiguousError with two candidates", err)
	}
	err = c.refuse(entities.ErrAmbiguous, change(ref("x"), since(2007), "v", 7))
	if !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 {
		c.Errorf("assertion by an ambiguous key: error %v, want one that lists the two candidates", err)
	}
	if r := c.apply(change(ref("x"), since(2012), "v", 7)); r.Results[0].Code != a {
		c.Errorf("assertion after the key is no longer ambiguous: it went to %s, want %s", r.Results[0].Code, a)
	}
	c.apply(&entities.EndAlias{Key: key("x"), Subject: ref("a"), Over: since(2006), Mode: entities.Correction})
	c.names(key("x"), year(2007), b)
	c.names(key("x"), year(2012), "was", b)
}

func aliasQueries(s *suite) {
	c := s.city()
	a, b := c.create("a", 2000, "v", 1), c.create("b", 2000, "v", 2)
	c.apply(&entities.ClaimAlias{Key: entities.Key{Scheme: "j", Value: "z"}, Subject: ref("a"), Over: since(2000)})
	c.apply(&entities.ClaimAlias{Key: key("x"), Subject: ref("a"), Over: years(2010, 2015)})
	c.apply(&entities.ClaimAlias{Key: key("x"), Subject: ref("a"), Over: years(2005, 2008)})
	c.apply(&entities.EndAlias{Key: key("b"), Over: since(2011)})
	check := func(q entities.AliasQuery, want ...string) {
		c.Helper()
		slices.SortStableFunc(want, func(x, y string) int { // which code is the lower one is the store's affair
			of := map[bool]entities.Code{true: b, false: a}
			return cmp.Compare(of[x == "k:b …"], of[y == "k:b …"])
		})
		var got []string
		for _, alias := range collect(c, "aliases", c.reader().Aliases(c.ctx, q)) {
			from := "…"
			if alias.Valid.From.Bounded() {
				from = fmt.Sprint(alias.Valid.From.Time().Year())
			}
			got = append(got, alias.Key.String()+" "+from)
		}
		if !slices.Equal(got, want) {
			c.Errorf("aliases %+v: got %v, want %v", q, got, want)
		}
	}
	check(entities.AliasQuery{}, "j:z 2000", "k:a …", "k:x 2005", "k:x 2010", "k:b …")
	check(entities.AliasQuery{Codes: []entities.Code{b}}, "k:b …")
	check(entities.AliasQuery{Codes: []entities.Code{a}, Valid: entities.During(year(2012))}, "j:z 2000", "k:a …", "k:x 2010")
	check(entities.AliasQuery{Codes: []entities.Code{b}, Valid: entities.During(year(2011))})
	check(entities.AliasQuery{Codes: []entities.Code{b}, Trail: entities.Trail{Superseded: true}}, "k:b …", "k:b …")
	check(entities.AliasQuery{Trail: entities.Trail{After: c.head() - 1}}, "k:b …")
}

func relateReplaces(s *suite) {
	c := s.city()
	a, b, d, e := c.create("a", 2000), c.create("b", 2000), c.create("d", 2000), c.create("e", 2000)
	relate := func(source string, over entities.Interval, mode entities.Mode, to ...entities.Code) *entities.Relate {
		r := &entities.Relate{From: entities.ByCode(a), Role: "on", Over: over, Mode: mode, Source: source}
		for _, code := range to {
			r.To = append(r.To, entities.Target{To: entities.ByCode(code), Confidence: 1, Method: "key"})
		}
		return r
	}
	c.apply(relate("s", since(2000), entities.Change, b))
	c.apply(relate("s", since(2010), entities.Change, d))
	c.linked(a, "on", year(2010)-1, b)
	c.linked(a, "on", year(2010), d)
	c.apply(relate("s", since(2005), entities.Change, e))
	c.linked(a, "on", year(2005), e)
	c.linked(a, "on", year(2010), d)
	c.apply(relate("other", since(2000), entities.Change, e))
	c.linked(a, "on", year(2000), b, e)
	c.linked(a, "on", year(2010), d, e)
	c.apply(relate("s", years(2011, 2013), entities.Correction))
	c.linked(a, "on", year(2011), e)
	c.linked(a, "on", year(2013), d, e)
	c.apply(relate("s", since(2020), entities.Change))
	c.linked(a, "on", year(2020), e)
	c.refuse(entities.ErrNotFound, &entities.Relate{From: entities.ByCode(a), Role: "on", To: []entities.Target{{To: ref("nobody")}}, Over: since(2000)})
}

func relateAdds(s *suite) {
	c := s.city()
	a, b, d := c.create("a", 2000), c.create("b", 2000), c.create("d", 2000)
	add := func(from int, to entities.Code) *entities.Relate {
		return &entities.Relate{
			From: entities.ByCode(a), Role: "on", Over: since(from), Add: true, Source: "s",
			To: []entities.Target{{To: entities.ByCode(to), Share: entities.Share{Num: 1, Den: 3}, Confidence: 1}},
		}
	}
	c.apply(add(2000, b))
	c.apply(add(2010, d))
	c.linked(a, "on", year(2005), b)
	c.linked(a, "on", year(2010), b, d)
	c.apply(&entities.Relate{From: entities.ByCode(a), Role: "on", Over: since(2015), Source: "s"})
	c.linked(a, "on", year(2015))
	c.apply(add(2005, d))
	c.linked(a, "on", year(2005), b, d)
	c.linked(a, "on", year(2014), b, d)
	c.linked(a, "on", year(2015))
	got := collect(c, "links", c.reader().Links(c.ctx, entities.LinkQuery{Codes: []entities.Code{a}}))
	if len(got) != 2 || got[0].Share != (entities.Share{Num: 1, Den: 3}) || got[0].Confidence != 1 || got[0].Source != "s" {
		c.Errorf("links: got %+v, want two with share 1/3, confidence 1 and source s", got)
	}
}

func linkQueries(s *suite) {
	c := s.city()
	a, b, d := c.create("a", 2000), c.create("b", 2000), c.create("d", 2000)
	land := change(ref("l"), since(2000), "v", 1)
	land.Kind = entities.Land
	l := c.apply(land).Results[0].Code
	relate := func(from entities.Code, role string, from2 int, to ...entities.Code) {
		r := &entities.Relate{From: entities.ByCode(from), Role: role, Over: since(from2), Source: "s"}
		for _, code := range to {
			r.To = append(r.To, entities.Target{To: entities.ByCode(code)})
		}
		c.apply(r)
	}
	relate(a, "part-of", 2000, d, b)
	relate(a, "on", 2010, l)
	relate(b, "on", 2000, l)
	relate(a, "part-of", 2020, b)
	name := map[entities.Code]string{a: "a", b: "b", d: "d", l: "l"}
	byName := map[string]entities.Code{"a": a, "b": b, "d": d, "l": l}
	check := func(q entities.LinkQuery, want ...string) {
		c.Helper()
		var got []string
		for _, x := range collect(c, "links", c.reader().Links(c.ctx, q)) {
			got = append(got, fmt.Sprintf("%s %s %s", name[x.From], x.Role, name[x.To]))
		}
		place := func(text string) []string { // near end, role, far end
			part := strings.Fields(text)
			part[0], part[2] = fmt.Sprintf("%020d", uint64(byName[part[0]])), fmt.Sprintf("%020d", uint64(byName[part[2]]))
			if q.Reverse {
				part[0], part[2] = part[2], part[0]
			}
			return part
		}
		slices.SortStableFunc(want, func(x, y string) int { return slices.Compare(place(x), place(y)) })
		if !slices.Equal(got, want) {
			c.Errorf("links %+v: got %v, want %v", q, got, want)
		}
	}
	check(entities.LinkQuery{}, "a on l", "a part-of b", "a part-of d", "b on l")
	check(entities.LinkQuery{Codes: []entities.Code{a}, Roles: []string{"part-of"}}, "a part-of b", "a part-of d")
	check(entities.LinkQuery{Codes: []entities.Code{a}, Valid: entities.During(year(2005))}, "a part-of b", "a part-of d")
	check(entities.LinkQuery{Codes: []entities.Code{a}, Valid: entities.During(year(2020))}, "a on l", "a part-of b")
	check(entities.LinkQuery{Codes: []entities.Code{l}, Reverse: true}, "a on l", "b on l")
	check(entities.LinkQuery{Codes: []entities.Code{l}, Reverse: true, Valid: entities.During(year(2005))}, "b on l")
	check(entities.LinkQuery{Codes: []entities.Code{l}})
	check(entities.LinkQuery{Kinds: []entities.Kind{entities.Land}}, "a on l", "b on l")
	check(entities.LinkQuery{Kinds: []entities.Kind{entities.Building}, Reverse: true}, "a on l", "b on l", "a part-of b", "a part-of d")
	check(entities.LinkQuery{Trail: entities.Trail{Superseded: true}, Roles: []string{"part-of"}}, "a part-of b", "a part-of d", "a part-of d")
}

func linkedQueries(s *suite) {
	c := s.city()
	a, b := c.create("a", 2000, "name", "a"), c.create("b", 2000, "name", "b")
	c.create("d", 2000, "name", "d")
	relate := func(from string, role string, over entities.Interval) {
		c.apply(&entities.Relate{From: ref(from), Role: role, Over: over, Source: "s", To: []entities.Target{{To: ref("a")}}})
	}
	relate("b", "on", since(2000))
	relate("d", "on", years(2000, 2010))
	relate("d", "beside", since(2000))
	at := func(y int, l entities.Linked) entities.Query {
		return entities.Query{Valid: entities.During(year(y)), Linked: &l}
	}
	c.finds(at(2005, entities.Linked{Code: a, Role: "on"}), "b", "d")
	c.finds(at(2010, entities.Linked{Code: a, Role: "on"}), "b")
	c.finds(at(2010, entities.Linked{Code: a}), "b", "d")
	c.finds(at(2010, entities.Linked{Code: b}))
	c.finds(at(2010, entities.Linked{Code: b, Reverse: true}), "a")
	c.finds(at(2010, entities.Linked{Code: b, Role: "beside", Reverse: true}))
	c.finds(entities.Query{Valid: years(2005, 2020), Linked: &entities.Linked{Code: a, Role: "on"}}, "b", "d")
	c.finds(entities.Query{Valid: years(2005, 2020), Linked: &entities.Linked{Code: a, Role: "on"}, Limit: 1, Order: []entities.Order{{Name: "name", Descending: true}}}, "d")
}
