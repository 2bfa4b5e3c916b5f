package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

var testKey, testHash = api.NewKey()

// withKey configures a server with one key.
func withKey(grants ...api.Grant) func(*api.Config) {
	keys, err := api.NewKeys(api.KeyFile{Keys: []api.Key{{Name: "test", Hash: testHash, Grants: grants}}}, schemas.Default())
	if err != nil {
		panic(err)
	}
	return func(cfg *api.Config) { cfg.Keys = keys }
}

func grantAll(grade string) api.Grant { return api.Grant{Kinds: []string{"*"}, Grade: grade} }

// crawl asks everything that the server has about every thing, follows the links
// in the answers, and returns all bodies and headers by address.
func (c *city) crawl(key string, more ...string) map[string]string {
	c.t.Helper()
	var headers []string
	if key != "" {
		headers = []string{"Authorization", "Bearer " + key}
	}
	queue := append([]string{"/?f=json", "/conformance", "/api", "/api?f=oas30", "/collections", "/layers.json", "/tileMatrixSets", "/metrics", "/styles/use.json", "/tiles/building.json", "/tiles/building/0/0/0.mvt", "/tiles/land/0/0/0.mvt"}, more...)
	for _, kind := range entities.Kinds() {
		at := "/collections/" + kind.String()
		queue = append(queue, at, at+"/schema", at+"/queryables", at+"/items?limit=100", at+"/items?known-at=1&datetime=../..&limit=2", at+"/items?filter="+url.QueryEscape("remark = 'x' OR name LIKE '%GEHEIM%' OR class IS NOT NULL"),
			at+"/items?sortby=remark", at+"/items?remark="+hidden, at+"/items?name="+hidden, at+"/items?properties=remark,name", at+"/tiles", at+"/tiles/WebMercatorQuad", at+"/tiles/WebMercatorQuad/0/0/0")
	}
	people := 0
	for key, code := range c.codes {
		if code.Kind() == entities.Person {
			if people++; people > 2 {
				continue // they are all alike, and in the collection anyway
			}
		}
		text := code.String()
		queue = append(queue, "/entities/"+text, "/entities/"+text+"?datetime=2006-06-01", "/entities/"+text+"/history", "/entities/"+text+"/related", "/c/"+text, "/search?q="+text, "/entities/"+url.PathEscape(key))
		for _, kind := range []entities.Kind{code.Kind(), entities.Building, entities.Person} {
			queue = append(queue, "/collections/"+kind.String()+"/items/"+text)
		}
	}
	queue = append(queue, "/search?q="+hidden, "/search?q="+hidden+"-person", "/search?q="+rid)
	bodies := map[string]string{}
	for len(queue) > 0 && len(bodies) < 3000 {
		path := queue[0]
		queue = queue[1:]
		if _, done := bodies[path]; done {
			continue
		}
		r := c.get(path, headers...)
		if r.StatusCode >= 500 {
			c.t.Fatalf("GET %s: %s %s\n%s", path, r.Status, r.body, c.log)
		}
		bodies[path] = fmt.Sprint(r.Header) + string(r.body)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/") && len(r.body) > 0 && r.body[0] == '{' {
			queue = append(queue, hrefs(r.json(c.t))...)
		}
	}
	refs := []string{}
	for key, code := range c.codes {
		refs = append(refs, fmt.Sprintf("%q,%q", code, key))
	}
	refs = append(refs, fmt.Sprintf(`{"scheme":"rid","value":%q}`, rid))
	r := c.post("/entities/resolve", `{"refs":[`+strings.Join(refs, ",")+`]}`, headers...)
	bodies["POST /entities/resolve"] = string(r.body)
	return bodies
}

func hrefs(v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		if href, ok := v["href"].(string); ok && v["templated"] == nil && strings.HasPrefix(href, "http://example.com/") {
			out = append(out, strings.TrimPrefix(href, "http://example.com"))
		}
		for _, x := range v {
			out = append(out, hrefs(x)...)
		}
	case []any:
		for _, x := range v {
			out = append(out, hrefs(x)...)
		}
	}
	return out
}

// echoes takes what the caller sent out of an answer, which may stand there.
func echoes(path, body string) string {
	if u, err := url.Parse(path); err == nil {
		for _, s := range []string{u.EscapedPath(), u.Path, u.RawQuery} {
			if s != "" && s != "/" {
				body = strings.ReplaceAll(body, s, "")
			}
		}
		for _, part := range strings.Split(u.Path, "/") {
			if len(part) > 3 {
				body = strings.ReplaceAll(body, part, "")
			}
		}
	}
	return body
}

func TestNobodySeesWhatIsHidden(t *testing.T) {
	c := newCity(t)
	closed := map[byte]bool{'P': true, 'F': true, 'R': true, 'C': true}
	for path, body := range c.crawl("") {
		rest := echoes(path, body)
		if strings.Contains(rest, hidden) && !strings.Contains(path, hidden) {
			t.Errorf("GET %s shows a hidden value: %.600s", path, rest)
		}
		for key, code := range c.codes {
			if text := code.String(); closed[text[0]] && strings.Contains(rest, text) && path != "POST /entities/resolve" {
				t.Errorf("GET %s shows the code %s (%s): %.600s", path, text, key, rest)
			}
		}
		if strings.Contains(rest, "7654321") || strings.Contains(rest, "12345.25") || strings.Contains(rest, rid) {
			t.Errorf("GET %s shows a hidden number: %.600s", path, rest)
		}
	}
}

