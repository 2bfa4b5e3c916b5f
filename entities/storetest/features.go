package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/chengma/chengma/entities"
)

// BuildFeatures makes what is tested of the things of one kind that a store knows
// at a revision. What it needs closing it closes in t.Cleanup.
type BuildFeatures = func(t *testing.T, store entities.Store, kind entities.Kind, rev entities.Revision) entities.Features

// RunFeatures runs the reading half of the suite: it fills a [Model], builds from
// it, at several revisions, and asks both the same questions. Wherever the
// contract of [entities.Features] has one answer, the two must agree.
func RunFeatures(t *testing.T, build BuildFeatures, exemptions ...Exemption) {
	t.Helper()
	names := make([]string, len(featureChecks))
	for i, c := range featureChecks {
		names[i] = c.name
	}
	excused := excuses(t, exemptions, names)
	source := NewModel(Config{})
	defer func() {
		if err := source.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	town := foundTown(t, source)
	for _, rev := range town.revisions {
		t.Run(fmt.Sprintf("Revision%d", rev), func(t *testing.T) {
			f := &features{
				TB: t, ctx: context.Background(), got: build(t, source, entities.Building, rev), want: source.At(rev), rev: rev, town: town,
			}
			for _, c := range featureChecks {
				t.Run(c.name, func(t *testing.T) {
					if reason, ok := excused[c.name]; ok {
						t.Skipf("exempt: %s", reason)
					}
					g := *f
					g.TB = t
					c.run(&g)
				})
			}
		})
	}
}

// features is what is tested beside the model's own answers.
type features struct {
	testing.TB
	ctx  context.Context
	got  entities.Features
	want entities.Reader
	rev  entities.Revision
	town *town
}

type featureCheck struct {
	name string
	run  func(f *features)
}

var featureChecks = []featureCheck{
	{"Get", featureGet},
	{"Find", featureFind},
	{"Boxes", featureBoxes},
	{"Intersects", featureIntersects},
	{"Filter", featureFilter},
	{"Linked", featureLinked},
	{"Order", featureOrder},
	{"Pages", featurePages},
	{"History", featureHistory},
	{"Errors", featureErrors},
	{"Concurrent", featureConcurrent},
}

func featureGet(f *features) {
	for _, code := range f.town.codes {
		for _, at := range f.town.instants {
			g, gotErr := f.got.Get(f.ctx, code, at)
			w, wantErr := f.want.Get(f.ctx, code, at)
			if absent(gotErr) && absent(wantErr) {
				continue // which of the three errors it is, is for those who know codes
			}
			if x, y := wholeText(&g, gotErr), wholeText(&w, wantErr); x != y {
				f.Errorf("%s at %s:\ngot  %s\nwant %s", code, at, x, y)
			}
		}
	}
}

func absent(err error) bool {
	return errors.Is(err, entities.ErrNotFound) || errors.Is(err, entities.ErrErased) || errors.Is(err, entities.ErrNeverIssued)
}

// wholeText writes all of a version.
func wholeText(e *entities.Entity, err error) string {
	if err != nil {
		return stateOf(e, err)
	}
	text := fmt.Sprintf("%s %s known %d to %d, cause %s, vertical %q, repair %q", e.Valid, stateOf(e, nil),
		e.Recorded.From, e.Recorded.To, e.Cause, e.Geometry.VerticalCRS, e.Geometry.Repair)
	for _, a := range e.Attrs {
		text += fmt.Sprintf(", %s is %d of %v", a.Name, a.Value.Type(), e.OriginOf(a.Name))
	}
	return text
}

// same asks one query of both.
func (f *features) same(q entities.Query) []entities.Entity {
	f.Helper()
	q = usual(q)
	got := collect(f, "find "+describeQuery(&q), f.got.Find(f.ctx, q))
	want := collect(f, "find in the model", f.want.Find(f.ctx, q))
	f.equal(describeQuery(&q), got, want)
	return want
}

func (f *features) equal(what string, got, want []entities.Entity) {
	f.Helper()
	for i := range max(len(got), len(want)) {
		x, y := "nothing more", "nothing more"
		if i < len(got) {
			x = got[i].Code.String() + " " + wholeText(&got[i], nil)
		}
		if i < len(want) {
			y = want[i].Code.String() + " " + wholeText(&want[i], nil)
		}
		if x != y {
			f.Errorf("%s: %d versions, want %d; place %d:\ngot  %s\nwant %s", what, len(got), len(want), i, x, y)
			return
		}
	}
}

func featureFind(f *features) {
	found := 0
	for _, over := range f.town.intervals() {
		found += len(f.same(entities.Query{Valid: over}))
		f.same(entities.Query{Valid: over, Classes: []string{"tower"}})
		f.same(entities.Query{Valid: over, Classes: []string{"tower", "shed"}, Limit: 3})
		f.same(entities.Query{Valid: over, Codes: f.town.codes[2:6]})
		f.same(entities.Query{Valid: over, Codes: f.town.codes[1:4], Classes: []string{"shed"}})
		f.same(entities.Query{Valid: over, Kinds: []entities.Kind{entities.Building, entities.Land}, Codes: f.town.codes[:3]})
	}
	if found == 0 {
		f.Errorf("no query found anything")
	}
}

func featureBoxes(f *features) {
	found := 0
	for _, box := range f.town.boxes {
		for _, over := range f.town.intervals() {
			found += len(f.same(entities.Query{Valid: over, Box: &box}))
		}
		f.same(entities.Query{Box: &box, Limit: 2, Order: []entities.Order{{Name: "x", Descending: true}}})
	}
	empty := entities.NoBox
	f.same(entities.Query{Box: &empty})
	if found == 0 {
		f.Errorf("no box held anything")
	}
}

func featureIntersects(f *features) {
	for _, text := range []string{
		"POLYGON ((3 3, 9 3, 9 9, 3 9, 3 3))", "POLYGON ((2 2, 9 9, 9 2, 2 2))", "POINT (1 1)", "LINESTRING (-5 1, 60 1)",
		"MULTIPOINT (5 5, 25 1)", "POLYGON ((100 0, 101 0, 101 1, 100 0))", "POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))",
	} {
		for _, over := range f.town.intervals() {
			f.same(entities.Query{Valid: over, Intersects: mustGeom(text)})
		}
		f.same(entities.Query{Intersects: mustGeom(text), Box: &entities.Box{West: 0, South: 0, East: 4, North: 4}})
	}
}

func featureFilter(f *features) {
	c := &city{suite: &suite{TB: f.TB}}
	for _, text := range []string{
		"v = 1", "v > 1 AND v < 6", "v IS NULL", "NOT (v = 1)", "name LIKE 'b%'", "yes = TRUE", "v IN (1, 3, 5)",
		"S_INTERSECTS(geometry, BBOX(0, 0, 4, 4))",
	} {
		filter := c.filter(text)
		for _, over := range f.town.intervals() {
			f.same(entities.Query{Valid: over, Filter: filter})
		}
		f.same(entities.Query{Filter: filter, Limit: 2, Order: []entities.Order{{Name: "name", Descending: true}}})
	}
}

func featureLinked(f *features) {
	found := 0
	for _, l := range []entities.Linked{
		{Code: f.town.codes[0], Role: "on"},
		{Code: f.town.codes[0]},
		{Code: f.town.codes[0], Role: "beside"},
		{Code: f.town.codes[3], Role: "on", Reverse: true},
		{Code: f.town.codes[4], Reverse: true},
	} {
		for _, over := range f.town.intervals() {
			found += len(f.same(entities.Query{Valid: over, Linked: &l}))
		}
	}
	if found == 0 && f.rev == f.town.revisions[len(f.town.revisions)-1] {
		f.Errorf("no link found anything")
	}
}

var featureOrders = [][]entities.Order{
	{{Name: "x"}},
	{{Name: "x", Descending: true}},
	{{Name: "group"}},
	{{Name: "group", Descending: true}, {Name: "x"}},
	{{Name: "none"}, {Name: "name", Descending: true}},
}

func featureOrder(f *features) {
	for _, order := range featureOrders {
		f.same(entities.Query{Order: order})
		f.same(entities.Query{Order: order, Limit: 5})
		f.same(entities.Query{Order: order, Valid: entities.Always})
	}
}

func featurePages(f *features) {
	for _, order := range append(featureOrders, nil) {
		q := usual(entities.Query{Order: order, Valid: entities.During(year(2012))})
		want := collect(f, "find in the model", f.want.Find(f.ctx, q))
		var got []entities.Entity
		q.Limit = 4
		for range len(want) + 1 {
			page := collect(f, "find "+describeQuery(&q), f.got.Find(f.ctx, q))
			got = append(got, page...)
			if len(page) < q.Limit {
				break
			}
			after := q.PositionOf(&page[len(page)-1])
			q.After = &after
		}
		f.equal(fmt.Sprintf("pages of four in order %v", order), got, want)
	}
}

func featureHistory(f *features) {
	for _, q := range []entities.HistoryQuery{
		{},
		{Trail: entities.Trail{Superseded: true}},
		{Codes: f.town.codes[1:3]},
		{Codes: f.town.codes[1:3], Trail: entities.Trail{Superseded: true}},
		{Trail: entities.Trail{After: 2}},
		{Trail: entities.Trail{After: 2, Superseded: true}},
		{Trail: entities.Trail{After: f.rev, Superseded: true}},
	} {
		q.Kinds = []entities.Kind{entities.Building}
		got := collect(f, "history", f.got.History(f.ctx, q))
		want := collect(f, "history in the model", f.want.History(f.ctx, q))
		f.equal(fmt.Sprintf("history %+v", q), got, want)
	}
}

func featureErrors(f *features) {
	query := usual(entities.Query{})
	for name, q := range map[string]entities.Query{
		"no kinds":             {Valid: entities.Always},
		"an empty interval":    {Kinds: query.Kinds, Valid: years(2010, 2010)},
		"a cursor of no order": {Kinds: query.Kinds, Valid: entities.Always, After: &entities.Position{Keys: []entities.Value{entities.Null}}},
	} {
		if err := failure(f.got.Find(f.ctx, q)); !errors.Is(err, entities.ErrInvalidQuery) {
			f.Errorf("%s: error %v, want %v", name, err, entities.ErrInvalidQuery)
		}
	}
	never, err := entities.NewCode(entities.Building, 1<<40)
	if err != nil {
		f.Fatalf("code: %v", err)
	}
	if e, err := f.got.Get(f.ctx, never, year(2010)); !errors.Is(err, entities.ErrNotFound) && !errors.Is(err, entities.ErrNeverIssued) {
		f.Errorf("a code that was never issued: got %s and error %v", stateOf(&e, nil), err)
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	count := 0
	var last error
	for _, err := range f.got.Find(ctx, query) {
		if last = err; err != nil {
			break
		}
		if count++; count == 2 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) {
		f.Errorf("find cancelled after 2: went on to %d and ended with %v, want %v", count, last, context.Canceled)
	}
	for name, err := range map[string]error{
		"get":     second(f.got.Get(ctx, f.town.codes[0], year(2010))),
		"find":    failure(f.got.Find(ctx, query)),
		"history": failure(f.got.History(ctx, entities.HistoryQuery{Kinds: query.Kinds})),
	} {
		if !errors.Is(err, context.Canceled) {
			f.Errorf("%s under a cancelled context: error %v, want %v", name, err, context.Canceled)
		}
	}
}

func featureConcurrent(f *features) {
	q := usual(entities.Query{Box: &entities.World, Order: []entities.Order{{Name: "x"}}})
	want := rows(collect(f, "find in the model", f.want.Find(f.ctx, q)))
	answers := make(chan string)
	const readers = 4
	for range readers {
		go func() {
			var found []entities.Entity
			for e, err := range f.got.Find(f.ctx, q) {
				if err != nil {
					answers <- err.Error()
					return
				}
				found = append(found, e)
			}
			answers <- rows(found)
		}()
	}
	for range readers {
		if got := <-answers; got != want {
			f.Errorf("one of %d readers at once: got %s, want %s", readers, got, want)
		}
	}
}

// town is what [RunFeatures] asks about.
type town struct {
	codes     []entities.Code
	instants  []entities.Instant
	boxes     []entities.Box
	revisions []entities.Revision
}

func (t *town) intervals() []entities.Interval {
	out := []entities.Interval{entities.Always, years(2001, 2011), years(2011, 2012), years(1980, 1990)}
	for _, at := range t.instants {
		out = append(out, entities.During(at))
	}
	return out
}

// foundTown fills a store with buildings of all shapes, values and histories.
func foundTown(t *testing.T, store entities.Store) *town {
	t.Helper()
	c := &city{suite: &suite{TB: t}, ctx: context.Background(), store: store}
	town := &town{boxes: []entities.Box{
		entities.World,
		{West: 0, South: 0, East: 4, North: 4},
		{West: 4, South: 4, East: 9, North: 9},
		{West: 2, South: 4, East: 9, North: 9},
		{West: 23, South: 3, East: 27, North: 7},
		{West: 46, South: 0, East: 50, North: 3},
		{West: 60, South: 5, East: 60, North: 5},
		{West: 170, South: -30, East: -170, North: 0},
		{West: 179.5, South: -30, East: -175, North: 0},
		{West: 100, South: 50, East: 101, North: 51},
	}}
	for y := 1999; y <= 2022; y += 2 {
		town.instants = append(town.instants, year(y)-1, year(y))
	}
	town.instants = append(town.instants, entities.Beginning, entities.Forever-1)
	var first []entities.Act
	for i, v := range townValues {
		a := change(ref(fmt.Sprint(i)), since(1999+i%5), "name", fmt.Sprintf("%c%d", 'a'+i%3, i), "x", v, "group", i%4, "v", i%7, "yes", i%2 == 0)
		a.Class = []string{"tower", "shed", ""}[i%3]
		if shape := townShapes[i%len(townShapes)]; shape != "" {
			shaped(a, shape)
			a.Geometry.VerticalCRS = []string{"", "EPSG:5773"}[i%2]
			a.Geometry.Repair = []string{"", "", "closed a ring"}[i%3]
		}
		first = append(first, a)
	}
	for _, r := range c.apply(first...).Results {
		town.codes = append(town.codes, r.Code)
	}
	c.liveOn(town)
	town.revisions = []entities.Revision{1, 4, c.head()}
	slices.Sort(town.codes)
	return town
}

// liveOn gives the town's buildings histories.
func (c *city) liveOn(town *town) {
	c.Helper()
	by := func(i int) entities.Ref { return ref(fmt.Sprint(i)) }
	c.apply(change(by(0), since(2010), "name", "b-renamed", "v", 9), change(by(1), since(2009), "x", entities.Null), shaped(change(by(2), since(2013)), "POINT (3 3)"))
	c.apply(correct(by(0), years(2005, 2012), "v", 3), correct(by(3), years(2003, 2007), "x", entities.Unset),
		&entities.End{Subject: by(4), Over: since(2011)}, &entities.End{Subject: by(5), Over: years(2007, 2013)})
	c.apply(&entities.Relate{From: by(3), Role: "on", Over: since(2000), To: []entities.Target{{To: by(0)}}},
		&entities.Relate{From: by(4), Role: "on", Over: years(2000, 2012), To: []entities.Target{{To: by(0)}}},
		&entities.Relate{From: by(6), Role: "beside", Over: since(2012), To: []entities.Target{{To: by(0)}}})
	c.apply(change(by(2), since(2008), "v", 5), &entities.SameAs{Duplicate: by(7), Of: by(8), Reason: "twice"})
	none := entities.Geometry{}
	gone := change(by(1), since(2015))
	gone.Geometry = &none
	land := shaped(change(ref("land"), since(2000), "name", "land"), "POINT (1 1)")
	land.Kind = entities.Land
	c.apply(gone, land, shaped(correct(by(0), years(2014, 2016), "yes", false), "POLYGON Z ((0 0 1, 3 0 1, 3 3 1, 0 0 1))"))
	c.apply(&entities.Erase{Subject: by(9), Reason: "order"}, change(ref("late"), since(2018), "name", "b-late", "v", 1))
	town.codes = append(town.codes, c.resolve(c.head(), key("late"), year(2020)).Matches[0].Code)
}

var townShapes = []string{
	"POLYGON ((0 0, 10 0, 10 2, 2 2, 2 10, 0 10, 0 0))",
	"POLYGON ((20 0, 30 0, 30 10, 20 10, 20 0), (22 2, 28 2, 28 8, 22 8, 22 2))",
	"POINT (5 5)", "", "LINESTRING (40 0, 50 10)", "POINT Z (60 5 12.5)", "POLYGON EMPTY", "POINT (178 -17)", "POINT (-172 -13)",
	"MULTIPOLYGON Z (((0 0 0, 1 0 0, 1 1 0, 0 0 0)), ((25 0 9, 26 0 9, 26 1 9, 25 0 9)))",
	"POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))", "MULTIPOINT (50 50, 60 60)",
}

var townValues = []entities.Value{
	entities.Int(5), entities.Null, entities.Float(-0.5), entities.Bool(true), entities.String("市"), entities.Unset, entities.Int(1<<53 + 1),
	entities.String("10"), entities.Bool(false), entities.Float(1e300), entities.Int(-5), entities.String(""), entities.Int(1<<53 + 2),
	entities.String("a"), mustJSON(`{"a":[1,2]}`), entities.Float(0.25), entities.String("ab"), entities.Int(5), mustJSON(`[1]`), entities.Int(-1 << 63),
}
