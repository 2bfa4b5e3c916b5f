package schemas_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chengma/chengma/schemas"
)

// replaced returns the embedded files with one of them changed.
func replaced(t testing.TB, name, text string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for _, own := range ownFiles(t) {
		out[own] = &fstest.MapFile{Data: read(t, own)}
	}
	out[name] = &fstest.MapFile{Data: []byte(text)}
	return out
}

// Faults that one file alone does not show, or that only a reader of the
// whole set can see.
func TestLoadRefuses(t *testing.T) {
	tests := []struct{ name, file, old, new, want string }{
		{"target that is no kind", "kinds/land.schema.json", `"targets": ["district"]`, `"targets": ["quarter"]`, `no kind is named "quarter"`},
		{"letter as a target", "kinds/land.schema.json", `"targets": ["district"]`, `"targets": ["D"]`, `no kind is named "D"`},
		{"letter twice", "kinds/land.schema.json", `"x-chengma-letter": "L"`, `"x-chengma-letter": "B"`, `"B" is already defined`},
		{"number twice", "kinds/land.schema.json", `"x-chengma-number": 1,`, `"x-chengma-number": 2,`, "number 2 is already"},
		{"kind not named like its file", "kinds/land.schema.json", `"x-chengma-kind": "land"`, `"x-chengma-kind": "parcel"`, "name of the file"},
		{"alias scheme that is not there", "kinds/land.schema.json", `["parcel", "bdc"]`, `["parcel", "abc"]`, `no scheme "abc"`},
		{"definition that is not there", "kinds/land.schema.json", `$defs/extra"`, `$defs/extras"`, `no definition "extras"`},
		{"code list that is not there", "kinds/land.schema.json", `codelists/land-state.json`, `codelists/land-states.json`, "land-states.json"},
		{"reserved field", "kinds/land.schema.json", `"plan_id": {`, `"code": {`, "reserved"},
		{"field twice", "kinds/land.schema.json", `"plan_id": {`, `"lot_number": {`, "there twice"},
		{"M that is not required", "kinds/land.schema.json", `"x-chengma-constraint": "O"`, `"x-chengma-constraint": "M"`, "listed in required"},
		{"required that is not M", "kinds/address.schema.json", `"required": ["full_address"]`, `"required": ["full_address", "status"]`, "listed in required"},
		{"required that is no field", "kinds/address.schema.json", `"required": ["full_address"]`, `"required": ["full_address", "statue"]`, `no field "statue"`},
		{"condition on no field", "kinds/land.schema.json", `"z_bottom": ["vertical_datum"]`, `"z_floor": ["vertical_datum"]`, `no field "z_floor"`},
		{"pattern that does not compile", "kinds/address.schema.json", `^[1-9][0-9]$`, `^[1-9][0-9$`, "missing closing"},
		{"lifecycle without a list", "kinds/land.schema.json", `"x-chengma-lifecycle": "state"`, `"x-chengma-lifecycle": "lot_number"`, "x-chengma-lifecycle"},
		{"search in a number", "kinds/land.schema.json", `"x-chengma-search": ["lot_number"`, `"x-chengma-search": ["area"`, `"area" is not a text field`},
		{"one name, two meanings", "kinds/thing.schema.json", `"burial_depth": {`, `"lanes": {`, "one name has one definition"},
		{"class twice", "kinds/land.schema.json", `{"$ref": "#/$defs/above"}`, `{"$ref": "#/$defs/below"}`, `"below" is there twice`},
		{"class that is not there", "kinds/land.schema.json", `{"$ref": "#/$defs/above"}`, `{"$ref": "#/$defs/beyond"}`, `class "beyond"`},
		{"class of another name", "kinds/land.schema.json", `"const": "above"`, `"const": "upper"`, `const "above"`},
		{"list value twice", "codelists/sex.json", `"const": "2"`, `"const": "1"`, `"1" is there twice`},
		{"not JSON", "kinds/land.schema.json", `{`, ``, "land.schema.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(string(read(t, tt.file)), tt.old, tt.new, 1)
			if text == string(read(t, tt.file)) {
				t.Fatalf("%s does not contain %s", tt.file, tt.old)
			}
			_, err := schemas.Load(replaced(t, tt.file, text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v; want it to say %s", err, tt.want)
			}
		})
	}
	if _, err := schemas.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty folder loads")
	}
}

