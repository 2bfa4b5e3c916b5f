// Package ingest turns the records of a register's files into things of a city:
// it reads them through a mapping, checks, converts and codes them, links them,
// and applies them to a store in batches, with what it refused beside them.
//
// The mapping language is described in docs/mapping.md and in
// schemas/mapping.schema.json. [LoadMapping] reads one, [Run] applies it to
// files, [Retry] loads quarantined records again, [Revert] takes a revision
// back.
//
// What holds of every run:
//
//   - Every record read is applied, quarantined or skipped by a named rule;
//     [Report.Balanced] says so.
//   - A batch is published whole or not at all. Batches are cut by the number of
//     records alone, and their keys are made of the run and their number, so that
//     a run that was interrupted repeats nothing.
//   - The same file again changes nothing.
//   - Values of sensitive schemes and fields are sealed or masked before anything
//     else sees them; no refusal, report or error has one in clear.
//
// Memory does not grow with the files but for 24 bytes and their slack for each
// record, twice that for a full extract that holds histories, which find doubles
// and ends; and with the refusals of the source that are open.
//
// Reading files is the business of package source, validity of shapes that of
// package shape; what an act means is the business of the store.
package ingest
