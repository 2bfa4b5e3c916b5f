package cql2

// Expr is a node of the tree. It is sealed: the types in NodeTypes are all
// there are. Trees are not changed once built; Transform makes a new one.
type Expr interface {
	// Position returns where the node begins in its source.
	Position() Pos
	isExpr()
}

type node struct{ Pos Pos }

func (n node) Position() Pos { return n.Pos }
func (node) isExpr()         {}

// The nodes. Scalars, instances and references first, predicates after.
type (
	// Literal is a constant: boolean, integer, float, string, date, timestamp
	// or geometry. Other kinds have nodes of their own.
	Literal struct {
		node
		Value Value
	}
	// Property is a reference to a queryable.
	Property struct {
		node
		Name string
	}
	// BBox is a box literal with 4 or 6 numbers: the lower corner, then the
	// upper one. In a geographic CRS the west edge may be greater than the
	// east edge: the box then spans the antimeridian.
	BBox struct {
		node
		Corners []float64
	}
	// IntervalOf is an interval; an end is nil where it is unbounded, else a
	// Literal (date or timestamp), a Property or a Function.
	IntervalOf struct {
		node
		Start, End Expr
	}
	// ArrayOf is an array of expressions.
	ArrayOf struct {
		node
		Items []Expr
	}
	// Fold is CASEI or ACCENTI.
	Fold struct {
		node
		Op  FoldOp
		Arg Expr
	}
	// Arithmetic is a calculation with two operands.
	Arithmetic struct {
		node
		Op          ArithmeticOp
		Left, Right Expr
	}
	// Function is a call of a function that is not part of the standard.
	Function struct {
		node
		Name string
		Args []Expr
	}
	// And is true where all of its two or more arguments are.
	And struct {
		node
		Args []Expr
	}
	// Or is true where one of its two or more arguments is.
	Or struct {
		node
		Args []Expr
	}
	// Not negates.
	Not struct {
		node
		Arg Expr
	}
	// Compare is =, <>, <, <=, > or >=.
	Compare struct {
		node
		Op          CompareOp
		Left, Right Expr
	}
	// Like matches a string with a pattern: a string Literal, possibly folded.
	Like struct {
		node
		Operand, Pattern Expr
	}
	// Between tests Low <= Operand <= High.
	Between struct {
		node
		Operand, Low, High Expr
	}
	// In tests whether Operand equals an item of the list.
	In struct {
		node
		Operand Expr
		List    []Expr
	}
	// IsNull tests for NULL.
	IsNull struct {
		node
		Operand Expr
	}
	// Spatial is a spatial predicate.
	Spatial struct {
		node
		Op          SpatialOp
		Left, Right Expr
	}
	// Temporal is a temporal predicate.
	Temporal struct {
		node
		Op          TemporalOp
		Left, Right Expr
	}
	// ArrayTest is an array predicate.
	ArrayTest struct {
		node
		Op          ArrayOp
		Left, Right Expr
	}
)

// NodeTypes has one value of every node type, for tests that must cover all.
func NodeTypes() []Expr {
	return []Expr{
		&Literal{}, &Property{}, &BBox{}, &IntervalOf{}, &ArrayOf{}, &Fold{}, &Arithmetic{}, &Function{},
		&And{}, &Or{}, &Not{}, &Compare{}, &Like{}, &Between{}, &In{}, &IsNull{}, &Spatial{}, &Temporal{}, &ArrayTest{},
	}
}

// Children returns the direct parts of a node in source order; nil interval
// ends are left out.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *IntervalOf:
		var ends []Expr
		for _, end := range []Expr{e.Start, e.End} {
			if end != nil {
				ends = append(ends, end)
			}
		}
		return ends
	case *ArrayOf:
		return e.Items
	case *Fold:
		return []Expr{e.Arg}
	case *Arithmetic:
		return []Expr{e.Left, e.Right}
	case *Function:
		return e.Args
	case *And:
		return e.Args
	case *Or:
		return e.Args
	case *Not:
		return []Expr{e.Arg}
	case *Compare:
		return []Expr{e.Left, e.Right}
	case *Like:
		return []Expr{e.Operand, e.Pattern}
	case *Between:
		return []Expr{e.Operand, e.Low, e.High}
	case *In:
		return append([]Expr{e.Operand}, e.List...)
	case *IsNull:
		return []Expr{e.Operand}
	case *Spatial:
		return []Expr{e.Left, e.Right}
	case *Temporal:
		return []Expr{e.Left, e.Right}
	case *ArrayTest:
		return []Expr{e.Left, e.Right}
	default:
		return nil
	}
}

// Walk calls visit for the expression and, where that returns true, for its
// parts, depth first in source order.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, child := range Children(e) {
		Walk(child, visit)
	}
}

// Properties returns the names of the properties that the expression uses,
// each once, in order of appearance.
func Properties(e Expr) []string {
	var names []string
	seen := map[string]bool{}
	Walk(e, func(e Expr) bool {
		if p, ok := e.(*Property); ok && !seen[p.Name] {
			seen[p.Name] = true
			names = append(names, p.Name)
		}
		return true
	})
	return names
}
