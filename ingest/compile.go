package ingest

import (
	"hash"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/geodesy"
	"github.com/chengma/chengma/schemas"
)

// compiler turns a mapping that its schema has accepted into a program and notes
// what the schema cannot see.
type compiler struct {
	*problems
	mapping *Mapping
	beside  fs.FS
	digest  hash.Hash
	prog    *program
	index   map[string]int
}

func (c *compiler) compile() *program {
	m := c.mapping
	c.prog = &program{source: m.Source, whole: m.Whole, ownSchemes: make(map[string]bool)}
	c.index = make(map[string]int)
	p := c.prog
	p.kind, _ = entities.ParseKind(m.Kind) // the mapping's schema lists the kinds
	p.schema, _ = schemas.Lookup(m.Kind)
	if p.schema == nil {
		c.add("/kind", "the kind %s has no schema", m.Kind)
		return p
	}
	c.zone()
	p.nulls = tokens(m.Null)
	c.class()
	c.mode()
	if m.Document != nil {
		doc := c.text("/document", &m.Document.ColumnSpec, textOptions{})
		p.document = &doc
	}
	if m.Collected != nil {
		p.collected = c.time("/collected", m.Collected, false)
	}
	c.key()
	c.geometryAndCRS()
	p.envelope = c.box("/envelope", m.Envelope)
	p.from, p.to = c.valid("/valid", &m.Valid)
	c.states()
	for i := range m.Aliases {
		c.alias(childPath("/aliases", itoa(i)), &m.Aliases[i])
	}
	for i := range m.Links {
		c.link(childPath("/links", itoa(i)), &m.Links[i])
	}
	c.file()
	c.responsibility()
	c.mandatory()
	p.actsARecord = len(p.states) + len(p.aliases) + len(p.links)
	return p
}

func (c *compiler) zone() {
	if c.mapping.Zone == "" {
		return
	}
	zone, err := time.LoadLocation(c.mapping.Zone)
	if err != nil || c.mapping.Zone == "Local" {
		c.add("/zone", "%q is not the name of a time zone; want one like Asia/Shanghai", c.mapping.Zone)
		return
	}
	c.prog.zone = zone
}

func (c *compiler) class() {
	p, names := c.prog, classNames(c.prog.schema)
	spec := c.mapping.Class
	switch {
	case spec == nil && len(names) == 1:
		p.classConst = names[0]
	case spec == nil:
		c.add("/class", "missing; a %s is one of %s", c.mapping.Kind, strings.Join(names, ", "))
	case spec.Const != nil && len(spec.From) == 0:
		p.classConst = string(*spec.Const)
		c.knownClass("/class", p.classConst)
	default:
		text := c.text("/class", &spec.ColumnSpec, textOptions{})
		p.class = &text
		for _, v := range text.list {
			if !v.none {
				c.knownClass("/class/values", v.text)
			}
		}
	}
}

func (c *compiler) knownClass(path, name string) {
	names := classNames(c.prog.schema)
	if !slices.Contains(names, name) {
		c.add(path, "a %s has no class %q%s; want one of %s", c.mapping.Kind, name, suggest(name, names), strings.Join(names, ", "))
	}
}

func classNames(k *schemas.Kind) []string {
	names := make([]string, len(k.Classes))
	for i, class := range k.Classes {
		names[i] = class.Name
	}
	return names
}

var modes = map[string]entities.Mode{"change": entities.Change, "correction": entities.Correction}

func (c *compiler) mode() {
	spec := c.mapping.Mode
	if spec == nil {
		return
	}
	if spec.Const == nil {
		text := c.text("/mode", &spec.ColumnSpec, textOptions{})
		c.prog.mode = &text
		return
	}
	mode, ok := modes[string(*spec.Const)]
	if !ok {
		c.add("/mode", "%q is neither change nor correction", string(*spec.Const))
	}
	c.prog.modeConst = mode
}

// column numbers a column.
func (c *compiler) column(name string) int {
	if i, ok := c.index[name]; ok {
		return i
	}
	i := len(c.prog.columns)
	c.index[name] = i
	c.prog.columns = append(c.prog.columns, name)
	return i
}

// textOptions tell places apart where a text may stand.
type textOptions struct {
	join string // default; empty: a blank
	all  bool
}

func (c *compiler) text(path string, spec *ColumnSpec, opt textOptions) textProgram {
	t := textProgram{
		at: dotted(path), all: opt.all, keep: spec.Trim != nil && !*spec.Trim, fold: spec.Fold,
		names: strings.Join(spec.From, ", "), join: " ",
	}
	if opt.join != "" {
		t.join = opt.join
	}
	if spec.Join != nil {
		t.join = *spec.Join
	}
	for _, name := range spec.From {
		t.columns = append(t.columns, c.column(name))
	}
	if len(spec.From) == 0 && spec.Const == nil {
		c.add(path, "says not where the value comes from; want from or const")
	}
	if len(spec.From) > 0 && spec.Const != nil {
		c.add(path, "has both from and const; want one of them")
	}
	if len(spec.Path) > 0 && len(spec.From) != 1 {
		c.add(path, "path goes into one column; from names %d", len(spec.From))
	}
	for _, step := range spec.Path {
		t.path = append(t.path, string(step))
	}
	t.nulls = maps.Clone(c.prog.nulls)
	for token := range tokens(spec.Null) {
		if t.nulls == nil {
			t.nulls = make(map[string]bool)
		}
		t.nulls[token] = true
	}
	switch spec.Case {
	case "upper":
		t.letters = strings.ToUpper
	case "lower":
		t.letters = strings.ToLower
	}
	if pad := spec.Pad; pad != nil {
		t.pad = &padProgram{to: pad.To, with: orText(string(pad.With), "0"), right: pad.Side == "right"}
	}
	t.konst, t.other, t.dflt = textOf(spec.Const), textOf(spec.Else), textOf(spec.Default)
	t.list = c.list(path, spec)
	if t.other != nil && t.list == nil {
		c.add(path+"/else", "else is for values; there are none")
	}
	return t
}

