package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/chengma/chengma/entities"
)

// Retry loads the records of a source that are in quarantine again, through the
// mapping as it is now, and settles those that are applied. Sources of the
// configuration are not read. Records that were not kept, because they have
// sensitive values or could not be read, are left alone and counted in a note.
//
// Records keep the file and line that they came from in no more than their
// refusal; the report's places are those in quarantine. A full extract ends
// nothing here.
func Retry(ctx context.Context, cfg Config) (Report, error) {
	r, err := newRun(cfg)
	if err != nil {
		return Report{}, err
	}
	quarantine, ok := cfg.Store.(entities.Quarantine)
	if !ok {
		return *r.report, errors.New("retry: the store keeps no quarantine")
	}
	// Half of a delta or of an extract says nothing about what is not in it.
	prog := *r.prog
	prog.full = nil
	r.prog, r.retry = &prog, true
	kept, places, without, err := keptRecords(ctx, quarantine, r.prog.source)
	if err != nil {
		return *r.report, fmt.Errorf("retry: %w", err)
	}
	if without > 0 {
		r.note("%d refused records were not kept and cannot be loaded again; load a file that is right", without)
	}
	r.places = places
	r.cfg.Sources = []Input{{Path: "quarantine", Reader: kept}}
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

// keptPlace is where a kept record came from, and the key it was filed under.
type keptPlace struct {
	place
	key string
}

// keptRecords gathers the open refusals' records, each once, one a line, and the
// places that they came from.
func keptRecords(ctx context.Context, quarantine entities.Quarantine, source string) (io.Reader, []keptPlace, int, error) {
	var all bytes.Buffer
	var places []keptPlace
	seen := make(map[place]bool)
	without := make(map[place]bool)
	for ref, err := range quarantine.Refusals(ctx, entities.RefusalQuery{Source: source, Open: true}) {
		if err != nil {
			return nil, nil, 0, err
		}
		at := place{ref.File, ref.Line}
		if len(ref.Record) == 0 {
			without[at] = true
			continue
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		places = append(places, keptPlace{at, ref.Key})
		all.Write(bytes.ReplaceAll(ref.Record, []byte("\n"), []byte(" ")))
		all.WriteByte('\n')
	}
	return &all, places, len(without), nil
}
