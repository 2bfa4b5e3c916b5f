package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. There is none on how long an answer may take to send:
// whoever reads at all is served to the end.
const (
	headerWithin  = 10 * time.Second // for the header of a request
	requestWithin = time.Minute      // for header and body
	idleWithin    = 2 * time.Minute  // between requests
	writeWithin   = time.Minute      // for writePart bytes of an answer
	writePart     = 64 << 10
	leaveWithin   = 10 * time.Second // for answers under way when the server ends
)

// listen serves until ctx ends, and says where, with a note for people.
func (p *program) listen(ctx context.Context, addr string, handler http.Handler, note string) error {
	inner, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerWithin, ReadTimeout: requestWithin, IdleTimeout: idleWithin,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	if err := p.announce(inner.Addr(), note); err != nil {
		return errors.Join(err, inner.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(&listener{inner, writeWithin}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	err = server.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) { // who is still reading then is cut off
		err = server.Close()
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (p *program) announce(addr net.Addr, note string) error {
	url := fmt.Sprintf("http://%s/", addr)
	if p.json {
		return json.NewEncoder(p.out).Encode(map[string]string{"serving": url})
	}
	_, err := fmt.Fprintf(p.out, "serving %s\n%s", url, note)
	return err
}

// listener gives connections that give up on clients who read nothing.
type listener struct {
	net.Listener
	patience time.Duration
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{c, l.patience}, nil
}

type conn struct {
	net.Conn
	patience time.Duration
}

// Write allows each part its own time, so that a long answer to a slow client is
// not cut, and one to a client that has stopped reading is.
func (c *conn) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		if err = c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
			return n, err
		}
		var sent int
		sent, err = c.Conn.Write(b[:min(len(b), writePart)])
		n, b = n+sent, b[sent:]
	}
	return n, err
}
