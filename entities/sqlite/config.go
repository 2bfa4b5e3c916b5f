package sqlite

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/chengma/chengma/entities"
)

// Config says how to open a store. The zero value works.
type Config struct {
	// Path of the file, which is made where there is none; its folder must be
	// there. Defaults to chengma.db in the working directory.
	Path string
	// Clock gives the time of publication. Defaults to time.Now. Published times
	// never go backwards, whatever the clock does.
	Clock func() time.Time
	// Logger is told of what goes on beside calls: migrations, checkpoints that
	// had to wait. Defaults to none.
	Logger *slog.Logger
	// SearchFields names the attributes of a kind that feed Search. It must be
	// the same whenever the store is opened: rows are indexed when they are
	// written. Defaults to name, short_name, place_name, former_name and address,
	// but for persons, households, rights and vehicles, which are not indexed.
	SearchFields func(entities.Kind) []string
	// PollInterval is how often Watch looks for revisions that other processes
	// published; those of this store it learns of at once. Defaults to 500 ms.
	PollInterval time.Duration
	// Wait is how long a writer waits for writers in other processes before it
	// gives up with ErrUnavailable. Defaults to 30 s.
	Wait time.Duration
	// Secrets are keys by name, 32 bytes each, that are kept elsewhere; all
	// others are made at random and kept in the file. The key named "serials"
	// permutes the serials of persons and households and must never change.
	Secrets map[string][]byte
	// Readers is how many connections read at the same time. Defaults to 8.
	Readers int
}

func (c Config) withDefaults() (Config, error) {
	if c.Path == "" {
		c.Path = "chengma.db"
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
	if c.Readers <= 0 {
		c.Readers = 8
	}
	for name, key := range c.Secrets {
		if len(key) != entities.SecretLen {
			return c, fmt.Errorf("secret %q has %d bytes; it needs %d", name, len(key), entities.SecretLen)
		}
	}
	return c, nil
}
