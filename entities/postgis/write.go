package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/chengma/chengma/entities"
)

// write runs a function within a write transaction: all of it, or none. Writers
// of this process take turns without a connection, those of others wait for the
// lock in the database. Closing the store ends both waits.
func (s *Store) write(ctx context.Context, do func(context.Context, *conn) error) error {
	if s.life.Err() != nil {
		return entities.ErrClosed
	}
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.life.Done():
		return entities.ErrClosed
	}
	defer func() { s.turn <- struct{}{} }()
	err := s.read(ctx, func(c *conn) error {
		tx, err := c.raw.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
		if err != nil {
			return c.explain(ctx, err)
		}
		if err = s.lock(ctx, c); err == nil {
			err = do(ctx, c)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			s.rollback(ctx, tx)
			return err
		}
		if err := tx.Commit(ctx); err != nil {
			return fmt.Errorf("commit: %w", c.explain(ctx, err))
		}
		return nil
	})
	if err != nil {
		clear(s.names) // IDs given in the transaction are gone with it
	}
	return err
}

// lock takes the right to write to the schema.
func (s *Store) lock(ctx context.Context, c *conn) error {
	wait, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(s.life, stop)()
	_, err := c.row(wait, lockSQL)
	if err != nil && s.life.Err() != nil {
		return entities.ErrClosed
	}
	return err
}

// rollback undoes the transaction. Where that fails the connection is gone, and
// the transaction with it.
func (s *Store) rollback(ctx context.Context, tx pgx.Tx) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer stop()
	if err := tx.Rollback(ctx); err != nil && !tx.Conn().IsClosed() {
		s.cfg.Logger.Error("roll back", "error", err)
	}
}
