package ingest

import (
	"context"
	"fmt"
	"math"

	sf "github.com/peterstace/simplefeatures/geom"
	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
)

// linkByPlace finds the target of a link where the record is. It asks the store
// as it was when the run began, so that the answer does not depend on how far the
// run has come.
func (w *worker) linkByPlace(ctx context.Context, it *item, l *linkProgram, at entities.Instant) ([]lateTarget, *fault, error) {
	shape := assertedShape(it)
	if shape == nil || shape.IsZero() {
		return nil, newFault(ruleNoneInReach, l.at, "", "记录没有几何", "the record has no geometry"), nil
	}
	lon, lat, err := pointOn(shape)
	if err != nil {
		return nil, newFault(ruleNoneInReach, l.at, "", "几何没有代表点", err.Error()), nil
	}
	var codes []entities.Code
	var zh, en string
	if place := l.within; place != nil {
		zh, en = "不在任何 "+place.kind.String()+" 内", "it is within no "+place.kind.String()
		codes, err = w.containing(ctx, place, lon, lat, at)
	} else {
		place := l.nearest
		zh, en = fmt.Sprintf("%g 米内没有 %s", place.metres, place.kind), fmt.Sprintf("no %s within %g m", place.kind, place.metres)
		codes, err = w.nearest(ctx, place, lon, lat, at)
	}
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("link by place: %w", err)
	case len(codes) == 0:
		return nil, newFault(ruleNoneInReach, l.at, "", zh, en), nil
	case len(codes) > 1:
		return nil, newFault(ruleManyTargets, l.at, "", len(codes)), nil
	}
	return []lateTarget{{link: l, field: l.at, code: codes[0]}}, nil, nil
}

func assertedShape(it *item) *entities.Geometry {
	for _, act := range it.acts {
		if a, ok := act.(*entities.Assert); ok {
			return a.Geometry
		}
	}
	return nil
}

// pointOn is a point on the shape that stands for it.
func pointOn(g *entities.Geometry) (lon, lat float64, err error) {
	shape, err := sf.UnmarshalWKB(g.WKB(), sf.NoValidate{})
	if err != nil {
		return 0, 0, fmt.Errorf("representative point: %w", err)
	}
	xy, ok := shape.PointOnSurface().XY()
	if !ok {
		return 0, 0, fmt.Errorf("the geometry is empty")
	}
	return xy.X, xy.Y, nil
}

func (w *worker) placeQuery(place *placeProgram, at entities.Instant) entities.Query {
	if !at.Bounded() {
		at = w.run.start
	}
	return entities.Query{Kinds: []entities.Kind{place.kind}, Classes: place.classes, Valid: entities.During(at)}
}

func (w *worker) containing(ctx context.Context, place *placeProgram, lon, lat float64, at entities.Instant) ([]entities.Code, error) {
	q := w.placeQuery(place, at)
	q.Intersects = geom.NewPointFlat(geom.XY, []float64{lon, lat})
	var codes []entities.Code
	for e, err := range w.run.before.Find(ctx, q) {
		if err != nil {
			return nil, err
		}
		if areal(&e) {
			codes = append(codes, e.Code)
		}
	}
	return codes, nil
}

func areal(e *entities.Entity) bool {
	shape, err := e.Geometry.Shape()
	if err != nil || shape == nil {
		return false
	}
	switch shape.(type) {
	case *geom.Polygon, *geom.MultiPolygon:
		return true
	}
	return false
}

// nearest finds the nearest thing; several where they are equally near.
func (w *worker) nearest(ctx context.Context, place *placeProgram, lon, lat float64, at entities.Instant) ([]entities.Code, error) {
	frame := geodesy.NewFrame(lon, lat)
	env := frame.Envelope(place.metres)
	q := w.placeQuery(place, at)
	q.Box = &entities.Box{West: env.West, South: env.South, East: env.East, North: env.North}
	var codes []entities.Code
	best := place.metres
	for e, err := range w.run.before.Find(ctx, q) {
		if err != nil {
			return nil, err
		}
		shape, err := e.Geometry.Shape()
		if err != nil {
			return nil, err
		}
		d := distance(frame, shape, lon, lat)
		switch {
		case d > best || math.IsNaN(d):
		case d < best || len(codes) == 0:
			best, codes = d, append(codes[:0], e.Code)
		default:
			codes = append(codes, e.Code)
		}
	}
	return codes, nil
}

// distance is that from the frame's origin to a shape in metres, 0 inside.
func distance(frame geodesy.Frame, shape geom.T, lon, lat float64) float64 {
	least := math.Inf(1)
	switch g := shape.(type) {
	case nil:
	case *geom.Point:
		if !g.Empty() {
			least = math.Hypot(frame.XY(g.X(), g.Y()))
		}
	case *geom.MultiPoint:
		for i := range g.NumPoints() {
			least = min(least, distance(frame, g.Point(i), lon, lat))
		}
	case *geom.LineString:
		least = frame.Path(g.FlatCoords(), g.Stride())
	case *geom.MultiLineString:
		for i := range g.NumLineStrings() {
			least = min(least, distance(frame, g.LineString(i), lon, lat))
		}
	case *geom.Polygon:
		inside := false
		for i := range g.NumLinearRings() {
			ring := g.LinearRing(i)
			least = min(least, frame.Path(ring.FlatCoords(), ring.Stride()))
			inside = inside != ringHolds(ring.FlatCoords(), ring.Stride(), lon, lat)
		}
		if inside {
			return 0
		}
	case *geom.MultiPolygon:
		for i := range g.NumPolygons() {
			least = min(least, distance(frame, g.Polygon(i), lon, lat))
		}
	case *geom.GeometryCollection:
		for _, part := range g.Geoms() {
			least = min(least, distance(frame, part, lon, lat))
		}
	}
	return least
}

// ringHolds counts crossings to the east.
func ringHolds(flat []float64, stride int, x, y float64) bool {
	inside := false
	for i, j := 0, len(flat)-stride; i+1 < len(flat); i, j = i+stride, i {
		xi, yi, xj, yj := flat[i], flat[i+1], flat[j], flat[j+1]
		if (yi > y) != (yj > y) && x < (xj-xi)*(y-yi)/(yj-yi)+xi {
			inside = !inside
		}
	}
	return inside
}
