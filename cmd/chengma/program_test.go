package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// session is a folder in which commands run one after another.
type session struct {
	t      *testing.T
	folder string
	in     string
	now    time.Time
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{t: t, folder: t.TempDir(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s.write("plots.yaml", plotMapping)
	s.write("plots.csv", plots)
	return s
}

const plotMapping = `mapping: 1
source: plots
kind: land
class: surface
key: {scheme: plot, from: id}
geometry: {wkt: shape}
valid: {from: "2020-01-01"}
fields:
  lot_number: lot
  area: {from: area, unit: m2}
`

const plots = `id,lot,area,shape
A1,17,100,"POLYGON((114 22.5,114.001 22.5,114.001 22.501,114 22.501,114 22.5))"
A2,18,200,"POLYGON((114.001 22.5,114.002 22.5,114.002 22.501,114.001 22.501,114.001 22.5))"
`

func (s *session) path(name string) string { return filepath.Join(s.folder, name) }

func (s *session) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) program(out, errs io.Writer) *program {
	return &program{
		in: strings.NewReader(s.in), out: out, err: errs, now: func() time.Time { return s.now },
		env: func(name string) string {
			if name == "CHENGMA_STORE" {
				return "sqlite:" + s.path("city.db")
			}
			return ""
		},
	}
}

// run runs a command line and demands its status; it returns what it printed.
func (s *session) run(want int, args ...string) (out, errs string) {
	s.t.Helper()
	var o, e bytes.Buffer
	if got := s.program(&o, &e).run(context.Background(), args); got != want {
		s.t.Fatalf("chengma %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, want, o.String(), e.String())
	}
	return o.String(), e.String()
}

func (s *session) load(want int, more ...string) (out, errs string) {
	s.t.Helper()
	return s.run(want, append([]string{"ingest", "--map", s.path("plots.yaml"), s.path("plots.csv")}, more...)...)
}

func expect(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func TestUsage(t *testing.T) {
	s := newSession(t)
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"no such command", []string{"fly"}, `no command "fly"`},
		{"unknown flag", []string{"verify", "--fast"}, "--fast"},
		{"ingest without mapping", []string{"ingest", "x.csv"}, "--map"},
		{"ingest without source", []string{"ingest", "--map", "m.yaml"}, "no source"},
		{"get without code", []string{"get"}, "a code or an alias"},
		{"store of no known sort", []string{"verify", "--store", "oracle:x"}, "neither sqlite:FILE nor postgres://"},
		{"synth without folder", []string{"synth"}, "--out"},
		{"revision that is none", []string{"revert", "first"}, "no revision"},
		{"key without kinds", []string{"key", "--keys", "k", "--name", "n"}, "--kinds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, errs := s.run(statusUsage, tt.args...)
			expect(t, errs, tt.says)
		})
	}
}

func TestMissingThings(t *testing.T) {
	s := newSession(t)
	_, errs := s.run(statusFailed, "verify")
	expect(t, errs, "city.db", "chengma ingest makes one")
	_, errs = s.run(statusFailed, "ingest", "--map", s.path("none.yaml"), s.path("plots.csv"))
	expect(t, errs, "none.yaml")
	_, errs = s.run(statusFailed, "ingest", "--map", s.path("plots.yaml"), s.path("none.csv"))
	expect(t, errs, "none.csv")
}

func TestLoadLookRevert(t *testing.T) {
	s := newSession(t)
	out, _ := s.load(statusDone)
	expect(t, out, "2 records read", "2 created")
	out, _ = s.load(statusDone)
	expect(t, out, "2 unchanged")

	out, _ = s.run(statusDone, "get", "plot:A1")
	expect(t, out, "land", "active", "lot_number", "17", "plot:A1", "2020-01-01 – …")
	code := regexp.MustCompile(`L-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]`).FindString(out)
	again, _ := s.run(statusDone, "get", strings.ToLower(code))
	if again != out {
		t.Errorf("by code:\n%s\nby alias:\n%s", again, out)
	}
	_, errs := s.run(statusFailed, "get", "plot:A9")
	expect(t, errs, "plot:A9", "not found")
	_, errs = s.run(statusUsage, "get", code[:len(code)-1]+"Q")
	expect(t, errs, "check character")

	var record struct {
		Code     string
		Versions []struct{ Properties map[string]any }
	}
	out, _ = s.run(statusDone, "get", "--json", "plot:A2")
	if err := json.Unmarshal([]byte(out), &record); err != nil || len(record.Versions) != 1 || record.Versions[0].Properties["lot_number"] != "18" {
		t.Errorf("%v: %s", err, out)
	}

	out, _ = s.run(statusDone, "revert", "1")
	expect(t, out, "revision 2 took revision 1 back: 2 things")
	_, errs = s.run(statusFailed, "revert", "9")
	expect(t, errs, "unknown revision")
	out, _ = s.run(statusDone, "verify")
	expect(t, out, "revision 2: everything is consistent")
}

func TestQuarantine(t *testing.T) {
	s := newSession(t)
	s.write("plots.csv", plots+"A3,19,much,\n")
	out, _ := s.load(statusQuarantined)
	expect(t, out, "1 in quarantine", "value-type")
	out, _ = s.run(statusDone, "quarantine")
	expect(t, out, "plots.csv:4", "plot:A3", "value-type", "area", "much")
	out, _ = s.run(statusDone, "quarantine", "--records")
	expect(t, out, `"A3"`)

	s.write("plots.csv", plots+"A3,19,300,\n")
	s.load(statusDone)
	out, _ = s.run(statusDone, "quarantine")
	if out != "" {
		t.Errorf("still in quarantine: %s", out)
	}
}

