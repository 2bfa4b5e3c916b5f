package schemas_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chengma/chengma/schemas"
)

const base = "file:///schemas/"

// ownFiles returns the files that this package answers for.
func ownFiles(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"kinds/*", "codelists/*", "common.schema.json", "schemes.json"} {
		found, err := fs.Glob(schemas.Files(), pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		names = append(names, found...)
	}
	return names
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := fs.ReadFile(schemas.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t testing.TB, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// newCompiler knows all files under their paths and asserts formats.
func newCompiler(t testing.TB) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, name := range append(ownFiles(t), "meta.schema.json") {
		if err := c.AddResource(base+name, decode(t, read(t, name))); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// metaOf returns the definition of the meta-schema that a file must meet.
func metaOf(name string) string {
	switch {
	case name == "common.schema.json":
		return "common"
	case name == "schemes.json":
		return "schemes"
	case path.Dir(name) == "codelists":
		return "codelist"
	}
	return "kind"
}

func compileMeta(t testing.TB, c *jsonschema.Compiler, name string) *jsonschema.Schema {
	t.Helper()
	s, err := c.Compile(base + "meta.schema.json#/$defs/" + metaOf(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFilesMeetTheMetaSchema(t *testing.T) {
	c := newCompiler(t)
	for _, name := range ownFiles(t) {
		if err := compileMeta(t, c, name).Validate(decode(t, read(t, name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "schemes.json" {
			continue
		}
		if _, err := c.Compile(base + name); err != nil {
			t.Errorf("%s is not a JSON Schema: %v", name, err)
		}
	}
}

// broken writes one thing wrong into a file: the meta-schema must refuse it,
// and so must Load where it reads that keyword.
var broken = []struct {
	name, file, old, new string
	load                 string // part of Load's error; empty where it cannot know
}{
	{"no English title", "kinds/land.schema.json", `"zh": "地号", "en": "Lot number"`, `"zh": "地号"`, `"lot_number": x-chengma-title`},
	{"unknown grade", "kinds/right.schema.json", `"x-chengma-grade": "sensitive"`, `"x-chengma-grade": "private"`, `grade "private"`},
	{"unknown source", "kinds/land.schema.json", `"x-chengma-source": "civil-affairs"`, `"x-chengma-source": "magistrate"`, `"magistrate"`},
	{"unknown constraint", "kinds/land.schema.json", `"x-chengma-constraint": "O"`, `"x-chengma-constraint": "X"`, `"X"`},
	{"unknown unit", "kinds/land.schema.json", `"x-chengma-unit": "%"`, `"x-chengma-unit": "percent"`, ""},
	{"unknown keyword", "kinds/land.schema.json", `"maxLength": 50`, `"longest": 50`, `"longest"`},
	{"condition missing", "kinds/asset.schema.json", `"x-chengma-condition"`, `"x-chengma-description"`, `"quantity_unit": x-chengma-condition`},
	{"upper-case field", "kinds/land.schema.json", `"lot_number": {`, `"LotNumber": {`, "lot_number"},
	{"two letters", "kinds/land.schema.json", `"x-chengma-letter": "L"`, `"x-chengma-letter": "LA"`, `"LA"`},
	{"number too large", "kinds/land.schema.json", `"x-chengma-number": 1,`, `"x-chengma-number": 32,`, "32"},
	{"half-open access", "kinds/land.schema.json", `"x-chengma-access": "open"`, `"x-chengma-access": "ajar"`, "ajar"},
	{"unknown fields let in", "kinds/land.schema.json", `"unevaluatedProperties": false`, `"unevaluatedProperties": true`, "unevaluatedProperties"},
	{"class changes a type", "kinds/land.schema.json", `"z_top": {"x-chengma-constraint": "M"}`, `"z_top": {"type": "string", "x-chengma-constraint": "M"}`, "may tighten"},
	{"code without Chinese", "codelists/sex.json", `"zh": "男性", `, ``, ""},
	{"standard in another form", "codelists/sex.json", `"GB/T 2261.1"`, `"GB2261"`, ""},
	{"code list of numbers", "codelists/sex.json", `"type": "string"`, `"type": "integer"`, "strings"},
	{"shared field with a source", "common.schema.json", `"x-chengma-standard": "ISO 4217"`, `"x-chengma-provider": "ISO 4217"`, "x-chengma-provider"},
	{"scheme without sensitivity", "schemes.json", `"sensitive": true`, `"secret": true`, `"secret"`},
}

func TestBrokenFilesAreRefused(t *testing.T) {
	c := newCompiler(t)
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(string(read(t, tt.file)), tt.old, tt.new, 1)
			if text == string(read(t, tt.file)) {
				t.Fatalf("%s does not contain %s", tt.file, tt.old)
			}
			if compileMeta(t, c, tt.file).Validate(decode(t, []byte(text))) == nil {
				t.Error("the meta-schema lets it pass")
			}
			_, err := schemas.Load(replaced(t, tt.file, text))
			switch {
			case tt.load == "":
			case err == nil:
				t.Error("Load lets it pass")
			case !strings.Contains(err.Error(), tt.load):
				t.Errorf("error is %q; want it to name %s", err, tt.load)
			}
		})
	}
}

func TestNoKeyIsThereTwice(t *testing.T) {
	for _, name := range append(ownFiles(t), "meta.schema.json") {
		if err := noDuplicateKeys(json.NewDecoder(bytes.NewReader(read(t, name)))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func noDuplicateKeys(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if name := fmt.Sprint(key); seen[name] {
				return fmt.Errorf("key %q is there twice", name)
			} else {
				seen[name] = true
			}
		}
		if err := noDuplicateKeys(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// What two kinds define in the same words belongs into common.schema.json, and
// what nothing refers to belongs nowhere.
func TestNoDefinitionIsWrittenTwiceOrForNothing(t *testing.T) {
	used := map[string]bool{"codelists/source.json": true}
	inline := map[string]string{}
	lists := map[string]string{}
	for _, name := range ownFiles(t) {
		doc, ok := decode(t, read(t, name)).(map[string]any)
		if !ok {
			t.Fatalf("%s is not an object", name)
		}
		refs(doc, path.Dir(name), used)
		if path.Dir(name) == "codelists" {
			text := canonical(t, doc["oneOf"])
			if other, twice := lists[text]; twice {
				t.Errorf("%s and %s hold the same values", other, name)
			}
			lists[text] = name
		}
		for place, props := range properties(doc) {
			for field, def := range props {
				where := name + " " + place + " " + field
				if m, ok := def.(map[string]any); !ok || m["type"] == nil {
					continue
				}
				if other, twice := inline[field+canonical(t, def)]; twice {
					t.Errorf("%s and %s are the same", other, where)
				}
				inline[field+canonical(t, def)] = where
			}
		}
	}
	var all []string
	for _, name := range ownFiles(t) {
		if path.Dir(name) == "codelists" {
			all = append(all, name)
		}
	}
	common, ok := decode(t, read(t, "common.schema.json")).(map[string]any)
	if !ok {
		t.Fatal("common.schema.json is not an object")
	}
	for def := range asMap(common["$defs"]) {
		all = append(all, "common.schema.json#/$defs/"+def)
	}
	for _, name := range all {
		if !used[name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
	checkSchemesUsed(t)
}

func checkSchemesUsed(t *testing.T) {
	t.Helper()
	used := map[string]bool{}
	for _, k := range schemas.Kinds() {
		for _, a := range k.AliasSchemes {
			used[a.Scheme] = true
		}
	}
	for _, s := range schemas.Schemes() {
		if !used[s.Scheme] {
			t.Errorf("no kind carries the alias scheme %q", s.Scheme)
		}
	}
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// properties returns the fields of a kind and of each of its classes.
func properties(doc map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{"": asMap(doc["properties"])}
	for name, class := range asMap(doc["$defs"]) {
		out[name] = asMap(asMap(class)["properties"])
	}
	return out
}

func refs(v any, dir string, used map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && !strings.HasPrefix(ref, "#") {
			file, fragment, _ := strings.Cut(ref, "#")
			target := path.Join(dir, file)
			if fragment != "" {
				target += "#" + fragment
			}
			used[target] = true
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			refs(v[key], dir, used)
		}
	case []any:
		for _, item := range v {
			refs(item, dir, used)
		}
	}
}

func canonical(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
