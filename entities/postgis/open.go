package postgis

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/chengma/chengma/entities"
)

// Store is an open store. Its methods are safe for concurrent use.
type Store struct {
	cfg     Config
	server  server
	pool    *pgxpool.Pool
	channel string // of notifications

	turn    chan struct{} // holds the right to write, among the writers of this process
	names   originIDs     // for whoever has the turn
	permute map[entities.Kind]*entities.Permutation

	limits  limits
	head    atomic.Int64 // the newest revision known to be published
	wake    *broadcast   // rung when head moves
	listen  sync.Once
	origins originCache
	extents extentCache

	life    context.Context // ends with the store
	end     context.CancelFunc
	workers sync.WaitGroup
	once    sync.Once
}

// limits are where reading goes another way, so that memory stays bounded. They
// are no constants because tests set them low.
type limits struct {
	boxCodes int // things that an area may hold; above, the kinds are scanned
	changed  int // things that came or went that are listed; above, all rows are scanned
}

var (
	_ entities.Store      = (*Store)(nil)
	_ entities.Quarantine = (*Store)(nil)
	_ entities.Journal    = (*Store)(nil)
	_ entities.Secrets    = (*Store)(nil)
	_ entities.Searcher   = (*Store)(nil)
	_ entities.Verifier   = (*Store)(nil)
)

// server is what was found out of the database at the beginning.
type server struct {
	version  int // 150004 is 15.4
	standby  bool
	geometry uint32 // OID of the type
	home     string // schema of PostGIS
}

const (
	oldestServer = 140000
	cancelWait   = 3 * time.Second // for a server to break off a statement
)

// Open opens a store, makes its schema where there is none, and brings an older
// one up to date. A schema of another program, or of a newer version of this one,
// is refused with ErrSchemaVersion and left as it is; a database that cannot be
// reached or used is ErrUnavailable. On a standby the store can only be read. The
// caller closes the store.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	parsed, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err) // the driver leaves the password out
	}
	s := &Store{
		cfg: cfg, channel: "chengma_" + cfg.Schema, turn: make(chan struct{}, 1), wake: newBroadcast(), names: make(originIDs),
		permute: make(map[entities.Kind]*entities.Permutation), limits: limits{boxCodes: 100_000, changed: 1 << 20},
	}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.open(ctx, parsed); err != nil {
		s.end()
		at := parsed.ConnConfig
		return nil, fmt.Errorf("open store %s in %s at %s:%d: %w", cfg.Schema, at.Database, at.Host, at.Port, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, parsed *pgxpool.Config) error {
	s.prepare(parsed.ConnConfig)
	if err := s.look(ctx, parsed.ConnConfig); err != nil {
		return err
	}
	parsed.ConnConfig.RuntimeParams["search_path"] = pgx.Identifier{s.cfg.Schema}.Sanitize() + "," + pgx.Identifier{s.server.home}.Sanitize()
	parsed.MaxConns = int32(s.cfg.Connections)
	parsed.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		// EWKB is the binary format of a geometry: bytes on both sides.
		c.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: s.server.geometry, Codec: pgtype.ByteaCodec{}})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, parsed)
	if err != nil {
		return explain(ctx, err)
	}
	s.pool = pool
	if err := s.migrate(ctx); err != nil {
		pool.Close()
		return err
	}
	s.turn <- struct{}{}
	if _, err := s.Head(ctx); err != nil {
		pool.Close()
		return err
	}
	return nil
}

// prepare sets what every connection needs.
func (s *Store) prepare(c *pgx.ConnConfig) {
	c.RuntimeParams["timezone"] = "UTC"
	c.RuntimeParams["jit"] = "off"                           // compiling costs more than any statement here
	c.RuntimeParams["max_parallel_workers_per_gather"] = "0" // requests are parallel enough
	c.RuntimeParams["lock_timeout"] = strconv.FormatInt(s.cfg.Wait.Milliseconds(), 10)
	if s.cfg.StatementTimeout > 0 {
		c.RuntimeParams["statement_timeout"] = strconv.FormatInt(s.cfg.StatementTimeout.Milliseconds(), 10)
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "chengma"
	}
	// A context that ends breaks the statement off and keeps the connection.
	c.BuildContextWatcherHandler = func(raw *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: raw, DeadlineDelay: cancelWait}
	}
}

// look connects once, finds out what the server is, and sees that PostGIS and
// the schema are there.
func (s *Store) look(ctx context.Context, parsed *pgx.ConnConfig) error {
	raw, err := pgx.ConnectConfig(ctx, parsed)
	if err != nil {
		return explain(ctx, err)
	}
	defer func() { _ = raw.Close(context.WithoutCancel(ctx)) }() // nothing is lost with it
	c := borrow(raw)
	found, err := c.row(ctx, "SELECT current_setting('server_version_num')::bigint, pg_is_in_recovery()")
	if err != nil {
		return err
	}
	s.server.version, s.server.standby = int(found.int(0)), found.truth(1)
	if s.server.version < oldestServer {
		return fmt.Errorf("%w: the server is PostgreSQL %d; %d is the oldest that will do", entities.ErrUnavailable,
			s.server.version/10000, oldestServer/10000)
	}
	if err := s.lookForPostGIS(ctx, c); err != nil {
		return err
	}
	if s.server.standby {
		return nil
	}
	if found, err = c.row(ctx, "SELECT count(*) FROM pg_namespace WHERE nspname = $1", s.cfg.Schema); err != nil || found.int(0) > 0 {
		return err
	}
	_, err = c.exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{s.cfg.Schema}.Sanitize())
	return err
}

const findPostGIS = `SELECT n.nspname, t.oid::bigint
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace JOIN pg_type AS t ON t.typnamespace = n.oid
WHERE e.extname = 'postgis' AND t.typname = 'geometry' AND $1`

// lookForPostGIS finds the extension, and makes it where it is not there and may
// be made.
func (s *Store) lookForPostGIS(ctx context.Context, c *conn) error {
	found, err := c.row(ctx, findPostGIS, true)
	if err != nil {
		return err
	}
	if found == nil {
		if _, err := c.exec(ctx, "CREATE EXTENSION IF NOT EXISTS postgis"); err != nil {
			return fmt.Errorf("%w: the database has no PostGIS; install it on the server, then run CREATE EXTENSION postgis as its superuser: %w",
				entities.ErrUnavailable, err)
		}
		if found, err = c.row(ctx, findPostGIS, true); err != nil {
			return err
		}
		if found == nil {
			return fmt.Errorf("%w: PostGIS was made and cannot be found", entities.ErrUnavailable)
		}
	}
	s.server.home, s.server.geometry = found.text(0), uint32(found.int(1))
	return nil
}

// Close waits for calls under way and releases the connections. It is safe to
// call twice.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.end()
		<-s.turn // never given back
		s.workers.Wait()
		s.pool.Close()
	})
	return nil
}

// read lends a connection to a function that reads.
func (s *Store) read(ctx context.Context, use func(*conn) error) error {
	if s.life.Err() != nil {
		return entities.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	lent, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.explain(ctx, err)
	}
	defer lent.Release()
	return use(borrow(lent.Conn()))
}

// explain is explain for errors that may come from the store's end.
func (s *Store) explain(ctx context.Context, err error) error {
	if err != nil && s.life.Err() != nil {
		return entities.ErrClosed
	}
	return explain(ctx, err)
}
