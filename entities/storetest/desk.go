package storetest

import (
	"context"
	"crypto/rand"
	"iter"
	"slices"
	"time"

	"github.com/chengma/chengma/entities"
)

// desk is what a model keeps beside the city: refusals, discrepancies, runs and
// secrets.
type desk struct {
	refusals      []entities.Refusal
	lastRefusal   int64
	discrepancies []entities.Discrepancy
	runs          []entities.Run
	finished      map[int64]bool
	secrets       map[string][]byte
}

func newDesk() desk {
	return desk{finished: make(map[int64]bool), secrets: make(map[string][]byte)}
}

// keep numbers what stands beside the acts of a batch.
func (d *desk) keep(batch entities.Batch, found []entities.Discrepancy, rev entities.Revision) []entities.Discrepancy {
	for _, r := range batch.Refusals {
		d.lastRefusal++
		r.ID, r.Revision = d.lastRefusal, rev
		d.refusals = append(d.refusals, r)
	}
	for i := range found {
		found[i].ID, found[i].Revision = int64(len(d.discrepancies)+1), rev
		d.discrepancies = append(d.discrepancies, found[i])
	}
	return found
}

func (d *desk) forget(key entities.Key) {
	d.refusals = only(d.refusals, func(r entities.Refusal) bool { return r.Key != key.String() })
}

// Refusals implements [entities.Quarantine].
func (m *Model) Refusals(ctx context.Context, q entities.RefusalQuery) iter.Seq2[entities.Refusal, error] {
	return sequence(ctx, &modelReader{m: m}, func() []entities.Refusal {
		found := only(m.desk.refusals, func(r entities.Refusal) bool {
			return (q.Run == 0 || q.Run == r.Run) && (q.Source == "" || q.Source == r.Source) &&
				(q.Rule == "" || q.Rule == r.Rule) && (!q.Open || r.Settled == 0) && r.ID > q.After
		})
		if q.Limit > 0 && len(found) > q.Limit {
			found = found[:q.Limit]
		}
		return found
	})
}

// Settle implements [entities.Quarantine].
func (m *Model) Settle(ctx context.Context, source string, keys []string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return 0, err
	}
	settled := 0
	for i := range m.desk.refusals {
		r := &m.desk.refusals[i]
		if r.Settled == 0 && r.Source == source && slices.Contains(keys, r.Key) {
			r.Settled = m.head()
			settled++
		}
	}
	return settled, nil
}

// Discrepancies implements [entities.Quarantine].
func (m *Model) Discrepancies(ctx context.Context, after int64) iter.Seq2[entities.Discrepancy, error] {
	return sequence(ctx, &modelReader{m: m}, func() []entities.Discrepancy {
		return only(m.desk.discrepancies, func(d entities.Discrepancy) bool { return d.ID > after })
	})
}

// Begin implements [entities.Journal].
func (m *Model) Begin(ctx context.Context, fingerprint string, start time.Time) (entities.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return entities.Run{}, err
	}
	for _, run := range m.desk.runs {
		if run.Fingerprint == fingerprint && !m.desk.finished[run.ID] {
			run.Resumed = true
			return run, nil
		}
	}
	run := entities.Run{ID: int64(len(m.desk.runs) + 1), Fingerprint: fingerprint, Start: start}
	m.desk.runs = append(m.desk.runs, run)
	return run, nil
}

// Finish implements [entities.Journal].
func (m *Model) Finish(ctx context.Context, id int64, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	m.desk.finished[id] = true
	return nil
}

// Secret implements [entities.Secrets].
func (m *Model) Secret(ctx context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	if m.desk.secrets[name] == nil {
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return nil, err
		}
		m.desk.secrets[name] = secret
	}
	return slices.Clone(m.desk.secrets[name]), nil
}
