package cql2

// Limits bound what a filter may cost. The zero value of each field means its
// default, so that Limits{} is DefaultLimits.
type Limits struct {
	MaxBytes    int // length of the source. Defaults to 1 MiB
	MaxDepth    int // nesting of expressions, lists and geometries. Defaults to 64
	MaxNodes    int // nodes of the tree, list items included. Defaults to 20,000
	MaxVertices int // positions in all geometry literals together. Defaults to 20,000
	MaxPattern  int // bytes of one LIKE pattern. Defaults to 1,024
}

// DefaultLimits returns the limits that ParseText and ParseJSON apply.
func DefaultLimits() Limits {
	return Limits{
		MaxBytes:    1 << 20,
		MaxDepth:    64,
		MaxNodes:    20_000,
		MaxVertices: 20_000,
		MaxPattern:  1024,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	fill := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	fill(&l.MaxBytes, d.MaxBytes)
	fill(&l.MaxDepth, d.MaxDepth)
	fill(&l.MaxNodes, d.MaxNodes)
	fill(&l.MaxVertices, d.MaxVertices)
	fill(&l.MaxPattern, d.MaxPattern)
	return l
}

// maxLiteralPairs bounds the spatial predicates between two literals of one
// filter: the sum of the products of their numbers of positions. Two lines of
// a thousand positions can cross a million times.
const maxLiteralPairs = 10_000

// budget counts what a parse has used of its limits.
type budget struct {
	limits   Limits
	depth    int
	nodes    int
	vertices int
}

func limitError(pos Pos, name string, limit int, what string) *Error {
	e := errorAt(ErrLimit, pos, "%s: at most %d %s", name, limit, what)
	e.Name = name
	return e
}

// newBudget starts counting. Parentheses, lists and the like nest deeper than
// the tree they build; the factor lets every tree within MaxDepth be written
// and read again. checkHeight holds the tree itself to MaxDepth.
func newBudget(l Limits) budget { return budget{limits: l} }

const nestingPerLevel = 4

// checkHeight holds the finished tree to MaxDepth.
func checkHeight(e Expr, l Limits) error {
	var tooDeep Expr
	var visit func(e Expr, depth int)
	visit = func(e Expr, depth int) {
		if depth > l.MaxDepth && tooDeep == nil {
			tooDeep = e
		}
		if tooDeep != nil {
			return
		}
		for _, child := range Children(e) {
			visit(child, depth+1)
		}
	}
	if visit(e, 1); tooDeep != nil {
		return limitError(tooDeep.Position(), "MaxDepth", l.MaxDepth, "levels of nesting")
	}
	return nil
}

func (b *budget) enter(pos Pos) error {
	b.depth++
	if b.depth > nestingPerLevel*b.limits.MaxDepth {
		return limitError(pos, "MaxDepth", b.limits.MaxDepth, "levels of nesting")
	}
	return nil
}

func (b *budget) leave() { b.depth-- }

func (b *budget) node(pos Pos) error {
	b.nodes++
	if b.nodes > b.limits.MaxNodes {
		return limitError(pos, "MaxNodes", b.limits.MaxNodes, "nodes")
	}
	return nil
}

func (b *budget) vertex(pos Pos) error {
	b.vertices++
	if b.vertices > b.limits.MaxVertices {
		return limitError(pos, "MaxVertices", b.limits.MaxVertices, "positions in geometry literals")
	}
	return nil
}

func (b *budget) pattern(pos Pos, pattern string) error {
	if len(pattern) > b.limits.MaxPattern {
		return limitError(pos, "MaxPattern", b.limits.MaxPattern, "bytes in a LIKE pattern")
	}
	return nil
}
