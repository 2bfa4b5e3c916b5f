package entities

import (
	"fmt"
	"strconv"
	"strings"
)

// Code is a city code: kind·2^48 + serial with 1 ≤ serial < 2^48. It has 53 bits
// at the most, so that it is exact as a JavaScript number, and is given once and
// never reused. The zero Code names nothing.
type Code uint64

const (
	serialBits = 48
	maxSerial  = 1<<serialBits - 1
	serialLen  = 10 // Crockford base-32 digits
	codeLen    = 1 + serialLen + 1

	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	checkSet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	// unissued are the check characters that look like another or, with U, are
	// left out of Crockford's alphabet: serials that need them are skipped.
	unissued = "ILOU"
)

// NewCode makes the code of a kind and serial. It fails on an unknown kind and on
// a serial outside [1, 2^48); whether the code may be issued is [Code.Issuable].
func NewCode(kind Kind, serial uint64) (Code, error) {
	if !kind.Valid() {
		return 0, fmt.Errorf("%w: number %d", ErrUnknownKind, kind)
	}
	if serial < 1 || serial > maxSerial {
		return 0, fmt.Errorf("%w: serial %d is outside 1 to 2^48−1", ErrMalformedCode, serial)
	}
	return Code(kind)<<serialBits | Code(serial), nil
}

// Kind returns the kind in the code's top bits.
func (c Code) Kind() Kind { return Kind(c >> serialBits) }

// Serial returns the code's serial number within its kind.
func (c Code) Serial() uint64 { return uint64(c) & maxSerial }

// String returns the twelve characters of the code: kind letter, serial as ten
// Crockford base-32 digits, check character (ISO 7064 MOD 37,36).
func (c Code) String() string {
	var text [codeLen]byte
	c.write(&text)
	return string(text[:])
}

// AppendText appends the twelve characters of the code to b.
func (c Code) AppendText(b []byte) []byte {
	var text [codeLen]byte
	c.write(&text)
	return append(b, text[:]...)
}

func (c Code) write(text *[codeLen]byte) {
	text[0] = c.Kind().Letter()
	serial := c.Serial()
	for i := serialLen; i >= 1; i-- {
		text[i] = crockford[serial&31]
		serial >>= 5
	}
	text[codeLen-1] = checkCharacter(text[:codeLen-1])
}

// Display returns the code in groups, as it is printed for people:
// B-00003-NQK8N-P.
func (c Code) Display() string {
	s := c.String()
	return s[:1] + "-" + s[1:6] + "-" + s[6:11] + "-" + s[11:]
}

// Issuable reports whether the registry may give the code out: its check
// character is none of I, L, O, U, and swapping two neighbours never gives
// another valid code. Only then is every single substitution and every adjacent
// transposition caught.
func (c Code) Issuable() bool {
	if !c.Kind().Valid() || c.Serial() == 0 {
		return false
	}
	var text [codeLen]byte
	c.write(&text)
	if strings.IndexByte(unissued, text[codeLen-1]) >= 0 {
		return false
	}
	for i := 1; i+1 < codeLen; i++ {
		if text[i] == text[i+1] {
			continue
		}
		swapped := text
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		if strings.IndexByte(crockford, swapped[codeLen-2]) >= 0 &&
			checkCharacter(swapped[:codeLen-1]) == swapped[codeLen-1] {
			return false
		}
	}
	return true
}

// checkCharacter computes ISO 7064 MOD 37,36 over characters of 0–9 A–Z.
func checkCharacter(text []byte) byte {
	p := byte(36)
	for _, ch := range text {
		p = checkSteps[p&63][(ch-'0')&63]
	}
	return checkSet[(37-p)%36]
}

// checkSteps are the steps of ISO 7064 MOD 37,36, by what has come out so far and
// by the distance of a character from 0: every code in every tile has its check
// character, and the comparisons of the formula are never foreseen.
var checkSteps = func() (steps [64][64]byte) {
	for p := range 37 {
		for _, ch := range []byte(checkSet) {
			sum := p + checkValue(ch)
			if sum > 36 {
				sum -= 36
			}
			steps[p][ch-'0'] = byte(2 * sum % 37)
		}
	}
	return steps
}()

