package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/ingest/synth"
)

func (p *program) synthCommand() *cobra.Command {
	var out string
	var people int
	var seed uint64
	cmd := &cobra.Command{
		Use:   "synth --out DIR",
		Short: "Write the files that a city would hand over, with mappings and a key of what is wrong with them",
		Args:  exactly(0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageError("--out is required: the folder to write into")
			}
			return p.synth(cmd.Context(), out, people, seed)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "folder to write into")
	flags.IntVar(&people, "people", 20_000, "how many people live in the city; everything else follows")
	flags.Uint64Var(&seed, "seed", 1, "the same seed makes the same city")
	return cmd
}

func (p *program) synth(ctx context.Context, out string, people int, seed uint64) error {
	summary, err := synth.Write(ctx, synth.Config{Out: out, People: people, Seed: seed})
	if err != nil {
		return err
	}
	if p.json {
		return json.NewEncoder(p.out).Encode(summary)
	}
	_, err = fmt.Fprintf(p.out, "%d files with %d records in %s: %d people, %d parcels, %d buildings, %d housing units, %d enterprises\n",
		summary.Files, summary.Records, out, summary.People, summary.Parcels, summary.Buildings, summary.Units, summary.Enterprises)
	return err
}
