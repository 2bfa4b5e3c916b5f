package source_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/chengma/chengma/ingest/source"
)

func TestArchives(t *testing.T) {
	table := "a,b\n001,x\n"
	const want = `{"a":"001","b":"x"}`
	tests := []struct {
		name  string
		cfg   source.Config
		bytes []byte
	}{
		{"one table", source.Config{Name: "a.zip"}, archive(t, "folder/", "", "folder/a.csv", table, "readme.txt", "hello")},
		{"name does not say so", source.Config{}, archive(t, "a.csv", table)},
		{"junk of other systems", source.Config{Name: "a.zip"}, archive(t, "__MACOSX/._a.csv", "x", ".DS_Store", "x", "a.csv", table)},
		{"one of several, by its base", source.Config{Name: "a.zip", Layer: "b"}, archive(t, "a.csv", "k\n1\n", "x/b.csv", table)},
		{"one of several, by its path", source.Config{Name: "a.zip", Layer: "x/b.csv"}, archive(t, "b.csv", "k\n1\n", "x/b.csv", table)},
		{"one of its format", source.Config{Name: "a.zip", Format: "csv"}, archive(t, "a.json", "{}", "b.csv", table)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, err := readAll(tt.cfg, string(tt.bytes))
			if err != nil || len(records) != 1 || records[0].Err != nil {
				t.Fatalf("%d records, %v", len(records), err)
			}
			if got := attrsOf(records[0]); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestArchivesThatCannotBeRead(t *testing.T) {
	whole := archive(t, "a.csv", strings.Repeat("a,b\n", 100))
	damaged := bytes.Clone(whole)
	damaged[40] ^= 0xff
	tests := []struct {
		name  string
		cfg   source.Config
		bytes []byte
		want  error
		says  string
	}{
		{"cut short", source.Config{Name: "a.zip"}, whole[:len(whole)-30], source.ErrTruncated, "directory"},
		{"damaged", source.Config{Name: "a.zip"}, damaged, source.ErrFormat, "a.csv"},
		{"empty", source.Config{Name: "a.zip"}, archive(t), source.ErrFormat, "none"},
		{"empty file", source.Config{Name: "a.zip"}, nil, source.ErrTruncated, "empty"},
		{"no archive", source.Config{Name: "a.zip"}, []byte("a,b\n"), source.ErrFormat, "does not begin"},
		{"nothing in it", source.Config{Name: "a.zip"}, archive(t, "a.txt", "x"), source.ErrFormat, `"a.txt"`},
		{"several", source.Config{Name: "a.zip"}, archive(t, "a.csv", "x", "b.csv", "x"), source.ErrFormat, `"a.csv" "b.csv"`},
		{"none of the format", source.Config{Name: "a.zip", Format: "tsv"}, archive(t, "a.csv", "x"), source.ErrFormat, "no file of tsv"},
		{"archive in an archive in an archive", source.Config{Name: "a.zip"}, archive(t, "b.zip", string(archive(t, "a.csv", "x"))), source.ErrFormat, "inside"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(tt.cfg, string(tt.bytes))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v saying %q", err, tt.want, tt.says)
			}
		})
	}
}

func TestArchiveNamesInGBK(t *testing.T) {
	name, err := simplifiedchinese.GB18030.NewEncoder().String("宗地.csv")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, header := range []*zip.FileHeader{{Name: name, NonUTF8: true}, {Name: "b.csv"}} {
		f, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("a\n1\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	records, err := readAll(source.Config{Name: "a.zip", Layer: "宗地"}, b.String())
	if err != nil || len(records) != 1 {
		t.Errorf("%d records, %v", len(records), err)
	}
}
