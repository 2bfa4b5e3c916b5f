package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// counter counts what is written to it.
type counter struct{ n *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

// Binary formats that can be read.
const (
	XLSX       = "xlsx"
	Shapefile  = "shapefile"
	GeoPackage = "geopackage"
	FlatGeobuf = "flatgeobuf"
)

const formats = GeoJSON + ", " + GeoJSONSeq + ", " + CSV + ", " + TSV + ", " + XLSX + ", " + Shapefile + ", " + GeoPackage + ", " + FlatGeobuf

// zipFormat is no format of its own: what counts lies in the archive.
const zipFormat = "zip"

// binarySource is what a source has for formats that are not lines of text.
type binarySource struct {
	read     func(emit func(*Record) bool) error // nil for text
	progress *atomic.Int64                       // nil where the bytes read tell it
	closers  []func() error
	unpacked bool     // the bytes that are read are not those of the file
	archived bool     // the file lies in a zip archive
	copied   *os.File // the temporary copy of what is unpacked now
	size     int64
	crs      string
}

func (b *binarySource) close() error {
	var errs []error
	for _, closer := range slices.Backward(b.closers) {
		errs = append(errs, closer())
	}
	b.closers = nil
	return errors.Join(errs...)
}

// CRS returns what the file says of its coordinate reference system: a code such
// as "EPSG:4547" where the file tells it or the system's name is one of those
// known here, else the system's name; empty where the file says nothing. Text
// formats say nothing. It is valid from Open on.
func (s *Source) CRS() string { return s.binary.crs }

// magics are the bytes with which formats begin.
var magics = []struct{ format, bytes string }{
	{zipFormat, "PK\x03\x04"},
	{zipFormat, "PK\x05\x06"}, // an empty one
	{GeoPackage, "SQLite format 3\x00"},
	{FlatGeobuf, "fgb"},
	{Shapefile, "\x00\x00\x27\x0a"},
}

// oleMagic begins the compound files of the programs before 2007, and those of
// today that are encrypted.
const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

func binaryOfName(name string) string {
	switch filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")) {
	case ".xlsx", ".xlsm":
		return XLSX
	case ".shp":
		return Shapefile
	case ".gpkg":
		return GeoPackage
	case ".fgb":
		return FlatGeobuf
	case ".zip":
		return zipFormat
	}
	return ""
}

// titles are the names of the binary formats for people.
var titles = map[string]string{XLSX: "an XLSX workbook", Shapefile: "a shapefile", GeoPackage: "a GeoPackage", FlatGeobuf: "a FlatGeobuf", zipFormat: "a zip archive"}

// startBinary looks whether the file is in a binary format and opens it then. It
// leaves text alone.
func (s *Source) startBinary() error {
	said := s.cfg.Format
	if said == "" {
		said = binaryOfName(s.cfg.Name)
	}
	found := ""
	head, _ := s.reader.Peek(16)
	for _, magic := range magics {
		if bytes.HasPrefix(head, []byte(magic.bytes)) && (magic.format != FlatGeobuf || len(head) > 6 && string(head[4:7]) == "fgb") {
			found = magic.format
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte(oleMagic)):
		return fmt.Errorf("%w: it is a workbook of Excel 97-2003 or one with a password; save it as XLSX without a password", ErrFormat)
	case found == zipFormat:
		return s.openArchive()
	case found == "" && titles[said] == "":
		return nil
	case found == "" && len(head) == 0:
		return fmt.Errorf("%w: it is empty", ErrTruncated)
	case found == "":
		return fmt.Errorf("%w: it does not begin as %s does", ErrFormat, titles[said])
	case s.cfg.Format != "" && s.cfg.Format != found:
		return fmt.Errorf("%w: it is said to be %s and is %s", ErrFormat, s.cfg.Format, titles[found])
	}
	return s.openBinary(found)
}

func (s *Source) openBinary(format string) error {
	s.cfg.Format = format
	switch format {
	case Shapefile:
		return s.openShapefile()
	case GeoPackage:
		return s.openGeoPackage()
	case FlatGeobuf:
		return s.openFlatGeobuf()
	}
	return s.openWorkbook()
}

// whole returns the unpacked bytes as a file that can be read anywhere: the file
// itself, or else a temporary copy, which goes when the source is closed.
func (s *Source) whole() (*os.File, int64, error) {
	if s.file != nil && !s.binary.unpacked && s.total > 0 {
		return s.file, s.total, nil
	}
	if s.binary.copied != nil {
		return s.binary.copied, s.binary.size, nil
	}
	file, err := os.CreateTemp("", "chengma-source-*")
	if err != nil {
		return nil, 0, fmt.Errorf("make a temporary copy: %w", err)
	}
	s.binary.closers = append(s.binary.closers, func() error {
		return errors.Join(file.Close(), os.Remove(file.Name()))
	})
	size, err := io.Copy(file, s.reader)
	if err != nil {
		return nil, 0, readError(err)
	}
	s.binary.copied, s.binary.size = file, size
	return file, size, nil
}
