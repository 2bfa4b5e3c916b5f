package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// entityDocument is everything about a thing at a moment.
type entityDocument struct {
	Code          string            `json:"code"`
	Display       string            `json:"display"`
	Kind          string            `json:"kind"`
	KindTitle     schemas.Text      `json:"kindTitle"`
	Class         *string           `json:"class"`
	ClassTitle    *schemas.Text     `json:"classTitle"`
	State         string            `json:"state"`
	Title         string            `json:"title"`
	Official      *official         `json:"official"`
	Aliases       []wireAlias       `json:"aliases"`
	Properties    json.RawMessage   `json:"properties"`
	Labels        map[string]label  `json:"labels"`
	Geometry      json.RawMessage   `json:"geometry"`
	BBox          json.RawMessage   `json:"bbox"`
	Point         *[2]float64       `json:"point"`
	Valid         *validTime        `json:"valid"`
	Holds         bool              `json:"holds"`
	Recorded      *span             `json:"recorded"`
	Cause         *string           `json:"cause"`
	Origin        *wireOrigin       `json:"origin"`
	Links         []linkDocument    `json:"links"`
	LinkCounts    map[string]int    `json:"linkCounts"`
	LinksComplete bool              `json:"linksComplete"`
	Residents     *Disclosed        `json:"residents"`
	Successors    []thing           `json:"successors"`
	SameAs        *string           `json:"sameAs"`
	Reason        *string           `json:"reason"`
	Revision      entities.Revision `json:"revision"`
	Datetime      instant           `json:"datetime"`
	Resources     []link            `json:"resources"`
}

// entity answers any code ever issued, or any alias.
func entity(q *request) error {
	limit, err := q.number("limit", defaultLinks, 1, mostLinks)
	if err != nil {
		return err
	}
	v, err := q.viewOnce()
	if err != nil {
		return err
	}
	code, err := q.reference(v, q.path("ref"))
	if err != nil {
		return err
	}
	d, err := q.entityOf(v, code, limit)
	if err != nil {
		return err
	}
	return q.sendJSON(d, typeJSON, v.caching(), v.now)
}

// reference finds the code that a reference means: a code, also with its city
// before it, or scheme:value.
func (q *request) reference(v *view, text string) (entities.Code, error) {
	if isCode(text) {
		code, err := q.s.parseCode(text)
		if err != nil {
			return 0, err
		}
		known, err := q.knows(v, code)
		if err == nil && !known {
			err = neverIssued(code)
		}
		return code, err
	}
	scheme, value, _ := strings.Cut(text, ":")
	if scheme == "" || value == "" {
		return 0, refuse(probMalformedAlias, "ref", quote(text)+" needs a scheme and a value, as in uscc:91440300….", "“"+clip(text)+"”应为“方案:值”，例如 uscc:91440300…。")
	}
	if q.s.sensitive(scheme) {
		return 0, refuse(probSensitiveAlias, "ref", "Aliases of the scheme "+scheme+" resolve only in the body of POST /entities/resolve.", "方案 "+scheme+" 的别名只能在 POST /entities/resolve 的正文中查询。")
	}
	found, err := q.resolveKeys(v, []entities.Key{{Scheme: scheme, Value: value}})
	if err != nil {
		return 0, err
	}
	if p := q.aliasProblem(v, found[0], text); p != nil {
		return 0, p
	}
	code := found[0].codes[0]
	q.w.Header().Set("Content-Location", q.address("/entities/"+code.String()))
	return code, nil
}

// resolved is what a key names for the caller.
type resolved struct {
	codes []entities.Code
	stale bool
}

