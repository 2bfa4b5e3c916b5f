package sqlite

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// Status returns what is known of a code as such.
func (r *reader) Status(ctx context.Context, code entities.Code) (entities.Status, error) {
	status := entities.Status{Code: code}
	err := r.read(ctx, func(c *conn) error {
		issued, err := c.row(codeIssuedSQL, int64(code))
		if err != nil {
			return err
		}
		if issued == nil || issued.int(0) > int64(r.rev) {
			return entities.ErrNeverIssued
		}
		status.Changed = entities.Revision(issued.int(0))
		if err := r.stateOf(c, &status); err != nil {
			return err
		}
		status.Successors, err = r.successors(c, code)
		return err
	})
	if err != nil {
		return entities.Status{}, fmt.Errorf("status of %s: %w", code, err)
	}
	return status, nil
}

// stateOf reads the state that the code has, or tells active from retired.
func (r *reader) stateOf(c *conn, status *entities.Status) error {
	code, rev := int64(status.Code), int64(r.rev)
	changed, err := c.row(stateChangedSQL, code, rev)
	if err != nil {
		return err
	}
	status.Changed = max(status.Changed, entities.Revision(changed.int(0)))
	row, err := c.row(statesAsOfSQL, code, rev)
	if err != nil {
		return err
	}
	if row != nil {
		state := codeState(row, r.rev)
		status.State, status.Reason, status.SameAs = state.State, state.Reason, state.SameAs
		return nil
	}
	alive, err := c.row(codeAliveSQL, code, rev)
	if err != nil {
		return err
	}
	status.State = entities.Retired
	if alive.int(0) == 1 {
		status.State = entities.Active
	}
	return nil
}

// successors returns what replaced a thing, at any valid time.
func (r *reader) successors(c *conn, code entities.Code) ([]entities.Code, error) {
	return codesOf(c.query(context.Background(), linkedFromSQL, int64(code), entities.RoleReplacedBy,
		int64(entities.Beginning), int64(entities.Forever), int64(r.rev)))
}

// codesOf reads the first column of an answer.
func codesOf(r *rows, err error) ([]entities.Code, error) {
	if err != nil {
		return nil, err
	}
	var codes []entities.Code
	for r.next() {
		codes = append(codes, entities.Code(r.int(0)))
	}
	return codes, r.close()
}
