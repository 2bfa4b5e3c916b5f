package entities

import (
	"context"
	"fmt"
	"slices"
)

// Stored is a row with the identity that its store gave it.
type Stored[T any] struct {
	ID  int64
	Row T
}

// CodeState is what is recorded of a code's own life. A code that is active and
// always was has no row.
type CodeState struct {
	Code     Code
	State    State
	Reason   string
	SameAs   Code
	Recorded Span
}

// Past is what a revision knew of a thing: the rows whose span holds it.
type Past struct {
	Versions []Entity
	Aliases  []Alias
	Links    []Link // from the thing
	States   []CodeState
}

// Loader gives [Plan] the rows that are open at the head (Recorded.To is Open),
// inside the store's write transaction. Order does not matter; things without
// rows have none. Slices asked for hold no code or key twice.
type Loader interface {
	Keys(ctx context.Context, keys []Key) ([]Stored[Alias], error)
	AliasesOf(ctx context.Context, codes []Code) ([]Stored[Alias], error)
	Versions(ctx context.Context, codes []Code) ([]Stored[Entity], error)
	LinksFrom(ctx context.Context, codes []Code) ([]Stored[Link], error)
	States(ctx context.Context, codes []Code) ([]Stored[CodeState], error)
	// Issued returns those of the codes that were ever given.
	Issued(ctx context.Context, codes []Code) ([]Code, error)
	// Mint gives the next issuable code of a kind.
	Mint(ctx context.Context, kind Kind) (Code, error)
	// AsOf returns what a published revision knew of a thing.
	AsOf(ctx context.Context, code Code, rev Revision) (Past, error)
}

// Delta is what becomes of the rows of one table: those with the IDs in Close get
// the new revision as Recorded.To, those in Add are inserted with
// Recorded = [new revision, Open).
type Delta[T any] struct {
	Close []int64
	Add   []T
}

// Diff is what a batch does to stored rows.
type Diff struct {
	Minted   []Code
	Versions Delta[Entity]
	Aliases  Delta[Alias]
	Links    Delta[Link]
	States   Delta[CodeState]
	// Erased are things all of whose rows of any revision go away: versions,
	// aliases, links from and to them, and refusals under their keys. Their
	// state row is in States.
	Erased []Code

	Results       []Result
	Discrepancies []Discrepancy
	Counts        Counts
	Kinds         []Kind
	Envelope      Box
}

// Empty reports whether the batch says nothing new, so that no revision is
// published.
func (d *Diff) Empty() bool {
	return len(d.Minted) == 0 && len(d.Erased) == 0 &&
		len(d.Versions.Close)+len(d.Versions.Add) == 0 &&
		len(d.Aliases.Close)+len(d.Aliases.Add) == 0 &&
		len(d.Links.Close)+len(d.Links.Add) == 0 &&
		len(d.States.Close)+len(d.States.Add) == 0
}

// Plan works out what a batch does to the rows that a store has. It is the one
// place where acts get their meaning; stores load, call Plan, and save. It
// changes nothing itself but for the codes that it mints.
//
// Acts take effect in order, each seeing what those before it did. An act that
// cannot be applied fails the batch with an [*ActError].
func Plan(ctx context.Context, batch Batch, load Loader) (*Diff, error) {
	if batch.Key == "" {
		return nil, fmt.Errorf("%w: it has no key", ErrInvalidBatch)
	}
	for i, act := range batch.Acts {
		if act == nil {
			return nil, fmt.Errorf("%w: act %d is nil", ErrInvalidBatch, i)
		}
		if err := act.check(); err != nil {
			return nil, &ActError{Index: i, Act: act, Err: err}
		}
	}
	p := newPlanner(load, len(batch.Acts))
	if err := p.preload(ctx, batch.Acts); err != nil {
		return nil, err
	}
	for i, act := range batch.Acts {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		result, err := p.apply(ctx, act)
		if err != nil {
			return nil, &ActError{Index: i, Act: act, Err: err}
		}
		p.diff.Results = append(p.diff.Results, result)
	}
	return p.finish(len(batch.Refusals))
}

// planner holds the rows that a batch works on: as loaded, and as they become.
type planner struct {
	load     Loader
	diff     *Diff
	versions map[Code]*lane[Entity]
	links    map[Code]*lane[Link]
	aliases  map[Key]*lane[Alias]
	states   map[Code]*lane[CodeState]
	order    planOrder
	// minted codes have no rows but those that the batch gives them.
	minted map[Code]bool
	issued map[Code]bool // known of codes that are not minted
	// given are the keys that acts of this batch gave to things; nil where no act
	// restores, which asks for them.
	given map[Code][]Key
}

// planOrder remembers the order in which rows were first touched, so that a
// plan depends on its input alone and not on the order of Go's maps.
type planOrder struct {
	versions []Code
	links    []Code
	aliases  []Key
	states   []Code
}

// lane is the rows of one thing, or of one key, as loaded and as they become.
type lane[T any] struct {
	loaded []Stored[T]
	now    []T
	dirty  bool
}

