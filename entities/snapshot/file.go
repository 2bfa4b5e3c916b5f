package snapshot

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/edsrzf/mmap-go"

	"github.com/chengma/chengma/entities"
)

// The errors of opening and reading a file. After each of them the file is to be
// built again.
var (
	// ErrDamaged: the file is torn, or its bytes are not those that were written.
	ErrDamaged = errors.New("snapshot is damaged")
	// ErrForeign: the file is no snapshot.
	ErrForeign = errors.New("not a snapshot")
	// ErrVersion: the file was written by an older or a newer program.
	ErrVersion = errors.New("snapshot of another version")
)

const (
	magic = "CHGMSNAP"
	// formatVersion changes with every change of the columns or their meaning.
	formatVersion = 1
	prefixSize    = 24
	alignment     = 64
	maxHeader     = 1 << 20
)

// header is what a file says of itself.
type header struct {
	Layer    Layer             `json:"layer"`
	Revision entities.Revision `json:"revision"`
	Batch    string            `json:"batch"` // key of the revision's batch
	Time     time.Time         `json:"time"`  // when it was published
	Size     int64             `json:"size"`  // of the file
	Sections []extent          `json:"sections"`
}

// extent is where a section is.
type extent struct {
	Name   string `json:"name"`
	Offset int64  `json:"offset"` // from the first byte after the header, aligned
	Length int64  `json:"length"`
	Sum    uint32 `json:"crc32c"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func align(n int64) int64 { return (n + alignment - 1) &^ (alignment - 1) }

// writeFile writes beside path, syncs, and renames.
func writeFile(ctx context.Context, path string, c *columns, h header) (err error) {
	if !littleEndian() {
		return errors.New("snapshots need a little-endian machine")
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("write snapshot %s: %w", path, err)
		}
	}()
	if err := writeTo(ctx, f, c, h); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func writeTo(ctx context.Context, f io.Writer, c *columns, h header) error {
	sections := c.sections()
	var at int64
	for _, s := range sections {
		b := bytesOf(s.column)
		h.Sections = append(h.Sections, extent{
			Name: s.name, Offset: at, Length: int64(len(b)), Sum: crc32.Checksum(b, castagnoli),
		})
		at = align(at + int64(len(b)))
	}
	head, body, err := encodeHeader(&h, at)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	w.Write(head)
	w.Write(make([]byte, body-int64(len(head))))
	for _, s := range sections {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := bytesOf(s.column)
		w.Write(b)
		w.Write(make([]byte, align(int64(len(b)))-int64(len(b))))
	}
	return w.Flush() // bufio keeps the first error
}

// encodeHeader sets the file's size, which the header holds and depends on.
func encodeHeader(h *header, sections int64) (head []byte, body int64, err error) {
	for {
		text, err := json.Marshal(h)
		if err != nil {
			return nil, 0, err
		}
		body = align(prefixSize + int64(len(text)))
		if h.Size == body+sections {
			head = append(head, magic...)
			head = binary.LittleEndian.AppendUint32(head, formatVersion)
			head = binary.LittleEndian.AppendUint32(head, uint32(len(text)))
			head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(text, castagnoli))
			head = binary.LittleEndian.AppendUint32(head, 0)
			return append(head, text...), body, nil
		}
		h.Size = body + sections
	}
}

// load maps and checks a file.
func load(path string) (mapped mmap.MMap, h header, c *columns, err error) {
	if !littleEndian() {
		return nil, h, nil, errors.New("snapshots need a little-endian machine")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, h, nil, fmt.Errorf("open snapshot: %w", err)
	}
	defer f.Close()
	h, body, err := readHeader(f)
	if err != nil {
		return nil, h, nil, fmt.Errorf("open snapshot %s: %w", path, err)
	}
	mapped, err = mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, h, nil, fmt.Errorf("open snapshot %s: %w", path, err)
	}
	c, err = mapColumns(mapped, &h, body)
	if err != nil {
		return nil, h, nil, errors.Join(fmt.Errorf("open snapshot %s: %w: %w", path, ErrDamaged, err), mapped.Unmap())
	}
	return mapped, h, c, nil
}

// readHeader reads and checks the header and the sums of all sections.
func readHeader(f *os.File) (h header, body int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return h, 0, err
	}
	var prefix [prefixSize]byte
	if _, err := io.ReadFull(f, prefix[:]); err != nil || string(prefix[:8]) != magic {
		return h, 0, fmt.Errorf("%w: it does not begin as one", ErrForeign)
	}
	if v := binary.LittleEndian.Uint32(prefix[8:]); v != formatVersion {
		return h, 0, fmt.Errorf("%w: %d instead of %d", ErrVersion, v, formatVersion)
	}
	length := binary.LittleEndian.Uint32(prefix[12:])
	if length > maxHeader || binary.LittleEndian.Uint32(prefix[20:]) != 0 {
		return h, 0, fmt.Errorf("%w: its header is %d bytes long", ErrDamaged, length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(f, text); err != nil {
		return h, 0, fmt.Errorf("%w: it ends in its header", ErrDamaged)
	}
	if crc32.Checksum(text, castagnoli) != binary.LittleEndian.Uint32(prefix[16:]) {
		return h, 0, fmt.Errorf("%w: the checksum of its header is wrong", ErrDamaged)
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, 0, fmt.Errorf("%w: its header: %w", ErrDamaged, err)
	}
	if h.Size != info.Size() {
		return h, 0, fmt.Errorf("%w: it has %d of %d bytes", ErrDamaged, info.Size(), h.Size)
	}
	body = align(prefixSize + int64(length))
	return h, body, checkSums(f, &h, body)
}

func checkSums(f *os.File, h *header, body int64) error {
	buffer := make([]byte, 1<<20)
	for _, s := range h.Sections {
		if s.Offset < 0 || s.Length < 0 || s.Offset > h.Size-body || s.Length > h.Size-body-s.Offset || s.Offset%alignment != 0 {
			return fmt.Errorf("%w: section %s lies outside", ErrDamaged, s.Name)
		}
		sum := crc32.New(castagnoli)
		if _, err := io.CopyBuffer(onlyWriter{sum}, io.NewSectionReader(f, body+s.Offset, s.Length), buffer); err != nil {
			return err
		}
		if sum.Sum32() != s.Sum {
			return fmt.Errorf("%w: the checksum of section %s is wrong", ErrDamaged, s.Name)
		}
	}
	return nil
}

// onlyWriter hides other methods, so that io.CopyBuffer uses its buffer.
type onlyWriter struct{ io.Writer }

func mapColumns(mapped []byte, h *header, body int64) (*columns, error) {
	if int64(len(mapped)) != h.Size {
		return nil, fmt.Errorf("%d of %d bytes are mapped", len(mapped), h.Size)
	}
	c := new(columns)
	sections := c.sections()
	if len(sections) != len(h.Sections) {
		return nil, fmt.Errorf("it has %d sections instead of %d", len(h.Sections), len(sections))
	}
	for i, s := range sections {
		e := h.Sections[i]
		if e.Name != s.name {
			return nil, fmt.Errorf("section %s stands where %s belongs", e.Name, s.name)
		}
		if err := setBytes(s.column, mapped[body+e.Offset:body+e.Offset+e.Length]); err != nil {
			return nil, fmt.Errorf("section %s: %w", s.name, err)
		}
	}
	return c, c.check(len(h.Layer.Properties))
}
