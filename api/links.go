package api

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

const (
	defaultLinks = 50
	mostLinks    = 500
	mostRelated  = 1000
	// mostCounted is how many links of a thing are looked at for its document;
	// a city district has more than anybody reads.
	mostCounted = 5000
)

// linkDocument is one link of a thing, as the thing sees it.
type linkDocument struct {
	Role       string        `json:"role"`
	Title      schemas.Text  `json:"title"`
	Direction  string        `json:"direction"`
	Code       string        `json:"code"`
	Display    string        `json:"display"`
	Kind       string        `json:"kind"`
	KindTitle  *schemas.Text `json:"kindTitle,omitempty"`
	Thing      string        `json:"thing,omitempty"`
	Official   *official     `json:"official"`
	From       instant       `json:"from"`
	To         instant       `json:"to"`
	Share      *string       `json:"share"`
	Recorded   *span         `json:"recorded,omitempty"`
	*linkProof               // in /related
}

// linkProof says why a link is believed.
type linkProof struct {
	Source     string  `json:"source"`
	Method     string  `json:"method"`
	Level      int     `json:"level"`
	Confidence float64 `json:"confidence"`
}

const (
	directionOut = "out"
	directionIn  = "in"
)

// seenLink is a link whose both ends the caller may see.
type seenLink struct {
	entities.Link
	direction string
	far       *described
}

// linksOf yields the links of a thing that the caller may see: first those from
// it, then those to it, each in the reader's order.
func (d *describer) linksOf(ctx context.Context, code entities.Code, ask entities.LinkQuery, directions ...string) iter.Seq2[seenLink, error] {
	ask.Codes = []entities.Code{code}
	kinds := d.q.access.Kinds()
	if len(ask.Kinds) == 0 {
		ask.Kinds = kinds
	} else {
		ask.Kinds = keep(ask.Kinds, func(k entities.Kind) bool { return slices.Contains(kinds, k) })
	}
	return func(yield func(seenLink, error) bool) {
		if len(ask.Kinds) == 0 {
			return
		}
		for _, direction := range directions {
			ask.Reverse = direction == directionIn
			for l, err := range d.v.reader.Links(ctx, ask) {
				if err != nil {
					yield(seenLink{}, fmt.Errorf("links of %s: %w", code, err))
					return
				}
				far := l.To
				if ask.Reverse {
					far = l.From
				}
				seen := seenLink{Link: l, direction: direction}
				if !d.q.access.SeesAll(far.Kind()) {
					// Whether the link may be known depends on the thing itself.
					if seen.far, err = d.thing(ctx, far); err != nil {
						yield(seenLink{}, err)
						return
					}
					if seen.far == nil {
						continue
					}
				}
				if !yield(seen, nil) {
					return
				}
			}
		}
	}
}

func (l *seenLink) farCode() entities.Code {
	if l.direction == directionIn {
		return l.From
	}
	return l.To
}

// document shows a link with the thing at its other end.
func (d *describer) link(ctx context.Context, l seenLink) (linkDocument, error) {
	code := l.farCode()
	far, err := d.thing(ctx, code)
	if err != nil {
		return linkDocument{}, err
	}
	if far == nil { // linked, but never said to be anything
		far = &described{code: code}
	}
	kind := d.q.s.byKind[code.Kind()]
	return linkDocument{
		Role: l.Role, Title: d.q.s.roleTitle(l), Direction: l.direction,
		Code: code.String(), Display: code.Display(), Kind: kind.Name, KindTitle: &kind.Title,
		Thing: d.q.s.title(far), Official: far.official,
		From: instant(l.Valid.From), To: instant(l.Valid.To), Share: shareOf(l.Share),
	}, nil
}

// roleTitle is what the near end calls a link.
func (s *Server) roleTitle(l seenLink) schemas.Text {
	if l.Role == entities.RoleReplacedBy {
		if l.direction == directionIn {
			return schemas.Text{Zh: "前身", En: "Replaces"}
		}
		return schemas.Text{Zh: "后继", En: "Replaced by"}
	}
	if role, ok := s.byKind[l.From.Kind()].Role(l.Role); ok {
		if l.direction == directionIn {
			return role.Inverse
		}
		return role.Title
	}
	return schemas.Text{Zh: l.Role, En: l.Role}
}

func shareOf(s entities.Share) *string {
	if s == (entities.Share{}) {
		return nil
	}
	text := fmt.Sprintf("%d/%d", s.Num, s.Den)
	return &text
}

// linkTable is the links of a thing's document, with what is known of their number.
type linkTable struct {
	links    []linkDocument
	counts   map[string]int
	complete bool
}

// table reads up to limit links of each role, direction and kind, and counts
// them. People and households are listed to those who may see them, and counted
// for nobody.
func (d *describer) table(ctx context.Context, code entities.Code, at entities.Instant, limit int) (linkTable, error) {
	t := linkTable{links: []linkDocument{}, counts: map[string]int{}, complete: true}
	listed, looked := map[string]int{}, 0
	for l, err := range d.linksOf(ctx, code, entities.LinkQuery{Valid: entities.During(at)}, directionOut, directionIn) {
		if err != nil {
			return t, err
		}
		if looked++; looked > mostCounted {
			t.complete = false
			t.counts = map[string]int{} // a number that is too small helps nobody
			return t, nil
		}
		kind := l.farCode().Kind()
		key := l.direction + ":" + l.Role + ":" + kind.String()
		if countable(kind) {
			t.counts[key]++
		}
		if listed[key]++; listed[key] > limit {
			t.complete = false
			continue
		}
		document, err := d.link(ctx, l)
		if err != nil {
			return t, err
		}
		t.links = append(t.links, document)
	}
	return t, nil
}
