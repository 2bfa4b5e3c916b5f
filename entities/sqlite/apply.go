package sqlite

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// Apply publishes a batch as the next revision.
func (s *Store) Apply(ctx context.Context, batch entities.Batch) (entities.Receipt, error) {
	var a *applier
	err := s.write(ctx, func(c *conn) error {
		a = &applier{store: s, conn: c, batch: &batch}
		return a.apply(ctx)
	})
	if err != nil {
		return entities.Receipt{}, fmt.Errorf("apply batch %q: %w", batch.Key, err)
	}
	s.advance(int64(a.receipt.Revision))
	if a.erased > 0 {
		// The batch is published; that the file still has old bytes is for the
		// operator to know, and the next erasure takes them along.
		if err := s.scrub(ctx); err != nil {
			s.cfg.Logger.Error("overwrite erased values", "revision", a.receipt.Revision, "error", err)
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

	minted  map[entities.Kind]*entities.Serials
	erased  int
	receipt entities.Receipt
}

// headRow is what the next revision goes on from.
type headRow struct {
	rev                              entities.Revision
	time                             int64
	versions, aliases, links, states int64 // highest IDs given
}

func (a *applier) apply(ctx context.Context) error {
	if err := a.readHead(); err != nil {
		return err
	}
	if repeated, err := a.repeated(); err != nil || repeated {
		return err
	}
	diff, err := entities.Plan(ctx, *a.batch, a)
	if err != nil {
		return err
	}
	a.receipt = entities.Receipt{Revision: a.head.rev, Time: entities.Instant(a.head.time).Time(), Results: diff.Results}
	if a.head.rev == 0 {
		a.receipt.Time = a.now().Time()
	}
	if !diff.Empty() {
		if err := a.publish(ctx, diff); err != nil {
			return err
		}
	}
	if err := a.quarantine(ctx, diff.Discrepancies); err != nil {
		return err
	}
	_, err = a.conn.exec(batchAddSQL, a.batch.Key, int64(a.receipt.Revision), int64(len(a.batch.Refusals)))
	return err
}

func (a *applier) readHead() error {
	r, err := a.conn.row(headSQL)
	if err != nil || r == nil {
		return err
	}
	a.head = headRow{
		rev: entities.Revision(r.int(0)), time: r.int(1),
		versions: r.int(2), aliases: r.int(3), links: r.int(4), states: r.int(5),
	}
	return nil
}

// now is the time of the next revision, never before that of the last.
func (a *applier) now() entities.Instant {
	return max(entities.InstantOf(a.store.cfg.Clock()), entities.Instant(a.head.time))
}

// repeated answers a batch whose key was seen before.
func (a *applier) repeated() (bool, error) {
	seen, err := a.conn.row(batchSeenSQL, a.batch.Key)
	if err != nil || seen == nil {
		return false, err
	}
	a.receipt = entities.Receipt{Revision: entities.Revision(seen.int(0)), Repeated: true}
	r, err := a.conn.row(revisionSQL, seen.int(0))
	if err == nil && r != nil {
		a.receipt.Time = entities.Instant(r.int(1)).Time()
	}
	return true, err
}

// publish writes a diff as the next revision.
func (a *applier) publish(ctx context.Context, diff *entities.Diff) error {
	rev, at := a.head.rev+1, a.now()
	a.receipt.Revision, a.receipt.Time = rev, at.Time()
	w := writer{applier: a, ctx: ctx, rev: int64(rev)}
	if err := w.write(diff); err != nil {
		return err
	}
	west, south, east, north := boxColumns(diff.Envelope)
	k := diff.Counts
	_, err := a.conn.exec(revisionAddSQL, int64(rev), int64(at), a.batch.Key, a.batch.Source, a.batch.Note,
		jsonNumbers(diff.Kinds), int64(k.Acts), int64(k.Created), int64(k.Updated), int64(k.Unchanged),
		int64(k.Minted), int64(k.Refused), west, south, east, north, jsonNumbers(diff.Erased),
		a.head.versions, a.head.aliases, a.head.links, a.head.states)
	return err
}

// boxColumns returns the edges of a box, NULL for the box that holds nothing.
func boxColumns(b entities.Box) (west, south, east, north any) {
	if b.Empty() {
		return nil, nil, nil, nil
	}
	return b.West, b.South, b.East, b.North
}
