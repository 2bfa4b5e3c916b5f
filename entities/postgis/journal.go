package postgis

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/chengma/chengma/entities"
)

// Begin returns the unfinished run with a fingerprint, or a new one.
func (s *Store) Begin(ctx context.Context, fingerprint string, start time.Time) (entities.Run, error) {
	run := entities.Run{Fingerprint: fingerprint}
	err := s.write(ctx, func(ctx context.Context, c *conn) error {
		r, err := c.row(ctx, runOpenSQL, fingerprint)
		if err != nil {
			return err
		}
		if r != nil {
			run.ID, run.Start, run.Resumed = r.int(0), entities.Instant(r.int(1)).Time(), true
			return nil
		}
		since := entities.InstantOf(start)
		if r, err = c.row(ctx, runAddSQL, fingerprint, int64(since)); err != nil {
			return err
		}
		run.ID, run.Start = r.int(0), since.Time()
		return nil
	})
	if err != nil {
		return entities.Run{}, fmt.Errorf("begin run: %w", err)
	}
	return run, nil
}

// Finish closes a run. A run that is finished stays as it is; an unknown one is
// ErrNotFound.
func (s *Store) Finish(ctx context.Context, id int64, summary string) error {
	err := s.write(ctx, func(ctx context.Context, c *conn) error {
		r, err := c.row(ctx, runSQL, id)
		if err != nil {
			return err
		}
		if r == nil {
			return entities.ErrNotFound
		}
		_, err = c.exec(ctx, runFinishSQL, id, int64(entities.InstantOf(s.cfg.Clock())), summary)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish run %d: %w", id, err)
	}
	return nil
}

// Secret returns the 32 bytes kept under a name.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	var key []byte
	err := s.read(ctx, func(c *conn) error {
		var err error
		key, err = s.knownSecret(ctx, c, name)
		return err
	})
	if err == nil && key == nil {
		err = s.write(ctx, func(ctx context.Context, c *conn) error {
			var err error
			key, _, err = s.secret(ctx, c, name)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("secret %q: %w", name, err)
	}
	return key, nil
}

// knownSecret returns a key that is there already, else nil.
func (s *Store) knownSecret(ctx context.Context, c *conn, name string) ([]byte, error) {
	if key := s.cfg.Secrets[name]; key != nil {
		return slices.Clone(key), nil
	}
	r, err := c.row(ctx, secretSQL, name)
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
func (s *Store) secret(ctx context.Context, c *conn, name string) (key []byte, made bool, err error) {
	key, err = s.knownSecret(ctx, c, name)
	if err != nil || key != nil {
		return key, false, err
	}
	key = make([]byte, entities.SecretLen)
	if _, err := rand.Read(key); err != nil {
		return nil, false, err
	}
	_, err = c.exec(ctx, secretAddSQL, name, key)
	return key, true, err
}
