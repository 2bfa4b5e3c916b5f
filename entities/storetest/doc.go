// Package storetest is the specification of [entities.Store] and
// [entities.Reader]: a suite of named tests that every store passes, and
// [Model], a store in memory that is written to be read rather than to be fast.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, cfg storetest.Config) entities.Store { … })
//	}
//
// The suite knows only the contract: instants, revisions, answers, errors. How a
// store cuts what it knows into rows is its own affair where the contract leaves
// it open: states are compared at instants, not row by row.
//
// The tests are themselves tested: stores broken on purpose, one fault each, must
// each be caught by the test that is there for it.
//
// The package is no helper for tests of other things, but for [Model], which
// stands in wherever a small store without a file is enough.
package storetest
