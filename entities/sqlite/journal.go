package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/chengma/chengma/entities"
)

// Begin returns the unfinished run with a fingerprint, or a new one.
func (s *Store) Begin(ctx context.Context, fingerprint string, start time.Time) (entities.Run, error) {
	run := entities.Run{Fingerprint: fingerprint}
	err := s.write(ctx, func(c *conn) error {
		r, err := c.row(runOpenSQL, fingerprint)
		if err != nil {
			return err
		}
		if r != nil {
			run.ID, run.Start, run.Resumed = r.int(0), entities.Instant(r.int(1)).Time(), true
			return nil
		}
		since := entities.InstantOf(start)
		if r, err = c.row(runAddSQL, fingerprint, int64(since)); err != nil {
			return err
		}
		run.ID, run.Start = r.int(0), since.Time()
		return nil
	})
	if err != nil {
		return entities.Run{}, fmt.Errorf("begin run: %w", err)
	}
	return run, nil
}

// Finish closes a run. A run that is finished stays as it is; an unknown one is
// ErrNotFound.
func (s *Store) Finish(ctx context.Context, id int64, summary string) error {
	err := s.write(ctx, func(c *conn) error {
		r, err := c.row(runSQL, id)
		if err != nil {
			return err
		}
		if r == nil {
			return entities.ErrNotFound
		}
		_, err = c.exec(runFinishSQL, id, int64(entities.InstantOf(s.cfg.Clock())), summary)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish run %d: %w", id, err)
	}
	return nil
}
