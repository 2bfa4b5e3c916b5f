package sqlite

import (
	"fmt"
	"slices"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkb"

	"github.com/chengma/chengma/entities"
)

// predicate is the part of a query that is decided version by version. The
// cheap questions come first, and a row is decoded only as far as they ask.
type predicate struct {
	classes []string
	filter  *entities.Filter
	areas   []area // a version must share a point with each
}

// area is a shape that versions are held against: the union of its parts.
type area struct {
	envelope entities.Box
	parts    []part
}

type part struct {
	box   entities.Box
	isBox bool // the shape is its own envelope
	shape sf.Geometry
}

func newPredicate(q *entities.Query) (*predicate, error) {
	p := &predicate{classes: q.Classes, filter: q.Filter}
	if q.Box != nil {
		p.areas = append(p.areas, boxArea(*q.Box))
	}
	if q.Intersects != nil {
		a, err := shapeArea(q.Intersects)
		if err != nil {
			return nil, err
		}
		p.areas = append(p.areas, a)
	}
	return p, nil
}

// boxArea is a box, or the two that one over the antimeridian is.
func boxArea(box entities.Box) area {
	a := area{envelope: box}
	if box.Empty() {
		a.envelope = entities.NoBox
		return a
	}
	for _, b := range box.Split() {
		a.parts = append(a.parts, part{box: b, isBox: true, shape: boxShape(b)})
	}
	return a
}

// boxShape is a box as a polygon or, where it has no area, a line or a point.
func boxShape(b entities.Box) sf.Geometry {
	low, high := sf.XY{X: b.West, Y: b.South}, sf.XY{X: b.East, Y: b.North}
	return sf.NewEnvelope(low, high).AsGeometry()
}

func shapeArea(shape geom.T) (area, error) {
	if shape.Empty() {
		return area{envelope: entities.NoBox}, nil
	}
	raw, err := wkb.Marshal(shape, wkb.NDR)
	if err != nil {
		return area{}, fmt.Errorf("%w: shape: %v", entities.ErrInvalidQuery, err)
	}
	exact, err := sf.UnmarshalWKB(raw, sf.NoValidate{})
	if err != nil {
		return area{}, fmt.Errorf("%w: shape: %v", entities.ErrInvalidQuery, err)
	}
	box := entities.BoundsOf(shape)
	return area{envelope: box, parts: []part{{box: box, shape: exact}}}, nil
}

// match decides a row of versions and decodes it where it fits.
func (p *predicate) match(s *Store, c *conn, r *rows, rev entities.Revision) (entities.Entity, bool, error) {
	if len(p.classes) > 0 && !slices.Contains(p.classes, r.text(versionClass)) {
		return entities.Entity{}, false, nil
	}
	if len(p.areas) > 0 {
		touches, err := p.touches(r.bytes(versionShape))
		if err != nil || !touches {
			return entities.Entity{}, false, codeError(r, err)
		}
	}
	e, err := s.version(c, r, rev)
	if err != nil {
		return e, false, err
	}
	fits, err := p.filter.Match(&e)
	return e, fits, codeError(r, err)
}

func codeError(r *rows, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", entities.Code(r.int(versionCode)), err)
}

// touches reports whether a shape shares a point with every area.
func (p *predicate) touches(shape []byte) (bool, error) {
	if len(shape) == 0 {
		return false, nil
	}
	box, err := bounds(shape)
	if err != nil {
		return false, err
	}
	var exact *sf.Geometry
	for i := range p.areas {
		touches, err := p.areas[i].touches(shape, box, &exact)
		if err != nil || !touches {
			return false, err
		}
	}
	return true, nil
}

// touches tests envelopes first; exact is the shape once it had to be built.
func (a *area) touches(shape []byte, box entities.Box, exact **sf.Geometry) (bool, error) {
	if !a.envelope.Intersects(box) {
		return false, nil
	}
	for i := range a.parts {
		part := &a.parts[i]
		if !part.box.Intersects(box) {
			continue
		}
		if part.isBox && within(box, part.box) {
			return true, nil
		}
		if *exact == nil {
			g, err := sf.UnmarshalWKB(shape, sf.NoValidate{})
			if err != nil {
				return false, fmt.Errorf("%w: %v", entities.ErrInvalidGeometry, err)
			}
			*exact = &g
		}
		if sf.Intersects(**exact, part.shape) {
			return true, nil
		}
	}
	return false, nil
}

func within(inner, outer entities.Box) bool {
	return outer.West <= inner.West && inner.East <= outer.East && outer.South <= inner.South && inner.North <= outer.North
}
