package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/chengma/chengma/entities"
)

const (
	defaultVersions = 100
	mostVersions    = 1000
)

type versionDocument struct {
	Class      string                 `json:"class"`
	Valid      *validTime             `json:"valid"`
	Recorded   *span                  `json:"recorded"`
	Current    bool                   `json:"current"`
	Cause      string                 `json:"cause"`
	Origin     *wireOrigin            `json:"origin"`
	Origins    map[string]*wireOrigin `json:"origins"`
	Title      string                 `json:"title"`
	Properties json.RawMessage        `json:"properties"`
	Changed    []string               `json:"changed"`
	Geometry   json.RawMessage        `json:"geometry,omitempty"`
}

type historyDocument struct {
	Code       string            `json:"code"`
	Display    string            `json:"display"`
	Kind       string            `json:"kind"`
	State      string            `json:"state"`
	Reason     *string           `json:"reason"`
	Successors []string          `json:"successors"`
	Versions   []versionDocument `json:"versions"`
	Labels     map[string]label  `json:"labels"`
	Aliases    []wireAlias       `json:"aliases,omitempty"`
	Links      []linkDocument    `json:"links,omitempty"`
	// LinksComplete is told where links are.
	LinksComplete *bool             `json:"linksComplete,omitempty"`
	Revision      entities.Revision `json:"revision"`
	Resources     []link            `json:"resources"`
}

// history answers the versions of a thing on both axes of time.
func history(q *request) error {
	limit, err := q.number("limit", defaultVersions, 1, mostVersions)
	if err != nil {
		return err
	}
	superseded, err := q.boolean("superseded", true)
	if err != nil {
		return err
	}
	geometry, err := q.boolean("geometry", true)
	if err != nil {
		return err
	}
	p, err := q.pageOfThing()
	if err != nil {
		return err
	}
	status, err := p.view.reader.Status(q.r.Context(), p.code)
	if err != nil {
		return fmt.Errorf("status of %s: %w", p.code, err)
	}
	kind := q.s.byKind[p.code.Kind()]
	doc := &historyDocument{Code: p.code.String(), Display: p.code.Display(), Kind: kind.Name, State: status.State.String(), Reason: orNull(status.Reason), Successors: []string{}, Versions: []versionDocument{}, Revision: p.view.rev}
	if found, err := q.successors(p.view, status); err != nil {
		return err
	} else if found != nil {
		doc.Successors = found
	}
	versions, err := q.versionsOf(p.view, p.code, superseded)
	if err != nil {
		return err
	}
	page, next := p.cut(len(versions), limit)
	for i := page.from; i < page.to; i++ {
		d, err := q.versionDocument(versions, i, geometry)
		if err != nil {
			return err
		}
		doc.Versions = append(doc.Versions, d)
	}
	doc.Labels = q.s.labels(versions, false)
	if page.from == 0 {
		if err := q.historyOfRelations(p, doc, superseded); err != nil {
			return err
		}
	}
	doc.Resources = p.resources(q, next)
	return q.sendJSON(doc, typeJSON, caching{}, p.view.now) // links are titled as of now
}

// versionsOf reads the versions that the caller may see.
func (q *request) versionsOf(v *view, code entities.Code, superseded bool) ([]*Visible, error) {
	var versions []*Visible
	ask := entities.HistoryQuery{Codes: []entities.Code{code}, Trail: entities.Trail{Superseded: superseded}}
	for e, err := range v.reader.History(q.r.Context(), ask) {
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", code, err)
		}
		seen, ok, err := q.access.See(e)
		if err != nil {
			return nil, err
		}
		if ok {
			versions = append(versions, &seen)
		}
	}
	return versions, nil
}

func (q *request) versionDocument(versions []*Visible, i int, geometry bool) (versionDocument, error) {
	v := versions[i]
	d := versionDocument{
		Class: v.Class, Valid: validOf(v.Valid), Current: v.Recorded.To == entities.Open, Cause: v.Cause.String(),
		Origin: originOf(v.Origin), Origins: map[string]*wireOrigin{}, Title: q.s.name(v),
		Properties: v.Attrs.AppendJSON(nil), Changed: changed(before(versions, i), v),
	}
	var err error
	if d.Recorded, err = q.span(v.Recorded); err != nil {
		return d, err
	}
	for _, o := range v.Origins {
		d.Origins[o.Name] = originOf(o.Origin)
	}
	if geometry {
		d.Geometry, err = appendGeometry(nil, v.Geometry, nil)
	}
	return d, err
}

