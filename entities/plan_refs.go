package entities

import (
	"context"
	"fmt"
	"slices"
)

// preload fetches in few calls what most acts of the batch will need.
func (p *planner) preload(ctx context.Context, acts []Act) error {
	keys, refs := gather(acts)
	if err := p.loadKeys(ctx, keys); err != nil {
		return err
	}
	var codes []Code
	for _, ref := range refs {
		if ref.Code != 0 {
			codes = append(codes, ref.Code)
			continue
		}
		for _, row := range p.aliases[ref.Key].loaded {
			codes = append(codes, row.Row.Code)
		}
	}
	codes = distinct(codes)
	if err := p.loadIssued(ctx, codes); err != nil {
		return err
	}
	if err := p.loadStates(ctx, codes); err != nil {
		return err
	}
	return p.loadThings(ctx, acts, codes)
}

// loadThings fetches versions and links of the things that acts are about.
func (p *planner) loadThings(ctx context.Context, acts []Act, codes []Code) error {
	versions, links := false, false
	for _, act := range acts {
		switch act.(type) {
		case *Assert, *SameAs, *UndoSameAs, *Mark:
			versions = true
		case *End:
			versions, links = true, true
		case *Restore:
			versions, links = true, true
			p.given = make(map[Code][]Key)
		case *Relate:
			links = true
		}
	}
	if versions {
		if err := p.loadVersions(ctx, codes); err != nil {
			return err
		}
	}
	if links {
		return p.loadLinks(ctx, codes)
	}
	return nil
}

// gather lists the keys that acts name, and the references to things.
func gather(acts []Act) (keys []Key, refs []Ref) {
	add := func(r Ref) {
		if r.IsZero() {
			return
		}
		refs = append(refs, r)
		if r.Code == 0 {
			keys = append(keys, r.Key)
		}
	}
	for _, act := range acts {
		add(act.subject())
		switch act := act.(type) {
		case *End:
			for _, r := range act.Into {
				add(r)
			}
		case *ClaimAlias:
			keys = append(keys, act.Key)
		case *EndAlias:
			keys = append(keys, act.Key)
		case *Relate:
			for _, t := range act.To {
				add(t.To)
			}
		case *SameAs:
			add(act.Of)
		}
	}
	return distinct(keys), refs
}

// distinct returns each element once, in order of first appearance.
func distinct[T comparable](items []T) []T {
	seen := make(map[T]bool, len(items))
	return slices.DeleteFunc(items, func(item T) bool {
		if seen[item] {
			return true
		}
		seen[item] = true
		return false
	})
}

// thing finds the thing that a reference means over an interval. Where the
// reference is a key that nothing has and mint is a kind, it mints a code.
func (p *planner) thing(ctx context.Context, ref Ref, over Interval) (Code, error) {
	code := ref.Code
	if code == 0 {
		holders, err := p.holders(ctx, ref.Key, over)
		if err != nil {
			return 0, err
		}
		if len(holders) == 0 {
			return 0, notFound(ref.Key.String())
		}
		code = holders[0]
	} else if err := p.loadIssued(ctx, []Code{code}); err != nil {
		return 0, err
	} else if !p.issued[code] && !p.minted[code] {
		return 0, fmt.Errorf("%s: %w", code, ErrNeverIssued)
	}
	return p.follow(ctx, code)
}

// follow goes from a duplicate to the thing that it is a duplicate of.
func (p *planner) follow(ctx context.Context, code Code) (Code, error) {
	for range 64 {
		lane, err := p.stateLane(ctx, code)
		if err != nil {
			return 0, err
		}
		if len(lane.now) == 0 || lane.now[0].SameAs == 0 {
			return code, nil
		}
		code = lane.now[0].SameAs
	}
	return 0, fmt.Errorf("%w: same-as of %s goes in a circle", ErrInvalidBatch, code)
}

// holders returns the one thing that a key means over an interval, none, or an
// error where it could be several. It is the holder at the beginning of the
// interval; where there is none then, the last before it, else the first after.
func (p *planner) holders(ctx context.Context, key Key, over Interval) ([]Code, error) {
	lane, err := p.aliasLane(ctx, key)
	if err != nil {
		return nil, err
	}
	codes := nearest(lane.now, over.From)
	if len(codes) > 1 {
		return nil, &AmbiguousError{Key: key, Candidates: codes}
	}
	return codes, nil
}

// nearest returns the codes of the aliases that hold at an instant, else of those
// that held last before it, else of those that hold first after it, sorted.
func nearest(aliases []Alias, at Instant) []Code {
	var codes []Code
	best := -1
	for i := range aliases {
		a := &aliases[i]
		if best >= 0 {
			switch compareDistance(a.Valid, aliases[best].Valid, at) {
			case +1:
				continue
			case -1:
				codes = codes[:0]
			}
		}
		best = i
		codes = append(codes, a.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// compareDistance orders intervals by how near they are to an instant: those
// that hold it, then those before it by their end, latest first, then those after
// it by their beginning, earliest first.
func compareDistance(a, b Interval, at Instant) int {
	class := func(i Interval) int {
		switch {
		case i.Contains(at):
			return 0
		case i.To <= at:
			return 1
		}
		return 2
	}
	ca, cb := class(a), class(b)
	switch {
	case ca != cb:
		return compareOrdered(ca, cb)
	case ca == 1:
		return compareOrdered(b.To, a.To)
	case ca == 2:
		return compareOrdered(a.From, b.From)
	}
	return 0
}

func compareOrdered[T int | Instant](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return +1
	}
	return 0
}

// mint gives a new thing a code and its key.
func (p *planner) mint(ctx context.Context, kind Kind, alias Alias) (Code, error) {
	code, err := p.load.Mint(ctx, kind)
	if err != nil {
		return 0, fmt.Errorf("mint a code for %s: %w", alias.Key, err)
	}
	p.minted[code] = true
	p.diff.Minted = append(p.diff.Minted, code)

	keys, err := p.aliasLane(ctx, alias.Key)
	if err != nil {
		return 0, err
	}
	alias.Code = code
	keys.set(append(slices.Clip(keys.now), alias))
	p.gave(code, alias.Key)
	return code, nil
}

// gave notes that a key was given to a thing.
func (p *planner) gave(code Code, key Key) {
	if p.given != nil {
		p.given[code] = append(p.given[code], key)
	}
}
