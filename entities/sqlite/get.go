package sqlite

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// Get returns the version of a thing that holds at an instant.
func (r *reader) Get(ctx context.Context, code entities.Code, at entities.Instant) (entities.Entity, error) {
	var e entities.Entity
	err := r.read(ctx, func(c *conn) error {
		row, err := c.row(versionAtSQL, int64(code), int64(at), int64(r.rev))
		if err != nil {
			return err
		}
		if row == nil {
			return r.missing(c, code)
		}
		e, err = r.store.version(c, row, r.rev)
		return err
	})
	if err != nil {
		return entities.Entity{}, fmt.Errorf("get %s: %w", code, err)
	}
	return e, nil
}

// missing says why there is no version of a thing.
func (r *reader) missing(c *conn, code entities.Code) error {
	erased, err := c.row(stateErasedSQL, int64(code))
	if err != nil {
		return err
	}
	if erased != nil { // from every revision, also from those before
		return entities.ErrErased
	}
	issued, err := c.row(codeIssuedSQL, int64(code))
	if err != nil {
		return err
	}
	if issued == nil || issued.int(0) > int64(r.rev) {
		return entities.ErrNeverIssued
	}
	return entities.ErrNotFound
}
