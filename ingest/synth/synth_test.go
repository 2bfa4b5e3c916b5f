package synth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chengma/chengma/ingest"
	"github.com/chengma/chengma/ingest/source"
	"github.com/chengma/chengma/ingest/synth"
	"github.com/chengma/chengma/internal/codes"
)

// memory keeps files.
type memory map[string]*buffer

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

func (m memory) Create(name string) (io.WriteCloser, error) {
	if m[name] != nil {
		return nil, fmt.Errorf("%s is written twice", name)
	}
	m[name] = &buffer{}
	return m[name], nil
}

// discard counts bytes and forgets them.
type discard struct{ written *int64 }

func (d discard) Create(string) (io.WriteCloser, error) { return d, nil }
func (discard) Close() error                            { return nil }

func (d discard) Write(p []byte) (int, error) {
	*d.written += int64(len(p))
	return len(p), nil
}

func city(t testing.TB, people int, seed uint64) (memory, synth.Summary) {
	t.Helper()
	m := memory{}
	s, err := synth.Write(t.Context(), synth.Config{Sink: m, People: people, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func TestSameSeedSameBytes(t *testing.T) {
	one, _ := city(t, 5000, 1)
	two, _ := city(t, 5000, 1)
	three, _ := city(t, 5000, 2)
	if !slices.Equal(slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(two))) {
		t.Fatalf("files %v and %v", slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(two)))
	}
	for name, f := range one {
		if !bytes.Equal(f.Bytes(), two[name].Bytes()) {
			t.Errorf("%s differs for the same seed", name)
		}
		if o := three[name]; o != nil && strings.HasPrefix(name, "data/") && bytes.Equal(f.Bytes(), o.Bytes()) {
			t.Errorf("%s is the same for another seed", name)
		}
	}
}

func TestFolderHasTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	if _, err := synth.Write(t.Context(), synth.Config{Out: dir, People: 2000, Seed: 4}); err != nil {
		t.Fatal(err)
	}
	m, _ := city(t, 2000, 4)
	for name, f := range m {
		if raw := readFile(t, filepath.Join(dir, filepath.FromSlash(name))); !bytes.Equal(raw, f.Bytes()) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, cfg := range map[string]synth.Config{
		"nobody": {Out: t.TempDir()}, "too few": {Out: t.TempDir(), People: 10},
		"too many": {Out: t.TempDir(), People: synth.MaxPeople + 1}, "no place": {People: 20000},
	} {
		if _, err := synth.Write(t.Context(), cfg); !errors.Is(err, synth.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// full fails after some bytes, as a disk does.
type full struct{ left int }

func (f *full) Create(string) (io.WriteCloser, error) { return f, nil }
func (*full) Close() error                            { return nil }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorsOfTheSinkEndIt(t *testing.T) {
	for _, left := range []int{0, 100, 50000, 400000} {
		if _, err := synth.Write(t.Context(), synth.Config{Sink: &full{left}, People: 20000}); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var written int64
	_, err := synth.Write(ctx, synth.Config{Sink: discard{&written}, People: 20000, Progress: func(done, _ int) {
		if done == 5 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestMemoryDoesNotGrowWithTheCity: blocks are forgotten as they are written.
func TestMemoryDoesNotGrowWithTheCity(t *testing.T) {
	if testing.Short() {
		t.Skip("a city of 500,000 people takes some seconds")
	}
	var written int64
	var most uint64
	_, err := synth.Write(t.Context(), synth.Config{Sink: discard{&written}, People: 500_000, Seed: 1, Progress: func(done, blocks int) {
		if done%50 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d MB written, heap at most %d MB", written>>20, most>>20)
	if most > 120<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	if written < 100<<20 {
		t.Errorf("only %d bytes written", written)
	}
}

// TestProportions: 22 million people ↔ 150,000 parcels, 650,000 buildings, 13.13
// million units.
func TestProportions(t *testing.T) {
	var written int64
	s, err := synth.Write(t.Context(), synth.Config{Sink: discard{&written}, People: 220_000, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		got        int64
		want, near float64
	}{
		{"people", s.People, 220_000, 0},
		{"parcels", s.Parcels, 1500, 0.25},
		{"buildings", s.Buildings, 6500, 0.25},
		{"units", s.Units, 131_300, 0.15},
		{"enterprises", s.Enterprises, 18_000, 0.2},
	} {
		if d := float64(c.got)/c.want - 1; d > c.near || d < -c.near {
			t.Errorf("%s: %d, want about %.0f", c.name, c.got, c.want)
		}
	}
	dirty := 0.0
	for _, n := range s.Dirty {
		dirty += float64(n)
	}
	if part := dirty / float64(s.Records); part < 0.003 || part > 0.01 {
		t.Errorf("%.2f %% of the records are dirty", 100*part)
	}
}

// record is a clean record of a file.
type record struct {
	at    place
	cells map[string]string
}

// clean reads a register's files in the order of loading, without the records
// that the key calls refused or skipped; partial is what the key says of the
// others.
func clean(t *testing.T, m memory, dir, prefix string) (out []record, partial map[place]synth.KeyLine) {
	t.Helper()
	bad := map[place]bool{}
	partial = map[place]synth.KeyLine{}
	for _, k := range readKey(t, dir) {
		p := place{k.File, k.Line}
		if k.Outcome == synth.Refused || k.Outcome == synth.Skipped {
			bad[p] = true
		} else {
			partial[p] = k
		}
	}
	for _, load := range readCity(t, dir).Loads {
		name := load.Files[0]
		if !strings.HasPrefix(name, "data/"+prefix) {
			continue
		}
		encoding := ""
		if prefix == "units" || prefix == "people" || prefix == "rights" {
			encoding = "gb18030"
		}
		src, err := source.Open(source.Config{Name: name, Reader: bytes.NewReader(m[name].Bytes()), Encoding: encoding})
		if err != nil {
			t.Fatal(err)
		}
		for rec, err := range src.Records(t.Context()) {
			if err != nil || rec.Err != nil {
				t.Fatal(name, err, rec)
			}
			p := place{name, rec.Line}
			if bad[p] {
				continue
			}
			cells := map[string]string{}
			for _, a := range rec.Attrs {
				cells[a.Name] = a.Value.Text()
			}
			out = append(out, record{p, cells})
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(out) == 0 {
		t.Fatalf("no records of %s", prefix)
	}
	return out, partial
}

// TestRegisters: codes are valid, links lead to things that were told of before,
// and the history of each thing is sane, but for what the key names.
func TestRegisters(t *testing.T) {
	dir := t.TempDir()
	if _, err := synth.Write(t.Context(), synth.Config{Out: dir, People: 9000, Seed: 21}); err != nil {
		t.Fatal(err)
	}
	m, _ := city(t, 9000, 21)
	known := map[string]bool{}
	for _, r := range []struct {
		prefix, key, scheme string
		links               []string
	}{
		{"districts", "区划代码", "division", []string{"上级代码"}},
		{"grids", "网格编码", "", []string{"上级网格", "所属社区"}},
		{"land", "宗地代码", "parcel", []string{"区划代码"}},
		{"buildings", "楼栋编码", "szbuilding", []string{"宗地代码", "主楼编码", "重复于"}},
		{"entrances", "单元编码", "", []string{"楼栋编码"}},
		{"units", "房屋编码", "szhouse", nil},
		{"addresses", "地址编码", "", []string{"宗地代码", "楼栋编码", "房屋编码", "上级地址编码"}},
		{"households", "户号", "", []string{"房屋编码"}},
		{"people", "证件号码", "rid", []string{"户号", "户籍房屋编码", "现住房屋编码", "重复于"}},
		{"enterprises", "统一社会信用代码", "uscc", []string{"住所房屋编码", "经营场所房屋编码", "隶属企业代码", "法定代表人证件号码"}},
		{"rights", "权证号", "", []string{"房屋编码"}},
	} {
		records, partial := clean(t, m, dir, r.prefix)
		for _, rec := range records {
			key := rec.cells[r.key]
			dirty, named := partial[rec.at]
			if named && dirty.Outcome == synth.Applied {
				known[key] = true
				continue
			}
			if r.scheme != "" {
				if _, _, err := codes.Check(r.scheme, key); err != nil {
					t.Errorf("%v: %v", rec.at, err)
				}
			}
			if bdc := rec.cells["不动产单元号"]; bdc != "" && !named {
				if _, _, err := codes.Check("bdc", bdc); err != nil {
					t.Errorf("%v: %v", rec.at, err)
				}
			}
			known[key] = true
		}
		for _, rec := range records {
			for _, link := range r.links {
				if to := rec.cells[link]; to != "" && !known[to] && partial[rec.at].Field != link {
					t.Errorf("%v: %s %s leads nowhere", rec.at, link, to)
				}
			}
			if r.prefix == "units" && !known[rec.cells["房屋编码"][:19]] {
				t.Errorf("%v: unit without a building", rec.at)
			}
		}
		lives(t, r.key, records)
	}
}

// lives checks that a thing begins once, in the file of its time, changes later,
// and is not heard of after its end.
func lives(t *testing.T, key string, records []record) {
	t.Helper()
	since, ended := map[string]string{}, map[string]bool{}
	for _, rec := range records {
		on, op, k := rec.cells["生效日期"], rec.cells["操作"], rec.cells[key]
		if on == "" || op == "" {
			continue
		}
		if _, err := time.Parse("2006-01-02", on); err != nil || on < "1850" || on > "2026" {
			t.Errorf("%v: %s", rec.at, on)
		}
		before, there := since[k]
		first := strings.Contains(rec.at.file, "-2005.")
		switch {
		case ended[k]:
			t.Errorf("%v: %s of %s after its end", rec.at, op, k)
		case op == "新增" && there && !first:
			t.Errorf("%v: %s begins again", rec.at, k)
		case op != "新增" && !there:
			t.Errorf("%v: %s of %s, of which nobody heard", rec.at, op, k)
		case first && on >= "2005":
			t.Errorf("%v: the extract of 2005 tells of %s", rec.at, on)
		case op != "新增" && op != "更正" && op != "重复" && on <= before:
			t.Errorf("%v: %s of %s on %s, after one on %s", rec.at, op, k, on, before)
		}
		switch op {
		case "注销", "拆除", "分割", "合并", "重复":
			ended[k] = true
		}
		since[k] = on
	}
}

func TestMappingsAreValid(t *testing.T) {
	dir := t.TempDir()
	if _, err := synth.Write(t.Context(), synth.Config{Out: dir, People: 20000, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, load := range readCity(t, dir).Loads {
		m, err := ingest.LoadMapping(filepath.Join(dir, filepath.FromSlash(load.Mapping)))
		if err != nil {
			t.Errorf("%s: %v", load.Mapping, err)
			continue
		}
		kinds[m.Kind] = true
	}
	if len(kinds) != 10 {
		t.Errorf("mappings of %v", slices.Sorted(maps.Keys(kinds)))
	}
}
