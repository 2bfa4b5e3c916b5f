package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/chengma/chengma/entities"
)

// view is the city as a request asks about it: one revision, one moment.
type view struct {
	rev    entities.Revision
	moment moment
	reader entities.Reader
	// pinned says that the caller named the revision, or a time that has passed.
	pinned bool
	// newest says that the caller asked for no revision, and so got the newest.
	newest bool
	now    entities.Instant
}

// at is the one instant of the view.
func (v *view) at() entities.Instant { return v.moment.at() }

// immutable reports whether the answer can never change: instant and revision
// both named and past.
func (v *view) immutable() bool {
	return v.pinned && v.moment.given && v.moment.span.To != entities.Forever && v.moment.span.To-1 <= v.now
}

// view reads datetime and known-at.
func (q *request) view() (*view, error) {
	return q.viewAt(q.param("datetime"), q.param("known-at"))
}

// viewOnce is view for resources that show the city at one instant: an interval
// is refused, a bare date is its last instant.
func (q *request) viewOnce() (*view, error) {
	v, err := q.view()
	if err == nil && !v.moment.instant && isInterval(q.param("datetime")) {
		return nil, refuse(probDatetime, "datetime", "This resource takes an instant or a date, not an interval.", "此资源只接受时刻或日期，不接受区间。")
	}
	return v, err
}

func isInterval(datetime string) bool {
	for _, r := range datetime {
		if r == '/' {
			return true
		}
	}
	return false
}

func (q *request) viewAt(datetime, known string) (*view, error) {
	now := q.s.cfg.Now()
	v := &view{now: entities.InstantOf(now), newest: known == ""}
	var err error
	if v.moment, err = parseDatetime(datetime, v.now, q.s.cfg.Zone); err != nil {
		return nil, err
	}
	k, err := parseKnownAt(known)
	if err != nil {
		return nil, err
	}
	if v.rev, v.pinned, err = q.revision(k, now); err != nil {
		return nil, err
	}
	v.reader = q.s.cfg.Store.At(v.rev)
	q.showRevision(v.rev)
	return v, nil
}

// settled is how long ago an instant of recorded time must be until no revision
// can be published before it, with clocks that do not quite agree.
const settled = time.Minute

// revision finds the revision that a known-at means and reports whether it will
// always mean that one.
func (q *request) revision(k knownAt, now time.Time) (entities.Revision, bool, error) {
	ctx := q.r.Context()
	switch {
	case !k.given:
		return q.s.head.current(), false, nil
	case k.time.IsZero():
		err := q.s.head.wait(ctx, k.rev, q.s.cfg.RevisionWait)
		if errors.Is(err, entities.ErrUnknownRevision) {
			return 0, false, q.unknownRevision(k.rev)
		}
		return k.rev, true, err
	}
	rev, err := q.s.cfg.Store.RevisionAt(ctx, k.time)
	if err != nil {
		return 0, false, fmt.Errorf("revision at %s: %w", k.time, err)
	}
	return rev, now.Sub(k.time) > settled, nil
}

func (q *request) unknownRevision(rev entities.Revision) *Problem {
	head := q.s.head.current()
	p := refuse(probUnknownRevision, "known-at",
		fmt.Sprintf("Revision %d is not published; the newest one is %d.", rev, head),
		fmt.Sprintf("版次 %d 尚未发布；最新版次为 %d。", rev, head))
	p.Head = int64(head)
	return p
}

// features is the fastest reader of versions of a kind at the view's revision.
func (q *request) features(v *view, kind entities.Kind) entities.Features {
	if q.s.cfg.Features != nil {
		if f := q.s.cfg.Features(kind, v.rev); f != nil {
			return f
		}
	}
	return v.reader
}
