package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEntity(t *testing.T) {
	c := newCity(t)
	doc := c.ok("/entities/" + strings.ToLower(c.tower()))
	for _, w := range []struct {
		want any
		path []any
	}{
		{c.tower(), []any{"code"}},
		{"building", []any{"kind"}},
		{"楼", []any{"kindTitle", "zh"}},
		{"natural", []any{"class"}},
		{"active", []any{"state"}},
		{"市民中心大厦", []any{"title"}},
		{"szbuilding", []any{"official", "scheme"}},
		{towerID, []any{"official", "value"}},
		{46.2, []any{"properties", "height"}},
		{nil, []any{"properties", "remark"}},
		{"Office", []any{"labels", "use", "value", "en"}},
		{"m", []any{"labels", "height", "unit"}},
		{true, []any{"holds"}},
		{4, []any{"recorded", "from"}},
		{nil, []any{"recorded", "to"}},
		{"2026-03-01T03:00:04Z", []any{"recorded", "fromTime"}},
		{"correction", []any{"cause"}},
		{"register", []any{"origin", "source"}},
		{114.051, []any{"bbox", 0}},
		{1, []any{"linkCounts", "out:on:land"}},
		{3, []any{"linkCounts", "in:in:housing"}},
		{1, []any{"linkCounts", "in:names:address"}},
		{nil, []any{"linkCounts", "in:lives-in:person"}},
		{15, []any{"residents", "count"}},
		{"2025-12-31T16:00:00Z", []any{"residents", "at"}},
		{6, []any{"revision"}},
	} {
		c.want(doc, w.want, w.path...)
	}
	on := dig(doc, "links", 0)
	c.want(on, "on", "role")
	c.want(on, "B-15", "thing")
	c.want(on, "out", "direction")
}

func TestEntityThroughItsLife(t *testing.T) {
	c := newCity(t)
	old := c.ok("/entities/" + c.code("k:old"))
	c.want(old, "retired", "state")
	c.want(old, false, "holds")
	c.want(old, "2015-06-01T00:00:00Z", "valid", "to")
	c.want(old, c.code("k:new"), "successors", 0, "code")
	c.want(c.ok("/entities/"+c.code("k:old")+"?datetime=2010-01-01"), true, "holds")

	twin := c.ok("/entities/" + c.code("k:twin"))
	c.want(twin, "retired", "state")
	c.want(twin, c.tower(), "sameAs")

	gone := c.ok("/entities/" + c.code("k:gone"))
	c.want(gone, "erased", "state")
	c.want(gone, "court order", "reason")
	c.want(gone, nil, "class")
	c.want(gone, "map[]", "properties")

	enterprise := c.ok("/entities/uscc:91440300MA5DA1234X")
	c.want(enterprise, "深圳示例科技有限公司", "title")
	c.want(enterprise, 114.0515, "point", 0) // where its address is
	c.want(enterprise, nil, "geometry")
	c.want(c.ok("/entities/440300:"+c.tower()), c.tower(), "code")
	c.want(c.ok("/entities/nick:both?known-at=6"), c.tower(), "code") // the twin is no thing of its own
}

