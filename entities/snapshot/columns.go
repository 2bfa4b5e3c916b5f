package snapshot

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/chengma/chengma/entities"
)

// columns are the arrays of a table: sections of a mapped file, or slices of a
// segment in memory. Offsets columns have one element more than there are rows.
type columns struct {
	// Shared: intervals as (valid from, valid to, recorded from, recorded to),
	// and the dictionary; its entry 0 is empty.
	spans   []int64
	dictEnd []uint32 // of entry i
	dict    []byte

	// Exact, in order of (code, valid from, recorded from).
	vCode   []uint64
	vSpan   []uint32
	vClass  []uint32 // dictionary: text
	vCause  []byte
	vOrigin []uint32 // dictionary: see origins
	vNote   []uint32 // dictionary: vertical system and repair
	vAttrs  []uint64 // offsets into attrs
	vShape  []uint64 // offsets into shapes
	attrs   []byte
	shapes  []byte // WKB

	// Drawn, in order of (Hilbert, code, valid from, recorded from).
	rCode    []uint64
	rHilbert []uint64
	rSpan    []uint32
	rBox     []uint32 // four a row
	rType    []byte
	rSize    []float32 // area, length or 0, in world units
	rCell    []uint64  // H3, resolution 12
	rClass   []uint32  // dictionary: tile value
	rProps   []uint32  // dictionary: tile values, len(Properties) a row
	rVersion []uint32  // the version whose shape it is, or noVersion
	rRing    []uint32  // offsets into rings
	rings    []uint32  // end of each ring in coords, in vertices; newPart on the first ring of a part
	coords   []uint32  // x, y
	rByCode  []uint32  // rows in order of (code, row)

	// Packed R-tree: boxes of the levels above the rows, lowest level first.
	tree []uint32
}

const (
	noVersion = ^uint32(0)
	newPart   = uint32(1) << 31
	maxVertex = int(newPart) - 1
)

// section is a column as it stands in a file.
type section struct {
	name   string
	column any // pointer to a slice
}

func (c *columns) sections() []section {
	return []section{
		{"spans", &c.spans},
		{"dict.end", &c.dictEnd},
		{"dict", &c.dict},
		{"exact.code", &c.vCode},
		{"exact.span", &c.vSpan},
		{"exact.class", &c.vClass},
		{"exact.cause", &c.vCause},
		{"exact.origin", &c.vOrigin},
		{"exact.note", &c.vNote},
		{"exact.attrs.offset", &c.vAttrs},
		{"exact.shape.offset", &c.vShape},
		{"exact.attrs", &c.attrs},
		{"exact.shape", &c.shapes},
		{"drawn.code", &c.rCode},
		{"drawn.hilbert", &c.rHilbert},
		{"drawn.span", &c.rSpan},
		{"drawn.box", &c.rBox},
		{"drawn.type", &c.rType},
		{"drawn.size", &c.rSize},
		{"drawn.cell", &c.rCell},
		{"drawn.class", &c.rClass},
		{"drawn.properties", &c.rProps},
		{"drawn.version", &c.rVersion},
		{"drawn.ring.offset", &c.rRing},
		{"drawn.ring", &c.rings},
		{"drawn.coords", &c.coords},
		{"drawn.by-code", &c.rByCode},
		{"drawn.tree", &c.tree},
	}
}

// bytesOf shows a column as bytes, without copying.
func bytesOf(column any) []byte {
	switch s := column.(type) {
	case *[]byte:
		return *s
	case *[]uint32:
		return raw(*s)
	case *[]float32:
		return raw(*s)
	case *[]uint64:
		return raw(*s)
	case *[]int64:
		return raw(*s)
	}
	panic(fmt.Sprintf("snapshot: column of type %T", column))
}

// setBytes makes a column of mapped bytes, which are aligned to 64.
func setBytes(column any, b []byte) error {
	switch s := column.(type) {
	case *[]byte:
		*s = b
		return nil
	case *[]uint32:
		return cast(s, b)
	case *[]float32:
		return cast(s, b)
	case *[]uint64:
		return cast(s, b)
	case *[]int64:
		return cast(s, b)
	}
	panic(fmt.Sprintf("snapshot: column of type %T", column))
}

type fixed interface {
	uint32 | float32 | uint64 | int64
}

func raw[T fixed](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}

func cast[T fixed](s *[]T, b []byte) error {
	var one T
	size := int(unsafe.Sizeof(one))
	if len(b)%size != 0 {
		return fmt.Errorf("%d bytes are no whole number of elements of %d bytes", len(b), size)
	}
	if len(b) == 0 {
		*s = nil
		return nil
	}
	*s = unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/size)
	return nil
}

// littleEndian reports whether columns can be mapped as they are.
func littleEndian() bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}

// check compares the lengths of columns with each other.
func (c *columns) check(properties int) error {
	n, m := len(c.vCode), len(c.rCode)
	for _, x := range []struct {
		name      string
		got, want int
	}{
		{"exact.span", len(c.vSpan), n},
		{"exact.class", len(c.vClass), n},
		{"exact.cause", len(c.vCause), n},
		{"exact.origin", len(c.vOrigin), n},
		{"exact.note", len(c.vNote), n},
		{"exact.attrs.offset", len(c.vAttrs), n + 1},
		{"exact.shape.offset", len(c.vShape), n + 1},
		{"drawn.hilbert", len(c.rHilbert), m},
		{"drawn.span", len(c.rSpan), m},
		{"drawn.box", len(c.rBox), 4 * m},
		{"drawn.type", len(c.rType), m},
		{"drawn.size", len(c.rSize), m},
		{"drawn.cell", len(c.rCell), m},
		{"drawn.class", len(c.rClass), m},
		{"drawn.properties", len(c.rProps), properties * m},
		{"drawn.version", len(c.rVersion), m},
		{"drawn.ring.offset", len(c.rRing), m + 1},
		{"drawn.by-code", len(c.rByCode), m},
		{"drawn.tree", len(c.tree), 4 * treeSize(m)},
	} {
		if x.got != x.want {
			return fmt.Errorf("column %s has %d elements instead of %d", x.name, x.got, x.want)
		}
	}
	if len(c.dictEnd) == 0 || len(c.spans)%4 != 0 {
		return fmt.Errorf("dictionary or intervals are incomplete")
	}
	return nil
}

// span is when a row is true and which revisions know it.
type span struct {
	valid    entities.Interval
	recorded entities.Span
}

func (c *columns) span(id uint32) span {
	s := c.spans[4*id : 4*id+4 : 4*id+4]
	return span{
		valid:    entities.Interval{From: entities.Instant(s[0]), To: entities.Instant(s[1])},
		recorded: entities.Span{From: entities.Revision(s[2]), To: entities.Revision(s[3])},
	}
}

// entry returns an entry of the dictionary. It must not be changed.
func (c *columns) entry(id uint32) []byte {
	var from uint32
	if id > 0 {
		from = c.dictEnd[id-1]
	}
	return c.dict[from:c.dictEnd[id]]
}

func (c *columns) box(row int) Box {
	b := c.rBox[4*row : 4*row+4 : 4*row+4]
	return Box{b[0], b[1], b[2], b[3]}
}

// vertices returns the vertices [from, to) of a drawn row.
func (c *columns) vertices(row int) (from, to uint32) {
	first, last := c.rRing[row], c.rRing[row+1]
	if first > 0 {
		from = c.rings[first-1] &^ newPart
	}
	return from, c.rings[last-1] &^ newPart
}