// A city adds a kind by adding a file.
func TestLoadTakesAnotherKind(t *testing.T) {
	text := strings.NewReplacer(`"x-chengma-kind": "asset"`, `"x-chengma-kind": "garden"`,
		`"x-chengma-letter": "A"`, `"x-chengma-letter": "G"`, `"x-chengma-number": 10`, `"x-chengma-number": 14`).
		Replace(string(read(t, "kinds/asset.schema.json")))
	r, err := schemas.Load(replaced(t, "kinds/garden.schema.json", text))
	if err != nil {
		t.Fatal(err)
	}
	k, ok := r.Lookup("g")
	if !ok || k.Name != "garden" || k.Number != 14 {
		t.Fatalf("Lookup finds %v, %v", k, ok)
	}
	thing, _ := r.Lookup("thing")
	if at, _ := thing.Role("at"); !at.Allows("garden") || at.Allows("gardens") {
		t.Errorf("thing at %v; want it to include garden", at.Targets)
	}
	if _, ok := schemas.Lookup("garden"); ok {
		t.Error("the embedded set has it too")
	}
}

// What a class adds to a field of its kind holds beside what the kind says,
// and in that class only.
func TestClassTightensAField(t *testing.T) {
	text := strings.Replace(string(read(t, "kinds/land.schema.json")), `"z_top": {"x-chengma-constraint": "M"}`,
		`"z_top": {"maximum": 100, "minimum": -99999, "x-chengma-constraint": "M"}, "lot_number": {"pattern": "^[0-9]+$", "maxLength": 99}`, 1)
	r, err := schemas.Load(replaced(t, "kinds/land.schema.json", text))
	if err != nil {
		t.Fatal(err)
	}
	land, _ := r.Lookup("land")
	tests := []struct {
		name, class string
		field       string
		value       any
		rule        string
	}{
		{"limit of the class", "above", "z_top", 101.0, schemas.RuleMaximum},
		{"in another class", "below", "z_top", 101.0, ""},
		{"limit of the kind", "above", "z_top", -20000.0, schemas.RuleMinimum},
		{"layout of the class", "above", "lot_number", "A1", schemas.RulePattern},
		{"length of the kind", "above", "lot_number", strings.Repeat("1", 51), schemas.RuleLength},
		{"both", "above", "lot_number", "1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := land.CheckPatch(tt.class, record{tt.field: tt.value}.get)
			if tt.rule == "" && len(got) == 0 || len(got) == 1 && got[0].Rule == tt.rule {
				return
			}
			t.Errorf("violations %+v, want %q", got, tt.rule)
		})
	}
	above, _ := land.Class("above")
	if f, _ := above.Field("lot_number"); f.Pattern != "^[0-9]+$" || f.Type != schemas.String || f.Title.En != "Lot number" {
		t.Errorf("the class describes the field as %+v", f)
	}
	if f, _ := land.Field("lot_number"); f.Pattern != "" {
		t.Errorf("the kind describes the field as %+v", f)
	}
}

// Whatever a file says, Load answers with a registry or with an error.
func FuzzLoad(f *testing.F) {
	self := strings.NewReplacer(`"targets": ["district"]`, `"targets": ["land"]`)
	f.Add(self.Replace(string(read(f, "kinds/land.schema.json"))))
	f.Add(`{"x-chengma-kind":"land","x-chengma-letter":"L","x-chengma-number":1,"x-chengma-access":"open","type":"object","unevaluatedProperties":false,"oneOf":[{"$ref":"#/$defs/a"}]}`)
	f.Add(`{"properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"$ref":"#/$defs/b"}}}`)
	f.Add(`{}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, text string) {
		files := fstest.MapFS{"kinds/land.schema.json": {Data: []byte(text)}}
		for _, name := range []string{
			"schemes.json", "common.schema.json", "codelists/registration.json", "codelists/land-state.json", "codelists/land-use.json",
			"codelists/land-ownership.json", "codelists/land-right-nature.json", "codelists/vertical-datum.json", "codelists/source.json",
		} {
			files[name] = &fstest.MapFile{Data: read(t, name)}
		}
		r, err := schemas.Load(files)
		if (r == nil) == (err == nil) {
			t.Fatalf("registry %v, error %v; want one of them", r, err)
		}
		if err != nil {
			return
		}
		for _, k := range r.Kinds() {
			if _, err := k.JSONSchema(schemas.View{}); err != nil {
				t.Fatal(err)
			}
			for _, c := range k.Classes {
				k.Check(c.Name, record{}.get)
			}
		}
	})
}
