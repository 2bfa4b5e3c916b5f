// Package schemas holds what a city's registers look like: one JSON Schema
// (2020-12) for each kind of thing with its classes, the code lists, the alias
// schemes and the field definitions that several kinds share. The files are
// embedded; this package reads them into typed descriptions ([Kind], [Field],
// [CodeList]), checks records against them ([Kind.Check]) and serves them as
// the schema and queryables resources of OGC API - Features Part 3 and Part 5
// ([Kind.JSONSchema], [Kind.Queryables]).
//
// Adding a kind, a class or a field is adding to a file here, not writing Go.
//
// The package is not a general JSON Schema validator: it understands exactly
// the keywords that meta.schema.json allows and refuses to load any other, so
// that what it checks and what a validator would check cannot drift apart. It
// knows nothing of stores, codes or HTTP, and it decides nothing about access:
// it only says which grade a field has.
package schemas

import (
	"embed"
	"io/fs"
	"sync"
)

// The pattern takes the mapping and catalogue schemas along where they exist.
//
//go:embed *.json kinds/*.json codelists/*.json
var files embed.FS

// Files returns the embedded schema files, with paths relative to this
// package: "kinds/building.schema.json", "codelists/building-use.json",
// "common.schema.json", "meta.schema.json", "mapping.schema.json".
func Files() fs.FS { return files }

var builtin = sync.OnceValues(func() (*Registry, error) { return Load(files) })

// Default returns the registry of the embedded files. It is read once, is
// shared and must not be modified. It panics if the embedded files are broken,
// which is a defect of the build and not of any input.
func Default() *Registry {
	r, err := builtin()
	if err != nil {
		panic("schemas: embedded files: " + err.Error())
	}
	return r
}

// Kinds returns the kinds of [Default] in the order of their numbers.
func Kinds() []*Kind { return Default().Kinds() }

// Lookup finds a kind of [Default] by its name ("building") or by its letter
// in either case ("B").
func Lookup(kind string) (*Kind, bool) { return Default().Lookup(kind) }

// Schemes returns the official alias schemes of [Default], ordered by name.
func Schemes() []AliasScheme { return Default().Schemes() }
