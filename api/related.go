package api

import (
	"slices"

	"github.com/chengma/chengma/entities"
)

type relatedDocument struct {
	Code           string            `json:"code"`
	Links          []linkDocument    `json:"links"`
	NumberReturned int               `json:"numberReturned"`
	Revision       entities.Revision `json:"revision"`
	Datetime       instant           `json:"datetime"`
	Resources      []link            `json:"resources"`
}

// related answers the links of a thing, page by page.
func related(q *request) error {
	limit, err := q.number("limit", defaultLinks, 1, mostRelated)
	if err != nil {
		return err
	}
	ask, directions, err := q.linkQuery()
	if err != nil {
		return err
	}
	p, err := q.pageOfThing()
	if err != nil {
		return err
	}
	ctx := q.r.Context()
	ask.Valid = entities.During(p.view.at())
	d := q.describer(p.view, p.view.at())
	doc := relatedDocument{Code: p.code.String(), Links: []linkDocument{}, Revision: p.view.rev, Datetime: instant(p.view.at())}
	row, next := 0, ""
	for l, err := range d.linksOf(ctx, p.code, ask, directions...) {
		if err != nil {
			return err
		}
		if row < p.start {
			row++
			continue
		}
		if len(doc.Links) == limit {
			next = p.cursorAt(row)
			break
		}
		row++
		link, err := d.link(ctx, l)
		if err != nil {
			return err
		}
		link.linkProof = &linkProof{l.Source, l.Method, l.Level, l.Confidence}
		doc.Links = append(doc.Links, link)
	}
	doc.NumberReturned, doc.Resources = len(doc.Links), p.resources(q, next)
	return q.sendJSON(doc, typeJSON, p.view.caching(), p.view.now)
}

// linkQuery reads role, kind and direction.
func (q *request) linkQuery() (entities.LinkQuery, []string, error) {
	var ask entities.LinkQuery
	directions := []string{directionOut, directionIn}
	if text := q.param("direction"); text != "" {
		if !slices.Contains(directions, text) {
			p := refuse(probValue, "direction", quote(text)+" is neither out nor in.", "“"+clip(text)+"”既不是 out，也不是 in。")
			p.Suggestions = directions
			return ask, nil, p
		}
		directions = []string{text}
	}
	if role := q.param("role"); role != "" {
		names := q.s.roleNames(q.access)
		if !slices.Contains(names, role) {
			p := refuse(probUnknownRole, "role", quote(role)+" is no link role.", "没有关系“"+clip(role)+"”。")
			p.Suggestions = near(role, names)
			return ask, nil, p
		}
		ask.Roles = []string{role}
	}
	if q.param("kind") != "" {
		kinds, err := q.kindsOf("kind")
		if err != nil {
			return ask, nil, err
		}
		ask.Kinds = kinds
	}
	return ask, directions, nil
}

// roleNames are the link roles of the kinds that a caller sees.
func (s *Server) roleNames(a *Access) []string {
	names := []string{entities.RoleReplacedBy}
	for _, kind := range a.Kinds() {
		for _, role := range s.byKind[kind].Roles {
			if !slices.Contains(names, role.Name) {
				names = append(names, role.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}
