package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
)

// Registry is a set of kinds that was read from files and holds together.
// It is safe for concurrent use and is not modified after [Load].
type Registry struct {
	kinds   []*Kind
	byKey   map[string]*Kind // by name and by letter
	schemes map[string]AliasScheme
}

// Load reads every "kinds/*.schema.json" of fsys with the files it refers to
// and "schemes.json". Paths are those of [Files]. An error names the file, the
// field or class, and what would be right.
func Load(fsys fs.FS) (*Registry, error) {
	names, err := fs.Glob(fsys, "kinds/*.schema.json")
	if err != nil {
		return nil, fmt.Errorf("list kinds: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("list kinds: no file matches kinds/*.schema.json")
	}
	l := &loader{fsys: fsys, docs: map[string]document{}, defs: map[string]map[string]document{}, lists: map[string]*CodeList{}}
	r := &Registry{byKey: map[string]*Kind{}, schemes: map[string]AliasScheme{}}
	if err := l.schemes(r); err != nil {
		return nil, err
	}
	for _, name := range names {
		k, err := l.kind(name, r.schemes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := r.add(k); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	slices.SortFunc(r.kinds, func(a, b *Kind) int { return a.Number - b.Number })
	if err := r.checkTargets(); err != nil {
		return nil, err
	}
	return r, nil
}

// Kinds returns all kinds in the order of their numbers.
func (r *Registry) Kinds() []*Kind { return slices.Clone(r.kinds) }

// Lookup finds a kind by its name or by its letter in either case.
func (r *Registry) Lookup(kind string) (*Kind, bool) {
	if len(kind) == 1 {
		kind = strings.ToUpper(kind)
	}
	k, ok := r.byKey[kind]
	return k, ok
}

// Schemes returns the official alias schemes, ordered by name.
func (r *Registry) Schemes() []AliasScheme {
	out := make([]AliasScheme, 0, len(r.schemes))
	for _, s := range r.schemes {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Scheme < out[j].Scheme })
	return out
}

func (r *Registry) add(k *Kind) error {
	for _, key := range []string{k.Name, string(k.Letter)} {
		if other, taken := r.byKey[key]; taken {
			return fmt.Errorf("kind %q is already defined by %q; names and letters are unique", key, other.Name)
		}
		r.byKey[key] = k
	}
	for _, other := range r.kinds {
		if other.Number == k.Number {
			return fmt.Errorf("number %d is already that of kind %q", k.Number, other.Name)
		}
	}
	r.kinds = append(r.kinds, k)
	return nil
}

func (r *Registry) checkTargets() error {
	for _, k := range r.kinds {
		for i := range k.Roles {
			role := &k.Roles[i]
			if slices.Equal(role.Targets, []string{"*"}) {
				role.Targets = make([]string, 0, len(r.kinds))
				for _, target := range r.kinds {
					role.Targets = append(role.Targets, target.Name)
				}
			}
			for _, target := range role.Targets {
				if found, ok := r.byKey[target]; !ok || found.Name != target {
					return fmt.Errorf("kind %q, role %q: no kind is named %q", k.Name, role.Name, target)
				}
			}
		}
	}
	return nil
}

// document is one file, or one object in it, as it was written.
type document map[string]json.RawMessage

type loader struct {
	fsys  fs.FS
	docs  map[string]document
	defs  map[string]map[string]document
	lists map[string]*CodeList
}

func (l *loader) document(name string) (document, error) {
	if doc, ok := l.docs[name]; ok {
		return doc, nil
	}
	text, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return nil, err
	}
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	l.docs[name] = doc
	return doc, nil
}

func (l *loader) schemes(r *Registry) error {
	doc, err := l.document("schemes.json")
	if err != nil {
		return fmt.Errorf("alias schemes: %w", err)
	}
	var all map[string]AliasScheme
	if err := strict(doc["schemes"], &all); err != nil {
		return fmt.Errorf("schemes.json: %w", err)
	}
	for name, s := range all {
		s.Scheme = name
		r.schemes[name] = s
	}
	return nil
}

// codeList reads a code list file: a JSON Schema whose oneOf holds constants.
func (l *loader) codeList(name string) (*CodeList, error) {
	if list, ok := l.lists[name]; ok {
		return list, nil
	}
	text, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return nil, err
	}
	var raw struct {
		Schema   string `json:"$schema"`
		Title    Text   `json:"x-chengma-title"`
		Standard string `json:"x-chengma-standard"`
		Type     Type   `json:"type"`
		OneOf    []struct {
			Const    string `json:"const"`
			Title    Text   `json:"x-chengma-title"`
			Standard string `json:"x-chengma-standard-code"`
		} `json:"oneOf"`
	}
	if err := strict(text, &raw); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	list := &CodeList{
		Name:     strings.TrimSuffix(path.Base(name), ".json"),
		Title:    raw.Title,
		Standard: raw.Standard,
		byValue:  make(map[string]int, len(raw.OneOf)),
	}
	for _, c := range raw.OneOf {
		if _, twice := list.byValue[c.Const]; twice {
			return nil, fmt.Errorf("%s: value %q is there twice", name, c.Const)
		}
		list.byValue[c.Const] = len(list.Codes)
		list.Codes = append(list.Codes, Code{Value: c.Const, Title: c.Title, Standard: c.Standard})
	}
	if raw.Type != String || len(list.Codes) == 0 {
		return nil, fmt.Errorf("%s: want a list of strings with at least one value", name)
	}
	l.lists[name] = list
	return list, nil
}

// strict decodes and refuses keys that the target does not know.
func strict(text []byte, target any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(target); err != nil {
		return err
	}
	return nil
}

// orderedKeys returns the keys of a JSON object as they are written.
func orderedKeys(object []byte) ([]string, error) {
	if len(object) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("want an object: %w", err)
	}
	var keys []string
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("want a key, got %v", t)
		}
		if slices.Contains(keys, key) {
			return nil, fmt.Errorf("key %q is there twice", key)
		}
		keys = append(keys, key)
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
