package sqlite

import (
	"context"
	"slices"

	"github.com/chengma/chengma/entities"
)

var _ entities.Loader = (*applier)(nil)

// loadAtOnce is how many keys or codes one statement asks for.
const loadAtOnce = 4096

// loadRows collects stored rows that a statement gives for a list.
func loadRows[T any](ctx context.Context, c *conn, text string, args []any, decode func(*rows) (T, error)) ([]entities.Stored[T], error) {
	r, err := c.query(context.Background(), text, args...)
	if err != nil {
		return nil, err
	}
	var out []entities.Stored[T]
	for r.next() {
		row, err := decode(r)
		if err != nil {
			_ = r.close() // the first error is the one that says why
			return nil, err
		}
		out = append(out, entities.Stored[T]{ID: r.int(0), Row: row})
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	return out, ctx.Err()
}

// byCodes runs a statement that takes codes for many of them.
func byCodes[T any](ctx context.Context, c *conn, text string, codes []entities.Code, decode func(*rows) (T, error)) ([]entities.Stored[T], error) {
	var out []entities.Stored[T]
	for chunk := range slices.Chunk(codes, loadAtOnce) {
		part, err := loadRows(ctx, c, text, []any{jsonNumbers(chunk)}, decode)
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
		for chunk := range slices.Chunk(byScheme[scheme], loadAtOnce) {
			list, err := jsonStrings(chunk)
			if err != nil {
				return nil, err
			}
			part, err := loadRows(ctx, a.conn, aliasesOpenByKeySQL, []any{scheme, list}, a.alias)
			if err != nil {
				return nil, err
			}
			out = append(out, part...)
		}
	}
	return out, nil
}

// AliasesOf loads the open aliases of things.
func (a *applier) AliasesOf(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.Alias], error) {
	return byCodes(ctx, a.conn, aliasesOpenSQL, codes, a.alias)
}

// Versions loads the open versions of things.
func (a *applier) Versions(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.Entity], error) {
	return byCodes(ctx, a.conn, versionsOpenSQL, codes, a.version)
}

// LinksFrom loads the open links from things.
func (a *applier) LinksFrom(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.Link], error) {
	return byCodes(ctx, a.conn, linksOpenSQL, codes, a.link)
}

// States loads the open states of codes.
func (a *applier) States(ctx context.Context, codes []entities.Code) ([]entities.Stored[entities.CodeState], error) {
	return byCodes(ctx, a.conn, statesOpenSQL, codes, a.state)
}

// Issued returns those of the codes that were ever given.
func (a *applier) Issued(_ context.Context, codes []entities.Code) ([]entities.Code, error) {
	var issued []entities.Code
	for chunk := range slices.Chunk(codes, loadAtOnce) {
		part, err := codesOf(a.conn.query(context.Background(), codesIssuedSQL, jsonNumbers(chunk)))
		if err != nil {
			return nil, err
		}
		issued = append(issued, part...)
	}
	return issued, nil
}

// AsOf returns what a published revision knew of a thing.
func (a *applier) AsOf(ctx context.Context, code entities.Code, rev entities.Revision) (entities.Past, error) {
	var past entities.Past
	if err := a.store.known(a.conn, rev); err != nil {
		return past, err
	}
	args := []any{int64(code), int64(rev)}
	versions, err := loadRows(ctx, a.conn, versionsAsOfSQL, args, a.version)
	if err != nil {
		return past, err
	}
	aliases, err := loadRows(ctx, a.conn, aliasesAsOfSQL, args, a.alias)
	if err != nil {
		return past, err
	}
	links, err := loadRows(ctx, a.conn, linksAsOfSQL, args, a.link)
	if err != nil {
		return past, err
	}
	states, err := loadRows(ctx, a.conn, statesAsOfSQL, args, a.state)
	if err != nil {
		return past, err
	}
	past.Versions, past.Aliases, past.Links, past.States = bare(versions), bare(aliases), bare(links), bare(states)
	return past, nil
}

func bare[T any](stored []entities.Stored[T]) []T {
	var out []T
	for i := range stored {
		out = append(out, stored[i].Row)
	}
	return out
}

// Rows as the head knows them.

func (a *applier) version(r *rows) (entities.Entity, error) {
	return a.store.version(a.conn, r, entities.Open-1)
}

func (a *applier) alias(r *rows) (entities.Alias, error) { return alias(r, entities.Open-1), nil }

func (a *applier) link(r *rows) (entities.Link, error) { return link(r, entities.Open-1), nil }

func (a *applier) state(r *rows) (entities.CodeState, error) {
	return codeState(r, entities.Open-1), nil
}
