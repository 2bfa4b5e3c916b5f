package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chengma/chengma/ingest"
)

func TestParseMapping_Errors(t *testing.T) {
	head := "mapping: 1\nsource: s\nkind: building\nclass: natural\nkey: {scheme: b, from: id}\n"
	tests := []struct {
		name, text string
		want       string // a part of the error, which begins with file:line: key:
	}{
		{"empty", "", "map.yaml: the file is empty"},
		{"not YAML", "mapping: [1", "not YAML"},
		{"unknown key", head + "feilds: {}\n", "map.yaml:6: feilds: there is no such key (did you mean fields?)"},
		{"unknown key inside", head + "fields:\n  height:\n    from: h\n    uint: m\n", "map.yaml:9: fields.height.uint: there is no such key (did you mean unit?)"},
		{"missing key", "mapping: 1\nsource: s\nkind: building\n", "missing: key"},
		{"kind", "mapping: 1\nsource: s\nkind: bilding\nkey: {scheme: b, from: id}\n", "map.yaml:3: kind: bilding is not one of"},
		{"kind suggestion", "mapping: 1\nsource: s\nkind: bilding\nkey: {scheme: b, from: id}\n", "(did you mean building?)"},
		{"class", "mapping: 1\nsource: s\nkind: building\nclass: natrual\nkey: {scheme: b, from: id}\n", `map.yaml:4: class: a building has no class "natrual" (did you mean natural?)`},
		{"key twice", head + "source: t\n", "map.yaml:6: source: the key is there twice, first on line 2"},
		{"attribute", head + "fields:\n  hieght: h\n", `map.yaml:7: fields.hieght: a building has no attribute "hieght" (did you mean height?)`},
		{"attribute's name", head + "fields:\n  Height: h\n", `a building has no attribute "Height" (did you mean height?)`},
		{"attribute of another class", head + "fields: {nominal_floor: f}\n", "it belongs to floor"},
		{"unit", head + "fields: {height: {from: h, unit: fathom}}\n", `unknown unit "fathom"`},
		{"unit of another measure", head + "fields: {height: {from: h, unit: ha}}\n", "measures area, but height is in m"},
		{"unit of text", head + "fields: {name: {from: n, unit: m}}\n", "name is a string; unit is for numbers"},
		{"unit and factor", head + "fields: {height: {from: h, unit: ft, factor: 2}}\n", "both unit and factor"},
		{"constant", head + "fields: {floors_above: {const: many}}\n", "the constant is not a value of floors_above"},
		{"constant not in list", head + "fields: {use: {const: house}}\n", "has no house"},
		{"list leads nowhere", head + "fields: {use: {from: u, values: {R: residental}}}\n", `"residental" is not in the code list building-use (did you mean residential?)`},
		{"list file", head + "fields: {use: {from: u, values-file: {file: none.csv}}}\n", "none.csv"},
		{"list file outside", head + "fields: {use: {from: u, values-file: {file: ../x.csv}}}\n", "not a file beside the mapping"},
		{"from and const", head + "fields: {name: {from: n, const: x}}\n", "both from and const"},
		{"neither", head + "fields: {name: {trim: false}}\n", "want from or const"},
		{"date form", head + "fields: {completed_on: {from: d, date: DD.MM}}\n", "a form has YYYY"},
		{"date of text", head + "fields: {name: {from: d, date: iso}}\n", "name is no date"},
		{"valid", head + "valid: {from: someday}\n", `"someday" is neither run, always, a date`},
		{"zone", head + "zone: Mars/Olympus\n", "map.yaml:6: zone:"},
		{"crs", head + "crs: EPSG:3405\n", "ogr2ogr"},
		{"axes", head + "crs: {name: EPSG:4547, axes: lat-lon}\n", "has easting and northing"},
		{"lon of metres", head + "crs: EPSG:4547\ngeometry: {lon: x, lat: y}\n", "write x and y"},
		{"half a pair", head + "geometry: {lon: x}\n", "lon and lat come together"},
		{"two geometries", head + "geometry: {lon: x, lat: y, wkt: w}\n", "want one of"},
		{"envelope", head + "envelope: [1, 2, 3]\n", "envelope"},
		{"envelope's order", head + "envelope: [114, 23, 115, 22]\n", "west, south, east, north"},
		{"role", head + "links: [{role: onn, scheme: p, from: p}]\n", `no link role "onn" (did you mean on?)`},
		{"role's target", head + "links: [{role: \"on\", within: {kind: district}}]\n", "leads to land"},
		{"two ways to link", head + "links: [{role: \"on\", scheme: p, from: p, within: {kind: land}}]\n", "want one of scheme"},
		{"share", head + "links: [{role: \"on\", scheme: p, from: p, share: s}]\n", "no share"},
		{"full without as-of", head + "file: {extent: full}\n", "needs as-of"},
		{"scope without full", head + "file: {scope: {class: natural}}\n", "extent: full"},
		{"delta without operation", head + "file: {extent: delta}\n", "needs operation"},
		{"split without into", head + "file: {extent: delta, operation: {from: op, values: {S: split}}}\n", "split and merge need into"},
		{"responsible", head + "responsible: [houzing]\n", "(did you mean housing?)"},
		{"state again", head + "fields: {name: n}\nstates: [{valid: {from: run}, fields: {name: m}}]\n", "among the common fields already"},
		{"merge key", "a: &a {x: 1}\nb: {<<: *a}\n", "merge keys"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ingest.ParseMapping("map.yaml", []byte(tt.text), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q in it", err, tt.want)
			}
			var at *ingest.MappingError
			if !errors.As(err, &at) {
				t.Errorf("error %T, want a MappingError in it", err)
			}
		})
	}
}

