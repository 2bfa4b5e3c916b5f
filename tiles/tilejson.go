package tiles

import (
	"fmt"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// TileJSON describes tiles to clients (TileJSON 3.0.0).
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name,omitempty"`
	Description  string        `json:"description,omitempty"`
	Attribution  string        `json:"attribution,omitempty"`
	Version      string        `json:"version,omitempty"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       []float64     `json:"bounds,omitempty"` // west, south, east, north
	Center       []float64     `json:"center,omitempty"` // lon, lat, zoom
	VectorLayers []VectorLayer `json:"vector_layers"`
}

// VectorLayer is one layer of TileJSON 3.0.0, 3.3. Fields has a word about each
// property.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description,omitempty"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

// centerZoom is where a map of a city opens.
const centerZoom = 14

// TileJSON describes layers served from the address given, which has {z}, {x}
// and {y}. Bounds hold everything that is drawn at any time and revision; they
// are left out where there is nothing.
func (s *Server) TileJSON(layers []string, address string) (TileJSON, error) {
	t := TileJSON{
		TileJSON: "3.0.0", Scheme: "xyz", Tiles: []string{address},
		MinZoom: s.cfg.MinZoom, MaxZoom: s.cfg.MaxZoom, VectorLayers: []VectorLayer{},
	}
	var bounds snapshot.Box
	some := false
	for _, name := range layers {
		cfg := s.layers[name]
		if cfg == nil {
			return t, &UnknownError{ErrUnknownLayer, name, s.names}
		}
		t.VectorLayers = append(t.VectorLayers, s.vectorLayer(cfg))
		b, err := s.bounds(cfg.Live)
		if err != nil {
			return t, fmt.Errorf("bounds of layer %s: %w", name, err)
		}
		if b.Empty() {
			continue
		}
		if !some {
			bounds, some = b, true
		}
		bounds = bounds.Extend(b)
	}
	if some {
		west, north := snapshot.Point{X: bounds.MinX, Y: bounds.MinY}.LonLat()
		east, south := snapshot.Point{X: bounds.MaxX, Y: bounds.MaxY}.LonLat()
		t.Bounds = []float64{west, south, east, north}
		zoom := max(t.MinZoom, min(t.MaxZoom, centerZoom))
		t.Center = []float64{(west + east) / 2, (south + north) / 2, float64(zoom)}
	}
	return t, nil
}

func (s *Server) bounds(live *snapshot.Live) (snapshot.Box, error) {
	view, release, err := live.View()
	if err != nil {
		return snapshot.Box{}, err
	}
	defer release()
	return view.Bounds()
}

func (s *Server) vectorLayer(cfg *LayerConfig) VectorLayer {
	layer := cfg.Live.Layer()
	v := VectorLayer{
		ID: layer.Name, MinZoom: s.cfg.MinZoom, MaxZoom: s.cfg.MaxZoom,
		Description: layer.Kind.String(),
		Fields:      map[string]string{entities.CodeProperty: "String", entities.ClassAttr: "String"},
	}
	for _, p := range layer.Properties {
		v.Fields[p] = "Number, String or Boolean"
	}
	if cfg.Detail > s.cfg.MinZoom {
		v.Fields["h3"] = fmt.Sprintf("String, below zoom %d", cfg.Detail)
		v.Fields["count"] = fmt.Sprintf("Number, below zoom %d", cfg.Detail)
	}
	return v
}
