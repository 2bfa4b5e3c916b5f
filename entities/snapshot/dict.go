package snapshot

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/chengma/chengma/entities"
)

// dictionary gives equal byte strings one number. Number 0 is the empty string.
type dictionary struct {
	numbers map[string]uint32
	end     []uint32
	bytes   []byte
}

func newDictionary() *dictionary {
	return &dictionary{numbers: make(map[string]uint32), end: []uint32{0}}
}

func (d *dictionary) number(entry []byte) uint32 {
	if len(entry) == 0 {
		return 0
	}
	if n, ok := d.numbers[string(entry)]; ok {
		return n
	}
	n := uint32(len(d.end))
	d.numbers[string(entry)] = n
	d.bytes = append(d.bytes, entry...)
	d.end = append(d.end, uint32(len(d.bytes)))
	return n
}

// Tile values stand in the dictionary as a vector tile has them: the body of a
// Value message (MVT 2.1, 4.4), so that an encoder copies them.
const (
	tagString = 1<<3 | 2
	tagDouble = 3<<3 | 1
	tagInt    = 4 << 3
	tagSint   = 6 << 3
	tagBool   = 7 << 3
)

// appendTileValue appends a value as it goes into tiles; nothing for unset and
// null.
func appendTileValue(b []byte, v entities.Value) []byte {
	switch v.Type() {
	case entities.BoolType:
		if v.Bool() {
			return append(b, tagBool, 1)
		}
		return append(b, tagBool, 0)
	case entities.IntType:
		i, _ := v.Int()
		if i < 0 {
			return binary.AppendUvarint(append(b, tagSint), uint64(i)<<1^uint64(i>>63))
		}
		return binary.AppendUvarint(append(b, tagInt), uint64(i))
	case entities.FloatType:
		f, _ := v.Float()
		return binary.LittleEndian.AppendUint64(append(b, tagDouble), math.Float64bits(f))
	case entities.StringType, entities.JSONType:
		return appendTileText(b, v.Text())
	}
	return b
}

func appendTileText(b []byte, text string) []byte {
	b = binary.AppendUvarint(append(b, tagString), uint64(len(text)))
	return append(b, text...)
}

// tileValue reads what appendTileValue wrote. JSON comes back as its text.
func tileValue(b []byte) entities.Value {
	if len(b) == 0 {
		return entities.Unset
	}
	switch b[0] {
	case tagString:
		if n, used := binary.Uvarint(b[1:]); used > 0 && n == uint64(len(b)-1-used) {
			return entities.String(string(b[1+used:]))
		}
	case tagDouble:
		if len(b) == 9 {
			return entities.Float(math.Float64frombits(binary.LittleEndian.Uint64(b[1:])))
		}
	case tagInt:
		u, _ := binary.Uvarint(b[1:])
		return entities.Int(int64(u))
	case tagSint:
		u, _ := binary.Uvarint(b[1:])
		return entities.Int(int64(u>>1) ^ -int64(u&1))
	case tagBool:
		return entities.Bool(len(b) > 1 && b[1] == 1)
	}
	return entities.Unset
}

// reader walks bytes that writers of this package wrote; what is not so leaves
// it bad, and every later read gives zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) text() string { return string(r.take(r.uvarint())) }

func (r *reader) err(what string) error {
	if r.bad || len(r.b) > 0 {
		return fmt.Errorf("%w: %s cannot be read", ErrDamaged, what)
	}
	return nil
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}
