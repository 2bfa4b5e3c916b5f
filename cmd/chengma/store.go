package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
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
	address := cmp.Or(p.storeURL, p.env("CHENGMA_STORE"), defaultStore)
	p.storeURL = address
	switch scheme, path, _ := strings.Cut(address, ":"); {
	case scheme == "postgres", scheme == "postgresql":
		return postgis.Open(ctx, postgis.Config{URL: address, Clock: p.now, Logger: p.log, SearchFields: searchFields})
	case scheme != "sqlite" || path == "":
		return nil, usageError("store %q is neither sqlite:FILE nor postgres://…", redacted(address))
	default:
		if _, err := os.Stat(path); err != nil && how == existing {
			return nil, fmt.Errorf("store %s: %w; chengma ingest makes one", address, err)
		}
		return sqlite.Open(ctx, sqlite.Config{Path: path, Clock: p.now, Logger: p.log, SearchFields: searchFields})
	}
}

// redacted is an address without its password.
func redacted(text string) string {
	if parsed, err := url.Parse(text); err == nil {
		return parsed.Redacted()
	}
	return "(unreadable)"
}

// snapshotFolder is where the derived copies of the store lie: beside the file of
// an embedded store, else in the user's cache, in a folder of the database's own.
func (p *program) snapshotFolder() (string, error) {
	if path, embedded := strings.CutPrefix(p.storeURL, "sqlite:"); embedded {
		return strings.TrimSuffix(path, ".db") + ".snapshots", nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("folder for snapshots: %w", err)
	}
	sum := sha256.Sum256([]byte(redacted(p.storeURL)))
	return filepath.Join(cache, "chengma", hex.EncodeToString(sum[:8])), nil
}

// searchFields are the attributes that schemas mark for the search box.
func searchFields(kind entities.Kind) []string {
	described, ok := schemas.Default().Lookup(kind.String())
	if !ok {
		return nil
	}
	return described.SearchFields
}
