package cql2

import (
	"errors"
	"fmt"
	"math"
	"sync"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"
)

// box is an envelope. The empty one has minX > maxX.
type box struct{ minX, minY, maxX, maxY float64 }

func emptyBox() box {
	return box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
}

func (b box) empty() bool { return !(b.minX <= b.maxX) }

func (b box) disjoint(c box) bool {
	return b.maxX < c.minX || c.maxX < b.minX || b.maxY < c.minY || c.maxY < b.minY
}

func (b box) contains(c box) bool {
	return b.minX <= c.minX && c.maxX <= b.maxX && b.minY <= c.minY && c.maxY <= b.maxY
}

// surrounds is contains without a common edge.
func (b box) surrounds(c box) bool {
	return b.minX < c.minX && c.maxX < b.maxX && b.minY < c.minY && c.maxY < b.maxY
}

func (b box) union(c box) box {
	return box{min(b.minX, c.minX), min(b.minY, c.minY), max(b.maxX, c.maxX), max(b.maxY, c.maxY)}
}

// boxOf returns the envelope of a geometry without allocating.
func boxOf(g geom.T) box {
	b := emptyBox()
	if collection, ok := g.(*geom.GeometryCollection); ok {
		for _, member := range collection.Geoms() {
			b = b.union(boxOf(member))
		}
		return b
	}
	flat, stride := g.FlatCoords(), g.Stride()
	for i := 0; i+1 < len(flat); i += stride {
		x, y := flat[i], flat[i+1]
		b.minX, b.maxX = min(b.minX, x), max(b.maxX, x)
		b.minY, b.maxY = min(b.minY, y), max(b.maxY, y)
	}
	return b
}

// site is one side of a spatial predicate: a geometry with what is known of it.
type site struct {
	geometry geom.T
	box      box
	rect     bool      // the geometry is its envelope, which has an area
	prepared *prepared // of constants only
}

// prepared is a constant made ready for many comparisons. A PreparedGeometry
// fills caches without locks when it is first used, so that each goroutine
// borrows one of its own.
type prepared struct {
	simple sf.Geometry
	idle   sync.Pool // *sf.PreparedGeometry
}

func (p *prepared) evaluate(test func(*sf.PreparedGeometry) (bool, error)) (bool, error) {
	geometry, ok := p.idle.Get().(*sf.PreparedGeometry)
	if !ok {
		made, err := sf.Prepare(p.simple)
		if err != nil {
			return false, err
		}
		geometry = &made
	}
	defer p.idle.Put(geometry)
	return test(geometry)
}

func newSite(g geom.T) site { return site{geometry: g, box: boxOf(g)} }

// preparedSite makes the site of a valid constant.
func preparedSite(pos Pos, g geom.T) (*site, error) {
	s := newSite(g)
	s.rect = isRectangle(g)
	s.prepared = &prepared{simple: toSimple(g)}
	made, err := sf.Prepare(s.prepared.simple)
	if err != nil {
		return nil, errorAt(ErrGeometry, pos, "%s", err)
	}
	s.prepared.idle.Put(&made)
	return &s, nil
}

func (s *site) simpleFeature() sf.Geometry {
	if s.prepared != nil {
		return s.prepared.simple
	}
	return toSimple(s.geometry)
}

// isRectangle recognises a polygon that is its own envelope.
func isRectangle(g geom.T) bool {
	polygon, ok := g.(*geom.Polygon)
	if !ok || polygon.NumLinearRings() != 1 || len(polygon.FlatCoords()) != 5*polygon.Stride() {
		return false
	}
	b := boxOf(g)
	flat, stride := polygon.FlatCoords(), polygon.Stride()
	for i := 0; i < 4*stride; i += stride {
		x, y, nextX, nextY := flat[i], flat[i+1], flat[i+stride], flat[i+stride+1]
		if (x != b.minX && x != b.maxX) || (y != b.minY && y != b.maxY) || (x == nextX) == (y == nextY) {
			return false
		}
	}
	return b.minX < b.maxX && b.minY < b.maxY
}

