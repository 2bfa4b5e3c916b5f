package ingest

import (
	"slices"
	"strings"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// time compiles a time; of an end, "run" and "always" mean what they say of it.
func (c *compiler) time(path string, spec *TimeSpec, end bool) *timeProgram {
	t := &timeProgram{inclusive: spec.Inclusive, formNames: "YYYY-MM-DD"}
	if spec.Inclusive && !end {
		c.add(path+"/inclusive", "inclusive is for an end of valid time")
	}
	if spec.At != "" {
		t.fixed = c.fixedTime(path, spec.At)
		return t
	}
	t.text = c.text(path, &ColumnSpec{From: spec.From, Join: spec.Join, Path: spec.Path, Null: spec.Null}, textOptions{})
	t.forms = c.forms(path+"/date", spec.Date)
	if len(spec.Date) > 0 {
		t.formNames = strings.Join(spec.Date, ", ")
	}
	if spec.Default != "" {
		fixed := c.fixedTime(path+"/default", spec.Default)
		t.dflt = &fixed
	}
	return t
}

func (c *compiler) fixedTime(path, text string) fixedTime {
	switch text {
	case "run":
		return fixedTime{run: true}
	case "always":
		return fixedTime{always: true}
	}
	if _, ok := readISO(text, time.UTC); !ok {
		c.add(path, "%q is neither run, always, a date (2006-01-02) nor an instant; a column is written {from: %s}", text, text)
	}
	return fixedTime{text: text}
}

func (c *compiler) when(path string, spec *WhenSpec) whenProgram {
	switch {
	case spec == nil || spec.Word == "record":
		return whenProgram{record: true}
	case spec.Word == "always":
		return whenProgram{always: true}
	case spec.Word != "":
		c.add(path, "%q is neither always, record nor {from, to}", spec.Word)
	}
	w := whenProgram{}
	w.from, w.to = c.valid(path, &spec.ValidSpec)
	return w
}

func (c *compiler) alias(path string, spec *AliasSpec) {
	a := aliasProgram{
		text: c.text(path, &spec.ColumnSpec, textOptions{}), scheme: c.scheme(spec.Scheme), split: spec.Split,
		when: c.when(path+"/valid", spec.Valid), shared: spec.Shared, single: spec.Single, required: spec.Required, drop: spec.OnError == "drop",
	}
	a.scheme.lenient = spec.Check == "lenient"
	c.prog.ownSchemes[spec.Scheme] = true
	c.prog.sensitive = c.prog.sensitive || a.scheme.sensitive
	c.prog.aliases = append(c.prog.aliases, a)
}

var missingWords = map[string]onMissing{"": missingDrops, "drop": missingDrops, "refuse": missingRefuses, "ignore": missingIgnored}

func (c *compiler) link(path string, spec *LinkSpec) {
	role, ok := c.prog.schema.Role(spec.Role)
	if !ok {
		var names []string
		for _, r := range c.prog.schema.Roles {
			names = append(names, r.Name)
		}
		c.add(path+"/role", "a %s has no link role %q%s; it has %s", c.mapping.Kind, spec.Role, suggest(spec.Role, names), strings.Join(names, ", "))
	}
	l := linkProgram{
		at: dotted(path), role: role, split: spec.Split, prefix: spec.Prefix, share: -1, add: spec.Add,
		when: c.when(path+"/valid", spec.Valid), level: spec.Level, keep: spec.Empty == "keep",
		required: spec.Required, missing: missingWords[spec.OnMissing], all: spec.OnMany == "all",
	}
	ways := 0
	if spec.Scheme != "" {
		ways++
		scheme := c.scheme(spec.Scheme)
		l.scheme, l.confidence = &scheme, 1
		l.text = c.text(path, &spec.ColumnSpec, textOptions{})
		c.prog.sensitive = c.prog.sensitive || scheme.sensitive
		l.waits = slices.Contains(role.Targets, c.mapping.Kind)
	} else if len(spec.From) > 0 || spec.Const != nil {
		c.add(path, "from needs the scheme of the target's key")
	}
	if spec.Within != nil {
		ways++
		l.within, l.confidence = c.place(path+"/within", spec.Within, role), 0.9
	}
	if spec.Nearest != nil {
		ways++
		l.nearest, l.confidence = c.place(path+"/nearest", spec.Nearest, role), 0.5
	}
	if ways != 1 {
		c.add(path, "want one of scheme (with from), within, nearest")
	}
	if l.missing == missingRefuses {
		l.required = true
	}
	if spec.Confidence != nil {
		l.confidence = *spec.Confidence
	}
	if spec.Share != "" {
		l.share = c.column(spec.Share)
		if !role.Share {
			c.add(path+"/share", "links of the role %s have no share", spec.Role)
		}
	}
	c.prog.links = append(c.prog.links, l)
}

func (c *compiler) place(path string, spec *TargetKind, role schemas.Role) *placeProgram {
	kind, err := entities.ParseKind(spec.Kind)
	if err != nil {
		c.add(path+"/kind", "%v", err)
		return nil
	}
	if !role.Allows(kind.String()) {
		c.add(path+"/kind", "the role %s leads to %s, not to a %s", role.Name, strings.Join(role.Targets, ", "), kind)
	}
	target, _ := schemas.Lookup(kind.String())
	for _, class := range spec.Class {
		if target != nil && !slices.Contains(classNames(target), class) {
			c.add(path+"/class", "a %s has no class %q%s", kind, class, suggest(class, classNames(target)))
		}
	}
	return &placeProgram{kind: kind, classes: spec.Class, metres: spec.Metres}
}

func (c *compiler) file() {
	f, p := &c.mapping.File, c.prog
	for name, values := range f.Only {
		p.only = append(p.only, onlyProgram{column: c.column(name), values: setOf(values)})
	}
	slices.SortFunc(p.only, func(a, b onlyProgram) int { return a.column - b.column })
	if f.Extent == "full" {
		c.full(f)
	} else if f.AsOf != "" || f.Scope != nil {
		c.add("/file", "as-of and scope are of a full extract; write extent: full")
	}
	switch {
	case f.Extent == "delta" && f.Operation == nil:
		c.add("/file", "a delta needs operation, the column that says what to do")
	case f.Operation != nil && f.Extent != "delta":
		c.add("/file/operation", "operation is of a delta; write extent: delta")
	case f.Operation != nil:
		c.operation("/file/operation", f.Operation)
	}
	if f.Format == "geojson" || f.Format == "geojsonseq" {
		for _, key := range []string{"header", "columns", "delimiter", "encoding"} {
			if _, there := c.tree.lines["/file/"+key]; there {
				c.add("/file/"+key, "%s is for tables, not for %s", key, f.Format)
			}
		}
	}
}

func setOf(values []string) map[string]bool {
	set := make(map[string]bool, len(values))
	for _, v := range values {
		set[v] = true
	}
	return set
}

func (c *compiler) full(f *FileSpec) {
	if f.AsOf == "" {
		c.add("/file", "a full extract needs as-of, when it was complete")
		return
	}
	full := &fullProgram{asOf: c.fixedTime("/file/as-of", f.AsOf)}
	if full.asOf.always {
		c.add("/file/as-of", "always is no point in time; want run, a date or an instant")
	}
	c.prog.full = full
	if f.Scope == nil {
		return
	}
	for _, class := range f.Scope.Class {
		c.knownClass("/file/scope/class", class)
	}
	full.classes = f.Scope.Class
	for name, values := range f.Scope.Attributes {
		if _, ok := c.prog.schema.Field(name); !ok {
			c.add(childPath("/file/scope/attributes", name), "a %s has no attribute %q", c.mapping.Kind, name)
		}
		if full.attributes == nil {
			full.attributes = make(map[string]map[string]bool)
		}
		full.attributes[name] = setOf(values)
	}
	if env := c.box("/file/scope/box", f.Scope.Box); env != nil {
		full.box = &entities.Box{West: env.West, South: env.South, East: env.East, North: env.North}
	}
	if l := f.Scope.Linked; l != nil {
		full.linkedRole, full.linkedTo = l.Role, entities.Key{Scheme: l.Scheme, Value: string(l.Value)}
	}
}

func (c *compiler) operation(path string, spec *OperationSpec) {
	op := &operationProgram{values: make(map[string]operation), reason: -1}
	op.text = c.text(path, &ColumnSpec{From: spec.From}, textOptions{})
	for value, name := range spec.Values {
		op.values[value] = operationNames[name]
	}
	has := func(wanted ...operation) bool {
		for _, o := range op.values {
			if slices.Contains(wanted, o) {
				return true
			}
		}
		return false
	}
	if spec.Into != nil {
		op.into = c.target(path+"/into", spec.Into)
	} else if has(opSplit, opMerge) {
		c.add(path, "split and merge need into, the keys of what it became")
	}
	if spec.Of != nil {
		op.of = c.target(path+"/of", spec.Of)
	} else if has(opSameAs) {
		c.add(path, "same-as needs of, the key of the thing itself")
	}
	if spec.Reason != "" {
		op.reason = c.column(spec.Reason)
	}
	c.prog.operation = op
}

func (c *compiler) target(path string, spec *TargetSpec) *targetProgram {
	return &targetProgram{
		at: dotted(path), text: c.text(path, &spec.ColumnSpec, textOptions{}),
		scheme: c.scheme(spec.Scheme), split: spec.Split,
	}
}
