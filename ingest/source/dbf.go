package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"

	"github.com/chengma/chengma/entities"
)

// dbfReader reads the rows of a dBASE table, level III and later.
type dbfReader struct {
	in      io.Reader
	columns []dbfColumn
	text    encoding.Encoding
	rows    int64 // as the header says
	read    int64
	row     []byte
}

type dbfColumn struct {
	name     string
	kind     byte
	from, to int // place in the row
	whole    bool
}

func newDBFReader(in io.Reader, said, codePage string) (*dbfReader, error) {
	const where = ".dbf in its header"
	var head [32]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, partError(err, where)
	}
	size, width := int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:]))
	if size < len(head)+1 || width < 1 {
		return nil, fmt.Errorf("%w: the .dbf says that its header has %d bytes and its rows have %d", ErrFormat, size, width)
	}
	rest := make([]byte, size-len(head))
	if _, err := io.ReadFull(in, rest); err != nil {
		return nil, partError(err, where)
	}
	text, err := dbfEncoding(said, codePage, head[29])
	if err != nil {
		return nil, err
	}
	d := &dbfReader{in: in, text: text, rows: int64(binary.LittleEndian.Uint32(head[4:])), row: make([]byte, width)}
	return d, d.describe(rest)
}

// describe reads the descriptions of the columns.
func (d *dbfReader) describe(b []byte) error {
	const size, ended = 32, 0x0d
	at := 1 // behind the mark of deleted rows
	var names []string
	for ; len(b) >= size && b[0] != ended; b = b[size:] {
		raw, _, _ := bytes.Cut(b[:11], []byte{0})
		name, err := decodeText(raw, d.text)
		if err != nil {
			return fmt.Errorf("name of column %d: %w", len(names)+1, err)
		}
		c := dbfColumn{name: strings.TrimSpace(name), kind: b[11], from: at, whole: b[17] == 0}
		width := int(b[16])
		if c.kind == 'C' {
			width += int(b[17]) << 8 // texts over 255 bytes, an old habit
		}
		c.to, at = at+width, at+width
		if at > len(d.row) {
			return fmt.Errorf("%w: column %q of the .dbf reaches to byte %d of rows of %d", ErrFormat, c.name, at, len(d.row))
		}
		if strings.IndexByte("CNFDLIO+", c.kind) < 0 {
			return fmt.Errorf("%w: column %q of the .dbf is of type %q, which is not read (memos and blobs); leave it out", ErrFormat, c.name, c.kind)
		}
		if want := map[byte]int{'I': 4, '+': 4, 'O': 8}[c.kind]; want > 0 && width != want {
			return fmt.Errorf("%w: column %q of the .dbf has %d bytes, its type %q has %d", ErrFormat, c.name, width, c.kind, want)
		}
		d.columns = append(d.columns, c)
		names = append(names, c.name)
	}
	if len(b) == 0 || b[0] != ended {
		return fmt.Errorf("%w: the columns of the .dbf do not end with their mark", ErrFormat)
	}
	return unique(names)
}

// next returns the next row, valid until the call after, or io.EOF.
func (d *dbfReader) next() (row []byte, deleted bool, err error) {
	if d.read == d.rows {
		return nil, false, io.EOF
	}
	if _, err := io.ReadFull(d.in, d.row); err != nil {
		return nil, false, partError(err, fmt.Sprintf(".dbf ends behind row %d of %d", d.read, d.rows))
	}
	d.read++
	switch d.row[0] {
	case ' ':
		return d.row, false, nil
	case '*':
		return d.row, true, nil
	}
	return nil, false, fmt.Errorf("%w: row %d of the .dbf begins with %q, neither kept nor deleted", ErrFormat, d.read, d.row[0])
}

// value decodes a cell. Blank is null, but for texts: they cannot be told apart.
func (c *dbfColumn) value(b []byte, text encoding.Encoding) (entities.Value, error) {
	switch c.kind {
	case 'C':
		s, err := decodeText(bytes.TrimRight(b, " \x00"), text)
		return entities.String(s), err
	case 'I', '+':
		return entities.Int(int64(int32(binary.LittleEndian.Uint32(b)))), nil
	case 'O':
		return finite(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	s := strings.Trim(string(b), " \x00")
	if s == "" || strings.Trim(s, "*") == "" { // programs write stars where there is no number
		return entities.Null, nil
	}
	switch c.kind {
	case 'L':
		switch s {
		case "T", "t", "Y", "y":
			return entities.Bool(true), nil
		case "F", "f", "N", "n":
			return entities.Bool(false), nil
		case "?":
			return entities.Null, nil
		}
		return entities.Unset, fmt.Errorf("%q is neither true nor false", s)
	case 'D':
		if strings.Trim(s, "0") == "" {
			return entities.Null, nil
		}
		day, err := time.Parse("20060102", s)
		if err != nil {
			return entities.Unset, fmt.Errorf("%q is no date", s)
		}
		return entities.String(day.Format(time.DateOnly)), nil
	}
	return c.number(s)
}

// number keeps whole numbers that no int64 holds as the text of their digits.
func (c *dbfColumn) number(s string) (entities.Value, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return entities.Int(i), nil
	}
	if c.whole && strings.Trim(strings.TrimLeft(s, "+-"), "0123456789") == "" {
		return entities.String(s), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return entities.Unset, fmt.Errorf("%q is no number", s)
	}
	return finite(f)
}

func finite(f float64) (entities.Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return entities.Unset, fmt.Errorf("%v is not a finite number", f)
	}
	return entities.Float(f), nil
}
