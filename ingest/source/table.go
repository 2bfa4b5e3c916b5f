package source

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/chengma/chengma/entities"
)

// readTable reads CSV (RFC 4180) or TSV.
func (s *Source) readTable(emit func(*Record) bool) error {
	text, err := s.decoded()
	if err != nil {
		return err
	}
	bound := &recordBound{in: text, most: s.cfg.MaxRecord}
	table := csv.NewReader(bufio.NewReaderSize(bound, bufferSize))
	table.FieldsPerRecord = -1
	table.ReuseRecord = true
	if table.Comma, err = s.delimiter(); err != nil {
		return err
	}
	columns, pending, err := s.columns(table)
	if err != nil {
		return err
	}
	var bad *Record // the last record, where it is unreadable: the file may end there
	var open bool   // it is so because a quotation mark is not closed
	for {
		cells, err := pending, error(nil)
		if pending = nil; cells == nil {
			bound.reset()
			cells, err = table.Read()
		}
		if bad != nil {
			if errors.Is(err, io.EOF) && (!bound.lineEnded || open) {
				return fmt.Errorf("%w: line %d: %v", ErrTruncated, bad.Line, bad.Err)
			}
			if !emit(bad) {
				return errStopped
			}
			bad = nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		var odd *csv.ParseError
		open = errors.As(err, &odd) && odd.Line > odd.StartLine
		r, err := tableRecord(table, columns, cells, err)
		if err != nil {
			return err
		}
		if r.Err != nil {
			bad = r
		} else if !emit(r) {
			return errStopped
		}
	}
}

// tableRecord makes a record of a row, or of the error in its place.
func tableRecord(table *csv.Reader, columns, cells []string, err error) (*Record, error) {
	r := &Record{}
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		r.Line, r.Displaced = int64(bad.StartLine), true
		r.Err = badRow(bad)
		return r, nil
	case err != nil:
		return nil, readError(err)
	}
	line, _ := table.FieldPos(0)
	r.Line = int64(line)
	r.Raw = []byte(strings.Join(cells, string(table.Comma)))
	if len(cells) != len(columns) {
		r.Displaced = true
		last, _ := table.FieldPos(len(cells) - 1)
		r.Err = problem("第 %[3]d–%[4]d 行有 %[1]d 个单元格，而表有 %[2]d 列", "the row (lines %[3]d to %[4]d) has %[1]d cells, the table has %[2]d columns",
			len(cells), len(columns), line, last)
	}
	r.Attrs = make([]entities.Attr, 0, len(columns))
	for i, cell := range cells[:min(len(cells), len(columns))] {
		if r.Err == nil {
			r.Err = checkText(columns[i], cell, utf8.ValidString(cell) && !strings.ContainsRune(cell, utf8.RuneError))
		}
		r.Attrs = append(r.Attrs, entities.Attr{Name: columns[i], Value: entities.String(strings.Clone(cell))})
	}
	return r, nil
}

// badRow says what is wrong with a row that is no CSV. A quotation mark that is
// left open takes the rows behind it along, up to the next one.
func badRow(bad *csv.ParseError) error {
	if bad.Line == bad.StartLine {
		return problem("第 %d 行第 %d 个字节处引号有误", "line %d, byte %d: a quotation mark is out of place", bad.Line, bad.Column)
	}
	return problem("第 %d 行的引号没有闭合，直到第 %d 行都读成了一条记录", "a quotation mark opened in line %d is not closed; everything up to line %d was read as one record",
		bad.StartLine, bad.Line)
}

