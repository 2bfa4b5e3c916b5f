package storetest

import (
	"bytes"
	"errors"
	"math"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
)

// place makes a named building with a shape.
func (c *city) place(name, shape string) entities.Code {
	c.Helper()
	return c.apply(shaped(change(ref(name), since(2000), "name", name), shape)).Results[0].Code
}

func emptyGeometry(s *suite) {
	c := s.city()
	none := c.create("none", 2000, "name", "none")
	empty := c.place("empty", "POLYGON EMPTY")
	c.place("some", "POINT (1 2)")
	get := func(code entities.Code) entities.Geometry {
		e, err := c.reader().Get(c.ctx, code, year(2010))
		if err != nil {
			c.Fatalf("get %s: %v", code, err)
		}
		return e.Geometry
	}
	if g := get(none); !g.IsZero() {
		c.Errorf("geometry of what has none: got %x", g.WKB())
	}
	want := mustShape("POLYGON EMPTY")
	if g := get(empty); !g.Equal(want) {
		c.Errorf("empty polygon: got %x, want %x", g.WKB(), want.WKB())
	}
	world := entities.World
	c.finds(entities.Query{Box: &world}, "some")
	c.finds(entities.Query{}, "none", "empty", "some")
	c.finds(entities.Query{Intersects: mustGeom("POLYGON ((-10 -10, 10 -10, 10 10, -10 10, -10 -10))")}, "some")
	removed := entities.Geometry{}
	a := change(ref("some"), since(2012))
	a.Geometry = &removed
	c.apply(a)
	c.finds(entities.Query{Box: &world, Valid: entities.During(year(2011))}, "some")
	c.finds(entities.Query{Box: &world, Valid: entities.During(year(2012))})
}

func threeDimensions(s *suite) {
	c := s.city()
	shapes := map[string]string{
		"point":   "POINT Z (139.75 35.68 12.5)",
		"surface": "POLYGON Z ((0 0 5, 1 0 5, 1 1 7, 0 0 5))",
		"solid":   "MULTIPOLYGON Z (((0 0 0, 1 0 0, 1 1 0, 0 0 0)), ((0 0 9, 1 0 9, 1 1 9, 0 0 9)))",
		"upright": "POLYGON Z ((0 0 0, 1 0 0, 1 0 9, 0 0 9, 0 0 0))",
		"mixed":   "GEOMETRYCOLLECTION Z (POINT Z (1 2 3), LINESTRING Z (0 0 1, 1 1 2))",
	}
	for name, text := range shapes {
		g := mustShape(text)
		g.VerticalCRS, g.Repair = "EPSG:5773", "closed a ring"
		a := change(ref(name), since(2000), "name", name)
		a.Geometry = &g
		code := c.apply(a).Results[0].Code
		e, err := c.reader().Get(c.ctx, code, year(2010))
		if err != nil || !bytes.Equal(e.Geometry.WKB(), g.WKB()) || e.Geometry.VerticalCRS != "EPSG:5773" || e.Geometry.Repair != "closed a ring" {
			c.Errorf("%s: got %s (vertical %q, repair %q) and error %v, want %s", name, stateOf(&e, nil), e.Geometry.VerticalCRS, e.Geometry.Repair, err, text)
		}
	}
	c.finds(entities.Query{Box: &entities.Box{West: 139, South: 35, East: 140, North: 36}}, "point")
	higher := mustShape("POINT Z (139.75 35.68 13)")
	higher.VerticalCRS = "EPSG:5773"
	a := change(ref("point"), since(2010))
	a.Geometry = &higher
	if r := c.apply(a); r.Results[0].Outcome != entities.Updated {
		c.Errorf("another Z: outcome %d, want updated", r.Results[0].Outcome)
	}
}

