package api_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
)

func TestCaching(t *testing.T) {
	c := newCity(t)
	item := "/collections/building/items/" + c.tower()
	for _, test := range []struct{ name, path, want string }{
		{"both past", item + "?datetime=2020-01-01&known-at=6", "public, max-age=31536000, immutable"},
		{"revision by a past instant", item + "?datetime=2020-01-01&known-at=2026-03-01T03:30:00Z", "public, max-age=31536000, immutable"},
		{"revision by now", item + "?datetime=2020-01-01&known-at=2026-03-01T04:00:00Z", "public, no-cache"},
		{"instant alone", item + "?datetime=2020-01-01", "public, no-cache"},
		{"revision alone, no end known", item + "?known-at=6", "public, no-cache"},
		{"neither", item, "public, no-cache"},
		{"today is not over", item + "?datetime=2026-03-01&known-at=6", "public, no-cache"},
		{"future", item + "?datetime=2027-01-01&known-at=6", "public, no-cache"},
		{"items", "/collections/building/items?datetime=2020-01-01&known-at=6", "public, max-age=31536000, immutable"},
		{"tile", "/tiles/building/1/0/0.mvt?datetime=2020-01-01&known-at=6", "public, max-age=31536000, immutable"},
		{"tile with time in the path", "/tiles/at/2020-01-01/known/6/building/1/0/0.mvt", "public, max-age=31536000, immutable"},
		{"tile at head", "/tiles/at/2020-01-01/known/head/building/1/0/0.mvt", "public, no-cache"},
		{"problem", item + "?datetime=1900-01-01&known-at=6", "no-store"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := c.get(test.path).Header.Get("Cache-Control"); got != test.want {
				t.Errorf("Cache-Control %q, want %q", got, test.want)
			}
		})
	}
	// A version that ends tomorrow is fresh until then, at a fixed revision.
	c.apply(&entities.End{Subject: byKey("k:new"), Over: entities.Since(entities.InstantOf(now) + 90_000_000)})
	if got := c.get("/collections/building/items/" + c.code("k:new") + "?known-at=7").Header.Get("Cache-Control"); got != "public, max-age=90" {
		t.Errorf("before an end: %q", got)
	}
}

func TestNotModified(t *testing.T) {
	c := newCity(t)
	for _, path := range []string{"/collections/building/items/" + c.tower(), "/collections/building/items", "/entities/" + c.tower(), "/layers.json", "/tiles/building/1/0/0.mvt?datetime=2020-01-01", "/api", "/styles/use.json"} {
		first := c.get(path)
		tag := first.Header.Get("Etag")
		if tag == "" || strings.HasPrefix(tag, "W/") {
			t.Errorf("%s: ETag %q, want a strong one", path, tag)
		}
		again := c.get(path, "If-None-Match", `"other", W/`+tag)
		if again.StatusCode != http.StatusNotModified || len(again.body) != 0 || again.Header.Get("Etag") != tag {
			t.Errorf("%s: %s, %d bytes", path, again.Status, len(again.body))
		}
		if c.get(path, "If-None-Match", `"other"`).StatusCode != http.StatusOK {
			t.Errorf("%s: another ETag is taken for this one", path)
		}
		head := c.do(httptest.NewRequest(http.MethodHead, path, nil))
		if head.StatusCode != http.StatusOK || head.Header.Get("Etag") != tag || head.Header.Get("Content-Length") != fmt.Sprint(len(first.body)) {
			t.Errorf("HEAD %s: %s %v", path, head.Status, head.Header)
		}
	}
	path := "/collections/building/items/" + c.tower()
	tag := c.get(path).Header.Get("Etag")
	c.apply(say(2, "natural", "szbuilding:"+towerID, "2019-07-01", nil, "height", 50))
	c.ok(path + "?known-at=7")
	if c.get(path, "If-None-Match", tag).StatusCode != http.StatusOK {
		t.Error("a change leaves the ETag as it was")
	}
}

