package snapshot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/chengma/chengma/entities"
)

// maxHops is how many links a thing is followed along to its place: an
// enterprise, its unit, the unit's building, a part of it.
const maxHops = 4

// placed is where a thing without a shape of its own stands, and when.
type placed struct {
	span
	version int // index into the thing's versions
	at      Point
}

// placer finds places. It keeps the trails (every revision's rows) of things and
// of what their links lead to.
type placer struct {
	layer    *Layer
	reader   entities.Reader
	links    map[entities.Code][]entities.Link // by From, in order
	versions map[entities.Code][]site
	drawing  drawing
}

// site is a version as far as placing goes.
type site struct {
	span
	has bool
	at  Point
}

func newPlacer(layer *Layer, reader entities.Reader) *placer {
	return &placer{
		layer: layer, reader: reader,
		links:    make(map[entities.Code][]entities.Link),
		versions: make(map[entities.Code][]site),
	}
}

// load reads the trails of links from the codes, and of what they lead to.
func (p *placer) load(ctx context.Context, codes []entities.Code) error {
	for hop := 0; hop < maxHops && len(codes) > 0; hop++ {
		targets := make(map[entities.Code]bool)
		for chunk := range slices.Chunk(codes, 1000) {
			q := entities.LinkQuery{Codes: chunk, Roles: p.layer.Place, Trail: entities.Trail{Superseded: true}}
			for link, err := range p.reader.Links(ctx, q) {
				if err != nil {
					return fmt.Errorf("links of layer %s: %w", p.layer.Name, err)
				}
				if neverPlaced(link.To.Kind()) {
					continue
				}
				p.links[link.From] = append(p.links[link.From], link)
				if _, known := p.versions[link.To]; !known {
					targets[link.To] = true
				}
			}
		}
		next, err := p.loadVersions(ctx, slices.Sorted(maps.Keys(targets)))
		if err != nil {
			return err
		}
		codes = next
	}
	return nil
}

// loadVersions reads the trails of things; it returns those that at some time
// have no shape.
func (p *placer) loadVersions(ctx context.Context, codes []entities.Code) (bare []entities.Code, err error) {
	for chunk := range slices.Chunk(codes, 1000) {
		for _, c := range chunk {
			p.versions[c] = nil
		}
		q := entities.HistoryQuery{Codes: chunk, Trail: entities.Trail{Superseded: true}}
		for e, err := range p.reader.History(ctx, q) {
			if err != nil {
				return nil, fmt.Errorf("places of layer %s: %w", p.layer.Name, err)
			}
			s, err := p.site(&e)
			if err != nil {
				return nil, err
			}
			p.versions[e.Code] = append(p.versions[e.Code], s)
			if n := len(bare); !s.has && (n == 0 || bare[n-1] != e.Code) {
				bare = append(bare, e.Code)
			}
		}
	}
	return bare, nil
}

func (p *placer) site(e *entities.Entity) (site, error) {
	s := site{span: span{e.Valid, e.Recorded}}
	if e.Geometry.IsZero() {
		return s, nil
	}
	shape, err := e.Geometry.Shape()
	if err != nil {
		return s, fmt.Errorf("place at %s: %w", e.Code, err)
	}
	if p.drawing.set(shape) {
		s.has, s.at = true, p.drawing.within()
	}
	return s, nil
}

// reach returns all things whose rows the place of code may depend on.
func (p *placer) reach(code entities.Code) []entities.Code {
	reached := []entities.Code{code}
	for i, hop := 0, 0; hop < maxHops && i < len(reached); hop++ {
		for end := len(reached); i < end; i++ {
			for _, l := range p.links[reached[i]] {
				if !slices.Contains(reached, l.To) {
					reached = append(reached, l.To)
				}
			}
		}
	}
	return reached
}

