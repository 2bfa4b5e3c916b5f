package api

import (
	"fmt"
	"iter"
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

// count finds how many things the query of a page has: exactly where that is
// cheap, else an estimate where there is ground for one. It counts on the first
// page and the cursor hands the number on. People and households are not counted.
func (q *request) count(p *page, returned int, more bool, last entities.Position) error {
	if !countable(p.kind) || p.resume {
		return nil
	}
	if !more && (returned > 0 || p.offset == 0) {
		p.matched = p.offset + returned
		return nil
	}
	rest, n := p.query, 0
	if returned > 0 {
		rest.After, n = &last, p.offset+returned
	}
	if p.direct(q.access) {
		rest.Limit = max(q.s.cfg.CountUpTo+1-n, 1)
	}
	for v, err := range q.find(p, rest) {
		if err != nil {
			return err
		}
		if n++; n > q.s.cfg.CountUpTo {
			return q.estimate(p, n, v.Code)
		}
	}
	p.matched = n
	return nil
}

func appendNumber(b []byte, name string, n int) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return strconv.AppendInt(b, int64(n), 10)
}

// issuedShare is the share of the serials up to a code that are issued: those with
// an unwanted check character, or a check-valid swap, are skipped. It is measured
// on a sample, for it differs from kind to kind.
func issuedShare(last entities.Code) float64 {
	const sample = 256
	first, _ := last.Kind().Codes()
	step := max(uint64(last-first)/sample, 1)
	looked, issuable := 0, 0
	for code := first; code <= last; code += entities.Code(step) {
		looked++
		if code.Issuable() {
			issuable++
		}
	}
	return float64(issuable) / float64(looked)
}

// estimate goes on from the count of the codes up to last to all codes: serials
// are given in order, so that their share of all is about known. In another order
// than that of codes there is no ground for an estimate.
func (q *request) estimate(p *page, n int, last entities.Code) error {
	if !q.access.SeesAll(p.kind) || len(p.query.Order) > 0 {
		return nil
	}
	e, err := q.extent(p.view, p.kind)
	if err != nil {
		return err
	}
	looked := min(float64(last.Serial())*issuedShare(last), float64(e.Count))
	p.estimate = max(n, min(int(float64(n)*float64(e.Count)/max(looked, 1)), e.Count))
	return nil
}