func invalidGeometry(s *suite) {
	c := s.city()
	for name, shape := range map[string]geom.T{
		"NaN":            geom.NewPointFlat(geom.XY, []float64{math.NaN(), 1}),
		"infinite":       geom.NewPointFlat(geom.XY, []float64{1, math.Inf(1)}),
		"off the globe":  geom.NewPointFlat(geom.XY, []float64{1, 91}),
		"metres":         geom.NewLineStringFlat(geom.XY, []float64{12, 34, 455000, 3900000}),
		"with a measure": geom.NewPointFlat(geom.XYM, []float64{1, 2, 3}),
	} {
		if _, err := entities.NewGeometry(shape); !errors.Is(err, entities.ErrInvalidGeometry) {
			c.Errorf("%s: error %v, want %v", name, err, entities.ErrInvalidGeometry)
		}
	}
	bytesOf := mustShape("POINT (1 2)").WKB()
	if _, err := entities.GeometryFromWKB(bytesOf[:len(bytesOf)-3]); !errors.Is(err, entities.ErrInvalidGeometry) {
		c.Errorf("WKB cut short: error %v, want %v", err, entities.ErrInvalidGeometry)
	}
	bowtie := "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))"
	code := c.place("bowtie", bowtie)
	c.place("spike", "POLYGON ((10 10, 12 10, 11 10, 10 10))")
	want := mustShape(bowtie)
	if e, err := c.reader().Get(c.ctx, code, year(2010)); err != nil || !e.Geometry.Equal(want) {
		c.Errorf("a ring that crosses itself: got %s and error %v, want it as it was given", stateOf(&e, nil), err)
	}
	c.finds(entities.Query{Box: &entities.Box{West: -1, South: -1, East: 3, North: 3}}, "bowtie")
	c.finds(entities.Query{Box: &entities.Box{West: 5, South: 5, East: 6, North: 6}})
	c.find(entities.Query{Box: &entities.Box{West: 10.5, South: 9, East: 10.6, North: 11}})
}

func boxIsExact(s *suite) {
	c := s.city()
	c.place("corner", "POLYGON ((0 0, 10 0, 10 2, 2 2, 2 10, 0 10, 0 0))")
	c.place("court", "POLYGON ((20 0, 30 0, 30 10, 20 10, 20 0), (22 2, 28 2, 28 8, 22 8, 22 2))")
	c.place("slope", "LINESTRING (40 0, 50 10)")
	c.place("dot", "POINT (60 5)")
	for _, test := range []struct {
		name string
		box  entities.Box
		want []string
	}{
		{"in the notch of the corner", entities.Box{West: 4, South: 4, East: 9, North: 9}, nil},
		{"on the edge of the corner", entities.Box{West: 2, South: 4, East: 9, North: 9}, []string{"corner"}},
		{"inside of the corner", entities.Box{West: 0.5, South: 0.5, East: 1, North: 1}, []string{"corner"}},
		{"around the corner", entities.Box{West: -1, South: -1, East: 11, North: 11}, []string{"corner"}},
		{"in the court", entities.Box{West: 23, South: 3, East: 27, North: 7}, nil},
		{"court and corner", entities.Box{West: 9, South: 1, East: 21, North: 3}, []string{"corner", "court"}},
		{"beside the slope", entities.Box{West: 46, South: 0, East: 50, North: 3}, nil},
		{"over the slope", entities.Box{West: 44, South: 4, East: 46, North: 6}, []string{"slope"}},
		{"the dot itself", entities.Box{West: 60, South: 5, East: 60, North: 5}, []string{"dot"}},
		{"the dot on the corner of the box", entities.Box{West: 60, South: 5, East: 61, North: 6}, []string{"dot"}},
		{"beside the dot", entities.Box{West: 60.001, South: 5, East: 61, North: 6}, nil},
		{"the world", entities.World, []string{"corner", "court", "slope", "dot"}},
	} {
		c.Logf("box %s", test.name)
		c.finds(entities.Query{Box: &test.box}, test.want...)
	}
}

