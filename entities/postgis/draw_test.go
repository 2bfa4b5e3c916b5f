package postgis_test

import (
	"math"

	"github.com/twpayne/go-geom"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

// A small world: few names, instants and places, so that acts meet.
var (
	names    = []string{"a", "b", "c", "d", "é莲"}
	kinds    = []entities.Kind{entities.Land, entities.Building, entities.Person, entities.Address, entities.Household}
	instants = []entities.Instant{entities.Beginning, -1, 0, 5, 10, 20, 30}
)

func drawName(t *rapid.T) string { return rapid.SampledFrom(names).Draw(t, "name") }

func drawKey(t *rapid.T) entities.Key {
	return entities.Key{Scheme: rapid.SampledFrom([]string{"k", "k", "k", "other"}).Draw(t, "scheme"), Value: drawName(t)}
}

func (d *pair) ref(t *rapid.T) entities.Ref {
	if len(d.codes) > 0 && rapid.IntRange(0, 2).Draw(t, "by code") == 0 {
		return entities.ByCode(rapid.SampledFrom(d.codes).Draw(t, "code"))
	}
	return entities.Ref{Key: drawKey(t)}
}

func drawOver(t *rapid.T) entities.Interval {
	i := rapid.IntRange(0, len(instants)-1).Draw(t, "from")
	j := rapid.IntRange(i+1, len(instants)+3).Draw(t, "to")
	if j < len(instants) {
		return entities.Interval{From: instants[i], To: instants[j]}
	}
	return entities.Since(instants[i])
}

func drawMode(t *rapid.T) entities.Mode {
	return rapid.SampledFrom([]entities.Mode{entities.Change, entities.Correction}).Draw(t, "mode")
}

func drawSource(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "register", "survey"}).Draw(t, "source")
}

func drawValue(t *rapid.T) entities.Value {
	json, err := entities.JSON([]byte(`{"b":[1,2.50,"x"],"a":{"长":null}}`))
	if err != nil {
		t.Fatal(err)
	}
	return rapid.SampledFrom([]entities.Value{
		entities.Unset, entities.Null, entities.Bool(true), entities.Int(3), entities.Int(math.MaxInt64), entities.Int(-1 << 53),
		entities.Float(2.5), entities.Float(1e300), entities.Float(5e-324), entities.Float(-0.1), json,
		entities.String(""), entities.String("莲花路12号"), entities.String("莲花 路北\n\"\\"), entities.String("LU\u0000ＬＵ"),
	}).Draw(t, "value")
}

func drawAttrs(t *rapid.T) entities.Attrs {
	var attrs []entities.Attr
	for _, name := range []string{"v", "name", "w"} {
		if rapid.IntRange(0, 2).Draw(t, "has "+name) > 0 {
			attrs = append(attrs, entities.Attr{Name: name, Value: drawValue(t)})
		}
	}
	return entities.NewAttrs(attrs...)
}

// drawShape draws shapes of all types, among them such as PostGIS would refuse.
func drawShape(t *rapid.T) geom.T {
	n := func() float64 { return float64(rapid.IntRange(-8, 8).Draw(t, "n")) / 2 }
	x, y := n(), n()
	square := []float64{x, y, x + 1, y, x + 1, y + 1, x, y + 1, x, y}
	return rapid.SampledFrom([]geom.T{
		geom.NewPointFlat(geom.XY, []float64{x, y}),
		geom.NewPointFlat(geom.XY, []float64{float64(rapid.IntRange(-180e7, 180e7).Draw(t, "lon")) / 1e7, float64(rapid.IntRange(-90e7, 90e7).Draw(t, "lat")) / 1e7}),
		geom.NewPointFlat(geom.XYZ, []float64{x, y, 3.25}),
		geom.NewPointFlat(geom.XY, []float64{180, y}),
		geom.NewLineStringFlat(geom.XY, []float64{x, y, x + 2, y + 2}),
		geom.NewLineString(geom.XY),
		geom.NewPolygon(geom.XY),
		geom.NewPolygonFlat(geom.XY, square, []int{10}),
		geom.NewPolygonFlat(geom.XY, square[:8], []int{8}),                          // not closed
		geom.NewPolygonFlat(geom.XY, append(square[:4:4], square[:2]...), []int{6}), // no area
		geom.NewPolygonFlat(geom.XYZ, []float64{x, y, 1, x + 1, y, 1, x + 1, y + 1, 2, x, y, 1}, []int{12}),
		geom.NewMultiPolygonFlat(geom.XY, append(square[:10:10], 3, 3, 4, 3, 4, 4, 3, 3), [][]int{{10}, {18}}),
		geom.NewMultiPointFlat(geom.XY, []float64{x, y, y, x}),
		geom.NewMultiLineStringFlat(geom.XY, []float64{x, y, x + 1, y, 0, 0, 1, 1}, []int{4, 8}),
		geom.NewGeometryCollection().MustPush(geom.NewPointFlat(geom.XY, []float64{x, y}), geom.NewLineStringFlat(geom.XY, []float64{x, y, 1, 1})),
		geom.NewGeometryCollection(),
	}).Draw(t, "shape")
}

