package cql2

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

func (op FoldOp) apply(s string) string {
	if op == CaseI {
		return foldCase(s)
	}
	return foldAccents(s)
}

func (op FoldOp) value(v Value) (Value, error) {
	switch v.kind {
	case KindNull:
		return Null, nil
	case KindString:
		return String(op.apply(v.str)), nil
	default:
		return Null, fmt.Errorf("cql2: %s takes a string, not a %s: %w", strings.ToUpper(op.String()), v.kind, ErrType)
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldCase is Unicode full case folding.
func foldCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Fold().String(s)
}

// foldAccents decomposes canonically, removes nonspacing marks and composes
// again. The Japanese voicing marks stay: without them it is another word.
func foldAccents(s string) string {
	if isASCII(s) {
		return s
	}
	decomposed := norm.NFD.String(s)
	if strings.IndexFunc(decomposed, isAccent) < 0 {
		return norm.NFC.String(s)
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if isAccent(r) {
			return -1
		}
		return r
	}, decomposed))
}

const (
	voicingMark     = 0x3099
	semiVoicingMark = 0x309A
)

func isAccent(r rune) bool {
	return unicode.Is(unicode.Mn, r) && r != voicingMark && r != semiVoicingMark
}
