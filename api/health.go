package api

import (
	"fmt"

	"github.com/chengma/chengma/entities"
)

// healthz says that the process answers.
func healthz(q *request) error { return q.sendPlain("ok\n") }

// readyz says that the store answers, too.
func readyz(q *request) error {
	head, err := q.s.cfg.Store.Head(q.r.Context())
	if err != nil {
		return fmt.Errorf("%w: %w", entities.ErrUnavailable, err)
	}
	return q.sendPlain(fmt.Sprintf("ready at revision %d\n", head))
}

func (q *request) sendPlain(text string) error {
	q.w.Header().Set("Content-Type", typeText)
	q.w.Header().Set("Cache-Control", "no-store")
	_, err := q.w.Write([]byte(text))
	return err
}
