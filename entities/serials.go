package entities

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
)

// SecretLen is the length of the keys of a store, in bytes.
const SecretLen = 32

// serialEnd is the first number that is no serial.
const serialEnd = 1 << serialBits

// Serials gives out the codes of one kind, from a place in its sequence on. Where
// the sequence stands is for the store to keep. Codes that must not be issued are
// skipped. It is for one goroutine.
type Serials struct {
	kind    Kind
	next    uint64
	permute *Permutation
}

// NewSerials goes on with the sequence of a kind at next, 1 for the first code. A
// permutation is needed for the kinds of [Kind.Permuted], and nil for all others.
func NewSerials(kind Kind, next uint64, permute *Permutation) (*Serials, error) {
	switch {
	case !kind.Valid():
		return nil, fmt.Errorf("%w: number %d", ErrUnknownKind, kind)
	case kind.Permuted() != (permute != nil):
		return nil, fmt.Errorf("serials of %s: a permutation is for persons and households alone", kind)
	}
	return &Serials{kind: kind, next: next, permute: permute}, nil
}

// Next returns where the sequence stands: the number that is tried next.
func (s *Serials) Next() uint64 { return s.next }

// Mint gives the next issuable code.
func (s *Serials) Mint() (Code, error) {
	for ; s.next < serialEnd; s.next++ {
		serial := s.next
		if s.permute != nil {
			serial = s.permute.Of(serial)
		}
		code, err := NewCode(s.kind, serial)
		if err == nil && code.Issuable() { // a permuted serial may be 0
			s.next++
			return code, nil
		}
	}
	return 0, fmt.Errorf("all codes of kind %s are given", s.kind)
}

// Permuted reports whether the codes of a kind are a keyed permutation of its
// sequence, so that a code tells neither how many there are nor who was
// registered next: persons and households.
func (k Kind) Permuted() bool { return k == Person || k == Household }

// Permutation is a keyed bijection of [0, 2^48): a balanced Feistel network of
// ten rounds on halves of 24 bits, as in FF1 of NIST SP 800-38G, whose round
// function is AES-256 of kind, round and half. The domain is exactly that of the
// network, so that no walk along its cycles is needed but for serials that
// cannot be issued, which the sequence skips.
type Permutation struct {
	block cipher.Block
	kind  Kind
}

const (
	feistelRounds = 10
	halfBits      = 24
	halfMask      = 1<<halfBits - 1
)

// NewPermutation makes the permutation of a kind under a key of [SecretLen]
// bytes, which must never change.
func NewPermutation(key []byte, kind Kind) (*Permutation, error) {
	if len(key) != SecretLen {
		return nil, errors.New("the key of serials does not have 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &Permutation{block: block, kind: kind}, nil
}

// Of returns the image of n < 2^48.
func (p *Permutation) Of(n uint64) uint64 {
	left, right := uint32(n>>halfBits)&halfMask, uint32(n)&halfMask
	var text [aes.BlockSize]byte
	for round := range feistelRounds {
		text = [aes.BlockSize]byte{0: byte(p.kind), 1: byte(round)}
		binary.BigEndian.PutUint32(text[4:], right)
		p.block.Encrypt(text[:], text[:])
		left, right = right, left^(binary.BigEndian.Uint32(text[:])&halfMask)
	}
	return uint64(left)<<halfBits | uint64(right)
}
