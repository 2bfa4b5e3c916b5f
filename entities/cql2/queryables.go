package cql2

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Type is the type of a queryable, an argument or a result. KindFloat stands
// for every number.
type Type struct {
	Kind Kind
	Elem Kind // of the items of an array; KindAny or KindNull: not known
}

func (t Type) String() string {
	if t.Kind == KindArray && t.Elem != KindAny && t.Elem != KindNull {
		return "array of " + t.Elem.String()
	}
	return t.Kind.String()
}

// Queryables is what filters may refer to. The zero value has nothing.
type Queryables struct {
	Properties map[string]Type
	Functions  map[string]FunctionDef
}

// FunctionDef declares a function beyond the standard.
type FunctionDef struct {
	Params   []Type // KindAny accepts everything
	Variadic bool   // the last parameter may be there any number of times, also never
	Result   Type
	// Nulls says that Call handles NULL arguments. Without it the result is
	// NULL where an argument is, and Call does not see it.
	Nulls bool
	// Call computes the result. It must be safe for concurrent use, depend on
	// its arguments only, and not keep the slice.
	Call func(args []Value) (Value, error)
}

// unknownProperty names the property and those that it may have meant.
func (q Queryables) unknownProperty(p *Property) error {
	e := errorAt(ErrUnknownProperty, p.Pos, "\"%s\" is not a queryable here", shorten(p.Name))
	e.Name, e.Suggestions = p.Name, nearest(p.Name, q.Properties)
	return e
}

func (q Queryables) unknownFunction(f *Function) error {
	e := errorAt(ErrUnknownFunction, f.Pos, "there is no function %s", shorten(f.Name))
	e.Name, e.Suggestions = f.Name, nearest(f.Name, q.Functions)
	return e
}

// nearest returns the up to three names that differ least from name, without
// regard to case: by at most a third of its characters.
func nearest[T any](name string, known map[string]T) []string {
	type candidate struct {
		name     string
		distance int
	}
	lower := strings.ToLower(name)
	length := utf8.RuneCountInString(lower)
	if length > 100 {
		return nil
	}
	var near []candidate
	for k := range known {
		if d := editDistance([]rune(lower), []rune(strings.ToLower(k))); d <= max(1, length/3) {
			near = append(near, candidate{k, d})
		}
	}
	sort.Slice(near, func(i, j int) bool {
		if near[i].distance != near[j].distance {
			return near[i].distance < near[j].distance
		}
		return near[i].name < near[j].name
	})
	var names []string
	for _, c := range near[:min(3, len(near))] {
		names = append(names, c.name)
	}
	return names
}

// editDistance counts insertions, deletions, substitutions and transpositions
// of neighbours (optimal string alignment).
func editDistance(a, b []rune) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
