package tiles

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// zipper writes gzip (RFC 1952) of tiles. It keeps its buffers.
//
// Ids and shapes hardly repeat: looking for repetitions in them takes two thirds
// of the time of making a tile and saves a sixth of its bytes. Keys and values,
// mostly codes, shrink to a quarter. So the former are only Huffman-coded and the
// latter compressed, as parts of one deflate stream.
type zipper struct {
	out   appender
	plain *flate.Writer // entropy coding alone
	dense *flate.Writer
}

// valuesLevel is the level for keys and values. Of klauspost's it is the fastest
// on tiles; 1 takes a tenth longer and saves less.
const valuesLevel = 2

// leastPart is how many bytes of features are worth a part of their own, which
// costs a Huffman table.
const leastPart = 4096

// appender makes a writer of a slice.
type appender []byte

func (a *appender) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}

func newZipper() (*zipper, error) {
	plain, err := flate.NewWriter(io.Discard, flate.HuffmanOnly)
	if err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	dense, err := flate.NewWriter(io.Discard, valuesLevel)
	if err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	return &zipper{plain: plain, dense: dense}, nil
}

// zip returns the gzip of a tile; it is valid until the next. Cuts are where
// features begin and end in turn.
func (z *zipper) zip(tile []byte, cuts []int) ([]byte, error) {
	const deflate, unknownSystem = 8, 255
	z.out = append(z.out[:0], 0x1f, 0x8b, deflate, 0, 0, 0, 0, 0, 0, unknownSystem)
	at := 0
	for ; len(cuts) > 1; cuts = cuts[2:] {
		if cuts[1]-cuts[0] < leastPart {
			continue
		}
		if at < cuts[0] {
			if err := z.part(z.dense, tile[at:cuts[0]]); err != nil {
				return nil, err
			}
		}
		if err := z.part(z.plain, tile[cuts[0]:cuts[1]]); err != nil {
			return nil, err
		}
		at = cuts[1]
	}
	z.dense.Reset(&z.out)
	if _, err := z.dense.Write(tile[at:]); err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	if err := z.dense.Close(); err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	z.out = binary.LittleEndian.AppendUint32(z.out, crc32.ChecksumIEEE(tile))
	return binary.LittleEndian.AppendUint32(z.out, uint32(len(tile))), nil
}

// part writes blocks up to a byte's edge, none of them the last. What comes next
// refers to nothing in them.
func (z *zipper) part(w *flate.Writer, b []byte) error {
	w.Reset(&z.out)
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("compress tile: %w", err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("compress tile: %w", err)
	}
	return nil
}
