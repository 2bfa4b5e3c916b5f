package ingest_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chengma/chengma/ingest"
)

// Every mapping in examples/ is one that loads.
func TestExamples_Load(t *testing.T) {
	n := 0
	err := filepath.WalkDir("../examples", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		n++
		if _, err := ingest.LoadMapping(path); err != nil {
			t.Errorf("%v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 10 {
		t.Errorf("%d mappings found, want at least 10", n)
	}
}
