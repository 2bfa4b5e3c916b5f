package postgis

import (
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

var _ entities.Loader = (*applier)(nil)

// loadAtOnce is how many keys or codes one statement asks for.
const loadAtOnce = 8192

// latest is the revision that knows every row.
const latest = entities.Open - 1

// note remembers the code of a row that was loaded.
func (a *applier) note(table int, id, code int64) {
	if a.loaded[table] == nil {
		a.loaded[table] = make(map[int64]int64)
	}
	a.loaded[table][id] = code
}

// loadRows collects stored rows of a table.
func loadRows[T any](ctx context.Context, a *applier, table int, decode func(*row, entities.Revision) T, text string, args ...any) ([]entities.Stored[T], error) {
	var out []entities.Stored[T]
	err := a.conn.query(ctx, func(r *row) error {
		a.note(table, r.int(0), r.int(1))
		out = append(out, entities.Stored[T]{ID: r.int(0), Row: decode(r, latest)})
		return nil
	}, text, args...)
	return out, err
}

// loadVersions collects stored versions.
func (a *applier) loadVersions(ctx context.Context, text string, args ...any) ([]entities.Stored[entities.Entity], error) {
	var found versions
	err := a.conn.query(ctx, func(r *row) error {
		a.note(tableVersions, r.int(versionID), r.int(versionCode))
		return found.add(a.conn, r, latest)
	}, text, args...)
	if err != nil {
		return nil, err
	}
	if err := a.store.giveOrigins(ctx, a.conn, &found); err != nil {
		return nil, err
	}
	out := make([]entities.Stored[entities.Entity], len(found.rows))
	for i := range found.rows {
		out[i] = entities.Stored[entities.Entity]{ID: found.rows[i].id, Row: found.rows[i].entity}
	}
	return out, nil
}

// inChunks asks for many codes.
func inChunks[K, T any](keys []K, load func([]K) ([]T, error)) ([]T, error) {
	var out []T
	for chunk := range slices.Chunk(keys, loadAtOnce) {
		part, err := load(chunk)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// Keys loads the open aliases with given keys.
func (a *applier) Keys(ctx context.Context, keys []entities.Key) ([]entities.Stored[entities.Alias], error) {
	byScheme := make(map[string][]string)
	var schemes []string
	for _, key := range keys {
		if byScheme[key.Scheme] == nil {
			schemes = append(schemes, key.Scheme)
		}
		byScheme[key.Scheme] = append(byScheme[key.Scheme], key.Value)
	}
	var out []entities.Stored[entities.Alias]
	for _, scheme := range schemes {
		part, err := inChunks(byScheme[scheme], func(values []string) ([]entities.Stored[entities.Alias], error) {
			return loadRows(ctx, a, tableAliases, alias, aliasesOpenByKeySQL, scheme, values)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// AliasesOf loads the open aliases of things.
func (a *applier) AliasesOf(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.Alias], error) {
	return inChunks(codes, func(chunk []entities.Code) ([]entities.Stored[entities.Alias], error) {
		return loadRows(ctx, a, tableAliases, alias, aliasesOpenSQL, plain(chunk))
	})
}

// Versions loads the open versions of things.
func (a *applier) Versions(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.Entity], error) {
	return inChunks(codes, func(chunk []entities.Code) ([]entities.Stored[entities.Entity], error) {
		return a.loadVersions(ctx, versionsOpenSQL, plain(chunk))
	})
}

// LinksFrom loads the open links from things.
func (a *applier) LinksFrom(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.Link], error) {
	return inChunks(codes, func(chunk []entities.Code) ([]entities.Stored[entities.Link], error) {
		return loadRows(ctx, a, tableLinks, link, linksOpenSQL, plain(chunk))
	})
}

// States loads the open states of codes.
func (a *applier) States(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.CodeState], error) {
	return inChunks(codes, func(chunk []entities.Code) ([]entities.Stored[entities.CodeState], error) {
		return loadRows(ctx, a, tableStates, codeState, statesOpenSQL, plain(chunk))
	})
}

// Issued returns those of the codes that were ever given.
func (a *applier) Issued(ctx context.Context, codes []entities.Code) ([]entities.Code, error) {
	return inChunks(codes, func(chunk []entities.Code) ([]entities.Code, error) {
		return codesOf(ctx, a.conn, codesIssuedSQL, plain(chunk))
	})
}

// AsOf returns what a published revision knew of a thing.
func (a *applier) AsOf(ctx context.Context, code entities.Code, rev entities.Revision) (entities.Past, error) {
	if rev < 0 || rev > a.head.rev {
		return entities.Past{}, fmt.Errorf("%w: %d; the head is %d", entities.ErrUnknownRevision, rev, a.head.rev)
	}
	versions, err := a.loadVersions(ctx, versionsAsOfSQL, int64(code), int64(rev))
	if err != nil {
		return entities.Past{}, err
	}
	aliases, err := loadRows(ctx, a, tableAliases, alias, aliasesAsOfSQL, int64(code), int64(rev))
	if err != nil {
		return entities.Past{}, err
	}
	links, err := loadRows(ctx, a, tableLinks, link, linksAsOfSQL, int64(code), int64(rev))
	if err != nil {
		return entities.Past{}, err
	}
	states, err := loadRows(ctx, a, tableStates, codeState, statesAsOfSQL, int64(code), int64(rev))
	if err != nil {
		return entities.Past{}, err
	}
	return entities.Past{Versions: bare(versions), Aliases: bare(aliases), Links: bare(links), States: bare(states)}, nil
}

func bare[T any](stored []entities.Stored[T]) []T {
	var out []T
	for i := range stored {
		out = append(out, stored[i].Row)
	}
	return out
}

// Mint gives the next issuable code of a kind.
func (a *applier) Mint(ctx context.Context, kind entities.Kind) (entities.Code, error) {
	seq := a.minted[kind]
	if seq == nil {
		var err error
		if seq, err = a.sequence(ctx, kind); err != nil {
			return 0, err
		}
		if a.minted == nil {
			a.minted = make(map[entities.Kind]*entities.Serials)
		}
		a.minted[kind] = seq
	}
	return seq.Mint()
}

// sequence returns the serials of a kind within the transaction: the block from
// where the table stood up to where the transaction ends.
func (a *applier) sequence(ctx context.Context, kind entities.Kind) (*entities.Serials, error) {
	r, err := a.conn.row(ctx, serialNextSQL, int64(kind))
	if err != nil {
		return nil, err
	}
	next := uint64(1)
	if r != nil {
		next = uint64(r.int(0))
	}
	permute, err := a.permutation(ctx, kind)
	if err != nil {
		return nil, err
	}
	return entities.NewSerials(kind, next, permute)
}

// secretSerials names the key of the permutations.
const secretSerials = "serials"

// permutation returns that of a kind, nil where its serials are in sequence.
func (a *applier) permutation(ctx context.Context, kind entities.Kind) (*entities.Permutation, error) {
	if !kind.Permuted() {
		return nil, nil
	}
	if p := a.store.permute[kind]; p != nil {
		return p, nil
	}
	key, made, err := a.store.secret(ctx, a.conn, secretSerials)
	if err != nil {
		return nil, err
	}
	p, err := entities.NewPermutation(key, kind)
	if err == nil && !made { // a key made here is known only once it is committed
		a.store.permute[kind] = p
	}
	return p, err
}
