// Package source reads the files that a city hands over, one record after the
// other in constant memory: GeoJSON, GeoJSON text sequences, CSV, TSV, XLSX,
// shapefiles, layers of GeoPackages and FlatGeobuf, each also gzipped or in a zip archive, from a file or from standard input. Of
// XLSX the zipped file is held while it is opened, and its shared strings up to
// 16 MiB of XML; beyond that they lie in a temporary file, indexed in memory.
//
// It says what stands in a file and nothing about what it means: names, types,
// coordinates and axis order are the file's own. A record that cannot be read is
// yielded with its error, and reading goes on where the format allows it.
package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
)

// The errors that end a source.
var (
	// ErrTruncated: the file is cut short; what was read is right, and the rest
	// is missing.
	ErrTruncated = errors.New("file is cut short")
	// ErrFormat: the file is not of the format that it is said to be.
	ErrFormat = errors.New("wrong format")
	// ErrEncoding: the text is not in the encoding that it is said to be.
	ErrEncoding = errors.New("wrong text encoding")
)

// Record is one row or feature as the file has it. It is the caller's to keep,
// but for Raw.
type Record struct {
	File string
	// Line is where the record begins, from 1. Where several features begin on
	// one line it is the number of the feature in the file.
	Line int64
	// Attrs are in the order of the file; names are any text. Cells of CSV are
	// strings. Nested JSON is a value of type JSON.
	Attrs []entities.Attr
	// Shape is the geometry in the file's own coordinates and axis order, nil if
	// there is none.
	Shape geom.T
	// Err says why the record is unreadable, mostly a [*Problem]; Attrs may be
	// there in part. Displaced says that they may stand under other names than
	// their own.
	Err       error
	Displaced bool
	// Raw is the record as the file has it, valid until the next record.
	Raw []byte
}

// Get returns an attribute by its name, Unset where the record has none.
func (r *Record) Get(name string) entities.Value {
	for i := range r.Attrs {
		if r.Attrs[i].Name == name {
			return r.Attrs[i].Value
		}
	}
	return entities.Unset
}

// Formats that can be read.
const (
	GeoJSON    = "geojson"
	GeoJSONSeq = "geojsonseq"
	CSV        = "csv"
	TSV        = "tsv"
)

// Config says what to read and how. The zero value of a field means that it is
// found out.
type Config struct {
	// Path is the file; "-" is Reader, which the command sets to standard input.
	Path   string
	Reader io.Reader
	// Name stands in records and messages. Defaults to the base name of Path.
	Name string
	// Format defaults to what the name says, or else to what the first bytes are.
	Format string
	// Layer is the sheet, layer or file to read where there are several: of XLSX
	// it defaults to the first sheet that is shown, of the others to the only one.
	Layer string
	// Encoding is utf-8 or gb18030 (which reads GBK and GB 2312 too). Defaults to
	// what a byte order mark says, else utf-8.
	Encoding string
	// Header says whether the first row of CSV, TSV or XLSX names the columns.
	// Defaults to true.
	Header *bool
	// Columns names the columns of CSV, TSV or XLSX in place of the header's names.
	Columns []string
	// Delimiter is the one character between cells. Defaults to a comma, or a tab
	// for TSV.
	Delimiter string
	// MaxRecord is the size in bytes beyond which a record is refused. Defaults
	// to 64 MiB.
	MaxRecord int
}

const defaultMaxRecord = 64 << 20

// Source is an open file. It is for one goroutine, but for BytesRead.
type Source struct {
	cfg    Config
	file   *os.File // nil where Reader was given
	raw    *countingReader
	total  int64
	reader *bufio.Reader // uncompressed bytes
	binary binarySource
}

// Open opens a file. The errors name it and what would be right.
func Open(cfg Config) (*Source, error) {
	if cfg.MaxRecord == 0 {
		cfg.MaxRecord = defaultMaxRecord
	}
	if cfg.Name == "" {
		cfg.Name = filepath.Base(cfg.Path)
	}
	s := &Source{cfg: cfg}
	in := cfg.Reader
	if in == nil {
		if cfg.Path == "" || cfg.Path == "-" {
			return nil, fmt.Errorf("open source %q: no reader is given for standard input", cfg.Path)
		}
		file, err := os.Open(cfg.Path)
		if err != nil {
			return nil, fmt.Errorf("open source: %w", err)
		}
		s.file, in = file, file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			s.total = info.Size()
		}
	}
	if err := s.start(in); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cfg.Name, err), s.Close())
	}
	return s, nil
}

