package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/chengma/chengma/entities"
)

// item answers one feature where it exists at the moment asked for (OGC API –
// Features Part 1, 7.16).
func item(q *request) error {
	kind, err := q.kindOf(q.path("collectionId"), "collectionId")
	if err != nil {
		return err
	}
	code, err := q.code("featureId")
	if err != nil {
		return err
	}
	var form featureForm
	if form.crs, err = parseCRS(q.param("crs"), "crs"); err != nil {
		return err
	}
	if q.query != nil || q.r.Header.Get("Accept") != "" {
		if _, err := choose(q.param("f"), q.r.Header.Get("Accept"), offer{"geojson", typeGeoJSON}, offer{"json", typeJSON}); err != nil {
			return err
		}
	}
	v, err := q.view()
	if err != nil {
		return err
	}
	if code.Kind() != kind {
		return q.wrongCollection(v, code, kind)
	}
	found, err := q.version(v, code)
	if err != nil {
		return q.notHere(v, code, err)
	}
	return q.sendItem(v, found, &form)
}

func (q *request) sendItem(v *view, found *Visible, form *featureForm) error {
	b, err := form.appendFeature(make([]byte, 0, 2048), found)
	if err != nil {
		return err
	}
	b = append(b, `,"revision":`...)
	b = strconv.AppendInt(b, int64(v.rev), 10)
	b = append(b, `,"links":[`...)
	at := "/collections/" + found.Kind().String()
	text := found.Code.String()
	b = appendLink(b, "self", typeGeoJSON, q.self())
	b = append(b, ',')
	b = appendLink(b, "collection", typeJSON, q.address(at))
	b = append(b, ',')
	b = appendLink(b, "describedby", typeSchema, q.address(at+"/schema"))
	b = append(b, ',')
	b = appendLink(b, "related", typeJSON, q.address("/entities/"+text))
	b = append(b, ',')
	b = appendLink(b, "version-history", typeJSON, q.address("/entities/"+text+"/history"))
	b = append(b, "]}\n"...)
	c := v.caching()
	if v.pinned && !v.moment.given {
		c.until = found.Valid.To
	}
	q.w.Header()["Content-Crs"] = []string{"<" + (&page{form: *form}).crsURI() + ">"}
	return q.send(answer{mime: typeGeoJSON, body: b, caching: c}, v.now)
}

func appendLink(b []byte, rel, mime, href string) []byte {
	b = append(b, `{"rel":"`...)
	b = append(b, rel...)
	b = append(b, `","type":"`...)
	b = append(b, mime...)
	b = append(b, `","href":`...)
	b = entities.String(href).AppendJSON(b)
	return append(b, '}')
}

// code reads a city code from the path.
func (q *request) code(name string) (entities.Code, error) {
	code, err := q.s.parseCode(q.path(name))
	if err != nil {
		p := problemOf(err)
		p.Parameter = name
		return 0, p
	}
	return code, nil
}

// isCode reports whether a reference is a code, perhaps with its city before it,
// and not an alias.
func isCode(text string) bool {
	before, _, colon := strings.Cut(text, ":")
	return !colon || isDigits(before)
}

// parseCode reads a code, also with the city before it (440300:B00003NQK8NP). A
// code of another city is nothing here.
func (s *Server) parseCode(text string) (entities.Code, error) {
	city, code, err := entities.ParseCityCode(text)
	if err == nil && city != "" && city != s.cfg.City.Code {
		return 0, refuse(probNeverIssued, "code", quote(text)+" is a code of the city "+city+", which this is not.", "“"+clip(text)+"”是城市 "+city+" 的城码，不属于本市。")
	}
	return code, err
}

// errHidden is "not for this caller". It never gets out: it becomes never-issued.
var errHidden = fmt.Errorf("hidden: %w", entities.ErrNeverIssued)

// version finds the version of a code that stands for the moment: the one at an
// instant, the latest one over a day or an interval.
func (q *request) version(v *view, code entities.Code) (*Visible, error) {
	if !q.access.Sees(code.Kind()) {
		return nil, errHidden
	}
	ctx, features := q.r.Context(), q.features(v, code.Kind())
	var e entities.Entity
	var err error
	if v.moment.instant {
		e, err = features.Get(ctx, code, v.at())
	} else {
		e, err = latest(ctx, features, code, v.moment.span)
	}
	if err != nil {
		return nil, err
	}
	seen, ok, err := q.access.See(e)
	if err == nil && !ok {
		err = errHidden
	}
	return &seen, err
}

