package source

import (
	"encoding/binary"
	"errors"
	"math"
)

var errFlatBuffer = errors.New("its offsets point outside of it")

// flatBuffer reads tables of FlatBuffers (https://flatbuffers.dev/internals).
// Every access is checked; the first that is wrong sets bad and gives zeros from
// then on. Offsets may point to the same bytes again and again, so what is taken
// out is counted against the size of the whole.
type flatBuffer struct {
	b     []byte
	taken int
	bad   bool
}

// flatTable is a table by its place and that of its fields' offsets; none where
// the place is 0.
type flatTable struct{ at, fields, size int }

func (f *flatBuffer) ok(at, size int) bool {
	if f.bad || at < 0 || size < 0 || at > len(f.b)-size {
		f.bad = true
	}
	return !f.bad
}

// take counts bytes that are taken out.
func (f *flatBuffer) take(size int) {
	const share = 4 // a byte may well be in several tables
	if f.taken += size; f.taken > share*len(f.b)+1024 {
		f.bad = true
	}
}

func (f *flatBuffer) uint32(at int) int {
	if !f.ok(at, 4) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(f.b[at:]))
}

func (f *flatBuffer) uint16(at int) int {
	if !f.ok(at, 2) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(f.b[at:]))
}

func (f *flatBuffer) root() flatTable { return f.table(f.uint32(0)) }

func (f *flatBuffer) table(at int) flatTable {
	f.take(4)
	fields := at - int(int32(f.uint32(at)))
	t := flatTable{at: at, fields: fields, size: f.uint16(fields)}
	if !f.ok(fields, t.size) {
		return flatTable{}
	}
	return t
}

// field returns the place of a field, 0 where the table does not have it.
func (f *flatBuffer) field(t flatTable, number int) int {
	at := 4 + 2*number
	if t.at == 0 || at+2 > t.size {
		return 0
	}
	offset := f.uint16(t.fields + at)
	if offset == 0 {
		return 0
	}
	return t.at + offset
}

// number reads a whole number of 1, 2, 4 or 8 bytes.
func (f *flatBuffer) number(t flatTable, field, size int, otherwise uint64) uint64 {
	at := f.field(t, field)
	if at == 0 || !f.ok(at, size) {
		return otherwise
	}
	n := uint64(0)
	for i := range size {
		n |= uint64(f.b[at+i]) << (8 * i)
	}
	return n
}

// vector returns where the elements of a vector begin and how many there are.
func (f *flatBuffer) vector(t flatTable, field, size int) (at, n int) {
	place := f.field(t, field)
	if place == 0 {
		return 0, 0
	}
	at = place + f.uint32(place)
	n = f.uint32(at)
	at += 4
	if f.bad || n > len(f.b) || !f.ok(at, n*size) {
		f.bad = true
		return 0, 0
	}
	f.take(n * size)
	return at, n
}

func (f *flatBuffer) bytes(t flatTable, field int) []byte {
	at, n := f.vector(t, field, 1)
	return f.b[at : at+n]
}

func (f *flatBuffer) child(t flatTable, field int) flatTable {
	at := f.field(t, field)
	if at == 0 {
		return flatTable{}
	}
	return f.table(at + f.uint32(at))
}

func (f *flatBuffer) children(t flatTable, field int) []flatTable {
	at, n := f.vector(t, field, 4)
	var tables []flatTable
	for i := range n {
		if f.bad {
			return nil
		}
		place := at + 4*i
		tables = append(tables, f.table(place+f.uint32(place)))
	}
	return tables
}

// floats returns the numbers of a vector.
func (f *flatBuffer) floats(t flatTable, field int) []float64 {
	at, n := f.vector(t, field, 8)
	if n == 0 {
		return nil
	}
	flat := make([]float64, n)
	for i := range flat {
		flat[i] = math.Float64frombits(binary.LittleEndian.Uint64(f.b[at+8*i:]))
	}
	return flat
}