func (l *lane[T]) set(rows []T) {
	l.now = rows
	l.dirty = true
}

func newPlanner(load Loader, acts int) *planner {
	return &planner{
		load: load, diff: &Diff{Envelope: NoBox, Results: make([]Result, 0, acts)},
		versions: make(map[Code]*lane[Entity], acts), links: make(map[Code]*lane[Link]),
		aliases: make(map[Key]*lane[Alias], acts), states: make(map[Code]*lane[CodeState]),
		minted: make(map[Code]bool), issued: make(map[Code]bool),
	}
}

func (p *planner) apply(ctx context.Context, act Act) (Result, error) {
	switch act := act.(type) {
	case *Assert:
		return p.assert(ctx, act)
	case *End:
		return p.end(ctx, act)
	case *ClaimAlias:
		return p.claimAlias(ctx, act)
	case *EndAlias:
		return p.endAlias(ctx, act)
	case *Relate:
		return p.relate(ctx, act)
	case *SameAs:
		return p.sameAs(ctx, act)
	case *UndoSameAs:
		return p.undoSameAs(ctx, act)
	case *Mark:
		return p.mark(ctx, act)
	case *Erase:
		return p.erase(ctx, act)
	case *Restore:
		return p.restore(ctx, act)
	}
	return Result{}, fmt.Errorf("%w: unknown act", ErrInvalidBatch)
}

// finish compares what was loaded with what it became.
func (p *planner) finish(refused int) (*Diff, error) {
	d := p.diff
	kinds := make(map[Kind]bool)
	var broken error
	d.Versions.Add = make([]Entity, 0, len(p.order.versions))
	for _, code := range p.order.versions {
		diffLane(p.versions[code], &d.Versions, equalVersion, func(e *Entity) {
			kinds[e.Code.Kind()] = true
			box, err := e.Geometry.Bounds()
			if err != nil {
				broken = fmt.Errorf("%s: %w", e.Code, err)
			}
			d.Envelope = d.Envelope.Extend(box)
		})
	}
	if broken != nil {
		return nil, broken
	}
	d.Aliases.Add = make([]Alias, 0, len(p.order.aliases))
	for _, key := range p.order.aliases {
		diffLane(p.aliases[key], &d.Aliases, equalAlias, func(a *Alias) { kinds[a.Code.Kind()] = true })
	}
	for _, code := range p.order.links {
		diffLane(p.links[code], &d.Links, equalLink, func(l *Link) { kinds[l.From.Kind()] = true })
	}
	for _, code := range p.order.states {
		diffLane(p.states[code], &d.States, equalState, func(s *CodeState) { kinds[s.Code.Kind()] = true })
	}
	for _, codes := range [][]Code{d.Minted, d.Erased} {
		for _, code := range codes {
			kinds[code.Kind()] = true
		}
	}
	for kind := range kinds {
		d.Kinds = append(d.Kinds, kind)
	}
	slices.Sort(d.Kinds)
	d.Counts = countResults(d, refused)
	return d, nil
}

func countResults(d *Diff, refused int) Counts {
	c := Counts{Acts: len(d.Results), Minted: len(d.Minted), Refused: refused}
	for _, r := range d.Results {
		switch r.Outcome {
		case Created:
			c.Created++
		case Updated:
			c.Updated++
		default:
			c.Unchanged++
		}
	}
	return c
}

// diffLane adds to delta what turns the loaded rows into the present ones, and
// shows touched each row that goes or comes.
func diffLane[T any](l *lane[T], delta *Delta[T], equal func(a, b *T) bool, touched func(*T)) {
	if !l.dirty {
		return
	}
	var few [8]bool // mostly enough
	kept := few[:min(len(l.now), len(few))]
	if len(l.now) > len(few) {
		kept = make([]bool, len(l.now))
	}
	for i := range l.loaded {
		found := false
		for j := range l.now {
			if !kept[j] && equal(&l.loaded[i].Row, &l.now[j]) {
				kept[j], found = true, true
				break
			}
		}
		if !found {
			delta.Close = append(delta.Close, l.loaded[i].ID)
			touched(&l.loaded[i].Row)
		}
	}
	for j := range l.now {
		if !kept[j] {
			delta.Add = append(delta.Add, l.now[j])
			touched(&l.now[j])
		}
	}
}

func equalVersion(a, b *Entity) bool {
	return a.Valid == b.Valid && a.SameState(b) && a.Origin == b.Origin &&
		slices.Equal(a.Origins, b.Origins) && a.Cause == b.Cause
}

func equalAlias(a, b *Alias) bool {
	return a.Key == b.Key && a.Code == b.Code && a.Valid == b.Valid && a.Mask == b.Mask && a.Source == b.Source
}

func equalLink(a, b *Link) bool {
	return sameTarget(a, b) && a.Valid == b.Valid
}

func equalState(a, b *CodeState) bool {
	return a.Code == b.Code && a.State == b.State && a.Reason == b.Reason && a.SameAs == b.SameAs
}
