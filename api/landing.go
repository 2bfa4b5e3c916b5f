package api

import (
	"bytes"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/chengma/chengma/entities"
)

// landing shows the viewer to a browser and the OGC landing page to programs
// (OGC API – Features Part 1, 7.2). Its further query parameters are the state of
// the viewer.
func landing(q *request) error {
	form, err := choose(q.param("f"), q.r.Header.Get("Accept"), offer{"json", typeJSON}, offer{"html", typeHTML})
	if err != nil {
		return err
	}
	if form.f == "html" {
		if q.s.cfg.Viewer != nil {
			return q.sendAsset("index.html")
		}
		return q.page(landingPage, q.landingDocument())
	}
	if err := q.checkQuery(nil); err != nil {
		return err
	}
	return q.sendJSON(q.landingDocument(), typeJSON, caching{}, q.now())
}

func (q *request) now() entities.Instant { return entities.InstantOf(q.s.cfg.Now()) }

type landingDocument struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Attribution string `json:"attribution,omitempty"`
	Links       []link `json:"links"`
}

func (q *request) landingDocument() landingDocument {
	zh := q.language() == "zh"
	say := func(english, chinese string) string {
		if zh {
			return chinese
		}
		return english
	}
	return landingDocument{
		Title:       q.s.cfg.City.Name.In(q.language()),
		Description: say("The registers of the city: one code for each thing, in space and in two times.", "城市的登记数据：一物一码，空间定位，双时态。"),
		Attribution: q.s.cfg.City.Attribution,
		Links: []link{
			{Rel: "self", Type: typeJSON, Href: q.address("/?f=json"), Title: say("This document", "本文档")},
			{Rel: "alternate", Type: "text/html", Href: q.address("/?f=html"), Title: say("The city for people", "供人浏览的页面")},
			{Rel: "service-desc", Type: typeOpenAPI3, Href: q.address("/api?f=oas30"), Title: "OpenAPI 3.0"},
			{Rel: "service-desc", Type: typeOpenAPI, Href: q.address("/api?f=oas31"), Title: "OpenAPI 3.1"},
			{Rel: "conformance", Type: typeJSON, Href: q.address("/conformance"), Title: say("Conformance classes", "符合的标准")},
			{Rel: "http://www.opengis.net/def/rel/ogc/1.0/conformance", Type: typeJSON, Href: q.address("/conformance")},
			{Rel: "data", Type: typeJSON, Href: q.address("/collections"), Title: say("The collections", "集合")},
			{Rel: "http://www.opengis.net/def/rel/ogc/1.0/data", Type: typeJSON, Href: q.address("/collections")},
			{Rel: "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", Type: typeJSON, Href: q.address("/tileMatrixSets"), Title: say("Tile matrix sets", "瓦片矩阵集")},
			{Rel: "search", Type: typeJSON, Href: q.address("/search?q={q}"), Title: say("Search", "搜索"), Template: true},
		},
	}
}

// sendAsset sends a file of the viewer. Files whose name has a digest in it (as
// Vite gives them, under assets/) never change.
func (q *request) sendAsset(name string) error {
	raw, err := fs.ReadFile(q.s.cfg.Viewer, name)
	if err != nil {
		return err
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	a := answer{mime: kind, body: raw, vary: "Accept, Accept-Encoding"}
	a.immutable = strings.HasPrefix(name, "assets/")
	return q.send(a, q.now())
}

// page writes an HTML page. Templates escape what is put in; a page that fails
// half-way is not sent.
func (q *request) page(t *template.Template, data any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, struct {
		Lang string
		City string
		Home string
		Data any
	}{q.language(), q.s.cfg.City.Name.In(q.language()), q.address("/"), data}); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'self'; script-src "+toViewerHash())
	h.Set("Content-Language", q.language())
	return q.send(answer{mime: typeHTML, body: b.Bytes()}, q.now())
}

const pageTop = `<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{block "title" .}}{{.City}}{{end}}</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}
th{font-weight:500;width:12rem}code{font-family:ui-monospace,monospace}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
</style></head><body>
`

var landingPage = template.Must(template.New("landing").Parse(pageTop + `<h1>{{.Data.Title}}</h1>
<p>{{.Data.Description}}</p>
<form action="{{.Home}}search"><input name="q" aria-label="search" required> <button>→</button></form>
<ul>{{range .Data.Links}}{{if .Title}}{{if not .Template}}<li><a href="{{.Href}}">{{.Title}}</a></li>{{end}}{{end}}{{end}}</ul>
<p>{{.Data.Attribution}}</p></body></html>`))

var problemTemplate = template.Must(template.New("problem").Parse(pageTop + `<h1>{{.Data.Title}}</h1>
<p><code>{{.Data.Type}}</code> · HTTP {{.Data.Status}}</p><p>{{.Data.About}}</p><p><a href="{{.Home}}">{{.City}}</a></p></body></html>`))

// problemPage explains a type of problem.
func problemPage(q *request) error {
	name := q.path("type")
	t, ok := problemTypes[name]
	if !ok {
		return refuse(probResource, "type", quote(name)+" is no type of problem.", "没有“"+clip(name)+"”这种问题。")
	}
	return q.page(problemTemplate, struct {
		Title, Type, About string
		Status             int
	}{t.title.In(q.language()), "/problems/" + name, t.about.In(q.language()), t.status})
}

// conformance lists the classes that are true of this server, and no others.
func conformance(q *request) error {
	return q.sendJSON(map[string]any{"conformsTo": conformsTo(q.s.cfg.Tiles != nil)}, typeJSON, caching{}, q.now())
}

func conformsTo(tiles bool) []string {
	const ogc = "http://www.opengis.net/spec/"
	classes := []string{
		ogc + "ogcapi-common-1/1.0/conf/core",
		ogc + "ogcapi-common-1/1.0/conf/landing-page",
		ogc + "ogcapi-common-1/1.0/conf/json",
		ogc + "ogcapi-common-1/1.0/conf/oas30",
		ogc + "ogcapi-common-2/1.0/conf/collections",
		ogc + "ogcapi-features-1/1.0/conf/core",
		ogc + "ogcapi-features-1/1.0/conf/oas30",
		ogc + "ogcapi-features-1/1.0/conf/geojson",
		ogc + "ogcapi-features-2/1.0/conf/crs",
		ogc + "ogcapi-features-3/1.0/conf/queryables",
		ogc + "ogcapi-features-3/1.0/conf/queryables-query-parameters",
		ogc + "ogcapi-features-3/1.0/conf/filter",
		ogc + "ogcapi-features-3/1.0/conf/features-filter",
		ogc + "ogcapi-features-5/1.0/conf/schemas",
		ogc + "ogcapi-features-5/1.0/conf/core-roles-features",
	}
	for _, class := range []string{
		"cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
		"accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
		"temporal-functions", "array-functions", "property-property", "arithmetic",
	} {
		classes = append(classes, ogc+"cql2/1.0/conf/"+class)
	}
	if tiles {
		for _, class := range []string{"core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"} {
			classes = append(classes, ogc+"ogcapi-tiles-1/1.0/conf/"+class)
		}
	}
	return classes
}

// redirect sends the caller elsewhere for now.
func (q *request) redirect(address string) error {
	q.w.Header().Set("Cache-Control", "no-cache")
	http.Redirect(q.w, q.r, address, http.StatusSeeOther)
	return nil
}
