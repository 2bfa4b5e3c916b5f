package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/chengma/chengma/entities"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID stands in the header of every store ("CHMA"), so that a file of
// another program is never taken for one.
const applicationID = 0x43484D41

// The numbers of migrations are kept in the header too (user_version), and each
// runs in the transaction that also sets its number and the application ID: two
// processes may open the same new file at the same moment, and a file must be
// known as foreign or newer before anything is written to it. goose has no lock
// between processes for SQLite, keeps its numbers in a table of its own and wants
// database/sql, which nothing else here needs; hence these lines.

// checkHeader tells whether the file is a store that this program knows, without
// writing. It returns the number of the last migration, 0 for a new file.
func checkHeader(c *conn) (int, error) {
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	tables, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return 0, err
	}
	newest, err := newestMigration()
	if err != nil {
		return 0, err
	}
	switch {
	case id == 0 && version == 0 && tables == 0:
		return 0, nil
	case id != applicationID:
		return 0, fmt.Errorf("%w: the file is an SQLite database of another program (application_id %d)", entities.ErrSchemaVersion, id)
	case int(version) > newest:
		return 0, fmt.Errorf("%w: the file has version %d; this program knows versions up to %d", entities.ErrSchemaVersion, version, newest)
	}
	return int(version), nil
}

func newestMigration() (int, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	return len(names), err
}

// migrate brings the file to the newest version.
func (s *Store) migrate(ctx context.Context) error {
	version, err := checkHeader(s.writer)
	if err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil || version == len(names) {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.migrateFrom(names); err != nil {
		s.rollback()
		return err
	}
	return s.commit()
}

// migrateFrom runs what is missing; within the transaction, for another process
// may have been here first.
func (s *Store) migrateFrom(names []string) error {
	version, err := checkHeader(s.writer)
	if err != nil {
		return err
	}
	for i := version; i < len(names); i++ {
		text, err := migrations.ReadFile(names[i])
		if err != nil {
			return err
		}
		number := strings.TrimPrefix(names[i], "migrations/")
		script := fmt.Sprintf("%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", text, applicationID, i+1)
		if err := s.writer.pragma(script); err != nil {
			return fmt.Errorf("migration %s: %w", number, err)
		}
		s.cfg.Logger.Info("store migrated", "path", s.cfg.Path, "migration", number)
	}
	return nil
}
