package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/cql2"
)

func codesAndClasses(s *suite) {
	c := s.city()
	make := func(name, class string, kind entities.Kind) entities.Code {
		a := change(ref(name), since(2000), "name", name)
		a.Class, a.Kind = class, kind
		return c.apply(a).Results[0].Code
	}
	a := make("a", "tower", entities.Building)
	b := make("b", "shed", entities.Building)
	make("d", "", entities.Building)
	l := make("l", "tower", entities.Land)
	both := []entities.Kind{entities.Land, entities.Building}
	c.finds(entities.Query{}, "a", "b", "d")
	c.finds(entities.Query{Kinds: both}, "l", "a", "b", "d")
	c.finds(entities.Query{Classes: []string{"tower"}}, "a")
	c.finds(entities.Query{Kinds: both, Classes: []string{"tower", "shed"}}, "l", "a", "b")
	c.finds(entities.Query{Codes: []entities.Code{b, l, a, b}}, "a", "b")
	c.finds(entities.Query{Kinds: both, Codes: []entities.Code{b, l}}, "l", "b")
	c.finds(entities.Query{Kinds: both, Codes: []entities.Code{b, l}, Classes: []string{"tower"}}, "l")
	c.finds(entities.Query{Kinds: []entities.Kind{entities.Housing}})
	never, err := entities.NewCode(entities.Building, 1<<40)
	if err != nil {
		c.Fatalf("code: %v", err)
	}
	c.finds(entities.Query{Codes: []entities.Code{never}})
}

func intervalQueries(s *suite) {
	c := s.city()
	c.create("a", 2000, "name", "a1", "v", 1)
	c.apply(change(ref("a"), since(2010), "name", "a2", "v", 2))
	c.apply(change(ref("a"), since(2020), "name", "a3", "v", 1))
	c.apply(change(ref("b"), years(2005, 2012), "name", "b", "v", 1))
	c.finds(entities.Query{Valid: years(2001, 2030)}, "a3", "b")
	c.finds(entities.Query{Valid: years(2001, 2020)}, "a2", "b")
	c.finds(entities.Query{Valid: years(2001, 2010)}, "a1", "b")
	c.finds(entities.Query{Valid: years(2012, 2015)}, "a2")
	c.finds(entities.Query{Valid: entities.Always}, "a3", "b")
	c.finds(entities.Query{Valid: years(1990, 2000)})
	c.finds(entities.Query{Valid: entities.Interval{From: entities.Beginning, To: year(2000) + 1}}, "a1")
	one := c.filter("v = 1")
	c.finds(entities.Query{Valid: years(2001, 2020), Filter: one}, "b")
	c.finds(entities.Query{Valid: years(2001, 2030), Filter: one}, "a3", "b")
}

func (c *city) filter(text string) *entities.Filter {
	c.Helper()
	expr, err := cql2.ParseText(text)
	if err != nil {
		c.Fatalf("filter %s: %v", text, err)
	}
	types := map[string]cql2.Type{}
	for _, name := range []string{"v", "w", "f"} {
		types[name] = cql2.Type{Kind: cql2.KindFloat}
	}
	for _, name := range []string{"name", "text"} {
		types[name] = cql2.Type{Kind: cql2.KindString}
	}
	types["yes"] = cql2.Type{Kind: cql2.KindBool}
	types[entities.GeometryAttr] = cql2.Type{Kind: cql2.KindGeometry}
	f, err := entities.NewFilter(expr, cql2.Queryables{Properties: types})
	if err != nil {
		c.Fatalf("filter %s: %v", text, err)
	}
	return f
}

func filter(s *suite) {
	c := s.city()
	c.create("a", 2000, "name", "a", "v", 1, "text", "金融街", "yes", true)
	c.create("b", 2000, "name", "b", "v", 2.5, "text", "O'Brien")
	c.create("d", 2000, "name", "d", "v", entities.Null, "text", "50% _off")
	c.create("e", 2000, "name", "e")
	c.apply(shaped(change(ref("g"), since(2000), "name", "g", "v", 7), "POINT (1 2)"))
	for text, want := range map[string][]string{
		"v = 1":                     {"a"},
		"v > 1":                     {"b", "g"},
		"v IS NULL":                 {"d", "e"},
		"v IS NOT NULL AND v < 5":   {"a", "b"},
		"NOT (v = 1)":               {"b", "g"},
		"v IN (1, 7) OR name = 'e'": {"a", "e", "g"},
		"text = 'O''Brien'":         {"b"},
		"text LIKE '金%'":            {"a"},
		"v BETWEEN 2 AND 3":         {"b"},
		"yes = TRUE":                {"a"},
		"v * 2 = 5":                 {"b"},
		"S_INTERSECTS(geometry, BBOX(0, 0, 3, 3))": {"g"},
	} {
		c.finds(entities.Query{Filter: c.filter(text)}, want...)
	}
	order := []entities.Order{{Name: "name"}}
	c.finds(entities.Query{Filter: c.filter("v IS NOT NULL"), Order: order, Limit: 2}, "a", "b")
	c.finds(entities.Query{Filter: c.filter("v IS NOT NULL"), Order: order, Limit: 1, After: &entities.Position{
		Keys: []entities.Value{entities.String("b")}, Code: 1<<53 - 1,
	}}, "g")
}

