// Package entities is the domain of Chengma: the things of a city, the one code
// that each of them has, what is said of them over two times, and the contract
// of the stores that keep it.
//
// It owns the vocabulary ([Kind], [Code], [Entity], [Alias], [Link], [Instant],
// [Revision]), the acts by which knowledge changes ([Act], [Batch]), the pure
// planning of what a batch does to stored rows ([Plan]), and the interfaces
// [Store] and [Reader] with their errors. It knows nothing of SQL, HTTP, files
// or tiles; package storetest is the specification that every store passes.
//
// # Two times
//
// Everything that is said (attributes, geometry, links, aliases) holds over a
// valid [Interval], when it is true in the city, and over a recorded [Span] of
// revisions, which is what we knew. Both are half-open. A stored row never
// changes but for the end of its span, so an old revision always answers what it
// answered before. The one exception is erasure, see [Erase].
package entities
