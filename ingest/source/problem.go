package source

import (
	"fmt"
	"strings"
)

// Problem says what is wrong with one record, in Chinese and in English.
type Problem struct {
	Zh, En string
	Column string // where it is one cell; else empty
	err    error  // ErrEncoding, or nil
}

// Error is the English text.
func (p *Problem) Error() string { return p.En }

// Unwrap returns ErrEncoding where the text is at fault.
func (p *Problem) Unwrap() error { return p.err }

// problem formats both texts with the same arguments.
func problem(zh, en string, args ...any) error {
	return &Problem{Zh: fmt.Sprintf(zh, args...), En: fmt.Sprintf(en, args...)}
}

// badText says that a cell holds no text.
func badText(column, zh, en string) error {
	return &Problem{Zh: "列“" + column + "”" + zh, En: "column " + column + " " + en, Column: column, err: ErrEncoding}
}

// checkText refuses bytes that are no text, and the character that ends texts in
// databases.
func checkText(column, text string, valid bool) error {
	switch {
	case !valid:
		return badText(column, "含有不成文字的字节", "holds bytes that are no text")
	case strings.IndexByte(text, 0) >= 0:
		return badText(column, "含有空字符（NUL）", "holds the character NUL")
	}
	return nil
}

// notJSON says why a text is no JSON. What the parser says is a chain of where it
// was, the reason at its end, and a piece of the text, which may be of any length
// and not for everybody.
func notJSON(err error) error {
	reason, _, _ := strings.Cut(err.Error(), "; unparsed tail")
	reason = reason[strings.LastIndex(reason, ": ")+1:]
	return problem("不是 JSON：%s", "not JSON: %s", strings.TrimSpace(reason))
}
