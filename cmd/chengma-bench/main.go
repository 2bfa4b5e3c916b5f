// Command chengma-bench measures the whole program on real data and prints what
// it measured, each figure beside a naive rival in the same run: Tokyo's
// buildings from their .gz to served, items by code, and vector tiles that are
// in no cache. It starts bin/chengma as a user would and asks it over HTTP.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "chengma-bench:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	program     string
	data        string
	mapping     string
	duration    time.Duration
	connections int
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	var o options
	flags := flag.NewFlagSet("chengma-bench", flag.ContinueOnError)
	flags.StringVar(&o.program, "program", "bin/chengma", "the program that is measured")
	flags.StringVar(&o.data, "data", dataFolder(), "folder of the open data")
	flags.StringVar(&o.mapping, "mapping", "examples/tokyo/buildings.yaml", "mapping of the buildings")
	flags.DurationVar(&o.duration, "duration", 5*time.Second, "how long each request is repeated")
	flags.IntVar(&o.connections, "connections", 8, "connections at the same time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	source := filepath.Join(o.data, "tokyo", "buildings_5wards.geojsonl.gz")
	if _, err := os.Stat(source); err != nil {
		fmt.Fprintf(out, "skipped: %v; CHENGMA_DATA names the folder of the open data\n", err)
		return nil
	}
	folder, err := os.MkdirTemp("", "chengma-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := &bench{options: o, out: out, store: filepath.Join(folder, "tokyo.db"), source: source}
	fmt.Fprintf(out, "%s, %s/%s, %d processors, %d connections\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), o.connections)
	return b.run(ctx)
}

func dataFolder() string {
	if folder := os.Getenv("CHENGMA_DATA"); folder != "" {
		return folder
	}
	return filepath.Join("..", "shared", "data")
}

// bench is one run of everything.
type bench struct {
	options
	out    io.Writer
	store  string // file of the embedded store
	source string
}

func (b *bench) run(ctx context.Context) error {
	loaded, err := b.load(ctx)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	server, err := b.serve(ctx)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	total := loaded.wall + server.ready
	fmt.Fprintf(b.out, "load\n  %-34s %9d\n  %-34s %9.2f s\n  %-34s %9.2f s\n  %-34s %9.0f features/s\n  %-34s %9d MiB\n\n",
		"features", loaded.features, "from .gz to published", loaded.wall.Seconds(), "then to the first tile", server.ready.Seconds(),
		"from .gz to served", float64(loaded.features)/total.Seconds(), "resident at most, loading", loaded.resident>>20)
	err = b.compare(ctx, server)
	fmt.Fprintf(b.out, "\nresident at most, serving %d MiB\n", server.stop()>>20)
	return err
}