func latest(ctx context.Context, f entities.Features, code entities.Code, span entities.Interval) (entities.Entity, error) {
	for e, err := range f.Find(ctx, entities.Query{Kinds: []entities.Kind{code.Kind()}, Codes: []entities.Code{code}, Valid: span, Limit: 1}) {
		return e, err
	}
	return f.Get(ctx, code, span.To-1) // for its error: not found, erased, never issued
}

// notHere says why a code has no version: never issued, or hidden; erased;
// retired; or not at this time.
func (q *request) notHere(v *view, code entities.Code, err error) error {
	if !errors.Is(err, entities.ErrNotFound) && !errors.Is(err, entities.ErrErased) && !errors.Is(err, entities.ErrNeverIssued) {
		return fmt.Errorf("get %s: %w", code, err)
	}
	known, knownErr := q.knows(v, code)
	if knownErr != nil {
		return knownErr
	}
	if !known {
		return neverIssued(code)
	}
	status, err := v.reader.Status(q.r.Context(), code)
	if err != nil {
		return fmt.Errorf("status of %s: %w", code, err)
	}
	history := link{Rel: "version-history", Type: typeJSON, Href: q.address("/entities/" + code.String() + "/history")}
	text := code.String()
	p := refuse(probNotAtThisTime, "datetime", text+" does not exist at the time asked about; its history says when it does.", text+" 在所问的时间不存在；其历史说明它何时存在。")
	switch status.State {
	case entities.Erased:
		p = refuse(probErased, "", text+" was lawfully erased.", text+" 已依法删除。")
	case entities.Retired:
		past, err := q.ended(v, code, status)
		if err != nil {
			return err
		}
		if past {
			p = refuse(probRetired, "", text+" has ended; see its history and successors.", text+" 已经终止；参见其历史与后继。")
			if p.Successors, err = q.successors(v, status); err != nil {
				return err
			}
		}
	}
	p.Links = append(p.Links, history)
	for _, s := range p.Successors {
		p.Links = append(p.Links, link{Rel: "successor-version", Type: typeJSON, Href: q.address("/entities/" + s)})
	}
	return p
}

func neverIssued(code entities.Code) *Problem {
	text := code.String()
	return refuse(probNeverIssued, "code", text+" is a sound code, but nothing has it.", text+" 格式正确，但未曾发放。")
}

// ended reports whether the last version of a retired code lies before the moment.
func (q *request) ended(v *view, code entities.Code, status entities.Status) (bool, error) {
	if status.SameAs != 0 {
		return true, nil
	}
	end := entities.Beginning
	for e, err := range v.reader.History(q.r.Context(), entities.HistoryQuery{Codes: []entities.Code{code}}) {
		if err != nil {
			return false, fmt.Errorf("history of %s: %w", code, err)
		}
		end = max(end, e.Valid.To)
	}
	return v.moment.span.From >= end, nil
}

// knows reports whether the caller may know that a code was issued: every code of
// a kind that is seen whole, else those with a version that the gate lets through.
func (q *request) knows(v *view, code entities.Code) (bool, error) {
	if !q.access.Sees(code.Kind()) {
		return false, nil
	}
	ctx := q.r.Context()
	if q.access.SeesAll(code.Kind()) {
		_, err := v.reader.Status(ctx, code)
		if errors.Is(err, entities.ErrNeverIssued) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("status of %s: %w", code, err)
		}
		return true, nil
	}
	for e, err := range v.reader.History(ctx, entities.HistoryQuery{Codes: []entities.Code{code}}) {
		if err != nil {
			return false, fmt.Errorf("history of %s: %w", code, err)
		}
		if _, seen, err := q.access.See(e); err != nil || seen {
			return seen, err
		}
	}
	return false, nil
}

// successors are the codes after a retired one that the caller may know.
func (q *request) successors(v *view, status entities.Status) ([]string, error) {
	all := status.Successors
	if status.SameAs != 0 {
		all = append([]entities.Code{status.SameAs}, all...)
	}
	var out []string
	for _, code := range all {
		known, err := q.knows(v, code)
		if err != nil {
			return nil, err
		}
		if known {
			out = append(out, code.String())
		}
	}
	return out, nil
}

// wrongCollection answers a code of another kind; that it exists is told only to
// those who may know.
func (q *request) wrongCollection(v *view, code entities.Code, kind entities.Kind) error {
	known, err := q.knows(v, code)
	if err != nil {
		return err
	}
	if !known {
		return neverIssued(code)
	}
	p := refuse(probWrongCollection, "featureId",
		fmt.Sprintf("%s is a %s, not a %s.", code, code.Kind(), kind),
		fmt.Sprintf("%s 属于 %s，不属于 %s。", code, code.Kind(), kind))
	p.Links = []link{{Rel: "related", Type: typeGeoJSON, Href: q.address("/collections/" + code.Kind().String() + "/items/" + code.String())}}
	return p
}
