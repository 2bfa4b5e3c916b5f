package sqlite

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/chengma/chengma/entities"
)

// Store is an open store. Its methods are safe for concurrent use.
type Store struct {
	cfg     Config
	readers *pool

	// turn holds the right to use the writer.
	turn    chan struct{}
	writer  *conn
	names   *originIDs
	permute map[entities.Kind]*entities.Permutation

	limits  limits
	head    atomic.Int64 // the newest revision known to be published
	wake    *broadcast   // rung when head moves
	origins originCache
	extents extentCache

	life context.Context // ends with the store
	end  context.CancelFunc
	once sync.Once
	err  error // of Close
}

// limits are where reading goes another way, so that memory stays bounded. They
// are no constants because tests set them low.
type limits struct {
	boxCodes int // things that an R*Tree search may find; above, the kinds are scanned
	changed  int // rows that came or went that are listed; above, all rows are scanned
}

var (
	_ entities.Store      = (*Store)(nil)
	_ entities.Quarantine = (*Store)(nil)
	_ entities.Journal    = (*Store)(nil)
	_ entities.Secrets    = (*Store)(nil)
	_ entities.Searcher   = (*Store)(nil)
	_ entities.Verifier   = (*Store)(nil)
)

// Sizes in KiB and bytes. The writer's cache holds the upper levels of all
// indexes and most of an R*Tree of a million boxes.
const (
	writerCacheKiB = 64 << 10
	readerCacheKiB = 4 << 10
	logPages       = 8192      // of the write-ahead log, before a checkpoint
	logKeep        = 64 << 20  // bytes of it that stay allocated
	mapped         = 256 << 20 // bytes of the file that are memory-mapped
	busyMillis     = 50        // one wait of SQLite; begin repeats it
)

// Open opens a store, makes its file where there is none, and brings an older
// one up to date. A file of another program, or of a newer version of this one,
// is refused with ErrSchemaVersion and left as it is; one that cannot be opened
// or written is ErrUnavailable. The caller closes the store.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Store{
		cfg: cfg, turn: make(chan struct{}, 1), wake: newBroadcast(), names: newOriginIDs(),
		permute: make(map[entities.Kind]*entities.Permutation),
		limits:  limits{boxCodes: 100_000, changed: 1 << 20},
	}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.open(ctx); err != nil {
		s.end()
		return nil, fmt.Errorf("open store %s: %w", cfg.Path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	writer, err := openConn(s.cfg.Path)
	if err != nil {
		return err
	}
	s.writer = writer
	s.readers = newPool(s.cfg.Readers, s.openReader)
	if err := s.setUp(ctx); err != nil {
		_ = writer.close() // the first error is the one that says why
		return err
	}
	s.turn <- struct{}{}
	return nil
}

func (s *Store) setUp(ctx context.Context) error {
	c := s.writer
	if err := c.pragma(fmt.Sprintf("PRAGMA busy_timeout = %d", busyMillis)); err != nil {
		return err
	}
	if _, err := checkHeader(c); err != nil {
		return err
	}
	// Two processes that open a new file at once may get in each other's way here.
	if err := s.patiently(ctx, func() error { return logAhead(c) }); err != nil {
		return err
	}
	err := c.pragma(fmt.Sprintf(`PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;
		PRAGMA cache_size = -%d; PRAGMA mmap_size = %d; PRAGMA temp_store = MEMORY;
		PRAGMA wal_autocheckpoint = %d; PRAGMA journal_size_limit = %d`,
		writerCacheKiB, mapped, logPages, logKeep))
	if err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	_, err = s.Head(ctx)
	return err
}

// logAhead puts the file in write-ahead mode.
func logAhead(c *conn) error {
	r, err := c.row("PRAGMA journal_mode = WAL")
	if err != nil {
		return err
	}
	if r == nil || r.text(0) != "wal" {
		return fmt.Errorf("%w: the file system has no shared memory for a write-ahead log; use a local disk", entities.ErrUnavailable)
	}
	return nil
}

func (s *Store) openReader() (*conn, error) {
	c, err := openConn(s.cfg.Path)
	if err != nil {
		return nil, err
	}
	err = c.pragma(fmt.Sprintf(`PRAGMA busy_timeout = %d; PRAGMA query_only = ON;
		PRAGMA cache_size = -%d; PRAGMA mmap_size = %d; PRAGMA temp_store = MEMORY`,
		s.cfg.Wait.Milliseconds(), readerCacheKiB, mapped))
	if err != nil {
		_ = c.close() // the first error is the one that says why
		return nil, err
	}
	return c, nil
}

// Close waits for calls under way and releases the file. The last store to close
// a file folds the write-ahead log into it. It is safe to call twice.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.end()
		<-s.turn // never given back
		s.err = s.readers.close()
		if err := s.writer.close(); err != nil && s.err == nil {
			s.err = err
		}
	})
	return s.err
}

// read lends a connection to a function that reads.
func (s *Store) read(ctx context.Context, use func(*conn) error) error {
	if s.life.Err() != nil {
		return entities.ErrClosed
	}
	c, err := s.readers.get(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	return use(c)
}
