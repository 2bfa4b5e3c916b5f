package ingest_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
	"github.com/chengma/chengma/schemas"
)

// The point 114.057939, 22.543527 in the forms and systems that files have.
func TestGeometry_FormsAndSystems(t *testing.T) {
	const lon, lat = 114.057939, 22.543527
	tests := []struct {
		name, mapping, file, text string
	}{
		{"lon and lat", "geometry: {lon: x, lat: y}\n", "a.csv", "id,x,y\n1,114.057939,22.543527\n"},
		{"x and y", "crs: EPSG:4547\ngeometry: {x: x, y: y}\n", "a.csv", "id,x,y\n1,505959.8396,2493988.5323\n"},
		{"x and y of a surveyor", "crs: EPSG:4547\ngeometry: {x: y, y: x}\n", "a.csv", "id,x,y\n1,2493988.5323,505959.8396\n"},
		{"decimal commas", "crs: EPSG:4547\ngeometry: {x: x, y: y, decimal: \",\"}\n", "a.csv", "id,x,y\n1,\"505959,8396\",\"2493988,5323\"\n"},
		{"WKT", "geometry: {wkt: w}\n", "a.csv", "id,w\n1,POINT(114.057939 22.543527)\n"},
		{"WKT in the authority's order", "crs: {name: EPSG:4490, axes: lat-lon}\ngeometry: {wkt: w}\n", "a.csv", "id,w\n1,POINT(22.543527 114.057939)\n"},
		{"file", "", "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[114.057939,22.543527]}`)},
		{"file in metres, north first", "crs: {name: EPSG:4547, axes: northing-easting}\n", "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[2493988.5323,505959.8396]}`)},
		{"GCJ-02", "crs: gcj02\n", "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[114.063053072,22.540809912]}`)},
		{"BD-09", "crs: bd09\n", "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[114.069603271,22.546468813]}`)},
		{
			"a local system", "crs: {name: city, axes: northing-easting, plane: {target: EPSG:4547, de: 500000, dn: 2490000}}\n", "a.geojsonl",
			feature(`"id":"1"`, `{"type":"Point","coordinates":[3988.5323,5959.8396]}`),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench()
			mapping := strings.Replace(building(tt.mapping), "geometry: none\n", "", 1) + "envelope: [113.7, 22.3, 114.7, 22.9]\n"
			if report := b.load(t, mapping, tt.file, tt.text); report.Created != 1 {
				t.Fatalf("report %+v, refusals %+v", report, b.refusals(t, true))
			}
			shape, err := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Geometry.Shape()
			if err != nil {
				t.Fatal(err)
			}
			p := shape.(*geom.Point)
			if math.Abs(p.X()-lon) > 2e-9 || math.Abs(p.Y()-lat) > 2e-9 {
				t.Errorf("the point is %.9f, %.9f, want %v, %v", p.X(), p.Y(), lon, lat)
			}
		})
	}
}

func TestGeometry_HeightsKeepTheirSystem(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("crs: EPSG:6697\n"), "geometry: none\n", "", 1)
	b.load(t, mapping, "a.geojsonl", feature(`"id":"1"`, `{"type":"Point","coordinates":[139.75,35.68,12.5]}`))
	g := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Geometry
	shape, err := g.Shape()
	if err != nil {
		t.Fatal(err)
	}
	if g.VerticalCRS != "JGD2011 (vertical)" || shape.FlatCoords()[2] != 12.5 {
		t.Errorf("height %v in %q", shape.FlatCoords(), g.VerticalCRS)
	}
}

func TestGeometry_RepairIsRecorded(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building(""), "geometry: none\n", "", 1)
	spike := `{"type":"Polygon","coordinates":[[[114,22],[114.01,22],[114.01,22.01],[114.02,22.01],[114.01,22.01],[114,22.01],[114,22]]]}`
	b.load(t, mapping, "a.geojsonl", feature(`"id":"1"`, spike))
	if g := b.get(t, "b", "1", "2021-01-01T00:00:00Z").Geometry; g.Repair == "" {
		t.Error("the repair is not recorded")
	}
	strict := newBench()
	report := strict.load(t, mapping+"geometry: {from: file, repair: false}\n", "a.geojsonl", feature(`"id":"1"`, spike))
	if report.Quarantined != 1 {
		t.Errorf("without repair: %+v", report)
	}
}

func TestGeometry_CollectionsAndMeasures(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("crs: EPSG:4547\ngeometry: {wkt: w}\n"), "geometry: none\n", "", 1)
	report := b.load(t, mapping, "a.csv", "id,w\n"+
		"1,\"GEOMETRYCOLLECTION(POINT(505959.8 2493988.5),LINESTRING(505959.8 2493988.5,505960 2493999))\"\n"+
		"2,\"LINESTRING ZM(505959.8 2493988.5 3 0,505960 2493999 4 1)\"\n"+
		"3,\"MULTIPOLYGON(((505959 2493988,505969 2493988,505969 2493998,505959 2493988)))\"\n")
	if report.Created != 3 {
		t.Fatalf("report %+v, refusals %+v", report, b.refusals(t, true))
	}
	shape, err := b.get(t, "b", "2", "2021-01-01T00:00:00Z").Geometry.Shape()
	if err != nil || shape.Layout() != geom.XYZ {
		t.Errorf("layout %v, %v", shape.Layout(), err)
	}
}

