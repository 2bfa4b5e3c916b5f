package storetest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chengma/chengma/entities"
)

// Model is a store in memory, written from the contract alone: each thing that
// can be stated is one timeline, and acts are folded into timelines one instant
// after the other. It is slow where slow is simple. Make it with [NewModel].
//
// It has all optional capabilities but for [entities.Verifier].
type Model struct {
	now func() time.Time

	mu        sync.RWMutex
	closed    bool
	wake      chan struct{} // closed and replaced by each revision
	published []entities.Published
	keys      map[string]entities.Revision
	serials   map[entities.Kind]uint64
	issued    map[entities.Code]entities.Revision
	versions  map[entities.Code][]entities.Entity
	aliases   map[entities.Key][]entities.Alias
	links     map[entities.Code][]entities.Link
	states    map[entities.Code][]stateRow
	desk      desk
}

// stateRow is a state over the revisions that know it.
type stateRow struct {
	state
	span entities.Span
}

// NewModel makes an empty model.
func NewModel(cfg Config) *Model {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Model{
		now: cfg.Now, wake: make(chan struct{}),
		keys: make(map[string]entities.Revision), serials: make(map[entities.Kind]uint64),
		issued: make(map[entities.Code]entities.Revision), versions: make(map[entities.Code][]entities.Entity),
		aliases: make(map[entities.Key][]entities.Alias), links: make(map[entities.Code][]entities.Link),
		states: make(map[entities.Code][]stateRow), desk: newDesk(),
	}
}

func (m *Model) head() entities.Revision { return entities.Revision(len(m.published)) }

func (m *Model) timeOf(rev entities.Revision) time.Time {
	if rev == 0 {
		return time.Time{}
	}
	return m.published[rev-1].Time
}

func (m *Model) versionsAt(code entities.Code, rev entities.Revision) []entities.Entity {
	return knownAt(m.versions[code], rev, versionSpan)
}

func (m *Model) aliasesAt(key entities.Key, rev entities.Revision) []entities.Alias {
	return knownAt(m.aliases[key], rev, aliasSpan)
}

func (m *Model) linksAt(code entities.Code, rev entities.Revision) []entities.Link {
	return knownAt(m.links[code], rev, linkSpan)
}

func (m *Model) stateAt(code entities.Code, rev entities.Revision) state {
	for _, row := range m.states[code] {
		if row.span.Contains(rev) {
			s := row.state
			s.since = row.span.From
			return s
		}
	}
	return state{}
}

func (m *Model) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.closed {
		return entities.ErrClosed
	}
	return nil
}

// Head implements [entities.Store].
func (m *Model) Head(ctx context.Context) (entities.Revision, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head(), m.usable(ctx)
}

// RevisionAt implements [entities.Store].
func (m *Model) RevisionAt(ctx context.Context, t time.Time) (entities.Revision, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, p := range slices.Backward(m.published) {
		if !p.Time.After(t) {
			return p.Revision, m.usable(ctx)
		}
	}
	return 0, m.usable(ctx)
}

// Published implements [entities.Store].
func (m *Model) Published(ctx context.Context, rev entities.Revision) (entities.Published, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.usable(ctx); err != nil {
		return entities.Published{}, err
	}
	if rev < 1 || rev > m.head() {
		return entities.Published{}, fmt.Errorf("%w: %d", entities.ErrUnknownRevision, rev)
	}
	return m.published[rev-1], nil
}

// Close implements [entities.Store].
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		close(m.wake)
	}
	return nil
}

