package postgis

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chengma/chengma/entities"
)

// Config says how to open a store. Only URL is required.
type Config struct {
	// URL of the database (postgres://user:password@host:port/name), or key=value
	// pairs as libpq takes them. What is left out comes from the PG* variables of
	// the environment.
	URL string
	// Schema holds the tables; it is made where there is none. One database may
	// have several stores. Defaults to chengma.
	Schema string
	// Clock gives the time of publication. Defaults to time.Now. Published times
	// never go backwards, whatever the clock does.
	Clock func() time.Time
	// Logger is told of what goes on beside calls: migrations, lost listeners.
	// Defaults to none.
	Logger *slog.Logger
	// SearchFields names the attributes of a kind that feed Search. It must be
	// the same whenever the store is opened: rows are indexed when they are
	// written. Defaults to [entities.DefaultSearchFields].
	SearchFields func(entities.Kind) []string
	// PollInterval is how often Watch looks for revisions that it was not told
	// of, as on a standby, which tells nobody. Defaults to 500 ms.
	PollInterval time.Duration
	// Wait is how long a writer waits for other writers before it gives up with
	// ErrUnavailable. Defaults to 30 s.
	Wait time.Duration
	// StatementTimeout ends statements that run longer, with ErrUnavailable. It
	// must leave room for the largest batch. Defaults to none.
	StatementTimeout time.Duration
	// Secrets are keys by name, 32 bytes each, that are kept elsewhere; all
	// others are made at random and kept in the database. The key named "serials"
	// permutes the serials of persons and households and must never change.
	Secrets map[string][]byte
	// Connections is how many connections the store has at the most, the one
	// that listens not counted; at least 2. Defaults to 8.
	Connections int
}

func (c Config) withDefaults() (Config, error) {
	if c.URL == "" {
		return c, errors.New("the URL of the database is missing")
	}
	if c.Schema == "" {
		c.Schema = "chengma"
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.SearchFields == nil {
		c.SearchFields = entities.DefaultSearchFields
	}
	if c.PollInterval <= 0 {
		c.PollInterval = 500 * time.Millisecond
	}
	if c.Wait <= 0 {
		c.Wait = 30 * time.Second
	}
	if c.Connections <= 0 {
		c.Connections = 8
	}
	c.Connections = max(c.Connections, 2)
	for name, key := range c.Secrets {
		if len(key) != entities.SecretLen {
			return c, fmt.Errorf("secret %q has %d bytes; it needs %d", name, len(key), entities.SecretLen)
		}
	}
	return c, nil
}
