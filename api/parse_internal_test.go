package api

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// refused reports whether an error is a problem that says what would be right.
func refused(t *testing.T, err error, want string) {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) || p.Type != want || p.Detail.En == "" || p.Detail.Zh == "" {
		t.Fatalf("error %v, want a problem of type %s", err, want)
	}
}

func TestParseDatetime(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	at := func(text string) entities.Instant {
		v, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return entities.InstantOf(v)
	}
	for _, test := range []struct {
		name, text string
		from, to   entities.Instant
		instant    bool
	}{
		{"instant", "2026-01-01T08:00:00+08:00", at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00.000001Z"), true},
		{"with an unescaped plus", "2026-01-01T08:00:00 08:00", at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00.000001Z"), true},
		{"lower case", "2026-01-01t00:00:00z", at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00.000001Z"), true},
		{"date", "2026-01-01", at("2025-12-31T16:00:00Z"), at("2026-01-01T16:00:00Z"), false},
		{"closed interval", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00.000001Z"), false},
		{"dates", "2026-01-01/2026-01-02", at("2025-12-31T16:00:00Z"), at("2026-01-02T16:00:00Z"), false},
		{"open end", "2026-01-01/..", at("2025-12-31T16:00:00Z"), entities.Forever, false},
		{"empty end", "2026-01-01/", at("2025-12-31T16:00:00Z"), entities.Forever, false},
		{"open beginning", "../2026-01-01", entities.Beginning, at("2026-01-01T16:00:00Z"), false},
		{"all", "../..", entities.Beginning, entities.Forever, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := parseDatetime(test.text, 0, zone)
			if err != nil || m.span.From != test.from || m.span.To != test.to || m.instant != test.instant || !m.given {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
	for _, text := range []string{"..", "yesterday", "2026-13-01", "2026-01-02/2026-01-01", "2026-01-01/2026-01-02/2026-01-03", "2026-01-01T24:00:01Z", "1", "2026-01-01T00:00:00"} {
		_, err := parseDatetime(text, 0, zone)
		refused(t, err, probDatetime)
	}
}

func TestParseBBox(t *testing.T) {
	lookup := func(name string) *geodesy.CRS {
		c, err := geodesy.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, test := range []struct {
		name, text, crs string
		want            entities.Box
	}{
		{"four", "114, 22.5,115,23", "CRS84", entities.Box{West: 114, South: 22.5, East: 115, North: 23}},
		{"six", "114,22.5,-10,115,23,10", "CRS84", entities.Box{West: 114, South: 22.5, East: 115, North: 23}},
		{"latitude first", "22.5,114,23,115", "EPSG:4490", entities.Box{West: 114, South: 22.5, East: 115, North: 23}},
		{"antimeridian", "170,-10,-170,10", "CRS84", entities.Box{West: 170, South: -10, East: -170, North: 10}},
		{"beyond 180", "170,-10,190,10", "CRS84", entities.Box{West: 170, South: -10, East: -170, North: 10}},
		{"more than the world", "-200,-90,200,90", "CRS84", entities.World},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := parseBBox(test.text, lookup(test.crs))
			if err != nil || e.box != test.want {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	e, err := parseBBox("12690421,2575000,12691421,2576000", lookup("EPSG:3857"))
	if err != nil || math.Abs(e.box.West-114.0) > 0.1 || math.Abs(e.box.North-22.53) > 0.1 || e.shape == nil {
		t.Errorf("Mercator: %+v, %v", e, err)
	}
	for _, text := range []string{"", "1,2,3", "1,2,3,4,5", "a,2,3,4", "1,2,3,NaN", "1,2,3,Inf", "10,5,11,4", "0,-91,1,0", "0,0,5,1,1,4", "1000,0,1001,1"} {
		_, err := parseBBox(text, geodesy.CRS84())
		refused(t, err, probBBox)
	}
}

func TestCursorRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := cursor{
			rev: entities.Revision(rapid.Int64Range(0, 1<<60).Draw(r, "rev")), span: entities.During(entities.Instant(rapid.Int64Range(-1<<60, 1<<60).Draw(r, "at"))),
			single: rapid.Bool().Draw(r, "single"), matched: rapid.IntRange(-1, 1<<40).Draw(r, "matched"), estimate: -1,
			after: entities.Position{Code: entities.Code(rapid.Uint64Range(0, 1<<53).Draw(r, "code"))},
		}
		for range rapid.IntRange(0, 3).Draw(r, "keys") {
			c.after.Keys = append(c.after.Keys, rapid.SampledFrom([]entities.Value{
				entities.Unset, entities.Null, entities.Bool(true), entities.Int(1 << 60), entities.Float(1.5), entities.Float(1e300), entities.String("“a\"\u0000"), entities.String(""),
			}).Draw(r, "key"))
		}
		query := rapid.String().Draw(r, "query")
		text := c.encode(query)
		got, err := parseCursor(text, query)
		if err != nil || got.encode(query) != text || got.rev != c.rev || got.span != c.span || got.after.Code != c.after.Code || len(got.after.Keys) != len(c.after.Keys) {
			r.Fatalf("%+v came back as %+v, %v", c, got, err)
		}
		for i, key := range c.after.Keys {
			if got.after.Keys[i] != key {
				r.Fatalf("key %d: %v came back as %v", i, key, got.after.Keys[i])
			}
		}
		if _, err := parseCursor(text, query+"x"); err == nil {
			r.Fatal("it fits another query")
		}
		i := rapid.IntRange(0, len(text)-2).Draw(r, "damage")
		damaged := text[:i] + string("AB"[flag(text[i] == 'A')]) + text[i+1:]
		if _, err := parseCursor(damaged, query); err == nil && damaged != text {
			r.Fatal("it is taken although it is damaged")
		}
	})
}

func TestQuality(t *testing.T) {
	for _, test := range []struct {
		accept, mime string
		want         float64
	}{
		{"text/html,application/json;q=0.9,*/*;q=0.8", "application/json", 0.9},
		{"text/html,application/json;q=0.9,*/*;q=0.8", typeGeoJSON, 0.8},
		{"application/*;q=0.5, application/geo+json;q=0", typeGeoJSON, 0},
		{"application/*+json", typeGeoJSON, 1},
		{"image/png", typeGeoJSON, 0},
		{"*/*;q=2", typeGeoJSON, 0},
		{"TEXT/HTML", typeHTML, 1},
	} {
		if got := quality(test.accept, test.mime); got != test.want {
			t.Errorf("%s wants %s by %v, want %v", test.accept, test.mime, got, test.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, test := range []struct{ lang, header, want string }{
		{"", "", "en"},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", "zh"},
		{"", "de, en;q=0.7, zh;q=0.3", "en"},
		{"zh-Hant", "en", "zh"},
		{"de", "zh", "zh"},
	} {
		if got := language(test.lang, test.header); got != test.want {
			t.Errorf("lang %q, Accept-Language %q: %s, want %s", test.lang, test.header, got, test.want)
		}
	}
}

func FuzzDatetime(f *testing.F) {
	for _, s := range []string{"", "2026-01-01", "2026-01-01T00:00:00Z", "../..", "2026-01-01/..", "9999-12-31/..", "0000-01-01", "/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseDatetime(text, 1, time.UTC)
		if err != nil {
			refused(t, err, probDatetime)
			return
		}
		if m.span.Empty() || !m.span.Contains(m.at()) {
			t.Errorf("%q is %+v", text, m)
		}
	})
}

func FuzzBBox(f *testing.F) {
	for _, s := range []string{"1,2,3,4", "1,2,3,4,5,6", "170,-10,-170,10", "-540,0,540,1", "1e400,0,1,1"} {
		f.Add(s, "EPSG:4326")
		f.Add(s, "EPSG:4547")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		crs, err := parseCRS(name, "bbox-crs")
		if err != nil {
			refused(t, err, probCRS)
			return
		}
		e, err := parseBBox(text, crs)
		if err != nil {
			refused(t, err, probBBox)
			return
		}
		b := e.box
		if b.Empty() || math.Abs(b.West) > 180 || math.Abs(b.East) > 180 || b.South < -90 || b.North > 90 {
			t.Errorf("%q in %s is %+v", text, name, b)
		}
	})
}

func FuzzCRS(f *testing.F) {
	for _, s := range []string{"", "http://www.opengis.net/def/crs/EPSG/0/4490", "urn:ogc:def:crs:EPSG::4326", "gcj02", "EPSG:4979", "[EPSG:3857]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		c, err := parseCRS(name, "crs")
		if err != nil {
			refused(t, err, probCRS)
		} else if c.InputOnly() || c.HasHeight() || c.URI() == "" {
			t.Errorf("%q gives %s", name, c)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{rev: 1, span: entities.Always, after: entities.Position{Code: 7, Keys: []entities.Value{entities.String("x")}}}.encode("q"), "q")
	f.Add("AAAA", "")
	f.Fuzz(func(t *testing.T, text, query string) {
		c, err := parseCursor(text, query)
		if err != nil {
			refused(t, err, probCursor)
		} else if c.span.Empty() || c.rev < 0 {
			t.Errorf("%q is %+v", text, c)
		}
	})
}

func FuzzAccept(f *testing.F) {
	for _, s := range []string{"", "*/*", "text/html;q=0.5,,", ";q=", "a/b;q=NaN", "application/*+json;q=1e-3"} {
		f.Add("", s)
	}
	f.Fuzz(func(t *testing.T, form, accept string) {
		o, err := choose(form, accept, offer{"json", typeJSON}, offer{"html", typeHTML})
		if err == nil && o.f != "json" && o.f != "html" {
			t.Errorf("%q, %q chose %+v", form, accept, o)
		}
		if q := quality(accept, typeJSON); !(q >= 0 && q <= 1) {
			t.Errorf("quality %v", q)
		}
		if l := language(form, accept); l != "zh" && l != "en" {
			t.Errorf("language %q", l)
		}
		acceptsGzip(accept)
	})
}

func FuzzForwarded(f *testing.F) {
	f.Add(`for=192.0.2.60;proto=http;by=203.0.113.43;host="a.b:1"`, "https", "h:8", "/p")
	f.Add(`host="\"`, "", "[::1]:80", "//")
	f.Fuzz(func(t *testing.T, forwarded, proto, host, prefix string) {
		r := &http.Request{Host: "here", Header: http.Header{}}
		r.Header.Set("Forwarded", forwarded)
		r.Header.Set("X-Forwarded-Proto", proto)
		r.Header.Set("X-Forwarded-Host", host)
		r.Header.Set("X-Forwarded-Prefix", prefix)
		address := originOfRequest(r, true).String()
		u, err := url.Parse(address)
		if strings.ContainsAny(address, "\"<>'\r\n\\ ") || (err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "")) {
			t.Errorf("%q", address)
		}
	})
}
