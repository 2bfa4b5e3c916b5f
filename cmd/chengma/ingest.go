package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			how := orNew
			if f.dryRun || f.retry {
				how = existing
			}
			store, err := p.openStore(cmd.Context(), how)
			if err != nil {
				return err
			}
			tradeMemoryForTime()
			return errors.Join(p.ingest(cmd.Context(), store, f, args), store.Close())
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

func (p *program) ingest(ctx context.Context, store entities.Store, f ingestFlags, args []string) error {
	mapping, err := ingest.LoadMapping(f.mapping)
	if err != nil {
		return err
	}
	city, err := readCity(f.city)
	if err != nil {
		return err
	}
	sealer, err := sealerOf(ctx, store)
	if err != nil {
		return err
	}
	cfg := ingest.Config{
		Store: store, Mapping: mapping, Clock: p.now, Zone: city.zone, Envelope: city.envelope, Sealer: sealer,
		DryRun: f.dryRun, AllowEnds: f.allowEnds, Workers: f.workers, Log: p.log,
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
