package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
	"github.com/chengma/chengma/ingest"
)

// childFolder is set for a process that is there to be killed.
const childFolder = "CHENGMA_TEST_INGEST_CHILD"

const killedMapping = runTime + "fields: {name: n}\nlinks: [{role: part-of, scheme: b, from: up}]\n"

// child loads a file and says so after every batch.
func child(folder string) error {
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(folder, "city.db")})
	if err != nil {
		return err
	}
	defer store.Close()
	m, err := ingest.ParseMapping("map.yaml", []byte(killedMapping), nil)
	if err != nil {
		return err
	}
	_, err = ingest.Run(context.Background(), ingest.Config{
		Store: store, Mapping: m, Sources: []ingest.Input{{Path: filepath.Join(folder, "a.csv")}},
		Progress: func(p ingest.Progress) { fmt.Println(p.Records) },
	})
	return err
}

// A process that is killed again and again loads the file once, and at the end
// the store is what it would have been.
func TestRun_KilledGoesOn(t *testing.T) {
	folder := t.TempDir()
	text := manyRows(20000) + ",nobody,\n"
	if err := os.WriteFile(filepath.Join(folder, "a.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for batches := 1; batches <= 4; batches++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childFolder+"="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < batches && lines.Scan(); n++ {
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	whole := newBench()
	whole.load(t, killedMapping, "a.csv", text)
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(folder, "city.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	cfg := newBench().config(t, killedMapping, filepath.Join(folder, "a.csv"))
	cfg.Store = store
	report, err := ingest.Run(t.Context(), cfg)
	if err != nil || !report.Balanced() || !report.Resumed || report.Repeated < 6000 || report.Applied() != 20000 {
		t.Errorf("%+v, %v", report, err)
	}
	if got, want := len(things(t, head(t, store), entities.Building, entities.Forever-1)), 20000; got != want {
		t.Errorf("%d buildings, want %d", got, want)
	}
	links, _ := linked(t, head(t, store), entities.Building, "part-of")
	if want, _ := linked(t, head(t, whole), entities.Building, "part-of"); links != want {
		t.Errorf("%d links, want %d", links, want)
	}
	n := 0
	for _, err := range store.Refusals(t.Context(), entities.RefusalQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d refusals, want 1", n)
	}
}