func TestHistory(t *testing.T) {
	c := newCity(t)
	doc := c.ok("/entities/" + c.tower() + "/history")
	versions := doc["versions"].([]any)
	var got []string
	for _, v := range versions {
		got = append(got, fmt.Sprintf("%v–%v r%v–%v %v %v", dig(v, "valid", "from"), dig(v, "valid", "to"), dig(v, "recorded", "from"), dig(v, "recorded", "to"), dig(v, "properties", "height"), dig(v, "changed")))
	}
	want := []string{
		"2005-01-01T00:00:00Z–<nil> r1–2 44.5 []",
		"2005-01-01T00:00:00Z–2019-07-01T00:00:00Z r2–<nil> 44.5 []",
		"2019-07-01T00:00:00Z–<nil> r2–4 46.5 [height]",
		"2019-07-01T00:00:00Z–<nil> r4–<nil> 46.2 [height geometry]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("versions\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	c.want(doc, towerID, "aliases", 1, "value")
	c.want(doc, "on", "links", 0, "role")
	current := c.ok("/entities/" + c.tower() + "/history?superseded=false&limit=1&geometry=false")
	if n := len(current["versions"].([]any)); n != 1 {
		t.Fatalf("%d versions on a page of one", n)
	}
	next := dig(current, "resources", 2, "href")
	c.want(c.ok(fmt.Sprint(next)), 46.2, "versions", 0, "properties", "height")
}

func TestRelated(t *testing.T) {
	c := newCity(t)
	path := "/entities/" + c.tower() + "/related?role=in&direction=in&limit=2"
	doc := c.ok(path)
	c.want(doc, 2, "numberReturned")
	c.want(doc, "100", "links", 0, "thing")
	c.want(doc, "key", "links", 0, "method")
	next := dig(doc, "resources", 2)
	c.want(next, "next", "rel")
	last := c.ok(fmt.Sprint(dig(next, "href")))
	c.want(last, 1, "numberReturned")
	c.want(last, nil, "resources", 2)
	c.want(c.ok("/entities/"+c.tower()+"/related?kind=address"), "深圳市福田区福中三路1号", "links", 0, "thing")
}

func (c *city) post(path, body string, headers ...string) *reply {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return c.do(r, headers...)
}

func TestResolve(t *testing.T) {
	c := newCity(t)
	body := func(refs ...any) string {
		raw, err := json.Marshal(map[string]any{"refs": refs})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	refs := body(c.tower(), "uscc:91440300MA5DA1234X", "uscc:nothing", "B00003NQK8N0", map[string]any{"scheme": "rid", "value": " " + rid + " "}, "B00003NQK8NP", "", "k:old")
	doc := c.post("/entities/resolve", refs).json(t)
	c.want(doc, 3, "resolved")
	for i, want := range []string{"", "", "unknown-alias", "wrong-check-character", "unknown-alias", "never-issued", "malformed-code", ""} {
		kind := dig(doc, "results", i, "problem", "type")
		if want == "" && kind != nil || want != "" && kind != "/problems/"+want {
			t.Errorf("result %d: %v, want %q", i, dig(doc, "results", i), want)
		}
	}
	c.want(doc, "retired", "results", 7, "state")

	keyed := newCity(t, withKey(grantAll("secret")))
	doc = keyed.post("/entities/resolve", refs, "Authorization", "Bearer "+testKey).json(t)
	keyed.want(doc, "person", "results", 4, "kind")
	if strings.Contains(fmt.Sprint(doc), rid) {
		t.Error("the answer repeats the personal number")
	}
}

func TestSearch(t *testing.T) {
	c := newCity(t)
	for _, test := range []struct{ name, q, title, matched string }{
		{"code", c.tower(), "市民中心大厦", "code"},
		{"code as printed", strings.ToLower(c.tower()[:1] + "-" + c.tower()[1:6] + " " + c.tower()[6:]), "市民中心大厦", "code"},
		{"alias with scheme", "uscc:91440300MA5DA1234X", "深圳示例科技有限公司", "alias"},
		{"alias alone", "91440300ma5da1234x", "深圳示例科技有限公司", "alias"},
		{"part of a name", "示例科技", "深圳示例科技有限公司", "name"},
		{"part of an address", "福中三路", "深圳市福田区福中三路1号", "full_address"},
		{"one character", "民", "", ""},
		{"a hidden value", hidden + "-legal", "", ""},
		{"a hidden person", hidden + "-person-1", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := c.ok("/search?q=" + strings.NewReplacer(" ", "%20").Replace(test.q))
			if test.title == "" {
				if n := len(doc["results"].([]any)); n != 0 {
					t.Errorf("%d results, want none: %v", n, doc)
				}
				return
			}
			c.want(doc, test.title, "results", 0, "title")
			c.want(doc, test.matched, "results", 0, "matched")
		})
	}
	c.want(c.ok("/search?q=示例科技"), 114.0515, "results", 0, "point", 0)
	if doc := c.ok("/search?q=示例科技&kinds=building"); len(doc["results"].([]any)) != 0 {
		t.Error("kinds does not restrict")
	}
}

func TestPageOfACode(t *testing.T) {
	c := newCity(t)
	r := c.get("/c/"+c.tower(), "Accept", "text/html,*/*;q=0.8", "Accept-Language", "zh-CN,en;q=0.5")
	for _, want := range []string{"市民中心大厦", "办公", "46.2 m", "location.replace", `href="http://example.com/?code=` + c.tower()} {
		if !strings.Contains(string(r.body), want) {
			t.Errorf("the page lacks %q:\n%s", want, r.body)
		}
	}
	if strings.Contains(string(r.body), hidden) {
		t.Error("the page shows a hidden value")
	}
	r = c.get("/c/"+c.tower(), "Accept", "application/json")
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "http://example.com/entities/"+c.tower() {
		t.Errorf("for a program: %s to %s", r.Status, r.Header.Get("Location"))
	}
}
