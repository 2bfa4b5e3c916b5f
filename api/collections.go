package api

import (
	"fmt"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
	"github.com/chengma/chengma/schemas"
)

// collectionDocument is one collection (OGC API – Features Part 1, 7.14; Part 2, 6.2).
type collectionDocument struct {
	ID          string          `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Titles      schemas.Text    `json:"titles"`
	ItemType    string          `json:"itemType"`
	Extent      *extentDocument `json:"extent,omitempty"`
	CRS         []string        `json:"crs"`
	StorageCRS  string          `json:"storageCrs"`
	Links       []link          `json:"links"`
}

type extentDocument struct {
	Spatial  *spatialExtent  `json:"spatial,omitempty"`
	Temporal *temporalExtent `json:"temporal,omitempty"`
}

type spatialExtent struct {
	BBox [][4]float64 `json:"bbox"`
	CRS  string       `json:"crs"`
}

type temporalExtent struct {
	Interval [][2]instant `json:"interval"`
	TRS      string       `json:"trs"`
}

func collections(q *request) error {
	v, err := q.viewAt("", q.param("known-at"))
	if err != nil {
		return err
	}
	documents := []collectionDocument{}
	for _, kind := range q.access.Kinds() {
		d, err := q.collection(v, kind)
		if err != nil {
			return err
		}
		documents = append(documents, d)
	}
	return q.sendJSON(map[string]any{
		"links": []link{
			{Rel: "self", Type: typeJSON, Href: q.self()},
			{Rel: "root", Type: typeJSON, Href: q.address("/")},
		},
		"collections": documents,
		"revision":    v.rev,
	}, typeJSON, caching{}, v.now)
}

func collection(q *request) error {
	kind, err := q.kindOf(q.path("collectionId"), "collectionId")
	if err != nil {
		return err
	}
	v, err := q.viewAt("", q.param("known-at"))
	if err != nil {
		return err
	}
	d, err := q.collection(v, kind)
	if err != nil {
		return err
	}
	return q.sendJSON(d, typeJSON, caching{}, v.now)
}

// extent returns how much there is of a kind, where the caller may know that: of
// a kind of which only some things may be seen, and of people and households,
// neither number nor place nor time is told.
func (q *request) extent(v *view, kind entities.Kind) (entities.Extent, error) {
	if !q.access.SeesAll(kind) || !countable(kind) {
		return entities.Extent{Envelope: entities.NoBox}, nil
	}
	e, err := v.reader.Extent(q.r.Context(), kind)
	if err != nil {
		return e, fmt.Errorf("extent of %s: %w", kind, err)
	}
	return e, nil
}

func (q *request) collection(v *view, kind entities.Kind) (collectionDocument, error) {
	described, lang := q.s.byKind[kind], q.language()
	at := q.address("/collections/" + kind.String())
	d := collectionDocument{
		ID: kind.String(), Title: described.Title.In(lang), Description: described.Description.In(lang), Titles: described.Title,
		ItemType: "feature", StorageCRS: geodesy.CRS84().URI(),
		Links: []link{
			{Rel: "self", Type: typeJSON, Href: at},
			{Rel: "items", Type: typeGeoJSON, Href: at + "/items"},
			{Rel: "http://www.opengis.net/def/rel/ogc/1.0/schema", Type: typeSchema, Href: at + "/schema"},
			{Rel: "http://www.opengis.net/def/rel/ogc/1.0/queryables", Type: typeSchema, Href: at + "/queryables"},
		},
	}
	e, err := q.extent(v, kind)
	if err != nil {
		return d, err
	}
	for _, c := range outputCRS(e.Envelope) {
		d.CRS = append(d.CRS, c.URI())
	}
	d.Extent = extentOf(e)
	_, has, err := q.layerOf(kind)
	if has {
		d.Links = append(d.Links, link{Rel: "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", Type: typeJSON, Href: at + "/tiles"})
	}
	return d, err
}

func extentOf(e entities.Extent) *extentDocument {
	d := &extentDocument{}
	if !e.Envelope.Empty() {
		b := e.Envelope
		d.Spatial = &spatialExtent{BBox: [][4]float64{{b.West, b.South, b.East, b.North}}, CRS: geodesy.CRS84().URI()}
	}
	if e.Count > 0 {
		d.Temporal = &temporalExtent{
			Interval: [][2]instant{{instant(e.Valid.From), instant(e.Valid.To)}},
			TRS:      "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
		}
	}
	if *d == (extentDocument{}) {
		return nil
	}
	return d
}

// schemaOf and queryablesOf describe the features of a kind as the caller sees
// them: a hidden field is not in them.
func schemaOf(q *request) error {
	return q.describeKind((*schemas.Kind).JSONSchema)
}

func queryablesOf(q *request) error {
	return q.describeKind((*schemas.Kind).Queryables)
}

func (q *request) describeKind(describe func(*schemas.Kind, schemas.View) ([]byte, error)) error {
	kind, err := q.kindOf(q.path("collectionId"), "collectionId")
	if err != nil {
		return err
	}
	body, err := describe(q.s.byKind[kind], schemas.View{
		Lang: q.language(), ID: q.address(q.r.URL.EscapedPath()),
		Visible: func(f *schemas.Field) bool { return q.access.Shows(kind, f.Name) },
	})
	if err != nil {
		return fmt.Errorf("describe %s: %w", kind, err)
	}
	return q.send(answer{mime: typeSchema, body: body}, q.now())
}