// WKT is as little to be trusted as any other text; an open ring is closed as in
// GeoJSON.
func TestGeometry_HostileWKT(t *testing.T) {
	b := newBench()
	mapping := strings.Replace(building("geometry: {wkt: w}\n"), "geometry: none\n", "", 1)
	text := "id,w\n"
	for i, w := range []string{
		"POLYGON((114 22,114.001 22,114.001 22.001,114 22.001))",
		strings.Repeat("GEOMETRYCOLLECTION(", 2000) + "POINT(114 22)" + strings.Repeat(")", 2000),
		strings.Repeat("(", 1_000_000),
		"POINT(nan 22)", "POINT(1e999 22)", "POINT(114)", "POINT M (114 22)", "CIRCULARSTRING(0 0,1 1,2 0)", "POINT(114 22",
	} {
		text += strconv.Itoa(i) + ",\"" + w + "\"\n"
	}
	report := b.load(t, mapping, "a.csv", text)
	if report.Created != 1 || report.Quarantined != 8 {
		t.Errorf("%+v, %+v", report, b.refusals(t, true))
	}
	if g := b.get(t, "b", "0", "2021-01-01T00:00:00Z").Geometry; g.Repair != "ring closed" {
		t.Errorf("open ring: %q", g.Repair)
	}
}

func TestLinks_ByPlace(t *testing.T) {
	b := newBench()
	land := "mapping: 1\nsource: cadastre\nkind: land\nclass: surface\nkey: {scheme: p, from: id}\nvalid: {from: \"2020-01-01\"}\n"
	b.load(t, land, "p.geojsonl", feature(`"id":"A"`, square(114, 22))+feature(`"id":"B"`, square(114.001, 22)))
	mapping := "mapping: 1\nsource: test\nkind: building\nclass: natural\nkey: {scheme: b, from: id}\nvalid: {from: \"2020-01-01\"}\ngeometry: {lon: x, lat: y}\nlinks: [{role: \"on\", HOW}]\n"
	text := "id,x,y\nin A,114.0005,22.0005\nin B,114.0015,22.0005\nby B,114.0021,22.0005\nfar,114.01,22.01\n"
	for _, tt := range []struct {
		name, how string
		want      map[string]string
		missed    int64
	}{
		{"within", "within: {kind: land}", map[string]string{"in A": "A", "in B": "B"}, 2},
		{"nearest", "nearest: {kind: land, metres: 30}", map[string]string{"in A": "A", "in B": "B", "by B": "B"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := strings.Replace(mapping, "HOW", tt.how, 1)
			m = strings.Replace(m, "scheme: b,", "scheme: "+tt.name+",", 1)
			report := b.load(t, m, "b.csv", text)
			if report.Created != 4 || report.Partial != tt.missed {
				t.Fatalf("report %+v", report)
			}
			reader := head(t, b)
			for from, to := range tt.want {
				var found []entities.Link
				for l, err := range reader.Links(t.Context(), entities.LinkQuery{Codes: []entities.Code{resolve(t, reader, tt.name, from)}}) {
					if err != nil {
						t.Fatal(err)
					}
					found = append(found, l)
				}
				if len(found) != 1 || found[0].To != resolve(t, reader, "p", to) || found[0].Confidence >= 1 {
					t.Errorf("%s is linked to %+v, want %s", from, found, to)
				}
			}
		})
	}
}

