package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// snapshotCheck is the name under which snapshots that contradict the store are
// reported. They are derived: serve builds a damaged one anew by itself.
const snapshotCheck = "snapshot"

// verifySnapshots holds the snapshots in a folder against the store, version by
// version at the revision that each was made at. A folder without any is well.
func verifySnapshots(ctx context.Context, store entities.Store, head entities.Revision, folder string) iter.Seq2[entities.Damage, error] {
	return func(yield func(entities.Damage, error) bool) {
		for _, layer := range layers {
			path := filepath.Join(folder, layer.Name+".snapshot")
			file, err := snapshot.Open(path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err == nil:
				err = compareSnapshot(ctx, store, head, file)
				err = errors.Join(err, file.Close())
			}
			if ctx.Err() != nil {
				yield(entities.Damage{}, ctx.Err())
				return
			}
			if err != nil && !yield(entities.Damage{Check: snapshotCheck, Text: fmt.Sprintf("%s: %v", path, err)}, nil) {
				return
			}
		}
	}
}

// compareSnapshot returns the first difference between a snapshot and the store.
func compareSnapshot(ctx context.Context, store entities.Store, head entities.Revision, file *snapshot.Snapshot) error {
	rev := file.Revision()
	if rev > head {
		return fmt.Errorf("it knows revision %d, the store ends at %d", rev, head)
	}
	q := entities.HistoryQuery{Kinds: []entities.Kind{file.Layer().Kind}, Trail: entities.Trail{Superseded: true}}
	copied, stop := iter.Pull2(file.At(rev).History(ctx, q))
	defer stop()
	for want, err := range store.At(rev).History(ctx, q) {
		if err != nil {
			return err
		}
		got, err, more := copied()
		switch {
		case err != nil:
			return err
		case !more:
			return fmt.Errorf("%s over %s at revision %d is missing", want.Code, want.Valid, rev)
		case got.Code != want.Code || got.Valid != want.Valid || got.Recorded != want.Recorded || !got.SameState(&want):
			return fmt.Errorf("%s over %s differs from the store's %s over %s at revision %d", got.Code, got.Valid, want.Code, want.Valid, rev)
		}
	}
	if got, err, more := copied(); more || err != nil {
		return errors.Join(err, fmt.Errorf("%s over %s is not in the store at revision %d", got.Code, got.Valid, rev))
	}
	return nil
}
