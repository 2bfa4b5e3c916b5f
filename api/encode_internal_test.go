package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/twpayne/go-geom/encoding/geojson"
	"github.com/twpayne/go-geom/encoding/wkt"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// TestGeometryAgreesWithGoGeom holds the encoder against an independent one.
func TestGeometryAgreesWithGoGeom(t *testing.T) {
	for _, text := range []string{
		"POINT (114.05 22.54)", "POINT Z (114.05 22.54 3.5)", "LINESTRING (0 0, 1 1, 2 0.123456789012345)",
		"POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 1))", "POLYGON Z ((0 0 1, 4 0 2, 4 4 3, 0 0 1))",
		"MULTIPOINT ((1 2), (3 4))", "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
		"GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))", "POLYGON EMPTY", "POINT (-1e-7 1e-12)",
	} {
		t.Run(text, func(t *testing.T) {
			shape, err := wkt.Unmarshal(text)
			if err != nil {
				t.Fatal(err)
			}
			g, err := entities.NewGeometry(shape)
			if err != nil {
				t.Fatal(err)
			}
			got, err := appendGeometry(nil, g, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, err := geojson.Marshal(shape)
			if err != nil {
				t.Fatal(err)
			}
			var a, b any
			if err := json.Unmarshal(got, &a); err != nil {
				t.Fatalf("%s: %v", got, err)
			}
			if err := json.Unmarshal(want, &b); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	if got, err := appendGeometry(nil, entities.Geometry{}, nil); err != nil || string(got) != "null" {
		t.Errorf("none: %s, %v", got, err)
	}
}

// FuzzGeometry: bytes that are no WKB are an error, never a panic or broken JSON.
func FuzzGeometry(f *testing.F) {
	for _, text := range []string{"POINT Z (1 2 3)", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))", "GEOMETRYCOLLECTION (POINT (1 2))"} {
		shape, err := wkt.Unmarshal(text)
		if err != nil {
			f.Fatal(err)
		}
		g, err := entities.NewGeometry(shape)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(g.WKB(), false)
		f.Add(g.WKB()[:len(g.WKB())-3], true)
	}
	mercator, err := geodesy.Lookup("EPSG:3857")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte, project bool) {
		crs := geodesy.CRS84()
		if project {
			crs = mercator
		}
		got, err := appendGeometry(nil, entities.TrustedWKB(raw), crs)
		var p *Problem
		if err != nil && !errors.Is(err, entities.ErrInvalidGeometry) && !errors.As(err, &p) {
			t.Errorf("error %v", err)
		}
		if err == nil && !json.Valid(got) {
			t.Errorf("%x gives %s", raw, got)
		}
	})
}