const bufferSize = 256 << 10

// start looks through compression and finds out the format.
func (s *Source) start(in io.Reader) error {
	s.raw = &countingReader{in: in}
	s.reader = bufio.NewReaderSize(s.raw, bufferSize)
	if magic, err := s.reader.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(s.reader)
		if err != nil {
			return fmt.Errorf("%w: gzip: %v", ErrFormat, err)
		}
		s.reader = bufio.NewReaderSize(unzipped, bufferSize)
		s.binary.unpacked = true
		if magic, err := s.reader.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
			return fmt.Errorf("%w: it is compressed twice", ErrFormat)
		}
	}
	if err := s.startBinary(); err != nil || s.binary.read != nil {
		return err
	}
	if s.cfg.Format == "" {
		s.cfg.Format = formatOfName(s.cfg.Name)
	}
	if s.cfg.Format == "" {
		s.cfg.Format = s.sniff()
	}
	switch s.cfg.Format {
	case GeoJSON, GeoJSONSeq, CSV, TSV:
		return nil
	case "":
		return fmt.Errorf("%w: neither the name nor the first bytes tell it; say which of %s it is", ErrFormat, formats)
	}
	return fmt.Errorf("%w: %q is none of %s", ErrFormat, s.cfg.Format, formats)
}

func formatOfName(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch filepath.Ext(name) {
	case ".geojson", ".json":
		return GeoJSON
	case ".geojsonl", ".geojsons", ".geojsonseq", ".ndjson", ".jsonl":
		return GeoJSONSeq
	case ".csv":
		return CSV
	case ".tsv", ".tab":
		return TSV
	}
	return ""
}

// sniff tells the format of a stream without a name by its first bytes.
func (s *Source) sniff() string {
	head, _ := s.reader.Peek(4096)
	text := strings.TrimLeft(string(head), "\ufeff\x1e \t\r\n")
	line, _, more := strings.Cut(text, "\n")
	switch {
	case !strings.HasPrefix(text, "{") && strings.Contains(line, "\t"):
		return TSV
	case !strings.HasPrefix(text, "{") && strings.Contains(line, ","):
		return CSV
	case !strings.HasPrefix(text, "{"):
		return ""
	case head[0] == 0x1e, more && strings.HasPrefix(strings.TrimSpace(strings.SplitN(text, "\n", 2)[1]), "{"),
		strings.Contains(line, `"Feature"`) && !strings.Contains(line, `"FeatureCollection"`):
		return GeoJSONSeq
	}
	return GeoJSON
}

// Format returns the format that is being read.
func (s *Source) Format() string { return s.cfg.Format }

// Records yields the records in order. An error ends the sequence: ErrTruncated,
// ErrFormat, ErrEncoding, the context's, or one of the file system. It may be
// called once.
func (s *Source) Records(ctx context.Context) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		var err error
		emit := func(r *Record) bool {
			if ctx.Err() != nil {
				err = ctx.Err()
				return false
			}
			r.File = s.cfg.Name
			if !yield(r, nil) {
				err = errStopped
				return false
			}
			return true
		}
		var end error
		switch {
		case s.binary.read != nil:
			end = s.binary.read(emit)
		case s.cfg.Format == GeoJSON:
			end = s.readCollection(emit)
		case s.cfg.Format == GeoJSONSeq:
			end = s.readSequence(emit)
		default:
			end = s.readTable(emit)
		}
		if err == nil {
			err = end
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, fmt.Errorf("%s: %w", s.cfg.Name, err))
		}
	}
}

// errStopped: the consumer wants no more records.
var errStopped = errors.New("stopped")

// BytesRead returns how much of the file, as it is on disk, was read, and its
// size, 0 where that is unknown. It may be called while records are read.
func (s *Source) BytesRead() (read, total int64) {
	if s.binary.progress != nil {
		return s.binary.progress.Load(), s.total
	}
	read = s.raw.n.Load()
	if s.total > 0 {
		read = min(read, s.total) // the directory of an archive is read twice
	}
	return read, s.total
}

// Close closes the file. A reader that was given stays open.
func (s *Source) Close() error {
	err := s.binary.close()
	if s.file == nil {
		return err
	}
	file := s.file
	s.file = nil
	return errors.Join(err, file.Close())
}

type countingReader struct {
	in io.Reader
	n  atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// readError gives an error of the underlying reader its name.
func readError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends in the middle of compressed data", ErrTruncated)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%w: damaged compressed data: %v", ErrFormat, err)
	}
	return err
}