// Watch implements [entities.Store].
func (m *Model) Watch(ctx context.Context, after entities.Revision) iter.Seq2[entities.Published, error] {
	return func(yield func(entities.Published, error) bool) {
		for next := max(after, 0) + 1; ; next++ {
			p, err := m.await(ctx, next)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func (m *Model) await(ctx context.Context, rev entities.Revision) (entities.Published, error) {
	for {
		m.mu.RLock()
		err, wake := m.usable(ctx), m.wake
		if err == nil && rev <= m.head() {
			p := m.published[rev-1]
			m.mu.RUnlock()
			return p, nil
		}
		m.mu.RUnlock()
		if err != nil {
			return entities.Published{}, err
		}
		select {
		case <-wake:
		case <-ctx.Done():
		}
	}
}

// Apply implements [entities.Store].
func (m *Model) Apply(ctx context.Context, batch entities.Batch) (entities.Receipt, error) {
	return m.apply(ctx, batch, adopted{})
}

// adopted makes a model follow another store: the codes that it minted, and
// whether it published a revision although nothing new was said.
type adopted struct {
	codes   []entities.Code // by act
	publish bool
}

func (m *Model) apply(ctx context.Context, batch entities.Batch, other adopted) (entities.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return entities.Receipt{}, err
	}
	if err := checkBatch(batch); err != nil {
		return entities.Receipt{}, err
	}
	if rev, seen := m.keys[batch.Key]; seen {
		return entities.Receipt{Revision: rev, Repeated: true, Time: m.timeOf(rev)}, nil
	}
	serials := maps.Clone(m.serials)
	w := &work{
		m: m, facts: make(map[entities.Code]*facts), changed: make(map[entities.Code]bool), keys: make(map[entities.Key]timeline[[]holder]),
		links: make(map[entities.Code]map[lane]timeline[[]entities.Target]), states: make(map[entities.Code]state),
		mint: func(i int, kind entities.Kind) (entities.Code, error) {
			if i < len(other.codes) {
				return other.codes[i], nil
			}
			for { // codes of another store may lie ahead
				code, err := nextCode(serials, kind)
				if _, issued := m.issued[code]; !issued {
					return code, err
				}
			}
		},
	}
	if err := w.fold(ctx, batch.Acts); err != nil {
		return entities.Receipt{}, err
	}
	m.serials = serials
	return m.commit(w, batch, other.publish), nil
}

// nextCode gives the next code of a kind that may be issued.
func nextCode(serials map[entities.Kind]uint64, kind entities.Kind) (entities.Code, error) {
	for {
		serials[kind]++
		code, err := entities.NewCode(kind, serials[kind])
		if err != nil || code.Issuable() {
			return code, err
		}
	}
}

// commit writes what a batch came to as the next revision, if it came to
// anything.
func (m *Model) commit(w *work, batch entities.Batch, force bool) entities.Receipt {
	rev := m.head() + 1
	p := entities.Published{
		Revision: rev, Time: m.now().UTC(), Key: batch.Key, Source: batch.Source, Note: batch.Note,
		Counts: count(w, batch), Envelope: entities.NoBox, Erased: slices.Clone(w.erased),
	}
	kinds := make(map[entities.Kind]bool)
	m.writeVersions(w, &p, kinds)
	m.writeAliases(w, rev, kinds)
	m.writeLinks(w, rev, kinds)
	m.writeStates(w, rev, kinds)
	for _, code := range w.minted {
		m.issued[code] = rev
		kinds[code.Kind()] = true
	}
	for _, code := range w.erased {
		m.wipe(code)
		kinds[code.Kind()] = true
	}
	p.Kinds = slices.Sorted(maps.Keys(kinds))
	receipt := entities.Receipt{Revision: m.head(), Results: w.results}
	if len(kinds) > 0 || force {
		m.published = append(m.published, p)
		receipt.Revision = rev
		close(m.wake)
		m.wake = make(chan struct{})
	}
	receipt.Time = m.timeOf(receipt.Revision)
	m.keys[batch.Key] = receipt.Revision
	receipt.Discrepancies = m.desk.keep(batch, w.found, receipt.Revision)
	return receipt
}

func count(w *work, batch entities.Batch) entities.Counts {
	c := entities.Counts{Acts: len(batch.Acts), Minted: len(w.minted), Refused: len(batch.Refusals)}
	for _, r := range w.results {
		switch r.Outcome {
		case entities.Created:
			c.Created++
		case entities.Updated:
			c.Updated++
		default:
			c.Unchanged++
		}
	}
	return c
}

func (m *Model) writeVersions(w *work, p *entities.Published, kinds map[entities.Kind]bool) {
	for code, f := range w.facts {
		rows, changed := record(m.versions[code], f.versions(code), p.Revision, versionSpan, sameVersionRow)
		if !changed {
			continue
		}
		m.versions[code] = rows
		kinds[code.Kind()] = true
		for i := range rows {
			if rows[i].Recorded.From == p.Revision || rows[i].Recorded.To == p.Revision {
				p.Envelope = p.Envelope.Extend(boundsOf(rows[i].Geometry))
			}
		}
	}
}

func boundsOf(g entities.Geometry) entities.Box {
	box, err := g.Bounds()
	if err != nil {
		return entities.NoBox
	}
	return box
}

func (m *Model) writeAliases(w *work, rev entities.Revision, kinds map[entities.Kind]bool) {
	for key, line := range w.keys {
		rows, changed := record(m.aliases[key], aliasRows(key, line), rev, aliasSpan, sameAliasRow)
		if !changed {
			continue
		}
		m.aliases[key] = rows
		for _, a := range rows {
			if a.Recorded.From == rev || a.Recorded.To == rev {
				kinds[a.Code.Kind()] = true
			}
		}
	}
}

func (m *Model) writeLinks(w *work, rev entities.Revision, kinds map[entities.Kind]bool) {
	for code, lines := range w.links {
		rows, changed := record(m.links[code], linkRows(code, lines), rev, linkSpan, sameLinkRow)
		if changed {
			m.links[code] = rows
			kinds[code.Kind()] = true
		}
	}
}

func (m *Model) writeStates(w *work, rev entities.Revision, kinds map[entities.Kind]bool) {
	for code, s := range w.states {
		old := m.stateAt(code, m.head())
		s.since, old.since = 0, 0
		if s == old {
			continue
		}
		rows := m.states[code]
		for i := range rows {
			if rows[i].span.To == entities.Open {
				rows[i].span.To = rev
			}
		}
		if s.known {
			rows = append(rows, stateRow{s, entities.Span{From: rev, To: entities.Open}})
		}
		m.states[code] = rows
		kinds[code.Kind()] = true
	}
}

// wipe takes a thing out of all revisions.
func (m *Model) wipe(code entities.Code) {
	for key, rows := range m.aliases {
		if !slices.ContainsFunc(rows, func(a entities.Alias) bool { return a.Code == code }) {
			continue
		}
		m.desk.forget(key)
		m.aliases[key] = only(rows, func(a entities.Alias) bool { return a.Code != code })
	}
	for from, rows := range m.links {
		m.links[from] = only(rows, func(l entities.Link) bool { return l.From != code && l.To != code })
	}
	delete(m.versions, code)
}
