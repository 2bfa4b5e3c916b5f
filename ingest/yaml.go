package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MappingError says what is wrong with a mapping file, and where.
type MappingError struct {
	File    string
	Line    int    // from 1; 0 where it is about the whole file
	Key     string // dotted path, "fields.height.unit"
	Message string // what is wrong and what would be right
}

// Error is file:line: key: message.
func (e *MappingError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		b.WriteString(":" + strconv.Itoa(e.Line))
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// Limits on a mapping file, so that aliases of YAML cannot make much of little.
const (
	maxMappingBytes = 4 << 20
	maxMappingNodes = 50_000
	maxMappingDepth = 40
)

// yamlTree reads one YAML document into JSON-like values (map[string]any, []any,
// string, bool, json.Number, nil) and remembers the line of every key.
type yamlTree struct {
	file  string
	lines map[string]int // by path: "/fields/height"
	nodes int
}

func (t *yamlTree) fail(line int, path, format string, args ...any) error {
	return &MappingError{File: t.file, Line: line, Key: dotted(path), Message: fmt.Sprintf(format, args...)}
}

// dotted makes "fields.height" of "/fields/height".
func dotted(path string) string {
	return strings.NewReplacer("/", ".", "~1", "/", "~0", "~").Replace(strings.TrimPrefix(path, "/"))
}

func childPath(path, key string) string {
	return path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// read parses the document.
func (t *yamlTree) read(data []byte) (any, error) {
	if len(data) > maxMappingBytes {
		return nil, t.fail(0, "", "the file has %d bytes; a mapping has at most %d", len(data), maxMappingBytes)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line, message := 0, err.Error()
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			line, _ = strconv.Atoi(m[1]) // empty: 0
			message = m[2]
		}
		return nil, t.fail(line, "", "not YAML: %s", message)
	}
	if len(doc.Content) != 1 {
		return nil, t.fail(0, "", "the file is empty; see docs/mapping.md")
	}
	return t.value(doc.Content[0], "", 0)
}

func (t *yamlTree) value(n *yaml.Node, path string, depth int) (any, error) {
	t.nodes++
	if t.nodes > maxMappingNodes || depth > maxMappingDepth {
		return nil, t.fail(n.Line, path, "too many or too deeply nested values")
	}
	if _, seen := t.lines[path]; !seen {
		t.lines[path] = n.Line
	}
	switch n.Kind {
	case yaml.AliasNode:
		return t.value(n.Alias, path, depth+1)
	case yaml.MappingNode:
		return t.object(n, path, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, child := range n.Content {
			v, err := t.value(child, childPath(path, strconv.Itoa(i)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.ScalarNode:
		return t.scalar(n, path)
	}
	return nil, t.fail(n.Line, path, "unexpected YAML")
}

func (t *yamlTree) object(n *yaml.Node, path string, depth int) (any, error) {
	object := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, t.fail(key.Line, path, "a key is not plain text")
		}
		if key.Tag == "!!merge" {
			return nil, t.fail(key.Line, path, "merge keys (<<) are not read; write the keys out")
		}
		at := childPath(path, key.Value)
		if _, twice := object[key.Value]; twice {
			return nil, t.fail(key.Line, at, "the key is there twice, first on line %d", t.lines[at])
		}
		t.lines[at] = key.Line
		v, err := t.value(n.Content[i+1], at, depth+1)
		if err != nil {
			return nil, err
		}
		object[key.Value] = v
	}
	return object, nil
}

// scalar keeps numbers as they are written and everything that JSON does not
// have (dates, 0x10, .inf) as text.
func (t *yamlTree) scalar(n *yaml.Node, path string) (any, error) {
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return nil, t.fail(n.Line, path, "%q is not true or false", n.Value)
		}
		return b, nil
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		return n.Value, nil
	case "!!binary":
		return nil, t.fail(n.Line, path, "binary values are not read")
	}
	return n.Value, nil
}

// lineOf finds the line of a path or of the nearest thing above it.
func (t *yamlTree) lineOf(path string) int {
	for {
		if line, ok := t.lines[path]; ok {
			return line
		}
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
}

// problems collects what is wrong with a mapping.
type problems struct {
	tree *yamlTree
	errs []error
}

func (p *problems) add(path, format string, args ...any) {
	p.errs = append(p.errs, p.tree.fail(p.tree.lineOf(path), path, format, args...))
}

func (p *problems) err() error { return errors.Join(p.errs...) }

// suggest returns " (did you mean …?)" where one of the names is near.
func suggest(name string, names []string) string {
	best, least := "", 3
	if len(name) <= 4 {
		least = 2
	}
	for _, n := range names {
		if d := editDistance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// editDistance counts insertions, deletions, substitutions and swaps of
// neighbours.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
