package api_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
)

// brokenStore loses its connection, or its mind.
type brokenStore struct {
	entities.Store
	fault func()
}

type brokenReader struct {
	entities.Reader
	fault func()
}

func (s brokenStore) At(rev entities.Revision) entities.Reader {
	return brokenReader{s.Store.At(rev), s.fault}
}

func (r brokenReader) Get(context.Context, entities.Code, entities.Instant) (entities.Entity, error) {
	r.fault()
	return entities.Entity{}, fmt.Errorf("connect: %w", entities.ErrUnavailable)
}

// Find breaks off after some answers.
func (r brokenReader) Find(ctx context.Context, q entities.Query) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		for e, err := range r.Reader.Find(ctx, entities.Query{Kinds: q.Kinds, Valid: q.Valid, Limit: 1}) {
			for range 3000 {
				if !yield(e, err) {
					return
				}
			}
		}
		yield(entities.Entity{}, errors.New("disk on fire"))
	}
}

// problemCases is one request for each type of problem.
func problemCases(c *city) map[string]func() *reply {
	get := func(path string, headers ...string) func() *reply {
		return func() *reply { return c.get(path, headers...) }
	}
	items := "/collections/building/items"
	post := func(body string, headers ...string) func() *reply {
		return func() *reply { return c.post("/entities/resolve", body, headers...) }
	}
	never := entities.Code(c.codes["k:new"] + 100)
	for !never.Issuable() {
		never++
	}
	return map[string]func() *reply{
		"malformed-code":          get("/entities/X123"),
		"wrong-check-character":   get("/entities/" + c.tower()[:11] + "Z"),
		"never-issued":            get("/entities/" + never.String()),
		"not-at-this-time":        get(items + "/" + c.tower() + "?datetime=1990-01-01"),
		"retired-code":            get(items + "/" + c.code("k:old")),
		"erased":                  get(items + "/" + c.code("k:gone")),
		"wrong-collection":        get("/collections/land/items/" + c.tower()),
		"unknown-alias":           get("/entities/bdc:123"),
		"ambiguous-alias":         get("/entities/nick:both?known-at=1"),
		"malformed-alias":         get("/entities/bdc:"),
		"sensitive-alias":         get("/entities/rid:" + rid),
		"unknown-kind":            get("/collections/buildings"),
		"unknown-role":            get("/entities/" + c.tower() + "/related?role=inn"),
		"malformed-bbox":          get(items + "?bbox=1,2,3"),
		"malformed-datetime":      get(items + "?datetime=yesterday"),
		"malformed-known-at":      get(items + "?known-at=-1"),
		"malformed-number":        get(items + "?limit=0"),
		"unknown-revision":        get(items + "?known-at=1000"),
		"unknown-crs":             get(items + "?crs=EPSG:1"),
		"malformed-filter":        get(items + "?filter=height%20%3E"),
		"unknown-property":        get(items + "?filter=hight%20%3E%201"),
		"filter-too-large":        get(items + "?filter=" + url.QueryEscape(strings.Repeat("NOT (", 200)+"height > 1"+strings.Repeat(")", 200))),
		"malformed-cursor":        get(items + "?cursor=AAAA"),
		"unknown-parameter":       get(items + "?datetme=2020-01-01"),
		"unsupported-value":       get(items + "?f=shp"),
		"unknown-tile-matrix-set": get("/tileMatrixSets/WorldCRS84Quad"),
		"unknown-layer":           get("/tiles/buildings/0/0/0.mvt"),
		"unknown-style":           get("/styles/uses.json"),
		"malformed-tile":          get("/tiles/building/3/8/0.mvt"),
		"unknown-resource":        get("/nothing/here"),
		"method-not-allowed":      func() *reply { return c.do(httptest.NewRequest(http.MethodDelete, items, nil)) },
		"not-acceptable":          get(items, "Accept", "image/png"),
		"unsupported-media-type":  post("refs", "Content-Type", "text/plain"),
		"malformed-body":          post(`{"refs":`),
		"body-too-large":          post(`{"refs":["` + strings.Repeat("A", 5<<20) + `"]}`),
		"uri-too-long":            get("/search?q=" + strings.Repeat("a", 20000)),
		"unknown-key":             get("/collections", "Authorization", "Bearer nobody"),
		"unavailable": func() *reply {
			return newCity(c.t, func(cfg *api.Config) { cfg.Store = brokenStore{cfg.Store, func() {}} }).get(items + "/" + c.tower())
		},
		"internal": func() *reply {
			return newCity(c.t, func(cfg *api.Config) { cfg.Store = brokenStore{cfg.Store, func() { panic("secret detail") }} }).get(items + "/" + c.tower())
		},
	}
}

var statusOf = regexp.MustCompile("^\\| (`[^|]+`) \\| ([0-9, ]+) \\|")

// documentedProblems reads the table of docs/api.md.
func documentedProblems(t *testing.T) map[string]string {
	raw, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, line := range strings.Split(string(raw), "\n") {
		m := statusOf.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		names, statuses := strings.Split(m[1], ", "), strings.Split(m[2], ", ")
		for i, name := range names {
			out[strings.Trim(name, "`")] = strings.TrimSpace(statuses[min(i, len(statuses)-1)])
		}
	}
	return out
}