func TestDryRunAndStandardInput(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	s.write("plots.csv", strings.Replace(plots, "A1,17,100", "A1,17,150", 1))
	out, _ := s.load(statusDone, "--dry-run")
	expect(t, out, "1 changed", "area: 100 → 150")
	out, _ = s.run(statusDone, "get", "plot:A1")
	expect(t, out, "100")

	s.in = strings.Replace(plots, "A1,17,100", "A1,17,175", 1)
	out, _ = s.run(statusDone, "ingest", "--map", s.path("plots.yaml"), "-", "--json")
	var report struct{ Read, Updated, Unchanged int }
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Read != 2 || report.Updated != 1 || report.Unchanged != 1 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestWrongMapping(t *testing.T) {
	s := newSession(t)
	s.write("plots.yaml", strings.Replace(plotMapping, "lot_number: lot", "lot_numbr: lot", 1))
	_, errs := s.load(statusFailed)
	expect(t, errs, "plots.yaml:9", "lot_numbr", "lot_number")
}

func TestKeys(t *testing.T) {
	s := newSession(t)
	out, _ := s.run(statusDone, "key", "--keys", s.path("keys.yaml"), "--name", "desk", "--kinds", "person,household", "--valid", "24h")
	key := strings.TrimSpace(out)
	file, err := os.ReadFile(s.path("keys.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(key) < 20 || strings.Contains(string(file), key) {
		t.Errorf("the key %q stands in clear in %s", key, file)
	}
	expect(t, string(file), "sha256:", "desk", "2026-03-02")
	_, errs := s.run(statusFailed, "key", "--keys", s.path("keys.yaml"), "--name", "desk", "--kinds", "dragon")
	expect(t, errs, "dragon")
}

func TestServe(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	s.write("city.yaml", "name: {zh: 示范市, en: Demo City}\nzone: Asia/Shanghai\n")
	url, stop := s.serve("serve", "--addr", "127.0.0.1:0", "--city", s.path("city.yaml"))
	defer stop()
	for path, want := range map[string]string{
		"/collections/land/items?datetime=2021-01-01": `"lot_number":"17"`,
		"/entities/plot:A2":                           `"lot_number":"18"`,
		"/layers.json":                                "示范市",
		"/readyz":                                     "",
	} {
		expect(t, fetch(t, url+path), want)
	}
	if tile := fetch(t, url+"/tiles/land/15/26760/14281.mvt"); len(tile) < 50 {
		t.Errorf("a tile of %d bytes", len(tile))
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", url, response.Status, err, body)
	}
	return string(body)
}

// serve runs a command that serves, waits for its address, and returns what ends
// it; it must end well.
func (s *session) serve(args ...string) (url string, stop func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- s.program(in, &errs).run(ctx, args)
		_ = in.Close()
	}()
	text := make([]byte, 4096)
	said := ""
	for !strings.Contains(said, "http://") {
		n, err := out.Read(text)
		said += string(text[:n])
		if err != nil {
			s.t.Fatalf("no address: %s%s", said, errs.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	url = strings.TrimSuffix(regexp.MustCompile(`http://[^\s"]+`).FindString(said), "/")
	return url, func() {
		cancel()
		if status := <-ended; status != statusDone {
			s.t.Errorf("serve ended with %d: %s", status, errs.String())
		}
	}
}

func TestDemo(t *testing.T) {
	s := newSession(t)
	folder := s.path("demo")
	args := []string{"demo", "--dir", folder, "--addr", "127.0.0.1:0", "--people", "1000"}
	url, stop := s.serve(args...)
	first := fetch(t, url+"/collections/building/items?limit=3")
	stop()
	made, err := os.Stat(filepath.Join(folder, "city.db"))
	if err != nil {
		t.Fatal(err)
	}
	url, stop = s.serve(args...)
	second := fetch(t, url+"/collections/building/items?limit=3")
	stop()
	again, err := os.Stat(filepath.Join(folder, "city.db"))
	if err != nil || !again.ModTime().Equal(made.ModTime()) {
		t.Errorf("the city was made anew: %v", err)
	}
	code := regexp.MustCompile(`"code":"(B[0-9A-Z]{11})"`)
	if a, b := code.FindString(first), code.FindString(second); a == "" || a != b {
		t.Errorf("codes %q and %q", a, b)
	}
}

func TestDemoLeavesForeignFoldersAlone(t *testing.T) {
	s := newSession(t)
	_, errs := s.run(statusFailed, "demo", "--dir", s.folder)
	expect(t, errs, "not empty")
	if _, err := os.Stat(s.path("plots.csv")); err != nil {
		t.Error(err)
	}
}

func TestVerifySnapshots(t *testing.T) {
	s := newSession(t)
	s.load(statusDone)
	_, stop := s.serve("serve", "--addr", "127.0.0.1:0")
	stop()
	out, _ := s.run(statusDone, "verify")
	expect(t, out, "everything is consistent")

	path := s.path("city.snapshots/land.snapshot")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	s.write("city.snapshots/land.snapshot", string(raw))
	out, _ = s.run(statusFailed, "verify")
	expect(t, out, "snapshot", "land.snapshot", "damaged")

	// A snapshot of another store is whole and says something else.
	other := newSession(t)
	other.write("plots.csv", strings.Replace(plots, "A1,17", "A1,99", 1))
	other.load(statusDone)
	_, stop = other.serve("serve", "--addr", "127.0.0.1:0")
	stop()
	raw, err = os.ReadFile(other.path("city.snapshots/land.snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("city.snapshots/land.snapshot", string(raw))
	out, _ = s.run(statusFailed, "verify")
	expect(t, out, "differs from the store's")
}