func TestGzip(t *testing.T) {
	c := newCity(t)
	plain := c.get("/api")
	packed := c.get("/api", "Accept-Encoding", "br, gzip;q=0.8")
	if packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Etag") == plain.Header.Get("Etag") {
		t.Fatalf("headers %v", packed.Header)
	}
	r, err := gzip.NewReader(strings.NewReader(string(packed.body)))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || string(body) != string(plain.body) {
		t.Errorf("unpacked it is another body: %v", err)
	}
	if c.get("/api", "Accept-Encoding", "gzip;q=0").Header.Get("Content-Encoding") != "" {
		t.Error("q=0 is taken for a wish")
	}
}

func TestLinksBehindProxies(t *testing.T) {
	c := newCity(t)
	path := "/collections/building/items/" + c.tower()
	for _, test := range []struct {
		name    string
		headers []string
		want    string
	}{
		{"none", nil, "http://example.com"},
		{"RFC 7239", []string{"Forwarded", `for=1.2.3.4;proto=https;host="city.example:8443", for=2.2.2.2;host=inner`}, "https://city.example:8443"},
		{"X-Forwarded", []string{"X-Forwarded-Proto", "https, http", "X-Forwarded-Host", "city.example", "X-Forwarded-Prefix", "/cim/"}, "https://city.example/cim"},
		{"port", []string{"X-Forwarded-Host", "city.example", "X-Forwarded-Port", "8080"}, "http://city.example:8080"},
		{"nonsense", []string{"X-Forwarded-Host", `evil"><script>`, "X-Forwarded-Proto", "javascript", "X-Forwarded-Prefix", "/a b"}, "http://example.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := c.ok(path, test.headers...)
			c.want(doc, test.want+path, "links", 0, "href")
		})
	}
	fixed := newCity(t, func(cfg *api.Config) { cfg.PublicURL = "https://city.example/cim/" })
	fixed.want(fixed.ok(path, "X-Forwarded-Host", "other"), "https://city.example/cim"+path, "links", 0, "href")
	fixed.want(fixed.ok("/cim"+path), fixed.tower(), "id")
	deaf := newCity(t, func(cfg *api.Config) { cfg.IgnoreForwarded = true })
	deaf.want(deaf.ok(path, "X-Forwarded-Host", "other"), "http://example.com"+path, "links", 0, "href")
}

func TestCORS(t *testing.T) {
	c := newCity(t)
	r := c.get("/layers.json", "Origin", "https://elsewhere.example")
	if r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Expose-Headers") != "ETag, City-Revision, Link, Content-Location" {
		t.Errorf("headers %v", r.Header)
	}
	preflight := c.do(httptest.NewRequest(http.MethodOptions, "/entities/resolve", nil), "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST")
	if preflight.StatusCode != http.StatusNoContent || !strings.Contains(preflight.Header.Get("Access-Control-Allow-Methods"), "POST") || !strings.Contains(preflight.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %s %v", preflight.Status, preflight.Header)
	}
}

// endless finds for ever, until its context ends.
type endless struct {
	entities.Store
	stopped chan struct{}
}

type endlessReader struct {
	entities.Reader
	stopped chan struct{}
}

func (s endless) At(rev entities.Revision) entities.Reader {
	return endlessReader{s.Store.At(rev), s.stopped}
}

func (r endlessReader) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		for e, err := range r.Reader.Find(ctx, entities.Query{Kinds: q.Kinds, Valid: q.Valid, Limit: 1}) {
			for ctx.Err() == nil && yield(e, err) {
			}
		}
		r.stopped <- struct{}{}
	}
}

// TestClientThatLeaves stops the work behind a stream.
func TestClientThatLeaves(t *testing.T) {
	stopped := make(chan struct{}, 1)
	c := newCity(t, func(cfg *api.Config) { cfg.Store, cfg.MaxLimit = endless{cfg.Store, stopped}, 1<<40 })
	server := httptest.NewServer(c.server)
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	ctx, leave := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/collections/building/items?limit=1099511627776", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	leave()
	response.Body.Close()
	<-stopped // else the test times out
}

