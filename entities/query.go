package entities

import (
	"fmt"

	"github.com/twpayne/go-geom"
)

// Query asks for versions. The zero value of a field does not restrict, but for
// Kinds and Valid, which are required.
type Query struct {
	Kinds   []Kind
	Classes []string
	Codes   []Code
	// Valid is the valid time asked about: [During] for an instant. Over a longer
	// interval each code comes once, in its latest version that overlaps it; the
	// other conditions are asked of that version.
	Valid Interval
	// Box keeps versions whose shape shares a point with it; a version without
	// geometry is never in a box.
	Box *Box
	// Intersects keeps versions whose shape shares a point with this one, in
	// lon/lat, exactly.
	Intersects geom.T
	// Filter keeps versions for which it is true.
	Filter *Filter
	// Linked keeps things that have a link in Role to (or, with Reverse, from) a
	// code at any instant of Valid.
	Linked *Linked
	// Order is by these attributes first, then by code. Values of one attribute
	// order as unset, null, false, true, numbers, text, JSON.
	Order []Order
	// After goes on behind the version with these keys; Keys are its values of
	// Order.
	After *Position
	Limit int // 0: no limit
}

// Check fails with ErrInvalidQuery where a query contradicts itself.
func (q *Query) Check() error {
	switch {
	case len(q.Kinds) == 0:
		return fmt.Errorf("%w: it names no kinds", ErrInvalidQuery)
	case q.Valid.Empty():
		return fmt.Errorf("%w: valid time %s holds no instant", ErrInvalidQuery, q.Valid)
	case q.Limit < 0:
		return fmt.Errorf("%w: limit %d is below 0", ErrInvalidQuery, q.Limit)
	case q.After != nil && len(q.After.Keys) != len(q.Order):
		return fmt.Errorf("%w: the position has %d keys, the order %d", ErrInvalidQuery, len(q.After.Keys), len(q.Order))
	}
	return nil
}

// Linked restricts a query to things linked to one.
type Linked struct {
	Code    Code
	Role    string // empty: any
	Reverse bool
}

// Order is one key of a sort.
type Order struct {
	Name       string
	Descending bool
}

// Position is the place of a version in an ordered answer.
type Position struct {
	Keys []Value
	Code Code
}

// PositionOf returns the place of a version in the order of a query.
func (q *Query) PositionOf(e *Entity) Position {
	p := Position{Code: e.Code}
	for _, o := range q.Order {
		p.Keys = append(p.Keys, e.Attrs.Get(o.Name))
	}
	return p
}

// Trail widens a query over recorded time: rows that the reader's revision no
// longer knows come too. Recorded.To is as the reader's revision knows it: Open
// where a row was closed later.
type Trail struct {
	// Superseded adds rows that earlier revisions knew and the reader's does not.
	Superseded bool
	// After keeps rows that came or went in a revision above it (and up to the
	// reader's).
	After Revision
}

// HistoryQuery asks for stored versions.
type HistoryQuery struct {
	Kinds []Kind // empty: all, or those of Codes
	Codes []Code // empty: all
	Trail
}

// AliasQuery asks for the aliases of things.
type AliasQuery struct {
	Codes []Code // empty: all
	// Valid restricts to aliases that overlap it; zero: all of valid time.
	Valid Interval
	Trail
}

// LinkQuery asks for links of things.
type LinkQuery struct {
	Codes   []Code // the near ends; empty: all
	Reverse bool   // near is To instead of From
	Roles   []string
	Kinds   []Kind   // of the far end
	Valid   Interval // zero: all of valid time
	Trail
}