// TestClosedCodeAnswersLikeANeverIssuedOne compares whole answers.
func TestClosedCodeAnswersLikeANeverIssuedOne(t *testing.T) {
	c := newCity(t)
	issued := c.codes[sealed("rid", rid)]
	never := issued + 1
	for !never.Issuable() || c.isIssued(never) {
		never++
	}
	for _, path := range []string{"/entities/%s", "/entities/%s/history", "/entities/%s/related", "/c/%s", "/collections/person/items/%s", "/collections/building/items/%s", "/search?q=%s"} {
		a, b := c.get(fmt.Sprintf(path, issued)), c.get(fmt.Sprintf(path, never))
		bodyA, bodyB := strings.ReplaceAll(string(a.body), issued.String(), "X"), strings.ReplaceAll(string(b.body), never.String(), "X")
		a.Header.Del("Etag")
		b.Header.Del("Etag")
		if a.StatusCode != b.StatusCode || bodyA != bodyB || fmt.Sprint(a.Header) != fmt.Sprint(b.Header) {
			t.Errorf("%s: issued %s %s, never issued %s %s", path, a.Status, bodyA, b.Status, bodyB)
		}
	}
	open := c.get("/collections/person")
	none := c.get("/collections/dragon")
	if open.StatusCode != http.StatusNotFound || strings.ReplaceAll(string(open.body), "person", "X") != strings.ReplaceAll(string(none.body), "dragon", "X") {
		t.Errorf("a closed collection answers %s, one that is not there %s", open.body, none.body)
	}
}

func (c *city) isIssued(code entities.Code) bool {
	for _, have := range c.codes {
		if have == code {
			return true
		}
	}
	return false
}

// TestGrants is a model of the gate held against the server, for random grants:
// what no grant opens is in no answer.
func TestGrants(t *testing.T) {
	type secret struct {
		marker string
		kind   string
		grade  schemas.Grade
		class  string
		inArea bool
	}
	secrets := []secret{
		{hidden + "-land", "land", schemas.Internal, "surface", true},
		{hidden + "-building", "building", schemas.Internal, "natural", true},
		{hidden + "-unit", "housing", schemas.Internal, "flat", false},
		{hidden + "-legal", "enterprise", schemas.Internal, "company", false},
		{"12345.25", "enterprise", schemas.Sensitive, "company", false},
		{hidden + "-household", "household", schemas.Sensitive, "family", false},
		{hidden + "-right", "right", schemas.Sensitive, "ownership", false},
		{hidden + "-vehicle", "vehicle", schemas.Sensitive, "motor", false},
		{hidden + "-person-3", "person", schemas.Sensitive, "resident", false},
		{hidden + "-phone", "person", schemas.Secret, "resident", false},
	}
	grades := []string{"public", "internal", "sensitive", "secret"}
	bbox := []float64{114, 22.5, 114.2, 22.6}
	rapid.Check(t, func(r *rapid.T) {
		var grants []api.Grant
		for range rapid.IntRange(0, 3).Draw(r, "grants") {
			kind := schemas.Kinds()[rapid.IntRange(0, len(schemas.Kinds())-1).Draw(r, "kind")]
			g := api.Grant{Kinds: []string{kind.Name}, Grade: rapid.SampledFrom(grades).Draw(r, "grade")}
			if rapid.Bool().Draw(r, "classes") {
				g.Classes = []string{kind.Classes[rapid.IntRange(0, len(kind.Classes)-1).Draw(r, "class")].Name}
			}
			switch rapid.IntRange(0, 3).Draw(r, "rows") {
			case 0:
				g.Filter = "class = 'nothing'"
			case 1:
				g.Area = &api.Area{BBox: bbox}
			}
			grants = append(grants, g)
		}
		c := newCity(t, withKey(grants...))
		defer c.close()
		opens := func(s secret) bool {
			for _, g := range grants {
				var grade schemas.Grade
				if err := grade.UnmarshalText([]byte(g.Grade)); err != nil {
					r.Fatal(err)
				}
				if g.Kinds[0] == s.kind && grade >= s.grade && g.Filter == "" && (g.Area == nil || s.inArea) && (g.Classes == nil || g.Classes[0] == s.class) {
					return true
				}
			}
			return false
		}
		bodies := c.crawl(testKey)
		for _, s := range secrets {
			shown := ""
			for path, body := range bodies {
				if strings.Contains(echoes(path, body), s.marker) && !strings.Contains(path, hidden) {
					shown = path
				}
			}
			if want := opens(s); (shown != "") != want {
				r.Fatalf("%s is opened: %v; but shown at %q, with grants %+v", s.marker, want, shown, grants)
			}
		}
	})
}

