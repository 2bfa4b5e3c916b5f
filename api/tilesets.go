package api

import (
	"math"
	"strconv"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
	"github.com/chengma/chengma/schemas"
)

const (
	webMercator    = "http://www.opengis.net/def/crs/EPSG/0/3857"
	webMercatorTMS = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
	relScheme      = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
)

// tileSetLayer finds the layer of a collection and checks the tile matrix set.
func (q *request) tileSetLayer() (TileLayer, error) {
	l, err := q.collectionLayer()
	if err != nil {
		return l, err
	}
	return l, checkTileMatrixSet(q.path("tileMatrixSetId"))
}

func (q *request) collectionLayer() (TileLayer, error) {
	kind, err := q.kindOf(q.path("collectionId"), "collectionId")
	if err != nil {
		return TileLayer{}, err
	}
	l, ok, err := q.layerOf(kind)
	if err == nil && !ok {
		err = refuse(probLayer, "collectionId", "The collection "+kind.String()+" has no tiles.", "集合 "+kind.String()+" 没有瓦片。")
	}
	return l, err
}

func checkTileMatrixSet(name string) error {
	if name == tileMatrixSet {
		return nil
	}
	p := refuse(probTileMatrixSet, "tileMatrixSetId", quote(name)+" is not served; "+tileMatrixSet+" is.", "“"+clip(name)+"”不可用；可用的是 "+tileMatrixSet+"。")
	p.Suggestions = []string{tileMatrixSet}
	return p
}

// tileSetDocument is the metadata of a tile set (OGC 17-083r4, 8).
type tileSetDocument struct {
	Title       string          `json:"title"`
	DataType    string          `json:"dataType"`
	CRS         string          `json:"crs"`
	TMS         string          `json:"tileMatrixSetURI"`
	BoundingBox *boundingBox    `json:"boundingBox,omitempty"`
	Layers      []tileSetLayer  `json:"layers,omitempty"`
	Limits      []tileSetLimits `json:"tileMatrixSetLimits,omitempty"`
	Links       []link          `json:"links"`
}

type boundingBox struct {
	LowerLeft  [2]float64 `json:"lowerLeft"`
	UpperRight [2]float64 `json:"upperRight"`
	CRS        string     `json:"crs"`
}

type tileSetLayer struct {
	ID       string `json:"id"`
	DataType string `json:"dataType"`
}

type tileSetLimits struct {
	TileMatrix string `json:"tileMatrix"`
	MinRow     int    `json:"minTileRow"`
	MaxRow     int    `json:"maxTileRow"`
	MinCol     int    `json:"minTileCol"`
	MaxCol     int    `json:"maxTileCol"`
}

func tileSets(q *request) error {
	l, err := q.collectionLayer()
	if err != nil {
		return err
	}
	d := q.tileSet(l)
	d.Layers, d.Limits, d.BoundingBox = nil, nil, nil
	return q.sendJSON(map[string]any{
		"links":    []link{{Rel: "self", Type: typeJSON, Href: q.self()}},
		"tilesets": []tileSetDocument{d},
	}, typeJSON, caching{}, q.now())
}

func tileSet(q *request) error {
	l, err := q.tileSetLayer()
	if err != nil {
		return err
	}
	return q.sendJSON(q.tileSet(l), typeJSON, caching{}, q.now())
}

func (q *request) tileSet(l TileLayer) tileSetDocument {
	at := q.keyPath("/collections/" + l.Kind.String() + "/tiles/" + tileMatrixSet)
	d := tileSetDocument{
		Title: q.s.byKind[l.Kind].Title.In(q.language()), DataType: "vector", CRS: webMercator, TMS: webMercatorTMS,
		Layers: []tileSetLayer{{l.ID, "vector"}}, Limits: limitsOf(l),
		Links: []link{
			{Rel: "self", Type: typeJSON, Href: at},
			{Rel: "item", Type: typeMVT, Href: at + "/{tileMatrix}/{tileRow}/{tileCol}", Template: true},
			{Rel: relScheme, Type: typeJSON, Href: q.address("/tileMatrixSets/" + tileMatrixSet)},
			{Rel: "http://www.opengis.net/def/rel/ogc/1.0/geodata", Type: typeJSON, Href: q.address("/collections/" + l.Kind.String())},
		},
	}
	if !l.Bounds.Empty() {
		d.BoundingBox = &boundingBox{[2]float64{l.Bounds.West, l.Bounds.South}, [2]float64{l.Bounds.East, l.Bounds.North}, geodesy.CRS84().URI()}
	}
	return d
}

