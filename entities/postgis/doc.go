// Package postgis is the store of a whole city: PostgreSQL with PostGIS. It
// implements [entities.Store] and every optional capability of package entities
// and exempts itself from nothing that package storetest asks. What all stores
// decide alike (acts, serials, areas, order) is in package entities.
//
// The tables are ordinary and explained in migrations/0001_store.sql and in their
// own comments; the views current_* show what holds now, a kind each, to QGIS and
// to people who know SQL. Nothing but this package may write to them.
//
// # Writers
//
// A batch is one transaction under one advisory lock of the schema, whoever and
// wherever the writer is. Its last statement but COMMIT writes the row of
// revisions that publishes it, so that revisions are committed in their order and
// a feed that reads them in order skips none.
//
// The layout asks for less than that: every row carries the revision that wrote
// it, readers never look above the head, row IDs come from sequences and tell
// nothing, and what a revision that was never published has left behind can be
// told by its number. Several connections may so write the rows of one open
// revision and a tiny transaction publish them; this version does not do so yet.
//
// # Readers
//
// A sequence reads in chunks, each a statement of its own that has ended before
// the first of its elements is yielded, so that a slow consumer holds neither a
// transaction nor a connection. What it yields is still one consistent state,
// because rows are filtered by revision and published rows do not change.
//
// PostGIS finds what may be in an area by its index; whether it is decides
// [entities.Matcher], in Go, with the same answer as in every other store.
//
// # A server that fails
//
// Every error of the server or of the way to it that may pass has
// [entities.ErrUnavailable] in its chain and says what is the matter. When the
// connection breaks during COMMIT, nobody can know whether the batch was
// published: applying it again, by its key, finds out and does what is right.
//
// # Erasure
//
// Erasing deletes the rows of a thing at every revision and vacuums the tables.
// Bytes may stay in free space of pages until they are written over, and in the
// write-ahead log, its archive and backups; VACUUM FULL rewrites the tables, the
// rest is the operator's.
package postgis
