// Package sqlite is the embedded store: one SQLite file, no server. It
// implements [entities.Store] and every optional capability of package entities
// and exempts itself from nothing that package storetest asks.
//
// The file is an ordinary database that can be read with any SQLite tool; its
// tables and columns are explained in migrations/0001_store.sql. Nothing but
// this package may write to it.
//
// # Writers and readers
//
// A batch is one IMMEDIATE transaction on the one writing connection of the
// store. Readers work on connections of their own and never wait for it (WAL).
// Several processes may have the file open: writers take turns, and Watch sees
// revisions of other processes by polling. The file must be on a local disk.
//
// A sequence reads in chunks, each a statement of its own that has ended before
// the first of its elements is yielded, so that a slow consumer holds nothing
// open. What it yields is still one consistent state, because rows are filtered
// by revision and published rows do not change.
//
// # Durability
//
// Batches are atomic. They survive the end of the process at any moment, also by
// kill -9. The write-ahead log is synced at checkpoints and not at every commit
// (synchronous=NORMAL): after a power loss the last batches may be missing, but
// never a part of one, and never one before another that is there. Whoever
// loads data finds out by batch key and loads again.
//
// # Erasure
//
// Erasing deletes the rows of a thing, overwrites their bytes (secure_delete),
// empties the log and rewrites the file (VACUUM), so that no page keeps an old
// copy. Backups are out of its reach.
package sqlite
