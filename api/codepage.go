package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// toViewer leads a browser that runs scripts on to the viewer. It is the only
// script of the pages, allowed by its hash.
const toViewer = `const v=document.getElementById("viewer");if(v)location.replace(v.href)`

func toViewerHash() string {
	sum := sha256.Sum256([]byte(toViewer))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// pageRow is one line of the page of a thing.
type pageRow struct {
	Title, Value, Href string
}

type codePageData struct {
	Title, Display, Kind, State, Viewer, JSON string
	Official                                  string
	Properties, Links, Times                  []pageRow
	Headings                                  struct{ Links, History string }
	History                                   string
}

func codePageOf(q *request, doc *entityDocument) codePageData {
	lang := q.language()
	say := func(t schemas.Text) string { return t.In(lang) }
	data := codePageData{
		Title: doc.Title, Display: doc.Display, Kind: say(doc.KindTitle), State: doc.State,
		JSON: q.address("/entities/" + doc.Code), History: q.address("/entities/" + doc.Code + "/history"),
	}
	data.Headings.Links = say(schemas.Text{Zh: "关联", En: "Linked to"})
	data.Headings.History = say(schemas.Text{Zh: "历史", En: "History"})
	if q.s.cfg.Viewer != nil {
		data.Viewer = viewerAddress(q, doc.Code)
	}
	if doc.ClassTitle != nil {
		data.Kind += " · " + say(*doc.ClassTitle)
	}
	if doc.Official != nil {
		data.Official = say(doc.Official.Title) + " " + doc.Official.Value
	}
	data.Properties = propertyRows(doc, say)
	for _, l := range doc.Links {
		data.Links = append(data.Links, pageRow{Title: say(l.Title), Value: l.Thing, Href: q.address("/c/" + l.Code)})
	}
	if doc.Valid != nil {
		data.Times = []pageRow{{Title: say(schemas.Text{Zh: "有效时间", En: "Valid"}), Value: fmt.Sprintf("%s / %s", entities.Instant(doc.Valid.From), entities.Instant(doc.Valid.To))}}
	}
	return data
}

func propertyRows(doc *entityDocument, say func(schemas.Text) string) []pageRow {
	var values map[string]any
	if json.Unmarshal(doc.Properties, &values) != nil {
		return nil
	}
	var rows []pageRow
	for name, value := range values {
		r := pageRow{Title: name, Value: fmt.Sprint(value)}
		if l, ok := doc.Labels[name]; ok {
			r.Title = say(l.Title)
			switch {
			case l.Value != nil:
				r.Value = say(*l.Value)
			case l.Unit != nil:
				r.Value += " " + *l.Unit
			}
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b pageRow) int { return strings.Compare(a.Title, b.Title) })
	return rows
}

var codePage = template.Must(template.New("code").Parse(pageTop + `<h1>{{.Data.Title}}</h1>
<p><code>{{.Data.Display}}</code> · {{.Data.Kind}} · {{.Data.State}}{{if .Data.Official}} · {{.Data.Official}}{{end}}</p>
{{if .Data.Viewer}}<p><a id="viewer" href="{{.Data.Viewer}}">{{.City}}</a></p>{{end}}
<table>{{range .Data.Properties}}<tr><th>{{.Title}}</th><td>{{.Value}}</td></tr>{{end}}
{{range .Data.Times}}<tr><th>{{.Title}}</th><td>{{.Value}}</td></tr>{{end}}</table>
{{if .Data.Links}}<h2>{{.Data.Headings.Links}}</h2><table>{{range .Data.Links}}<tr><th>{{.Title}}</th><td><a href="{{.Href}}">{{.Value}}</a></td></tr>{{end}}</table>{{end}}
<p><a href="{{.Data.JSON}}">JSON</a> · <a href="{{.Data.History}}">{{.Data.Headings.History}}</a></p>
{{if .Data.Viewer}}<script>` + toViewer + `</script>{{end}}</body></html>`))
