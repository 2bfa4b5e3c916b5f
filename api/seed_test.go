package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/twpayne/go-geom/encoding/wkt"
	"go.uber.org/goleak"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/storetest"
	"github.com/chengma/chengma/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is when the tests take place; revisions are published one second apart,
// the first an hour before.
var now = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

var sealer = entities.NewSealer(bytes.Repeat([]byte{7}, 32))

// hidden is in every value that somebody without a key must not see.
const hidden = "GEHEIM"

// city is a small city in memory with a server before it.
type city struct {
	t      testing.TB
	store  entities.Store
	server *api.Server
	codes  map[string]entities.Code // by key
	log    *bytes.Buffer
}

type ticking struct {
	sync.Mutex
	at time.Time
}

func (c *ticking) now() time.Time {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func newCity(t testing.TB, change ...func(*api.Config)) *city {
	t.Helper()
	clock := &ticking{at: now.Add(-time.Hour)}
	return newCityOn(t, storetest.NewModel(storetest.Config{Now: clock.now}), change...)
}

// newCityOn fills an empty store, which it closes at the end.
func newCityOn(t testing.TB, store entities.Store, change ...func(*api.Config)) *city {
	t.Helper()
	c := &city{t: t, store: store, codes: map[string]entities.Code{}, log: &bytes.Buffer{}}
	c.seed()
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	cfg := api.Config{
		Store: c.store, Now: func() time.Time { return now }, Zone: shanghai, Sealer: sealer, Tiles: flatTiles{},
		City:         api.City{Name: schemas.Text{Zh: "示例市", En: "Sample City"}, Code: "440300"},
		Viewer:       fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>viewer</title>")}, "assets/a.js": {Data: []byte("1")}},
		RevisionWait: 200 * time.Millisecond, Log: slog.New(slog.NewTextHandler(c.log, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	server, err := api.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.server = server
	t.Cleanup(c.close)
	return c
}

func (c *city) close() {
	if err := c.server.Close(); err != nil {
		c.t.Error(err)
	}
	if err := c.store.Close(); err != nil {
		c.t.Error(err)
	}
}

func shape(text string) *entities.Geometry {
	s, err := wkt.Unmarshal(text)
	if err != nil {
		panic(err)
	}
	g, err := entities.NewGeometry(s)
	if err != nil {
		panic(err)
	}
	return &g
}

func square(lon, lat, side float64) *entities.Geometry {
	return shape(fmt.Sprintf("POLYGON ((%[1]g %[2]g, %[3]g %[2]g, %[3]g %[4]g, %[1]g %[4]g, %[1]g %[2]g))", lon, lat, lon+side, lat+side))
}

func day(text string) entities.Instant {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return entities.InstantOf(t)
}

func attrs(pairs ...any) entities.Attrs {
	var out []entities.Attr
	for i := 0; i < len(pairs); i += 2 {
		v := entities.Null
		switch x := pairs[i+1].(type) {
		case string:
			v = entities.String(x)
		case int:
			v = entities.Int(int64(x))
		case float64:
			v = entities.Float(x)
		}
		out = append(out, entities.Attr{Name: pairs[i].(string), Value: v})
	}
	return entities.NewAttrs(out...)
}

// say asserts a thing with the key scheme:value from a day on.
func say(kind entities.Kind, class, key, from string, g *entities.Geometry, pairs ...any) *entities.Assert {
	scheme, value, _ := strings.Cut(key, ":")
	return &entities.Assert{
		Subject: entities.ByKey(scheme, value), Kind: kind, Class: class, Over: entities.Since(day(from)), Patch: attrs(pairs...), Geometry: g,
		Origin: entities.Origin{Source: "register", Collected: day(from), Document: "extract"},
	}
}

func relate(from, role, to string) *entities.Relate {
	fs, fv, _ := strings.Cut(from, ":")
	ts, tv, _ := strings.Cut(to, ":")
	return &entities.Relate{From: entities.ByKey(fs, fv), Role: role, To: []entities.Target{{To: entities.ByKey(ts, tv), Method: "key", Confidence: 1}}, Over: entities.Since(day("2005-01-01")), Source: "register"}
}

func byKey(key string) entities.Ref {
	scheme, value, _ := strings.Cut(key, ":")
	return entities.ByKey(scheme, value)
}

func (c *city) apply(acts ...entities.Act) entities.Revision {
	c.t.Helper()
	head, err := c.store.Head(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	receipt, err := c.store.Apply(context.Background(), entities.Batch{Key: fmt.Sprintf("batch-%d", head+1), Source: "test", Acts: acts})
	if err != nil {
		c.t.Fatal(err)
	}
	for i, act := range acts {
		if a, ok := act.(*entities.Assert); ok && a.Subject.Key != (entities.Key{}) {
			c.codes[a.Subject.Key.String()] = receipt.Results[i].Code
		}
	}
	return receipt.Revision
}

const (
	rid     = "440301199003077777"
	towerID = "4403040010020300015"
)

func sealed(scheme, value string) string { return scheme + ":" + sealer.Seal(scheme, value) }

// seed tells the city in a few revisions.
//
//	1  the first extract        2  the tower grows in 2019     3  old house replaced by new
//	4  a wrong height corrected 5  a duplicate found           6  one thing erased
func (c *city) seed() {
	acts := []entities.Act{
		say(entities.District, "division", "division:440304", "2000-01-01", square(114, 22.5, 0.1), "name", "福田区"),
		say(entities.Land, "surface", "parcel:440304001002GB00015", "2000-01-01", square(114.05, 22.54, 0.01), "lot_number", "B-15", "land_use", "0505", "remark", hidden+"-land"),
		say(entities.Building, "natural", "szbuilding:"+towerID, "2005-01-01", square(114.051, 22.541, 0.001), "name", "市民中心大厦", "use", "office", "height", 44.5, "year_built", 2004, "floors_above", 12, "remark", hidden+"-building"),
		say(entities.Building, "natural", "k:old", "2001-01-01", square(114.053, 22.541, 0.001), "name", "Old House", "use", "residential", "height", 9),
		say(entities.Building, "natural", "k:twin", "2005-01-01", square(114.055, 22.541, 0.001), "name", "Twin", "use", "residential"),
		say(entities.Building, "natural", "k:gone", "2005-01-01", square(114.056, 22.541, 0.001), "name", hidden+"-erased"),
		say(entities.Building, "entrance", "k:part", "2005-01-01", nil, "name", "Entrance 1"),
		say(entities.Address, "door", "addrcode:A1", "2005-01-01", shape("POINT (114.0515 22.5415)"), "full_address", "深圳市福田区福中三路1号"),
		say(entities.Enterprise, "company", "uscc:91440300MA5DA1234X", "2010-01-01", nil, "name", "深圳示例科技有限公司", "legal_representative", hidden+"-legal", "revenue", 12345.25),
		say(entities.Household, "family", sealed("hukou", "H1"), "2005-01-01", nil, "full_address", hidden+"-household", "state", "active"),
		say(entities.Right, "ownership", sealed("certno", "R1"), "2005-01-01", nil, "certificate_number", hidden+"-right"),
		say(entities.Vehicle, "motor", sealed("plate", "粤B12345"), "2005-01-01", nil, "brand", hidden+"-vehicle"),
		relate("szbuilding:"+towerID, "on", "parcel:440304001002GB00015"),
		relate("k:part", "part-of", "szbuilding:"+towerID),
		relate("addrcode:A1", "names", "szbuilding:"+towerID),
		relate("uscc:91440300MA5DA1234X", "registered-at", "addrcode:A1"),
	}
	for i := range 3 {
		unit := fmt.Sprintf("szhouse:%s00000%d", towerID, i)
		acts = append(acts, say(entities.Housing, "flat", unit, "2005-01-01", nil, "unit", fmt.Sprintf("10%d", i), "appraised_total_value", 7654321, "remark", hidden+"-unit"), relate(unit, "in", "szbuilding:"+towerID))
	}
	for i := range 13 {
		key := sealed("rid", fmt.Sprintf("4403011990030777%02d", i))
		if i == 0 {
			key = sealed("rid", rid)
		}
		person := say(entities.Person, "resident", key, "2006-01-01", nil, "name", fmt.Sprintf("%s-person-%d", hidden, i), "phone", hidden+"-phone", "sex", "1")
		person.KeyMask = "4403**********77"
		acts = append(acts, person, relate(key, "lives-in", fmt.Sprintf("szhouse:%s00000%d", towerID, i%3)))
	}
	acts = append(acts, relate("uscc:91440300MA5DA1234X", "represented-by", sealed("rid", rid)), relate(sealed("certno", "R1"), "held-by", sealed("rid", rid)))
	for _, key := range []string{"szbuilding:" + towerID, "k:twin"} {
		acts = append(acts, &entities.ClaimAlias{Key: entities.Key{Scheme: "nick", Value: "both"}, Subject: byKey(key), Over: entities.Always, Shared: true, Source: "register"})
	}
	c.apply(acts...)

	grown := say(entities.Building, "natural", "szbuilding:"+towerID, "2019-07-01", square(114.051, 22.541, 0.0012), "height", 46.5)
	c.apply(grown)
	c.apply(
		say(entities.Building, "natural", "k:new", "2015-06-01", square(114.053, 22.541, 0.0011), "name", "New House", "use", "residential", "height", 30),
		&entities.End{Subject: byKey("k:old"), Over: entities.Since(day("2015-06-01")), Cause: entities.CauseMerge, Into: []entities.Ref{byKey("k:new")}},
	)
	wrong := say(entities.Building, "natural", "szbuilding:"+towerID, "2019-07-01", nil, "height", 46.2)
	wrong.Mode = entities.Correction
	c.apply(wrong)
	c.apply(&entities.SameAs{Duplicate: byKey("k:twin"), Of: byKey("szbuilding:" + towerID), Reason: "surveyed twice"})
	c.apply(&entities.Erase{Subject: byKey("k:gone"), Reason: "court order"})
}

func (c *city) code(key string) string {
	c.t.Helper()
	code, ok := c.codes[key]
	if !ok {
		c.t.Fatalf("no thing has the key %s", key)
	}
	return code.String()
}

// tower is the building that most tests ask about.
func (c *city) tower() string { return c.code("szbuilding:" + towerID) }

type reply struct {
	*http.Response
	body []byte
}

func (r *reply) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%s: %v in %.300q", r.Request.URL, err, r.body)
	}
	return v
}

// get asks the server; headers are name, value in turn.
func (c *city) get(path string, headers ...string) *reply {
	c.t.Helper()
	return c.do(httptest.NewRequest(http.MethodGet, path, nil), headers...)
}

func (c *city) do(r *http.Request, headers ...string) *reply {
	c.t.Helper()
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	response := w.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	response.Request = r
	return &reply{response, body}
}

// ok asks and fails the test where the answer is not 200.
func (c *city) ok(path string, headers ...string) map[string]any {
	c.t.Helper()
	r := c.get(path, headers...)
	if r.StatusCode != http.StatusOK {
		c.t.Fatalf("GET %s: %s %s", path, r.Status, r.body)
	}
	return r.json(c.t)
}

// dig walks into a document by names and places.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func (c *city) want(doc any, want any, path ...any) {
	c.t.Helper()
	if got := dig(doc, path...); fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("%v is %v, want %v", path, got, want)
	}
}

// flatTiles says which attributes it would draw, so that tests can see them.
type flatTiles struct{}

func (flatTiles) Layers() []api.TileLayer {
	box := entities.Box{West: 114, South: 22.5, East: 114.1, North: 22.6}
	return []api.TileLayer{
		{ID: "building", Kind: entities.Building, Geometry: "polygon", MinZoom: 10, MaxZoom: 16, Bounds: box, Fields: []string{"name", "use", "height", "remark"}},
		{ID: "land", Kind: entities.Land, Geometry: "polygon", MinZoom: 10, MaxZoom: 16, Bounds: box, Fields: []string{"land_use", "price"}},
	}
}

func (flatTiles) Draw(_ context.Context, r api.TileRequest) (api.Tile, error) {
	return api.Tile{Body: fmt.Appendf(nil, "%s %d/%d/%d at %s known %d fields %v", r.Layer, r.Z, r.X, r.Y, r.At, r.Rev, r.Fields), Revision: r.Rev, Until: entities.Forever}, nil
}
