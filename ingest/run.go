package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// Config says what to load into what. Store, Mapping and Sources are required.
type Config struct {
	Store   entities.Store
	Mapping *Mapping
	Sources []Input

	// Clock gives the time of the run. Defaults to time.Now.
	Clock func() time.Time
	// Zone is the city's time zone, for dates without one. Defaults to UTC.
	Zone *time.Location
	// Envelope is the city's, for mappings without one. Defaults to the world.
	Envelope *entities.Box
	// Sealer seals the values of sensitive schemes; mappings that have some need
	// it.
	Sealer *entities.Sealer
	// DryRun finds out what would change and writes nothing.
	DryRun bool
	// AllowEnds lets a full extract end more than 2 % of what it covers.
	AllowEnds bool
	// Workers map records beside each other. Defaults to GOMAXPROCS.
	Workers int
	// Progress is told how far the run is after every batch, from one goroutine.
	// Defaults to nobody.
	Progress func(Progress)
	// Log hears of what a person should look into. Defaults to silence.
	Log *slog.Logger
}

// Input is one file, or a stream.
type Input struct {
	// Path is the file. With Reader it only names the stream.
	Path   string
	Reader io.Reader
}

// Progress says how far a run is. Total is 0 where the size of the input is
// unknown.
type Progress struct {
	Records, Refused int64
	Bytes, Total     int64
}

// ErrConfig: a configuration that cannot work.
var ErrConfig = errors.New("ingest configuration")

// Run applies a mapping to its sources. The report is right as far as the run
// came, also where there is an error: the context's, the store's, one in the
// chain of which is source.ErrTruncated, or a [*TooManyEndsError]. Records that
// are refused are no error.
//
// A run that ends with an error is gone on with by the next Run of the same
// mapping on the same files.
func Run(ctx context.Context, cfg Config) (Report, error) {
	r, err := newRun(cfg)
	if err != nil {
		return Report{}, err
	}
	return r.load(ctx)
}

// load reads what the configuration names and applies it.
func (r *runState) load(ctx context.Context) (Report, error) {
	fingerprint, err := r.fingerprint()
	if err != nil {
		return *r.report, err
	}
	if err := r.begin(ctx, fingerprint); err != nil {
		return *r.report, err
	}
	err = r.all(ctx)
	r.report.finish(r.cfg.Clock())
	if err == nil {
		err = r.finish(ctx)
	}
	return *r.report, err
}

// runState is one run.
type runState struct {
	cfg      Config
	prog     *program
	store    entities.Store
	sealer   *entities.Sealer
	zone     *time.Location
	envelope *geodesy.Envelope

	journal entities.Journal // nil: the store keeps none
	id      int64
	start   entities.Instant
	before  entities.Reader // what the store knew when the run began

	present  []atomic.Bool // columns that a record had
	report   *Report
	seen     *seenTable
	open     *openRefusals
	deferred *deferredActs
	tally    tally
	chunks   int
	links    int
	preview  *preview     // of a dry run
	broken   error        // a source that ended early
	kept     *keptRecords // of a retry: what it reads
}

