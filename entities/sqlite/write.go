package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/chengma/chengma/entities"
)

// write runs a function within a write transaction: all of it, or none.
func (s *Store) write(ctx context.Context, do func(*conn) error) error {
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
	if s.life.Err() != nil {
		return entities.ErrClosed
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	err := do(s.writer)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = s.commit()
	}
	if err != nil {
		s.rollback()
		return err
	}
	return nil
}

// begin takes the write lock of the file, waiting for other processes.
func (s *Store) begin(ctx context.Context) error {
	return s.patiently(ctx, func() error {
		_, err := s.writer.exec("BEGIN IMMEDIATE")
		return err
	})
}

func (s *Store) commit() error {
	_, err := s.writer.exec("COMMIT")
	return err
}

// rollback undoes the transaction, if SQLite has not done so on its own.
func (s *Store) rollback() {
	s.names.reset()
	if s.writer.raw.AutoCommit() {
		return
	}
	if _, err := s.writer.exec("ROLLBACK"); err != nil {
		s.cfg.Logger.Error("roll back", "error", err)
	}
}

// patiently repeats what other processes keep from being done now, until the
// context or the store ends or Config.Wait is over. SQLite's own waiting (busy_timeout) knows
// no context, so that it is set short.
func (s *Store) patiently(ctx context.Context, do func() error) error {
	deadline := time.NewTimer(s.cfg.Wait)
	defer deadline.Stop()
	for {
		err := do()
		if err == nil || !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.life.Done():
			return entities.ErrClosed
		case <-deadline.C:
			return fmt.Errorf("waited %s: %w", s.cfg.Wait, err)
		case <-time.After(time.Millisecond):
		}
	}
}
