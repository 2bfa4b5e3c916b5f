package postgis

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/chengma/chengma/entities"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// The table of goose, and everything else that is in the schema.
	schemaVersion = `SELECT
  to_regclass(quote_ident(current_schema()) || '.goose_db_version') IS NOT NULL,
  (SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')),
  current_schema() IS NOT DISTINCT FROM $1`
	lastMigration = `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied AND $1`
	migrateLock   = `SELECT pg_advisory_lock(hashtextextended('chengma migration ' || $1, 0))`
	migrateUnlock = `SELECT pg_advisory_unlock(hashtextextended('chengma migration ' || $1, 0))`
)

// checkSchema tells whether the schema is a store that this program knows,
// without writing. It returns the number of the last migration, 0 for a new one.
func (s *Store) checkSchema(ctx context.Context, c *conn) (int64, error) {
	found, err := c.row(ctx, schemaVersion, s.cfg.Schema)
	if err != nil {
		return 0, err
	}
	if !found.truth(2) {
		return 0, fmt.Errorf("%w: the schema is not there, or the user has no right to use it", entities.ErrUnavailable)
	}
	if !found.truth(0) {
		if n := found.int(1); n > 0 {
			return 0, fmt.Errorf("%w: the schema has %d tables of another program; name another schema", entities.ErrSchemaVersion, n)
		}
		return 0, nil
	}
	last, err := c.row(ctx, lastMigration, true)
	if err != nil {
		return 0, err
	}
	newest, err := newestMigration()
	if err != nil {
		return 0, err
	}
	if version := last.int(0); version > newest {
		return 0, fmt.Errorf("%w: the schema has version %d; this program knows versions up to %d", entities.ErrSchemaVersion, version, newest)
	}
	return last.int(0), nil
}

func newestMigration() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	return int64(len(names)), err
}

// migrate brings the schema to the newest version. Processes that open the same
// new schema at once take turns.
func (s *Store) migrate(ctx context.Context) error {
	newest, err := newestMigration()
	if err != nil {
		return err
	}
	return s.read(ctx, func(c *conn) error {
		version, err := s.checkSchema(ctx, c)
		if err != nil || version == newest {
			return err
		}
		if s.server.standby {
			return fmt.Errorf("%w: the schema has version %d, this program needs %d, and a standby cannot be migrated; open the primary first",
				entities.ErrSchemaVersion, version, newest)
		}
		if _, err := c.row(ctx, migrateLock, s.cfg.Schema); err != nil {
			return err
		}
		err = s.up(ctx, c)
		if _, unlock := c.row(context.WithoutCancel(ctx), migrateUnlock, s.cfg.Schema); err == nil {
			err = unlock
		}
		return err
	})
}

// up runs what is missing, on a connection of goose's own.
func (s *Store) up(ctx context.Context, c *conn) error {
	if _, err := s.checkSchema(ctx, c); err != nil { // another process may have been here
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer func() { _ = db.Close() }() // the pool stays
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", explain(ctx, err))
	}
	for _, step := range done {
		s.cfg.Logger.Info("store migrated", "schema", s.cfg.Schema, "migration", step.Source.Path, "took", step.Duration)
	}
	return nil
}
