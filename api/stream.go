package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"

	"github.com/chengma/chengma/entities"
)

// stream is a body that grows. Up to spoolSize it is kept back, so that a small
// answer has a length and a strong validator and an early error is still a
// problem; from there on it goes out as it comes, without a validator.
type stream struct {
	q       *request
	a       answer
	now     entities.Instant
	started bool
	out     io.Writer
	gz      *gzip.Writer
}

const spoolSize = 512 << 10

// full takes what was encoded so far and gives the buffer to go on with.
func (s *stream) full(b []byte) ([]byte, error) {
	if len(b) < spoolSize {
		return b, nil
	}
	if !s.started {
		s.begin()
	}
	if _, err := s.out.Write(b); err != nil {
		return nil, fmt.Errorf("send answer: %w", err)
	}
	return b[:0], nil
}

func (s *stream) begin() {
	s.started = true
	s.q.limit.Stop()
	h := s.q.w.Header()
	h.Set("Content-Type", s.a.mime)
	h.Set("Vary", varyGeneral)
	h.Set("Cache-Control", s.q.cacheControl(s.a.caching, s.now))
	s.out = s.q.w
	if acceptsGzip(s.q.r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		s.gz = gzipWriters.Get().(*gzip.Writer)
		s.gz.Reset(s.q.w)
		s.out = s.gz
	}
	s.q.w.WriteHeader(http.StatusOK)
}

// end sends the rest.
func (s *stream) end(b []byte) error {
	if !s.started {
		s.a.body = b
		return s.q.send(s.a, s.now)
	}
	_, err := s.out.Write(b)
	if s.gz != nil {
		if closeErr := s.gz.Close(); err == nil {
			err = closeErr
		}
		gzipWriters.Put(s.gz)
	}
	if err != nil {
		return fmt.Errorf("send answer: %w", err)
	}
	return nil
}

// fail ends a body in which an error came up. Where part of it is gone already
// the connection is broken, for the client must not take it for whole.
func (s *stream) fail(err error) error {
	if s.started {
		return fmt.Errorf("%w: %w", errTorn, err)
	}
	return err
}

// pack compresses a body.
func pack(body []byte) ([]byte, error) {
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	var b bytes.Buffer
	b.Grow(len(body) / 3)
	w.Reset(&b)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compress answer: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress answer: %w", err)
	}
	return b.Bytes(), nil
}

func gunzip(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("unpack answer: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack answer: %w", err)
	}
	return plain, nil
}
