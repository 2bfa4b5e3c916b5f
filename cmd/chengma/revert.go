package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/ingest"
)

func (p *program) revertCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "revert REVISION",
		Short: "Publish the batch that takes a revision back",
		Args:  exactly(1, "a revision"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rev, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || rev < 1 {
				return usageError("%q is no revision: a number from 1 up", args[0])
			}
			store, err := p.openStore(cmd.Context(), existing)
			if err != nil {
				return err
			}
			receipt, err := ingest.Revert(cmd.Context(), store, entities.Revision(rev))
			switch {
			case err != nil:
			case p.json:
				err = json.NewEncoder(p.out).Encode(map[string]int64{"revision": int64(receipt.Revision), "reverted": rev, "things": int64(len(receipt.Results))})
			default:
				_, err = fmt.Fprintf(p.out, "revision %d took revision %d back: %d things\n", receipt.Revision, rev, len(receipt.Results))
			}
			return errors.Join(err, store.Close())
		},
	}
}
