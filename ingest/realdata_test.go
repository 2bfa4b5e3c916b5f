package ingest_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/ingest"
)

// realData finds the folder of real open data, or skips.
func realData(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("CHENGMA_DATA")
	if root == "" {
		root = "../../shared/data"
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real data is not here (CHENGMA_DATA names its folder): %v", err)
	}
	return path
}

func sqliteStore(t testing.TB) entities.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(t.TempDir(), "city.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

// load runs a mapping of examples/ on real files and checks that the report adds
// up.
func load(t testing.TB, store entities.Store, mapping string, files ...string) ingest.Report {
	t.Helper()
	m, err := ingest.LoadMapping(filepath.Join("../examples", mapping))
	if err != nil {
		t.Fatal(err)
	}
	cfg := ingest.Config{Store: store, Mapping: m}
	for _, f := range files {
		cfg.Sources = append(cfg.Sources, ingest.Input{Path: f})
	}
	report, err := ingest.Run(context.Background(), cfg)
	if err != nil {
		t.Fatalf("%s: %v", mapping, err)
	}
	if !report.Balanced() {
		t.Errorf("%s: the counts do not add up: %+v", mapping, report)
	}
	return report
}

func head(t testing.TB, store entities.Store) entities.Reader {
	t.Helper()
	rev, err := store.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return store.At(rev)
}

func instant(t testing.TB, text string) entities.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return entities.InstantOf(at)
}

var now = entities.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

