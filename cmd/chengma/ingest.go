package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
)

type ingestFlags struct {
	mapping, city     string
	dryRun, allowEnds bool
	retry             bool
	workers           int
}

func (p *program) ingestCommand() *cobra.Command {
	var f ingestFlags
	cmd := &cobra.Command{
		Use:   "ingest --map MAPPING.yaml SOURCE…",
		Short: "Load files through a mapping (- is standard input; .gz is read as it is)",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.mapping == "":
				return usageError("--map is required: the file that says how records become things")
			case len(args) == 0 && !f.retry:
				return usageError("no source is given; - is standard input")
			case len(args) > 0 && f.retry:
				return usageError("--retry loads what is in quarantine, and takes no source")
			case f.workers < 0:
				return usageError("--workers %d: a number from 1 up, or 0 for one a processor", f.workers)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			// What is wrong here is said before a store is made.
			mapping, err := ingest.LoadMapping(f.mapping)
			if err != nil {
				return err
			}
			city, err := readCity(f.city)
			if err != nil {
				return err
			}
			store, remove, err := p.openToLoad(cmd.Context(), f)
			if err != nil {
				return err
			}
			tradeMemoryForTime()
			cfg := ingest.Config{
				Store: store, Mapping: mapping, Clock: p.now, Zone: city.zone, Envelope: city.envelope,
				DryRun: f.dryRun, AllowEnds: f.allowEnds, Workers: f.workers, Log: p.log,
			}
			return errors.Join(p.ingest(cmd.Context(), cfg, f, args), store.Close(), remove())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.mapping, "map", "", "mapping file")
	flags.StringVar(&f.city, "city", "", cityFlag)
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would change and write nothing")
	flags.BoolVar(&f.allowEnds, "allow-ends", false, "let a full extract end more than 2 % of what it covers")
	flags.BoolVar(&f.retry, "retry", false, "load the records of the mapping's source that are in quarantine again")
	flags.IntVar(&f.workers, "workers", 0, "records mapped beside each other (default: one a processor)")
	return cmd
}

// tradeMemoryForTime lets a load, which leaves much garbage and keeps little,
// collect it less often: a tenth less processor time for 100 MiB more, and never
// more than loadMemory for it.
func tradeMemoryForTime() {
	const loadMemory = 300 << 20
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(loadMemory)
}

// openToLoad opens the store that is loaded into. A dry run for a store that is
// not there yet compares with an empty one, which remove takes away.
func (p *program) openToLoad(ctx context.Context, f ingestFlags) (store entities.Store, remove func() error, err error) {
	remove = func() error { return nil }
	how := orNew
	if f.dryRun || f.retry {
		how = existing
	}
	store, err = p.openStore(ctx, how)
	if !f.dryRun || f.retry || !errors.Is(err, fs.ErrNotExist) {
		return store, remove, err
	}
	folder, err := os.MkdirTemp("", "chengma-dry-run-*")
	if err != nil {
		return nil, remove, err
	}
	remove = func() error { return os.RemoveAll(folder) }
	p.storeURL = "sqlite:" + filepath.Join(folder, "empty.db")
	if store, err = p.openStore(ctx, orNew); err != nil {
		return nil, remove, errors.Join(err, remove())
	}
	return store, remove, nil
}

func (p *program) ingest(ctx context.Context, cfg ingest.Config, f ingestFlags, args []string) (err error) {
	if cfg.Sealer, err = sealerOf(ctx, cfg.Store); err != nil {
		return err
	}
	for _, path := range args {
		input := ingest.Input{Path: path}
		if path == "-" {
			input.Reader = p.in
		}
		cfg.Sources = append(cfg.Sources, input)
	}
	progress := p.newProgress(f.mapping)
	cfg.Progress = progress.show
	load := ingest.Run
	if f.retry {
		load = ingest.Retry
	}
	report, err := load(ctx, cfg)
	progress.end()
	if report.Read > 0 || err == nil {
		err = errors.Join(err, p.printReport(&report))
	}
	if err == nil && report.Quarantined > 0 {
		p.status = statusQuarantined
	}
	return err
}

func (p *program) printReport(r *ingest.Report) error {
	if p.json {
		out := json.NewEncoder(p.out)
		out.SetEscapeHTML(false)
		return out.Encode(r)
	}
	w := p.out
	fmt.Fprintf(w, "%s (%s): %d records read in %s, %.0f a second\n", r.Source, r.Kind, r.Read, r.Took.Round(time.Millisecond), r.Rate())
	for _, line := range []struct {
		n    int64
		what string
	}{
		{r.Created, "created"},
		{r.Updated, "updated"},
		{r.Unchanged, "unchanged"},
		{r.Repeated, "applied before the run was interrupted"},
		{r.Skipped, "skipped"},
		{r.Quarantined, "in quarantine"},
	} {
		if line.n > 0 {
			fmt.Fprintf(w, "  %9d %s\n", line.n, line.what)
		}
	}
	for _, rule := range r.Rules {
		fmt.Fprintf(w, "  %9d %s: %s\n", rule.Records+rule.Partial+rule.Skipped, rule.Rule, rule.En)
	}
	if r.Ended > 0 {
		fmt.Fprintf(w, "  %9d ended, of %d that the extract covers\n", r.Ended, r.Covered)
	}
	if r.EndsSuspended != "" {
		fmt.Fprintf(w, "  nothing was ended: %s\n", r.EndsSuspended)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "  %s\n", note)
	}
	if r.Revisions > 0 {
		fmt.Fprintf(w, "  revisions %d to %d\n", r.FirstRevision, r.LastRevision)
	}
	if r.Changes != nil {
		return printChanges(w, r.Changes)
	}
	return nil
}

func printChanges(w io.Writer, c *ingest.Changes) error {
	for _, group := range []struct {
		sign   string
		things []ingest.ChangedThing
		all    int
		what   string
	}{{"+", c.Added, c.AddedAll, "added"}, {"~", c.Changed, c.ChangeAll, "changed"}, {"-", c.Ended, c.EndedAll, "ended"}} {
		fmt.Fprintf(w, "%d %s\n", group.all, group.what)
		for _, thing := range group.things {
			fmt.Fprintf(w, "  %s %s %s\n", group.sign, thing.Key, thing.Code)
			for _, v := range thing.Values {
				fmt.Fprintf(w, "      %s: %s → %s\n", v.Field, v.Old, v.New)
			}
		}
		if more := group.all - len(group.things); more > 0 {
			fmt.Fprintf(w, "  … and %d more\n", more)
		}
	}
	return nil
}