func drawGeometry(t *rapid.T) *entities.Geometry {
	switch rapid.IntRange(0, 5).Draw(t, "geometry") {
	case 0, 1:
		return nil
	case 2:
		return new(entities.Geometry)
	}
	g, err := entities.NewGeometry(drawShape(t))
	if err != nil {
		t.Fatal(err)
	}
	g.VerticalCRS = rapid.SampledFrom([]string{"", "EPSG:5773"}).Draw(t, "vertical")
	g.Repair = rapid.SampledFrom([]string{"", "ring turned"}).Draw(t, "repair")
	return &g
}

// act draws one act of any type.
func (d *pair) act(t *rapid.T) entities.Act {
	over, mode := drawOver(t), drawMode(t)
	switch rapid.IntRange(0, 19).Draw(t, "act") {
	case 0:
		return &entities.End{Subject: d.ref(t), Over: over, Mode: mode, Into: []entities.Ref{d.ref(t)}}
	case 1:
		return &entities.End{Subject: d.ref(t), Over: over, Mode: mode}
	case 2, 3:
		return &entities.ClaimAlias{
			Key: drawKey(t), Mask: rapid.SampledFrom([]string{"", "a**"}).Draw(t, "mask"), Subject: d.ref(t), Over: over, Mode: mode,
			Shared: rapid.Bool().Draw(t, "shared"), Source: drawSource(t),
		}
	case 4:
		return &entities.EndAlias{Key: drawKey(t), Over: over, Mode: mode}
	case 5, 6, 7:
		targets := make([]entities.Target, rapid.IntRange(0, 2).Draw(t, "targets"))
		for i := range targets {
			targets[i] = entities.Target{To: d.ref(t), Share: entities.Share{Num: 1, Den: 3}, Method: "key", Level: i, Confidence: 0.25}
		}
		role := rapid.SampledFrom([]string{"on", "in"}).Draw(t, "role")
		return &entities.Relate{From: d.ref(t), Role: role, To: targets, Add: rapid.Bool().Draw(t, "add"), Over: over, Mode: mode, Source: drawSource(t)}
	case 8:
		return &entities.SameAs{Duplicate: d.ref(t), Of: d.ref(t), Reason: "seen"}
	case 9:
		return &entities.UndoSameAs{Duplicate: d.ref(t)}
	case 10:
		state := rapid.SampledFrom([]entities.State{entities.Reserved, entities.Frozen, entities.Active}).Draw(t, "state")
		return &entities.Mark{Subject: d.ref(t), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), State: state, Reason: "because"}
	case 11:
		if rapid.IntRange(0, 2).Draw(t, "really") == 0 {
			return &entities.Erase{Subject: d.ref(t), Reason: "order"}
		}
	case 12:
		return &entities.Restore{Subject: d.ref(t), To: entities.Revision(rapid.IntRange(0, int(d.head)+1).Draw(t, "restored to"))}
	}
	origin := entities.Origin{Source: drawSource(t), Collected: rapid.SampledFrom(instants).Draw(t, "collected"), Document: rapid.SampledFrom([]string{"", "文号1"}).Draw(t, "document")}
	a := &entities.Assert{
		Subject: d.ref(t), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Over: over, Mode: mode, Origin: origin,
		Class: rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "class"), Patch: drawAttrs(t), Geometry: drawGeometry(t),
		Whole: rapid.IntRange(0, 4).Draw(t, "whole") == 0,
	}
	if rapid.IntRange(0, 3).Draw(t, "secondary") == 0 {
		a.Secondary = entities.NewAttrs(entities.Attr{Name: "v", Value: entities.Int(9)})
	}
	return a
}
