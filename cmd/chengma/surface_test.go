package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWrongUsage(t *testing.T) {
	s := newSession(t)
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"a key that has expired", []string{"key", "--keys", s.path("k"), "--name", "n", "--kinds", "person", "--valid", "-5h"}, "passed already"},
		{"a limit below nothing", []string{"quarantine", "--limit", "-1"}, "from 0 up"},
		{"workers below nothing", []string{"ingest", "--map", "m", "--workers", "-1", "x"}, "--workers -1"},
		{"retry of a file", []string{"ingest", "--map", "m", "--retry", "x"}, "takes no source"},
		{"demo on another store", []string{"demo", "--store", "sqlite:x"}, "--dir"},
		{"a day that is none", []string{"get", "--datetime", "2010-02-30", "plot:A1"}, "YYYY-MM-DD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := s.run(statusUsage, tt.args...)
			expect(t, errs, tt.says)
		})
	}
}

func (s *session) missing(name string) {
	s.t.Helper()
	if _, err := os.Stat(s.path(name)); err == nil {
		s.t.Errorf("%s is there", name)
	}
}

func TestNothingIsMadeInVain(t *testing.T) {
	s := newSession(t)
	s.run(statusFailed, "ingest", "--map", s.path("none.yaml"), s.path("plots.csv"))
	s.missing("city.db")
	s.write("city.yaml", "zon: Asia/Shanghai\n")
	_, errs := s.run(statusFailed, "ingest", "--map", s.path("plots.yaml"), "--city", s.path("city.yaml"), s.path("plots.csv"))
	expect(t, errs, "city.yaml", "zon")
	s.missing("city.db")
	out, _ := s.load(statusDone, "--dry-run")
	expect(t, out, "2 added", "plot:A1")
	s.missing("city.db")
}

func TestJSONEverywhere(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	for _, tt := range []struct {
		args []string
		want map[string]any
	}{
		{[]string{"verify"}, map[string]any{"revision": 1., "found": 0.}},
		{[]string{"revert", "1"}, map[string]any{"revision": 2., "reverted": 1., "things": 2.}},
		{[]string{"key", "--keys", s.path("keys.yaml"), "--name", "bureau", "--kinds", "right"}, map[string]any{"name": "bureau"}},
	} {
		out, _ := s.run(statusDone, append(tt.args, "--json")...)
		var got map[string]any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Errorf("%v: %v in %q", tt.args, err, out)
		}
		for name, value := range tt.want {
			if got[name] != value {
				t.Errorf("%v: %s is %v, want %v", tt.args, name, got[name], value)
			}
		}
	}
}

func TestStoresThatAreNone(t *testing.T) {
	s := newSession(t)
	s.write("text.db", "this is no database, and long enough to be taken for the header of one, were it not for its first bytes")
	for store, says := range map[string]string{s.path("text.db"): "no SQLite database", s.folder: "is a directory"} {
		for _, command := range []string{"verify", "serve"} {
			_, errs := s.run(statusFailed, command, "--store", "sqlite:"+store)
			expect(t, errs, store, says)
		}
	}
}

func TestSnapshots(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	s.write("city.snapshots", "")
	_, errs := s.run(statusFailed, "serve", "--addr", "127.0.0.1:0")
	expect(t, errs, "city.snapshots", "--snapshots names another folder")
	elsewhere := s.path("elsewhere")
	args := []string{"serve", "--addr", "127.0.0.1:0", "--snapshots", elsewhere}
	_, stop := s.serve(args...)
	stop()
	made, err := filepath.Glob(filepath.Join(elsewhere, "land*"))
	if err != nil || len(made) != 1 {
		t.Fatalf("%v %v", made, err)
	}
	if err := os.Truncate(made[0], 100); err != nil {
		t.Fatal(err)
	}
	url, stop := s.serve(args...)
	expect(t, fetch(t, url+"/collections/land/items"), `"lot_number":"17"`)
	if tile := fetch(t, url+"/tiles/land/15/26760/14281.mvt"); len(tile) < 50 {
		t.Errorf("a tile of %d bytes", len(tile))
	}
	stop()
}

// TestServeWhileLoading: what another process publishes is served as soon as a
// client asks for it.
func TestServeWhileLoading(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	url, stop := s.serve("serve", "--addr", "127.0.0.1:0", "--json")
	defer stop()
	tile := "/tiles/land/15/26760/14281.mvt?known-at="
	before := fetch(t, url+tile+"1")
	s.write("plots.csv", strings.Replace(plots, "A1,17,100", "A1,99,100", 1))
	s.load(statusDone)
	expect(t, fetch(t, url+"/collections/land/items?known-at=2"), `"lot_number":"99"`)
	if after := fetch(t, url+tile+"2"); after == before || !strings.Contains(after, "99") {
		t.Error("the tile is as it was")
	}
	if again := fetch(t, url+tile+"1"); again != before {
		t.Error("the tile of the old revision has changed")
	}
}

