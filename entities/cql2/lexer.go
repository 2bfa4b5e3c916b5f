package cql2

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted // a quoted identifier
	tokenString
	tokenNumber
	tokenMark // an operator, a parenthesis or a comma
)

type token struct {
	kind tokenKind
	text string // decoded for strings and quoted identifiers
	pos  Pos
}

// is reports whether the token is the given mark.
func (t token) is(mark string) bool { return t.kind == tokenMark && t.text == mark }

// isWord reports whether the token is the given keyword, which must be in lower case.
func (t token) isWord(keyword string) bool {
	return t.kind == tokenWord && len(t.text) == len(keyword) && strings.EqualFold(t.text, keyword)
}

func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the filter"
	case tokenString:
		return "string '" + shorten(t.text) + "'"
	case tokenQuoted:
		return "property \"" + shorten(t.text) + "\""
	default:
		return "'" + shorten(t.text) + "'"
	}
}

// shorten keeps messages short when the input is not.
func shorten(s string) string {
	const longest = 40
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// lexer cuts CQL2 text into tokens (21-065r2, annex B).
type lexer struct {
	src string
	pos Pos
}

func newLexer(src string) lexer { return lexer{src: src, pos: Pos{Line: 1, Column: 1}} }

func (l *lexer) rest() string { return l.src[l.pos.Offset:] }

// advance moves over n bytes, which end at the boundary of a character.
func (l *lexer) advance(n int) {
	for _, r := range l.src[l.pos.Offset : l.pos.Offset+n] {
		if r == '\n' {
			l.pos.Line++
			l.pos.Column = 1
		} else {
			l.pos.Column++
		}
	}
	l.pos.Offset += n
}

func (l *lexer) skipSpace() {
	rest := l.rest()
	l.advance(len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace)))
}

func (l *lexer) next() (token, error) {
	l.skipSpace()
	start := l.pos
	rest := l.rest()
	if rest == "" {
		return token{kind: tokenEnd, pos: start}, nil
	}
	c := rest[0]
	switch {
	case c == '\'':
		return l.quoted(tokenString)
	case c == '"':
		return l.quoted(tokenQuoted)
	case isDigit(c) || c == '.':
		return l.number()
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if isIdentifierStart(r) {
		n := identifierLength(rest)
		l.advance(n)
		return token{tokenWord, rest[:n], start}, nil
	}
	for _, mark := range [...]string{"<=", ">=", "<>", "<", ">", "=", "+", "-", "*", "/", "%", "^", "(", ")", ","} {
		if strings.HasPrefix(rest, mark) {
			l.advance(len(mark))
			return token{tokenMark, mark, start}, nil
		}
	}
	return token{}, errorAt(ErrSyntax, start, "the character %q has no meaning here", r)
}

var controlEscapes = map[byte]byte{'a': 7, 'b': 8, 't': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, '\'': '\'', '\\': '\\'}

// quoted reads a string or a quoted identifier. In strings "\" escapes the
// quote, itself and control characters (requirement cql2-text/escaping);
// before anything else it stands for itself, so that LIKE sees its escapes.
func (l *lexer) quoted(kind tokenKind) (token, error) {
	start := l.pos
	rest := l.rest()
	quote := rest[0]
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		c := rest[i]
		switch {
		case c == quote && i+1 < len(rest) && rest[i+1] == quote:
			b.WriteByte(quote)
			i++
		case c == quote:
			l.advance(i + 1)
			if kind == tokenQuoted && b.Len() == 0 {
				return token{}, errorAt(ErrSyntax, start, "a property name is not empty")
			}
			return token{kind, b.String(), start}, nil
		case c == '\\' && kind == tokenString && i+1 < len(rest) && controlEscapes[rest[i+1]] != 0:
			b.WriteByte(controlEscapes[rest[i+1]])
			i++
		default:
			b.WriteByte(c)
		}
	}
	if kind == tokenString {
		return token{}, errorAt(ErrSyntax, start, "the string has no closing quote (')")
	}
	return token{}, errorAt(ErrSyntax, start, "the property name has no closing quote (\")")
}

// number reads an unsigned number; signs belong to the parser.
func (l *lexer) number() (token, error) {
	start := l.pos
	rest := l.rest()
	n := digits(rest, 0)
	whole := n
	if n < len(rest) && rest[n] == '.' {
		n = digits(rest, n+1)
		if n == whole+1 && whole == 0 {
			return token{}, errorAt(ErrSyntax, start, "a lone '.' is not a number")
		}
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		exponent := n + 1
		if exponent < len(rest) && (rest[exponent] == '+' || rest[exponent] == '-') {
			exponent++
		}
		if end := digits(rest, exponent); end > exponent {
			n = end
		}
	}
	l.advance(n)
	return token{tokenNumber, rest[:n], start}, nil
}

// digits returns where the digits of s that begin at i end.
func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// identifierLength returns the length in bytes of the identifier that s begins with.
func identifierLength(s string) int {
	for i, r := range s {
		if !isIdentifierStart(r) && (i == 0 || !isIdentifierPart(r)) || r == utf8.RuneError {
			return i
		}
	}
	return len(s)
}

// identifierRanges are the ranges of rule identifierStart.
var identifierRanges = [...][2]rune{
	{':', ':'},
	{'A', 'Z'},
	{'_', '_'},
	{'a', 'z'},
	{0xC0, 0xD6},
	{0xD8, 0xF6},
	{0xF8, 0x2FF},
	{0x370, 0x37D},
	{0x37F, 0x1FFE},
	{0x200C, 0x200D},
	{0x2070, 0x218F},
	{0x2C00, 0x2FEF},
	{0x3001, 0xD7FF},
	{0xF900, 0xFDCF},
	{0xFDF0, 0xFFFD},
	{0x10000, 0xEFFFF},
}

func isIdentifierStart(r rune) bool {
	if unicode.IsSpace(r) { // U+1680 and U+2000 to U+200A lie within the ranges
		return false
	}
	for _, span := range identifierRanges {
		if r < span[0] {
			return false
		}
		if r <= span[1] {
			return true
		}
	}
	return false
}

// isIdentifierPart is for the characters that may follow but not begin.
func isIdentifierPart(r rune) bool {
	return r == '.' || r >= '0' && r <= '9' || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// operatorWords are the keywords that can never be an unquoted property name.
var operatorWords = []string{"and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div"}

// formWords are the keywords that mean something before a parenthesis only.
var formWords = []string{"bbox", "date", "timestamp", "interval", "casei", "accenti"}

// isKeyword reports whether the name is a keyword of CQL2 text.
func isKeyword(name string) bool {
	for _, table := range [][]string{operatorWords, formWords, spatialNames[:], temporalNames[:], arrayNames[:]} {
		if _, ok := lookup(table, name); ok {
			return true
		}
	}
	_, ok := shapeOf(strings.TrimSuffix(strings.ToLower(name), "z"))
	return ok
}

// isFunctionName reports whether a function may have that name: an identifier
// that means nothing else in text and JSON.
func isFunctionName(name string) bool {
	return isIdentifier(name) && !isKeyword(name) && !strings.EqualFold(name, "isNull")
}

// isIdentifier reports whether the name is one identifier from end to end.
func isIdentifier(name string) bool {
	return name != "" && utf8.ValidString(name) && identifierLength(name) == len(name)
}
