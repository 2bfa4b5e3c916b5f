package api

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

type layersDocument struct {
	City         cityDocument      `json:"city"`
	Bounds       json.RawMessage   `json:"bounds"`
	Time         *validTime        `json:"time"`
	Revision     entities.Revision `json:"revision"`
	RevisionTime *time.Time        `json:"revisionTime"`
	Layers       []layerDocument   `json:"layers"`
	Styles       []styleEntry      `json:"styles"`
}

type cityDocument struct {
	Name        schemas.Text `json:"name"`
	Code        string       `json:"code"`
	Zone        string       `json:"zone"`
	Attribution string       `json:"attribution"`
}

type layerDocument struct {
	ID       string                   `json:"id"`
	Kind     string                   `json:"kind"`
	Title    schemas.Text             `json:"title"`
	Geometry string                   `json:"geometry"`
	MinZoom  int                      `json:"minzoom"`
	MaxZoom  int                      `json:"maxzoom"`
	Bounds   json.RawMessage          `json:"bounds"`
	TileJSON string                   `json:"tilejson"`
	Tiles    []string                 `json:"tiles"`
	Fields   map[string]fieldDocument `json:"fields"`
}

type styleEntry struct {
	ID    string       `json:"id"`
	Title schemas.Text `json:"title"`
	Dark  bool         `json:"dark"`
	Href  string       `json:"href"`
}

// layers answers the layers that have tiles, and where and when the city is.
func layers(q *request) error {
	v, err := q.viewAt("", q.param("known-at"))
	if err != nil {
		return err
	}
	doc := layersDocument{
		City:     cityDocument{q.s.cfg.City.Name, q.s.cfg.City.Code, q.s.cfg.Zone.String(), q.s.cfg.City.Attribution},
		Revision: v.rev, Layers: []layerDocument{},
	}
	bounds, span, err := q.cityExtent(v)
	if err != nil {
		return err
	}
	doc.Bounds, doc.Time = appendBounds(nil, bounds), span
	if v.rev > 0 {
		t, err := q.s.head.timeOf(q.r.Context(), v.rev)
		if err != nil {
			return err
		}
		t = t.UTC()
		doc.RevisionTime = &t
	}
	for _, l := range q.layers() {
		doc.Layers = append(doc.Layers, layerDocument{
			ID: l.ID, Kind: l.Kind.String(), Title: q.s.byKind[l.Kind].Title, Geometry: l.Geometry,
			MinZoom: l.MinZoom, MaxZoom: l.MaxZoom, Bounds: appendBounds(nil, l.Bounds),
			TileJSON: q.keyPath("/tiles/" + l.ID + ".json"), Tiles: []string{q.tileAddress(l)}, Fields: q.fieldsOf(l),
		})
	}
	for _, st := range styles() {
		doc.Styles = append(doc.Styles, styleEntry{st.id, st.title, st.dark, q.keyPath("/styles/" + st.id + ".json")})
	}
	return q.sendJSON(doc, typeJSON, caching{}, v.now)
}

// cityExtent is where the city's open kinds are, and from when to when: bounded
// ends only, and never ending before now, so that it fits a slider.
func (q *request) cityExtent(v *view) (entities.Box, *validTime, error) {
	bounds, from, to := entities.NoBox, entities.Forever, v.now
	for _, kind := range q.access.Kinds() {
		e, err := q.extent(v, kind)
		if err != nil {
			return bounds, nil, err
		}
		bounds = bounds.Extend(e.Envelope)
		if e.Count == 0 {
			continue
		}
		if e.Valid.From.Bounded() {
			from = min(from, e.Valid.From)
		}
		if e.Valid.To.Bounded() {
			to = max(to, e.Valid.To)
		}
	}
	if from > to {
		return bounds, nil, nil
	}
	return bounds, &validTime{instant(from), instant(to)}, nil
}

// tileAddress is the address of a layer's tiles, with the time that was asked for.
func (q *request) tileAddress(l TileLayer) string {
	address := q.keyPath("/tiles/" + l.ID + "/{z}/{x}/{y}.mvt")
	values := url.Values{}
	for _, name := range []string{"datetime", "known-at"} {
		if value := q.param(name); value != "" {
			values.Set(name, value)
		}
	}
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address
}

// tileJSON answers TileJSON 3.0.
func tileJSON(q *request) error {
	l, err := q.layerNamed(q.path("layer"))
	if err != nil {
		return err
	}
	if _, err := q.view(); err != nil { // a wrong time is said here, not by each tile
		return err
	}
	fields := map[string]string{}
	for name, f := range q.fieldsOf(l) {
		fields[name] = f.Title.En
		if f.Unit != nil {
			fields[name] += " (" + *f.Unit + ")"
		}
	}
	doc := map[string]any{
		"tilejson": "3.0.0", "name": l.ID, "description": q.s.byKind[l.Kind].Title.In(q.language()), "scheme": "xyz",
		"tiles": []string{q.tileAddress(l)}, "minzoom": l.MinZoom, "maxzoom": l.MaxZoom,
		"vector_layers": []any{map[string]any{"id": l.ID, "fields": fields, "minzoom": l.MinZoom, "maxzoom": l.MaxZoom}},
	}
	if q.s.cfg.City.Attribution != "" {
		doc["attribution"] = q.s.cfg.City.Attribution
	}
	if b := l.Bounds; !b.Empty() {
		doc["bounds"] = [4]float64{b.West, b.South, b.East, b.North}
		doc["center"] = [3]float64{(b.West + b.East) / 2, (b.South + b.North) / 2, float64(min(max(l.MinZoom, 13), l.MaxZoom))}
	}
	return q.sendJSON(doc, typeJSON, caching{}, q.now())
}
