package postgis

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// The columns of versions, in the order in which every statement names them.
const (
	versionID = iota
	versionCode
	versionValidFrom
	versionValidTo
	versionRevFrom
	versionRevTo
	versionCause
	versionOrigin
	versionClass
	versionAttrs
	versionShape
	versionExact
	versionCRS
	versionRepair
	versionOrigins
)

// seen returns the span of a row as a revision knows it: what was closed later
// is open.
func seen(from, to int64, rev entities.Revision) entities.Span {
	if to > int64(rev) {
		to = int64(entities.Open)
	}
	return entities.Span{From: entities.Revision(from), To: entities.Revision(to)}
}

// versionRow is a version whose origins are not looked up yet: one connection
// answers one statement at a time.
type versionRow struct {
	id, origin int64
	origins    string // JSON
	entity     entities.Entity
}

// versions collects rows of versions.
type versions struct {
	rows []versionRow
}

func (v *versions) add(c *conn, r *row, rev entities.Revision) error {
	shape, err := wkbOf(r)
	if err != nil {
		return err
	}
	found, err := version(c, r, rev, shape)
	if err == nil {
		v.rows = append(v.rows, found)
	}
	return err
}

func (v *versions) entities() []entities.Entity {
	out := make([]entities.Entity, len(v.rows))
	for i := range v.rows {
		out[i] = v.rows[i].entity
	}
	return out
}

// wkbOf returns the shape of a row of versions as ISO WKB, nil where it has none.
func wkbOf(r *row) ([]byte, error) {
	if !r.null(versionExact) {
		return r.bytes(versionExact), nil
	}
	if r.null(versionShape) {
		return nil, nil
	}
	shape, err := toISO(r.values[versionShape])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", entities.Code(r.int(versionCode)), err)
	}
	return shape, nil
}

// version decodes a row of versions as revision rev knows it.
func version(c *conn, r *row, rev entities.Revision, shape []byte) (versionRow, error) {
	v := versionRow{id: r.int(versionID), origin: r.int(versionOrigin), origins: r.text(versionOrigins)}
	v.entity = entities.Entity{
		Code:     entities.Code(r.int(versionCode)),
		Class:    r.text(versionClass),
		Valid:    entities.Interval{From: entities.Instant(r.int(versionValidFrom)), To: entities.Instant(r.int(versionValidTo))},
		Recorded: seen(r.int(versionRevFrom), r.int(versionRevTo), rev),
		Cause:    entities.Cause(r.int(versionCause)),
		Geometry: entities.TrustedWKB(shape),
	}
	v.entity.Geometry.VerticalCRS = r.text(versionCRS)
	v.entity.Geometry.Repair = r.text(versionRepair)
	attrs, err := c.decoder.Decode(r.values[versionAttrs])
	if err != nil {
		return v, fmt.Errorf("%s: %w", v.entity.Code, err)
	}
	if len(attrs) > 0 {
		v.entity.Attrs = attrs
	}
	return v, nil
}

func alias(r *row, rev entities.Revision) entities.Alias {
	return entities.Alias{
		Code:     entities.Code(r.int(1)),
		Valid:    entities.Interval{From: entities.Instant(r.int(2)), To: entities.Instant(r.int(3))},
		Recorded: seen(r.int(4), r.int(5), rev),
		Key:      entities.Key{Scheme: r.text(6), Value: r.text(7)},
		Mask:     r.text(8),
		Source:   r.text(9),
	}
}

func link(r *row, rev entities.Revision) entities.Link {
	return entities.Link{
		From:       entities.Code(r.int(1)),
		To:         entities.Code(r.int(2)),
		Valid:      entities.Interval{From: entities.Instant(r.int(3)), To: entities.Instant(r.int(4))},
		Recorded:   seen(r.int(5), r.int(6), rev),
		Role:       r.text(7),
		Share:      entities.Share{Num: uint32(r.int(8)), Den: uint32(r.int(9))},
		Level:      int(r.int(10)),
		Confidence: r.float(11),
		Source:     r.text(12),
		Method:     r.text(13),
	}
}

func codeState(r *row, rev entities.Revision) entities.CodeState {
	return entities.CodeState{
		Code:     entities.Code(r.int(1)),
		State:    entities.State(r.int(2)),
		Reason:   r.text(3),
		SameAs:   entities.Code(r.int(4)),
		Recorded: seen(r.int(5), r.int(6), rev),
	}
}

// codesOf returns the first column of an answer.
func codesOf(ctx context.Context, c *conn, text string, args ...any) ([]entities.Code, error) {
	var codes []entities.Code
	err := c.plan(ctx, func(r *row) error {
		codes = append(codes, entities.Code(r.int(0)))
		return nil
	}, text, args...)
	return codes, err
}
