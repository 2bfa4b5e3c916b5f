package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/entities"
)

func (p *program) verifyCommand() *cobra.Command {
	var snapshots string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Look for damage: aliases, links, intervals, revisions, indexes, snapshots",
		Args:  exactly(0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := p.openStore(cmd.Context(), existing)
			if err != nil {
				return err
			}
			if snapshots == "" {
				if snapshots, err = p.snapshotFolder(); err != nil {
					return errors.Join(err, store.Close())
				}
			}
			return errors.Join(p.verify(cmd.Context(), store, snapshots), store.Close())
		},
	}
	cmd.Flags().StringVar(&snapshots, "snapshots", "", "folder of the copies that tiles are drawn from (default: beside the store)")
	return cmd
}

func (p *program) verify(ctx context.Context, store entities.Store, snapshots string) error {
	verifier, ok := store.(entities.Verifier)
	if !ok {
		return fmt.Errorf("this store cannot be verified")
	}
	head, err := store.Head(ctx)
	if err != nil {
		return err
	}
	found := 0
	for _, damages := range []iter.Seq2[entities.Damage, error]{verifier.Verify(ctx), verifySnapshots(ctx, store, head, snapshots)} {
		for damage, err := range damages {
			if err != nil {
				return err
			}
			found++
			if err := p.printDamage(damage); err != nil {
				return err
			}
		}
	}
	switch {
	case p.json:
		err = json.NewEncoder(p.out).Encode(map[string]int64{"revision": int64(head), "found": int64(found)})
	case found == 0:
		_, err = fmt.Fprintf(p.out, "revision %d: everything is consistent\n", head)
	}
	if found > 0 {
		err = errors.Join(fmt.Errorf("%d things are wrong with the store at revision %d", found, head), err)
	}
	return err
}

func (p *program) printDamage(d entities.Damage) error {
	code := ""
	if d.Code != 0 {
		code = d.Code.String()
	}
	if p.json {
		return json.NewEncoder(p.out).Encode(map[string]string{"check": d.Check, "code": code, "text": d.Text})
	}
	_, err := fmt.Fprintf(p.out, "%-20s %-12s %s\n", d.Check, code, d.Text)
	return err
}