func textOf(t *Text) *string { return (*string)(t) }

func tokens(list []Text) map[string]bool {
	if len(list) == 0 {
		return nil
	}
	set := make(map[string]bool, len(list))
	for _, t := range list {
		set[string(t)] = true
	}
	return set
}

// list reads the code list of a value, inline or from a file.
func (c *compiler) list(path string, spec *ColumnSpec) map[string]listed {
	if spec.Values != nil && spec.ValuesFile != nil {
		c.add(path, "has both values and values-file; want one of them")
	}
	if spec.ValuesFile != nil {
		return c.listFile(path+"/values-file", spec.ValuesFile)
	}
	if spec.Values == nil {
		return nil
	}
	list := make(map[string]listed, len(spec.Values))
	for from, to := range spec.Values {
		if to == nil {
			list[from] = listed{none: true}
		} else {
			list[from] = listed{text: string(*to)}
		}
	}
	return list
}

func (c *compiler) key() {
	spec, p := &c.mapping.Key, c.prog
	p.key = keyProgram{
		text:   c.text("/key", &spec.ColumnSpec, textOptions{join: "-", all: true}),
		scheme: c.scheme(spec.Scheme), number: spec.Repeat == "number",
		record: spec.Valid == "record", mint: spec.Mint == nil || *spec.Mint,
	}
	if spec.Valid != "" && spec.Valid != "record" && spec.Valid != "always" {
		c.add("/key/valid", "%q is neither always nor record", spec.Valid)
	}
	if p.key.number && p.key.scheme.check != nil {
		c.add("/key/repeat", "codes of the scheme %s cannot be numbered", spec.Scheme)
	}
	p.ownSchemes[spec.Scheme] = true
	p.sensitive = p.sensitive || p.key.scheme.sensitive
}

func (c *compiler) valid(path string, spec *ValidSpec) (from, to *timeProgram) {
	if spec.From != nil {
		from = c.time(path+"/from", spec.From, false)
	}
	if spec.To != nil {
		to = c.time(path+"/to", spec.To, true)
	}
	return from, to
}

func (c *compiler) states() {
	p, m := c.prog, c.mapping
	common := c.fields("/fields", m.Fields)
	if len(m.States) == 0 {
		p.states = []stateProgram{{fields: common}}
		return
	}
	for i := range m.States {
		path, spec := childPath("/states", itoa(i)), &m.States[i]
		s := stateProgram{fields: slices.Concat(common, c.fields(path+"/fields", spec.Fields))}
		slices.SortStableFunc(s.fields, func(a, b fieldProgram) int { return strings.Compare(a.name, b.name) })
		for j := 1; j < len(s.fields); j++ {
			if s.fields[j].name == s.fields[j-1].name {
				c.add(path+"/fields/"+s.fields[j].name, "the attribute is among the common fields already")
			}
		}
		s.from, s.to = c.valid(path+"/valid", &spec.Valid)
		if mode, ok := modes[spec.Mode]; ok {
			s.mode = &mode
		}
		p.states = append(p.states, s)
	}
}

// box checks four numbers; nil where there are none.
func (c *compiler) box(path string, edges []float64) *geodesy.Envelope {
	if len(edges) != 4 {
		return nil
	}
	env := &geodesy.Envelope{West: edges[0], South: edges[1], East: edges[2], North: edges[3]}
	if !env.Valid() {
		c.add(path, "%v is not west, south, east, north in degrees", edges)
		return nil
	}
	return env
}

// responsibility marks the attributes that another source answers for.
func (c *compiler) responsibility() {
	roles := c.mapping.Responsible
	if roles == nil {
		return
	}
	known := make(map[string]bool)
	for _, f := range c.prog.schema.Fields {
		known[f.Source] = true
	}
	names := slices.Sorted(maps.Keys(known))
	for i, role := range roles {
		if !known[role] {
			c.add(childPath("/responsible", itoa(i)), "no attribute of a %s has the source role %q%s; want some of %s",
				c.mapping.Kind, role, suggest(role, names), strings.Join(names, ", "))
		}
	}
	for i := range c.prog.states {
		fields := c.prog.states[i].fields
		for j := range fields {
			fields[j].secondary = !slices.Contains(roles, fields[j].field.Source)
		}
	}
}

// mandatory finds the classes all of whose mandatory attributes are mapped: only
// of those can records be checked as a whole.
func (c *compiler) mandatory() {
	p := c.prog
	p.complete = make(map[string]bool)
	for _, class := range p.schema.Classes {
		if p.classConst != "" && class.Name != p.classConst {
			continue
		}
		var missing []string
		for _, f := range class.Fields {
			mapped := func(s *stateProgram) bool {
				return slices.ContainsFunc(s.fields, func(fp fieldProgram) bool { return fp.name == f.Name })
			}
			if f.Constraint == schemas.Mandatory && !mapped(&p.states[0]) {
				missing = append(missing, f.Name)
			}
		}
		p.complete[class.Name] = len(missing) == 0
		if len(missing) > 0 && p.classConst != "" {
			p.notes = append(p.notes, "the mapping does not give "+strings.Join(missing, ", ")+", which every "+
				c.mapping.Kind+" of class "+class.Name+" must have")
		}
	}
}

func foldWidth(s string) string { return norm.NFKC.String(s) }
