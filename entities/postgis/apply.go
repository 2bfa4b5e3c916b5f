package postgis

import (
	"context"
	"fmt"
	"strconv"

	"github.com/chengma/chengma/entities"
)

// Apply publishes a batch as the next revision.
func (s *Store) Apply(ctx context.Context, batch entities.Batch) (entities.Receipt, error) {
	var a *applier
	err := s.write(ctx, func(ctx context.Context, c *conn) error {
		a = &applier{store: s, conn: c, batch: &batch}
		return a.apply(ctx)
	})
	if err != nil {
		return entities.Receipt{}, fmt.Errorf("apply batch %q: %w", batch.Key, err)
	}
	s.advance(a.receipt.Revision)
	if a.erased {
		// The batch is published; that pages still have old bytes is for the
		// operator to know, and the next vacuum takes them along.
		if err := s.scrub(ctx); err != nil {
			s.cfg.Logger.Error("vacuum after an erasure", "revision", a.receipt.Revision, "error", err)
		}
	}
	return a.receipt, nil
}

// applier is one batch within its transaction.
type applier struct {
	store *Store
	conn  *conn
	batch *entities.Batch
	head  headRow

	// The codes of rows that were loaded, by table and ID, for rows are found by
	// code and closed by ID.
	loaded [tables]map[int64]int64

	minted  map[entities.Kind]*entities.Serials
	erased  bool
	receipt entities.Receipt
}

// The tables whose rows are closed.
const (
	tableVersions = iota
	tableAliases
	tableLinks
	tableStates
	tables
)

func (a *applier) apply(ctx context.Context) error {
	var err error
	if a.head, err = a.store.readHead(ctx, a.conn); err != nil {
		return err
	}
	if repeated, err := a.repeated(ctx); err != nil || repeated {
		return err
	}
	diff, err := entities.Plan(ctx, *a.batch, a)
	if err != nil {
		return err
	}
	a.receipt = entities.Receipt{Revision: a.head.rev, Time: a.head.time.Time(), Results: diff.Results}
	if a.head.rev == 0 {
		a.receipt.Time = a.now().Time()
	}
	if !diff.Empty() {
		a.receipt.Revision, a.receipt.Time = a.head.rev+1, a.now().Time()
		w := writer{applier: a, rev: int64(a.receipt.Revision)}
		if err := w.write(ctx, diff); err != nil {
			return err
		}
	}
	if err := a.quarantine(ctx, diff.Discrepancies); err != nil {
		return err
	}
	if _, err := a.conn.exec(ctx, batchAddSQL, a.batch.Key, int64(a.receipt.Revision), int64(len(a.batch.Refusals))); err != nil {
		return err
	}
	if diff.Empty() {
		return nil
	}
	return a.publish(ctx, diff)
}

// now is the time of the next revision, never before that of the last.
func (a *applier) now() entities.Instant {
	return max(entities.InstantOf(a.store.cfg.Clock()), a.head.time)
}

// repeated answers a batch whose key was seen before.
func (a *applier) repeated(ctx context.Context) (bool, error) {
	seen, err := a.conn.row(ctx, batchSeenSQL, a.batch.Key)
	if err != nil || seen == nil {
		return false, err
	}
	a.receipt = entities.Receipt{Revision: entities.Revision(seen.int(0)), Repeated: true}
	if !seen.null(1) {
		a.receipt.Time = entities.Instant(seen.int(1)).Time()
	}
	return true, nil
}

// publish is the last that happens before the end of the transaction.
func (a *applier) publish(ctx context.Context, diff *entities.Diff) error {
	rev, at := int64(a.receipt.Revision), entities.InstantOf(a.receipt.Time)
	west, south, east, north := boxColumns(diff.Envelope)
	k := diff.Counts
	_, err := a.conn.exec(ctx, revisionAddSQL, rev, int64(at), a.batch.Key, a.batch.Source, a.batch.Note,
		int64(k.Acts), int64(k.Created), int64(k.Updated), int64(k.Unchanged), int64(k.Minted), int64(k.Refused),
		west, south, east, north, plain(diff.Kinds), plain(diff.Erased))
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	_, err = a.conn.row(ctx, revisionNotifySQL, a.store.channel, strconv.FormatInt(rev, 10))
	return err
}

// boxColumns returns the edges of a box, NULL for the box that holds nothing.
func boxColumns(b entities.Box) (west, south, east, north any) {
	if b.Empty() {
		return nil, nil, nil, nil
	}
	return b.West, b.South, b.East, b.North
}
