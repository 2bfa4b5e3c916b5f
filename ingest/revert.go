package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// ConflictError says which things a revert would undo later changes of. It has
// entities.ErrConflict in its chain.
type ConflictError struct {
	Revision entities.Revision
	Codes    []entities.Code // in order
}

// Error names the first few.
func (e *ConflictError) Error() string {
	const most = 10
	var names []string
	for _, c := range e.Codes[:min(len(e.Codes), most)] {
		names = append(names, c.String())
	}
	more := ""
	if len(e.Codes) > most {
		more = fmt.Sprintf(" and %d more", len(e.Codes)-most)
	}
	return fmt.Sprintf("revision %d: %v: %s%s; revert the later revisions first", e.Revision, entities.ErrConflict, strings.Join(names, ", "), more)
}

// Unwrap returns entities.ErrConflict.
func (e *ConflictError) Unwrap() error { return entities.ErrConflict }

// Revert publishes a batch that puts everything that a revision touched back to
// what the revision before it knew. Nothing is forgotten: the reverted revision
// can still be read. Where something was changed again since, or was linked to
// that would be nothing then, nothing is done and the error is a
// [*ConflictError]. A revision that does not exist is entities.ErrUnknownRevision.
func Revert(ctx context.Context, store entities.Store, rev entities.Revision) (entities.Receipt, error) {
	receipt, err := revert(ctx, store, rev)
	var conflict *ConflictError
	if err != nil && !errors.As(err, &conflict) {
		err = fmt.Errorf("revert revision %d: %w", rev, err)
	}
	return receipt, err
}

func revert(ctx context.Context, store entities.Store, rev entities.Revision) (receipt entities.Receipt, err error) {
	published, err := store.Published(ctx, rev)
	if err != nil {
		return receipt, err
	}
	if len(published.Erased) > 0 {
		return receipt, fmt.Errorf("it erased %d things, which cannot be undone: %w", len(published.Erased), entities.ErrErased)
	}
	head, err := store.Head(ctx)
	if err != nil {
		return receipt, err
	}
	codes, err := touched(ctx, store.At(rev), entities.Trail{Superseded: true, After: rev - 1}, nil)
	if err != nil {
		return receipt, err
	}
	if len(codes) == 0 {
		return receipt, errors.New("it changed the states of codes alone (freezing, reserving), which are set back one by one")
	}
	if head > rev {
		since, err := conflicts(ctx, store, rev, head, codes)
		if err != nil {
			return receipt, err
		}
		if len(since) > 0 {
			return receipt, &ConflictError{Revision: rev, Codes: since}
		}
	}
	batch := entities.Batch{Key: fmt.Sprintf("revert:%d", rev), Source: published.Source, Note: fmt.Sprintf("revert of revision %d", rev)}
	for _, code := range codes {
		batch.Acts = append(batch.Acts, &entities.Restore{Subject: entities.ByCode(code), To: rev - 1})
	}
	return store.Apply(ctx, batch)
}

// conflicts lists the things in the way of taking a revision back: those that
// were changed since, and those that are linked since to what it made.
func conflicts(ctx context.Context, store entities.Store, rev, head entities.Revision, codes []entities.Code) ([]entities.Code, error) {
	since, err := touched(ctx, store.At(head), entities.Trail{Superseded: true, After: rev}, codes)
	if err != nil {
		return nil, err
	}
	before, err := touched(ctx, store.At(rev-1), entities.Trail{}, codes)
	if err != nil {
		return nil, err
	}
	made := slices.DeleteFunc(slices.Clone(codes), func(c entities.Code) bool {
		_, known := slices.BinarySearch(before, c)
		return known
	})
	if len(made) == 0 {
		return since, nil
	}
	for l, err := range store.At(head).Links(ctx, entities.LinkQuery{Codes: made, Reverse: true}) {
		if err != nil {
			return nil, err
		}
		if _, reverted := slices.BinarySearch(codes, l.From); !reverted {
			since = append(since, l.From)
		}
	}
	slices.Sort(since)
	return slices.Compact(since), nil
}

// touched lists, in order, the things of which a row came or went in a trail, of
// a zero one those that have rows; only those among some, where some are given.
func touched(ctx context.Context, reader entities.Reader, trail entities.Trail, some []entities.Code) ([]entities.Code, error) {
	found := make(map[entities.Code]bool)
	for e, err := range reader.History(ctx, entities.HistoryQuery{Codes: some, Trail: trail}) {
		if err != nil {
			return nil, err
		}
		found[e.Code] = true
	}
	for a, err := range reader.Aliases(ctx, entities.AliasQuery{Codes: some, Trail: trail}) {
		if err != nil {
			return nil, err
		}
		found[a.Code] = true
	}
	for l, err := range reader.Links(ctx, entities.LinkQuery{Codes: some, Trail: trail}) {
		if err != nil {
			return nil, err
		}
		found[l.From] = true
	}
	codes := make([]entities.Code, 0, len(found))
	for code := range found {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes, nil
}
