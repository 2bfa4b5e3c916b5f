package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/chengma/chengma/entities"
)

const (
	tileMatrixSet = "WebMercatorQuad"
	maxZoom       = 24
)

// Tiles draws vector tiles. It is safe for concurrent use.
type Tiles interface {
	// Layers returns the layers that there are, in drawing order.
	Layers() []TileLayer
	// Draw draws one tile. A layer that is not there is ErrUnknownLayer; the
	// tile matrix has been checked.
	Draw(ctx context.Context, r TileRequest) (Tile, error)
}

// ErrUnknownLayer is what [Tiles] answers for a layer that it does not have.
var ErrUnknownLayer = errors.New("unknown layer")

// TileLayer describes a layer.
type TileLayer struct {
	ID               string
	Kind             entities.Kind
	Geometry         string // point, line, polygon
	MinZoom, MaxZoom int
	Bounds           entities.Box // NoBox where it is empty
	Fields           []string     // attributes in its tiles, beside code and class
}

// TileRequest asks for one tile.
type TileRequest struct {
	Layer   string
	Z, X, Y uint32
	At      entities.Instant
	// Rev counts only where RevGiven; else it is the newest that is drawn.
	Rev      entities.Revision
	RevGiven bool
	// Mask names what Allow allows, for caches.
	Mask string
	// Fields are the attributes that may be drawn, of those of the layer.
	Fields []string
	// Allow says which versions may be drawn; nil: all. It sees them as stored.
	Allow func(*entities.Entity) (bool, error)
}

// Tile is a drawn tile.
type Tile struct {
	Body     []byte
	Gzipped  bool
	ETag     string // strong and quoted; made of the body where empty
	Revision entities.Revision
	// Until is the next instant at which the tile changes by valid time alone.
	Until entities.Instant
}

// layers and layerOf give the layers that the caller may see.
func (q *request) layers() []TileLayer {
	if q.s.cfg.Tiles == nil {
		return nil
	}
	var layers []TileLayer
	for _, l := range q.s.cfg.Tiles.Layers() {
		if !q.access.Sees(l.Kind) || !countable(l.Kind) {
			continue
		}
		if !q.access.SeesAll(l.Kind) {
			l.Bounds = entities.NoBox // where the hidden ones are is hidden, too
		}
		layers = append(layers, l)
	}
	return layers
}

func (q *request) layerOf(kind entities.Kind) (TileLayer, bool, error) {
	for _, l := range q.layers() {
		if l.Kind == kind {
			return l, true, nil
		}
	}
	return TileLayer{}, false, nil
}

func (q *request) layerNamed(name string) (TileLayer, error) {
	var names []string
	for _, l := range q.layers() {
		if l.ID == name {
			return l, nil
		}
		names = append(names, l.ID)
	}
	p := refuse(probLayer, "layer", quote(name)+" is no layer; /layers.json lists them.", "没有图层“"+clip(name)+"”；见 /layers.json。")
	p.Suggestions = near(name, names)
	return TileLayer{}, p
}

// tile answers /tiles/{layer}/{z}/{x}/{y}.mvt.
func tile(q *request) error {
	return q.tile(q.path("layer"), q.path("z"), q.path("x"), q.path("y"), q.param("datetime"), q.param("known-at"))
}

// tileAt is the same with its time in the path.
func tileAt(q *request) error {
	datetime, revision := q.path("datetime"), q.path("revision")
	if datetime == "now" {
		datetime = ""
	}
	if revision == "head" {
		revision = ""
	}
	return q.tile(q.path("layer"), q.path("z"), q.path("x"), q.path("y"), datetime, revision)
}

// collectionTile answers the path of OGC API – Tiles: row before column.
func collectionTile(q *request) error {
	l, err := q.tileSetLayer()
	if err != nil {
		return err
	}
	return q.tile(l.ID, q.path("tileMatrix"), q.path("tileCol"), q.path("tileRow"), q.param("datetime"), q.param("known-at"))
}

func (q *request) tile(name, z, x, y, datetime, known string) error {
	l, err := q.layerNamed(name)
	if err != nil {
		return err
	}
	r := TileRequest{Layer: l.ID}
	if r.Z, r.X, r.Y, err = parseTile(z, x, y); err != nil {
		return err
	}
	v, err := q.viewAt(datetime, known)
	if err != nil {
		return err
	}
	if isInterval(datetime) {
		return refuse(probDatetime, "datetime", "A tile shows an instant or a date, not an interval.", "瓦片只接受时刻或日期，不接受区间。")
	}
	r.At, r.Rev, r.RevGiven = v.at(), v.rev, known != ""
	r.Fields = keep(l.Fields, func(f string) bool { return q.access.kinds[l.Kind].always[f] })
	if !q.access.SeesAll(l.Kind) {
		r.Mask = q.access.mask
		r.Allow = func(e *entities.Entity) (bool, error) {
			_, ok, err := q.access.See(*e)
			return ok, err
		}
	}
	t, err := q.s.cfg.Tiles.Draw(q.r.Context(), r)
	if err != nil {
		return fmt.Errorf("tile %s/%s/%s/%s: %w", l.ID, z, x, y, err)
	}
	q.showRevision(t.Revision)
	c := v.caching()
	if v.pinned && !v.moment.given {
		c.until = t.Until
	}
	return q.send(answer{mime: typeMVT, body: t.Body, gzipped: t.Gzipped, tag: t.ETag, caching: c, vary: varyTile}, v.now)
}

// parseTile reads zoom, column and row.
func parseTile(z, x, y string) (zoom, column, row uint32, err error) {
	n, err := strconv.ParseUint(z, 10, 32)
	if err != nil || n > maxZoom {
		return 0, 0, 0, badTile("zoom", z, maxZoom)
	}
	last := uint64(1)<<n - 1
	col, err := strconv.ParseUint(x, 10, 32)
	if err != nil || col > last {
		return 0, 0, 0, badTile("column", x, last)
	}
	r, err := strconv.ParseUint(y, 10, 32)
	if err != nil || r > last {
		return 0, 0, 0, badTile("row", y, last)
	}
	return uint32(n), uint32(col), uint32(r), nil
}

var tileParts = map[string]string{"zoom": "级别", "column": "列号", "row": "行号"}

func badTile(part, value string, most uint64) error {
	top := strconv.FormatUint(most, 10)
	return refuse(probTile, part, "The "+part+" "+quote(value)+" is not a whole number from 0 to "+top+".", tileParts[part]+"“"+clip(value)+"”不是 0 至 "+top+" 的整数。")
}
