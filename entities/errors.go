package entities

import (
	"errors"
	"fmt"
)

// The errors of the domain. Stores and readers return them, wrapped with what
// was being done; callers test with errors.Is.
var (
	// ErrMalformedCode: a text is not the text of a city code.
	ErrMalformedCode = errors.New("not a city code")
	// ErrCheckCharacter: a text has the form of a city code, but its check
	// character does not fit.
	ErrCheckCharacter = errors.New("wrong check character")
	// ErrUnknownKind: there is no such kind.
	ErrUnknownKind = errors.New("unknown kind")
	// ErrNotFound: no such thing at the instant and revision asked for.
	ErrNotFound = errors.New("not found")
	// ErrNeverIssued: the code is well formed and was not given to anything.
	ErrNeverIssued = errors.New("code was never issued")
	// ErrErased: the thing's values were lawfully erased.
	ErrErased = errors.New("erased")
	// ErrFrozen: the code is frozen; nothing may be asserted of it.
	ErrFrozen = errors.New("code is frozen")
	// ErrAmbiguous: an alias names more than one thing at the instant.
	ErrAmbiguous = errors.New("ambiguous alias")
	// ErrKindMismatch: an alias or a code is of another kind than stated.
	ErrKindMismatch = errors.New("kind does not match")
	// ErrEmptyInterval: an interval of valid time holds no instant.
	ErrEmptyInterval = errors.New("empty interval")
	// ErrInvalidGeometry: coordinates that are not finite or not on the globe,
	// or bytes that are no geometry.
	ErrInvalidGeometry = errors.New("invalid geometry")
	// ErrInvalidValue: an attribute value that cannot be kept, such as NaN.
	ErrInvalidValue = errors.New("invalid value")
	// ErrInvalidQuery: a query that contradicts itself.
	ErrInvalidQuery = errors.New("invalid query")
	// ErrInvalidBatch: a batch that cannot be applied as it is.
	ErrInvalidBatch = errors.New("invalid batch")
	// ErrUnknownRevision: a revision that the store has not published, or no
	// longer keeps.
	ErrUnknownRevision = errors.New("unknown revision")
	// ErrConflict: what a revert would undo has been changed since.
	ErrConflict = errors.New("changed since")
	// ErrForeignCursor: a cursor that is damaged or belongs to another query.
	ErrForeignCursor = errors.New("cursor does not fit this query")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("store is closed")
	// ErrUnavailable: the store cannot be reached now; trying again may help.
	ErrUnavailable = errors.New("store is unavailable")
	// ErrSchemaVersion: the store was written by a newer or a foreign program.
	ErrSchemaVersion = errors.New("unknown store version")
)

// CodeError says what is wrong with the text of a code.
type CodeError struct {
	Text   string // as given, cut short
	Reason string
	Err    error // ErrMalformedCode or ErrCheckCharacter
}

func (e *CodeError) Error() string { return fmt.Sprintf("%q: %v: %s", e.Text, e.Err, e.Reason) }

func (e *CodeError) Unwrap() error { return e.Err }

// ActError names the act of a batch that could not be applied. Nothing of the
// batch was.
type ActError struct {
	Index int // of the act in Batch.Acts
	Act   Act
	Err   error
}

func (e *ActError) Error() string { return fmt.Sprintf("act %d (%T): %v", e.Index, e.Act, e.Err) }

func (e *ActError) Unwrap() error { return e.Err }

// AmbiguousError lists what an alias may mean. It has ErrAmbiguous in its chain.
type AmbiguousError struct {
	Key        Key
	Candidates []Code
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%v: %s names %d things", ErrAmbiguous, e.Key, len(e.Candidates))
}

func (e *AmbiguousError) Unwrap() error { return ErrAmbiguous }