func orderOfAllTypes(s *suite) {
	c := s.city()
	values := []entities.Value{ // in their order
		entities.Unset, entities.Null, entities.Bool(false), entities.Bool(true),
		entities.Float(-1e300), entities.Int(-5), entities.Float(-0.5), entities.Int(0), entities.Float(0.25), entities.Int(2),
		entities.Int(10), entities.Int(1<<53 + 1), entities.Int(1<<53 + 2), entities.Float(1e300),
		entities.String(""), entities.String("10"), entities.String("2"), entities.String("B"), entities.String("a"),
		entities.String("ab"), entities.String("é"), entities.String("市"), entities.String("\U0001F3D9"),
		mustJSON(`[1]`), mustJSON(`{"a":1}`),
	}
	for i := range values {
		at := (i*7 + 3) % len(values) // not in their order
		c.create(fmt.Sprint("t", at), 2000, "name", fmt.Sprint(at), "x", values[at])
	}
	var ascending []string
	for i := range values {
		ascending = append(ascending, fmt.Sprint(i))
	}
	descending := slices.Clone(ascending)
	slices.Reverse(descending)
	c.finds(entities.Query{Order: []entities.Order{{Name: "x"}}}, ascending...)
	c.finds(entities.Query{Order: []entities.Order{{Name: "x", Descending: true}}}, descending...)
	for _, down := range []bool{false, true} {
		want := ascending
		if down {
			want = descending
		}
		q := entities.Query{Order: []entities.Order{{Name: "x", Descending: down}}, Limit: 4}
		c.pages(q, want)
	}
}

// pages follows the cursor from page to page and checks what comes in all.
func (c *city) pages(q entities.Query, want []string) {
	c.Helper()
	var got []string
	for range len(want) + 2 {
		found := c.find(q)
		for _, e := range found {
			got = append(got, e.Attrs.Get("name").Text())
		}
		if len(found) < q.Limit {
			break
		}
		after := q.PositionOf(&found[len(found)-1])
		q.After = &after
	}
	if !slices.Equal(got, want) {
		c.Errorf("pages of %s: got %v, want %v", describeQuery(&q), got, want)
	}
}

func cursorResume(s *suite) {
	c := s.city()
	const n = 40
	names := make(map[string]string)
	for i := range n {
		name := fmt.Sprintf("%02d", i)
		c.create(name, 2000, "name", name, "group", i%4, "side", i%2 == 0)
		names[name] = name
	}
	rev := c.head()
	q := entities.Query{
		Kinds: []entities.Kind{entities.Building}, Valid: entities.During(year(2010)), Limit: 3,
		Order: []entities.Order{{Name: "group", Descending: true}, {Name: "side"}},
	}
	whole := q
	whole.Limit = 0
	want := collect(c, "find", c.store.At(rev).Find(c.ctx, whole))
	var got []entities.Entity
	for page := 0; ; page++ {
		found := collect(c, "find", c.store.At(rev).Find(c.ctx, q))
		got = append(got, found...)
		if len(found) < q.Limit || page > n {
			break
		}
		after := q.PositionOf(&found[len(found)-1])
		q.After = &after
		// Meanwhile the city goes on; what the cursor's revision says does not.
		c.create(fmt.Sprint("new", page), 2000, "name", "new", "group", page%4, "side", true)
		c.apply(change(ref(fmt.Sprintf("%02d", (page*5)%n)), since(2001), "group", 9))
		c.apply(&entities.End{Subject: ref(fmt.Sprintf("%02d", (page*3+1)%n)), Over: since(2005)})
	}
	if rows(got) != rows(want) || len(want) != n {
		c.Errorf("pages of three while writes go on: got %d versions, want %d\ngot  %s\nwant %s", len(got), n, rows(got), rows(want))
	}
	for i := 1; i < len(want); i++ {
		if a, b := want[i-1], want[i]; comparePositions(&whole, whole.PositionOf(&a), whole.PositionOf(&b)) >= 0 {
			c.Errorf("place %d: %s does not come before %s", i, stateOf(&a, nil), stateOf(&b, nil))
		}
	}
	byCode := entities.Query{Kinds: q.Kinds, Valid: q.Valid, Limit: 7}
	var last entities.Code
	seen := 0
	for {
		found := collect(c, "find", c.store.At(rev).Find(c.ctx, byCode))
		for _, e := range found {
			if e.Code <= last {
				c.Errorf("order by code: %s comes after %s", e.Code, last)
			}
			last = e.Code
			seen++
		}
		if len(found) < byCode.Limit {
			break
		}
		byCode.After = &entities.Position{Code: last}
	}
	if seen != n {
		c.Errorf("pages of seven by code: got %d versions, want %d", seen, n)
	}
}

func invalidQueries(s *suite) {
	c := s.city()
	c.create("a", 2000, "v", 1)
	for name, q := range map[string]entities.Query{
		"no kinds":               {Valid: entities.Always},
		"an empty interval":      {Kinds: []entities.Kind{entities.Building}, Valid: entities.Interval{From: year(2010), To: year(2010)}},
		"an interval backwards":  {Kinds: []entities.Kind{entities.Building}, Valid: years(2010, 2005)},
		"a cursor of no order":   {Kinds: []entities.Kind{entities.Building}, Valid: entities.Always, After: &entities.Position{Keys: []entities.Value{entities.Null}}},
		"a cursor without a key": {Kinds: []entities.Kind{entities.Building}, Valid: entities.Always, Order: []entities.Order{{Name: "v"}}, After: &entities.Position{Code: 1}},
	} {
		if err := failure(c.reader().Find(c.ctx, q)); !errors.Is(err, entities.ErrInvalidQuery) {
			c.Errorf("%s: error %v, want %v", name, err, entities.ErrInvalidQuery)
		}
	}
	empty := entities.NoBox
	if found := c.find(entities.Query{Box: &empty}); len(found) != 0 {
		c.Errorf("find in a box that holds nothing: got %s", rows(found))
	}
}
