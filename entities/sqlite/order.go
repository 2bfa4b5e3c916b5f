package sqlite

import (
	"cmp"
	"slices"
)

// sortedSet returns items in order, each once, in a slice of its own.
func sortedSet[T cmp.Ordered](items []T) []T {
	items = slices.Clone(items)
	slices.Sort(items)
	return slices.Compact(items)
}
