package sqlite

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// erase deletes all rows of things, at every revision.
func (w *writer) erase(diff *entities.Diff) error {
	// Refusals are found by aliases, boxes and terms by versions: they go first.
	steps := []string{
		eraseRefusalsCountedSQL, eraseRefusalsSQL, eraseDiscrepanciesSQL, eraseBoxesSQL, eraseTermsSQL,
		eraseVersionsSQL, eraseAliasesSQL, eraseLinksSQL,
	}
	for _, code := range diff.Erased {
		for _, text := range steps {
			if _, err := w.conn.exec(text, int64(code)); err != nil {
				return fmt.Errorf("erase %s: %w", code, err)
			}
		}
	}
	w.erased = len(diff.Erased)
	return nil
}

// scrub takes erased bytes out of the file. Deleted rows are overwritten where
// they stood (secure_delete), but a page that was split keeps copies of what
// moved, so that the file is rewritten; and the log is emptied, which has older
// states of pages.
func (s *Store) scrub(ctx context.Context) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.life.Done():
		return entities.ErrClosed
	}
	defer func() { s.turn <- struct{}{} }()
	// The copy that VACUUM makes may be larger than memory.
	err := s.patiently(ctx, func() error {
		return s.writer.pragma("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY")
	})
	if err != nil {
		return err
	}
	return s.patiently(ctx, func() error { return emptyLog(s.writer) })
}

// emptyLog moves the log into the file and cuts it to nothing.
func emptyLog(c *conn) error {
	r, err := c.row("PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		return err
	}
	if r.int(0) != 0 {
		return fmt.Errorf("%w: readers keep the log from being emptied", entities.ErrUnavailable)
	}
	return nil
}
