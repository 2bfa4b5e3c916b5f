package codes

import (
	"strings"
	"unicode"
)

// Normalise makes one form of the forms in which registers write the same
// code: full-width characters become half-width, blanks and invisible
// characters at the ends go, letters become capitals where the scheme has
// capitals, and blanks inside go where the scheme displays groups. It checks
// nothing.
func (s *Scheme) Normalise(value string) string {
	v := strings.TrimFunc(strings.Map(halfWidth, value), invisible)
	if s.blanks {
		v = strings.Map(dropBlank, v)
	}
	if s.upper {
		v = upperASCII(v)
	}
	return v
}

// halfWidth maps the full-width forms of ASCII (U+FF01–FF5E) and the
// ideographic space. Other compatibility forms, such as circled digits, are
// left alone: nobody meant them as part of a code.
func halfWidth(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r == 0x3000:
		return ' '
	}
	return r
}

// invisible are blanks, controls, and what copying out of documents leaves at
// the ends: zero-width characters and byte order marks.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func dropBlank(r rune) rune {
	if invisible(r) {
		return -1
	}
	return r
}

// upperASCII leaves other letters alone: strings.ToUpper would turn the dotless
// ı into I and accept what is not the code.
func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// Mask gives what may be shown of a value: all of it, cut to 64 bytes, where
// the scheme is not sensitive and the value is not a personal number that got
// into the wrong column; else the first three characters, ***, and the
// last, or *** alone where that would leave fewer than ten characters hidden. A
// scheme that is not known counts as sensitive.
func Mask(scheme, value string) string {
	s, ok := Lookup(scheme)
	if !ok {
		s = &Scheme{Sensitive: true}
	}
	return s.Mask(value)
}

// Mask is the function of the same name for a scheme at hand.
func (s *Scheme) Mask(value string) string {
	v := s.Normalise(value)
	if !s.Sensitive && !isRID(v) {
		return clip(v)
	}
	r := []rune(v)
	if len(r) < 14 {
		return "***"
	}
	return strings.ToValidUTF8(string(r[:3])+"***"+string(r[len(r)-1:]), "\uFFFD")
}

// clip keeps a message readable whatever was sent.
func clip(s string) string {
	const limit = 64
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// Error says why a value is not a code of a scheme. Neither its fields nor its
// text hold a sensitive value in clear.
type Error struct {
	Scheme    string
	Rule      string // stable, for counting: one of the Rule constants
	Masked    string // the value as far as it may be shown
	MessageZh string
	MessageEn string
}

// The rules that a code can break.
const (
	RuleLength   = "length"   // wrong number of characters
	RuleAlphabet = "alphabet" // a character that the scheme does not have
	RuleLayout   = "layout"   // a part that cannot stand where it stands
	RuleDivision = "division" // the division part cannot be one
	RuleCheck    = "check"    // wrong check character
	RuleDate     = "date"     // a date that does not exist
)

// Error is the English message after scheme and masked value.
func (e *Error) Error() string {
	return e.Scheme + " " + e.Masked + ": " + e.MessageEn
}

func (s *Scheme) fail(rule, v, zh, en string) *Error {
	return &Error{Scheme: s.Name, Rule: rule, Masked: s.Mask(v), MessageZh: zh, MessageEn: en}
}
