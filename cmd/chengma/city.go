package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/schemas"
)

// city is the file that says what the city is: YAML or JSON.
type city struct {
	Name        schemas.Text `yaml:"name"`
	Code        string       `yaml:"code"` // of its division
	Attribution string       `yaml:"attribution"`
	Zone        string       `yaml:"zone"`     // IANA name
	Envelope    []float64    `yaml:"envelope"` // west, south, east, north
	Loads       []loadStep   `yaml:"loads"`
	// What chengma synth notes for people, and nothing is done with. Any other name
	// is taken for a mistake.
	People any `yaml:"people"`
	Seed   any `yaml:"seed"`
	Centre any `yaml:"centre"`
	Note   any `yaml:"note"`
	Key    any `yaml:"key"`

	zone     *time.Location
	envelope *entities.Box
}

// loadStep is a mapping with the files that it is for, in the order of loading;
// paths are relative to the city file.
type loadStep struct {
	Mapping string   `yaml:"mapping"`
	Files   []string `yaml:"files"`
}

const cityFlag = "file that names the city, its time zone and its envelope"

// readCity reads a city file. Without a path it is a city without a name, in UTC:
// the time zone of the machine that happens to serve says nothing of the city.
func readCity(path string) (*city, error) {
	c := &city{zone: time.UTC}
	if path == "" {
		return c, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Zone != "" {
		if c.zone, err = time.LoadLocation(c.Zone); err != nil {
			return nil, fmt.Errorf("%s: zone: %w", path, err)
		}
	}
	switch e := c.Envelope; {
	case len(e) == 4 && e[1] < e[3]:
		c.envelope = &entities.Box{West: e[0], South: e[1], East: e[2], North: e[3]}
	case len(e) != 0:
		return nil, fmt.Errorf("%s: envelope: want west, south, east, north in degrees", path)
	}
	return c, nil
}

// aliasSecret is the name of the store's key for sensitive aliases.
const aliasSecret = "aliases"

// sealerOf returns the sealer of the store's sensitive aliases.
func sealerOf(ctx context.Context, store entities.Store) (*entities.Sealer, error) {
	keeper, ok := store.(entities.Secrets)
	if !ok {
		return nil, errors.New("this store keeps no secrets")
	}
	key, err := keeper.Secret(ctx, aliasSecret)
	if err != nil {
		return nil, err
	}
	return entities.NewSealer(key), nil
}

// sealer returns what turns a value of any scheme into the one that is stored:
// normalised where the scheme is known, sealed where it is sensitive.
func sealer(ctx context.Context, store entities.Store) (func(scheme, value string) (string, error), error) {
	s, err := sealerOf(ctx, store)
	if err != nil {
		return nil, err
	}
	sensitive := make(map[string]bool)
	for _, scheme := range schemas.Default().Schemes() {
		sensitive[scheme.Scheme] = scheme.Sensitive
	}
	return func(scheme, value string) (string, error) {
		if _, known := codes.Lookup(scheme); known {
			normal, _, err := codes.Check(scheme, value)
			if err != nil {
				return "", err
			}
			value = normal
		}
		if sensitive[scheme] {
			return s.Seal(scheme, value), nil
		}
		return value, nil
	}, nil
}
