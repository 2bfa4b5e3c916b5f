package schemas

import (
	"fmt"
	"slices"
)

// Type is the JSON type of a field's values.
type Type string

// The types of JSON Schema that fields use.
const (
	String  Type = "string"
	Integer Type = "integer"
	Number  Type = "number"
	Boolean Type = "boolean"
	Object  Type = "object"
	Array   Type = "array"
)

// Constraint says whether a record must have a field.
type Constraint string

const (
	Mandatory   Constraint = "M" // always
	Conditional Constraint = "C" // where Field.Condition holds
	Optional    Constraint = "O"
)

// Grade says how widely the values of a field may be known. Grades are
// ordered: Public < Internal < Sensitive < Secret.
type Grade int

const (
	Public    Grade = iota // everybody
	Internal               // the city's own departments
	Sensitive              // those who need it for their task; personal data
	Secret                 // those named one by one
)

var gradeNames = []string{"public", "internal", "sensitive", "secret"}

func (g Grade) String() string {
	if g < 0 || int(g) >= len(gradeNames) {
		return fmt.Sprintf("Grade(%d)", int(g))
	}
	return gradeNames[g]
}

// MarshalText writes the grade's name.
func (g Grade) MarshalText() ([]byte, error) {
	if g < 0 || int(g) >= len(gradeNames) {
		return nil, fmt.Errorf("grade %d: want 0 to %d", int(g), len(gradeNames)-1)
	}
	return []byte(gradeNames[g]), nil
}

// UnmarshalText reads a grade's name.
func (g *Grade) UnmarshalText(text []byte) error {
	i := slices.Index(gradeNames, string(text))
	if i < 0 {
		return fmt.Errorf("grade %q: want one of %v", text, gradeNames)
	}
	*g = Grade(i)
	return nil
}

// Field describes one attribute of a kind.
type Field struct {
	Name        string
	Title       Text
	Description Text
	Type        Type
	// Format is "date" (2006-01-02) or "date-time" (RFC 3339) for strings.
	Format string
	// Unit is a UCUM code ("m", "m2", "a"); empty for a plain number and for
	// money, whose currency is a field of its own.
	Unit string
	// CodeList holds the values that are allowed; nil where any is.
	CodeList *CodeList
	// Items is the type of the elements of an array.
	Items *Items
	// Limits of the values; nil or empty where there is none. Lengths are in
	// Unicode code points; Pattern is a regular expression in the common
	// subset of RE2 and ECMA-262.
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	Pattern              string

	Constraint Constraint
	Condition  Text // when a field of constraint C must be there
	Grade      Grade
	// Source is the role of the department that answers for the values, such
	// as "natural-resources" (一数一源); SourceTitle is its name.
	Source      string
	SourceTitle Text
	// Standard is the standard that the field or its code list follows.
	Standard string
	// Classes that have the field; nil means all.
	Classes []string
}

// Items describes the elements of an array field.
type Items struct {
	Type     Type
	CodeList *CodeList
	Pattern  string
}

// CodeList is a closed list of values with their meaning.
type CodeList struct {
	Name     string
	Title    Text
	Standard string
	Codes    []Code

	byValue map[string]int
}

// Code is one value of a code list.
type Code struct {
	Value string
	Title Text
	// Standard is the value that the list's standard uses for the same
	// meaning, where Value is another; empty otherwise.
	Standard string
}

// Lookup finds a code by its value.
func (l *CodeList) Lookup(value string) (Code, bool) {
	i, ok := l.byValue[value]
	if !ok {
		return Code{}, false
	}
	return l.Codes[i], true
}
