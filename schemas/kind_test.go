package schemas_test

import (
	"regexp"
	"slices"
	"strings"
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
	{"housing", 'H', "房", schemas.Open, map[string][]string{"in": {"building"}, "on": {"land"}, "part-of": {"housing"}}},
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

// The mandatory fields, as kind.field or kind/class.field. A field added here
// makes records that lack it go to quarantine: know why.
func TestMandatoryFields(t *testing.T) {
	want := []string{
		"land/above.z_bottom", "land/above.z_top", "land/below.z_bottom", "land/below.z_top",
		"building/floor.nominal_floor",
		"right.right_type",
		"person.name",
		"enterprise.name",
		"event.name",
		"asset.name",
		"address.full_address", "address/place.place_name",
		"district.district_code", "district.name",
	}
	var got []string
	for _, k := range schemas.Kinds() {
		for _, f := range k.Fields {
			if f.Constraint == schemas.Mandatory && f.Classes == nil {
				got = append(got, k.Name+"."+f.Name)
			}
		}
		for _, c := range k.Classes {
			for _, f := range c.Fields {
				base, _ := k.Field(f.Name)
				if f.Constraint == schemas.Mandatory && (base.Classes != nil || base.Constraint != schemas.Mandatory) {
					got = append(got, k.Name+"/"+c.Name+"."+f.Name)
				}
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("mandatory fields are\n%v, want\n%v", got, want)
	}
}

// What Chinese registers keep, and what the sources that are loaded bring.
func TestFieldsThatRegistersNeed(t *testing.T) {
	want := map[string][]string{
		"land": {
			"lot_number", "parcel_number", "plan_id", "land_use", "land_use_detail", "area", "planned_area", "registration",
			"z_bottom", "z_top", "vertical_datum", "ownership", "right_nature", "floor_area_ratio", "use_from", "use_to", "extra",
		},
		"building": {
			"name", "use", "use_detail", "structure", "height", "base_height", "floors_above", "floors_below", "year_built", "footprint_area",
			"roof_edge_area", "floor_area", "planned_floor_area", "registration", "division_code", "block_code", "hazard", "district_plan", "nominal_floor", "actual_floor", "extra",
		},
		"housing": {
			"unit", "nominal_floor", "actual_floor", "layout", "building_area", "inner_area", "shared_area", "planned_building_area", "gross_area", "use",
			"use_code", "use_description", "style", "stories", "year_built", "appraised_land_value", "appraised_improvements_value", "appraised_total_value", "occupancy", "registration", "extra",
		},
		"right":      {"right_type", "share_numerator", "share_denominator", "term_from", "term_to"},
		"person":     {"name", "sex", "birth_date", "ethnicity", "nationality", "marital_status", "education"},
		"household":  {"head_name", "member_count", "full_address"},
		"enterprise": {"name", "name_phonetic", "type", "industry", "industry_code", "registered_capital", "status", "established_on", "full_address", "postcode", "block_code", "extra"},
		"address": {
			"full_address", "status", "level", "city", "county", "town", "community", "villagers_group", "natural_village", "special_zone", "street", "door_number",
			"estate", "building", "building_plate", "entrance", "floor", "room", "postcode", "extra",
		},
		"district": {"district_code", "name", "level", "population", "parent_code", "households", "extra"},
	}
	for name, fields := range want {
		for _, field := range fields {
			if _, ok := kind(t, name).Field(field); !ok {
				t.Errorf("%s has no %s", name, field)
			}
		}
	}
}

// No person is told from what is public, and no closed kind says anything.
func TestGrades(t *testing.T) {
	for _, k := range schemas.Kinds() {
		for _, f := range k.Fields {
			if k.Access == schemas.Closed && f.Grade == schemas.Public {
				t.Errorf("%s.%s is public in a closed kind", k.Name, f.Name)
			}
		}
	}
	for name, want := range map[string]schemas.Grade{
		"enterprise.legal_representative": schemas.Internal, "person.phone": schemas.Secret, "person.name": schemas.Sensitive,
		"building.height": schemas.Public, "housing.occupancy_state": schemas.Internal, "building.household_count": schemas.Internal,
	} {
		k, field, _ := strings.Cut(name, ".")
		if f, ok := kind(t, k).Field(field); !ok || f.Grade != want {
			t.Errorf("%s is %v, want %v", name, f, want)
		}
	}
}

func TestClassesOfFields(t *testing.T) {
	thing := kind(t, "thing")
	length, ok := thing.Field("length")
	if !ok || !slices.Equal(length.Classes, []string{"pipe", "road"}) {
		t.Errorf("length is of %v", length.Classes)
	}
	sources := map[string]string{}
	for _, class := range length.Classes {
		c, _ := thing.Class(class)
		f, ok := c.Field("length")
		if !ok || !slices.Equal(f.Classes, length.Classes) {
			t.Errorf("%s has length: %v, of %v", class, ok, f.Classes)
		}
		sources[class] = f.Source + " " + f.SourceTitle.Zh
	}
	if sources["pipe"] != "utilities 公用事业" || sources["road"] != "transport 交通运输" {
		t.Errorf("sources are %v", sources)
	}
	if road, _ := thing.Class("road"); road.Geometry.Type != schemas.GeometryLineString {
		t.Errorf("a road is drawn as %s", road.Geometry.Type)
	}
	if got := thing.FieldsOf("railway"); got != nil {
		t.Errorf("an unknown class has fields %v", got)
	}
	var fields []string
	for _, f := range thing.FieldsOf("road") {
		fields = append(fields, f.Name)
	}
	if slices.Contains(fields, "beds") || !slices.Contains(fields, "lanes") || fields[0] != "name" {
		t.Errorf("a road has %v", fields)
	}
}

func TestText(t *testing.T) {
	text := schemas.Text{Zh: "楼", En: "Building"}
	for lang, want := range map[string]string{"zh": "楼", "zh-CN": "楼", "ZH-Hant": "楼", "en": "Building", "": "Building", "ja": "Building", "zhx": "Building"} {
		if got := text.In(lang); got != want {
			t.Errorf("In(%q) is %q, want %q", lang, got, want)
		}
	}
}

func TestGradeText(t *testing.T) {
	for g := schemas.Public; g <= schemas.Secret; g++ {
		text, err := g.MarshalText()
		var back schemas.Grade
		if err != nil || back.UnmarshalText(text) != nil || back != g || string(text) != g.String() {
			t.Errorf("%d: %s, %v, %v", int(g), text, err, back)
		}
	}
	if _, err := schemas.Grade(4).MarshalText(); err == nil {
		t.Error("grade 4 has a name")
	}
	if got := schemas.Grade(-1).String(); got != "Grade(-1)" {
		t.Errorf("grade -1 is %q", got)
	}
}

func TestAliasSchemes(t *testing.T) {
	valid := map[string][]string{
		"bdc":    {"450103001001GB00001W00000000", "440304001002GB00015F00010023"},
		"parcel": {"450103001001GB00001"}, "uscc": {"91110000600037341L", "91350100M000100Y43", "9144030071526726XG"},
		"rid": {"11010519491231002X", "440524188001010014"}, "house26": {"44030400420080700000100014", "4403050012010**00000203056"},
		"division": {"44", "4403", "440304", "440304001", "440304001001"},
	}
	invalid := map[string][]string{
		"bdc":  {"440304001002GB00015W00010023", "450103001001GB00001W0000000", "4501030010010000001000000000"},
		"uscc": {"9111000060003734IL"}, "division": {"440", "4403040"}, "rid": {"11010519491231002x"},
	}
	for _, s := range schemas.Schemes() {
		if s.Pattern == "" {
			continue
		}
		re := regexp.MustCompile(s.Pattern)
		for _, v := range valid[s.Scheme] {
			if !re.MatchString(v) {
				t.Errorf("%s refuses %s", s.Scheme, v)
			}
		}
		for _, v := range invalid[s.Scheme] {
			if re.MatchString(v) {
				t.Errorf("%s takes %s", s.Scheme, v)
			}
		}
	}
	var sensitive []string
	for _, s := range schemas.Schemes() {
		if s.Sensitive {
			sensitive = append(sensitive, s.Scheme)
		}
	}
	if want := []string{"certno", "hukou", "passport", "plate", "rid", "vin"}; !slices.Equal(sensitive, want) {
		t.Errorf("sensitive schemes are %v, want %v", sensitive, want)
	}
	if first := kind(t, "housing").AliasSchemes[0].Scheme; first != "szhouse" {
		t.Errorf("housing shows %s first", first)
	}
}
