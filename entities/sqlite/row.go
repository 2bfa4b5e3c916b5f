package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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

// version decodes a row of versions as revision rev knows it.
func (s *Store) version(c *conn, r *rows, rev entities.Revision) (entities.Entity, error) {
	e := entities.Entity{
		Code:     entities.Code(r.int(versionCode)),
		Class:    r.text(versionClass),
		Valid:    entities.Interval{From: entities.Instant(r.int(versionValidFrom)), To: entities.Instant(r.int(versionValidTo))},
		Recorded: seen(r.int(versionRevFrom), r.int(versionRevTo), rev),
		Cause:    entities.Cause(r.int(versionCause)),
		Geometry: entities.TrustedWKB(r.bytes(versionShape)),
	}
	e.Geometry.VerticalCRS = r.text(versionCRS)
	e.Geometry.Repair = r.text(versionRepair)
	attrs, err := c.decoder.Decode(r.bytes(versionAttrs))
	if err != nil {
		return e, fmt.Errorf("%s: %w", e.Code, err)
	}
	if len(attrs) > 0 {
		e.Attrs = attrs
	}
	apart, main := r.text(versionOrigins), r.int(versionOrigin)
	if e.Origin, err = s.origin(c, main); err != nil {
		return e, fmt.Errorf("%s: %w", e.Code, err)
	}
	if apart != "" {
		if e.Origins, err = s.attrOrigins(c, apart); err != nil {
			return e, fmt.Errorf("%s: %w", e.Code, err)
		}
	}
	return e, nil
}

// attrOrigins decodes the column origins.
func (s *Store) attrOrigins(c *conn, text string) ([]entities.AttrOrigin, error) {
	var ids map[string]int64
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		return nil, fmt.Errorf("origins of attributes: %w", err)
	}
	apart := make([]entities.AttrOrigin, 0, len(ids))
	for name, id := range ids {
		origin, err := s.origin(c, id)
		if err != nil {
			return nil, err
		}
		apart = append(apart, entities.AttrOrigin{Name: name, Origin: origin})
	}
	slices.SortFunc(apart, func(a, b entities.AttrOrigin) int { return strings.Compare(a.Name, b.Name) })
	return apart, nil
}

func alias(r *rows, rev entities.Revision) entities.Alias {
	return entities.Alias{
		Code:     entities.Code(r.int(1)),
		Valid:    entities.Interval{From: entities.Instant(r.int(2)), To: entities.Instant(r.int(3))},
		Recorded: seen(r.int(4), r.int(5), rev),
		Key:      entities.Key{Scheme: r.text(6), Value: r.text(7)},
		Mask:     r.text(8),
		Source:   r.text(9),
	}
}

func link(r *rows, rev entities.Revision) entities.Link {
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

func codeState(r *rows, rev entities.Revision) entities.CodeState {
	return entities.CodeState{
		Code:     entities.Code(r.int(1)),
		State:    entities.State(r.int(2)),
		Reason:   r.text(3),
		SameAs:   entities.Code(r.int(4)),
		Recorded: seen(r.int(5), r.int(6), rev),
	}
}
