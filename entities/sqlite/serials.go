package sqlite

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// sequence is the serials of a kind within a transaction: the block from where
// the table stood up to where the transaction ends.
type sequence struct {
	next uint64
}

// serialEnd is the first number that is no serial.
const serialEnd = 1 << 48

// secretSerials names the key of the permutations.
const secretSerials = "serials"

// Mint gives the next issuable code of a kind. Those of persons and households
// are a keyed permutation of the sequence, so that a code tells neither how many
// there are nor who was registered next.
func (a *applier) Mint(_ context.Context, kind entities.Kind) (entities.Code, error) {
	if !kind.Valid() {
		return 0, fmt.Errorf("%w: number %d", entities.ErrUnknownKind, kind)
	}
	seq, err := a.sequence(kind)
	if err != nil {
		return 0, err
	}
	permute, err := a.permutation(kind)
	if err != nil {
		return 0, err
	}
	for ; seq.next < serialEnd; seq.next++ {
		serial := seq.next
		if permute != nil {
			serial = permute.of(serial)
		}
		code, err := entities.NewCode(kind, serial)
		if err == nil && code.Issuable() { // a permuted serial may be 0
			seq.next++
			return code, nil
		}
	}
	return 0, fmt.Errorf("all codes of kind %s are given", kind)
}

func (a *applier) sequence(kind entities.Kind) (*sequence, error) {
	if seq := a.minted[kind]; seq != nil {
		return seq, nil
	}
	seq := &sequence{next: 1}
	r, err := a.conn.row(serialNextSQL, int64(kind))
	if err != nil {
		return nil, err
	}
	if r != nil {
		seq.next = uint64(r.int(0))
	}
	if a.minted == nil {
		a.minted = make(map[entities.Kind]*sequence)
	}
	a.minted[kind] = seq
	return seq, nil
}

// permutation returns that of a kind, nil where its serials are in sequence.
func (a *applier) permutation(kind entities.Kind) (*permutation, error) {
	if kind != entities.Person && kind != entities.Household {
		return nil, nil
	}
	if p := a.store.permute[kind]; p != nil {
		return p, nil
	}
	key, err := a.store.secret(a.conn, secretSerials)
	if err != nil {
		return nil, err
	}
	p, err := newPermutation(key, kind)
	if err == nil {
		a.store.permute[kind] = p
	}
	return p, err
}

// permutation is a keyed bijection of [0, 2^48): a balanced Feistel network of
// ten rounds on halves of 24 bits, as in FF1 of NIST SP 800-38G, whose round
// function is AES-256 of kind, round and half. The domain is exactly that of the
// network, so that no walk along its cycles is needed but for serials that
// cannot be issued, which the sequence skips.
type permutation struct {
	block cipher.Block
	kind  entities.Kind
}

const (
	feistelRounds = 10
	halfBits      = 24
	halfMask      = 1<<halfBits - 1
)

func newPermutation(key []byte, kind entities.Kind) (*permutation, error) {
	if len(key) != secretLen {
		return nil, errors.New("the key of serials does not have 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &permutation{block: block, kind: kind}, nil
}

// of returns the image of n < 2^48.
func (p *permutation) of(n uint64) uint64 {
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
