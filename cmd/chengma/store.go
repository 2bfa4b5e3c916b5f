package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/schemas"
)

const defaultStore = "sqlite:chengma.db"

// opening says whether a store may be made where there is none.
type opening bool

const (
	existing opening = false
	orNew    opening = true
)

// openStore opens the store that --store or the environment names.
func (p *program) openStore(ctx context.Context, how opening) (entities.Store, error) {
	url := p.storeURL
	if url == "" {
		url = p.env("CHENGMA_STORE")
	}
	if url == "" {
		url = defaultStore
	}
	scheme, path, _ := strings.Cut(url, ":")
	if scheme != "sqlite" || path == "" {
		return nil, usageError("store %q: sqlite:FILE is what there is", url)
	}
	if _, err := os.Stat(path); err != nil && how == existing {
		return nil, fmt.Errorf("store %s: %w; chengma ingest makes one", url, err)
	}
	p.storeURL = url
	return sqlite.Open(ctx, sqlite.Config{Path: path, Clock: p.now, Logger: p.log, SearchFields: searchFields})
}

// snapshotFolder is where the derived copies of the store lie.
func (p *program) snapshotFolder() string {
	_, path, _ := strings.Cut(p.storeURL, ":")
	return strings.TrimSuffix(path, ".db") + ".snapshots"
}

// searchFields are the attributes that schemas mark for the search box.
func searchFields(kind entities.Kind) []string {
	described, ok := schemas.Default().Lookup(kind.String())
	if !ok {
		return nil
	}
	return described.SearchFields
}
