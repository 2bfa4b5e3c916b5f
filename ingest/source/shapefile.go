package source

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chengma/chengma/entities"
)

// shapeParts are the open files of a shapefile; index is nil where there is none.
type shapeParts struct {
	shapes, index, table io.Reader
	projection, codePage string
}

// openShapefile opens a shapefile (ESRI Shapefile Technical Description, July
// 1998) whose parts lie beside each other.
func (s *Source) openShapefile() error {
	if s.file == nil || s.binary.unpacked {
		return fmt.Errorf("%w: a .shp alone has no attributes; hand over the path with its .dbf beside it, or a zip archive with both", ErrFormat)
	}
	folder, base := filepath.Dir(s.cfg.Path), stem(filepath.Base(s.cfg.Path))
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("look for the other parts of the shapefile: %w", err)
	}
	return s.openParts(base, s.reader, func(extension string) (io.Reader, int64, error) {
		for _, entry := range entries {
			if entry.IsDir() || !strings.EqualFold(entry.Name(), base+extension) {
				continue
			}
			part, err := os.Open(filepath.Join(folder, entry.Name()))
			if err != nil {
				return nil, 0, err
			}
			s.binary.closers = append(s.binary.closers, part.Close)
			info, err := part.Stat()
			if err != nil {
				return nil, 0, err
			}
			return part, info.Size(), nil
		}
		return nil, 0, nil
	})
}

// openZippedShapefile opens a shapefile whose parts lie in an archive.
func (s *Source) openZippedShapefile(archive *zip.Reader, member *zip.File) error {
	name := memberName(member)
	shapes, err := memberText(member)
	if err != nil {
		return err
	}
	s.binary.closers = append(s.binary.closers, shapes.Close)
	return s.openParts(stem(path.Base(name)), shapes, func(extension string) (io.Reader, int64, error) {
		part := findMember(archive, stem(name)+extension)
		if part == nil {
			return nil, 0, nil
		}
		in, err := memberText(part)
		if err == nil {
			s.binary.closers = append(s.binary.closers, in.Close)
		}
		return in, 0, err
	})
}

// stem is a name without its last extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// openParts opens what belongs to a .shp; find returns nil where there is no such
// part, and its size where that counts for progress.
func (s *Source) openParts(base string, shapes io.Reader, find func(extension string) (io.Reader, int64, error)) error {
	parts := shapeParts{shapes: shapes}
	var err error
	open := func(extension string) (in io.Reader) {
		size := int64(0)
		if err == nil {
			in, size, err = find(extension)
		}
		if in == nil {
			return nil
		}
		if size > 0 && extension == ".dbf" {
			s.total += size
			return io.TeeReader(in, counter{&s.raw.n})
		}
		return in
	}
	text := func(extension string) string {
		in := open(extension)
		if in == nil || err != nil {
			return ""
		}
		const most = 64 << 10
		var b []byte
		b, err = io.ReadAll(io.LimitReader(in, most))
		return strings.TrimSpace(strings.TrimPrefix(string(b), string(utf8BOM)))
	}
	parts.index, parts.table = open(".shx"), open(".dbf")
	parts.projection, parts.codePage = text(".prj"), text(".cpg")
	switch {
	case err != nil:
		return fmt.Errorf("shapefile %s: %w", base, readError(err))
	case parts.table == nil:
		return fmt.Errorf("%w: %s.dbf is missing; a shapefile is .shp and .dbf, with .shx, .prj and .cpg", ErrFormat, base)
	}
	s.binary.crs = crsOfWKT(parts.projection)
	r, err := newShapeReader(parts, s.cfg)
	if err != nil {
		return fmt.Errorf("shapefile %s: %w", base, err)
	}
	s.cfg.Format = Shapefile
	s.binary.read = r.read
	return nil
}

// shapeReader walks the shapes and the rows of the table side by side.
type shapeReader struct {
	shapes *bufio.Reader
	index  *bufio.Reader // nil where there is none
	table  *dbfReader
	at     int64 // position in the shapes, bytes
	length int64 // of the shapes as their header says, bytes
	most   int
	number int64
	buffer bytes.Buffer
}

const shapeHeader = 100 // bytes at the beginning of .shp and .shx

