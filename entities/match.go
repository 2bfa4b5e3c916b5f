package entities

import (
	"fmt"
	"slices"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"
)

// Matcher is the part of a query that is decided version by version: its classes,
// areas and filter. A store asks the cheap questions first and decodes a row only
// as far as they need. It is immutable and safe for concurrent use.
type Matcher struct {
	classes []string
	filter  *Filter
	areas   []area // a version must share a point with each
}

// NewMatcher prepares a query. A shape that cannot be tested is ErrInvalidQuery.
func NewMatcher(q *Query) (*Matcher, error) {
	m := &Matcher{classes: q.Classes, filter: q.Filter}
	if q.Box != nil {
		m.areas = append(m.areas, boxArea(*q.Box))
	}
	if q.Intersects != nil {
		a, err := shapeArea(q.Intersects)
		if err != nil {
			return nil, err
		}
		m.areas = append(m.areas, a)
	}
	return m, nil
}

// Class reports whether versions of a class are asked for.
func (m *Matcher) Class(class string) bool {
	return len(m.classes) == 0 || slices.Contains(m.classes, class)
}

// Touches reports whether a shape shares a point with every area of the query,
// exactly. It is given as [Geometry.WKB]; one that is missing or empty touches
// nothing, but everything fits where no area is asked for.
func (m *Matcher) Touches(shape []byte) (bool, error) {
	if len(m.areas) == 0 {
		return true, nil
	}
	if len(shape) == 0 {
		return false, nil
	}
	box, err := BoundsOfWKB(shape)
	if err != nil {
		return false, err
	}
	var exact *sf.Geometry
	for i := range m.areas {
		touches, err := m.areas[i].touches(shape, box, &exact)
		if err != nil || !touches {
			return false, err
		}
	}
	return true, nil
}

// Filter reports whether the filter of the query is true of a version.
func (m *Matcher) Filter(e *Entity) (bool, error) { return m.filter.Match(e) }

// Envelopes returns the boxes, none over the antimeridian, in which everything is
// that the query can be about; none where nothing can be, and false where it names
// no area. One area is enough, for the matcher tests all.
func (q *Query) Envelopes() ([]Box, bool) {
	switch {
	case q.Box != nil && q.Box.Empty(), q.Intersects != nil && q.Intersects.Empty():
		return nil, true
	case q.Intersects != nil:
		return []Box{BoundsOf(q.Intersects)}, true
	case q.Box != nil:
		return q.Box.Split(), true
	}
	return nil, false
}

// area is a shape that versions are held against: the union of its parts.
type area struct {
	envelope Box
	parts    []part
}

type part struct {
	box   Box
	isBox bool // the shape is its own envelope
	shape sf.Geometry
}

// boxArea is a box, or the two that one over the antimeridian is.
func boxArea(box Box) area {
	a := area{envelope: box}
	if box.Empty() {
		a.envelope = NoBox
		return a
	}
	for _, b := range box.Split() {
		a.parts = append(a.parts, part{box: b, isBox: true, shape: boxShape(b)})
	}
	return a
}

// boxShape is a box as a polygon or, where it has no area, a line or a point.
func boxShape(b Box) sf.Geometry {
	low, high := sf.XY{X: b.West, Y: b.South}, sf.XY{X: b.East, Y: b.North}
	return sf.NewEnvelope(low, high).AsGeometry()
}

func shapeArea(shape geom.T) (area, error) {
	if shape.Empty() {
		return area{envelope: NoBox}, nil
	}
	raw, err := wkb.Marshal(shape, wkb.NDR)
	if err != nil {
		return area{}, fmt.Errorf("%w: shape: %v", ErrInvalidQuery, err)
	}
	exact, err := sf.UnmarshalWKB(raw, sf.NoValidate{})
	if err != nil {
		return area{}, fmt.Errorf("%w: shape: %v", ErrInvalidQuery, err)
	}
	box := BoundsOf(shape)
	return area{envelope: box, parts: []part{{box: box, shape: exact}}}, nil
}

// touches tests envelopes first; exact is the shape once it had to be built.
func (a *area) touches(shape []byte, box Box, exact **sf.Geometry) (bool, error) {
	if !a.envelope.Intersects(box) {
		return false, nil
	}
	for i := range a.parts {
		part := &a.parts[i]
		if !part.box.Intersects(box) {
			continue
		}
		if part.isBox && box.Within(part.box) {
			return true, nil
		}
		if *exact == nil {
			g, err := sf.UnmarshalWKB(shape, sf.NoValidate{})
			if err != nil {
				return false, fmt.Errorf("%w: %v", ErrInvalidGeometry, err)
			}
			*exact = &g
		}
		if sf.Intersects(**exact, part.shape) {
			return true, nil
		}
	}
	return false, nil
}