// before finds what a version is to be compared with: for a current one the
// current one just before it in valid time, for a superseded one the current one
// that holds where it began. Nil where there is none.
func before(versions []*Visible, i int) *Visible {
	v := versions[i]
	current := v.Recorded.To == entities.Open
	var last *Visible
	for _, o := range versions {
		if o == v || o.Recorded.To != entities.Open {
			continue
		}
		if current && o.Valid.To <= v.Valid.From || !current && o.Valid.Contains(v.Valid.From) {
			last = o
		}
	}
	return last
}

// changed names what two versions say differently.
func changed(from, to *Visible) []string {
	names := []string{}
	if from == nil {
		return names
	}
	if from.Class != to.Class {
		names = append(names, entities.ClassAttr)
	}
	for _, a := range from.Attrs {
		if to.Attrs.Get(a.Name) != a.Value {
			names = append(names, a.Name)
		}
	}
	for _, a := range to.Attrs {
		if from.Attrs.Get(a.Name).IsUnset() {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	if !from.Geometry.Equal(to.Geometry) {
		names = append(names, entities.GeometryAttr)
	}
	return names
}

// historyOfRelations adds aliases and links from the thing with their two times.
func (q *request) historyOfRelations(p *thingPage, doc *historyDocument, superseded bool) error {
	ctx, trail := q.r.Context(), entities.Trail{Superseded: superseded}
	for a, err := range p.view.reader.Aliases(ctx, entities.AliasQuery{Codes: []entities.Code{p.code}, Trail: trail}) {
		if err != nil {
			return fmt.Errorf("aliases of %s: %w", p.code, err)
		}
		d := q.s.aliasDocument(a)
		if d.Recorded, err = q.span(a.Recorded); err != nil {
			return err
		}
		doc.Aliases = append(doc.Aliases, d)
	}
	complete := true
	doc.LinksComplete = &complete
	describer := q.describer(p.view, p.view.now)
	for l, err := range describer.linksOf(ctx, p.code, entities.LinkQuery{Trail: trail}, directionOut) {
		if err != nil {
			return err
		}
		if len(doc.Links) == mostLinks {
			complete = false
			return nil
		}
		d, err := describer.link(ctx, l)
		if err != nil {
			return err
		}
		if d.Recorded, err = q.span(l.Recorded); err != nil {
			return err
		}
		doc.Links = append(doc.Links, d)
	}
	return nil
}

// thingPage is one page of a list that belongs to a thing.
type thingPage struct {
	view  *view
	code  entities.Code
	start int // from the cursor
	bound string
	name  string
}

// pageOfThing reads reference, times and cursor of such a list. Its cursor counts
// rows, which is stable because the revision is pinned.
func (q *request) pageOfThing() (*thingPage, error) {
	p := &thingPage{name: q.path("ref")}
	values := url.Values{}
	for name, v := range q.query {
		if name != "cursor" && name != "limit" && name != "f" && name != "lang" {
			values[name] = v
		}
	}
	p.bound = q.r.URL.Path + "?" + values.Encode() + "#" + q.access.mask
	var err error
	if text := q.param("cursor"); text != "" {
		c, err := parseCursor(text, p.bound)
		if err != nil {
			return nil, err
		}
		if p.view, err = q.viewAt("", fmt.Sprint(int64(c.rev))); err != nil {
			return nil, err
		}
		p.view.moment = moment{span: c.span, instant: c.single, given: true}
		p.start = int(min(c.after.Code, 1<<31)) // the place of the next row
	} else if p.view, err = q.viewOnce(); err != nil {
		return nil, err
	}
	p.code, err = q.reference(p.view, p.name)
	return p, err
}

type cutOut struct{ from, to int }

// cut returns the rows of the page and the cursor of the next one.
func (p *thingPage) cut(rows, limit int) (cutOut, string) {
	from := min(p.start, rows)
	to := min(from+limit, rows)
	if to == rows {
		return cutOut{from, to}, ""
	}
	return cutOut{from, to}, p.cursorAt(to)
}

func (p *thingPage) cursorAt(row int) string {
	c := cursor{rev: p.view.rev, span: p.view.moment.span, single: p.view.moment.instant, matched: -1, estimate: -1, after: entities.Position{Code: entities.Code(row)}}
	return c.encode(p.bound)
}

func (p *thingPage) resources(q *request, next string) []link {
	resources := []link{
		{Rel: "self", Type: typeJSON, Href: q.self()},
		{Rel: "about", Type: typeJSON, Href: q.address("/entities/" + p.code.String())},
	}
	if next != "" {
		resources = append(resources, link{Rel: "next", Type: typeJSON, Href: q.with("cursor", next)})
	}
	return resources
}
