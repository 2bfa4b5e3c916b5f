package cql2

import (
	"errors"
	"fmt"
	"strings"
)

// What went wrong, for errors.Is. Every error of this package that is the
// fault of the filter is an *Error whose Kind is one of these.
var (
	ErrSyntax           = errors.New("syntax error")
	ErrLimit            = errors.New("limit exceeded")
	ErrUnknownProperty  = errors.New("unknown property")
	ErrUnknownFunction  = errors.New("unknown function")
	ErrType             = errors.New("type mismatch")
	ErrValue            = errors.New("invalid value")
	ErrGeometry         = errors.New("invalid geometry")
	ErrNotRepresentable = errors.New("not representable")
)

// Pos is a place in the source of an expression. The zero Pos is unknown: the
// node was built in Go.
type Pos struct {
	Offset int // bytes from the start, from 0
	Line   int // from 1
	Column int // characters in the line, from 1
}

// IsValid reports whether the position is known.
func (p Pos) IsValid() bool { return p.Line > 0 }

func (p Pos) String() string {
	if !p.IsValid() {
		return "-"
	}
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
}

// Error is a fault of a filter: what kind, where, and what would be right.
type Error struct {
	Kind        error    // one of the Err variables
	Pos         Pos      // where; may be unknown
	Name        string   // the property, function or limit at fault, if there is one
	Suggestions []string // near names for an unknown property or function, best first
	Detail      string   // one sentence without a full stop
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("cql2: ")
	b.WriteString(e.Kind.Error())
	if e.Pos.IsValid() {
		b.WriteString(" at ")
		b.WriteString(e.Pos.String())
	}
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if len(e.Suggestions) > 0 {
		b.WriteString("; did you mean ")
		b.WriteString(strings.Join(e.Suggestions, ", "))
		b.WriteString("?")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Kind }

func errorAt(kind error, pos Pos, format string, args ...any) *Error {
	return &Error{Kind: kind, Pos: pos, Detail: fmt.Sprintf(format, args...)}
}
