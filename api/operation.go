package api

import (
	"slices"
	"strconv"
	"strings"
)

// operation is one row of the table from which both the router and the OpenAPI
// document are made, so that neither can say what the other does not.
type operation struct {
	id      string
	method  string
	path    string // as in OpenAPI and in the router alike
	tag     string
	summary string
	params  []param
	forms   []string // media types of the answer
	body    string   // name of the schema of the request body; empty: none
	keyed   bool     // also under /k/{key}
	free    bool     // takes queryables as further query parameters
	// problems that it may answer with beside those that every resource may.
	problems []string
	handle   func(*request) error
}

// param is a parameter of an operation.
type param struct {
	name, in, about string
	schema          map[string]any
}

// param finds a query parameter; nil where the operation does not take it.
func (o *operation) param(name string) *param {
	for i := range o.params {
		if o.params[i].in == "query" && o.params[i].name == name {
			return &o.params[i]
		}
	}
	return nil
}

func (o *operation) takes(name string) bool { return o.param(name) != nil }

// check refuses a parameter that is given twice, of which one would be lost, and
// a form that the resource does not have.
func (p *param) check(values []string) error {
	if len(values) > 1 {
		return refuse(probValue, p.name, "The parameter "+p.name+" is given "+strconv.Itoa(len(values))+" times; once is what it takes.", "参数 "+p.name+" 给出了 "+strconv.Itoa(len(values))+" 次；只能给出一次。")
	}
	forms, _ := p.schema["enum"].([]string)
	if p.name != "f" || values[0] == "" || slices.Contains(forms, values[0]) {
		return nil
	}
	return noSuchForm(values[0], forms)
}

func noSuchForm(f string, forms []string) *Problem {
	p := refuse(probValue, "f", quote(f)+" is none of "+strings.Join(forms, ", ")+".", "“"+clip(f)+"”不在 "+strings.Join(forms, "、")+" 之中。")
	p.Suggestions = forms
	return p
}

func (o *operation) queryNames() []string {
	var names []string
	for _, p := range o.params {
		if p.in == "query" {
			names = append(names, p.name)
		}
	}
	return names
}

// pathParams are the names in braces.
func pathParams(path string) []string {
	var names []string
	for _, part := range strings.Split(path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		names = append(names, name)
	}
	return names
}

func text(values ...string) map[string]any {
	s := map[string]any{"type": "string"}
	if len(values) > 0 {
		s["enum"] = values
	}
	return s
}

func whole(low, high, fallback int) map[string]any {
	s := map[string]any{"type": "integer", "minimum": low}
	if high > 0 {
		s["maximum"] = high
	}
	if fallback > 0 {
		s["default"] = fallback
	}
	return s
}

func query(name, about string, schema map[string]any) param {
	return param{name, "query", about, schema}
}

// Parameters that several resources share.
var (
	paramDatetime = query("datetime", "Valid time: an RFC 3339 instant, a date (that day in the city's time zone), or an interval a/b with .. for an open end. Default: now.", text())
	paramKnownAt  = query("known-at", "Recorded time: a revision number or an RFC 3339 instant. Default: the newest revision.", text())
	paramLang     = query("lang", "Language of titles and messages. Default: Accept-Language.", text("zh", "en"))
	paramCursor   = query("cursor", "Where the page before ended; from its next link.", text())
)

func paramF(forms ...string) param {
	return query("f", "Form of the answer. Default: Accept.", text(forms...))
}

func pathParam(name, about string, schema map[string]any) param {
	return param{name, "path", about, schema}
}

var pathDescriptions = map[string]param{
	"collectionId":    pathParam("collectionId", "A kind, such as building.", text()),
	"featureId":       pathParam("featureId", "A city code.", text()),
	"ref":             pathParam("ref", "A city code, or scheme:value.", text()),
	"code":            pathParam("code", "A city code.", text()),
	"tileMatrixSetId": pathParam("tileMatrixSetId", "WebMercatorQuad.", text(tileMatrixSet)),
	"tileMatrix":      pathParam("tileMatrix", "Zoom.", whole(0, maxZoom, 0)),
	"tileRow":         pathParam("tileRow", "Row from the north.", whole(0, 0, 0)),
	"tileCol":         pathParam("tileCol", "Column from the west.", whole(0, 0, 0)),
	"layer":           pathParam("layer", "A layer of /layers.json.", text()),
	"z":               pathParam("z", "Zoom.", whole(0, maxZoom, 0)),
	"x":               pathParam("x", "Column from the west.", whole(0, 0, 0)),
	"y":               pathParam("y", "Row from the north.", whole(0, 0, 0)),
	"datetime":        pathParam("datetime", "An instant, a date, or now.", text()),
	"revision":        pathParam("revision", "A revision number, or head.", text()),
	"style":           pathParam("style", "A style of /layers.json.", text()),
	"type":            pathParam("type", "The last part of a problem's type.", text()),
	"key":             pathParam("key", "A key.", text()),
}

// describe gives an operation the parameters of its path.
func (o *operation) describe() *operation {
	var params []param
	for _, name := range pathParams(o.path) {
		p := pathDescriptions[name]
		params = append(params, p)
	}
	o.params = append(params, o.params...)
	return o
}

// underKey is the operation with its key in the path.
func (o *operation) underKey() *operation {
	k := *o
	k.id += "WithKey"
	k.path = "/k/{key}" + o.path
	k.params = append([]param{pathDescriptions["key"]}, slices.Clone(o.params)...)
	return &k
}
