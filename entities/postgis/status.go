package postgis

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// Status returns what is known of a code as such.
func (r *reader) Status(ctx context.Context, code entities.Code) (entities.Status, error) {
	status := entities.Status{Code: code}
	err := r.read(ctx, func(c *conn) error {
		issued, err := c.row(ctx, codeIssuedSQL, int64(code))
		if err != nil {
			return err
		}
		if issued == nil || issued.int(0) > int64(r.rev) {
			return entities.ErrNeverIssued
		}
		status.Changed = entities.Revision(issued.int(0))
		if err := r.stateOf(ctx, c, &status); err != nil {
			return err
		}
		// What replaced the thing, at any valid time.
		status.Successors, err = codesOf(ctx, c, linkedFromSQL, int64(code), entities.RoleReplacedBy,
			int64(entities.Beginning), int64(entities.Forever), int64(r.rev))
		return err
	})
	if err != nil {
		return entities.Status{}, fmt.Errorf("status of %s: %w", code, err)
	}
	return status, nil
}

// stateOf reads the state that the code has, or tells active from retired.
func (r *reader) stateOf(ctx context.Context, c *conn, status *entities.Status) error {
	code, rev := int64(status.Code), int64(r.rev)
	changed, err := c.row(ctx, stateChangedSQL, code, rev)
	if err != nil {
		return err
	}
	status.Changed = max(status.Changed, entities.Revision(changed.int(0)))
	row, err := c.row(ctx, statesAsOfSQL, code, rev)
	if err != nil {
		return err
	}
	if row != nil {
		state := codeState(row, r.rev)
		status.State, status.Reason, status.SameAs = state.State, state.Reason, state.SameAs
		return nil
	}
	alive, err := c.row(ctx, codeAliveSQL, code, rev)
	if err != nil {
		return err
	}
	status.State = entities.Retired
	if alive.truth(0) {
		status.State = entities.Active
	}
	return nil
}
