package postgis

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/chengma/chengma/entities"
)

// quarantine keeps what stands beside the acts of a batch.
func (a *applier) quarantine(ctx context.Context, found []entities.Discrepancy) error {
	rev := int64(a.receipt.Revision)
	columns := []string{
		"run", "source", "file", "line", "key", "rule", "field", "value", "zh", "en", "record", "partial", "rev", "batch",
	}
	err := a.conn.copyIn(ctx, "refusals", columns, len(a.batch.Refusals), func(i int) ([]any, error) {
		r := &a.batch.Refusals[i]
		return []any{
			r.Run, r.Source, r.File, r.Line, r.Key, r.Rule, r.Field, r.Value, r.Zh, r.En, r.Record, r.Partial, rev, a.batch.Key,
		}, nil
	})
	if err != nil {
		return err
	}
	for i := range found {
		d := &found[i]
		r, err := a.conn.row(ctx, discrepancyAddSQL, int64(d.Code), d.Name, int64(d.Over.From), int64(d.Over.To),
			d.Kept.AppendJSON(nil), d.KeptSource, d.Other.AppendJSON(nil), d.OtherSource, rev)
		if err != nil {
			return fmt.Errorf("keep discrepancy: %w", err)
		}
		d.ID, d.Revision = r.int(0), a.receipt.Revision
	}
	a.receipt.Discrepancies = found
	return nil
}

// Refusals yields refused records in order of ID.
func (s *Store) Refusals(ctx context.Context, q entities.RefusalQuery) iter.Seq2[entities.Refusal, error] {
	return func(yield func(entities.Refusal, error) bool) {
		after, left := q.After, q.Limit
		err := stream(ctx, func(r *entities.Refusal) bool { return yield(*r, nil) }, func(size int) ([]entities.Refusal, bool, error) {
			if q.Limit > 0 {
				size = min(size, left)
			}
			chunk, err := s.refusals(ctx, &q, after, size)
			if err != nil || len(chunk) < size {
				return chunk, true, err
			}
			after = chunk[len(chunk)-1].ID
			left -= len(chunk)
			return chunk, q.Limit > 0 && left == 0, nil
		})
		if err != nil {
			yield(entities.Refusal{}, fmt.Errorf("refusals: %w", err))
		}
	}
}

func (s *Store) refusals(ctx context.Context, q *entities.RefusalQuery, after int64, size int) ([]entities.Refusal, error) {
	var chunk []entities.Refusal
	err := s.read(ctx, func(c *conn) error {
		return c.query(ctx, func(r *row) error {
			chunk = append(chunk, refusal(r))
			return nil
		}, refusalsSQL, after, q.Run, q.Source, q.Rule, q.Open, int64(size))
	})
	return chunk, err
}

func refusal(r *row) entities.Refusal {
	return entities.Refusal{
		ID: r.int(0), Run: r.int(1), Source: r.text(2), File: r.text(3), Line: r.int(4), Key: r.text(5),
		Rule: r.text(6), Field: r.text(7), Value: r.text(8), Zh: r.text(9), En: r.text(10), Record: r.bytes(11),
		Partial: r.truth(12), Revision: entities.Revision(r.int(13)), Settled: entities.Revision(r.int(14)),
	}
}

// Settle marks open refusals of records that were loaded after all.
func (s *Store) Settle(ctx context.Context, source string, keys []string) (int, error) {
	settled := 0
	err := s.write(ctx, func(ctx context.Context, c *conn) error {
		settled = 0
		head, err := s.readHead(ctx, c)
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(keys, loadAtOnce) {
			n, err := c.exec(ctx, refusalsSettleSQL, source, chunk, int64(head.rev))
			if err != nil {
				return err
			}
			settled += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("settle refusals of %s: %w", source, err)
	}
	return settled, nil
}

// Discrepancies yields them in order of ID.
func (s *Store) Discrepancies(ctx context.Context, after int64) iter.Seq2[entities.Discrepancy, error] {
	return func(yield func(entities.Discrepancy, error) bool) {
		err := stream(ctx, func(d *entities.Discrepancy) bool { return yield(*d, nil) }, func(size int) ([]entities.Discrepancy, bool, error) {
			chunk, err := s.discrepancies(ctx, after, size)
			if n := len(chunk); n > 0 {
				after = chunk[n-1].ID
			}
			return chunk, len(chunk) < size, err
		})
		if err != nil {
			yield(entities.Discrepancy{}, fmt.Errorf("discrepancies: %w", err))
		}
	}
}

func (s *Store) discrepancies(ctx context.Context, after int64, size int) ([]entities.Discrepancy, error) {
	var chunk []entities.Discrepancy
	err := s.read(ctx, func(c *conn) error {
		return c.query(ctx, func(r *row) error {
			d, err := discrepancy(r)
			chunk = append(chunk, d)
			return err
		}, discrepanciesSQL, after, int64(size))
	})
	return chunk, err
}

func discrepancy(r *row) (entities.Discrepancy, error) {
	d := entities.Discrepancy{
		ID: r.int(0), Code: entities.Code(r.int(1)), Name: r.text(2),
		Over:       entities.Interval{From: entities.Instant(r.int(3)), To: entities.Instant(r.int(4))},
		KeptSource: r.text(6), OtherSource: r.text(8), Revision: entities.Revision(r.int(9)),
	}
	var err error
	if d.Kept, err = entities.JSON(r.values[5]); err != nil {
		return d, fmt.Errorf("discrepancy %d: %w", d.ID, err)
	}
	if d.Other, err = entities.JSON(r.values[7]); err != nil {
		return d, fmt.Errorf("discrepancy %d: %w", d.ID, err)
	}
	return d, nil
}
