package codes

import (
	"fmt"
	"regexp"
	"strings"
)

// DamageKind is what a spreadsheet did to a code.
type DamageKind string

// The kinds of damage.
const (
	// DamageScientific: the code became a number such as 4.40304E+24.
	DamageScientific DamageKind = "scientific"
	// DamageTailZeros: only the first 15 digits survived, zeros follow.
	DamageTailZeros DamageKind = "tail-zeros"
	// DamageDecimal: ".0" was appended.
	DamageDecimal DamageKind = "decimal"
	// DamageLeadingZero: zeros at the beginning went.
	DamageLeadingZero DamageKind = "leading-zero"
	// DamageErrorValue: the cell holds #N/A, #REF! or a row of #.
	DamageErrorValue DamageKind = "error-value"
)

// Damage says what a spreadsheet did to a code. The messages do not repeat it.
type Damage struct {
	Kind DamageKind
	// Certain is false where an undamaged code can look like this: then it
	// explains a failed check, and is no reason of its own to refuse.
	Certain   bool
	Repaired  string // the code before the damage, where that can be known
	MessageZh string
	MessageEn string
}

var (
	// A sign after E or a decimal point is asked for, because plain 12E3 is a
	// sound code elsewhere.
	scientific = regexp.MustCompile(`^[+-]?[0-9](\.[0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}$`)
	errorValue = regexp.MustCompile(`^(#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|#{3,})$`)
)

// excelDigits is how many significant digits a spreadsheet keeps.
const excelDigits = 15

// FindDamage looks for the marks that spreadsheets leave on codes. ok is false
// where there are none.
func FindDamage(value string) (d Damage, ok bool) {
	const longest = 200
	if len(value) > longest {
		return Damage{}, false
	}
	v := (&Scheme{}).Normalise(value)
	switch {
	case scientific.MatchString(v):
		return Damage{
			Kind: DamageScientific, Certain: true,
			MessageZh: "代码被电子表格转成了科学计数法，后面的数位已丢失；请以文本格式重新导出",
			MessageEn: "a spreadsheet turned the code into scientific notation and lost its last digits; export it again as text",
		}, true
	case errorValue.MatchString(v):
		return Damage{
			Kind: DamageErrorValue, Certain: true,
			MessageZh: "单元格是电子表格的错误值，不是代码",
			MessageEn: "the cell holds a spreadsheet's error value, not a code",
		}, true
	}
	if body, zeros, found := strings.Cut(v, "."); found && body != "" && zeros != "" && digits(body) && strings.Trim(zeros, "0") == "" {
		return decimalDamage(body), true
	}
	return tailZeros(v)
}

func decimalDamage(body string) Damage {
	d := Damage{
		Kind: DamageDecimal, Certain: true, Repaired: body,
		MessageZh: "代码被当作数字，末尾多了“.0”",
		MessageEn: `the code was taken for a number and got ".0" at its end`,
	}
	if len(body) > excelDigits {
		d.Repaired = "" // its last digits are not to be trusted either
	}
	return d
}

func tailZeros(v string) (Damage, bool) {
	if len(v) <= excelDigits || !digits(v) || strings.Trim(v[excelDigits:], "0") != "" || v[0] == '0' {
		return Damage{}, false
	}
	if strings.Trim(v[1:excelDigits], "0") == "" {
		return Damage{}, false // a round number, not the head of a code
	}
	n := len(v) - excelDigits
	return Damage{
		Kind: DamageTailZeros,
		// One sound code in ten ends in one zero, one in a million in six.
		Certain:   n >= 6,
		MessageZh: fmt.Sprintf("第 15 位之后的 %d 位全是 0：代码很可能被电子表格当作数字而丢失了尾数；请以文本格式重新导出", n),
		MessageEn: fmt.Sprintf("the %d digits after the 15th are all 0: a spreadsheet probably took the code for a number and lost its tail; export it again as text", n),
	}, true
}

// LostZeros looks for zeros lost at the beginning of a code that has length
// digits: up to three are missing. A hint, never certain.
func LostZeros(value string, length int) (d Damage, ok bool) {
	v := (&Scheme{}).Normalise(value)
	missing := length - len(v)
	if v == "" || !digits(v) || missing < 1 || missing > 3 {
		return Damage{}, false
	}
	return Damage{
		Kind: DamageLeadingZero, Repaired: strings.Repeat("0", missing) + v,
		MessageZh: fmt.Sprintf("少 %d 位：开头的 0 可能被电子表格去掉了", missing),
		MessageEn: fmt.Sprintf("%d digits are missing: a spreadsheet may have dropped zeros at the beginning", missing),
	}, true
}
