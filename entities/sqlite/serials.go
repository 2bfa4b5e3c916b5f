package sqlite

import (
	"context"

	"github.com/chengma/chengma/entities"
)

// secretSerials names the key of the permutations.
const secretSerials = "serials"

// Mint gives the next issuable code of a kind.
func (a *applier) Mint(_ context.Context, kind entities.Kind) (entities.Code, error) {
	seq, err := a.sequence(kind)
	if err != nil {
		return 0, err
	}
	return seq.Mint()
}

// sequence returns the serials of a kind within a transaction: the block from
// where the table stood up to where the transaction ends.
func (a *applier) sequence(kind entities.Kind) (*entities.Serials, error) {
	if seq := a.minted[kind]; seq != nil {
		return seq, nil
	}
	r, err := a.conn.row(serialNextSQL, int64(kind))
	if err != nil {
		return nil, err
	}
	next := uint64(1)
	if r != nil {
		next = uint64(r.int(0))
	}
	permute, err := a.permutation(kind)
	if err != nil {
		return nil, err
	}
	seq, err := entities.NewSerials(kind, next, permute)
	if err != nil {
		return nil, err
	}
	if a.minted == nil {
		a.minted = make(map[entities.Kind]*entities.Serials)
	}
	a.minted[kind] = seq
	return seq, nil
}

// permutation returns that of a kind, nil where its serials are in sequence.
func (a *applier) permutation(kind entities.Kind) (*entities.Permutation, error) {
	if !kind.Permuted() {
		return nil, nil
	}
	if p := a.store.permute[kind]; p != nil {
		return p, nil
	}
	key, err := a.store.secret(a.conn, secretSerials)
	if err != nil {
		return nil, err
	}
	p, err := entities.NewPermutation(key, kind)
	if err == nil {
		a.store.permute[kind] = p
	}
	return p, err
}