// resolveKeys looks keys up and leaves out what the caller must not learn of.
func (q *request) resolveKeys(v *view, keys []entities.Key) ([]resolved, error) {
	results, err := v.reader.Resolve(q.r.Context(), keys, v.at())
	if err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	out := make([]resolved, len(keys))
	for i, r := range results {
		out[i].stale = r.Stale
		for _, m := range r.Matches {
			known, err := q.knows(v, m.Code)
			if err != nil {
				return nil, err
			}
			if known {
				out[i].codes = append(out[i].codes, m.Code)
			}
		}
		if len(out[i].codes) > 1 {
			if out[i].codes, err = q.withoutDuplicates(v, out[i].codes); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// withoutDuplicates puts the thing that a discovered duplicate stands for in its
// place: two codes of one thing are not ambiguous.
func (q *request) withoutDuplicates(v *view, codes []entities.Code) ([]entities.Code, error) {
	var out []entities.Code
	for _, code := range codes {
		status, err := v.reader.Status(q.r.Context(), code)
		if err != nil {
			return nil, fmt.Errorf("status of %s: %w", code, err)
		}
		if status.SameAs != 0 {
			known, err := q.knows(v, status.SameAs)
			if err != nil {
				return nil, err
			}
			if known {
				code = status.SameAs
			}
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out, nil
}

// aliasProblem says what is wrong with a look-up that did not find one thing.
func (q *request) aliasProblem(v *view, r resolved, text string) *Problem {
	switch len(r.codes) {
	case 1:
		return nil
	case 0:
		return refuse(probUnknownAlias, "ref", quote(text)+" names nothing here.", "没有事物使用别名“"+clip(text)+"”。")
	}
	p := refuse(probAmbiguousAlias, "ref", fmt.Sprintf("%s names %d things at this time; ask for the code of one, or for another time.", quote(text), len(r.codes)), fmt.Sprintf("别名“%s”此时指向 %d 个事物；请使用其中一个城码，或指定时间。", clip(text), len(r.codes)))
	d := q.describer(v, v.at())
	for _, code := range r.codes {
		t, err := d.thing(q.r.Context(), code)
		if err != nil || t == nil {
			t = &described{code: code}
		}
		p.Candidates = append(p.Candidates, q.s.document(t))
	}
	return p
}

func (q *request) entityOf(v *view, code entities.Code, limit int) (*entityDocument, error) {
	ctx := q.r.Context()
	status, err := v.reader.Status(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("status of %s: %w", code, err)
	}
	d := q.describer(v, v.at())
	t, err := d.thing(ctx, code)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, neverIssued(code)
	}
	kind := q.s.byKind[code.Kind()]
	doc := &entityDocument{
		Code: code.String(), Display: code.Display(), Kind: kind.Name, KindTitle: kind.Title, State: status.State.String(),
		Title: q.s.title(t), Official: t.official, Aliases: []wireAlias{}, Holds: t.holds, Reason: orNull(status.Reason),
		Properties: json.RawMessage("{}"), Labels: map[string]label{}, Successors: []thing{},
		Links: []linkDocument{}, LinkCounts: map[string]int{}, LinksComplete: true,
		Revision: v.rev, Datetime: instant(v.at()), Resources: q.resourcesOf(code, t.holds),
	}
	if err := q.describeVersion(v, doc, d, t); err != nil {
		return nil, err
	}
	return doc, q.describeRelations(v, doc, d, t, status, limit)
}

// describeVersion fills in what the version says.
func (q *request) describeVersion(v *view, doc *entityDocument, d *describer, t *described) error {
	ctx := q.r.Context()
	if t.version == nil {
		return nil
	}
	e := t.version
	var err error
	if doc.Geometry, err = appendGeometry(nil, e.Geometry, nil); err != nil {
		return err
	}
	if doc.Recorded, err = q.span(e.Recorded); err != nil {
		return err
	}
	cause := e.Cause.String()
	doc.Class, doc.ClassTitle = &e.Class, q.s.classTitle(e.Kind(), e.Class)
	doc.Properties, doc.Labels = e.Attrs.AppendJSON(nil), q.s.labels([]*Visible{e}, true)
	doc.Valid, doc.Cause, doc.Origin = validOf(e.Valid), &cause, originOf(e.Origin)
	place, err := d.place(ctx, t)
	if err != nil {
		return err
	}
	doc.BBox = appendBounds(nil, boundsOf(place))
	if lon, lat, ok := pointOf(place); ok {
		doc.Point = &[2]float64{lon, lat}
	}
	doc.Residents, err = q.residents(v, t)
	return err
}

// describeRelations fills in aliases, links and what came after.
func (q *request) describeRelations(v *view, doc *entityDocument, d *describer, t *described, status entities.Status, limit int) error {
	ctx := q.r.Context()
	at := t.moment(d.at)
	aliases, err := d.aliasesOf(ctx, []entities.Code{t.code}, at)
	if err != nil {
		return err
	}
	for _, a := range aliases[t.code] {
		doc.Aliases = append(doc.Aliases, q.s.aliasDocument(a))
	}
	table, err := d.table(ctx, t.code, at, limit)
	if err != nil {
		return err
	}
	doc.Links, doc.LinkCounts, doc.LinksComplete = table.links, table.counts, table.complete
	for _, code := range status.Successors {
		next, err := d.thing(ctx, code)
		if err != nil {
			return err
		}
		if next != nil {
			doc.Successors = append(doc.Successors, q.s.document(next))
		}
	}
	if status.SameAs != 0 {
		known, err := q.knows(v, status.SameAs)
		if err != nil {
			return err
		}
		if known {
			doc.SameAs = orNull(status.SameAs.String())
		}
	}
	return nil
}

func (q *request) resourcesOf(code entities.Code, holds bool) []link {
	at := q.address("/entities/" + code.String())
	resources := []link{
		{Rel: "self", Type: typeJSON, Href: at},
		{Rel: "version-history", Type: typeJSON, Href: at + "/history"},
		{Rel: "related", Type: typeJSON, Href: at + "/related"},
		{Rel: "alternate", Type: "text/html", Href: q.address("/c/" + code.String())},
	}
	if holds {
		resources = append(resources, link{Rel: "item", Type: typeGeoJSON, Href: q.address("/collections/" + code.Kind().String() + "/items/" + code.String())})
	}
	return resources
}

// span shows recorded time with the times of its revisions.
func (q *request) span(s entities.Span) (*span, error) {
	out := &span{From: s.From}
	from, err := q.s.head.timeOf(q.r.Context(), s.From)
	if err != nil {
		return nil, err
	}
	from = from.UTC()
	out.FromTime = &from
	if s.To == entities.Open {
		return out, nil
	}
	to, err := q.s.head.timeOf(q.r.Context(), s.To)
	if err != nil {
		return nil, err
	}
	to = to.UTC()
	out.To, out.ToTime = &s.To, &to
	return out, nil
}

// residents counts who lives in a whole building, under the rule of disclosure.
// The count is the same for every caller: it is a statistic, not a look at rows.
func (q *request) residents(v *view, t *described) (*Disclosed, error) {
	const role, inside = "lives-in", "in"
	if t.code.Kind() != entities.Building || t.version.Class != "natural" || !v.newest || !t.holds {
		return nil, nil
	}
	at := quarterOf(v.at(), q.s.cfg.Zone)
	ctx, when := q.r.Context(), entities.During(at)
	homes := []entities.Code{t.code}
	for l, err := range v.reader.Links(ctx, entities.LinkQuery{Codes: homes, Reverse: true, Roles: []string{inside}, Kinds: []entities.Kind{entities.Housing}, Valid: when}) {
		if err != nil {
			return nil, fmt.Errorf("housing in %s: %w", t.code, err)
		}
		homes = append(homes, l.From)
	}
	people := map[entities.Code]bool{}
	for l, err := range v.reader.Links(ctx, entities.LinkQuery{Codes: homes, Reverse: true, Roles: []string{role}, Kinds: []entities.Kind{entities.Person}, Valid: when}) {
		if err != nil {
			return nil, fmt.Errorf("residents of %s: %w", t.code, err)
		}
		people[l.From] = true
	}
	d := disclose(len(people), at)
	return &d, nil
}

// showCode is the page of a thing: the viewer where scripts run, else a page that
// can be read.
func showCode(q *request) error {
	code, err := q.code("code")
	if err != nil {
		return err
	}
	form, err := choose(q.param("f"), q.r.Header.Get("Accept"), offer{"html", typeHTML}, offer{"json", typeJSON})
	if err != nil {
		return err
	}
	v, err := q.viewOnce()
	if err != nil {
		return err
	}
	known, err := q.knows(v, code)
	if err != nil {
		return err
	}
	if !known {
		return neverIssued(code)
	}
	if form.f == "json" {
		return q.redirect(q.address("/entities/" + code.String()))
	}
	doc, err := q.entityOf(v, code, defaultLinks)
	if err != nil {
		return err
	}
	return q.page(codePage, codePageOf(q, doc))
}

func viewerAddress(q *request, code string) string {
	values := url.Values{"code": {code}}
	for _, name := range []string{"datetime", "known-at", "lang"} {
		if value := q.param(name); value != "" {
			values.Set(name, value)
		}
	}
	return q.address("/?" + values.Encode())
}
