package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// Secret returns the 32 bytes kept under a name.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	var key []byte
	err := s.read(ctx, func(c *conn) error {
		var err error
		key, err = s.knownSecret(c, name)
		return err
	})
	if err == nil && key == nil {
		err = s.write(ctx, func(c *conn) error {
			var err error
			key, err = s.secret(c, name)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("secret %q: %w", name, err)
	}
	return key, nil
}

// knownSecret returns a key that is there already, else nil.
func (s *Store) knownSecret(c *conn, name string) ([]byte, error) {
	if key := s.cfg.Secrets[name]; key != nil {
		return slices.Clone(key), nil
	}
	r, err := c.row(secretSQL, name)
	if err != nil || r == nil {
		return nil, err
	}
	key := r.bytes(0)
	if len(key) != entities.SecretLen {
		return nil, fmt.Errorf("the key in the store has %d bytes instead of %d; the store is damaged", len(key), entities.SecretLen)
	}
	return key, nil
}

// secret returns a key, making it in the transaction under way.
func (s *Store) secret(c *conn, name string) ([]byte, error) {
	key, err := s.knownSecret(c, name)
	if err != nil || key != nil {
		return key, err
	}
	key = make([]byte, entities.SecretLen)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	_, err = c.exec(secretAddSQL, name, key)
	return key, err
}