// place returns the drawn rows of a thing, given its versions at every revision.
// Versions with a shape of their own have none here. What a revision knows is
// worked out for each revision at which something changed; rows that stay the
// same from one to the next are one row, so that later revisions only close rows
// and add rows.
func (p *placer) place(code entities.Code, own []site) []placed {
	reached := p.reach(code)
	var done, open []placed
	for _, rev := range p.events(reached, own) {
		now := p.known(code, own, reached, rev)
		kept := open[:0:0]
		for _, o := range open {
			i := slices.IndexFunc(now, func(n placed) bool {
				return n.valid == o.valid && n.version == o.version && n.at == o.at
			})
			if i >= 0 {
				now = slices.Delete(now, i, i+1)
				kept = append(kept, o)
				continue
			}
			o.recorded.To = rev
			done = append(done, o)
		}
		open = append(kept, now...)
	}
	done = append(done, open...)
	slices.SortFunc(done, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.valid.From, b.valid.From), cmp.Compare(a.recorded.From, b.recorded.From))
	})
	return done
}

// events returns the revisions at which anything of the things changed.
func (p *placer) events(reached []entities.Code, own []site) []entities.Revision {
	set := make(map[entities.Revision]bool)
	note := func(s entities.Span) {
		set[s.From] = true
		if s.To != entities.Open {
			set[s.To] = true
		}
	}
	for _, s := range own {
		note(s.recorded)
	}
	for _, code := range reached {
		for _, s := range p.versions[code] {
			note(s.recorded)
		}
		for _, l := range p.links[code] {
			note(l.Recorded)
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// known returns the rows as one revision knows them, in order of valid time.
func (p *placer) known(code entities.Code, own []site, reached []entities.Code, rev entities.Revision) []placed {
	cuts := p.cuts(own, reached, rev)
	var rows []placed
	for i, s := range own {
		if s.has || !s.recorded.Contains(rev) {
			continue
		}
		for j, from := range cuts {
			if from < s.valid.From || from >= s.valid.To {
				continue
			}
			to := s.valid.To
			if j+1 < len(cuts) {
				to = min(to, cuts[j+1])
			}
			at, ok := p.find(code, from, rev, 0)
			if !ok {
				continue
			}
			if n := len(rows); n > 0 && rows[n-1].version == i && rows[n-1].at == at && rows[n-1].valid.To == from {
				rows[n-1].valid.To = to
				continue
			}
			rows = append(rows, placed{version: i, at: at, span: span{
				valid:    entities.Interval{From: from, To: to},
				recorded: entities.Span{From: rev, To: entities.Open},
			}})
		}
	}
	return rows
}

// cuts returns the instants between which nothing changes, as rev knows it.
func (p *placer) cuts(own []site, reached []entities.Code, rev entities.Revision) []entities.Instant {
	set := make(map[entities.Instant]bool)
	note := func(s span) {
		if s.recorded.Contains(rev) {
			set[s.valid.From], set[s.valid.To] = true, true
		}
	}
	for _, s := range own {
		note(s.span)
	}
	for _, c := range reached {
		for _, s := range p.versions[c] {
			note(s.span)
		}
		for _, l := range p.links[c] {
			note(span{l.Valid, l.Recorded})
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// find follows the links of a thing to a place.
func (p *placer) find(code entities.Code, at entities.Instant, rev entities.Revision, hops int) (Point, bool) {
	if hops == maxHops {
		return Point{}, false
	}
	for _, role := range p.layer.Place {
		best, found := entities.Code(0), Point{}
		for _, l := range p.links[code] {
			if l.Role != role || !l.Valid.Contains(at) || !l.Recorded.Contains(rev) || best != 0 && l.To >= best {
				continue
			}
			if point, ok := p.siteAt(l.To, at, rev, hops+1); ok {
				best, found = l.To, point
			}
		}
		if best != 0 {
			return found, true
		}
	}
	return Point{}, false
}

// siteAt returns where a target is: its own shape, or what its links say. A
// target that is not there at the instant is no place.
func (p *placer) siteAt(code entities.Code, at entities.Instant, rev entities.Revision, hops int) (Point, bool) {
	for _, s := range p.versions[code] {
		if !s.valid.Contains(at) || !s.recorded.Contains(rev) {
			continue
		}
		if s.has {
			return s.at, true
		}
		return p.find(code, at, rev, hops)
	}
	return Point{}, false
}