func newRun(cfg Config) (*runState, error) {
	if cfg.Store == nil || cfg.Mapping == nil || cfg.Mapping.prog == nil {
		return nil, fmt.Errorf("%w: a store and a mapping (see LoadMapping) are needed", ErrConfig)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	prog := cfg.Mapping.prog
	if prog.sensitive && cfg.Sealer == nil && prog.seals() {
		return nil, fmt.Errorf("%w: the mapping has values of sensitive schemes; a sealer is needed", ErrConfig)
	}
	r := &runState{
		cfg: cfg, prog: prog, store: cfg.Store, sealer: cfg.Sealer, zone: cfg.Zone, envelope: prog.envelope,
		seen: newSeenTable(),
	}
	if prog.zone != nil {
		r.zone = prog.zone
	}
	if r.envelope == nil && cfg.Envelope != nil {
		r.envelope = &geodesy.Envelope{West: cfg.Envelope.West, South: cfg.Envelope.South, East: cfg.Envelope.East, North: cfg.Envelope.North}
	}
	r.present = make([]atomic.Bool, len(prog.columns))
	r.report = newReport(cfg)
	return r, nil
}

// seals reports whether keys of the mapping are sealed.
func (p *program) seals() bool {
	sensitive := p.key.scheme.sensitive
	for i := range p.aliases {
		sensitive = sensitive || p.aliases[i].scheme.sensitive
	}
	for i := range p.links {
		sensitive = sensitive || p.links[i].scheme != nil && p.links[i].scheme.sensitive
	}
	if p.operation != nil {
		for _, t := range []*targetProgram{p.operation.into, p.operation.of} {
			sensitive = sensitive || t != nil && t.scheme.sensitive
		}
	}
	return sensitive
}

// fingerprint tells runs of one mapping on one set of contents from others. A
// stream cannot be read twice and makes a run of its own.
func (r *runState) fingerprint() (string, error) {
	h := sha256.New()
	io.WriteString(h, "ingest 1\n"+r.cfg.Mapping.digest+"\n") // a hash takes all
	for _, in := range r.cfg.Sources {
		if in.Reader != nil {
			fmt.Fprintf(h, "stream %s %d\n", in.Path, r.cfg.Clock().UnixNano())
			continue
		}
		info, err := os.Stat(in.Path)
		if err != nil {
			return "", fmt.Errorf("open source: %w", err)
		}
		if !info.Mode().IsRegular() && !info.IsDir() { // a pipe is a stream too
			fmt.Fprintf(h, "stream %s %d\n", in.Path, r.cfg.Clock().UnixNano())
			continue
		}
		f, err := os.Open(in.Path)
		if err != nil {
			return "", fmt.Errorf("open source: %w", err)
		}
		io.WriteString(h, "file\n")
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fmt.Errorf("read source: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (r *runState) begin(ctx context.Context, fingerprint string) error {
	head, err := r.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("begin run: %w", err)
	}
	r.before = r.store.At(head)
	now := r.cfg.Clock()
	r.report.Started = now
	r.start = entities.InstantOf(now)
	if r.cfg.DryRun {
		r.preview = newPreview(r)
		return nil
	}
	journal, ok := r.store.(entities.Journal)
	if !ok {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s %d", fingerprint, now.UnixNano())
		r.id = int64(h.Sum64() >> 1)
	} else {
		run, err := journal.Begin(ctx, fingerprint, now)
		if err != nil {
			return fmt.Errorf("begin run: %w", err)
		}
		r.journal, r.id, r.start = journal, run.ID, entities.InstantOf(run.Start)
		if r.report.Resumed = run.Resumed; run.Resumed {
			r.cfg.Log.Info("an interrupted run goes on", "run", run.ID, "began", run.Start)
		}
	}
	r.report.Run = r.id
	r.open, err = loadOpen(ctx, r.store, r.prog.source)
	return err
}

// all reads, maps and applies everything.
func (r *runState) all(ctx context.Context) (err error) {
	defer func() {
		if r.deferred != nil {
			err = errors.Join(err, r.deferred.close())
		}
	}()
	if err := r.pipeline(ctx); err != nil {
		return err
	}
	if r.kept != nil {
		r.kept.note()
	}
	r.noteAbsent()
	if err := r.finishLinks(ctx); err != nil {
		return err
	}
	if r.prog.full != nil {
		if err := r.ends(ctx); err != nil {
			return err
		}
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	return r.broken
}

// noteAbsent names the columns of the mapping that no record had: most often
// they are misspelt.
func (r *runState) noteAbsent() {
	var absent []string
	for i := range r.present {
		if !r.present[i].Load() {
			absent = append(absent, r.prog.columns[i])
		}
	}
	if len(absent) > 0 && r.report.Read > 0 {
		r.note("no record has the columns %s, which the mapping names", strings.Join(absent, ", "))
	}
}

func (r *runState) finish(ctx context.Context) error {
	if r.journal == nil || r.cfg.DryRun {
		return nil
	}
	summary, err := json.Marshal(r.report)
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	if err := r.journal.Finish(ctx, r.id, string(summary)); err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	return nil
}
