package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
)

type demoFlags struct {
	dir, addr string
	people    int
	seed      uint64
}

func (p *program) demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make a small synthetic city, load it, serve it, print the address",
		Args:  exactly(0, "none"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "demo", "folder of the city; what is there already is used")
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "HOST:PORT to listen on; port 0 is any free one")
	flags.IntVar(&f.people, "people", 20_000, "how many people live in the city")
	flags.Uint64Var(&f.seed, "seed", 1, "the same seed makes the same city")
	return cmd
}

// demo does what a user would do by hand: synth, ingest, key, serve. A finished
// folder is served as it is.
func (p *program) demo(ctx context.Context, f demoFlags) error {
	var (
		files    = filepath.Join(f.dir, "files")
		cityFile = filepath.Join(files, "city.json")
		keyFile  = filepath.Join(f.dir, "keys.yaml")
		keyText  = filepath.Join(f.dir, "key.txt")
		ready    = filepath.Join(f.dir, "ready")
	)
	if p.storeURL != "" {
		return usageError("the demo keeps its store in --dir; chengma serve --store serves another")
	}
	p.storeURL = "sqlite:" + filepath.Join(f.dir, "city.db")
	want := fmt.Sprintf("%d people, seed %d\n", f.people, f.seed)
	if have, err := os.ReadFile(ready); err != nil || string(have) != want {
		if err := p.makeDemo(ctx, f, files); err != nil {
			return err
		}
		if err := os.WriteFile(ready, []byte(want), 0o644); err != nil {
			return err
		}
	}
	key, err := demoKey(keyFile, keyText)
	if err != nil {
		return err
	}
	store, err := p.openStore(ctx, existing)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("the key %s opens people, households, rights and vehicles (all of them invented)\nCtrl-C ends it; the city stays in %s\n", key, f.dir)
	err = p.serve(ctx, store, serveFlags{addr: f.addr, city: cityFile, keys: keyFile, tileCache: 256}, note)
	return errors.Join(err, store.Close())
}

// makeDemo writes the city's files and loads them, in the order that they name.
func (p *program) makeDemo(ctx context.Context, f demoFlags, files string) error {
	if err := clearDemo(f.dir); err != nil {
		return err
	}
	if err := p.synth(ctx, files, f.people, f.seed); err != nil {
		return err
	}
	cityFile := filepath.Join(files, "city.json")
	city, err := readCity(cityFile)
	if err != nil {
		return err
	}
	store, err := p.openStore(ctx, orNew)
	if err != nil {
		return err
	}
	for _, step := range city.Loads {
		if err := p.loadStep(ctx, store, city, files, step); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", step.Mapping, err), store.Close())
		}
	}
	return store.Close()
}

func (p *program) loadStep(ctx context.Context, store entities.Store, city *city, files string, step loadStep) error {
	mapping, err := ingest.LoadMapping(filepath.Join(files, step.Mapping))
	if err != nil {
		return err
	}
	sealer, err := sealerOf(ctx, store)
	if err != nil {
		return err
	}
	progress := p.newProgress(step.Mapping)
	cfg := ingest.Config{
		Store: store, Mapping: mapping, Clock: p.now, Zone: city.zone, Envelope: city.envelope, Sealer: sealer,
		Progress: progress.show,
	}
	for _, file := range step.Files {
		cfg.Sources = append(cfg.Sources, ingest.Input{Path: filepath.Join(files, file)})
	}
	report, err := ingest.Run(ctx, cfg)
	progress.end()
	if err != nil {
		return err
	}
	if p.json {
		return p.printReport(&report)
	}
	_, err = fmt.Fprintf(p.out, "%-32s %8d records, %d in quarantine\n", step.Mapping, report.Read, report.Quarantined)
	return err
}

// demoMark lies in the folders that demo made, and may clear.
const demoMark = "made-by-chengma-demo"

// clearDemo removes a city that was not finished, or is another one. It refuses a
// folder with something in it that demo did not make.
func clearDemo(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	mark := filepath.Join(dir, demoMark)
	if _, err := os.Stat(mark); err != nil {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			return fmt.Errorf("%s is not empty and was not made by chengma demo; --dir names another folder", dir)
		}
		if err := os.WriteFile(mark, nil, 0o644); err != nil {
			return err
		}
	}
	for _, name := range []string{"ready", "files", "city.db", "city.db-wal", "city.db-shm", "city.snapshots", "keys.yaml", "key.txt"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// demoKey returns the key of the synthetic city, made the first time. It may lie
// there in clear: everybody in that city is invented.
func demoKey(keyFile, keyText string) (string, error) {
	raw, err := os.ReadFile(keyText)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(raw), err
	}
	key, err := addKey(keyFile, api.Key{Name: "demo", Grants: []api.Grant{{Kinds: []string{"*"}, Grade: "secret"}}})
	if err != nil {
		return "", err
	}
	return key, os.WriteFile(keyText, []byte(key), 0o600)
}
