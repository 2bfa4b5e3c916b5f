package schemas

import "strings"

// Text is a sentence or a name in the two languages of the registers.
type Text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// In returns the text in a language given as a BCP 47 tag: Chinese for "zh"
// and its regions ("zh-CN"), English for everything else.
func (t Text) In(lang string) string {
	if primary, _, _ := strings.Cut(strings.ToLower(lang), "-"); primary == "zh" {
		return t.Zh
	}
	return t.En
}

// Access says what somebody without a grant sees of a kind.
type Access string

const (
	// Open kinds are listed to everybody, with their fields of grade Public.
	Open Access = "open"
	// Closed kinds do not appear at all without a grant that names them.
	Closed Access = "closed"
)

// Geometry types that a kind or class may be drawn as.
const (
	GeometryNone       = "none"
	GeometryPoint      = "point"
	GeometryLineString = "linestring"
	GeometryPolygon    = "polygon"
	GeometryAny        = "any"
)

// Geometry is a hint for drawing and for clients; it refuses nothing.
type Geometry struct {
	// Type is one of the Geometry constants; the multi form is meant as well.
	Type string `json:"type"`
	// Derived says that things of this kind have no geometry of their own
	// unless given one: they are where their links say they are.
	Derived bool `json:"derived"`
}

// Kind describes one of the kinds of things of which a city keeps registers.
type Kind struct {
	Name        string
	Letter      byte // first letter of its city codes
	Number      int  // top bits of its city codes
	Title       Text
	Element     string // its name among the elements of a city (要素), zh
	Description Text
	Access      Access
	Geometry    Geometry
	// Classes in display order; every record has exactly one.
	Classes []*Class
	// Fields holds every field of every class, once, in display order: first
	// those that all classes have.
	Fields []*Field
	// AliasSchemes are the official codes of this kind in display order.
	AliasSchemes []AliasScheme
	Roles        []Role
	// SearchFields are the text fields that the search box looks in.
	SearchFields []string
	// Lifecycle is the field with the state of the thing; its code list has
	// the states in their usual order.
	Lifecycle *Field

	byName  map[string]*Field
	classes map[string]*Class
}

// Class describes one class of a kind.
type Class struct {
	Name        string
	Title       Text
	Description Text
	Geometry    Geometry // that of the kind where the class has none
	// Fields are those that a record of this class may have, in display
	// order, as this class constrains them.
	Fields []*Field

	byName map[string]*Field
	plan   plan
}

// Role describes a link that a thing of this kind may have to another.
type Role struct {
	Name    string   `json:"role"`
	Title   Text     `json:"title"`
	Inverse Text     `json:"inverse"` // what the other end calls it
	Targets []string `json:"targets"` // names of kinds
	// Cardinality is "0..1", "1..1", "0..n" or "1..n" at one instant.
	Cardinality string `json:"cardinality"`
	// Share says that links of this role carry a share (numerator and
	// denominator).
	Share bool `json:"share"`
}

// AliasScheme describes an official code that things of some kind carry.
type AliasScheme struct {
	Scheme      string `json:"-"`
	Title       Text   `json:"title"`
	Description Text   `json:"description"`
	// Pattern is the layout as a regular expression (RE2 and ECMA-262 alike);
	// empty where no layout is fixed. Check characters are not part of it.
	Pattern string `json:"pattern"`
	// Sensitive values are kept as keyed hashes only and never shown.
	Sensitive bool `json:"sensitive"`
	// Standard names the standard; empty where there is none we are sure of.
	Standard string `json:"standard"`
}

// Field finds a field of any class by name.
func (k *Kind) Field(name string) (*Field, bool) {
	f, ok := k.byName[name]
	return f, ok
}

// Class finds a class by name.
func (k *Kind) Class(name string) (*Class, bool) {
	c, ok := k.classes[name]
	return c, ok
}

// FieldsOf returns the fields that a record of the class may have, in display
// order and as that class constrains them; nil for an unknown class.
func (k *Kind) FieldsOf(class string) []*Field {
	c, ok := k.classes[class]
	if !ok {
		return nil
	}
	return c.Fields
}

// Role finds a link role by name.
func (k *Kind) Role(name string) (Role, bool) {
	for _, r := range k.Roles {
		if r.Name == name {
			return r, true
		}
	}
	return Role{}, false
}

// Field finds a field that a record of the class may have.
func (c *Class) Field(name string) (*Field, bool) {
	f, ok := c.byName[name]
	return f, ok
}

// Allows says whether a role may link to a thing of the named kind.
func (r Role) Allows(kind string) bool {
	for _, t := range r.Targets {
		if t == kind {
			return true
		}
	}
	return false
}
