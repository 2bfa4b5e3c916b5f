package cql2

import "strings"

// CompareOp is an operator of binary comparison.
type CompareOp uint8

// The comparison operators.
const (
	Equal CompareOp = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

var compareNames = [...]string{"=", "<>", "<", "<=", ">", ">="}

func (op CompareOp) String() string { return compareNames[op] }

// ArithmeticOp is an arithmetic operator.
type ArithmeticOp uint8

// The arithmetic operators.
const (
	Add ArithmeticOp = iota
	Subtract
	Multiply
	Divide
	Modulo
	IntDivide
	Power
)

var arithmeticNames = [...]string{"+", "-", "*", "/", "%", "div", "^"}

func (op ArithmeticOp) String() string { return arithmeticNames[op] }

// precedence is higher for what binds tighter.
func (op ArithmeticOp) precedence() int {
	switch op {
	case Add, Subtract:
		return 1
	case Power:
		return 3
	default:
		return 2
	}
}

// FoldOp is a string normalisation.
type FoldOp uint8

// The normalisations.
const (
	CaseI FoldOp = iota
	AccentI
)

var foldNames = [...]string{"casei", "accenti"}

func (op FoldOp) String() string { return foldNames[op] }

// SpatialOp is a spatial predicate of OGC 06-103r4, clause 6.1.15.
type SpatialOp uint8

// The spatial predicates.
const (
	SContains SpatialOp = iota
	SCrosses
	SDisjoint
	SEquals
	SIntersects
	SOverlaps
	STouches
	SWithin
)

var spatialNames = [...]string{
	"s_contains", "s_crosses", "s_disjoint", "s_equals", "s_intersects", "s_overlaps", "s_touches", "s_within",
}

func (op SpatialOp) String() string { return spatialNames[op] }

// converse is the predicate that holds for (b, a) exactly where op does for (a, b).
func (op SpatialOp) converse() SpatialOp {
	switch op {
	case SContains:
		return SWithin
	case SWithin:
		return SContains
	default:
		return op
	}
}

// TemporalOp is a temporal predicate.
type TemporalOp uint8

// The temporal predicates: the first five take instants and intervals, the
// others intervals only.
const (
	TAfter TemporalOp = iota
	TBefore
	TDisjoint
	TEquals
	TIntersects
	TContains
	TDuring
	TFinishedBy
	TFinishes
	TMeets
	TMetBy
	TOverlappedBy
	TOverlaps
	TStartedBy
	TStarts
)

var temporalNames = [...]string{
	"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects", "t_contains", "t_during", "t_finishedBy",
	"t_finishes", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts",
}

func (op TemporalOp) String() string { return temporalNames[op] }

func (op TemporalOp) intervalsOnly() bool { return op >= TContains }

// ArrayOp is an array predicate.
type ArrayOp uint8

// The array predicates.
const (
	AContainedBy ArrayOp = iota
	AContains
	AEquals
	AOverlaps
)

var arrayNames = [...]string{"a_containedBy", "a_contains", "a_equals", "a_overlaps"}

func (op ArrayOp) String() string { return arrayNames[op] }

// lookup finds a name in one of the tables above without regard to case, as
// the keywords of CQL2 text have none.
func lookup(names []string, name string) (int, bool) {
	for i, n := range names {
		if len(n) == len(name) && strings.EqualFold(n, name) {
			return i, true
		}
	}
	return 0, false
}