func TestLandingAndViewer(t *testing.T) {
	c := newCity(t)
	if r := c.get("/", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8"); !strings.Contains(string(r.body), "<title>viewer") {
		t.Errorf("a browser gets %s", r.body)
	}
	c.want(c.ok("/"), "Sample City", "title")
	c.want(c.ok("/", "Accept-Language", "zh"), "示例市", "title")
	if r := c.get("/?code="+c.tower()+"&theme=height", "Accept", "text/html"); r.StatusCode != http.StatusOK {
		t.Errorf("the state of the viewer is refused: %s", r.Status)
	}
	if r := c.get("/assets/a.js"); r.StatusCode != http.StatusOK || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || !strings.Contains(r.Header.Get("Content-Type"), "javascript") {
		t.Errorf("asset: %s %v", r.Status, r.Header)
	}
	if r := c.get("/assets/../../secret"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a path upwards: %s", r.Status)
	}
	bare := newCity(t, func(cfg *api.Config) { cfg.Viewer = nil })
	if r := bare.get("/", "Accept", "text/html"); !strings.Contains(string(r.body), "/collections") {
		t.Errorf("without a viewer: %s", r.body)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if r := c.get(path); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	if r := c.get("/metrics"); !strings.Contains(string(r.body), `chengma_http_requests_total{operation="getLandingPage",status="2xx"} 4`) || !strings.Contains(string(r.body), "chengma_revision 6") {
		t.Errorf("metrics: %s", r.body)
	}
}

func TestTilesAndStyles(t *testing.T) {
	c := newCity(t)
	want := "building 3/5/2 at 2010-01-01T00:00:00Z known 2 fields [name use height]"
	for _, path := range []string{
		"/tiles/building/3/5/2.mvt?datetime=2010-01-01T00:00:00Z&known-at=2",
		"/tiles/at/2010-01-01T00:00:00Z/known/2/building/3/5/2.mvt",
		"/collections/building/tiles/WebMercatorQuad/3/2/5?datetime=2010-01-01T00:00:00Z&known-at=2",
	} {
		r := c.get(path)
		if string(r.body) != want || r.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" || r.Header.Get("City-Revision") != "2" {
			t.Errorf("%s: %s %v", path, r.body, r.Header)
		}
	}
	layers := c.ok("/layers.json")
	c.want(layers, "building", "layers", 0, "id")
	c.want(layers, "Office", "layers", 0, "fields", "use", "values", "office", "en")
	c.want(layers, nil, "layers", 0, "fields", "remark")
	c.want(layers, "2000-01-01T00:00:00Z", "time", "from")
	c.want(layers, 114, "bounds", 0)
	json := c.ok("/tiles/building.json?datetime=2010-01-01")
	c.want(json, "http://example.com/tiles/building/{z}/{x}/{y}.mvt?datetime=2010-01-01", "tiles", 0)
	c.want(json, "Height (m)", "vector_layers", 0, "fields", "height")
	for _, id := range []string{"use", "height", "use-dark", "height-dark"} {
		style := c.ok("/styles/" + id + ".json")
		c.want(style, 8, "version")
		legend := dig(style, "metadata", "chengma:legend").([]any)
		text := fmt.Sprint(style["layers"])
		for _, entry := range legend {
			if color := fmt.Sprint(dig(entry, "color")); !strings.Contains(text, color) {
				t.Errorf("%s: the legend has %s, the layers do not", id, color)
			}
		}
		if len(legend) < 7 {
			t.Errorf("%s: a legend of %d", id, len(legend))
		}
	}
	c.want(c.ok("/collections/building/tiles"), "vector", "tilesets", 0, "dataType")
	limits := dig(c.ok("/collections/building/tiles/WebMercatorQuad"), "tileMatrixSetLimits", 0)
	c.want(limits, "10", "tileMatrix")
	c.want(limits, 836, "minTileCol")
	c.want(limits, 445, "minTileRow")
	matrix := c.ok("/tileMatrixSets/WebMercatorQuad")
	if scale := dig(matrix, "tileMatrices", 0, "scaleDenominator").(float64); scale < 559082264.0287 || scale > 559082264.0288 {
		t.Errorf("scale denominator %f", scale)
	}
}
