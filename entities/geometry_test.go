package entities_test

import (
	"errors"
	"testing"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/entities"
)

// What is made is what can be read back: collections that nest deeper than the
// reader goes are refused where they are made.
func TestNewGeometry_Depth(t *testing.T) {
	nested := func(depth int) geom.T {
		var g geom.T = geom.NewPointFlat(geom.XY, []float64{114, 22})
		for range depth {
			whole := geom.NewGeometryCollection()
			if err := whole.Push(g); err != nil {
				t.Fatal(err)
			}
			g = whole
		}
		return g
	}
	for depth := range 40 {
		g, err := entities.NewGeometry(nested(depth))
		if err != nil {
			if !errors.Is(err, entities.ErrInvalidGeometry) || depth < 31 {
				t.Errorf("depth %d: %v", depth, err)
			}
			continue
		}
		if depth > 32 {
			t.Errorf("depth %d is taken", depth)
		}
		if _, err := entities.GeometryFromWKB(g.WKB()); err != nil {
			t.Errorf("depth %d cannot be read back: %v", depth, err)
		}
	}
}

// The envelope of a shape is that of its bytes.
func TestBoundsOf(t *testing.T) {
	for text, want := range map[string]entities.Box{
		"POINT(1 2)":                       {West: 1, South: 2, East: 1, North: 2},
		"POINT Z(1 2 9)":                   {West: 1, South: 2, East: 1, North: 2},
		"LINESTRING Z(1 5 9,-3 2 8,0 0 7)": {West: -3, South: 0, East: 1, North: 5},
		"MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 7,5 5)))":          {West: 0, South: 0, East: 6, North: 7},
		"GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(3 4,5 0),POINT EMPTY)": {West: 1, South: 0, East: 5, North: 4},
	} {
		g, err := wkt.Unmarshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := entities.BoundsOf(g); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	for _, empty := range []string{"POINT EMPTY", "POLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY"} {
		g, err := wkt.Unmarshal(empty)
		if err != nil {
			t.Fatal(err)
		}
		if got := entities.BoundsOf(g); !got.Empty() {
			t.Errorf("%s: %+v", empty, got)
		}
	}
}
