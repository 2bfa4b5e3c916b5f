package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// styleInfo is one of the styles that are served.
type styleInfo struct {
	id    string
	theme string // field of buildings that gives the colour
	title schemas.Text
	dark  bool
}

func styles() []styleInfo {
	use, height := schemas.Text{Zh: "按用途", En: "By use"}, schemas.Text{Zh: "按高度", En: "By height"}
	return []styleInfo{
		{"use", "use", use, false},
		{"height", "height", height, false},
		{"use-dark", "use", use, true},
		{"height-dark", "height", height, true},
	}
}

// palette is the ground of a style.
type palette struct {
	background, land, green, water, road, line, text, halo, accent string
}

var (
	lightPalette = palette{"#f4f2ee", "#e9e6df", "#cfe3c4", "#a9cfe6", "#ffffff", "#a9a49a", "#3a3a3a", "#ffffff", "#0b6bcb"}
	darkPalette  = palette{"#14171c", "#1e232b", "#1f3327", "#17324a", "#2b313b", "#4a5260", "#d7dbe2", "#14171c", "#5aa9ff"}
)

// qualitative colours are ColorBrewer's Set3 and Paired (12 classes each); steps
// are its YlOrRd (7 classes).
var (
	qualitative = []string{
		"#fb8072", "#fdb462", "#80b1d3", "#8dd3c7", "#bebada", "#b3de69", "#fccde5", "#ffed6f", "#bc80bd", "#ccebc5", "#d9d9d9", "#ffffb3",
		"#a6cee3", "#1f78b4", "#b2df8a", "#33a02c", "#fb9a99", "#e31a1c", "#fdbf6f", "#ff7f00", "#cab2d6", "#6a3d9a", "#ffff99", "#b15928",
	}
	heightSteps  = []float64{0, 10, 24, 50, 100, 150, 200}
	heightColors = []string{"#ffffb2", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#b10026"}
)

const noValue = "#b9b9b9"

// legendEntry explains one colour.
type legendEntry struct {
	Value any          `json:"value"`
	Color string       `json:"color"`
	Title schemas.Text `json:"title"`
}

// style answers a MapLibre style (style specification, version 8).
func style(q *request) error {
	all := styles()
	i := slices.IndexFunc(all, func(s styleInfo) bool { return s.id == q.path("style") })
	if i < 0 {
		var names []string
		for _, s := range all {
			names = append(names, s.id)
		}
		p := refuse(probStyle, "style", quote(q.path("style"))+" is none of "+strings.Join(names, ", ")+".", "“"+clip(q.path("style"))+"”不在 "+strings.Join(names, "、")+" 之中。")
		p.Suggestions = near(q.path("style"), names)
		return p
	}
	if _, err := q.view(); err != nil {
		return err
	}
	info := all[i]
	ground := lightPalette
	if info.dark {
		ground = darkPalette
	}
	sources := map[string]any{}
	drawn := []any{map[string]any{"id": "background", "type": "background", "paint": map[string]any{"background-color": ground.background}}}
	color, legend := q.s.theme(info.theme)
	for _, l := range drawingOrder(q.layers()) {
		source := map[string]any{"type": "vector", "tiles": []string{q.tileAddress(l)}, "minzoom": l.MinZoom, "maxzoom": l.MaxZoom}
		if b := l.Bounds; !b.Empty() {
			source["bounds"] = [4]float64{b.West, b.South, b.East, b.North}
		}
		if q.s.cfg.City.Attribution != "" {
			source["attribution"] = q.s.cfg.City.Attribution
		}
		sources[l.ID] = source
		drawn = append(drawn, ground.layers(l, color)...)
	}
	return q.sendJSON(map[string]any{
		"version": 8, "name": info.title.In(q.language()), "sources": sources, "layers": drawn,
		"metadata": map[string]any{"chengma:legend": legend, "chengma:theme": info.theme, "chengma:dark": info.dark},
	}, typeJSON, caching{}, q.now())
}

// drawingOrder puts what lies below first.
func drawingOrder(layers []TileLayer) []TileLayer {
	rank := func(l TileLayer) int {
		return slices.Index([]entities.Kind{entities.Land, entities.District, entities.Building, entities.Housing, entities.Thing, entities.Event, entities.Asset, entities.Enterprise, entities.Address}, l.Kind)
	}
	layers = slices.Clone(layers)
	slices.SortStableFunc(layers, func(a, b TileLayer) int { return rank(a) - rank(b) })
	return layers
}

// theme gives the colour of buildings as a MapLibre expression, with its legend.
func (s *Server) theme(field string) (color any, legend []legendEntry) {
	if field == "height" {
		expression := []any{"step", []any{"coalesce", []any{"get", field}, 0}, heightColors[0]}
		for i, from := range heightSteps {
			if i > 0 {
				expression = append(expression, from, heightColors[i])
			}
			title := schemas.Text{Zh: heightTitle(i), En: heightTitle(i)}
			legend = append(legend, legendEntry{from, heightColors[i], title})
		}
		return []any{"case", []any{"has", field}, expression, noValue}, append(legend, unknownEntry())
	}
	expression := []any{"match", []any{"get", field}}
	if f, ok := s.byKind[entities.Building].Field(field); ok && f.CodeList != nil {
		for i, code := range f.CodeList.Codes {
			c := qualitative[i%len(qualitative)]
			expression = append(expression, code.Value, c)
			legend = append(legend, legendEntry{code.Value, c, code.Title})
		}
	}
	if len(expression) == 2 { // a match needs at least one value
		return noValue, []legendEntry{unknownEntry()}
	}
	return append(expression, noValue), append(legend, unknownEntry())
}

func unknownEntry() legendEntry {
	return legendEntry{nil, noValue, schemas.Text{Zh: "无数据", En: "No value"}}
}

func heightTitle(i int) string {
	if i+1 == len(heightSteps) {
		return "≥ " + number(heightSteps[i]) + " m"
	}
	return number(heightSteps[i]) + "–" + number(heightSteps[i+1]) + " m"
}

// At low zooms tiles have H3 cells with counts in the place of features.
var (
	isCell    = []any{"has", "h3"}
	isFeature = []any{"!", isCell}
)

// layers draws one layer of the city.
func (p palette) layers(l TileLayer, buildings any) []any {
	layer := func(id, kind string, paint map[string]any, more ...any) map[string]any {
		out := map[string]any{"id": l.ID + id, "type": kind, "source": l.ID, "source-layer": l.ID, "paint": paint, "filter": isFeature}
		for i := 0; i+1 < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	switch l.Kind {
	case entities.Land:
		return []any{
			layer("-fill", "fill", map[string]any{"fill-color": p.landColor()}),
			layer("-line", "line", map[string]any{"line-color": p.line, "line-width": 0.5, "line-opacity": 0.6}, "minzoom", 14),
		}
	case entities.Building:
		height := []any{"coalesce", []any{"get", "height"}, []any{"*", 3, []any{"coalesce", []any{"get", "floors_above"}, 2}}}
		cells := layer("-cells", "fill", map[string]any{"fill-color": p.accent, "fill-opacity": []any{
			"interpolate", []any{"linear"}, []any{"get", "count"}, 1, 0.08, 50, 0.3, 500, 0.55, 5000, 0.8,
		}}, "filter", isCell)
		return []any{cells, layer("-extrusion", "fill-extrusion", map[string]any{
			"fill-extrusion-color": buildings, "fill-extrusion-height": height,
			"fill-extrusion-base": []any{"coalesce", []any{"get", "base_height"}, 0}, "fill-extrusion-opacity": 0.92,
		}, "filter", []any{"all", isFeature, []any{"!", []any{"in", []any{"get", "class"}, []any{"literal", []string{"entrance", "floor"}}}}})}
	case entities.District:
		return []any{
			layer("-line", "line", map[string]any{"line-color": p.line, "line-width": 1.2, "line-dasharray": []int{3, 2}}),
		}
	case entities.Address:
		return []any{layer("-point", "circle", map[string]any{"circle-radius": 2.5, "circle-color": p.text, "circle-opacity": 0.6}, "minzoom", 16)}
	case entities.Enterprise:
		return []any{layer("-point", "circle", map[string]any{"circle-radius": 3.5, "circle-color": p.accent, "circle-stroke-color": p.halo, "circle-stroke-width": 1}, "minzoom", 15)}
	}
	switch l.Geometry {
	case "polygon":
		return []any{layer("-line", "line", map[string]any{"line-color": p.line, "line-width": 0.5}, "minzoom", 16)}
	case "line", "linestring":
		return []any{layer("-line", "line", map[string]any{"line-color": p.accent, "line-width": 1})}
	}
	return []any{layer("-point", "circle", map[string]any{"circle-radius": 3, "circle-color": p.accent}, "minzoom", 14)}
}

// landColor colours land by GB/T 21010: 03 woodland and 04 grassland green, 0810
// parks green, 10 transport as road, 11 water.
func (p palette) landColor() any {
	use := []any{"coalesce", []any{"get", "land_use"}, ""}
	first := []any{"slice", use, 0, 2}
	return []any{
		"case",
		[]any{"==", use, "0810"},
		p.green,
		[]any{"match", first, []string{"03", "04"}, true, false},
		p.green,
		[]any{"==", first, "10"},
		p.road,
		[]any{"==", first, "11"},
		p.water,
		p.land,
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
