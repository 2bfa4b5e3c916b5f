package chengma_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/chengma/chengma/"

// arrows are the imports that the architecture allows, package by package; a
// name that ends in /* stands for the folder and everything below it. Tests
// outside a package may use more, see testArrows.
var arrows = []struct {
	from string
	to   []string
	why  string
}{
	{"cmd/*", []string{"*"}, "the command wires everything; nothing else may name a backend"},
	{"api/*", []string{"api/*", "tiles", "entities", "entities/snapshot", "entities/cql2", "schemas", "internal/*"}, "handlers never speak SQL and never reach into ingest"},
	{"tiles", []string{"entities", "entities/snapshot"}, "tiles are drawn from memory and know no transport"},
	{"ingest/*", []string{"ingest/*", "entities", "schemas", "internal/*"}, "ingest writes through the store's contract alone"},
	{"entities/sqlite", []string{"entities", "entities/cql2"}, "a store knows the domain and nothing above it"},
	{"entities/postgis", []string{"entities", "entities/cql2"}, "a store knows the domain and nothing above it"},
	{"entities/snapshot", []string{"entities", "entities/cql2"}, "a snapshot is a reader and knows nothing above the domain"},
	{"entities/storetest", []string{"entities", "entities/cql2"}, "the specification depends on no implementation"},
	{"entities/cql2", nil, "a leaf that others could use"},
	{"entities", []string{"entities/cql2"}, "the domain depends on no technology"},
	{"schemas", nil, "a leaf"},
	{"internal/*", []string{"internal/*"}, "private code that several of the others need"},
}

// testArrows are what test files may use beyond the package's own arrows: the
// real store, the suite and real schemas instead of mocks.
var testArrows = []string{
	"entities", "entities/cql2", "entities/sqlite", "entities/storetest", "entities/snapshot", "schemas", "tiles",
	"ingest/*", "internal/*",
}

func matches(pattern, name string) bool {
	if pattern == "*" || pattern == name {
		return true
	}
	folder, below := strings.CutSuffix(pattern, "/*")
	return below && (name == folder || strings.HasPrefix(name, folder+"/"))
}

func allowed(patterns []string, name string) bool {
	for _, p := range patterns {
		if matches(p, name) {
			return true
		}
	}
	return false
}

func TestArrows(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(file, ".go") {
			seen++
			checkFile(t, filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Fatalf("only %d Go files were looked at; the walk is broken", seen)
	}
}

func checkFile(t *testing.T, file string) {
	t.Helper()
	from := path.Dir(file)
	if from == "." {
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	for _, rule := range arrows {
		if !matches(rule.from, from) {
			continue
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			to, ours := strings.CutPrefix(imported, module)
			if !ours || to == from || allowed(rule.to, to) {
				continue
			}
			if strings.HasSuffix(file, "_test.go") && allowed(testArrows, to) {
				continue
			}
			t.Errorf("%s imports %s, which %s may not: %s", file, to, from, rule.why)
		}
		return
	}
	t.Errorf("%s: folder %s has no place in the architecture; give it one in design and here", file, from)
}
