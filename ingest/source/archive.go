package source

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync/atomic"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// openArchive opens the one file of a zip archive that can be read, or the one
// that is asked for. An XLSX workbook is such an archive itself.
func (s *Source) openArchive() error {
	file, size, err := s.whole()
	if err != nil {
		return err
	}
	var in io.ReaderAt = file
	if s.total > 0 {
		s.raw.n.Store(0) // from here on it is the archive's reads that count
		in = &countingReaderAt{in: file, n: &s.raw.n}
	}
	archive, err := zip.NewReader(in, size)
	if errors.Is(err, zip.ErrFormat) {
		return fmt.Errorf("%w: the zip archive has no directory at its end", ErrTruncated)
	}
	if err != nil {
		return fmt.Errorf("%w: zip: %v", ErrFormat, err)
	}
	if findMember(archive, "xl/workbook.xml") != nil || findMember(archive, "[Content_Types].xml") != nil {
		if s.cfg.Format != "" && s.cfg.Format != XLSX {
			return fmt.Errorf("%w: it is said to be %s and is %s", ErrFormat, s.cfg.Format, titles[XLSX])
		}
		return s.openBinary(XLSX)
	}
	if s.binary.archived {
		return fmt.Errorf("%w: a zip archive inside a zip archive", ErrFormat)
	}
	member, format, err := s.chooseMember(archive)
	if err != nil {
		return err
	}
	return s.openMember(archive, member, format)
}

// openMember goes on with a file of an archive as if it were the file itself.
func (s *Source) openMember(archive *zip.Reader, member *zip.File, format string) error {
	s.binary.unpacked, s.binary.archived, s.binary.copied = true, true, nil
	s.cfg.Format = format
	if format == Shapefile {
		return s.openZippedShapefile(archive, member)
	}
	in, err := memberText(member)
	if err != nil {
		return err
	}
	s.binary.closers = append(s.binary.closers, in.Close)
	s.reader = bufio.NewReaderSize(in, bufferSize)
	if titles[format] == "" {
		return nil
	}
	return s.startBinary()
}

// chooseMember finds the file of the archive that is meant.
func (s *Source) chooseMember(archive *zip.Reader) (*zip.File, string, error) {
	var found []*zip.File
	var formatsFound, names, others []string
	for _, member := range archive.File {
		name := memberName(member)
		if member.FileInfo().IsDir() || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".") {
			continue
		}
		format := binaryOfName(name)
		if format == "" {
			format = formatOfName(name)
		}
		if format == "" || s.cfg.Format != "" && format != s.cfg.Format {
			others = append(others, name)
			continue
		}
		found, formatsFound, names = append(found, member), append(formatsFound, format), append(names, name)
	}
	if len(found) == 1 {
		return found[0], formatsFound[0], nil
	}
	if len(found) == 0 {
		what := formats
		if s.cfg.Format != "" {
			what = s.cfg.Format
		}
		return nil, "", fmt.Errorf("%w: the zip archive has no file of %s; it has %s", ErrFormat, what, list(others))
	}
	chosen := -1
	for i, name := range names {
		base := path.Base(name)
		if s.cfg.Layer == name || s.cfg.Layer == base || s.cfg.Layer == strings.TrimSuffix(base, path.Ext(base)) {
			if chosen >= 0 {
				return nil, "", fmt.Errorf("%w: layer %q is several files of the zip archive; it has %s", ErrFormat, s.cfg.Layer, list(names))
			}
			chosen = i
		}
	}
	if chosen < 0 {
		return nil, "", fmt.Errorf("%w: layer %q does not say which file of the zip archive is meant; it has %s", ErrFormat, s.cfg.Layer, list(names))
	}
	s.cfg.Layer = "" // it is used up
	return found[chosen], formatsFound[chosen], nil
}

// list names things for a message, not too many.
func list(names []string) string {
	const most = 10
	if len(names) == 0 {
		return "none"
	}
	if len(names) > most {
		return fmt.Sprintf("%q and %d more", names[:most], len(names)-most)
	}
	return fmt.Sprintf("%q", names)
}

// memberName returns the path of a file in an archive. Where the archive does not
// say that it is UTF-8, Chinese programs write GBK.
func memberName(member *zip.File) string {
	name := strings.ReplaceAll(member.Name, `\`, "/")
	if member.NonUTF8 {
		if text, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			return text
		}
	}
	return name
}

// findMember returns the file of a path, whatever its case; nil if there is none.
func findMember(archive *zip.Reader, name string) *zip.File {
	for _, member := range archive.File {
		if strings.EqualFold(memberName(member), name) {
			return member
		}
	}
	return nil
}

// memberText opens a file of an archive; its errors say what is wrong with it.
func memberText(member *zip.File) (io.ReadCloser, error) {
	in, err := member.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %s in the zip archive: %v", ErrFormat, memberName(member), err)
	}
	return &memberReader{ReadCloser: in, name: memberName(member)}, nil
}

type countingReaderAt struct {
	in io.ReaderAt
	n  *atomic.Int64
}

func (c *countingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.in.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}

type memberReader struct {
	io.ReadCloser
	name string
}

func (m *memberReader) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	var corrupt flate.CorruptInputError
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.As(err, &corrupt) {
		err = fmt.Errorf("%w: %s in the zip archive is damaged: %v", ErrFormat, m.name, err)
	}
	return n, err
}