// things returns what there is of a kind at an instant.
func things(t testing.TB, reader entities.Reader, kind entities.Kind, at entities.Instant) []entities.Entity {
	t.Helper()
	var out []entities.Entity
	for e, err := range reader.Find(context.Background(), entities.Query{Kinds: []entities.Kind{kind}, Valid: entities.During(at)}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// linked counts the links of a role from a kind, and the things that have one.
func linked(t testing.TB, reader entities.Reader, kind entities.Kind, role string) (links, things int) {
	t.Helper()
	from := make(map[entities.Code]bool)
	for l, err := range reader.Links(context.Background(), entities.LinkQuery{Roles: []string{role}}) {
		if err != nil {
			t.Fatal(err)
		}
		if l.From.Kind() == kind {
			links++
			from[l.From] = true
		}
	}
	return links, len(from)
}

func wantCounts(t testing.TB, report ingest.Report, read, created, quarantined, skipped, partial int64) {
	t.Helper()
	got := [5]int64{report.Read, report.Created, report.Quarantined, report.Skipped, report.Partial}
	if want := [5]int64{read, created, quarantined, skipped, partial}; got != want {
		t.Errorf("%s: read, created, quarantined, skipped, partial are %v, want %v; rules %+v", report.Source, got, want, report.Rules)
	}
}

func TestReal_Tokyo(t *testing.T) {
	if testing.Short() {
		t.Skip("146,026 buildings")
	}
	store := sqliteStore(t)
	report := load(t, store, "tokyo/buildings.yaml", realData(t, "tokyo/buildings_5wards.geojsonl.gz"))
	t.Logf("%d records in %v: %.0f a second", report.Read, report.Took, report.Rate())
	wantCounts(t, report, 146026, 146026, 0, 0, 0)

	reader := head(t, store)
	wards := make(map[string]int)
	var keys []entities.Key
	for _, e := range things(t, reader, entities.Building, now) {
		wards[e.Attrs.Get("division_code").Text()]++
		if h, ok := e.Attrs.Get("height").Float(); !ok || h < 1.9 || h > 332.9 {
			t.Fatalf("%s has the height %v", e.Code, e.Attrs.Get("height"))
		}
	}
	want := map[string]int{"13101": 11581, "13102": 15859, "13103": 28106, "13104": 52061, "13113": 38419}
	if !maps.Equal(wards, want) {
		t.Errorf("buildings by ward: %v, want %v", wards, want)
	}
	for alias, err := range reader.Aliases(t.Context(), entities.AliasQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if alias.Scheme == "plateau" {
			keys = append(keys, alias.Key)
		}
	}
	if len(keys) != 146026 {
		t.Errorf("%d plateau aliases, want 146026", len(keys))
	}
	found, err := reader.Resolve(t.Context(), keys, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range found {
		if _, err := r.Code(); err != nil {
			t.Fatal(err)
		}
	}

	// The same file again says nothing new.
	rev, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again := load(t, store, "tokyo/buildings.yaml", realData(t, "tokyo/buildings_chiyoda.geojsonl.gz"))
	if after, err := store.Head(t.Context()); err != nil || after != rev || again.Unchanged != 11581 {
		t.Errorf("the same buildings again: head %d → %d, %v, %d unchanged of 11581", rev, after, err, again.Unchanged)
	}
}

func TestReal_TokyoEnterprises(t *testing.T) {
	store := sqliteStore(t)
	blocks := load(t, store, "tokyo/town_blocks.yaml", realData(t, "tokyo/chome_reference.csv"))
	wantCounts(t, blocks, 562, 562, 0, 0, 0)
	enterprises := load(t, store, "tokyo/enterprises.yaml", realData(t, "tokyo/enterprises_jigyosyo.csv"))
	wantCounts(t, enterprises, 2198, 2198, 0, 0, 0)

	reader := head(t, store)
	for _, e := range things(t, reader, entities.Address, now) {
		if shape, err := e.Geometry.Shape(); err != nil || shape == nil {
			t.Fatalf("town block %s has no point: %v", e.Code, err)
		}
	}
	if links, from := linked(t, reader, entities.Enterprise, "operates-at"); links != 2126 || from != 2125 {
		t.Errorf("%d links of %d enterprises to town blocks, want 2126 of 2125: one code is that of two blocks", links, from)
	}
}

func TestReal_Decany(t *testing.T) {
	store := sqliteStore(t)
	wantCounts(t, load(t, store, "decany/parcels.yaml", realData(t, "ruian_decany/parcels.geojsonl.gz")), 3172, 3172, 0, 0, 0)
	wantCounts(t, load(t, store, "decany/buildings.yaml", realData(t, "ruian_decany/buildings.geojsonl.gz")), 310, 310, 0, 0, 0)
	wantCounts(t, load(t, store, "decany/addresses.yaml", realData(t, "ruian_decany/addresses.geojsonl.gz")), 221, 221, 0, 0, 0)

	reader := head(t, store)
	without := 0
	for _, e := range things(t, reader, entities.Building, now) {
		if e.Geometry.IsZero() {
			without++
		}
	}
	if without != 8 {
		t.Errorf("%d buildings without geometry, want 8", without)
	}
	if links, from := linked(t, reader, entities.Building, "on"); links != 302 || from != 302 {
		t.Errorf("%d links of %d buildings to parcels, want 302", links, from)
	}
	if links, from := linked(t, reader, entities.Address, "names"); links != 221 || from != 221 {
		t.Errorf("%d links of %d addresses to buildings, want 221", links, from)
	}
	decanyDelta(t, store)
}

// decanyDelta makes a change file of the extract: a parcel is new, one has another
// area, one has ended, one was split in two.
func decanyDelta(t *testing.T, store entities.Store) {
	delta := `{"type":"Feature","properties":{"Operace":"N","Id":"9000000001","KmenoveCislo":"9001","VymeraParcely":"100","DruhPozemkuKod":"5","KatastralniUzemi":"624896","PlatiOd":"2015-05-01T00:00:00"},"geometry":null}
{"type":"Feature","properties":{"Operace":"Z","Id":"1063435506","KmenoveCislo":"224","PododdeleniCisla":"8","VymeraParcely":"200","DruhPozemkuKod":"2","KatastralniUzemi":"624896","PlatiOd":"2015-05-01T00:00:00"},"geometry":null}
{"type":"Feature","properties":{"Operace":"D","Id":"1063405506","Nastupci":"9000000001,9000000002","PlatiOd":"2015-05-01T00:00:00"},"geometry":null}
{"type":"Feature","properties":{"Operace":"N","Id":"9000000002","KmenoveCislo":"9002","VymeraParcely":"50","DruhPozemkuKod":"5","KatastralniUzemi":"624896","PlatiOd":"2015-05-01T00:00:00"},"geometry":null}
{"type":"Feature","properties":{"Operace":"R","Id":"1063169506","PlatiOd":"2015-06-01T00:00:00"},"geometry":null}
`
	path := filepath.Join(t.TempDir(), "delta.geojsonl")
	if err := os.WriteFile(path, []byte(delta), 0o600); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, load(t, store, "decany/parcels_delta.yaml", path), 5, 2, 0, 0, 0)
	reader := head(t, store)
	if n := len(things(t, reader, entities.Land, instant(t, "2015-04-30T12:00:00Z"))); n != 3172 {
		t.Errorf("%d parcels before the changes, want 3172", n)
	}
	if n := len(things(t, reader, entities.Land, instant(t, "2015-05-02T00:00:00Z"))); n != 3173 {
		t.Errorf("%d parcels after the split, want 3173", n)
	}
	if n := len(things(t, reader, entities.Land, now)); n != 3172 {
		t.Errorf("%d parcels after the end, want 3172", n)
	}
	code := resolve(t, reader, "ruian-parcel", "1063435506")
	for at, want := range map[string]int64{"2015-04-30T12:00:00Z": 222, "2015-05-02T00:00:00Z": 200} {
		e, err := reader.Get(t.Context(), code, instant(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := e.Attrs.Get("area").Int(); got != want {
			t.Errorf("area at %s is %d, want %d", at, got, want)
		}
	}
	split := resolve(t, reader, "ruian-parcel", "1063405506")
	status, err := reader.Status(t.Context(), split)
	if err != nil {
		t.Fatal(err)
	}
	want := []entities.Code{resolve(t, reader, "ruian-parcel", "9000000001"), resolve(t, reader, "ruian-parcel", "9000000002")}
	slices.Sort(want)
	if status.State != entities.Retired || !slices.Equal(status.Successors, want) {
		t.Errorf("the parcel that was split: %+v, want it retired with the successors %v", status, want)
	}
}

func resolve(t testing.TB, reader entities.Reader, scheme, value string) entities.Code {
	t.Helper()
	found, err := reader.Resolve(context.Background(), []entities.Key{{Scheme: scheme, Value: value}}, now)
	if err != nil {
		t.Fatal(err)
	}
	code, err := found[0].Code()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestReal_Cambridge(t *testing.T) {
	store := sqliteStore(t)
	parcels := load(t, store, "cambridge/parcels.yaml", realData(t, "cambridge_ma/parcels_fy2014.geojsonl.gz"))
	// 81 rows have a token for a key, 8 one that another parcel has; 12 of the
	// invalid shapes of the rest can be read in two ways.
	wantCounts(t, parcels, 13115, 13026, 89, 0, 12)
	repaired := 0
	for _, e := range things(t, head(t, store), entities.Land, now) {
		if e.Geometry.Repair != "" {
			repaired++
		}
	}
	if repaired != 19 {
		t.Errorf("%d shapes were mended, want 19", repaired)
	}
	units := load(t, store, "cambridge/units.yaml", realData(t, "cambridge_ma/property_units_fy2014.csv.gz"))
	// One row has no map-lot, 50 name one that no parcel has, one has an area
	// below zero.
	wantCounts(t, units, 27528, 27527, 1, 0, 51)
	if links, from := linked(t, head(t, store), entities.Housing, "on"); links != 27477 || from != 27477 {
		t.Errorf("%d links of %d units to parcels, want 27477", links, from)
	}
}

func population(t testing.TB, reader entities.Reader, at string) (sum int64) {
	for _, e := range things(t, reader, entities.District, instant(t, at)) {
		n, _ := e.Attrs.Get("population").Int()
		sum += n
	}
	return sum
}

func TestReal_Singapore(t *testing.T) {
	store := sqliteStore(t)
	report := load(t, store, "singapore/subzones.yaml", realData(t, "singapore/subzone_population_2018_2020.geojson.gz"))
	wantCounts(t, report, 332, 332, 0, 0, 0)
	known, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]int64{"2018-12-31T00:00:00Z": 3999470, "2020-12-31T00:00:00Z": 4051500} {
		if got := population(t, head(t, store), at); got != want {
			t.Errorf("population at %s is %d, want %d", at, got, want)
		}
	}

	path := filepath.Join(t.TempDir(), "correction.csv")
	if err := os.WriteFile(path, []byte("subzone,population\nMESZ01,30\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	correction := load(t, store, "singapore/correction.yaml", path)
	if correction.Updated != 1 {
		t.Errorf("correction: %+v", correction)
	}
	for _, c := range []struct {
		name   string
		reader entities.Reader
		at     string
		want   int64
	}{
		{"2018 as known now", head(t, store), "2018-12-31T00:00:00Z", 3999500},
		{"2018 as known before", store.At(known), "2018-12-31T00:00:00Z", 3999470},
		{"2020 as known now", head(t, store), "2020-12-31T00:00:00Z", 4051500},
		{"2020 as known before", store.At(known), "2020-12-31T00:00:00Z", 4051500},
	} {
		if got := population(t, c.reader, c.at); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestReal_China(t *testing.T) {
	store := sqliteStore(t)
	report := load(t, store, "china/divisions.yaml", realData(t, "china_admin/divisions_province_to_street.csv.gz"))
	// Dongguan, Zhongshan and Danzhou have no counties; the list has each twice.
	wantCounts(t, report, 44703, 44700, 3, 0, 0)
	if links, _ := linked(t, head(t, store), entities.District, "in"); links != 44669 {
		t.Errorf("%d divisions are in another, want 44669: all but the 31 provinces", links)
	}
	villages := load(t, store, "china/shenzhen_divisions.yaml", realData(t, "china_admin/shenzhen_divisions_to_village.csv"))
	if villages.Read != 876 || villages.Created+villages.Unchanged != 876 {
		t.Errorf("divisions of Shenzhen: %+v", villages)
	}
	outlines := load(t, store, "china/shenzhen_districts.yaml", realData(t, "china_admin/shenzhen_districts_2017_valid.geojson"))
	if outlines.Read != 8 || outlines.Updated != 8 {
		t.Errorf("outlines of Shenzhen: %+v", outlines)
	}
}
