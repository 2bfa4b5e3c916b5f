package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/cql2"
	"github.com/chengma/chengma/internal/geodesy"
)

// page is a request for features, read and checked.
type page struct {
	kind   entities.Kind
	view   *view
	query  entities.Query // what the store is asked
	filter *filter        // what masked versions are asked
	extent *extent
	form   featureForm
	limit  int
	offset int
	bound  string // what a cursor is bound to
	resume bool   // it goes on from a cursor
	// matched and estimate are how many things the query has; −1 for not known.
	matched, estimate int
}

// items answers one page of features (OGC API – Features Part 1, 7.15).
func items(q *request) error {
	p, err := q.readPage()
	if err != nil {
		return err
	}
	if _, err := choose(q.param("f"), q.r.Header.Get("Accept"), offer{"geojson", typeGeoJSON}, offer{"json", typeJSON}); err != nil {
		return err
	}
	out := &stream{q: q, a: answer{mime: typeGeoJSON, caching: p.view.caching()}, now: p.view.now}
	if err := q.writePage(p, out); err != nil {
		return out.fail(err)
	}
	return nil
}

func (q *request) readPage() (*page, error) {
	p := &page{matched: -1, estimate: -1}
	var err error
	if p.kind, err = q.kindOf(q.path("collectionId"), "collectionId"); err != nil {
		return nil, err
	}
	if err := q.checkQuery(func(name string) bool { return q.isQueryable(p.kind, name) }); err != nil {
		return nil, err
	}
	if p.limit, err = q.number("limit", q.s.cfg.DefaultLimit, 1, q.s.cfg.MaxLimit); err != nil {
		return nil, err
	}
	if p.offset, err = q.number("offset", 0, 0, mostOffset); err != nil {
		return nil, err
	}
	for _, read := range []func(*page) error{q.readSpace, q.readFilter, q.readForm, q.readOrder, q.readTime} {
		if err := read(p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// mostOffset bounds what offset costs; cursors have no such bound.
const mostOffset = 1_000_000

func (q *request) isQueryable(kind entities.Kind, name string) bool {
	switch name {
	case entities.CodeProperty, entities.ClassAttr:
		return true
	}
	f, ok := q.s.byKind[kind].Field(name)
	if !ok || !q.access.Shows(kind, name) {
		return false
	}
	t, ok := typeOf(f.Type, f.Format)
	return ok && t.Kind != cql2.KindArray
}

func (q *request) readSpace(p *page) error {
	var err error
	if p.form.crs, err = parseCRS(q.param("crs"), "crs"); err != nil {
		return err
	}
	in, err := parseCRS(q.param("bbox-crs"), "bbox-crs")
	if err != nil {
		return err
	}
	if text := q.param("bbox"); text != "" {
		if p.extent, err = parseBBox(text, in); err != nil {
			return err
		}
		p.query.Box, p.query.Intersects = &p.extent.box, p.extent.shape
	}
	return nil
}

// readFilter joins filter and name=value conditions.
func (q *request) readFilter(p *page) error {
	e, err := parseFilter(q.param("filter"), q.param("filter-lang"), q.param("filter-crs"))
	if err != nil {
		return err
	}
	var conditions []cql2.Expr
	if e != nil {
		conditions = append(conditions, e)
	}
	properties := queryables(q.s.byKind[p.kind], func(name string) bool { return q.access.Shows(p.kind, name) })
	for _, name := range sortedKeys(q.query) {
		if q.op.takes(name) {
			continue
		}
		for _, value := range q.query[name] {
			condition, err := q.equals(p, name, value, properties.Properties[name])
			if err != nil {
				return err
			}
			if condition != nil {
				conditions = append(conditions, condition)
			}
		}
	}
	if p.filter, err = newFilter(conditions, properties); err != nil {
		return filterProblem(err, "filter")
	}
	if p.filter != nil && p.query.Box == nil {
		if west, south, east, north, ok := cql2.Bounds(p.filter.expr, entities.GeometryAttr); ok {
			p.query.Box = &entities.Box{West: max(west, -180), South: max(south, -90), East: min(east, 180), North: min(north, 90)}
		}
	}
	return nil
}

// equals is the condition name=value; class and code narrow the query instead.
func (q *request) equals(p *page, name, value string, t cql2.Type) (cql2.Expr, error) {
	switch name {
	case entities.ClassAttr:
		p.query.Classes = append(p.query.Classes, value)
		return nil, nil
	case entities.CodeProperty:
		code, err := entities.ParseCode(value)
		if err != nil {
			return nil, err
		}
		p.query.Codes = append(p.query.Codes, code)
		return nil, nil
	}
	literal, ok := literalOf(value, t.Kind)
	if !ok {
		return nil, refuse(probValue, name, quote(value)+" is no "+t.String()+", which this property is.", "“"+clip(value)+"”不是此属性的类型（"+t.String()+"）。")
	}
	return &cql2.Compare{Op: cql2.Equal, Left: &cql2.Property{Name: name}, Right: &cql2.Literal{Value: literal}}, nil
}

func literalOf(value string, kind cql2.Kind) (cql2.Value, bool) {
	switch kind {
	case cql2.KindFloat:
		if i, err := strconv.ParseInt(value, 10, 64); err == nil {
			return cql2.Int(i), true
		}
		f, err := strconv.ParseFloat(value, 64)
		return cql2.Float(f), err == nil && f-f == 0
	case cql2.KindBool:
		return cql2.Bool(value == "true"), value == "true" || value == "false"
	case cql2.KindDate, cql2.KindTimestamp:
		v := textValue(value, kind)
		return v, !v.IsNull()
	}
	return cql2.String(value), true
}

func (q *request) readForm(p *page) (err error) {
	p.form.properties, err = propertiesWanted(q.param("properties"), func(name string) bool { return q.access.Shows(p.kind, name) })
	return err
}

// readOrder reads sortby. Only fields that the caller sees of every thing can
// order: the order of hidden values would tell them.
func (q *request) readOrder(p *page) error {
	for _, item := range splitList(q.param("sortby")) {
		o := entities.Order{Name: strings.TrimLeft(item, "+ ")}
		if strings.HasPrefix(item, "-") {
			o = entities.Order{Name: item[1:], Descending: true}
		}
		if o.Name == entities.CodeProperty && !o.Descending {
			continue // every order ends with the code
		}
		if !q.access.kinds[p.kind].always[o.Name] {
			pr := refuse(probProperty, "sortby", quote(o.Name)+" is no property that features can be ordered by.", "不能按“"+clip(o.Name)+"”排序。")
			pr.Suggestions = near(o.Name, sortedNames(q.access.kinds[p.kind].always))
			return pr
		}
		if !slices.ContainsFunc(p.query.Order, func(x entities.Order) bool { return x.Name == o.Name }) {
			p.query.Order = append(p.query.Order, o)
		}
	}
	return nil
}

func sortedNames(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// readTime finds revision and moment, from the cursor where there is one.
func (q *request) readTime(p *page) error {
	p.bound = q.bound()
	text := q.param("cursor")
	if text == "" {
		v, err := q.view()
		if err != nil {
			return err
		}
		p.view = v
	} else {
		c, err := parseCursor(text, p.bound)
		if err != nil {
			return err
		}
		if p.view, err = q.viewAt("", strconv.FormatInt(int64(c.rev), 10)); err != nil {
			return err
		}
		p.view.moment = moment{span: c.span, instant: c.single, given: true}
		if len(c.after.Keys) != len(p.query.Order) {
			return refuse(probCursor, "cursor", "The cursor belongs to another order.", "游标属于另一种排序。")
		}
		p.query.After, p.resume, p.offset = &c.after, true, 0
		p.matched, p.estimate = c.matched, c.estimate
	}
	p.query.Kinds, p.query.Valid = []entities.Kind{p.kind}, p.view.moment.span
	return nil
}

// bound is what a cursor of this request is bound to: everything that decides
// which features come and in what order.
func (q *request) bound() string {
	values := url.Values{}
	for name, v := range q.query {
		switch name {
		case "cursor", "limit", "offset", "f", "crs", "properties", "lang":
		default:
			values[name] = v
		}
	}
	return q.r.URL.Path + "?" + values.Encode() + "#" + q.access.mask
}

// writePage writes the features and, behind them, what only then is known.
func (q *request) writePage(p *page, out *stream) error {
	q.w.Header().Set("Content-Crs", "<"+p.crsURI()+">")
	b := append(make([]byte, 0, 16<<10), `{"type":"FeatureCollection","features":[`...)
	rows := q.rows(p)
	returned, last := 0, entities.Position{}
	more := false
	for v, err := range rows {
		if err != nil {
			return err
		}
		if returned == p.limit {
			more = true
			break
		}
		if returned > 0 {
			b = append(b, ',')
		}
		if b, err = p.form.appendFeature(b, v); err != nil {
			return err
		}
		b = append(b, '}')
		returned++
		last = p.query.PositionOf(&v.Entity)
		if b, err = out.full(b); err != nil {
			return err
		}
	}
	b, err := q.appendPageEnd(b, p, returned, more, last)
	if err != nil {
		return err
	}
	return out.end(b)
}

// appendPageEnd appends what is known behind the features: numbers and links.
func (q *request) appendPageEnd(b []byte, p *page, returned int, more bool, last entities.Position) ([]byte, error) {
	b = append(b, `],"numberReturned":`...)
	b = strconv.AppendInt(b, int64(returned), 10)
	if err := q.count(p, returned, more, last); err != nil {
		return nil, err
	}
	if p.matched >= 0 {
		b = appendNumber(b, "numberMatched", p.matched)
	} else if p.estimate >= 0 {
		b = appendNumber(b, "numberMatchedEstimate", p.estimate)
	}
	b = append(b, `,"revision":`...)
	b = strconv.AppendInt(b, int64(p.view.rev), 10)
	links := []link{
		{Rel: "self", Type: typeGeoJSON, Href: q.self()},
		{Rel: "collection", Type: typeJSON, Href: q.address("/collections/" + p.kind.String())},
	}
	if more {
		c := cursor{rev: p.view.rev, span: p.view.moment.span, single: p.view.moment.instant, matched: p.matched, estimate: p.estimate, after: last}
		next := q.with("cursor", c.encode(p.bound), "offset", "")
		links = append(links, link{Rel: "next", Type: typeGeoJSON, Href: next})
		q.w.Header().Set("Link", "<"+next+`>; rel="next"`) // without effect once the body has begun
	}
	raw, err := marshal(links)
	if err != nil {
		return nil, err
	}
	return append(append(append(b, `,"links":`...), raw[:len(raw)-1]...), '}'), nil
}

func (p *page) crsURI() string {
	if p.form.crs == nil {
		return geodesy.CRS84().URI()
	}
	return p.form.crs.URI()
}
