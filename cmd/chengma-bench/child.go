package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// loaded is what a load took.
type loaded struct {
	features int
	wall     time.Duration
	resident int64 // bytes, at the most
}

// load runs chengma ingest into a fresh store.
func (b *bench) load(ctx context.Context) (loaded, error) {
	cmd := exec.CommandContext(ctx, b.program, "ingest", "--store", "sqlite:"+b.store, "--map", b.mapping, "--json", b.source)
	var report, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &report, &messages
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return loaded{}, fmt.Errorf("%w: %s", err, messages.String())
	}
	var counts struct {
		Created, Updated, Unchanged int
	}
	if err := json.Unmarshal(report.Bytes(), &counts); err != nil {
		return loaded{}, fmt.Errorf("report: %w: %s", err, report.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return loaded{}, fmt.Errorf("no resource usage of the process")
	}
	return loaded{features: counts.Created + counts.Updated + counts.Unchanged, wall: wall, resident: usage.Maxrss << 10}, nil
}

// server is a running chengma serve.
type server struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration
}

// serve starts chengma serve without a tile cache on a free port and waits for a
// tile.
func (b *bench) serve(ctx context.Context) (*server, error) {
	cmd := exec.CommandContext(ctx, b.program, "serve", "--store", "sqlite:"+b.store, "--addr", "127.0.0.1:0", "--tile-cache", "0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd}
	lines := bufio.NewScanner(out)
	for s.url == "" && lines.Scan() {
		if i := strings.Index(lines.Text(), "http://"); i >= 0 {
			s.url = strings.TrimSuffix(strings.Fields(lines.Text()[i:])[0], "/")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // what it says later is of no use here
	if s.url == "" {
		s.stop()
		return nil, fmt.Errorf("the server gave no address")
	}
	for ctx.Err() == nil && time.Since(start) < time.Minute {
		if response, err := http.Get(s.url + tokyoStation.path()); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				s.ready = time.Since(start)
				return s, nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("no tile within a minute")
}

// stop ends the server and returns how much memory it had at the most, in bytes.
func (s *server) stop() int64 {
	_ = s.cmd.Process.Signal(os.Interrupt) // one that has ended already is as well
	_ = s.cmd.Wait()
	usage, ok := s.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
