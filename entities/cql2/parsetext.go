package cql2

import "unicode/utf8"

// ParseText reads a filter in CQL2 text (21-065r2, annex B) within the default
// limits. Keywords have no case. Beyond the grammar it accepts NOT NOT, "-("
// and parentheses around any operand.
func ParseText(src string) (Expr, error) { return Limits{}.ParseText(src) }

// ParseText is the function ParseText within these limits.
func (l Limits) ParseText(src string) (Expr, error) {
	l = l.withDefaults()
	if len(src) > l.MaxBytes {
		return nil, limitError(Pos{}, "MaxBytes", l.MaxBytes, "bytes")
	}
	if !utf8.ValidString(src) {
		return nil, errorAt(ErrSyntax, Pos{}, "the filter is not valid UTF-8")
	}
	p := &textParser{lexer: newLexer(src), budget: newBudget(l)}
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.unexpected("an operator or the end of the filter")
	}
	if e, err = scalar(e); err != nil {
		return nil, err
	}
	if err := checkHeight(e, l); err != nil {
		return nil, err
	}
	return e, nil
}

type textParser struct {
	lexer
	budget
	tok token
}

// paren is a parenthesised list whose meaning (grouping or array) is not yet
// known. It never leaves the parser.
type paren struct {
	node
	items []Expr
}

// scalar takes parentheses as grouping.
func scalar(e Expr) (Expr, error) {
	for {
		p, ok := e.(*paren)
		if !ok {
			return e, nil
		}
		if len(p.items) != 1 {
			return nil, errorAt(ErrSyntax, p.Pos, "a list can only be the argument of a function, an item of an array, or follow IN")
		}
		e = p.items[0]
	}
}

// element takes parentheses as an array.
func element(e Expr) (Expr, error) {
	p, ok := e.(*paren)
	if !ok {
		return e, nil
	}
	array := &ArrayOf{node: p.node, Items: make([]Expr, len(p.items))}
	for i, item := range p.items {
		var err error
		if array.Items[i], err = element(item); err != nil {
			return nil, err
		}
	}
	return array, nil
}

func (p *textParser) advance() error {
	var err error
	p.tok, err = p.next()
	return err
}

func (p *textParser) unexpected(wanted string) error {
	return errorAt(ErrSyntax, p.tok.pos, "%s where %s was expected", p.tok.describe(), wanted)
}

func (p *textParser) expect(mark string) error {
	if !p.tok.is(mark) {
		return p.unexpected("'" + mark + "'")
	}
	return p.advance()
}

// accept takes the keyword if it comes next.
func (p *textParser) accept(keyword string) (bool, error) {
	if !p.tok.isWord(keyword) {
		return false, nil
	}
	return true, p.advance()
}

// expression is rule booleanExpression, generalised to every operand.
func (p *textParser) expression() (Expr, error) {
	if err := p.enter(p.tok.pos); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.logical("or", func() (Expr, error) { return p.logical("and", p.factor) })
}

