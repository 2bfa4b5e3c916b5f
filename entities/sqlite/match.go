package sqlite

import (
	"fmt"

	"github.com/chengma/chengma/entities"
)

// match decides a row of versions and decodes it where it fits. The cheap
// questions come first, and a row is decoded only as far as they ask.
func (s *Store) match(m *entities.Matcher, c *conn, r *rows, rev entities.Revision) (entities.Entity, bool, error) {
	if !m.Class(r.text(versionClass)) {
		return entities.Entity{}, false, nil
	}
	if touches, err := m.Touches(r.bytes(versionShape)); err != nil || !touches {
		return entities.Entity{}, false, codeError(r, err)
	}
	e, err := s.version(c, r, rev)
	if err != nil {
		return e, false, err
	}
	fits, err := m.Filter(&e)
	return e, fits, codeError(r, err)
}

func codeError(r *rows, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", entities.Code(r.int(versionCode)), err)
}