// A file named by a mapping lies beside it, also where a symbolic link says
// otherwise.
func TestLoadMapping_ReadsNothingElsewhere(t *testing.T) {
	folder := t.TempDir()
	beside := filepath.Join(folder, "maps")
	for path, text := range map[string]string{"secret.csv": "code,use\nR,residential\n", "maps/uses.csv": "code,use\nR,residential\n"} {
		if err := os.MkdirAll(beside, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"inside.csv": "uses.csv", "outside.csv": "../secret.csv", "absolute.csv": filepath.Join(folder, "secret.csv")} {
		if err := os.Symlink(to, filepath.Join(beside, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	for name, fine := range map[string]bool{"uses.csv": true, "inside.csv": true, "outside.csv": false, "absolute.csv": false, "../secret.csv": false, "/etc/passwd": false} {
		path := filepath.Join(beside, "map.yaml")
		if err := os.WriteFile(path, []byte(building("fields: {use: {from: u, values-file: {file: "+name+"}}}\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ingest.LoadMapping(path); (err == nil) != fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseMapping_SaysEverythingAtOnce(t *testing.T) {
	_, err := ingest.ParseMapping("map.yaml", []byte(building("fields: {hight: h, usage: u}\nzone: Nowhere\n")), nil)
	if err == nil || strings.Count(err.Error(), "map.yaml:") != 3 {
		t.Errorf("want three errors, got %v", err)
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add(building("fields: {height: {from: h, unit: ft}, use: {from: u, values: {1: residential}}}\n"))
	f.Add("mapping: 1\nsource: s\nkind: land\nclass: surface\nkey: {scheme: p, from: [a, b]}\ncrs: {name: mine, axes: northing-easting, plane: {target: EPSG:4547, de: 1, dn: 2}}\n")
	f.Add("mapping: 1\nsource: s\nkind: person\nclass: resident\nkey: {scheme: rid, from: id}\nfile: {extent: delta, operation: {from: o, values: {a: end}}}\n")
	f.Add("a: &a [*a]")
	f.Add("? [x]\n: y")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ingest.ParseMapping("map.yaml", []byte(text), nil)
		if (m == nil) == (err == nil) {
			t.Fatalf("mapping %v, error %v", m, err)
		}
	})
}
