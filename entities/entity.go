package entities

import "fmt"

// Entity is one version of one thing: what holds over Valid, as the revisions in
// Recorded know it. Readers return versions; all versions of a code that one
// revision knows are disjoint in valid time.
type Entity struct {
	Code     Code
	Class    string // of the kind's classes; empty where the kind has one
	Attrs    Attrs
	Geometry Geometry
	Valid    Interval
	Recorded Span
	Cause    Cause        // why the version was written
	Origin   Origin       // where its values come from
	Origins  []AttrOrigin // those that come from elsewhere, sorted by name
}

// Kind returns the kind of the thing.
func (e *Entity) Kind() Kind { return e.Code.Kind() }

// OriginOf returns where an attribute comes from; [GeometryAttr] and [ClassAttr]
// name the geometry and the class.
func (e *Entity) OriginOf(name string) Origin {
	for _, o := range e.Origins {
		if o.Name == name {
			return o.Origin
		}
	}
	return e.Origin
}

// SameState reports whether the two say the same of a thing. Where it comes from
// and when it holds is no part of it.
func (e *Entity) SameState(o *Entity) bool {
	return e.Class == o.Class && e.Attrs.Equal(o.Attrs) && e.Geometry.Equal(o.Geometry)
}

// Names under which geometry and class stand among attributes, in origins and in
// discrepancies. No attribute can have them.
const (
	GeometryAttr = "geometry"
	ClassAttr    = "class"
)

// Origin says where a value comes from: one source (数源), when it collected the
// value, and under which document.
type Origin struct {
	Source    string
	Collected Instant // Beginning where unknown
	Document  string
}

// AttrOrigin is the origin of one attribute.
type AttrOrigin struct {
	Name   string
	Origin Origin
}

// Cause says why a row was written.
type Cause uint8

// The causes. Change: the world changed. Correction: we were wrong. Revert: a
// revision was taken back.
const (
	CauseChange Cause = iota
	CauseCorrection
	CauseEnd
	CauseSplit
	CauseMerge
	CauseSameAs
	CauseErasure
	CauseRevert
)

var causeNames = [...]string{"change", "correction", "end", "split", "merge", "same-as", "erasure", "revert"}

// Causes returns all causes.
func Causes() []Cause {
	all := make([]Cause, len(causeNames))
	for i := range all {
		all[i] = Cause(i)
	}
	return all
}

// String returns the name of the cause as it stands in answers.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("cause(%d)", uint8(c))
}

// State is where a code is in its life, which is not the life of the thing.
type State uint8

// The states. Reserved: given, with nothing said yet. Active: its thing is, or
// will be. Frozen: nothing may be asserted. Retired: its thing has ended, or is a
// duplicate of another. Erased: its values were lawfully removed.
const (
	Reserved State = iota
	Active
	Frozen
	Retired
	Erased
)

var stateNames = [...]string{"reserved", "active", "frozen", "retired", "erased"}

// String returns the name of the state as it stands in answers.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Status is what a revision knows of a code as such.
type Status struct {
	Code       Code
	State      State
	Reason     string // of freezing, erasure, or same-as
	Changed    Revision
	SameAs     Code   // the thing that this one is a duplicate of, 0 if none
	Successors []Code // what replaced it in the city, in order of code
}

// Key is an alias as people and registers write it: a scheme and a value in it.
// Values of sensitive schemes are sealed before they become a Key, see [Sealer].
type Key struct {
	Scheme, Value string
}

// String returns scheme:value.
func (k Key) String() string { return k.Scheme + ":" + k.Value }

func (k Key) check() error {
	if k.Scheme == "" || k.Value == "" {
		return fmt.Errorf("%w: alias %q needs a scheme and a value", ErrInvalidBatch, k)
	}
	return nil
}

// Alias says that a key named a thing over an interval.
type Alias struct {
	Key
	Mask     string // how a sealed value may be shown; empty where the value is open
	Code     Code
	Valid    Interval
	Recorded Span
	Source   string
}

// Link says that a thing stood in a role to another over an interval.
type Link struct {
	From       Code
	Role       string
	To         Code
	Valid      Interval
	Recorded   Span
	Share      Share
	Source     string
	Method     string  // key, containment, nearest, address, manual
	Level      int     // match level, 0 where it does not apply
	Confidence float64 // 0 to 1; 1 for a key
}

// RoleReplacedBy is the role of the links from what was split or merged away to
// what replaced it.
const RoleReplacedBy = "replaced-by"

// Share is a part of a whole, such as 1/3 of a right; the zero Share is "does not
// apply".
type Share struct {
	Num, Den uint32
}
