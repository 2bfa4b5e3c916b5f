// Package cql2 is the Common Query Language CQL2 1.0 (OGC 21-065r2): one
// expression tree, read from CQL2 text and CQL2 JSON, written back to both,
// checked against the queryables of a collection, and evaluated in Go.
//
//	ParseText ─┐                 ┌─ Text, JSON
//	           ├─ Expr ─ Check ──┼─ Compile ─ Program.Match(Row)
//	ParseJSON ─┘                 └─ Bounds, Equals, Transform, Walk
//
// All requirements classes of the standard are read and evaluated: basic CQL2,
// advanced comparison operators, case- and accent-insensitive comparison,
// basic spatial functions (and plus), spatial, temporal and array functions,
// property-property, functions, arithmetic.
//
// Where the standard leaves the evaluation to the implementation, this package
// decides:
//
//   - NULL follows three-valued logic; a filter matches a row only where it is
//     TRUE. Division by zero is NULL. An INTERVAL with a NULL end is NULL.
//   - Integers and floats are one numeric type and compare exactly. Integer
//     arithmetic that overflows goes on in floats. "/" is always real division,
//     "div" and "%" truncate towards zero.
//   - Strings compare by code point. LIKE is case-sensitive and has "\" as its
//     escape.
//   - A date compared with a timestamp by =, <>, <, <=, >, >= counts as
//     midnight UTC. In temporal functions it is its whole day.
//   - Intervals are closed at both ends.
//   - Spatial functions look at x and y only; Z is carried, never compared.
//   - Arrays are sets. An array with a NULL element answers NULL only where the
//     element could change the answer.
//
// The package is not a query planner and generates no SQL. It knows nothing of
// coordinate reference systems: Transform carries literals from the filter CRS
// to the CRS of the data.
package cql2