const keyFileText = `# keys of the land office
keys:
  - name: bureau # until the move
    hash: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    grants: [{kinds: [right]}]
`

func TestKeyFileIsKept(t *testing.T) {
	s := newSession(t)
	for name, text := range map[string]string{"none": "", "empty": "keys: []\n", "comment": "# nothing yet\n", "null": "keys:\n", "full": keyFileText} {
		file := s.path(name + ".yaml")
		if text != "" {
			s.write(name+".yaml", text)
			if err := os.Chmod(file, 0o640); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			s.run(statusDone, "key", "--keys", file, "--name", "second", "--kinds", "person")
		}
		p := s.program(io.Discard, io.Discard)
		p.log = slog.New(slog.DiscardHandler)
		if _, err := p.loadKeys(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(raw), "name: second"); got != 2 {
			t.Errorf("%s: %d new keys in %s", name, got, raw)
		}
		if name == "full" {
			expect(t, string(raw), "# keys of the land office", "# until the move", "9f86d081")
		}
		info, err := os.Stat(file)
		if want := os.FileMode(0o640); err != nil || text != "" && info.Mode().Perm() != want || text == "" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v %v", name, info.Mode(), err)
		}
	}
	s.write("other.yaml", "keyz: []\n")
	_, errs := s.run(statusFailed, "key", "--keys", s.path("other.yaml"), "--name", "n", "--kinds", "person")
	expect(t, errs, "other.yaml", "keyz")
	left, err := filepath.Glob(s.path("*.yaml.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestKeyFileThatEverybodyReads(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	s.write("keys.yaml", keyFileText)
	var errs strings.Builder
	p := s.program(io.Discard, &errs)
	if status := p.run(t.Context(), []string{"serve", "--keys", s.path("keys.yaml"), "--addr", "127.0.0.1:none"}); status != statusFailed {
		t.Errorf("status %d", status)
	}
	expect(t, errs.String(), "chmod 600", "keys.yaml")
	s.write("keys.yaml", "keys: [{name: x, hash: none}]")
	_, said := s.run(statusFailed, "serve", "--keys", s.path("keys.yaml"))
	expect(t, said, "keys.yaml", "key 1 (x)", "64 hexadecimal digits")
}

func TestGetInItsCity(t *testing.T) {
	s := newSession(t)
	s.write("city.yaml", "code: \"440300\"\nzone: Asia/Shanghai\n")
	s.run(statusDone, "ingest", "--map", s.path("plots.yaml"), "--city", s.path("city.yaml"), s.path("plots.csv"))
	city := []string{"--city", s.path("city.yaml")}
	out, _ := s.run(statusDone, append([]string{"get", "plot:A1"}, city...)...)
	expect(t, out, "2020-01-01 – …", "100 m2", "geometry", "114.000000 22.500000")
	code := strings.ReplaceAll(strings.Fields(out)[0], "-", "")
	again, _ := s.run(statusDone, append([]string{"get", "440300:" + code}, city...)...)
	if again != out {
		t.Errorf("with its city:\n%s\nwithout:\n%s", again, out)
	}
	_, errs := s.run(statusFailed, append([]string{"get", "110000:" + code}, city...)...)
	expect(t, errs, "city 110000", "this is 440300")
}

// TestSlowReaders: each part of an answer has its own time.
func TestSlowReaders(t *testing.T) {
	const patience = 200 * time.Millisecond
	ours, theirs := net.Pipe()
	defer theirs.Close()
	written := make(chan error, 1)
	go func() {
		_, err := (&conn{ours, patience}).Write(make([]byte, 8*writePart))
		written <- errors.Join(err, ours.Close())
	}()
	read, part := 0, make([]byte, writePart)
	for begun := time.Now(); ; {
		n, err := theirs.Read(part)
		read += n
		if err != nil {
			break
		}
		if time.Since(begun) < 2*patience {
			time.Sleep(patience / 4) // a slow client is what is tested
		}
	}
	if err := <-written; err != nil || read != 8*writePart {
		t.Errorf("who reads slowly has %d bytes and %v", read, err)
	}

	idle, nobody := net.Pipe()
	defer nobody.Close()
	n, err := (&conn{idle, time.Millisecond}).Write(make([]byte, 8*writePart))
	var timeout net.Error
	if n != 0 || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("who does not read: %d bytes and %v", n, err)
	}
	_ = idle.Close()
}
