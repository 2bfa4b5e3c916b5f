package api

import (
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/chengma/chengma/entities"
)

// rows yields the masked versions of a page from its offset on, one more than its
// limit at the most.
func (q *request) rows(p *page) iter.Seq2[*Visible, error] {
	return func(yield func(*Visible, error) bool) {
		ask := p.query
		if p.direct(q.access) {
			ask.Limit = p.offset + p.limit + 1
		}
		skipped, given := 0, 0
		for v, err := range q.find(p, ask) {
			if err == nil && skipped < p.offset {
				skipped++
				continue
			}
			if !yield(v, err) || err != nil {
				return
			}
			if given++; given > p.limit {
				return
			}
		}
	}
}

// direct reports whether every version that the store finds is an answer.
func (p *page) direct(a *Access) bool {
	return p.filter == nil && a.SeesAll(p.kind) && (p.extent == nil || p.extent.height == nil)
}

// find is the one way from the store to features: found, masked, filtered.
func (q *request) find(p *page, ask entities.Query) iter.Seq2[*Visible, error] {
	return func(yield func(*Visible, error) bool) {
		ctx := q.r.Context()
		for e, err := range q.features(p.view, p.kind).Find(ctx, ask) {
			if err != nil {
				yield(nil, fmt.Errorf("find %s: %w", p.kind, err))
				return
			}
			v, keep, err := q.judge(p, e)
			if err != nil {
				yield(nil, err)
				return
			}
			if keep && !yield(v, nil) {
				return
			}
		}
	}
}

func (q *request) judge(p *page, e entities.Entity) (*Visible, bool, error) {
	v, seen, err := q.access.See(e)
	if err != nil || !seen {
		return nil, false, err
	}
	if ok, err := p.filter.match(&v.Entity); err != nil || !ok {
		return nil, false, err
	}
	ok, err := p.extent.reaches(v.Geometry)
	return &v, ok, err
}

// appendMatched appends numberMatched where it is cheap to know exactly, else
// numberMatchedEstimate where there is ground for one. People and households are
// not counted.
func (q *request) appendMatched(b []byte, p *page, returned int, more bool) ([]byte, error) {
	if !countable(p.kind) {
		return b, nil
	}
	if !more && !p.resume && (returned > 0 || p.offset == 0) {
		return appendNumber(b, "numberMatched", p.offset+returned), nil
	}
	whole := p.query
	whole.After = nil
	if p.direct(q.access) {
		whole.Limit = q.s.cfg.CountUpTo + 1
	}
	whole.Order = nil // the count has no order, and order may cost
	n := 0
	var last entities.Code
	for v, err := range q.find(p, whole) {
		if err != nil {
			return nil, err
		}
		if n++; n > q.s.cfg.CountUpTo {
			return q.appendEstimate(b, p, n, last)
		}
		last = v.Code
	}
	return appendNumber(b, "numberMatched", n), nil
}

func appendNumber(b []byte, name string, n int) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return strconv.AppendInt(b, int64(n), 10)
}

// issuedShare is how many serials are issued of those that there are: those with
// an unwanted check character, or a check-valid swap, are skipped. It is measured
// by TestIssuedShare.
const issuedShare = 0.67

// appendEstimate goes on from the count of the codes up to last to all codes:
// serials are given in order, so that their share of all is about known.
func (q *request) appendEstimate(b []byte, p *page, n int, last entities.Code) ([]byte, error) {
	if !q.access.SeesAll(p.kind) {
		return b, nil
	}
	e, err := q.extent(p.view, p.kind)
	if err != nil {
		return nil, err
	}
	looked := math.Min(float64(last.Serial())*issuedShare, float64(e.Count))
	estimate := float64(n) * float64(e.Count) / math.Max(looked, 1)
	return appendNumber(b, "numberMatchedEstimate", min(max(n, int(estimate)), max(n, e.Count))), nil
}
