package snapshot

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// ErrLayer: a layer that cannot be drawn as it is described.
var ErrLayer = errors.New("invalid layer")

// Layer says what a snapshot is of.
type Layer struct {
	// Name is the layer's name in tiles and addresses.
	Name string `json:"name"`
	// Kind is the kind of its things.
	Kind entities.Kind `json:"kind"`
	// Properties are the attributes that tiles may carry, in this order. Numbers,
	// booleans and texts are put in as they are, JSON as its text; null and unset
	// are left out.
	Properties []string `json:"properties"`
	// Place are the roles of the links by which a thing without geometry of its
	// own finds its place, best first. A target that has no geometry either is
	// followed by the same roles, at most maxHops links far. Of several targets
	// in a role the one with the smallest code that has a place is taken.
	Place []string `json:"place"`
}

// check refuses what must not or cannot be drawn.
func (l *Layer) check() error {
	switch {
	case l.Name == "":
		return fmt.Errorf("%w: it has no name", ErrLayer)
	case !l.Kind.Valid():
		return fmt.Errorf("%w: %q has no kind", ErrLayer, l.Name)
	case neverPlaced(l.Kind):
		return fmt.Errorf("%w: %q is of kind %s, which is never drawn", ErrLayer, l.Name, l.Kind)
	}
	for i, name := range l.Properties {
		if name == "" || slices.Contains(l.Properties[:i], name) {
			return fmt.Errorf("%w: %q names property %q twice or not at all", ErrLayer, l.Name, name)
		}
		if name == codeKey || name == entities.ClassAttr {
			return fmt.Errorf("%w: %q names property %q, which every feature has", ErrLayer, l.Name, name)
		}
	}
	return nil
}

func (l *Layer) equal(o *Layer) bool {
	return l.Name == o.Name && l.Kind == o.Kind && slices.Equal(l.Properties, o.Properties) && slices.Equal(l.Place, o.Place)
}

// codeKey is the property that has the code's text in tiles.
const codeKey = "code"

// neverPlaced holds the kinds that are drawn nowhere, neither as a layer nor as
// the place of another thing (no person is ever a point on a map).
func neverPlaced(k entities.Kind) bool {
	return k == entities.Person || k == entities.Household
}
