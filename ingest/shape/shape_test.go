package shape_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
	"github.com/twpayne/go-geom/encoding/wkt"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/ingest/shape"
)

func TestRepair(t *testing.T) {
	tests := []struct {
		name, in string
		note     string // part of the note; "" means valid as it is
		area     float64
	}{
		{"square", "POLYGON((0 0,4 0,4 4,0 4,0 0))", "", 16},
		{"clockwise square", "POLYGON((0 0,0 4,4 4,4 0,0 0))", "", 16},
		{"with hole", "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1))", "", 15},
		{"hole touching the shell at a point", "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 0,2 1,1 2,0 0))", "", 14.5},
		{"with height", "POLYGON Z((0 0 1,4 0 1,4 4 2,0 4 2,0 0 1))", "", 16},
		{"straight corner", "POLYGON((0 0,2 0,4 0,4 4,0 4,0 0))", "", 16},
		{"two parts", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))", "", 1},
		{"empty", "POLYGON EMPTY", "", 0},
		{"repeated point in a valid polygon", "POLYGON((0 0,4 0,4 0,4 4,0 4,0 0))", "", 16},
		{"not closed", "RINGS 0 0,4 0,4 4,0 4", "ring closed", 16},
		{"spike", "POLYGON((0 0,4 0,4 2,7 2,4 2,4 4,0 4,0 0))", "spike", 16},
		{"spike over the seam", "POLYGON((4 2,4 4,0 4,0 0,4 0,4 2,7 2,4 2))", "spike", 16},
		{"spike with height", "POLYGON Z((0 0 1,4 0 1,4 2 1,7 2 1,4 2 1,4 4 1,0 4 1,0 0 1))", "spike", 16},
		{"hole without area", "RINGS 0 0,4 0,4 4,0 4,0 0;1 1,2 2,1 1", "without area", 16},
		{"tiny crossing", "POLYGON((0 0,4 0,4 4,0 4,0.001 3.9,-0.001 3.8,0 0))", "", 15.99},
		{"ring that touches itself in a point", "POLYGON((0 0,4 0,4 4,2 0,0 4,0 0))", "cut", 8},
		{"hole along the shell", "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 1,1 1,1 2,0 2,0 1))", "cut", 15},
		{"parts that share an edge", "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((1 0,2 0,2 1,1 1,1 0)))", "cut", 2},
		{"line", "LINESTRING(0 0,1 1)", "", 0},
		{"line with a repeated point", "LINESTRING(0 0,1 1,1 1,2 2)", "repeated", 0},
		{"point", "POINT(1 2)", "", 0},
		{"collection", "GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,4 0,4 4,0 4,0 0)))", "", 16},
		{"collection with a spike", "GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,4 0,4 2,7 2,4 2,4 4,0 4,0 0)))", "part 2: 1 spikes", 16},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, note, err := shape.Repair(parse(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if tt.note == "" && tt.name != "tiny crossing" && note != "" || !strings.Contains(note, tt.note) {
				t.Errorf("note %q, want %q", note, tt.note)
			}
			area := checkValid(t, got)
			if math.Abs(area-tt.area) > 0.02 {
				t.Errorf("area %v, want %v", area, tt.area)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	tests := []struct{ name, in, says string }{
		{"bow tie", "POLYGON((0 0,4 4,4 0,0 4,0 0))", "two ways"},
		{"overlapping parts", "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((2 2,6 2,6 6,2 6,2 2)))", "two ways"},
		{"hole outside", "POLYGON((0 0,4 0,4 4,0 4,0 0),(5 5,6 5,6 6,5 5))", "two ways"},
		{"no area", "POLYGON((0 0,4 4,0 0,0 0))", "no area"},
		{"two points", "RINGS 0 0,4 4,0 0", "no area"},
		{"crossing with height", "POLYGON Z((0 0 1,4 4 1,4 0 1,0 4 1,0 0 1))", "three-dimensional"},
		{"collection with a bow tie", "GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,4 4,4 0,0 4,0 0)))", "part 2"},
		{"line of one point", "LINESTRING(1 1,1 1)", "one point"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := shape.Repair(parse(t, tt.in))
			if !errors.Is(err, shape.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, %v; want ErrInvalid saying %q", got, err, tt.says)
			}
		})
	}
	if _, _, err := shape.Repair(geom.NewPointFlat(geom.XY, []float64{math.NaN(), 1})); !errors.Is(err, shape.ErrInvalid) {
		t.Errorf("NaN: %v", err)
	}
}

func TestNothingIsValid(t *testing.T) {
	if got, note, err := shape.Repair(nil); got != nil || note != "" || err != nil {
		t.Errorf("got %v %q %v", got, note, err)
	}
}

// Whatever the rings, the answer is an error or a valid geometry, and a geometry
// is left alone if and only if it was valid.
func TestRepairAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 9).Draw(t, "grid")
		n := rapid.IntRange(3, 9).Draw(t, "points")
		flat := make([]float64, 0, 2*n+2)
		for range n {
			flat = append(flat, float64(rapid.IntRange(0, size).Draw(t, "x")), float64(rapid.IntRange(0, size).Draw(t, "y")))
		}
		flat = append(flat, flat[:2]...)
		polygon := geom.NewPolygonFlat(geom.XY, flat, []int{len(flat)})
		valid := isValid(polygon)
		got, note, err := shape.Repair(polygon)
		if valid != (err == nil && note == "") {
			t.Fatalf("%v: valid %v, note %q, error %v", flat, valid, note, err)
		}
		if err == nil && !isValid(got) {
			t.Fatalf("%v: repaired into an invalid %v", flat, got.FlatCoords())
		}
	})
}

// parse reads WKT, or RINGS with rings that WKT's reader would not let through.
func parse(t *testing.T, text string) geom.T {
	t.Helper()
	if list, found := strings.CutPrefix(text, "RINGS "); found {
		var flat []float64
		var ends []int
		for _, ring := range strings.Split(list, ";") {
			for _, point := range strings.Split(ring, ",") {
				var x, y float64
				if _, err := fmt.Sscan(point, &x, &y); err != nil {
					t.Fatal(err)
				}
				flat = append(flat, x, y)
			}
			ends = append(ends, len(flat))
		}
		return geom.NewPolygonFlat(geom.XY, flat, ends)
	}
	g, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func isValid(g geom.T) bool {
	raw, err := wkb.Marshal(g, wkb.NDR)
	if err != nil {
		return false
	}
	_, err = sf.UnmarshalWKB(raw)
	return err == nil
}

func checkValid(t *testing.T, g geom.T) float64 {
	t.Helper()
	raw, err := wkb.Marshal(g, wkb.NDR)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := sf.UnmarshalWKB(raw)
	if err != nil {
		t.Fatalf("result is invalid: %v", err)
	}
	return parsed.Area()
}

func BenchmarkRepairFootprint(b *testing.B) {
	g, err := wkt.Unmarshal("POLYGON((0 0,4 0,4 1,3 1,3 2,4 2,4 4,0 4,0 0))")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("fast", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := shape.Repair(g); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("library", func(b *testing.B) {
		for b.Loop() {
			if !isValid(g) {
				b.Fatal("invalid")
			}
		}
	})
}