// logical reads operands joined by AND or OR; a lone operand stays itself.
func (p *textParser) logical(keyword string, operand func() (Expr, error)) (Expr, error) {
	pos := p.tok.pos
	first, err := operand()
	if err != nil || !p.tok.isWord(keyword) {
		return first, err
	}
	if first, err = scalar(first); err != nil {
		return nil, err
	}
	args := []Expr{first}
	for {
		more, err := p.accept(keyword)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		arg, err := scalarOf(operand())
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	if keyword == "or" {
		return p.made(&Or{node{pos}, args})
	}
	return p.made(&And{node{pos}, args})
}

func scalarOf(e Expr, err error) (Expr, error) {
	if err != nil {
		return nil, err
	}
	return scalar(e)
}

func (p *textParser) made(e Expr) (Expr, error) { return e, p.node(e.Position()) }

func (p *textParser) factor() (Expr, error) {
	pos := p.tok.pos
	not, err := p.accept("not")
	if err != nil {
		return nil, err
	}
	if !not {
		return p.comparison()
	}
	if err := p.enter(pos); err != nil {
		return nil, err
	}
	defer p.leave()
	arg, err := scalarOf(p.factor())
	if err != nil {
		return nil, err
	}
	return p.made(&Not{node{pos}, arg})
}

// comparison reads an operand and the predicate that may follow it.
func (p *textParser) comparison() (Expr, error) {
	pos := p.tok.pos
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	if op, ok := lookup(compareNames[:], p.tok.text); ok && p.tok.kind == tokenMark {
		return p.binaryComparison(pos, left, CompareOp(op))
	}
	if p.tok.isWord("is") {
		return p.isNull(pos, left)
	}
	negated, err := p.accept("not")
	if err != nil {
		return nil, err
	}
	var predicate Expr
	switch {
	case p.tok.isWord("like"):
		predicate, err = p.like(pos, left)
	case p.tok.isWord("between"):
		predicate, err = p.between(pos, left)
	case p.tok.isWord("in"):
		predicate, err = p.in(pos, left)
	case negated:
		return nil, p.unexpected("LIKE, BETWEEN or IN")
	default:
		return left, nil
	}
	if err != nil || !negated {
		return predicate, err
	}
	return p.made(&Not{node{pos}, predicate})
}

func (p *textParser) binaryComparison(pos Pos, left Expr, op CompareOp) (Expr, error) {
	left, err := scalar(left)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := scalarOf(p.sum())
	if err != nil {
		return nil, err
	}
	if _, ok := lookup(compareNames[:], p.tok.text); ok && p.tok.kind == tokenMark {
		return nil, errorAt(ErrSyntax, p.tok.pos, "comparisons do not chain; join two of them with AND")
	}
	return p.made(&Compare{node{pos}, op, left, right})
}

func (p *textParser) isNull(pos Pos, operand Expr) (Expr, error) {
	operand, err := scalar(operand)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	negated, err := p.accept("not")
	if err != nil {
		return nil, err
	}
	if !p.tok.isWord("null") {
		return nil, p.unexpected("NULL")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	test, err := p.made(&IsNull{node{pos}, operand})
	if err != nil || !negated {
		return test, err
	}
	return p.made(&Not{node{pos}, test})
}

func (p *textParser) like(pos Pos, operand Expr) (Expr, error) {
	operand, err := scalar(operand)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	pattern, err := scalarOf(p.sum())
	if err != nil {
		return nil, err
	}
	if err := p.checkPattern(pattern); err != nil {
		return nil, err
	}
	return p.made(&Like{node{pos}, operand, pattern})
}

// checkPattern holds rule patternExpression: a string, possibly folded.
func (b *budget) checkPattern(e Expr) error {
	pos := e.Position()
	for {
		fold, ok := e.(*Fold)
		if !ok {
			break
		}
		e = fold.Arg
	}
	if literal, ok := e.(*Literal); ok && literal.Value.Kind() == KindString {
		return b.pattern(pos, literal.Value.AsString())
	}
	return errorAt(ErrSyntax, pos, "the pattern of LIKE is a string literal, possibly within CASEI or ACCENTI")
}

func (p *textParser) between(pos Pos, operand Expr) (Expr, error) {
	operand, err := scalar(operand)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	low, err := scalarOf(p.sum())
	if err != nil {
		return nil, err
	}
	and, err := p.accept("and")
	if err != nil {
		return nil, err
	}
	if !and {
		return nil, p.unexpected("AND and the upper end of BETWEEN")
	}
	high, err := scalarOf(p.sum())
	if err != nil {
		return nil, err
	}
	return p.made(&Between{node{pos}, operand, low, high})
}

func (p *textParser) in(pos Pos, operand Expr) (Expr, error) {
	operand, err := scalar(operand)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	items, err := p.list()
	if err != nil {
		return nil, err
	}
	for i := range items {
		if items[i], err = scalar(items[i]); err != nil {
			return nil, err
		}
	}
	return p.made(&In{node{pos}, operand, items})
}

// list reads a parenthesised list of expressions, possibly empty.
func (p *textParser) list() ([]Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	items := []Expr{}
	if p.tok.is(")") {
		return items, p.advance()
	}
	for {
		item, err := p.expression()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if !p.tok.is(",") {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if !p.tok.is(")") {
		return nil, p.unexpected("an operator, ',' or ')'")
	}
	return items, p.advance()
}
