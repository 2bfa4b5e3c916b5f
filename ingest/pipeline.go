package ingest

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/chengma/chengma/ingest/source"
)

// A run is a pipeline:
//
//	read (1 goroutine) ─ blocks ─▶ map, check, convert (workers) ─▶ in order ─▶ apply (1)
//
// Blocks keep the order of the files; at most a few are under way, so that memory
// does not depend on the length of a file.

const (
	blockRecords = 256
	blockBytes   = 512 << 10
	// blocksAhead is about one batch: while it is applied the next is mapped.
	blocksAhead = 24
)

// block is a stretch of records.
type block struct {
	items []item
	sizes []int // of the records in bytes, as the file has them
	done  chan struct{}
}

func (r *runState) pipeline(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan *block, r.cfg.Workers)
	ordered := make(chan *block, blocksAhead)
	group.Go(func() error {
		defer close(jobs)
		defer close(ordered)
		return r.read(ctx, func(b *block) error {
			for _, to := range []chan *block{ordered, jobs} {
				select {
				case to <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range r.cfg.Workers {
		group.Go(func() error {
			w := newWorker(r)
			for b := range jobs {
				for i := range b.items {
					if err := w.do(ctx, &b.items[i]); err != nil {
						return err
					}
				}
				close(b.done)
			}
			return nil
		})
	}
	group.Go(func() error { return r.collect(ctx, ordered) })
	return group.Wait()
}

// read makes blocks of the records of all sources.
func (r *runState) read(ctx context.Context, send func(*block) error) error {
	seed := maphash.MakeSeed()
	b := &block{done: make(chan struct{})}
	bytes := 0
	flush := func() error {
		if len(b.items) == 0 {
			return nil
		}
		full := b
		b, bytes = &block{done: make(chan struct{})}, 0
		return send(full)
	}
	for _, in := range r.cfg.Sources {
		err := r.readOne(ctx, in, func(rec *source.Record) error {
			if b.items == nil {
				b.items = make([]item, 0, blockRecords)
			}
			it := item{rec: rec, at: place{file: rec.File, line: rec.Line}, content: maphash.Bytes(seed, rec.Raw)}
			if r.kept != nil {
				from := r.kept.places[rec.Line-1] // a record is a line
				it.at, it.filed = from.place, from.key
			}
			b.items = append(b.items, it)
			b.sizes = append(b.sizes, len(rec.Raw))
			if bytes += len(rec.Raw); len(b.items) < blockRecords && bytes < blockBytes {
				return nil
			}
			return flush()
		})
		if err != nil && !endsEarly(err) {
			return err
		}
		if err != nil {
			r.broken = errors.Join(r.broken, err)
			break // what follows a broken file is another day's work
		}
	}
	return flush()
}

// endsEarly reports whether a source broke off, so that what was read before is
// still right.
func endsEarly(err error) bool {
	return errors.Is(err, source.ErrTruncated) || errors.Is(err, source.ErrFormat) || errors.Is(err, source.ErrEncoding)
}

func isEncoding(err error) bool { return errors.Is(err, source.ErrEncoding) }

func (r *runState) readOne(ctx context.Context, in Input, each func(*source.Record) error) (err error) {
	spec := &r.cfg.Mapping.File
	cfg := source.Config{
		Path: in.Path, Reader: in.Reader, Name: filepath.Base(in.Path), Format: spec.Format, Layer: spec.Layer, Encoding: spec.Encoding,
		Header: spec.Header, Columns: spec.Columns, Delimiter: spec.Delimiter,
	}
	if r.kept != nil {
		cfg = source.Config{Reader: in.Reader, Name: in.Path, Format: source.GeoJSONSeq}
	}
	s, err := source.Open(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r.tally.begin(s.BytesRead)
	defer r.tally.end()
	for rec, err := range s.Records(ctx) {
		if err != nil {
			return err
		}
		if err := each(rec); err != nil {
			return err
		}
	}
	return nil
}

// collect takes mapped blocks in order and applies them in batches. Batches are
// cut by the records alone, so that a run that goes on cuts the same ones.
func (r *runState) collect(ctx context.Context, ordered <-chan *block) error {
	batch := newChunk(r)
	for b := range ordered {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i := range b.items {
			it := &b.items[i]
			if batch.full(it, b.sizes[i]) {
				if err := r.publish(ctx, batch); err != nil {
					return err
				}
				batch = newChunk(r)
			}
			batch.add(it, b.sizes[i])
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(batch.items) > 0 {
		return r.publish(ctx, batch)
	}
	return nil
}

func (r *runState) tell() {
	r.report.Bytes, r.report.TotalBytes = r.tally.sum()
	if r.cfg.Progress == nil {
		return
	}
	r.cfg.Progress(Progress{
		Records: r.report.Read, Refused: r.report.Quarantined, Bytes: r.report.Bytes, Total: r.report.TotalBytes,
	})
}

func (r *runState) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.report.Notes = append(r.report.Notes, text)
	r.cfg.Log.Warn("ingest", "source", r.prog.source, "note", text)
}
