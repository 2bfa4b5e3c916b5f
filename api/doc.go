// Package api serves a city over HTTP: entities, features (OGC API – Features),
// vector tiles (OGC API – Tiles), search, and the pages around them.
//
// A request goes one way: the router finds its operation, the gate turns its key
// into what the caller may see, the handler reads the store at one revision, the
// gate masks what was read, and only then is anything encoded. Handlers speak no
// SQL, encoders know nothing of access, and errors become problem+json (RFC 9457)
// in one table.
//
// It is not a place for rules of the domain, which are in package entities, nor
// for drawing tiles, which is in package tiles.
package api
