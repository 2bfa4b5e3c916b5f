package snapshot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"github.com/chengma/chengma/entities"
)

// matcher asks the conditions of a query of one version after the other.
type matcher struct {
	query *entities.Query
	boxes []sf.Geometry // of Query.Box
	other sf.Geometry   // of Query.Intersects
	some  bool          // whether anything can match at all
}

func newMatcher(q *entities.Query) (*matcher, error) {
	m := &matcher{query: q, some: true}
	if q.Linked != nil {
		return nil, fmt.Errorf("%w: a snapshot knows no links", entities.ErrInvalidQuery)
	}
	if q.Box != nil {
		if q.Box.Empty() {
			m.some = false
			return m, nil
		}
		for _, b := range q.Box.Split() {
			m.boxes = append(m.boxes, sf.NewEnvelope(sf.XY{X: b.West, Y: b.South}, sf.XY{X: b.East, Y: b.North}).AsGeometry())
		}
	}
	if q.Intersects != nil {
		raw, err := wkb.Marshal(q.Intersects, wkb.NDR)
		if err == nil {
			m.other, err = sf.UnmarshalWKB(raw, sf.NoValidate{})
		}
		if err != nil {
			return nil, fmt.Errorf("%w: geometry to intersect: %w", entities.ErrInvalidQuery, err)
		}
		m.other = m.other.Force2D()
		m.some = m.some && !m.other.IsEmpty()
	}
	return m, nil
}

// bounds returns the envelope that a match must touch, false where there is none.
func (m *matcher) bounds() ([]entities.Box, bool) {
	switch {
	case m.query.Box != nil:
		return m.query.Box.Split(), true
	case m.query.Intersects != nil:
		return []entities.Box{entities.BoundsOf(m.query.Intersects)}, true
	}
	return nil, false
}

func (m *matcher) match(e *entities.Entity) (bool, error) {
	if !m.some {
		return false, nil
	}
	if q := m.query; len(q.Classes) > 0 && !slices.Contains(q.Classes, e.Class) {
		return false, nil
	}
	if !m.matchShape(e) {
		return false, nil
	}
	ok, err := m.query.Filter.Match(e)
	if err != nil {
		return false, fmt.Errorf("filter %s: %w", e.Code, err)
	}
	return ok, nil
}

func (m *matcher) matchShape(e *entities.Entity) bool {
	if m.query.Box == nil && m.query.Intersects == nil {
		return true
	}
	if e.Geometry.IsZero() {
		return false
	}
	// A shape that cannot be compared shares a point with none.
	g, err := sf.UnmarshalWKB(e.Geometry.WKB(), sf.NoValidate{})
	if g = g.Force2D(); err != nil || g.IsEmpty() {
		return false
	}
	if m.query.Box != nil && !m.inBox(g) {
		return false
	}
	return m.query.Intersects == nil || sf.Intersects(g, m.other)
}

func (m *matcher) inBox(g sf.Geometry) bool {
	envelope := g.Envelope()
	for _, box := range m.boxes {
		limits := box.Envelope()
		if !envelope.Intersects(limits) {
			continue
		}
		if limits.Covers(envelope) || sf.Intersects(g, box) {
			return true
		}
	}
	return false
}

// touches makes the window of world units that a match's drawn row must touch.
func touches(b entities.Box) Window {
	low, high := Project(b.West, b.North), Project(b.East, b.South)
	// One unit more, so that rounding loses nothing.
	return NewWindow(max(0, int64(low.X)-1), int64(low.Y)-1, min(worldSize-1, int64(high.X)+1), int64(high.Y)+1)
}

// order compares versions as a query sorts them.
func order(q *entities.Query, a, b *entities.Entity) int {
	pa, pb := q.PositionOf(a), q.PositionOf(b)
	return comparePositions(q, &pa, &pb)
}

func comparePositions(q *entities.Query, a, b *entities.Position) int {
	for i, o := range q.Order {
		c := compareValues(a.Keys[i], b.Keys[i])
		if o.Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Code, b.Code)
}

// compareValues orders values of any types: unset, null, false, true, numbers,
// text, JSON.
func compareValues(a, b entities.Value) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch a.Type() {
	case entities.IntType, entities.FloatType:
		return compareNumbers(a, b)
	case entities.StringType, entities.JSONType:
		return strings.Compare(a.Text(), b.Text())
	}
	return 0
}

func rank(v entities.Value) int {
	switch v.Type() {
	case entities.NullType:
		return 1
	case entities.BoolType:
		if v.Bool() {
			return 3
		}
		return 2
	case entities.IntType, entities.FloatType:
		return 4
	case entities.StringType:
		return 5
	case entities.JSONType:
		return 6
	}
	return 0
}

// compareNumbers is exact also where an integer is no float64.
func compareNumbers(a, b entities.Value) int {
	i, aInt := a.Int()
	j, bInt := b.Int()
	switch {
	case aInt && bInt:
		return cmp.Compare(i, j)
	case aInt:
		f, _ := b.Float()
		return compareIntFloat(i, f)
	case bInt:
		f, _ := a.Float()
		return -compareIntFloat(j, f)
	}
	f, _ := a.Float()
	g, _ := b.Float()
	return cmp.Compare(f, g)
}

func compareIntFloat(i int64, f float64) int {
	switch {
	case f >= 1<<63:
		return -1
	case f < -1<<63:
		return 1
	}
	whole := int64(f)
	if c := cmp.Compare(i, whole); c != 0 {
		return c
	}
	return cmp.Compare(float64(whole), f)
}

func checkOrder(q *entities.Query) error {
	if q.After != nil && len(q.After.Keys) != len(q.Order) {
		return fmt.Errorf("%w: it goes on behind %d keys and orders by %d", entities.ErrInvalidQuery, len(q.After.Keys), len(q.Order))
	}
	return nil
}
