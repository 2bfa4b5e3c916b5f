package api

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/cql2"
	"github.com/chengma/chengma/schemas"
)

// KeyFile is the file of keys, in YAML. It holds hashes, never keys.
type KeyFile struct {
	Keys []Key `yaml:"keys"`
}

// Key is one entry of a [KeyFile].
type Key struct {
	Name    string    `yaml:"name"`              // for people
	Hash    string    `yaml:"hash"`              // sha256:… as NewKey gives it
	Expires time.Time `yaml:"expires,omitempty"` // never where zero
	Grants  []Grant   `yaml:"grants"`
}

// Grant opens things and fields to a key. Grants add up.
type Grant struct {
	Kinds   []string `yaml:"kinds"`             // names of kinds, or "*"
	Classes []string `yaml:"classes,omitempty"` // all where empty
	Grade   string   `yaml:"grade,omitempty"`   // fields up to it; Defaults to public
	Fields  []string `yaml:"fields,omitempty"`  // further fields
	Filter  string   `yaml:"filter,omitempty"`  // rows: CQL2 text over all fields of the kind
	Area    *Area    `yaml:"area,omitempty"`    // things whose own geometry shares a point with it
}

// Area is a box (west, south, east, north) or a polygon (rings of lon/lat
// positions, as in GeoJSON).
type Area struct {
	BBox    []float64     `yaml:"bbox,omitempty"`
	Polygon [][][]float64 `yaml:"polygon,omitempty"`
}

// Keys are keys with what they open, ready to be asked. They do not change.
type Keys struct {
	list []grantee
}

type grantee struct {
	hash    [sha256.Size]byte
	expires time.Time
	access  *Access
}

const hashPrefix = "sha256:"

// NewKey makes a random key of 160 bits and the hash that stands for it in a key
// file. SHA-256 without salt is enough for a secret that nobody can guess.
func NewKey() (key, hash string) {
	var raw [20]byte
	rand.Read(raw[:]) // never fails (crypto/rand)
	key = "cm_" + strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
	sum := sha256.Sum256([]byte(key))
	return key, hashPrefix + hex.EncodeToString(sum[:])
}

// LoadKeys reads a key file. An error names the key and the grant at fault.
func LoadKeys(r io.Reader, registry *schemas.Registry) (*Keys, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	var file KeyFile
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return NewKeys(file, registry)
}

// NewKeys makes keys of a key file that was read already.
func NewKeys(file KeyFile, registry *schemas.Registry) (*Keys, error) {
	keys := &Keys{}
	for i, key := range file.Keys {
		g, err := key.compile(registry)
		if err != nil {
			return nil, fmt.Errorf("key file: key %d (%s): %w", i+1, key.Name, err)
		}
		keys.list = append(keys.list, g)
	}
	return keys, nil
}

// find returns what a key opens; false where it is unknown or has expired. It
// looks at every key, however early one fits.
func (k *Keys) find(key string, now time.Time) (*Access, bool) {
	sum := sha256.Sum256([]byte(key))
	var found *Access
	for i := range k.list {
		g := &k.list[i]
		if subtle.ConstantTimeCompare(sum[:], g.hash[:]) == 1 && (g.expires.IsZero() || now.Before(g.expires)) {
			found = g.access
		}
	}
	return found, found != nil
}

func (k Key) compile(registry *schemas.Registry) (grantee, error) {
	g := grantee{expires: k.Expires, access: openAccess(registry)}
	digits, ok := strings.CutPrefix(k.Hash, hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != len(g.hash) {
		return g, errors.New("hash: want sha256: and 64 hexadecimal digits")
	}
	copy(g.hash[:], raw)
	for i, grant := range k.Grants {
		if err := grant.open(g.access, registry); err != nil {
			return g, fmt.Errorf("grant %d: %w", i+1, err)
		}
	}
	g.access.finish()
	canonical, err := json.Marshal(k.Grants)
	if err != nil {
		return g, fmt.Errorf("grants: %w", err)
	}
	sum := sha256.Sum256(canonical)
	g.access.mask = hex.EncodeToString(sum[:8])
	return g, nil
}

func (g Grant) open(a *Access, registry *schemas.Registry) error {
	grade := schemas.Public
	if g.Grade != "" {
		if err := grade.UnmarshalText([]byte(g.Grade)); err != nil {
			return fmt.Errorf("grade: %w", err)
		}
	}
	kinds, err := g.kinds()
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		described, ok := registry.Lookup(kind.String())
		if !ok {
			return fmt.Errorf("kinds: no schema describes %s", kind)
		}
		r, err := g.rule(described, grade)
		if err != nil {
			return fmt.Errorf("kind %s: %w", kind, err)
		}
		a.kinds[kind].rules = append(a.kinds[kind].rules, r)
	}
	return nil
}

func (g Grant) kinds() ([]entities.Kind, error) {
	if len(g.Kinds) == 0 {
		return nil, errors.New("kinds: want at least one kind, or \"*\"")
	}
	if slices.Equal(g.Kinds, []string{"*"}) {
		return entities.Kinds(), nil
	}
	var kinds []entities.Kind
	for _, name := range g.Kinds {
		kind, err := entities.ParseKind(name)
		if err != nil {
			return nil, fmt.Errorf("kinds: %w", err)
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

func (g Grant) rule(kind *schemas.Kind, grade schemas.Grade) (rule, error) {
	r := rule{classes: g.Classes, fields: fieldsUpTo(kind, grade)}
	for _, name := range g.Fields {
		if _, ok := kind.Field(name); !ok {
			return r, fmt.Errorf("fields: there is no field %q", name)
		}
		r.fields[name] = true
	}
	for _, name := range g.Classes {
		if _, ok := kind.Class(name); !ok {
			return r, fmt.Errorf("classes: there is no class %q", name)
		}
	}
	var err error
	r.rows, err = g.rows(kind)
	return r, err
}

// rows makes one condition of filter and area.
func (g Grant) rows(kind *schemas.Kind) (*filter, error) {
	var conditions []cql2.Expr
	if g.Filter != "" {
		e, err := cql2.ParseText(g.Filter)
		if err != nil {
			return nil, fmt.Errorf("filter: %w", err)
		}
		conditions = append(conditions, e)
	}
	if g.Area != nil {
		e, err := g.Area.condition()
		if err != nil {
			return nil, fmt.Errorf("area: %w", err)
		}
		conditions = append(conditions, e)
	}
	f, err := newFilter(conditions, queryables(kind, nil))
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	return f, nil
}

// condition writes the area as CQL2, so that rows have one evaluator.
func (a Area) condition() (cql2.Expr, error) {
	var shape any
	switch {
	case len(a.BBox) == 4 && a.Polygon == nil:
		shape = map[string]any{"bbox": a.BBox}
	case a.BBox == nil && len(a.Polygon) > 0:
		shape = map[string]any{"type": "Polygon", "coordinates": a.Polygon}
	default:
		return nil, errors.New("want either a bbox of four numbers or the rings of a polygon")
	}
	raw, err := json.Marshal(map[string]any{"op": "s_intersects", "args": []any{map[string]any{"property": entities.GeometryAttr}, shape}})
	if err != nil {
		return nil, err
	}
	return cql2.ParseJSON(raw)
}