func antimeridian(s *suite) {
	c := s.city()
	c.place("fiji", "POINT (178 -17)")
	c.place("samoa", "POINT (-172 -13)")
	c.place("line", "POINT (180 -15)")
	c.place("far", "POINT (0 -15)")
	c.place("east", "POLYGON ((179 -20, 180 -20, 180 -19, 179 -19, 179 -20))")
	c.finds(entities.Query{Box: &entities.Box{West: 170, South: -30, East: -170, North: 0}}, "fiji", "samoa", "line", "east")
	c.finds(entities.Query{Box: &entities.Box{West: 179.5, South: -30, East: -175, North: 0}}, "line", "east")
	c.finds(entities.Query{Box: &entities.Box{West: 170, South: -30, East: -170, North: 0}, Limit: 1, Order: []entities.Order{{Name: "name"}}}, "east")
	c.finds(entities.Query{Box: &entities.Box{West: -170, South: -30, East: 170, North: 0}}, "far")
}

func intersects(s *suite) {
	c := s.city()
	c.place("corner", "POLYGON ((0 0, 10 0, 10 2, 2 2, 2 10, 0 10, 0 0))")
	c.place("line", "LINESTRING (0 20, 10 30)")
	c.place("dot", "POINT (5 5)")
	c.place("parts", "MULTIPOINT (50 50, 60 60)")
	for _, test := range []struct {
		shape string
		want  []string
	}{
		{"POLYGON ((3 3, 9 3, 9 9, 3 9, 3 3))", []string{"dot"}},
		{"POLYGON ((2 2, 9 9, 9 2, 2 2))", []string{"corner", "dot"}},
		{"POINT (5 25)", []string{"line"}},
		{"POINT (1 1)", []string{"corner"}},
		{"LINESTRING (-5 1, 20 1)", []string{"corner"}},
		{"MULTIPOINT (5 5, 60 60)", []string{"dot", "parts"}},
		{"POLYGON ((40 40, 70 40, 70 70, 40 40))", []string{"parts"}},
		{"POLYGON ((100 0, 101 0, 101 1, 100 0))", nil},
	} {
		c.finds(entities.Query{Intersects: mustGeom(test.shape)}, test.want...)
	}
	c.finds(entities.Query{
		Intersects: mustGeom("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"), Box: &entities.Box{West: 4, South: 4, East: 6, North: 6},
	}, "dot")
}

func extent(s *suite) {
	c := s.city()
	check := func(rev entities.Revision, kind entities.Kind, want entities.Extent) {
		c.Helper()
		got, err := c.store.At(rev).Extent(c.ctx, kind)
		if err != nil || got.Count != want.Count || got.Valid != want.Valid || !sameBox(got.Envelope, want.Envelope) {
			c.Errorf("extent of %s at revision %d: got %+v and error %v, want %+v", kind, rev, got, err, want)
		}
	}
	check(0, entities.Building, entities.Extent{Envelope: entities.NoBox})
	c.apply(shaped(change(ref("a"), years(2000, 2010), "v", 1), "POINT (1 2)"))
	c.apply(shaped(change(ref("b"), years(2005, 2020), "v", 1), "LINESTRING (3 4, 5 0)"))
	c.apply(correct(ref("a"), years(2002, 2003), "v", 2))
	c.apply(shaped(correct(ref("a"), entities.Always, "v", 2), "POINT (1 1)"))
	check(1, entities.Building, entities.Extent{Count: 1, Envelope: entities.Box{West: 1, South: 2, East: 1, North: 2}, Valid: years(2000, 2010)})
	check(3, entities.Building, entities.Extent{Count: 2, Envelope: entities.Box{West: 1, South: 0, East: 5, North: 4}, Valid: years(2000, 2020)})
	check(4, entities.Building, entities.Extent{Count: 2, Envelope: entities.Box{West: 1, South: 0, East: 5, North: 4}, Valid: entities.Always})
	check(4, entities.Land, entities.Extent{Envelope: entities.NoBox})
	c.apply(&entities.End{Subject: ref("b"), Over: entities.Always, Mode: entities.Correction})
	check(5, entities.Building, entities.Extent{Count: 1, Envelope: entities.Box{West: 1, South: 1, East: 1, North: 1}, Valid: entities.Always})
}

func sameBox(a, b entities.Box) bool { return a == b || (a.Empty() && b.Empty()) }
