package codes

import "strings"

// HoldsRID reports whether a resident identity number with its right check
// character stands in a text, alone or between other words: somebody wrote it
// into the wrong column.
func HoldsRID(text string) bool {
	if !mayHoldRID(text) {
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

// mayHoldRID tells in a few nanoseconds that most texts hold none: of 17 digits in
// a row one stands at every 17th byte, unless they are full-width.
func mayHoldRID(text string) bool {
	if len(text) < 18 {
		return false
	}
	for i := 16; i < len(text); i += 17 {
		if c := text[i]; c >= '0' && c <= '9' {
			return true
		}
	}
	return hasWideDigit(text)
}

// hasWideDigit looks for U+FF10 to U+FF19.
func hasWideDigit(text string) bool {
	const block = "\xef\xbc" // of U+FF00 to U+FF3F
	for {
		i := strings.Index(text, block)
		if i < 0 || i+2 >= len(text) {
			return false
		}
		if c := text[i+2]; c >= 0x90 && c <= 0x99 {
			return true
		}
		text = text[i+3:]
	}
}

// foldDigits makes half-width characters of full-width ones, if there are digits
// among them.
func foldDigits(text string) string {
	if hasWideDigit(text) {
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
