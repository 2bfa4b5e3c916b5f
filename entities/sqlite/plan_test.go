package sqlite_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/entities/sqlite"
)

// TestPlans asserts that no statement on the way of a request reads a whole table
// or sorts what an index has sorted.
func TestPlans(t *testing.T) {
	store := open(t, sqlite.Config{})
	// What may be scanned, with the reason.
	allowed := map[string][]string{
		"versions_open": {"SCAN j"}, "aliases_open": {"SCAN j"}, "aliases_open_by_key": {"SCAN j"},
		"links_open": {"SCAN j"}, "states_open": {"SCAN j"}, "search": {"SCAN j"}, // the list given
		"refusals_settle":  {"SCAN json_each"},
		"box_codes":        {"SCAN b VIRTUAL TABLE", "USE TEMP B-TREE FOR DISTINCT"}, // the R*Tree's own index
		"linked_from":      {"USE TEMP B-TREE FOR DISTINCT", "USE TEMP B-TREE FOR ORDER BY"},
		"linked_to":        {"USE TEMP B-TREE FOR DISTINCT", "USE TEMP B-TREE FOR ORDER BY"},
		"aliases_of_key":   {"USE TEMP B-TREE FOR ORDER BY"}, // the few things of one key
		"versions_changed": {"USE TEMP B-TREE FOR ORDER BY"}, // a list of what changed, bounded
		"aliases_changed":  {"USE TEMP B-TREE FOR ORDER BY"},
		"links_changed":    {"USE TEMP B-TREE FOR ORDER BY"},
		"links_to_changed": {"USE TEMP B-TREE FOR ORDER BY"},
		"verify_overlap":   {"SCAN a"}, "verify_refusals": {"SCAN b", "SCAN f", "SCAN (subquery"}, // Verify looks at everything
	}
	statements := sqlite.Statements()
	for _, name := range slices.Sorted(maps.Keys(statements)) {
		plan, err := sqlite.Explain(store, statements[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for line := range strings.Lines(plan) {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "SCAN") && !strings.HasPrefix(line, "USE TEMP") {
				continue
			}
			if !slices.ContainsFunc(allowed[name], func(prefix string) bool { return strings.HasPrefix(line, prefix) }) {
				t.Errorf("%s: %s in\n%s", name, line, plan)
			}
		}
	}
}
