package api_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
)

// stuck is a store whose look-ups find nothing until they are called off.
type stuck struct{ entities.Store }

type stuckReader struct{ entities.Reader }

func (s stuck) At(rev entities.Revision) entities.Reader { return stuckReader{s.Store.At(rev)} }

func (stuckReader) Find(ctx context.Context, _ entities.Query) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		<-ctx.Done()
		yield(entities.Entity{}, ctx.Err())
	}
}

// TestAnswersThatDoNotBegin are given up: a scan that finds nothing must not go on
// for as long as its client is patient.
func TestAnswersThatDoNotBegin(t *testing.T) {
	c := newCity(t, func(cfg *api.Config) { cfg.Store, cfg.AnswerWithin = stuck{cfg.Store}, 20*time.Millisecond })
	r := c.get("/collections/building/items?name=none")
	doc := r.json(t)
	c.want(doc, "/problems/unavailable", "type")
	c.want(doc, 503, "status")
	if !strings.Contains(string(r.body), "20ms") || r.Header.Get("Retry-After") == "" {
		t.Errorf("%s %v", r.body, r.Header)
	}
}

// TestStreamsMayTakeLong: the limit is on the beginning alone.
func TestStreamsMayTakeLong(t *testing.T) {
	stopped := make(chan struct{}, 1)
	const within = 50 * time.Millisecond
	c := newCity(t, func(cfg *api.Config) {
		cfg.Store, cfg.MaxLimit, cfg.AnswerWithin = endless{cfg.Store, stopped}, 1<<40, within
	})
	server := httptest.NewServer(c.server)
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	response, err := http.Get(server.URL + "/collections/building/items?limit=1099511627776")
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < 3*within; {
		if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
			t.Fatalf("cut off: %v", err)
		}
	}
	_ = response.Body.Close()
	<-stopped
	server.Close() // waits for the handler
	if strings.Contains(c.log.String(), "request failed") {
		t.Errorf("a client that leaves is no defect: %s", c.log)
	}
}

func TestParametersThatWouldBeLost(t *testing.T) {
	c := newCity(t)
	for _, test := range []struct{ path, problem, says string }{
		{"/collections/building/items?bbox=1,2,3,4&bbox=5,6,7,8", "unsupported-value", "given 2 times"},
		{"/collections/building/items?limit=1&limit=2", "unsupported-value", "given 2 times"},
		{"/collections?f=html", "unsupported-value", "html"},
		{"/conformance?f=xml", "unsupported-value", "json"},
		{"/collections/building/tiles/WebMercatorQuad/1/0/0?f=png", "unsupported-value", "mvt"},
		{"/api?f=json", "unsupported-value", "oas31, oas30."},
		{"/collections/building/items?bbox=nan,2,3,4", "malformed-bbox", "which is not a number"},
	} {
		r := c.get(test.path)
		if got := dig(r.json(t), "type"); got != "/problems/"+test.problem || !strings.Contains(string(r.body), test.says) {
			t.Errorf("%s: %s", test.path, r.body)
		}
	}
	// What is a queryable may well be given twice, and lang goes with everything.
	c.want(c.ok("/collections/building/items?class=natural&class=entrance&lang=zh"), 3, "numberMatched")
	c.want(c.get("/collections/building/items?bbox=1&lang=zh").json(t), "范围有误", "title")
}

func TestCodesWithTheirCity(t *testing.T) {
	c := newCity(t)
	for _, path := range []string{"/entities/%s", "/entities/%s/history", "/collections/building/items/%s", "/c/%s", "/search?q=%s"} {
		ask := func(code string) *reply { return c.get(strings.Replace(path, "%s", url.PathEscape(code), 1)) }
		if r := ask("440300:" + strings.ToLower(c.tower())); r.StatusCode != http.StatusOK || !strings.Contains(string(r.body), "市民中心大厦") {
			t.Errorf("%s: %s %s", path, r.Status, r.body)
		}
		r := ask("110000:" + c.tower())
		if strings.HasPrefix(path, "/search") {
			c.want(r.json(t), nil, "results", 0)
			continue
		}
		if c.want(r.json(t), "/problems/never-issued", "type"); !strings.Contains(string(r.body), "city 110000") {
			t.Errorf("%s: %s", path, r.body)
		}
	}
	doc := c.post("/entities/resolve", `{"refs":["440300:`+c.tower()+`","110000:`+c.tower()+`","4403:`+c.tower()+`"]}`).json(t)
	c.want(doc, c.tower(), "results", 0, "code")
	c.want(doc, "/problems/never-issued", "results", 1, "problem", "type")
	c.want(doc, "/problems/malformed-code", "results", 2, "problem", "type")
}

func TestResolveBodies(t *testing.T) {
	c := newCity(t)
	for _, test := range []struct{ name, body, problem, says string }{
		{"a list", `[1]`, "malformed-body", "it is of the type array"},
		{"a number for a ref", `{"refs":[1]}`, "malformed-body", "a ref is a text, or an object"},
		{"a text for refs", `{"refs":"x"}`, "malformed-body", "refs is of the type string"},
		{"an unknown member", `{"refs":["x"],"at":1}`, "malformed-body", "unknown field"},
		{"an interval", `{"refs":["x"],"datetime":"2020-01-01/.."}`, "malformed-datetime", "not an interval"},
		{"an object for known-at", `{"refs":["x"],"known-at":{}}`, "malformed-known-at", ""},
		{"brackets without end", `{"refs":[` + strings.Repeat("[", 100_000), "malformed-body", "depth"},
	} {
		r := c.post("/entities/resolve", test.body)
		if got := dig(r.json(t), "type"); got != "/problems/"+test.problem || !strings.Contains(string(r.body), test.says) || strings.Contains(string(r.body), "Go ") {
			t.Errorf("%s: %s", test.name, r.body)
		}
	}
	for _, known := range []string{"null", "2", `"2"`, `"2026-03-01T03:30:00Z"`} {
		doc := c.post("/entities/resolve", `{"refs":["`+c.tower()+`"],"known-at":`+known+`}`).json(t)
		c.want(doc, 1, "resolved")
	}
	c.want(c.post("/entities/resolve", `{"refs":["x"]}`, "Content-Encoding", "gzip").json(t), "/problems/unsupported-media-type", "type")
}