// relate evaluates a spatial predicate: first what envelopes and points
// decide, then DE-9IM.
func relate(op SpatialOp, a, b *site) (bool, error) {
	if op == SDisjoint {
		intersects, err := relate(SIntersects, a, b)
		return !intersects, err
	}
	if a.box.empty() || b.box.empty() {
		return op == SEquals && a.box.empty() && b.box.empty(), nil
	}
	if decided := decideFast(op, a, b); decided != unknown {
		return decided == yes, nil
	}
	result, err := relateExactly(op, a, b)
	if err != nil {
		return false, fmt.Errorf("cql2: evaluate %s: %w", op, errors.Join(ErrGeometry, err))
	}
	return result, nil
}

// decideFast answers without looking at more than envelopes and one point.
func decideFast(op SpatialOp, a, b *site) truth {
	if a.box.disjoint(b.box) {
		return no
	}
	if a.isPoint() && b.isPoint() {
		return truthOf(op != STouches && op != SOverlaps && op != SCrosses)
	}
	switch op {
	case SIntersects:
		return intersectsFast(a, b)
	case SWithin:
		return withinFast(a, b)
	case SContains:
		return withinFast(b, a)
	case SEquals:
		if a.box != b.box {
			return no
		}
	}
	return unknown
}

func (s *site) isPoint() bool {
	_, ok := s.geometry.(*geom.Point)
	return ok
}

func intersectsFast(a, b *site) truth {
	if a.rect && a.box.contains(b.box) || b.rect && b.box.contains(a.box) || a.rect && b.rect {
		return yes
	}
	for _, pair := range [2][2]*site{{a, b}, {b, a}} {
		inner, outer := pair[0], pair[1]
		x, y, ok := firstPosition(inner.geometry)
		if !ok {
			continue
		}
		switch where := locate(x, y, outer.geometry); {
		case where == inside || where == onEdge:
			return yes
		case where == outside && inner.isPoint():
			return no
		}
	}
	return unknown
}

func withinFast(a, b *site) truth {
	if !b.box.contains(a.box) {
		return no
	}
	if b.rect && b.box.surrounds(a.box) {
		return yes
	}
	if point, ok := a.geometry.(*geom.Point); ok {
		switch locate(point.X(), point.Y(), b.geometry) {
		case inside:
			return yes
		case outside, onEdge:
			return no
		}
	}
	return unknown
}

func firstPosition(g geom.T) (x, y float64, ok bool) {
	if _, collection := g.(*geom.GeometryCollection); collection || len(g.FlatCoords()) < 2 {
		return 0, 0, false
	}
	flat := g.FlatCoords()
	return flat[0], flat[1], true
}

// relateExactly computes with simplefeatures. Intersects and Contains run on the
// prepared side, if there is one. Collections do not: prepared geometries and
// DE-9IM as RelateNG has it differ on them, and only the latter takes a
// collection as the union of its members.
func relateExactly(op SpatialOp, a, b *site) (bool, error) {
	if a.prepared == nil && b.prepared != nil && (op == SIntersects || op == SWithin) {
		return relateExactly(op.converse(), b, a)
	}
	first, second := a.simpleFeature(), b.simpleFeature()
	if !first.IsGeometryCollection() && !second.IsGeometryCollection() {
		switch {
		case a.prepared != nil && op == SContains:
			return a.prepared.evaluate(func(p *sf.PreparedGeometry) (bool, error) { return p.Contains(second) })
		case a.prepared != nil && op == SIntersects:
			return a.prepared.evaluate(func(p *sf.PreparedGeometry) (bool, error) { return p.Intersects(second) })
		case op == SIntersects:
			// Worth it for one row: this stops at the first crossing.
			once, err := sf.Prepare(first)
			if err != nil {
				return false, err
			}
			return once.Intersects(second)
		}
	}
	switch op {
	case SIntersects:
		disjoint, err := sf.Disjoint(first, second)
		return !disjoint, err
	case SContains:
		return sf.Contains(first, second)
	case SWithin:
		return sf.Within(first, second)
	case SOverlaps:
		return sf.Overlaps(first, second)
	case STouches:
		return sf.Touches(first, second)
	case SCrosses:
		return sf.Crosses(first, second)
	default:
		return sf.Equals(first, second)
	}
}
