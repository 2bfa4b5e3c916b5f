package schemas_test

import (
	"slices"
	"testing"

	"github.com/chengma/chengma/schemas"
)

// The table of the kinds as the project fixes it. "*" stands for every kind.
var kinds = []struct {
	name    string
	letter  byte
	element string
	access  schemas.Access
	roles   map[string][]string
}{
	{"land", 'L', "地", schemas.Open, map[string][]string{"in": {"district"}}},
	{"building", 'B', "楼", schemas.Open, map[string][]string{"on": {"land"}, "part-of": {"building"}}},
	{"housing", 'H', "房", schemas.Open, map[string][]string{"in": {"building"}, "part-of": {"housing"}}},
	{"right", 'R', "权", schemas.Closed, map[string][]string{"over": {"land", "building", "housing"}, "held-by": {"person", "enterprise"}, "encumbers": {"right"}}},
	{"person", 'P', "人", schemas.Closed, map[string][]string{
		"lives-in": {"housing", "building", "address"}, "registered-at": {"housing", "building", "address"}, "member-of": {"household"}, "works-for": {"enterprise"},
	}},
	{"enterprise", 'E', "企", schemas.Open, map[string][]string{
		"registered-at": {"housing", "building", "address"}, "operates-at": {"housing", "building", "address"}, "branch-of": {"enterprise"}, "represented-by": {"person"},
	}},
	{"event", 'V', "事", schemas.Open, map[string][]string{"at": {"*"}}},
	{"thing", 'T', "物", schemas.Open, map[string][]string{"at": {"*"}}},
	{"vehicle", 'C', "车", schemas.Closed, map[string][]string{"kept-by": {"person", "enterprise"}}},
	{"asset", 'A', "产", schemas.Open, map[string][]string{"part-of": {"*"}}},
	{"address", 'S', "地名地址", schemas.Open, map[string][]string{"names": {"land", "building", "housing"}, "part-of": {"address"}}},
	{"district", 'D', "行政区划、网格", schemas.Open, map[string][]string{"in": {"district"}}},
	{"household", 'F', "户", schemas.Closed, map[string][]string{"at": {"housing", "address"}}},
}

func TestKindsAreTheThirteen(t *testing.T) {
	all := schemas.Kinds()
	if len(all) != len(kinds) {
		t.Fatalf("%d kinds, want %d", len(all), len(kinds))
	}
	var every []string
	for _, k := range all {
		every = append(every, k.Name)
	}
	for i, want := range kinds {
		k := all[i]
		if k.Name != want.name || k.Letter != want.letter || k.Number != i+1 || k.Element != want.element || k.Access != want.access {
			t.Errorf("kind %d is %q %c %d %q %s, want %+v", i+1, k.Name, k.Letter, k.Number, k.Element, k.Access, want)
		}
		if len(k.Roles) != len(want.roles) {
			t.Errorf("%s: %d roles, want %d", k.Name, len(k.Roles), len(want.roles))
		}
		for name, targets := range want.roles {
			role, ok := k.Role(name)
			if slices.Equal(targets, []string{"*"}) {
				targets = every
			}
			if !ok || !slices.Equal(role.Targets, targets) {
				t.Errorf("%s: role %q links to %v, want %v", k.Name, name, role.Targets, targets)
			}
		}
		for _, key := range []string{want.name, string(want.letter), string(want.letter + 'a' - 'A')} {
			if found, ok := schemas.Lookup(key); !ok || found != k {
				t.Errorf("Lookup(%q) does not find %s", key, want.name)
			}
		}
	}
	for _, key := range []string{"", "X", "buildings", "Building"} {
		if _, ok := schemas.Lookup(key); ok {
			t.Errorf("Lookup(%q) finds a kind", key)
		}
	}
}
