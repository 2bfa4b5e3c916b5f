package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/api"
)

func names(doc map[string]any) []string {
	features, _ := doc["features"].([]any)
	out := []string{}
	for _, f := range features {
		out = append(out, fmt.Sprint(dig(f, "properties", "name")))
	}
	return out
}

func TestItemsByTimeAndPlace(t *testing.T) {
	c := newCity(t)
	for _, test := range []struct {
		name, query string
		want        []string
	}{
		{"now", "", []string{"市民中心大厦", "Entrance 1", "New House"}},
		{"before the old house fell", "datetime=2010-01-01T00:00:00Z", []string{"市民中心大厦", "Old House", "Entrance 1"}},
		{"its last day, local", "datetime=2015-05-31", []string{"市民中心大厦", "Old House", "Entrance 1"}},
		{"the day of the change", "datetime=2015-06-01", []string{"市民中心大厦", "Old House", "Entrance 1", "New House"}},
		{"an interval gives both", "datetime=2010-01-01/2020-01-01", []string{"市民中心大厦", "Old House", "Entrance 1", "New House"}},
		{"open end", "datetime=2016-01-01/..", []string{"市民中心大厦", "Entrance 1", "New House"}},
		{"open beginning", "datetime=../2004-01-01", []string{"Old House"}},
		{"what revision 1 knew", "known-at=1", []string{"市民中心大厦", "Old House", "Twin", "GEHEIM-erased", "Entrance 1"}},
		{"box", "bbox=114.0525,22.54,114.054,22.543", []string{"New House"}},
		{"box of six", "bbox=114.0525,22.54,-10,114.054,22.543,500", []string{"New House"}},
		{"box in EPSG:4326 has latitude first", "bbox=22.54,114.0525,22.543,114.054&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", []string{"New House"}},
		{"box over the antimeridian", "bbox=114.0535,22.54,114.0525,22.543", []string{"市民中心大厦", "New House"}},
		{"filter", "filter=" + url.QueryEscape("height > 40 AND use = 'office'"), []string{"市民中心大厦"}},
		{"filter in JSON", "filter-lang=cql2-json&filter=" + url.QueryEscape(`{"op":">","args":[{"property":"height"},40]}`), []string{"市民中心大厦"}},
		{"filter with a shape", "filter=" + url.QueryEscape("S_INTERSECTS(geometry, POINT(114.0535 22.5415))"), []string{"New House"}},
		{"filter with a shape, latitude first", "filter-crs=http://www.opengis.net/def/crs/EPSG/0/4490&filter=" + url.QueryEscape("S_INTERSECTS(geometry, POINT(22.5415 114.0535))"), []string{"New House"}},
		{"property", "use=residential", []string{"New House"}},
		{"property that is a number", "height=46.2", []string{"市民中心大厦"}},
		{"class", "class=entrance", []string{"Entrance 1"}},
		{"sorted", "sortby=-height&class=natural", []string{"市民中心大厦", "New House"}},
		{"offset", "offset=1", []string{"Entrance 1", "New House"}},
		{"limit", "limit=1", []string{"市民中心大厦"}},
		{"limit over the maximum is clamped", "limit=123456789012345678901234567890", []string{"市民中心大厦", "Entrance 1", "New House"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := c.ok("/collections/building/items?" + test.query)
			got := names(doc)
			if strings.Contains(test.query, "known-at=1") {
				// The erased one is gone from every revision.
				test.want = slices.DeleteFunc(test.want, func(s string) bool { return strings.HasPrefix(s, hidden) })
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("names %q, want %q", got, test.want)
			}
			if n := dig(doc, "numberReturned"); n != float64(len(test.want)) {
				t.Errorf("numberReturned %v, want %d", n, len(test.want))
			}
		})
	}
}

func TestItemsCount(t *testing.T) {
	c := newCity(t)
	doc := c.ok("/collections/building/items?limit=1")
	c.want(doc, 3, "numberMatched")
	if got := c.get("/collections/building/items?limit=1").Header.Get("Link"); !strings.HasSuffix(got, `>; rel="next"`) {
		t.Errorf("Link %q", got)
	}
	if got := c.get("/collections/building/items?limit=3").Header.Get("Link"); got != "" {
		t.Errorf("Link %q on the last page", got)
	}
	doc = c.ok("/collections/building/items?offset=7")
	c.want(doc, 3, "numberMatched")
	c.want(doc, 0, "numberReturned")
}

