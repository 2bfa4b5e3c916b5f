package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/chengma/chengma/api"
	"github.com/chengma/chengma/schemas"
)

func (p *program) keyCommand() *cobra.Command {
	var file, name, grade string
	var kinds []string
	var valid time.Duration
	cmd := &cobra.Command{
		Use:   "key --keys FILE --name NAME --kinds person,household",
		Short: "Make an access key: its hash goes into the key file, the key is printed once",
		Args:  exactly(0, "none"),
		RunE: func(*cobra.Command, []string) error {
			if file == "" || name == "" || len(kinds) == 0 {
				return usageError("--keys, --name and --kinds are required")
			}
			key := api.Key{Name: name, Grants: []api.Grant{{Kinds: kinds, Grade: grade}}}
			if valid > 0 {
				key.Expires = p.now().Add(valid).UTC()
			}
			text, err := addKey(file, key)
			if err == nil {
				fmt.Fprintln(p.out, text)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "keys", "", "key file; it is made where there is none")
	flags.StringVar(&name, "name", "", "whose key it is")
	flags.StringSliceVar(&kinds, "kinds", nil, "kinds that it opens, or *")
	flags.StringVar(&grade, "grade", "public", "fields up to a grade: public, internal, sensitive, secret")
	flags.DurationVar(&valid, "valid", 0, "how long it is valid (default: for ever)")
	return cmd
}

// addKey puts a new key into a key file and returns the key itself.
func addKey(path string, key api.Key) (string, error) {
	var file api.KeyFile
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	text, hash := api.NewKey()
	key.Hash = hash
	file.Keys = append(file.Keys, key)
	if _, err := api.NewKeys(file, schemas.Default()); err != nil {
		return "", err
	}
	if raw, err = yaml.Marshal(file); err != nil {
		return "", err
	}
	beside := path + ".new"
	if err := os.WriteFile(beside, raw, 0o600); err != nil {
		return "", err
	}
	return text, os.Rename(beside, path)
}

func loadKeys(path string) (keys *api.Keys, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	keys, err = api.LoadKeys(file, schemas.Default())
	return keys, errors.Join(err, file.Close())
}
