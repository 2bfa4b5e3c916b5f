package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sample values of path parameters, so that each path can be asked for.
func (c *city) sample(path string) string {
	for name, value := range map[string]string{
		"collectionId": "building", "featureId": c.tower(), "ref": c.tower(), "code": c.tower(), "tileMatrixSetId": "WebMercatorQuad",
		"tileMatrix": "1", "tileRow": "0", "tileCol": "0", "layer": "building", "z": "1", "x": "0", "y": "0", "datetime": "2020-01-01", "revision": "1",
		"style": "use", "type": "erased", "key": testKey,
	} {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}

// TestOpenAPIIsTheRouter holds the description against the router: what it
// describes is answered, and every route and parameter is described.
func TestOpenAPIIsTheRouter(t *testing.T) {
	c := newCity(t, withKey())
	for _, f := range []string{"oas31", "oas30"} {
		doc := c.ok("/api?f=" + f)
		described := map[string][]string{}
		for path, methods := range doc["paths"].(map[string]any) {
			for method, op := range methods.(map[string]any) {
				key := strings.ToUpper(method) + " " + path
				described[key] = []string{}
				params, _ := op.(map[string]any)["parameters"].([]any)
				for _, p := range params {
					described[key] = append(described[key], fmt.Sprint(dig(p, "in"), " ", dig(p, "name")))
				}
			}
		}
		routed := c.server.Routes()
		for route, params := range routed {
			if _, ok := described[route]; !ok {
				t.Errorf("%s: %s is routed and not described", f, route)
				continue
			}
			have := slices.DeleteFunc(described[route], func(p string) bool { return p == "query properties-equal" })
			slices.Sort(have)
			slices.Sort(params)
			if !slices.Equal(have, params) {
				t.Errorf("%s: %s: described %v, taken %v", f, route, have, params)
			}
		}
		for route := range described {
			if _, ok := routed[route]; !ok {
				t.Errorf("%s: %s is described and not routed", f, route)
			}
		}
	}
}

// TestDescribedParametersAreTaken asks each operation with each of its parameters:
// none may be unknown, and one that is not described must be.
func TestDescribedParametersAreTaken(t *testing.T) {
	c := newCity(t, withKey())
	for route, params := range c.server.Routes() {
		method, path, _ := strings.Cut(route, " ")
		ask := func(query string) *reply {
			r := httptest.NewRequest(method, c.sample(path)+query, strings.NewReader(`{"refs":["x"]}`))
			return c.do(r, "Content-Type", "application/json")
		}
		if r := ask(""); r.StatusCode >= 400 && !strings.Contains(string(r.body), "q is what to look for") {
			t.Errorf("%s: %s %s", route, r.Status, r.body)
		}
		for _, p := range params {
			in, name, _ := strings.Cut(p, " ")
			if in == "path" {
				if !strings.Contains(path, "{"+name+"}") {
					t.Errorf("%s has no %s in its path", route, name)
				}
				continue
			}
			if r := ask("?" + name + "=zz"); strings.Contains(string(r.body), "/problems/unknown-parameter\"") && r.StatusCode == http.StatusBadRequest {
				t.Errorf("%s does not take %s", route, name)
			}
		}
		if r := ask("?nonsense=1"); r.StatusCode != http.StatusBadRequest && path != "/" {
			t.Errorf("%s takes ?nonsense=1: %s", route, r.Status)
		}
	}
}

var remoteRef = regexp.MustCompile(`"\$ref":"[^#]`)

func TestOpenAPIForClients(t *testing.T) {
	c := newCity(t)
	r := c.get("/api?f=oas30")
	if got := r.Header.Get("Content-Type"); got != "application/vnd.oai.openapi+json;version=3.0" {
		t.Errorf("Content-Type %s", got)
	}
	if remoteRef.Match(r.body) {
		t.Error("there is a $ref out of the document")
	}
	doc := r.json(t)
	c.want(doc, "3.0.3", "openapi")
	c.want(c.ok("/api"), "3.1.0", "openapi")
	c.want(c.get("/api", "Accept", "application/vnd.oai.openapi+json;version=3.0").json(t), "3.0.3", "openapi")
	kinds := fmt.Sprint(dig(doc, "paths", "/collections/{collectionId}/items", "get", "parameters", 0, "schema", "enum"))
	if strings.Contains(kinds, "person") || !strings.Contains(kinds, "building") {
		t.Errorf("collections are %s", kinds)
	}
	for _, ref := range regexp.MustCompile(`"\$ref":"#/([^"]+)"`).FindAllSubmatch(r.body, -1) {
		var at any = doc
		for _, part := range strings.Split(string(ref[1]), "/") {
			at = dig(at, part)
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	if !strings.Contains(string(c.get("/?f=json").body), "version=3.0") {
		t.Error("the landing page does not link to OpenAPI 3.0")
	}
}
