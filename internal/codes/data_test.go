package codes_test

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chengma/chengma/internal/codes"
)

// Every county, town and village code of the national list passes.
func TestRealDivisions(t *testing.T) {
	counts := map[string]int{}
	for _, name := range []string{"divisions_province_to_street.csv.gz", "shenzhen_divisions_to_village.csv"} {
		for _, row := range readData(t, filepath.Join("china_admin", name)) {
			level, code := row[0], row[1]
			if len(code) < 6 {
				continue // provinces and cities are given by 2 and 4 digits
			}
			counts[level]++
			_, flags, err := codes.Check("division", code)
			if err != nil {
				t.Errorf("%s: %v", level, err)
			}
			for _, f := range flags {
				counts[f]++
			}
		}
	}
	t.Logf("%v", counts)
	if counts["county"] == 0 || len(counts) < 3 {
		t.Errorf("levels read: %v", counts)
	}
}

// readData reads a CSV file of the sample data without its header.
func readData(t *testing.T, name string) [][]string {
	t.Helper()
	dir := os.Getenv("CHENGMA_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("sample data is not there: %v", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
