package cql2

import (
	"strings"
	"unicode/utf8"
)

// likePattern is a compiled pattern: segments between "%". It matches in time
// proportional to the lengths of string and pattern multiplied; nothing
// backtracks over "%".
type likePattern struct {
	segments []likeSegment
}

// likeSegment is a run of characters without "%".
type likeSegment struct {
	text  string // all of it, where there is no "_"
	runes []rune // otherwise; anyRune for "_"
}

const anyRune = -1

// compileLike reads a pattern: "%" for any characters, "_" for one, "\" before
// a character for itself. A "\" at the end stands for itself.
func compileLike(pattern string) *likePattern {
	p := &likePattern{}
	var runes []rune
	escaped := false
	flush := func() {
		p.segments = append(p.segments, newLikeSegment(runes))
		runes = nil
	}
	for _, r := range pattern {
		switch {
		case escaped:
			runes, escaped = append(runes, r), false
		case r == '\\':
			escaped = true
		case r == '_':
			runes = append(runes, anyRune)
		case r == '%':
			flush()
		default:
			runes = append(runes, r)
		}
	}
	if escaped {
		runes = append(runes, '\\')
	}
	flush()
	return p
}

func newLikeSegment(runes []rune) likeSegment {
	for _, r := range runes {
		if r == anyRune {
			return likeSegment{runes: runes}
		}
	}
	return likeSegment{text: string(runes)}
}

// match reports whether the whole string matches.
func (p *likePattern) match(s string) bool {
	first, last := p.segments[0], p.segments[len(p.segments)-1]
	n := first.prefix(s)
	if n < 0 {
		return false
	}
	if len(p.segments) == 1 {
		return n == len(s)
	}
	s = s[n:]
	for _, segment := range p.segments[1 : len(p.segments)-1] {
		end := segment.find(s)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return last.suffix(s)
}

// prefix returns how many bytes of s the segment takes from its start; -1: no match.
func (g likeSegment) prefix(s string) int {
	if g.runes == nil {
		if strings.HasPrefix(s, g.text) {
			return len(g.text)
		}
		return -1
	}
	i := 0
	for _, want := range g.runes {
		if i == len(s) {
			return -1
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if want != anyRune && want != r {
			return -1
		}
		i += size
	}
	return i
}

// find returns where the first match of the segment in s ends; -1: none.
func (g likeSegment) find(s string) int {
	if g.runes == nil {
		i := strings.Index(s, g.text)
		if i < 0 {
			return -1
		}
		return i + len(g.text)
	}
	for i := range s {
		if n := g.prefix(s[i:]); n >= 0 {
			return i + n
		}
	}
	return -1
}

// suffix reports whether s ends with the segment.
func (g likeSegment) suffix(s string) bool {
	if g.runes == nil {
		return strings.HasSuffix(s, g.text)
	}
	i := len(s)
	for range g.runes {
		if i == 0 {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return g.prefix(s[i:]) >= 0
}
