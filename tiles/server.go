package tiles

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// EncoderVersion changes whenever the same request would get other bytes.
const EncoderVersion = 2

// DefaultMaxBytes is the budget of a layer in a tile before compression.
const DefaultMaxBytes = 500_000

// LayerConfig says how a layer is drawn.
type LayerConfig struct {
	// Live is the layer; its name, properties and kind are the snapshot's.
	Live *snapshot.Live
	// Detail is the zoom from which features are drawn; below it, H3 cells.
	// Negative: features at every zoom. Defaults, where 0, to 12 for land and
	// buildings, to every zoom for districts, and to 13 for all others.
	Detail int
	// MaxBytes is the layer's budget in a tile before compression. Defaults to
	// DefaultMaxBytes; negative: none.
	MaxBytes int
}

func (c *LayerConfig) withDefaults() LayerConfig {
	out := *c
	if out.Detail == 0 {
		switch c.Live.Layer().Kind {
		case entities.Land, entities.Building:
			out.Detail = 12
		case entities.District:
			out.Detail = -1
		default:
			out.Detail = 13
		}
	}
	if out.MaxBytes == 0 {
		out.MaxBytes = DefaultMaxBytes
	}
	return out
}

// Config says what a [Server] serves.
type Config struct {
	Layers []LayerConfig
	// CacheBytes bounds the cache of compressed tiles. Defaults to 256 MiB;
	// negative: no cache.
	CacheBytes int64
	// MinZoom and MaxZoom bound the zooms. They default to 0 and
	// snapshot.MaxZoom.
	MinZoom, MaxZoom int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Server draws tiles and keeps them. It is safe for concurrent use.
type Server struct {
	cfg     Config
	layers  map[string]*LayerConfig
	names   []string
	cache   *otter.Cache[cacheKey, *cached]
	flights flights
	drawers sync.Pool // of *drawer
}

// NewServer makes a server.
func NewServer(cfg Config) (*Server, error) {
	if cfg.MaxZoom == 0 {
		cfg.MaxZoom = snapshot.MaxZoom
	}
	if cfg.MinZoom < 0 || cfg.MinZoom > cfg.MaxZoom || cfg.MaxZoom > snapshot.MaxZoom {
		return nil, fmt.Errorf("zooms %d to %d: %w 0 to %d", cfg.MinZoom, cfg.MaxZoom, ErrOutOfRange, snapshot.MaxZoom)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = 256 << 20
	}
	s := &Server{cfg: cfg, layers: make(map[string]*LayerConfig)}
	for _, l := range cfg.Layers {
		name := l.Live.Layer().Name
		if s.layers[name] != nil {
			return nil, fmt.Errorf("layer %q is configured twice", name)
		}
		if strings.ContainsAny(name, ",/") {
			return nil, fmt.Errorf("layer %q: a name must not have a comma or a slash", name)
		}
		full := l.withDefaults()
		s.layers[name] = &full
		s.names = append(s.names, name)
	}
	s.flights.running = make(map[cacheKey]*flight)
	if cfg.CacheBytes > 0 {
		cache, err := otter.New(&otter.Options[cacheKey, *cached]{
			MaximumWeight: uint64(cfg.CacheBytes),
			Weigher:       func(k cacheKey, c *cached) uint32 { return c.weight(k) },
		})
		if err != nil {
			return nil, fmt.Errorf("tile cache: %w", err)
		}
		s.cache = cache
	}
	return s, nil
}

// Layers returns the names of the layers, in the order of the configuration.
func (s *Server) Layers() []string { return slices.Clone(s.names) }

// Close stops the cache. What is being drawn is finished.
func (s *Server) Close() {
	if s.cache != nil {
		s.cache.StopAllGoroutines()
	}
}

// Mask is what somebody may see. Masks with equal keys must be equal; tiles are
// cached by the key.
type Mask struct {
	Key string
	// Allow reports whether a row of a layer may be seen; nil: all.
	Allow func(layer string, f *snapshot.Feature) bool
	// Hidden are properties that must not be put in. The code is always there.
	Hidden []string
}

// Request names a tile.
type Request struct {
	Layers  []string
	Z, X, Y int64
	At      entities.Instant
	// AtGiven and RevGiven tell that the caller's caller named the instant and
	// the revision; without RevGiven, Rev is not looked at and it is the newest.
	AtGiven, RevGiven bool
	Rev               entities.Revision
	// Properties are those wanted, of any of the layers; nil: all.
	Properties []string
	Mask       Mask
}

// Tile is an answer.
type Tile struct {
	Data []byte // gzip; not to be changed
	ETag string // strong, quoted
	// Revision that the tile was drawn at.
	Revision entities.Revision
	// NextBoundary is the next instant after Request.At at which the tile may
	// change without a commit; entities.Forever where there is none.
	NextBoundary entities.Instant
	// Immutable: instant and revision were both given and are past.
	Immutable bool
	// Features and Dropped count what is in the tile and what its budget left
	// out. Without features, Data is the compression of nothing.
	Features, Dropped int
	// Size is the number of bytes before compression.
	Size int
	// Cached tells that the tile was not drawn for this request.
	Cached bool
}

// Empty reports whether the tile has no features.
func (t *Tile) Empty() bool { return t.Features == 0 }

// plan is a request that has been checked.
type plan struct {
	Request
	id     ID
	grid   grid
	layers []planned
	head   entities.Revision
	epoch  uint64 // of erasures, before the views were taken
}

// planned is one layer of a plan.
type planned struct {
	*LayerConfig
	name       string
	view       *snapshot.View
	window     snapshot.Window
	selection  selection
	resolution int // of H3 cells; −1 for features
}

// plan checks a request. The views are acquired; release lets them go.
func (s *Server) plan(r Request) (p *plan, release func(), err error) {
	p = &plan{Request: r}
	if p.id, err = s.tileID(r.Z, r.X, r.Y); err != nil {
		return nil, nil, err
	}
	p.grid = newGrid(p.id)
	if len(r.Layers) == 0 {
		return nil, nil, &UnknownError{ErrUnknownLayer, "", s.names}
	}
	var held []func()
	release = func() {
		for _, f := range held {
			f()
		}
	}
	for i, name := range r.Layers {
		l, err := s.layer(name, p)
		if err == nil && slices.Contains(r.Layers[:i], name) {
			err = fmt.Errorf("layer %q is asked for twice: %w", name, ErrUnknownLayer)
		}
		if err != nil {
			release()
			return nil, nil, err
		}
		// Each epoch only grows, so their sum is new whenever one of them is.
		p.epoch += l.Live.Epoch()
		view, free, err := l.Live.View()
		if err != nil {
			release()
			return nil, nil, err
		}
		held = append(held, free)
		l.view = view
		p.layers = append(p.layers, l)
	}
	if err := p.checkProperties(); err != nil {
		release()
		return nil, nil, err
	}
	if err := p.checkRevision(); err != nil {
		release()
		return nil, nil, err
	}
	return p, release, nil
}

func (s *Server) tileID(z, x, y int64) (ID, error) {
	if z < int64(s.cfg.MinZoom) || z > int64(s.cfg.MaxZoom) {
		return ID{}, &RangeError{"z", z, int64(s.cfg.MinZoom), int64(s.cfg.MaxZoom)}
	}
	last := int64(1)<<z - 1
	if x < 0 || x > last {
		return ID{}, &RangeError{"x", x, 0, last}
	}
	if y < 0 || y > last {
		return ID{}, &RangeError{"y", y, 0, last}
	}
	return ID{uint32(z), uint32(x), uint32(y)}, nil
}

func (s *Server) layer(name string, p *plan) (planned, error) {
	cfg := s.layers[name]
	if cfg == nil {
		return planned{}, &UnknownError{ErrUnknownLayer, name, s.names}
	}
	l := planned{LayerConfig: cfg, name: name, resolution: -1}
	var margin int64
	if int(p.id.Z) < cfg.Detail {
		l.resolution = cellResolution(p.id.Z)
		var err error
		if margin, err = cellMargin(p.grid, l.resolution); err != nil {
			return planned{}, err
		}
	}
	l.window = p.grid.window(margin)
	l.selection.name, l.selection.zoom, l.selection.budget = name, p.id.Z, cfg.MaxBytes
	p.choose(&l.selection, entities.ClassAttr, classColumn)
	for i, property := range cfg.Live.Layer().Properties {
		p.choose(&l.selection, property, i)
	}
	if allow := p.Mask.Allow; allow != nil {
		l.selection.allow = func(f *snapshot.Feature) bool { return allow(name, f) }
	}
	return l, nil
}

// choose adds a property to a selection where it is wanted and may be seen.
func (p *plan) choose(s *selection, name string, property int) {
	if (p.Properties == nil || slices.Contains(p.Properties, name)) && !slices.Contains(p.Mask.Hidden, name) {
		s.columns = append(s.columns, column{name, property})
	}
}

// checkProperties refuses properties that no layer of the plan has.
func (p *plan) checkProperties() error {
	known := []string{entities.CodeProperty, entities.ClassAttr}
	for i := range p.layers {
		known = append(known, p.layers[i].view.Layer().Properties...)
	}
	for _, name := range p.Properties {
		if !slices.Contains(known, name) {
			return &UnknownError{ErrUnknownProperty, name, known}
		}
	}
	return nil
}

// checkRevision settles at which revision the tile is drawn: the newest that all
// layers know, unless one was given.
func (p *plan) checkRevision() error {
	p.head = p.layers[0].view.Revision()
	for i := range p.layers {
		p.head = min(p.head, p.layers[i].view.Revision())
	}
	if !p.RevGiven {
		p.Rev = p.head
	}
	if p.Rev < 0 || p.Rev > p.head {
		return fmt.Errorf("%w: %d; the newest is %d", entities.ErrUnknownRevision, p.Rev, p.head)
	}
	return nil
}