// limitsOf returns the rows and columns that meet the layer's bounds.
func limitsOf(l TileLayer) []tileSetLimits {
	if l.Bounds.Empty() {
		return nil
	}
	var limits []tileSetLimits
	for z := l.MinZoom; z <= l.MaxZoom; z++ {
		west, north := tileOf(l.Bounds.West, l.Bounds.North, z)
		east, south := tileOf(l.Bounds.East, l.Bounds.South, z)
		limits = append(limits, tileSetLimits{strconv.Itoa(z), north, south, west, east})
	}
	return limits
}

// tileOf returns column and row of the tile that a point is in.
func tileOf(lon, lat float64, z int) (column, row int) {
	n := math.Exp2(float64(z))
	sin := math.Sin(max(-85.0511, min(85.0511, lat)) * math.Pi / 180)
	x := (lon + 180) / 360 * n
	y := (0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)) * n
	return int(max(0, min(x, n-1))), int(max(0, min(y, n-1)))
}

func tileMatrixSets(q *request) error {
	return q.sendJSON(map[string]any{
		"links": []link{{Rel: "self", Type: typeJSON, Href: q.self()}},
		"tileMatrixSets": []any{map[string]any{
			"id": tileMatrixSet, "title": "Google Maps Compatible for the World", "uri": webMercatorTMS,
			"links": []link{{Rel: "self", Type: typeJSON, Href: q.address("/tileMatrixSets/" + tileMatrixSet)}},
		}},
	}, typeJSON, caching{}, q.now())
}

// tileMatrix is one zoom of a tile matrix set (OGC 17-083r4, annex D.1).
type tileMatrix struct {
	ID               string     `json:"id"`
	ScaleDenominator float64    `json:"scaleDenominator"`
	CellSize         float64    `json:"cellSize"`
	CornerOfOrigin   string     `json:"cornerOfOrigin"`
	PointOfOrigin    [2]float64 `json:"pointOfOrigin"`
	TileWidth        int        `json:"tileWidth"`
	TileHeight       int        `json:"tileHeight"`
	MatrixWidth      int        `json:"matrixWidth"`
	MatrixHeight     int        `json:"matrixHeight"`
}

func tileMatrixSetDocument(q *request) error {
	if err := checkTileMatrixSet(q.path("tileMatrixSetId")); err != nil {
		return err
	}
	const (
		half  = 20037508.3427892 // half the width of the world in metres
		cell  = 2 * half / 256   // metres a pixel at zoom 0
		pixel = 0.00028          // metres of the standardised rendering pixel
	)
	var matrices []tileMatrix
	for z := range maxZoom + 1 {
		size := cell / math.Exp2(float64(z))
		matrices = append(matrices, tileMatrix{
			ID: strconv.Itoa(z), ScaleDenominator: size / pixel, CellSize: size, CornerOfOrigin: "topLeft",
			PointOfOrigin: [2]float64{-half, half}, TileWidth: 256, TileHeight: 256, MatrixWidth: 1 << z, MatrixHeight: 1 << z,
		})
	}
	return q.sendJSON(map[string]any{
		"id": tileMatrixSet, "title": "Google Maps Compatible for the World", "uri": webMercatorTMS, "crs": webMercator,
		"orderedAxes": []string{"X", "Y"}, "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
		"tileMatrices": matrices,
	}, typeJSON, caching{}, q.now())
}

// fieldDocument describes an attribute of tiles.
type fieldDocument struct {
	Type   string                  `json:"type"`
	Title  schemas.Text            `json:"title"`
	Unit   *string                 `json:"unit"`
	Values map[string]schemas.Text `json:"values,omitempty"`
}

// fieldsOf describes the attributes that the caller gets in a layer's tiles.
func (q *request) fieldsOf(l TileLayer) map[string]fieldDocument {
	kind := q.s.byKind[l.Kind]
	classes := map[string]schemas.Text{}
	for _, c := range kind.Classes {
		classes[c.Name] = c.Title
	}
	fields := map[string]fieldDocument{
		entities.CodeProperty: {Type: "string", Title: schemas.Text{Zh: "城码", En: "City code"}},
		entities.ClassAttr:    {Type: "string", Title: schemas.Text{Zh: "类别", En: "Class"}, Values: classes},
	}
	for _, name := range l.Fields {
		f, ok := kind.Field(name)
		if !ok || !q.access.kinds[l.Kind].always[name] {
			continue
		}
		d := fieldDocument{Type: string(f.Type), Title: f.Title, Unit: orNull(f.Unit)}
		if f.CodeList != nil {
			d.Values = map[string]schemas.Text{}
			for _, c := range f.CodeList.Codes {
				d.Values[c.Value] = c.Title
			}
		}
		fields[name] = d
	}
	return fields
}
