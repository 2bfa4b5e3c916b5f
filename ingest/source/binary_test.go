package source_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest/source"
)

// readPath returns the records of a file, what it says of its reference system,
// and the error that ended it.
func readPath(cfg source.Config) (records []*source.Record, crs string, err error) {
	s, err := source.Open(cfg)
	if err != nil {
		return nil, "", err
	}
	defer s.Close()
	for r, err := range s.Records(context.Background()) {
		if err != nil {
			return records, s.CRS(), err
		}
		records = append(records, r)
	}
	return records, s.CRS(), nil
}

func attrsOf(r *source.Record) string {
	return string(entities.NewAttrs(r.Attrs...).AppendJSON(nil))
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// archive makes a zip archive of names and contents in turn.
func archive(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		f, err := w.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// written puts bytes into a file of a temporary folder.
func written(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
