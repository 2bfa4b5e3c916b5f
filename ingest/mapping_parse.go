package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/chengma/chengma/schemas"
)

// LoadMapping reads a mapping file and the files that it names, which lie in its
// folder or below: no path and no symbolic link leads out. What is wrong with it is one [*MappingError] or several joined.
func LoadMapping(path string) (*Mapping, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	beside, err := os.OpenRoot(filepath.Dir(path)) // no link in it leads out of it
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	m, err := ParseMapping(path, data, beside.FS())
	return m, errors.Join(err, beside.Close())
}

// ParseMapping is [LoadMapping] for a mapping in memory. name stands in errors;
// beside holds the files that the mapping names, nil where there are none.
func ParseMapping(name string, data []byte, beside fs.FS) (*Mapping, error) {
	tree := &yamlTree{file: name, lines: make(map[string]int)}
	instance, err := tree.read(data)
	if err != nil {
		return nil, err
	}
	p := &problems{tree: tree}
	if err := p.validate(instance); err != nil {
		return nil, err
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(instance)
	if err != nil {
		return nil, tree.fail(0, "", "cannot be written as JSON: %v", err)
	}
	m := &Mapping{file: name}
	if err := decodeStrict(raw, m); err != nil {
		return nil, tree.fail(0, "", "%v", err)
	}
	digest := sha256.New()
	digest.Write(raw)
	c := &compiler{problems: p, mapping: m, beside: beside, digest: digest}
	m.prog = c.compile()
	m.digest = hex.EncodeToString(digest.Sum(nil))
	if err := p.err(); err != nil {
		return nil, err
	}
	return m, nil
}

const mappingSchemaFile = "mapping.schema.json"

// mappingSchema is the schema compiled, and as a document for suggestions.
type mappingSchema struct {
	compiled *jsonschema.Schema
	document any
}

var loadMappingSchema = sync.OnceValues(func() (*mappingSchema, error) {
	text, err := fs.ReadFile(schemas.Files(), mappingSchemaFile)
	if err != nil {
		return nil, fmt.Errorf("read the schema of mappings: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("read the schema of mappings: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(mappingSchemaFile, doc); err != nil {
		return nil, fmt.Errorf("load the schema of mappings: %w", err)
	}
	compiled, err := c.Compile(mappingSchemaFile)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of mappings: %w", err)
	}
	return &mappingSchema{compiled: compiled, document: doc}, nil
})

// validate checks an instance against the schema and notes what is wrong.
func (p *problems) validate(instance any) error {
	schema, err := loadMappingSchema()
	if err != nil {
		return err
	}
	err = schema.compiled.Validate(instance)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("check mapping: %w", err)
	}
	p.leaves(schema, invalid)
	return nil
}

// leaves notes the innermost errors, which say most.
func (p *problems) leaves(schema *mappingSchema, e *jsonschema.ValidationError) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			p.leaves(schema, cause)
		}
		return
	}
	path := instancePath(e)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		known := schema.properties(e.SchemaURL)
		for _, name := range k.Properties {
			hint := suggest(name, known)
			if hint == "" {
				hint = "; known here: " + strings.Join(known, ", ")
			}
			p.add(childPath(path, name), "there is no such key%s", hint)
		}
	case *kind.Required:
		p.add(path, "missing: %s", strings.Join(k.Missing, ", "))
	case *kind.Enum:
		p.add(path, "%s", enumMessage(k))
	case *kind.Pattern:
		p.add(path, "%q is not of the form %s", k.Got, k.Want)
	default:
		p.add(path, "%s", e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
	}
}

func enumMessage(k *kind.Enum) string {
	names := make([]string, len(k.Want))
	for i, w := range k.Want {
		names[i] = fmt.Sprint(w)
	}
	hint := ""
	if s, ok := k.Got.(string); ok {
		hint = suggest(s, names)
	}
	return fmt.Sprintf("%v is not one of %s%s", k.Got, strings.Join(names, ", "), hint)
}

func instancePath(e *jsonschema.ValidationError) string {
	path := ""
	for _, key := range e.InstanceLocation {
		path = childPath(path, key)
	}
	return path
}

// properties lists the keys that the subschema at a URL knows, sorted.
func (s *mappingSchema) properties(url string) []string {
	_, fragment, _ := strings.Cut(url, "#")
	at := s.document
	for _, key := range strings.Split(strings.TrimPrefix(fragment, "/"), "/") {
		if key == "" {
			continue
		}
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[key]
	}
	object, _ := at.(map[string]any)
	props, _ := object["properties"].(map[string]any)
	names := make([]string, 0, len(props))
	for name := range props {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
