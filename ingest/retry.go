package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

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
	r.prog = &prog
	next, stop := iter.Pull2(quarantine.Refusals(ctx, entities.RefusalQuery{Source: prog.source, Open: true}))
	defer stop()
	r.kept = &keptRecords{
		run: r, next: next, seen: make(map[place]bool), without: make(map[place]bool),
	}
	r.cfg.Sources = []Input{{Path: "quarantine", Reader: r.kept}}
	return r.load(ctx)
}

// keptRecords reads the open refusals' records, each once, one a line, as they
// are asked for, and remembers the places that they came from.
type keptRecords struct {
	run     *runState
	next    func() (entities.Refusal, error, bool)
	rest    []byte
	seen    map[place]bool
	places  []keptPlace // of the records, in order
	without map[place]bool
}

// keptPlace is where a kept record came from, and the key it was filed under.
type keptPlace struct {
	place
	key string
}

// Read gives the records' text.
func (k *keptRecords) Read(p []byte) (int, error) {
	for len(k.rest) == 0 {
		ref, err, more := k.next()
		switch {
		case !more:
			return 0, io.EOF
		case err != nil:
			return 0, fmt.Errorf("read quarantine: %w", err)
		}
		at := place{ref.File, ref.Line}
		switch {
		case ref.Run == k.run.id: // refused again just now
		case len(ref.Record) == 0:
			k.without[at] = true
		case !k.seen[at]:
			k.seen[at] = true
			k.places = append(k.places, keptPlace{at, ref.Key})
			k.rest = append(bytes.ReplaceAll(ref.Record, []byte("\n"), []byte(" ")), '\n')
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

// note says how many records could not be loaded again.
func (k *keptRecords) note() {
	if n := len(k.without); n > 0 {
		k.run.note("%d refused records were not kept and cannot be loaded again; load a file that is right", n)
	}
}