func TestRun_GB18030(t *testing.T) {
	b := newBench()
	text, err := simplifiedchinese.GB18030.NewEncoder().String("编号,名称\n一,赛格广场\n")
	if err != nil {
		t.Fatal(err)
	}
	mapping := strings.Replace(building("file: {encoding: gb18030}\nfields: {name: 名称}\n"), "from: id", "from: 编号", 1)
	b.load(t, mapping, "a.csv", text)
	if got := b.get(t, "b", "一", "2021-01-01T00:00:00Z").Attrs.Get("name").Text(); got != "赛格广场" {
		t.Errorf("name is %q", got)
	}
	// The same bytes read as UTF-8 are refused or stop the run; they are not kept.
	wrong := newBench()
	report, err := ingest.Run(t.Context(), wrong.config(t, strings.Replace(mapping, "gb18030", "utf-8", 1), write(t, "a.csv", text)))
	if err == nil && report.Quarantined == 0 {
		t.Errorf("wrong encoding was let through: %+v", report)
	}
}

func TestLinks_Shares(t *testing.T) {
	b := newBench()
	b.load(t, "mapping: 1\nsource: e\nkind: enterprise\nclass: company\nkey: {scheme: e, from: id}\ngeometry: none\nfields: {name: id}\n", "e.csv", "id\nA\nB\nC\n")
	mapping := "mapping: 1\nsource: r\nkind: right\nclass: ownership\nkey: {scheme: r, from: id}\ngeometry: none\nfields: {right_type: {const: RIGHT}}\n" +
		"links: [{role: held-by, scheme: e, from: who, split: \"、\", share: part}]\n"
	mapping = strings.Replace(mapping, "RIGHT", rightType(t), 1)
	report := b.load(t, mapping, "r.csv", "id,who,part\n1,A、B,1/3、2/3\n2,C,33.5%\n3,A,0.25\n4,A,two thirds\n5,A,3/2\n")
	if report.Created != 5 || report.Partial != 2 {
		t.Fatalf("report %+v, %+v", report, b.refusals(t, true))
	}
	reader := head(t, b)
	want := map[string]entities.Share{"1": {Num: 1, Den: 3}, "2": {Num: 67, Den: 200}, "3": {Num: 1, Den: 4}}
	for key, share := range want {
		for l, err := range reader.Links(t.Context(), entities.LinkQuery{Codes: []entities.Code{resolve(t, reader, "r", key)}}) {
			if err != nil {
				t.Fatal(err)
			}
			if l.Share != share {
				t.Errorf("share of %s is %+v, want %+v", key, l.Share, share)
			}
			break
		}
	}
}

// rightType is one value of the schema's list.
func rightType(t testing.TB) string {
	t.Helper()
	kind, ok := schemas.Lookup("right")
	if !ok {
		t.Fatal("no kind right")
	}
	field, ok := kind.Field("right_type")
	if !ok {
		t.Fatal("no field right_type")
	}
	return field.CodeList.Codes[0].Value
}

// Two links of one role are one statement: neither takes the other's target away.
func TestLinks_OfOneRoleAreTakenTogether(t *testing.T) {
	b := newBench()
	district := "mapping: 1\nsource: d\nkind: district\nclass: CLASS\nkey: {scheme: CLASS, from: id}\ngeometry: none\nvalid: {from: \"2020-01-01\"}\nfields: {district_code: id, name: id}\n" +
		"links: [{role: in, scheme: school, from: up}, {role: in, scheme: police, from: beat}]\n"
	b.load(t, strings.ReplaceAll(district, "CLASS", "police"), "p.csv", "id,up,beat\nP1,,\nP2,,\n")
	mapping := strings.ReplaceAll(district, "CLASS", "school")
	b.load(t, mapping, "s.csv", "id,up,beat\nS1,,P1\nS2,S1,P1\nS3,S4,P1\nS4,,\n")
	rev := b.head(t)
	if again := b.load(t, mapping, "s.csv", "id,up,beat\nS1,,P1\nS2,S1,P1\nS3,S4,P1\nS4,,\n"); again.Unchanged != 4 || b.head(t) != rev {
		t.Errorf("again: %+v", again)
	}
	targets := func(key string) (out []entities.Code) {
		reader := head(t, b)
		for l, err := range reader.Links(t.Context(), entities.LinkQuery{Codes: []entities.Code{resolve(t, reader, "school", key)}, Valid: entities.During(now)}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, l.To)
		}
		return out
	}
	for key, want := range map[string]int{"S1": 1, "S2": 2, "S3": 2, "S4": 0} {
		if got := targets(key); len(got) != want {
			t.Errorf("%s is in %v, want %d districts", key, got, want)
		}
	}
	later := strings.Replace(mapping, "2020-01-01", "2021-01-01", 1)
	b.load(t, later, "s.csv", "id,up,beat\nS2,,P2\n")
	if got := targets("S2"); len(got) != 1 || got[0] != resolve(t, head(t, b), "police", "P2") {
		t.Errorf("S2 is in %v now, want P2 alone", got)
	}
}
