package cql2_test

import (
	"os"
	"path/filepath"
	"testing"
)

// dataFile returns the path of a file of the shared data, or skips the test.
func dataFile(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("CHENGMA_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	full := filepath.Join(append([]string{root, "cql2"}, path...)...)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no CQL2 test data at %s (set CHENGMA_DATA)", full)
	}
	return full
}