// columns returns the names of the columns and, where the first row was needed
// to count them and is data, that row.
func (s *Source) columns(table rowReader) (names, pending []string, err error) {
	header := s.cfg.Header == nil || *s.cfg.Header
	if !header && len(s.cfg.Columns) > 0 {
		return s.cfg.Columns, nil, unique(s.cfg.Columns)
	}
	row, err := table.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%w: the table is empty; it has not even a header", ErrTruncated)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("header: %w", readError(err))
	}
	if !header {
		for i := range row {
			names = append(names, "c"+strconv.Itoa(i+1))
		}
		return names, append([]string(nil), row...), nil
	}
	for _, name := range row {
		names = append(names, strings.TrimSpace(name))
		if strings.Contains(names[len(names)-1], "\r") {
			return nil, nil, fmt.Errorf("%w: its lines end with CR alone; they must end with LF or CR LF", ErrFormat)
		}
	}
	if !utf8.ValidString(strings.Join(names, "")) {
		return nil, nil, fmt.Errorf("%w: the header is not UTF-8; is it gb18030?", ErrEncoding)
	}
	if len(s.cfg.Columns) > 0 {
		if len(s.cfg.Columns) != len(names) {
			return nil, nil, fmt.Errorf("%w: the header has %d columns, %d names are given", ErrFormat, len(names), len(s.cfg.Columns))
		}
		names = s.cfg.Columns
	}
	return names, nil, unique(names)
}

type rowReader interface{ Read() ([]string, error) }

func unique(names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if name == "" {
			continue // cells without a name cannot be asked for
		}
		if seen[name] {
			return fmt.Errorf("%w: two columns are named %q; name the columns in the mapping", ErrFormat, name)
		}
		seen[name] = true
	}
	return nil
}

func (s *Source) delimiter() (rune, error) {
	switch text := s.cfg.Delimiter; {
	case text == "" && s.cfg.Format == TSV:
		return '\t', nil
	case text == "":
		return ',', nil
	case utf8.RuneCountInString(text) == 1:
		r, _ := utf8.DecodeRuneInString(text)
		return r, nil
	}
	return 0, fmt.Errorf("%w: delimiter %q is not one character", ErrFormat, s.cfg.Delimiter)
}

// decoded returns the file as UTF-8 without a byte order mark.
func (s *Source) decoded() (io.Reader, error) {
	head, _ := s.reader.Peek(4)
	encoding := strings.ToLower(strings.ReplaceAll(s.cfg.Encoding, "_", "-"))
	if bytes.HasPrefix(head, gb18030BOM) && encoding == "" {
		encoding = "gb18030"
	}
	switch encoding {
	case "", "utf-8", "utf8":
		if len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff) {
			return transform.NewReader(s.reader, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()), nil
		}
		if bytes.HasPrefix(head, utf8BOM) {
			_, _ = s.reader.Discard(len(utf8BOM)) // they were peeked at
		}
		return s.reader, nil
	case "gb18030", "gbk", "gb2312":
		if bytes.HasPrefix(head, utf8BOM) {
			return nil, fmt.Errorf("%w: it is said to be %s and begins with the byte order mark of UTF-8", ErrEncoding, s.cfg.Encoding)
		}
		if bytes.HasPrefix(head, gb18030BOM) {
			_, _ = s.reader.Discard(len(gb18030BOM)) // they were peeked at
		}
		return transform.NewReader(s.reader, simplifiedchinese.GB18030.NewDecoder()), nil
	}
	return nil, fmt.Errorf("%w: %q is neither utf-8 nor gb18030", ErrEncoding, s.cfg.Encoding)
}

var gb18030BOM = []byte("\x84\x31\x95\x33")

// recordBound fails where one record takes too much, as it does behind a quote
// that nothing closes, and remembers whether the text ended with a line break.
type recordBound struct {
	in        io.Reader
	most      int
	read      int
	lineEnded bool
}

func (b *recordBound) reset() { b.read = 0 }

func (b *recordBound) Read(p []byte) (int, error) {
	if b.read > b.most+bufferSize {
		return 0, fmt.Errorf("%w: a record has over %d bytes; is a quotation mark left open?", ErrFormat, b.most)
	}
	n, err := b.in.Read(p)
	b.read += n
	if n > 0 {
		b.lineEnded = p[n-1] == '\n'
	}
	return n, err
}
