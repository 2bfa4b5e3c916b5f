package codes

import "strings"

// HoldsRID reports whether a resident identity number with its right check
// character stands in a text, alone or between other words: somebody wrote it
// into the wrong column.
func HoldsRID(text string) bool {
	if len(text) < 18 {
		return false
	}
	found := false
	eachRID(foldDigits(text), func(int) bool { found = true; return false })
	return found
}

// MaskRIDs returns a text with the resident identity numbers that stand in it
// masked, and the text itself where there are none.
func MaskRIDs(text string) string {
	if !HoldsRID(text) {
		return text
	}
	folded := foldDigits(text)
	var b strings.Builder
	rest := 0
	mask := (&Scheme{Sensitive: true, upper: true}).Mask
	eachRID(folded, func(at int) bool {
		b.WriteString(folded[rest:at])
		b.WriteString(mask(folded[at : at+18]))
		rest = at + 18
		return true
	})
	b.WriteString(folded[rest:])
	return b.String()
}

// foldDigits makes half-width characters of full-width ones, if there are any.
func foldDigits(text string) string {
	if strings.Contains(text, "\xef\xbc") || strings.Contains(text, "\xef\xbd") { // U+FF00–FF7F
		return strings.Map(halfWidth, text)
	}
	return text
}

// eachRID calls found with the place of each number until it returns false.
func eachRID(text string, found func(at int) bool) {
	word := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	for i := 0; i < len(text); i++ {
		if !word(text[i]) {
			continue
		}
		start := i
		for i < len(text) && word(text[i]) {
			i++
		}
		if i-start == 18 && isRID(text[start:i]) && !found(start) {
			return
		}
	}
}
