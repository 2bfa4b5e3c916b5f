package cql2

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

func (p *textParser) sum() (Expr, error) {
	return p.chain(p.product, Add, Subtract)
}

func (p *textParser) product() (Expr, error) {
	return p.chain(p.power, Multiply, Divide, Modulo, IntDivide)
}

// operator returns which of the operators comes next.
func (p *textParser) operator(ops []ArithmeticOp) (ArithmeticOp, bool) {
	for _, op := range ops {
		if p.tok.is(op.String()) || op == IntDivide && p.tok.isWord("div") {
			return op, true
		}
	}
	return 0, false
}

// chain reads left-associative operators of one precedence.
func (p *textParser) chain(operand func() (Expr, error), ops ...ArithmeticOp) (Expr, error) {
	pos := p.tok.pos
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		op, ok := p.operator(ops)
		if !ok {
			return left, nil
		}
		if left, err = p.binary(pos, op, left, operand); err != nil {
			return nil, err
		}
	}
}

func (p *textParser) binary(pos Pos, op ArithmeticOp, left Expr, operand func() (Expr, error)) (Expr, error) {
	left, err := scalar(left)
	if err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := scalarOf(operand())
	if err != nil {
		return nil, err
	}
	return p.made(&Arithmetic{node{pos}, op, left, right})
}

// power is rule powerTerm: "^" does not chain, and "-" binds tighter.
func (p *textParser) power() (Expr, error) {
	pos := p.tok.pos
	left, err := p.signed()
	if err != nil || !p.tok.is("^") {
		return left, err
	}
	power, err := p.binary(pos, Power, left, p.signed)
	if err == nil && p.tok.is("^") {
		return nil, errorAt(ErrSyntax, p.tok.pos, "'^' does not chain; use parentheses")
	}
	return power, err
}

// signed reads an operand with a sign: "-" before anything but a number is a
// multiplication by -1, as in the standard's JSON examples.
func (p *textParser) signed() (Expr, error) {
	pos := p.tok.pos
	minus := p.tok.is("-")
	if !minus && !p.tok.is("+") {
		return p.primary()
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokenNumber {
		return p.numberLiteral(pos, minus)
	}
	if !minus {
		return nil, p.unexpected("a number after '+'")
	}
	operand, err := scalarOf(p.primary())
	if err != nil {
		return nil, err
	}
	one, err := p.made(&Literal{node{pos}, Int(-1)})
	if err != nil {
		return nil, err
	}
	return p.made(&Arithmetic{node{pos}, Multiply, one, operand})
}

func (p *textParser) numberLiteral(pos Pos, minus bool) (Expr, error) {
	v, err := p.number64(pos, minus)
	if err != nil {
		return nil, err
	}
	return p.made(&Literal{node{pos}, v})
}

// number64 takes the number token that comes next.
func (p *textParser) number64(pos Pos, minus bool) (Value, error) {
	text := p.tok.text
	if minus {
		text = "-" + text
	}
	v, err := parseNumber(pos, text)
	if err != nil {
		return Null, err
	}
	return v, p.advance()
}

// parseNumber reads a number of either encoding. Without fraction and exponent
// it is an integer.
func parseNumber(pos Pos, text string) (Value, error) {
	if !strings.ContainsAny(text, ".eE") {
		i, err := strconv.ParseInt(text, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return Null, errorAt(ErrValue, pos, "the integer %s does not fit 64 bits; with a fraction (.0) it is read as a float", shorten(text))
		}
		if err != nil {
			return Null, errorAt(ErrSyntax, pos, "%s is not a number", shorten(text))
		}
		return Int(i), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return Null, errorAt(ErrValue, pos, "the number %s is out of the range of a 64-bit float", shorten(text))
	}
	return Float(f), nil
}

func parseCoordinate(pos Pos, text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, errorAt(ErrValue, pos, "the coordinate %s is out of the range of a 64-bit float", shorten(text))
	}
	return f, nil
}
