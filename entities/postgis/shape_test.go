package postgis_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// TestShapes: a shape goes to the server and comes back byte by byte, whether
// PostGIS can hold it or not, and is the shape that another encoder makes of it.
func TestShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := drawShape(t)
		g, err := entities.NewGeometry(shape)
		if err != nil {
			t.Fatal(err)
		}
		raw, _, err := postgis.ToEWKB(g.WKB())
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := ewkb.Unmarshal(raw)
		if err != nil || decoded.SRID() != 4326 || decoded.Layout() != shape.Layout() && !shape.Empty() {
			t.Errorf("%x: SRID %d, layout %s, error %v", raw, decoded.SRID(), decoded.Layout(), err)
		}
		back, err := postgis.ToISO(raw)
		if err != nil || !bytes.Equal(back, g.WKB()) {
			t.Errorf("%x comes back as %x, error %v", g.WKB(), back, err)
		}
	})
}

// FuzzShapes: whatever the bytes, neither translation panics or gives more than
// it was given, and what one makes the other takes back.
func FuzzShapes(f *testing.F) {
	for _, shape := range []geom.T{
		geom.NewPointFlat(geom.XYZ, []float64{114, 22, 9}),
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 4, 0, 4, 4, 0, 0}, []int{8}),
		geom.NewGeometryCollection().MustPush(geom.NewPointFlat(geom.XY, []float64{1, 2}), geom.NewLineStringFlat(geom.XY, []float64{3, 4, 5, 6})),
	} {
		g, err := entities.NewGeometry(shape)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(g.WKB())
		f.Add(g.WKB()[:len(g.WKB())-1])
	}
	f.Add([]byte{1, 7, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = postgis.ToISO(raw) // must not panic
		out, _, err := postgis.ToEWKB(raw)
		if err != nil {
			return
		}
		if len(out) != len(raw)+4 {
			t.Errorf("%x has become %x", raw, out)
		}
		if back, err := postgis.ToISO(out); err != nil || !bytes.Equal(back, raw) {
			t.Errorf("%x comes back as %x, error %v", raw, back, err)
		}
	})
}

// TestOddShapes: what PostGIS would refuse is kept as it is and found by its
// envelope.
func TestOddShapes(t *testing.T) {
	ctx := context.Background()
	store := open(t, postgis.Config{})
	for i, shape := range []geom.T{
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 2, 0, 2, 2, 0, 2}, []int{8}),                                  // not closed
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 2, 0, 0, 0}, []int{6}),                                        // three points
		geom.NewPolygonFlat(geom.XY, []float64{0, 0, 2, 0, 2, 2, 0, 0}, []int{8, 8}),                               // an empty hole
		geom.NewMultiLineStringFlat(geom.XYZ, []float64{0, 0, 1, 2, 2, 3}, []int{3, 6}),                            // of one point
		geom.NewPolygonFlat(geom.XYZ, []float64{0, 0, 1, 2, 0, 1, 2, 2, 1, 0, 0, 7}, []int{12}),                    // not closed in Z
		geom.NewGeometryCollection().MustPush(geom.NewPolygonFlat(geom.XY, []float64{0, 0, 2, 2, 2, 0}, []int{6})), // within another
	} {
		g, err := entities.NewGeometry(shape)
		if err != nil {
			t.Fatal(err)
		}
		act := named(string(rune('a'+i)), "odd")
		act.Geometry = &g
		receipt := apply(t, store, string(rune('a'+i)), act)
		e, err := store.At(receipt.Revision).Get(ctx, receipt.Results[0].Code, 5)
		if err != nil || !e.Geometry.Equal(g) {
			t.Errorf("shape %d comes back as %x, error %v; want %x", i, e.Geometry.WKB(), err, g.WKB())
		}
		found := 0
		for _, err := range store.At(receipt.Revision).Find(ctx, entities.Query{
			Kinds: []entities.Kind{entities.Building}, Valid: entities.During(5), Codes: []entities.Code{e.Code},
		}) {
			if err != nil {
				t.Error(err)
			}
			found++
		}
		if found != 1 {
			t.Errorf("shape %d is found %d times", i, found)
		}
	}
	for damage, err := range store.Verify(ctx) {
		t.Errorf("damage %+v, error %v", damage, err)
	}
}