// checkValue is the place of a digit or capital letter in checkSet.
func checkValue(ch byte) int {
	if ch >= 'A' {
		return int(ch-'A') + 10
	}
	return int(ch - '0')
}

// ParseCode reads a code as people write it: in any case, with hyphens and
// blanks anywhere, with I and L for 1 and O for 0 in every place but the first.
// The error is a [*CodeError] that says what is wrong; a wrong check character
// has ErrCheckCharacter in its chain, everything else ErrMalformedCode.
func ParseCode(text string) (Code, error) {
	folded, err := foldCode(text)
	if err != nil {
		return 0, err
	}
	kind := kindOfLetter(folded[0])
	if kind == 0 {
		return 0, malformed(text, "it begins with %q, which is the letter of no kind", folded[0])
	}
	var serial uint64
	for i, ch := range folded[1 : codeLen-1] {
		digit := strings.IndexByte(crockford, ch)
		if digit < 0 {
			return 0, malformed(text, "%q in place %d is not a base-32 digit", ch, i+2)
		}
		serial = serial<<5 | uint64(digit)
	}
	if serial < 1 || serial > maxSerial {
		return 0, malformed(text, "its serial number is outside 1 to 2^48−1")
	}
	if want := checkCharacter(folded[:codeLen-1]); folded[codeLen-1] != want {
		return 0, &CodeError{Text: clip(text), Reason: fmt.Sprintf(
			"the check character %q does not fit the others; a character is mistyped or two are swapped", folded[codeLen-1]), Err: ErrCheckCharacter}
	}
	code := Code(kind)<<serialBits | Code(serial)
	if !code.Issuable() {
		return 0, malformed(text, "codes like this one are never issued")
	}
	return code, nil
}

// foldCode drops hyphens and blanks, upper-cases, and folds look-alikes.
func foldCode(text string) ([]byte, error) {
	folded := make([]byte, 0, codeLen)
	for i := 0; i < len(text); i++ {
		ch := text[i]
		switch {
		case ch == '-' || ch == ' ' || ch == '\t':
			continue
		case 'a' <= ch && ch <= 'z':
			ch -= 'a' - 'A'
		}
		if len(folded) > 0 {
			switch ch {
			case 'I', 'L':
				ch = '1'
			case 'O':
				ch = '0'
			}
		}
		if strings.IndexByte(checkSet, ch) < 0 {
			return nil, malformed(text, "it holds %q; a code has only letters and digits", rune(ch))
		}
		if len(folded) == codeLen {
			return nil, malformed(text, "it has more than %d characters", codeLen)
		}
		folded = append(folded, ch)
	}
	if len(folded) != codeLen {
		return nil, malformed(text, "it has %d characters, a code has %d", len(folded), codeLen)
	}
	return folded, nil
}

// ParseCityCode reads a code with or without its city before it
// (440300:B00003NQK8NP). The city is six digits (GB/T 2260), or empty where none
// is given.
func ParseCityCode(text string) (city string, code Code, err error) {
	if before, after, found := strings.Cut(text, ":"); found {
		if len(before) != 6 || strings.Trim(before, "0123456789") != "" {
			return "", 0, malformed(text, "the city before the colon is not six digits")
		}
		city, text = before, after
	}
	code, err = ParseCode(text)
	return city, code, err
}

// MarshalText implements encoding.TextMarshaler.
func (c Code) MarshalText() ([]byte, error) { return c.AppendText(nil), nil }

// UnmarshalText implements encoding.TextUnmarshaler by [ParseCode].
func (c *Code) UnmarshalText(text []byte) error {
	code, err := ParseCode(string(text))
	if err != nil {
		return err
	}
	*c = code
	return nil
}

func malformed(text, format string, args ...any) error {
	return &CodeError{Text: clip(text), Reason: fmt.Sprintf(format, args...), Err: ErrMalformedCode}
}

// clip keeps a hostile text out of messages and logs.
func clip(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "… (" + strconv.Itoa(len(text)) + " bytes)"
}
