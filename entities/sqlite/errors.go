package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"github.com/chengma/chengma/entities"
)

// explain gives an error of the driver its place among the errors of the domain.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return err
	}
	switch lite.Code {
	case sqlite3.ErrFull:
		return fmt.Errorf("%w: no space is left for the file: %w", entities.ErrUnavailable, err)
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return fmt.Errorf("%w: the file cannot be written: %w", entities.ErrUnavailable, err)
	case sqlite3.ErrCantOpen:
		return fmt.Errorf("%w: the file cannot be opened: %w", entities.ErrUnavailable, err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fmt.Errorf("%w: another process is writing: %w", entities.ErrUnavailable, err)
	case sqlite3.ErrIoErr, sqlite3.ErrProtocol, sqlite3.ErrNomem:
		return fmt.Errorf("%w: %w", entities.ErrUnavailable, err)
	case sqlite3.ErrNotADB:
		return fmt.Errorf("%w: the file is no SQLite database: %w", entities.ErrSchemaVersion, err)
	case sqlite3.ErrInterrupt:
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return err
}

func isBusy(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && (lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked)
}
