package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// City is what pages and documents call the city.
type City struct {
	Name        schemas.Text // Defaults to "城市" / "City"
	Code        string       // its division code, as in 440300:B00003NQK8NP; may be empty
	Attribution string       // who must be named beside its data; may be empty
}

// Config configures a [Server]. Only Store is required.
type Config struct {
	Store entities.Store
	// Features gives a faster reader of a kind at a revision, such as a snapshot,
	// or nil where the store is to be asked. It may be nil itself.
	Features func(kind entities.Kind, rev entities.Revision) entities.Features
	// Tiles draws vector tiles. Without it there are no layers.
	Tiles Tiles
	// Schemas describes the kinds. Defaults to schemas.Default().
	Schemas *schemas.Registry
	City    City
	// Zone is where bare dates are days. Defaults to UTC.
	Zone *time.Location
	// Keys say who may see more than is open to everybody. Defaults to no keys.
	Keys *Keys
	// Sealer seals values of sensitive schemes as the store has them. Where it is
	// nil, sensitive schemes resolve nothing.
	Sealer *entities.Sealer
	// Viewer has index.html and its assets. Without it a plain page stands at /.
	Viewer fs.FS

	// PublicURL is the address that clients see, such as https://city.example/cim.
	// Where it is empty, it is taken from each request: Forwarded, X-Forwarded-*,
	// Host.
	PublicURL string
	// IgnoreForwarded refuses to believe Forwarded and X-Forwarded-* headers, for
	// servers that no proxy stands before.
	IgnoreForwarded bool

	DefaultLimit int           // items on a page. Defaults to 10
	MaxLimit     int           // items on a page at most; more is clamped. Defaults to 10,000
	CountUpTo    int           // numberMatched is counted exactly up to this. Defaults to 1,000
	MaxRefs      int           // of one POST /entities/resolve. Defaults to 10,000
	MaxBody      int64         // bytes of a request body. Defaults to 4 MiB
	MaxURL       int           // bytes of path and query. Defaults to 16 KiB
	RevisionWait time.Duration // for a revision that is not there yet. Defaults to 2 s
	AnswerWithin time.Duration // until an answer begins, else it is unavailable. Defaults to 30 s

	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets defects and lost stores. Defaults to nothing.
	Log *slog.Logger
	// Metrics is what /metrics shows. Defaults to a registry of the server's own.
	Metrics *prometheus.Registry
}

func (c Config) withDefaults() (Config, error) {
	if c.Store == nil {
		return c, errors.New("api: Config.Store is required")
	}
	if c.Schemas == nil {
		c.Schemas = schemas.Default()
	}
	if c.City.Name == (schemas.Text{}) {
		c.City.Name = schemas.Text{Zh: "城市", En: "City"}
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Keys == nil {
		c.Keys = &Keys{}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" {
			return c, fmt.Errorf("api: Config.PublicURL %q: want http(s)://host/path", c.PublicURL)
		}
		c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	}
	c.DefaultLimit = orDefault(c.DefaultLimit, 10)
	c.MaxLimit = orDefault(c.MaxLimit, 10_000)
	c.CountUpTo = orDefault(c.CountUpTo, 1000)
	c.MaxRefs = orDefault(c.MaxRefs, 10_000)
	c.MaxBody = orDefault(c.MaxBody, 4<<20)
	c.MaxURL = orDefault(c.MaxURL, 16<<10)
	c.RevisionWait = orDefault(c.RevisionWait, 2*time.Second)
	c.AnswerWithin = orDefault(c.AnswerWithin, 30*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	return c, nil
}

func orDefault[T int | int64 | time.Duration](value, fallback T) T {
	if value <= 0 {
		return fallback
	}
	return value
}

// Server answers the HTTP contract. It follows the store's revisions until it is
// closed; it does not close the store.
type Server struct {
	cfg     Config
	open    *Access // what everybody sees
	byKind  [entities.Household + 1]*schemas.Kind
	schemes map[string]schemas.AliasScheme
	layouts map[string]*regexp.Regexp // of the values of alias schemes
	ops     []*operation
	head    *head
	handler http.Handler
	metrics *metrics
	mux     chi.Router
}

// New makes a server and begins to follow the store. The store must be open.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, schemes: map[string]schemas.AliasScheme{}, layouts: map[string]*regexp.Regexp{}}
	for _, kind := range entities.Kinds() {
		described, ok := cfg.Schemas.Lookup(kind.String())
		if !ok {
			return nil, fmt.Errorf("api: Config.Schemas does not describe the kind %s", kind)
		}
		s.byKind[kind] = described
	}
	for _, scheme := range cfg.Schemas.Schemes() {
		s.schemes[scheme.Scheme] = scheme
		if s.layouts[scheme.Scheme], err = regexp.Compile(scheme.Pattern); err != nil {
			return nil, fmt.Errorf("api: Config.Schemas: scheme %s: %w", scheme.Scheme, err)
		}
	}
	s.open = openAccess(cfg.Schemas)
	if s.metrics, err = newMetrics(cfg.Metrics); err != nil {
		return nil, err
	}
	if s.head, err = follow(context.Background(), cfg.Store, cfg.Log); err != nil {
		return nil, err
	}
	s.ops = s.operations()
	s.handler = s.router()
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close stops following the store and waits until that has ended.
func (s *Server) Close() error {
	s.head.stop()
	return nil
}