func newShapeReader(parts shapeParts, cfg Config) (*shapeReader, error) {
	r := &shapeReader{shapes: bufio.NewReaderSize(parts.shapes, bufferSize), at: shapeHeader, most: cfg.MaxRecord}
	header, err := shapeHead(r.shapes, ".shp")
	if err != nil {
		return nil, err
	}
	r.length = 2 * int64(binary.BigEndian.Uint32(header[24:]))
	kind := int32(binary.LittleEndian.Uint32(header[32:]))
	if _, known := shapeTypes[kind]; !known {
		if kind == multiPatch {
			return nil, fmt.Errorf("%w: it holds multipatches (3D surfaces), which are not read; export footprints", ErrFormat)
		}
		return nil, fmt.Errorf("%w: there is no shape type %d", ErrFormat, kind)
	}
	if parts.index != nil {
		r.index = bufio.NewReaderSize(parts.index, 64<<10)
		if _, err := shapeHead(r.index, ".shx"); err != nil {
			return nil, err
		}
	}
	r.table, err = newDBFReader(bufio.NewReaderSize(parts.table, bufferSize), cfg.Encoding, parts.codePage)
	return r, err
}

func shapeHead(in io.Reader, what string) ([]byte, error) {
	const code = 9994
	header := make([]byte, shapeHeader)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, partError(err, what+" in its header")
	}
	if found := binary.BigEndian.Uint32(header); found != code {
		return nil, fmt.Errorf("%w: the %s begins with %d, not with %d", ErrFormat, what, found, code)
	}
	return header, nil
}

// partError says where a part of a file ends too early.
func partError(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the %s", ErrTruncated, where)
	}
	return readError(err)
}

func (r *shapeReader) read(emit func(*Record) bool) error {
	for {
		row, deleted, err := r.table.next()
		if errors.Is(err, io.EOF) {
			return r.end()
		}
		if err != nil {
			return err
		}
		r.number++
		body, tooLong, err := r.next()
		if err != nil {
			return err
		}
		if deleted {
			continue
		}
		record := &Record{Line: r.number, Raw: append(body, row...)}
		body = body[:len(body):len(body)]
		record.Attrs, record.Err = r.table.attrs(row)
		if tooLong != nil {
			record.Err = tooLong
		} else if shape, err := parseShape(body); err != nil {
			record.Err = errors.Join(record.Err, err)
		} else {
			record.Shape = shape
		}
		if !emit(record) {
			return errStopped
		}
	}
}

// end checks that the shapes end with the table.
func (r *shapeReader) end() error {
	if r.at < r.length {
		return fmt.Errorf("%w: the .dbf ends behind row %d, and the .shp has more shapes", ErrTruncated, r.number)
	}
	return nil
}

// next returns the next shape, valid until the call after. tooLong is its error
// where it was passed over for its size.
func (r *shapeReader) next() (body []byte, tooLong, err error) {
	where := fmt.Sprintf(".shp ends at shape %d of %d", r.number, r.table.rows)
	if r.at >= r.length {
		return nil, nil, fmt.Errorf("%w: the %s", ErrTruncated, where)
	}
	if err := r.skipTo(where); err != nil {
		return nil, nil, err
	}
	var head [8]byte
	if _, err := io.ReadFull(r.shapes, head[:]); err != nil {
		return nil, nil, partError(err, where)
	}
	size := 2 * int64(binary.BigEndian.Uint32(head[4:]))
	r.at += int64(len(head)) + size
	r.buffer.Reset()
	if size > int64(r.most) {
		_, err = io.CopyN(io.Discard, r.shapes, size)
		tooLong = fmt.Errorf("%w: over %d bytes", errTooLong, r.most)
	} else {
		_, err = io.CopyN(&r.buffer, r.shapes, size)
	}
	if err != nil {
		return nil, nil, partError(err, where)
	}
	return r.buffer.Bytes(), tooLong, nil
}

// skipTo goes to where the index says that the next shape begins.
func (r *shapeReader) skipTo(where string) error {
	if r.index == nil {
		return nil
	}
	var entry [8]byte
	if _, err := io.ReadFull(r.index, entry[:]); err != nil {
		return partError(err, fmt.Sprintf(".shx ends at shape %d of %d; without a .shx the shapes are read as they come", r.number, r.table.rows))
	}
	at := 2 * int64(binary.BigEndian.Uint32(entry[:]))
	if at < r.at {
		return fmt.Errorf("%w: the .shx says that shape %d begins at byte %d, before the end of the one before it; write the shapefile anew (ogr2ogr does)", ErrFormat, r.number, at)
	}
	if _, err := io.CopyN(io.Discard, r.shapes, at-r.at); err != nil {
		return partError(err, where)
	}
	r.at = at
	return nil
}

// attrs decodes a row. The values are there as far as they can be read.
func (d *dbfReader) attrs(row []byte) ([]entities.Attr, error) {
	attrs := make([]entities.Attr, 0, len(d.columns))
	var errs error
	for i := range d.columns {
		column := &d.columns[i]
		value, err := column.value(row[column.from:column.to], d.text)
		if err != nil && errs == nil {
			errs = fmt.Errorf("column %q: %w", column.name, err)
		}
		if err == nil {
			attrs = append(attrs, entities.Attr{Name: column.name, Value: value})
		}
	}
	return attrs, errs
}
