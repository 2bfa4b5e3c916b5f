package schemas

import (
	"slices"
	"strings"
)

// Rules that a violation may name.
const (
	RuleClass      = "class"        // the kind has no such class
	RuleForeign    = "not-of-class" // a field that only other classes have
	RuleRequired   = "required"     // a field of constraint M is missing
	RuleCondition  = "condition"    // a field is missing that another one calls for
	RuleType       = "type"
	RuleFormat     = "format"
	RuleCode       = "code-list"
	RuleMinimum    = "minimum"
	RuleMaximum    = "maximum"
	RuleLength     = "length"
	RulePattern    = "pattern"
	RuleArrayItems = "items"
)

// Violation says what is wrong with one field of a record. It never contains
// the value, which may be one that must not be shown.
type Violation struct {
	Field     string
	Rule      string // one of the Rule constants
	MessageZh string
	MessageEn string
	Want      string // what would be right, as in MessageEn
}

// planned is one field of a class with its compiled checks.
type planned struct {
	field  *Field
	checks []fieldCheck
}

// condition says that where a field is there, or has one of some values, other
// fields must be there.
type condition struct {
	on       string
	values   []string // nil: any value
	required []string
}

// plan is a class compiled for checking.
type plan struct {
	fields     []planned
	foreign    []string
	conditions []condition
}

// JSON is the compact text of an object or array of which the caller knows that
// it is valid JSON: parsers and stores do.
type JSON string

// Check says what is wrong with a whole record of a class; nil means nothing.
// get returns the value of a field and whether the record has one. Values are
// nil, bool, int64, float64, string, and for objects and arrays json.RawMessage
// or [JSON]; any other Go type violates the type rule. A nil value says "known to have
// none" and counts as missing. Fields that no class of the kind has are not
// seen here: refuse them where the names are chosen (see [Kind.Field]).
//
// Dates and times are checked as [Field.Format] says; a leap second is refused.
func (k *Kind) Check(class string, get func(name string) (any, bool)) []Violation {
	c, ok := k.classes[class]
	if !ok {
		return []Violation{k.noClass()}
	}
	out := c.plan.values(get, true)
	for _, cond := range c.plan.conditions {
		out = cond.check(c, get, out)
	}
	return out
}

// CheckPatch is [Kind.Check] for a part of a record, such as what one of
// several sources knows: fields that are not there are not missed.
func (k *Kind) CheckPatch(class string, get func(name string) (any, bool)) []Violation {
	c, ok := k.classes[class]
	if !ok {
		return []Violation{k.noClass()}
	}
	return c.plan.values(get, false)
}

func (k *Kind) noClass() Violation {
	names := make([]string, len(k.Classes))
	for i, c := range k.Classes {
		names[i] = c.Name
	}
	return Violation{
		Field: "class", Rule: RuleClass, Want: strings.Join(names, " | "),
		MessageZh: k.Title.Zh + "没有这一类别",
		MessageEn: "the kind " + k.Name + " has no such class",
	}
}

func (p *plan) values(get func(string) (any, bool), whole bool) []Violation {
	var out []Violation
	for i := range p.fields {
		f := p.fields[i].field
		v, ok := get(f.Name)
		if !ok || v == nil {
			if whole && f.Constraint == Mandatory {
				out = append(out, missing(f, RuleRequired, Text{}))
			}
			continue
		}
		for j := range p.fields[i].checks {
			if bad, found := p.fields[i].checks[j].run(v); found {
				out = append(out, bad)
				break
			}
		}
	}
	for _, name := range p.foreign {
		if v, ok := get(name); ok && v != nil {
			out = append(out, Violation{
				Field: name, Rule: RuleForeign,
				MessageZh: "这一类别没有此字段",
				MessageEn: "records of this class do not have this field",
				Want:      "no value",
			})
		}
	}
	return out
}

func (c condition) check(class *Class, get func(string) (any, bool), out []Violation) []Violation {
	v, ok := get(c.on)
	if !ok || v == nil {
		return out
	}
	if c.values != nil {
		text, isText := v.(string)
		if !isText || !slices.Contains(c.values, text) {
			return out
		}
	}
	for _, name := range c.required {
		f := class.byName[name]
		if v, ok := get(name); ok && v != nil || f.Constraint == Mandatory || missed(out, name) {
			continue
		}
		out = append(out, missing(f, RuleCondition, class.byName[c.on].Title))
	}
	return out
}

// missed says whether a field is already known to be missing: two reasons to
// want it are one violation, so that counts by rule add up.
func missed(out []Violation, name string) bool {
	return slices.ContainsFunc(out, func(v Violation) bool { return v.Field == name && v.Rule == RuleCondition })
}

func missing(f *Field, rule string, because Text) Violation {
	v := Violation{
		Field: f.Name, Rule: rule, Want: f.describe().En,
		MessageZh: "缺少“" + f.Title.Zh + "”",
		MessageEn: "“" + f.Title.En + "” is missing",
	}
	if rule == RuleCondition {
		v.MessageZh += "（因“" + because.Zh + "”而必填）"
		v.MessageEn += ", which “" + because.En + "” calls for"
	}
	return v
}
