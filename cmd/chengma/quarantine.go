package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/entities"
)

func (p *program) quarantineCommand() *cobra.Command {
	var q entities.RefusalQuery
	var all, records bool
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "List the records that were refused, and why",
		Args:  exactly(0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Limit < 0 || q.Run < 0 {
				return usageError("--limit and --run are numbers from 0 up")
			}
			store, err := p.openStore(cmd.Context(), existing)
			if err != nil {
				return err
			}
			q.Open = !all
			return errors.Join(p.quarantine(cmd.Context(), store, q, records), store.Close())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Source, "source", "", "only those of a source")
	flags.StringVar(&q.Rule, "rule", "", "only those of a rule")
	flags.Int64Var(&q.Run, "run", 0, "only those of an ingest run")
	flags.IntVar(&q.Limit, "limit", 0, "at most so many (default all)")
	flags.BoolVar(&all, "all", false, "also those that were loaded since")
	flags.BoolVar(&records, "records", false, "print the kept records themselves, one JSON object a line")
	return cmd
}

func (p *program) quarantine(ctx context.Context, store entities.Store, q entities.RefusalQuery, records bool) error {
	keeper, ok := store.(entities.Quarantine)
	if !ok {
		return errors.New("this store has no quarantine")
	}
	out := json.NewEncoder(p.out)
	out.SetEscapeHTML(false)
	for r, err := range keeper.Refusals(ctx, q) {
		switch {
		case err != nil:
			return err
		case records && len(r.Record) > 0:
			_, err = fmt.Fprintf(p.out, "%s\n", r.Record)
		case records:
			continue
		case p.json:
			err = out.Encode(map[string]any{
				"id": r.ID, "run": r.Run, "source": r.Source, "file": r.File, "line": r.Line, "key": r.Key, "rule": r.Rule,
				"field": r.Field, "value": r.Value, "zh": r.Zh, "en": r.En, "partial": r.Partial, "settled": r.Settled != 0,
			})
		default:
			_, err = fmt.Fprintf(p.out, "%s:%d %s %s %s=%q\n    %s\n    %s\n", r.File, r.Line, r.Key, r.Rule, r.Field, r.Value, r.Zh, r.En)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
