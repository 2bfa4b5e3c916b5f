package tiles

import (
	"errors"
	"fmt"
	"strings"
)

// The errors of a request, for errors.Is.
var (
	// ErrUnknownLayer: there is no such layer; the error is a [*UnknownError].
	ErrUnknownLayer = errors.New("unknown layer")
	// ErrUnknownProperty: a layer has no such property; a [*UnknownError].
	ErrUnknownProperty = errors.New("unknown property")
	// ErrOutOfRange: z, x or y is not of this server; a [*RangeError].
	ErrOutOfRange = errors.New("out of range")
)

// UnknownError names what is unknown and what is known.
type UnknownError struct {
	What  error // ErrUnknownLayer or ErrUnknownProperty
	Name  string
	Known []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%v %q; there is %s", e.What, e.Name, strings.Join(e.Known, ", "))
}

func (e *UnknownError) Unwrap() error { return e.What }

// RangeError names a parameter and the values that it may have.
type RangeError struct {
	Param          string // z, x or y
	Value          int64
	Least, Largest int64
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s = %d: %v %d to %d", e.Param, e.Value, ErrOutOfRange, e.Least, e.Largest)
}

func (e *RangeError) Unwrap() error { return ErrOutOfRange }
