package ingest

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/chengma/chengma/entities"
)

// deferredActs keeps late acts for the end of the run in a temporary file, so
// that a register that names its own records needs no memory for them.
type deferredActs struct {
	file  *os.File
	out   *bufio.Writer
	enc   *gob.Encoder
	count int
}

// deferredAct is a late act as it is written. Keys of sensitive schemes are
// sealed in it.
type deferredAct struct {
	File   string
	Line   int64
	Key    entities.Key
	Role   string
	Links  []int // in the program, of each target; -1: none
	Fields []string
	Keys   []entities.Key
	Shown  []string
	Codes  []entities.Code
	Shares []entities.Share
	Add    bool
	Over   entities.Interval
	Mode   entities.Mode
	SameAs bool
	Reason string
	Record []byte
}

func (r *runState) putOff(it *item, late *lateAct) error {
	if r.deferred == nil {
		file, err := os.CreateTemp("", "chengma-links-*")
		if err != nil {
			return fmt.Errorf("put links off: %w", err)
		}
		// Without a name from here on: a process that is killed leaves no records behind.
		if err := os.Remove(file.Name()); err != nil {
			return errors.Join(fmt.Errorf("put links off: %w", err), file.Close())
		}
		out := bufio.NewWriterSize(file, 1<<16)
		r.deferred = &deferredActs{file: file, out: out, enc: gob.NewEncoder(out)}
	}
	d := deferredAct{
		File: it.at.file, Line: it.at.line, Key: it.key, Role: late.role, Add: late.add,
		Over: late.over, Mode: late.mode, SameAs: late.sameAs, Reason: late.reason, Record: r.recordJSON(it),
	}
	for _, t := range late.targets {
		d.Keys, d.Shown = append(d.Keys, t.key), append(d.Shown, t.shown)
		d.Codes, d.Shares = append(d.Codes, t.code), append(d.Shares, t.share)
		d.Links, d.Fields = append(d.Links, r.linkIndex(t.link)), append(d.Fields, t.field)
	}
	r.deferred.count++
	if err := r.deferred.enc.Encode(&d); err != nil {
		return fmt.Errorf("put links off: %w", err)
	}
	return nil
}

func (r *runState) linkIndex(l *linkProgram) int {
	for i := range r.prog.links {
		if &r.prog.links[i] == l {
			return i
		}
	}
	return -1
}

func (d *deferredActs) close() error {
	return d.file.Close()
}

// finishLinks makes the links that waited.
func (r *runState) finishLinks(ctx context.Context) error {
	if r.deferred == nil {
		return nil
	}
	if err := r.deferred.out.Flush(); err != nil {
		return fmt.Errorf("links put off: %w", err)
	}
	if _, err := r.deferred.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("links put off: %w", err)
	}
	dec := gob.NewDecoder(bufio.NewReaderSize(r.deferred.file, 1<<16))
	for left := r.deferred.count; left > 0; {
		n := min(left, 4000)
		left -= n
		items := make([]*item, 0, n)
		hash := uint64(0)
		for range n {
			var d deferredAct
			if err := dec.Decode(&d); err != nil {
				return fmt.Errorf("links put off: %w", err)
			}
			it := r.itemOf(&d)
			items = append(items, it)
			hash = hashKey(it.key.Scheme, it.key.Value, hash, uint64(d.Line), hashKey(d.Role, strings.Join(d.Fields, ",")))
		}
		// The key has the content in it: a run that goes on may have other links
		// waiting than the one that was interrupted.
		b := &batch{run: r, key: fmt.Sprintf("ingest:%d:links:%d:%016x", r.id, r.links, hash), items: items, final: true}
		r.links++
		if err := b.resolve(ctx); err != nil {
			return err
		}
		if err := b.apply(ctx); err != nil {
			return err
		}
		b.count()
		r.tell()
	}
	return nil
}

func (r *runState) itemOf(d *deferredAct) *item {
	late := lateAct{role: d.Role, add: d.Add, over: d.Over, mode: d.Mode, sameAs: d.SameAs, reason: d.Reason}
	for i := range d.Keys {
		t := lateTarget{field: d.Fields[i], key: d.Keys[i], shown: d.Shown[i], code: d.Codes[i], share: d.Shares[i]}
		if d.Links[i] >= 0 {
			t.link = &r.prog.links[d.Links[i]]
		}
		late.targets = append(late.targets, t)
	}
	return &item{at: place{d.File, d.Line}, key: d.Key, hasKey: true, late: []lateAct{late}, kept: d.Record}
}
