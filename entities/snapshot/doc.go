// Package snapshot keeps one layer of a city as an immutable, memory-mapped,
// columnar file, and follows a store's later changes in a small overlay beside
// it, so that tiles and features are answered without asking the store.
//
// It is a derived copy: [Build] makes a file from any [entities.Reader], and a
// file that is torn, foreign or older than this program is an error from [Open],
// never trusted; the caller builds it again. It draws nothing itself (package
// tiles does) and knows nothing of links but those that place a thing.
//
// # Exact and drawn
//
// A snapshot has two halves that share only a dictionary. The exact half holds
// every version as the store has it (WKB, attributes, origins), in order of
// (code, valid from, recorded from), and answers as an [entities.Features]. The
// drawn half holds what a tile needs: rows in order of (Hilbert, code), integer
// world coordinates ([Point]), the chosen properties as dictionary numbers, the
// valid and the recorded interval, a packed R-tree over the rows. Drawing never
// touches the exact half.
//
// A drawn row is one version of a thing with a shape of its own, or, in a layer
// with [Layer.Place], the point where links say that a thing without one is; its
// versions are then split where a link or the target changes, in either time.
//
// # The file
//
//	offset  size  what
//	0       8     "CHGMSNAP"
//	8       4     format version, little endian
//	12      4     length h of the header
//	16      4     CRC-32C of the header
//	20      4     zero
//	24      h     header, JSON: layer, revision, file size, and of each section
//	              its name, offset, length in bytes and CRC-32C
//	…             sections, each at a multiple of 64 bytes, little endian
//
// The sections are the columns; columns.go lists them. Open checks every
// checksum by reading, not by mapping, so that memory follows use and not size.
// Should a file be cut short under a running process, what touches the lost part
// fails with [ErrDamaged] and the process goes on.
//
// # Later changes
//
// [Live] is a snapshot and what a store has published since: rows that closed
// are marked, rows that came are in segments, small tables of the same form.
// Rows carry their recorded interval, so every revision up to the newest is
// answered exactly, and what a search yields at an instant and a revision is the
// same however the rows are split over file and segments.
package snapshot
