package api

import (
	"slices"
	"strings"
)

// near returns the up to three names that are most like a name: at most a third
// of its characters, and at most two, apart, or one the beginning of the other.
func near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	lower := strings.ToLower(name)
	if len(lower) > 64 {
		return nil
	}
	var found []candidate
	for _, n := range names {
		d := distance(lower, strings.ToLower(n))
		if d <= max(1, min(2, len(lower)/3)) {
			found = append(found, candidate{n, d})
		} else if len(lower) >= 3 && (strings.HasPrefix(n, lower) || strings.HasPrefix(lower, n)) {
			found = append(found, candidate{n, 3})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	var out []string
	for _, c := range found[:min(3, len(found))] {
		out = append(out, c.name)
	}
	return out
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
