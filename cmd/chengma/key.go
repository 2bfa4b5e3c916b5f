package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
			if valid < 0 {
				return usageError("--valid %s has passed already", valid)
			}
			if valid > 0 {
				key.Expires = p.now().Add(valid).UTC()
			}
			text, err := addKey(file, key)
			switch {
			case err != nil:
				return err
			case p.json:
				return json.NewEncoder(p.out).Encode(map[string]string{"name": name, "key": text})
			}
			_, err = fmt.Fprintln(p.out, text)
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

// addKey puts a new key into a key file and returns the key itself. What else is
// in the file stays, also comments; the file takes its place at once.
func addKey(path string, key api.Key) (string, error) {
	mode := fs.FileMode(0o600)
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if _, err := api.LoadKeys(bytes.NewReader(raw), schemas.Default()); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	text, hash := api.NewKey()
	key.Hash = hash
	if _, err := api.NewKeys(api.KeyFile{Keys: []api.Key{key}}, schemas.Default()); err != nil {
		return "", err
	}
	if raw, err = withKey(raw, key); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return text, replaceFile(path, raw, mode)
}

// withKey appends a key to the text of a sound key file.
func withKey(raw []byte, key api.Key) ([]byte, error) {
	var added, file yaml.Node
	if err := added.Encode(api.KeyFile{Keys: []api.Key{key}}); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	list := listOf(&file)
	if list == nil { // nothing but comments
		text, err := yaml.Marshal(&added)
		return append(raw, text...), err
	}
	if list.Kind != yaml.SequenceNode { // keys: without a value
		*list = yaml.Node{Kind: yaml.SequenceNode}
	}
	list.Style &^= yaml.FlowStyle // keys: [] goes on in lines
	list.Content = append(list.Content, added.Content[1].Content...)
	return yaml.Marshal(&file)
}

// listOf finds the value of keys, the only member of a sound key file; nil where
// there is none.
func listOf(file *yaml.Node) *yaml.Node {
	if len(file.Content) == 0 || len(file.Content[0].Content) < 2 {
		return nil
	}
	return file.Content[0].Content[1]
}

// replaceFile writes a file beside another and puts it in its place.
func replaceFile(path string, raw []byte, mode fs.FileMode) error {
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = beside.Write(raw)
	if err = errors.Join(err, beside.Chmod(mode), beside.Close()); err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return nil
}

// loadKeys reads a key file; none where the path is empty. It warns of a file that
// everybody may read: hashes are no keys, but they tell who has one, and for what.
func (p *program) loadKeys(path string) (keys *api.Keys, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o007 != 0 {
		p.log.Warn("everybody on this machine can read or write the key file; chmod 600 is right", "path", path)
	}
	if keys, err = api.LoadKeys(file, schemas.Default()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}