// TestEveryProblemIsProduced asks for each declared type, in both languages.
func TestEveryProblemIsProduced(t *testing.T) {
	c := newCity(t)
	cases := problemCases(c)
	documented := documentedProblems(t)
	declared := api.ProblemNames()
	for _, name := range declared {
		t.Run(name, func(t *testing.T) {
			ask, ok := cases[name]
			if !ok {
				t.Fatal("no request produces it")
			}
			r := ask()
			doc := r.json(t)
			if doc["type"] != "/problems/"+name || doc["status"] != float64(r.StatusCode) {
				t.Fatalf("%s %s", r.Status, r.body)
			}
			if ct := r.Header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("Content-Type %s", ct)
			}
			if documented[name] != fmt.Sprint(r.StatusCode) {
				t.Errorf("status %d, docs/api.md says %q", r.StatusCode, documented[name])
			}
			for _, member := range []string{"title", "detail"} {
				if s, _ := doc[member].(string); s == "" {
					t.Errorf("no %s: %s", member, r.body)
				}
			}
			if r.Header.Get("City-Revision") == "" || r.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("headers %v", r.Header)
			}
			page := c.get("/problems/"+name, "Accept-Language", "zh")
			if page.StatusCode != http.StatusOK || !strings.Contains(string(page.body), "/problems/"+name) {
				t.Errorf("its page: %s", page.Status)
			}
		})
	}
	for name := range cases {
		if !slices.Contains(declared, name) {
			t.Errorf("%s is produced and not declared", name)
		}
	}
	if len(documented) != len(declared) {
		t.Errorf("docs/api.md lists %d problems, there are %d", len(documented), len(declared))
	}
}

func TestProblemsHelp(t *testing.T) {
	c := newCity(t)
	for _, test := range []struct{ path, member, want string }{
		{"/collections/buildings", "suggestions", "[building]"},
		{"/collections/building/items?datetme=2020", "suggestions", "[datetime]"},
		{"/collections/building/items?filter=hight%3E1", "suggestions", "[height]"},
		{"/collections/building/items?sortby=hieght", "suggestions", "[height]"},
		{"/entities/nick:both?known-at=1", "candidates", c.tower()},
		{"/collections/building/items/" + c.code("k:old"), "successors", c.code("k:new")},
		{"/collections/building/items/" + c.code("k:old"), "links", "/history"},
		{"/collections/building/items/" + c.tower() + "?datetime=1990-01-01", "links", "/history"},
		{"/collections/building/items?known-at=1000", "head", "6"},
		{"/collections/building/items?bbox=114,95,115,96", "detail", "latitudes"},
		{"/collections/building/items?remark=x", "type", "/problems/unknown-parameter"},
		{"/collections/building/items?filter=remark%3D%27x%27", "type", "/problems/unknown-property"},
		{"/collections/building/items?sortby=remark", "type", "/problems/unknown-property"},
	} {
		doc := c.get(test.path).json(t)
		if got := fmt.Sprint(doc[test.member]); !strings.Contains(got, test.want) {
			t.Errorf("%s: %s is %s, want %s", test.path, test.member, got, test.want)
		}
	}
	zh := c.get("/entities/X123", "Accept-Language", "fr, zh-Hans;q=0.9, en;q=0.8").json(t)
	c.want(zh, "城码格式有误", "title")
	if r := c.do(httptest.NewRequest(http.MethodPost, "/search", nil)); r.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow %q", r.Header.Get("Allow"))
	}
}

// TestDefectsTellNothing: a panic and an error of the store are problems without
// detail, and logged.
func TestDefectsTellNothing(t *testing.T) {
	c := newCity(t, func(cfg *api.Config) { cfg.Store = brokenStore{cfg.Store, func() { panic("secret detail") }} })
	r := c.get("/collections/building/items/" + c.tower())
	if strings.Contains(string(r.body), "secret detail") || !strings.Contains(c.log.String(), "secret detail") {
		t.Errorf("answer %s, log %s", r.body, c.log)
	}
	c = newCity(t, func(cfg *api.Config) { cfg.Store = brokenStore{cfg.Store, func() {}} })
	r = c.get("/collections/building/items?filter=height%3E1e9")
	c.want(r.json(t), "/problems/internal", "type")
	if strings.Contains(string(r.body), "disk on fire") || !strings.Contains(c.log.String(), "disk on fire") {
		t.Errorf("answer %s, log %s", r.body, c.log)
	}
}

// TestTornStream: an error after a part was sent breaks the connection.
func TestTornStream(t *testing.T) {
	c := newCity(t, func(cfg *api.Config) { cfg.Store = brokenStore{cfg.Store, func() {}} })
	server := httptest.NewServer(c.server)
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	response, err := http.Get(server.URL + "/collections/building/items?limit=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	buffer := make([]byte, 64<<10)
	total := 0
	for err == nil {
		var n int
		n, err = response.Body.Read(buffer)
		total += n
	}
	if response.StatusCode != http.StatusOK || err.Error() == "EOF" || total < 512<<10 {
		t.Errorf("%s, %d bytes, ended with %v; want a broken connection after a part", response.Status, total, err)
	}
}