// TestCountsThatSourcesPublish: below ten people are nobody's business, whoever
// counted them.
func TestCountsThatSourcesPublish(t *testing.T) {
	key := withKey(grantAll("secret"))
	c := newCity(t, key, func(cfg *api.Config) { cfg.Tiles = districtTiles{} })
	var acts []entities.Act
	for name, people := range map[string]int{"empty": 0, "small": 9, "large": 10} {
		acts = append(acts, say(entities.District, "division", "division:"+name, "2000-01-01", square(114, 22.5, 0.1), "name", name, "population", people))
	}
	c.apply(acts...)
	for name, want := range map[string]any{"empty": 0, "small": nil, "large": 10} {
		c.want(c.ok("/entities/division:"+name+"?known-at=7"), want, "properties", "population")
		c.want(c.ok("/entities/division:"+name+"/history?known-at=7"), want, "versions", 0, "properties", "population")
	}
	c.want(c.ok("/collections/district/items?known-at=7&filter=population%3C10"), 1, "numberMatched")
	c.want(c.get("/collections/district/items?sortby=population").json(t), "/problems/unknown-property", "type")
	if tile := string(c.get("/tiles/district/1/0/0.mvt").body); strings.Contains(tile, "population") {
		t.Errorf("tile %s", tile)
	}
	// Who sees the people may see their number.
	bearer := []string{"Authorization", "Bearer " + testKey}
	c.want(c.ok("/entities/division:small?known-at=7", bearer...), 9, "properties", "population")
	c.want(c.ok("/collections/district/items?known-at=7&sortby=-population&limit=1", bearer...), "large", "features", 0, "properties", "name")
}

type districtTiles struct{ flatTiles }

func (districtTiles) Layers() []api.TileLayer {
	return []api.TileLayer{{
		ID: "district", Kind: entities.District, Geometry: "polygon", MaxZoom: 16,
		Bounds: entities.Box{West: 114, South: 22.5, East: 114.1, North: 22.6}, Fields: []string{"name", "population"},
	}}
}

// TestBoundsOfAPartlySeenLayer would tell where the hidden things are.
func TestBoundsOfAPartlySeenLayer(t *testing.T) {
	closed := withKey(api.Grant{Kinds: []string{"right"}, Classes: []string{"ownership"}})
	c := newCity(t, closed, func(cfg *api.Config) { cfg.Tiles = closedTiles{} })
	for path, bounds := range map[string]string{"/k/" + testKey + "/tiles/right.json": "bounds", "/k/" + testKey + "/collections/right/tiles/WebMercatorQuad": "boundingBox"} {
		if doc := c.ok(path); doc[bounds] != nil {
			t.Errorf("%s: %v", path, doc[bounds])
		}
	}
	for _, kind := range []string{"person", "household"} {
		c.want(c.get("/k/"+testKey+"/tiles/"+kind+".json").json(t), "/problems/unknown-layer", "type")
	}
}

type closedTiles struct{ flatTiles }

func (closedTiles) Layers() []api.TileLayer {
	var layers []api.TileLayer
	for _, kind := range []entities.Kind{entities.Right, entities.Person, entities.Household} {
		layers = append(layers, api.TileLayer{ID: kind.String(), Kind: kind, Geometry: "point", Bounds: entities.Box{West: 114, South: 22.5, East: 114.1, North: 22.6}})
	}
	return layers
}

// TestResidentsOfTheNewestRevisionOnly: also a known-at of a moment ago is a look
// back.
func TestResidentsOfTheNewestRevisionOnly(t *testing.T) {
	c := newCity(t)
	c.want(c.ok("/entities/"+c.tower()), 15, "residents", "count")
	for _, known := range []string{"6", "2026-03-01T04:00:00Z", "2027-01-01T00:00:00Z"} {
		c.want(c.ok("/entities/"+c.tower()+"?known-at="+known), nil, "residents")
	}
}

// TestHistoryIsNotForEver: its links are titled as of now.
func TestHistoryIsNotForEver(t *testing.T) {
	c := newCity(t)
	if got := c.get("/entities/" + c.tower() + "/history?known-at=6").Header.Get("Cache-Control"); got != "public, no-cache" {
		t.Errorf("Cache-Control %q", got)
	}
}

// TestHistoryOfManyLinks says where it lists not all of them.
func TestHistoryOfManyLinks(t *testing.T) {
	c := newCity(t)
	c.want(c.ok("/entities/"+c.tower()+"/history"), true, "linksComplete")
	var acts []entities.Act
	for i := range 501 {
		key := fmt.Sprintf("addrcode:M%d", i)
		at := relate("uscc:91440300MA5DA1234X", "operates-at", key)
		at.Add = true
		acts = append(acts, say(entities.Address, "door", key, "2005-01-01", nil, "full_address", key), at)
	}
	c.apply(acts...)
	doc := c.ok("/entities/uscc:91440300MA5DA1234X/history?known-at=7")
	c.want(doc, false, "linksComplete")
	if links, _ := doc["links"].([]any); len(links) != 500 {
		t.Errorf("%d links", len(links))
	}
}
