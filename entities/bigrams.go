package entities

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SearchText folds a text for search: compatibility forms (full width to half
// width), lower case, and everything but letters and digits as one blank.
func SearchText(text string) string {
	var b strings.Builder
	blank := true
	for _, r := range norm.NFKC.String(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
			blank = false
		} else if !blank {
			b.WriteByte(' ')
			blank = true
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// Bigrams returns the pairs of neighbouring characters of a text folded by
// [SearchText], each once, in order of appearance. A word of one character is a
// term of its own. Two-character Chinese words are so found by one term.
func Bigrams(text string) []string {
	seen := make(map[string]bool)
	var terms []string
	add := func(term string) {
		if !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	for _, word := range strings.Fields(SearchText(text)) {
		runes := []rune(word)
		if len(runes) == 1 {
			add(word)
		}
		for i := 0; i+1 < len(runes); i++ {
			add(string(runes[i : i+2]))
		}
	}
	return terms
}