// TestCountOverTheLimit: a count that is too dear is an estimate, never a number
// that looks exact, and stays the same from page to page.
func TestCountOverTheLimit(t *testing.T) {
	c := newCity(t, func(cfg *api.Config) { cfg.CountUpTo = 2 })
	for _, sort := range []string{"", "&sortby=name"} {
		doc := c.ok("/collections/building/items?limit=1" + sort)
		c.want(doc, nil, "numberMatched")
		if _, ok := doc["numberMatchedEstimate"]; ok != (sort == "") {
			t.Errorf("sort %q: estimate %v", sort, doc["numberMatchedEstimate"])
		}
		if sort == "" {
			next := c.ok(fmt.Sprint(dig(doc, "links", 2, "href")))
			c.want(next, doc["numberMatchedEstimate"], "numberMatchedEstimate")
		}
	}
	c.want(c.ok("/collections/building/items?limit=1&use=residential"), 1, "numberMatched")
	keyed := newCity(t, withKey(grantAll("secret")))
	doc := keyed.ok("/collections/person/items?limit=2", "Authorization", "Bearer "+testKey)
	keyed.want(doc, 2, "numberReturned")
	for _, name := range []string{"numberMatched", "numberMatchedEstimate"} {
		if doc[name] != nil {
			t.Errorf("people are counted: %s %v", name, doc[name])
		}
	}
}

// TestPagingIsStable follows next links while the city changes.
func TestPagingIsStable(t *testing.T) {
	for _, sort := range []string{"", "&sortby=-height,name", "&sortby=use"} {
		t.Run("sort "+sort, func(t *testing.T) {
			c := newCity(t)
			path, seen, pages := "/collections/building/items?limit=1"+sort, []string{}, 0
			for path != "" && pages < 10 {
				doc := c.ok(path)
				for _, f := range doc["features"].([]any) {
					seen = append(seen, fmt.Sprint(dig(f, "id")))
				}
				c.want(doc, 6, "revision")
				path = ""
				for _, l := range doc["links"].([]any) {
					if dig(l, "rel") == "next" {
						path = fmt.Sprint(dig(l, "href"))
					}
				}
				pages++
				c.apply(say(2, "natural", fmt.Sprintf("k:later-%d", pages), "2005-01-01", square(114.05, 22.54, 0.001), "name", "Later", "use", "office", "height", 100))
			}
			want := []string{c.tower(), c.code("k:part"), c.code("k:new")}
			slices.Sort(seen)
			slices.Sort(want)
			if !slices.Equal(seen, want) || pages != 3 {
				t.Errorf("%d pages gave %v, want each of %v once in 3 pages", pages, seen, want)
			}
		})
	}
}

func TestItem(t *testing.T) {
	c := newCity(t)
	path := "/collections/building/items/" + c.tower()
	r := c.get(path)
	want := `{"type":"Feature","id":"` + c.tower() + `","geometry":{"type":"Polygon","coordinates":[[[114.051,22.541],[114.0522,22.541],[114.0522,22.5422],[114.051,22.5422],[114.051,22.541]]]},` +
		`"properties":{"code":"` + c.tower() + `","class":"natural","valid_from":"2019-07-01T00:00:00Z","valid_to":null,"floors_above":12,"height":46.2,"name":"市民中心大厦","use":"office","year_built":2004},"revision":6,"links":[`
	if !strings.HasPrefix(string(r.body), want) {
		t.Errorf("got  %s\nwant %s…", r.body, want)
	}
	if got := r.Header.Get("Content-Type"); got != "application/geo+json" {
		t.Errorf("Content-Type %s", got)
	}
	if got := r.Header.Get("City-Revision"); got != "6" {
		t.Errorf("City-Revision %s, want 6", got)
	}
	c.want(c.ok(path+"?datetime=2010-01-01"), 44.5, "properties", "height")
	c.want(c.ok(path+"?known-at=2"), 46.5, "properties", "height")
	c.want(c.ok(path+"?known-at=1"), 44.5, "properties", "height")
	c.want(c.ok(path+"?crs=http://www.opengis.net/def/crs/EPSG/0/4326"), 22.541, "geometry", "coordinates", 0, 0, 0)
	if x := dig(c.ok(path+"?crs=http://www.opengis.net/def/crs/EPSG/0/3857"), "geometry", "coordinates", 0, 0, 0).(float64); x < 1.26e7 || x > 1.28e7 {
		t.Errorf("x in EPSG:3857 is %v", x)
	}
}

func TestKnownAtInstantAndWait(t *testing.T) {
	c := newCity(t)
	path := "/collections/building/items/" + c.tower()
	// Revisions are a second apart from an hour before now on.
	doc := c.get(path + "?known-at=2026-03-01T03:00:02.5Z")
	if got := doc.Header.Get("City-Revision"); got != "2" {
		t.Errorf("revision at that instant is %s, want 2", got)
	}
	if r := c.get(path + "?known-at=99"); r.StatusCode != http.StatusNotFound || r.json(t)["head"] != 6.0 {
		t.Errorf("revision 99: %s %s", r.Status, r.body)
	}
	done := make(chan *reply)
	go func() { done <- c.get(path + "?known-at=7") }()
	c.apply(say(2, "natural", "k:seventh", "2005-01-01", nil, "name", "Seventh"))
	if r := <-done; r.Header.Get("City-Revision") != "7" {
		t.Errorf("waiting for revision 7: %s %s", r.Status, r.body)
	}
}
