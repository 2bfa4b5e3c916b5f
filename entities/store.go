package entities

import (
	"context"
	"iter"
	"time"
)

// Store is the only truth of a city. Package storetest is its specification.
//
// All methods are safe for concurrent use and stop with the context's error when
// it ends. After Close every method fails with ErrClosed; so do the readers that
// the store gave. A store that cannot be reached fails with ErrUnavailable in the
// chain.
type Store interface {
	// Head returns the newest published revision, 0 for an empty store.
	Head(ctx context.Context) (Revision, error)
	// RevisionAt returns the newest revision published at or before t, 0 where
	// there is none.
	RevisionAt(ctx context.Context, t time.Time) (Revision, error)
	// Published returns what is known of one revision, ErrUnknownRevision where
	// it is not published.
	Published(ctx context.Context, rev Revision) (Published, error)
	// At returns a reader that knows what revision rev knows. It never fails; a
	// revision beyond the head is ErrUnknownRevision on first use. Readers need
	// no closing and hold nothing open between calls.
	At(rev Revision) Reader
	// Apply publishes a batch as the next revision, whole or not at all. A batch
	// whose key was seen before, and one that says nothing new, publish nothing.
	// A batch at fault is an [*ActError] or has ErrInvalidBatch in its chain.
	Apply(ctx context.Context, batch Batch) (Receipt, error)
	// Watch yields every revision after the given one, in order, without gap or
	// duplicate, and goes on until ctx ends (it then yields the context's error,
	// once) or the caller stops.
	Watch(ctx context.Context, after Revision) iter.Seq2[Published, error]
	// Close releases everything. It is safe to call twice.
	Close() error
}

// Published describes a revision.
type Published struct {
	Revision     Revision
	Time         time.Time
	Key          string // of the batch
	Source, Note string
	Kinds        []Kind // of the things touched, in order
	Counts       Counts
	Envelope     Box    // of all geometry that came or went, NoBox if none
	Erased       []Code // things whose values are gone from every revision
}

// Counts says how much a batch did.
type Counts struct {
	Acts, Created, Updated, Unchanged, Minted, Refused int
}

// Features is the part of a reader that answers from versions alone; a snapshot
// has it too.
type Features interface {
	// Get returns the version of a thing that holds at an instant. Where there is
	// none the error is ErrNotFound, ErrErased or ErrNeverIssued.
	Get(ctx context.Context, code Code, at Instant) (Entity, error)
	// Find yields the versions that a query asks for, in its order.
	Find(ctx context.Context, q Query) iter.Seq2[Entity, error]
	// History yields stored versions, ordered by (code, Valid.From, Recorded.From).
	History(ctx context.Context, q HistoryQuery) iter.Seq2[Entity, error]
}

// Reader reads the store as one revision knows it. An error ends a sequence. A
// sequence holds no transaction between its elements.
type Reader interface {
	Features
	// Status returns what is known of a code as such; ErrNeverIssued where the
	// revision does not know it.
	Status(ctx context.Context, code Code) (Status, error)
	// Resolve looks aliases up, one result for each key, in order. A key that
	// names nothing has no matches and is no error.
	Resolve(ctx context.Context, keys []Key, at Instant) ([]Resolution, error)
	// Aliases yields the aliases of things, ordered by (code, scheme, value,
	// Valid.From).
	Aliases(ctx context.Context, q AliasQuery) iter.Seq2[Alias, error]
	// Links yields links, ordered by (near end, role, far end, Valid.From).
	Links(ctx context.Context, q LinkQuery) iter.Seq2[Link, error]
	// Extent returns how much there is of a kind.
	Extent(ctx context.Context, kind Kind) (Extent, error)
}

// Extent says how many things of a kind the revision knows, at any valid time,
// and where and when they are. Valid is zero where Count is.
type Extent struct {
	Count    int
	Envelope Box
	Valid    Interval
}

// Resolution is what a key names at an instant.
type Resolution struct {
	Key Key
	// Matches are the aliases that hold at the instant, one a code. Where none
	// does, it is those that held last before it, or else first after it, and
	// Stale is true. More than one match is an ambiguous key.
	Matches []Alias
	Stale   bool
}

// Code returns the one thing that the key names: ErrNotFound where there is
// none, [*AmbiguousError] where there are several.
func (r Resolution) Code() (Code, error) {
	switch len(r.Matches) {
	case 0:
		return 0, notFound(r.Key.String())
	case 1:
		return r.Matches[0].Code, nil
	}
	codes := make([]Code, len(r.Matches))
	for i, m := range r.Matches {
		codes[i] = m.Code
	}
	return 0, &AmbiguousError{Key: r.Key, Candidates: codes}
}

// The capabilities below are optional: a caller that needs one asks for it by
// type assertion.

// Quarantine keeps refused records. Refusals are added by Apply, in the batch
// that they stood beside.
type Quarantine interface {
	// Refusals yields refused records in order of ID.
	Refusals(ctx context.Context, q RefusalQuery) iter.Seq2[Refusal, error]
	// Settle marks the open refusals of records that were loaded after all: those
	// of the source with the keys. It returns how many there were.
	Settle(ctx context.Context, source string, keys []string) (int, error)
	// Discrepancies yields them in order of ID, those with an ID above after.
	Discrepancies(ctx context.Context, after int64) iter.Seq2[Discrepancy, error]
}

// Journal remembers ingest runs, so that an interrupted one goes on.
type Journal interface {
	// Begin returns the unfinished run with this fingerprint, or a new one with
	// the start time given.
	Begin(ctx context.Context, fingerprint string, start time.Time) (Run, error)
	// Finish closes a run with a summary for people.
	Finish(ctx context.Context, id int64, summary string) error
}

// Run is one pass of a mapping over its sources.
type Run struct {
	ID          int64
	Fingerprint string
	Start       time.Time
	Resumed     bool
}

// Secrets keeps random keys of the store.
type Secrets interface {
	// Secret returns the 32 bytes kept under a name, made on first use.
	Secret(ctx context.Context, name string) ([]byte, error)
}

// Searcher finds things by words that people type.
type Searcher interface {
	// Search yields things whose search text holds all bigrams of the text at an
	// instant, best first, at most limit.
	Search(ctx context.Context, rev Revision, q TextQuery) iter.Seq2[Entity, error]
}

// TextQuery is what a search box asks.
type TextQuery struct {
	Text  string
	Kinds []Kind // empty: all
	At    Instant
	Limit int
}

// Verifier looks for damage.
type Verifier interface {
	// Verify yields everything that is not as it must be. An error ends it.
	Verify(ctx context.Context) iter.Seq2[Damage, error]
}

// Damage is one thing that is wrong with a store.
type Damage struct {
	Check string // a stable name: overlap, orphan-alias, dangling-link, …
	Code  Code   // 0 where it is about no one thing
	Text  string
}
