package entities

import (
	"fmt"
	"time"
)

// Ref names a thing in a batch: by its code, or by a key. A key that several
// things have at the time in question is ErrAmbiguous.
type Ref struct {
	Code Code
	Key  Key
}

// ByCode and ByKey make references.
func ByCode(code Code) Ref { return Ref{Code: code} }

// ByKey refers to the thing that has the alias.
func ByKey(scheme, value string) Ref { return Ref{Key: Key{Scheme: scheme, Value: value}} }

// IsZero reports whether the reference names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// String returns the code or the key.
func (r Ref) String() string {
	if r.Code != 0 {
		return r.Code.String()
	}
	return r.Key.String()
}

// Mode says what an act means. A Change says that the world changed at Over.From:
// where Over has no end, each thing stated holds until the next change of it
// that is known already, so that a late record does not undo a later one. A
// Correction says that we were wrong: it holds over exactly Over.
type Mode uint8

// The two modes.
const (
	Change Mode = iota
	Correction
)

// Act is one step of a batch: one of [Assert], [End], [ClaimAlias], [EndAlias],
// [Relate], [SameAs], [UndoSameAs], [Mark], [Erase], [Restore].
type Act interface {
	// subject is the thing that the act is about.
	subject() Ref
	check() error
}

// Assert says what a thing is over an interval. Versions are split where needed;
// attributes that Patch does not name are left alone. A key that names nothing
// mints a code, and the key becomes its alias over KeyValid.
type Assert struct {
	Subject  Ref
	Kind     Kind     // of the thing; may be 0 where Subject is a code
	KeyValid Interval // of the alias that a minting key becomes; zero: Always
	KeyMask  string   // Alias.Mask of that alias

	Over  Interval
	Mode  Mode
	Cause Cause // CauseSplit, CauseMerge or CauseRevert; else it follows Mode

	Class     string    // empty: left alone
	Patch     Attrs     // Null says that there is none; Unset removes what this source gave
	Geometry  *Geometry // nil: left alone; the zero Geometry removes what this source gave
	Secondary Attrs     // attributes another source answers for, see below
	Whole     bool      // attributes of Origin.Source that Patch does not name are removed
	Origin    Origin
}

// Of Secondary (一数一源): a value is taken only where no other source has given
// one; where it differs from the other source's it changes nothing and becomes a
// [Discrepancy] of the receipt.

// End says that a thing is not, over an interval: from an instant to Forever it
// has ended; Always, as a correction, says that it never was.
type End struct {
	Subject Ref
	Over    Interval
	Mode    Mode
	Cause   Cause // CauseEnd where zero; CauseSplit, CauseMerge, CauseRevert
	Into    []Ref // what replaced it: links in RoleReplacedBy from Over.From on
	Origin  Origin
}

// ClaimAlias says that a key names a thing over an interval. Other things that
// had it then lose it (the alias moves), unless Shared, which makes it ambiguous.
type ClaimAlias struct {
	Key     Key
	Mask    string
	Subject Ref
	Over    Interval
	Mode    Mode
	Shared  bool
	Source  string
}

// EndAlias says that a key does not name a thing over an interval; a zero Subject
// means every thing that it named.
type EndAlias struct {
	Key     Key
	Subject Ref
	Over    Interval
	Mode    Mode
}

// Target is one end of a link.
type Target struct {
	To         Ref
	Share      Share
	Method     string
	Level      int
	Confidence float64
}

// Relate says what a thing is linked to in a role over an interval: To and, of
// this source, nothing else. With Add the other targets stay. Without Add, an
// empty To says that it is linked to nothing. Nothing can be linked to a thing
// that is erased: ErrErased.
type Relate struct {
	From   Ref
	Role   string
	To     []Target
	Add    bool
	Over   Interval
	Mode   Mode
	Source string
}

// SameAs says that we discovered a duplicate: two codes for one thing. From the
// revision on, the duplicate is no thing of its own, and what is asserted of it
// goes to Of. [UndoSameAs] takes it back. What the same batch asserts of the
// duplicate before makes it ErrInvalidBatch.
type SameAs struct {
	Duplicate Ref
	Of        Ref
	Reason    string
}

// UndoSameAs says that the two are two things after all: the duplicate is again
// what it was.
type UndoSameAs struct {
	Duplicate Ref
}

// Mark moves a code in its own life: Reserved mints a code for a key with nothing
// said of it, Frozen and Active close and open it for assertions.
type Mark struct {
	Subject Ref
	Kind    Kind
	State   State
	Reason  string
}

// Erase takes a thing's values (attributes, geometry, aliases, links) out of
// every version at every revision and leaves a tombstone with the reason.
type Erase struct {
	Subject Ref
	Reason  string
}

// Restore puts a thing back to what a revision knew of it: versions, aliases and
// links, as a correction. It is what a revert is made of.
type Restore struct {
	Subject Ref
	To      Revision
}

func (a *Assert) subject() Ref     { return a.Subject }
func (a *End) subject() Ref        { return a.Subject }
func (a *ClaimAlias) subject() Ref { return a.Subject }
func (a *EndAlias) subject() Ref   { return a.Subject }
func (a *Relate) subject() Ref     { return a.From }
func (a *SameAs) subject() Ref     { return a.Duplicate }
func (a *UndoSameAs) subject() Ref { return a.Duplicate }
func (a *Mark) subject() Ref       { return a.Subject }
func (a *Erase) subject() Ref      { return a.Subject }
func (a *Restore) subject() Ref    { return a.Subject }

// Batch is what is published together: whole or not at all.
type Batch struct {
	// Key names the batch; a key seen before changes nothing. It is required.
	Key string
	// Source and Note say who and why, for people.
	Source, Note string
	Acts         []Act
	// Refusals are the records that ingest refused beside these acts; they are
	// kept with the batch so that counts always add up.
	Refusals []Refusal
}

// Outcome is what became of an act.
type Outcome uint8

// The outcomes.
const (
	Unchanged Outcome = iota // it was known already
	Created                  // a thing has its first version
	Updated                  // something else changed
)

// Result is what became of one act.
type Result struct {
	Code    Code // of the act's subject
	Minted  bool
	Outcome Outcome
}

// Receipt answers a batch.
type Receipt struct {
	// Revision is the one that the batch was published as, or the head where it
	// changed nothing.
	Revision      Revision
	Time          time.Time
	Repeated      bool     // the batch key was seen before
	Results       []Result // one for each act, in order; nil where Repeated
	Discrepancies []Discrepancy
}

// Discrepancy says that a source contradicts the one that answers for an
// attribute.
type Discrepancy struct {
	ID          int64
	Code        Code
	Name        string
	Over        Interval
	Kept        Value
	KeptSource  string
	Other       Value
	OtherSource string
	Revision    Revision
}

func notFound(what string) error { return fmt.Errorf("%s: %w", what, ErrNotFound) }

func checkRef(r Ref) error {
	if r.Code != 0 {
		if !r.Code.Kind().Valid() || r.Code.Serial() == 0 {
			return fmt.Errorf("%w: %d", ErrMalformedCode, uint64(r.Code))
		}
		return nil
	}
	return r.Key.check()
}