// TestFieldsThatSomeRowsShow: a grant opens a field of some things only. Filters see
// it there and nowhere else, and nothing can be ordered by it.
func TestFieldsThatSomeRowsShow(t *testing.T) {
	area := &api.Area{BBox: []float64{114.0529, 22.54, 114.0545, 22.543}} // New House, not the tower
	c := newCity(t, withKey(api.Grant{Kinds: []string{"building"}, Grade: "internal", Area: area}))
	c.apply(say(entities.Building, "natural", "k:new", "2015-06-01", nil, "remark", "damp"), say(entities.Building, "natural", "szbuilding:"+towerID, "2019-07-01", nil, "remark", "damp"))
	bearer := []string{"Authorization", "Bearer " + testKey}
	path := "/collections/building/items?known-at=7&"
	c.want(c.ok(path+"filter="+url.QueryEscape("remark = 'damp'"), bearer...), 1, "numberMatched")
	c.want(c.ok(path+"remark=damp", bearer...), "New House", "features", 0, "properties", "name")
	c.want(c.ok(path+"filter="+url.QueryEscape("remark IS NULL"), bearer...), 2, "numberMatched")
	c.want(c.ok(path+"filter="+url.QueryEscape("NOT (remark = 'dry')"), bearer...), 1, "numberMatched")
	c.want(c.get(path+"sortby=remark", bearer...).json(t), "/problems/unknown-property", "type")
	c.want(c.get(path+"remark=damp").json(t), "/problems/unknown-parameter", "type")
	c.want(c.ok("/entities/"+c.tower(), bearer...), nil, "properties", "remark")
	c.want(c.ok("/entities/"+c.code("k:new"), bearer...), "damp", "properties", "remark")
	if tile := string(c.get("/tiles/building/1/0/0.mvt", bearer...).body); strings.Contains(tile, "remark") {
		t.Errorf("a tile would show a field that only some things show: %s", tile)
	}
}

func TestKeyFile(t *testing.T) {
	file := "keys:\n- name: bureau\n  hash: " + testHash + "\n  expires: 2026-03-01T03:59:59Z\n  grants:\n  - kinds: [person]\n    grade: sensitive\n"
	keys, err := api.LoadKeys(strings.NewReader(file), schemas.Default())
	if err != nil {
		t.Fatal(err)
	}
	c := newCity(t, func(cfg *api.Config) { cfg.Keys = keys })
	if r := c.get("/collections", "Authorization", "Bearer "+testKey); r.StatusCode != http.StatusUnauthorized || r.Header.Get("Www-Authenticate") == "" {
		t.Errorf("an expired key: %s", r.Status)
	}
	for _, test := range []struct{ name, change, with, want string }{
		{"hash", testHash, "sha256:00", "key 1 (bureau): hash"},
		{"kind", "[person]", "[dragon]", "grant 1: kinds: unknown kind"},
		{"grade", "grade: sensitive", "grade: open", "grade"},
		{"member", "grade:", "grad:", "grad"},
		{"field", "grade: sensitive", "fields: [wings]", `no field "wings"`},
		{"class", "grade: sensitive", "classes: [dragon]", `no class "dragon"`},
		{"filter", "grade: sensitive", "filter: wings = 2", "filter"},
		{"area", "grade: sensitive", "area: {bbox: [1, 2]}", "area: want either"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := api.LoadKeys(strings.NewReader(strings.Replace(file, test.change, test.with, 1)), schemas.Default())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestKeyInPath opens tiles by a key in the path and hands it on.
func TestKeyInPath(t *testing.T) {
	c := newCity(t, withKey(api.Grant{Kinds: []string{"building"}, Grade: "internal"}))
	path := "/k/" + testKey
	if open := string(c.get("/tiles/building/1/0/0.mvt").body); strings.Contains(open, "remark") {
		t.Errorf("without a key: %s", open)
	}
	r := c.get(path + "/tiles/building/1/0/0.mvt?datetime=2010-01-01")
	if !strings.Contains(string(r.body), "[name use height remark]") {
		t.Errorf("with a key: %s %s", r.Status, r.body)
	}
	if cc := r.Header.Get("Cache-Control"); !strings.HasPrefix(cc, "private") {
		t.Errorf("Cache-Control %q, want private", cc)
	}
	c.want(c.ok(path+"/layers.json"), "http://example.com"+path+"/tiles/building/{z}/{x}/{y}.mvt", "layers", 0, "tiles", 0)
	if r := c.get("/k/wrong/tiles/building/1/0/0.mvt"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong key: %s", r.Status)
	}
	if strings.Contains(c.log.String(), testKey) {
		t.Error("the key is in the log")
	}
}

// TestKeyFileInTheDocumentation loads the example of docs/api.md.
func TestKeyFileInTheDocumentation(t *testing.T) {
	raw, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found || yaml.Unmarshal([]byte(example), new(any)) != nil {
		t.Fatal("docs/api.md has no example of a key file")
	}
	if _, err := api.LoadKeys(strings.NewReader(example), schemas.Default()); err != nil {
		t.Error(err)
	}
}
