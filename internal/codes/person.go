package codes

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// usccAlphabet has no I, O, S, V, Z; a character's value is its place.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// checkUSCC: 登记部门1 类别1 区划6 主体9 校验1.
func checkUSCC(s *Scheme, v string, _ Options) ([]string, error) {
	if err := s.sized(v, 18); err != nil {
		return nil, err
	}
	for i := range len(v) {
		if strings.IndexByte(usccAlphabet, v[i]) < 0 {
			return nil, s.fail(RuleAlphabet, v,
				fmt.Sprintf("第 %d 位不在代码字符集内（无 I、O、S、V、Z）", i+1),
				fmt.Sprintf("character %d is not in the alphabet (digits and capitals without I, O, S, V, Z)", i+1))
		}
	}
	if !usccDepartment(v[0]) {
		return nil, s.fail(RuleLayout, v, "第 1 位（登记管理部门）应为 1–9、A、N 或 Y", "character 1 (registering department) is not 1–9, A, N or Y")
	}
	if !digits(v[2:8]) {
		return nil, s.fail(RuleDivision, v, "第 3–8 位（登记机关行政区划）应为数字", "characters 3–8 (division of the registrar) are not digits")
	}
	if v[17] != usccCheck(v[:17]) {
		return nil, s.fail(RuleCheck, v, "校验码错误（GB 32100，模 31）", "wrong check character (GB 32100, modulus 31)")
	}
	if v[16] != orgCheck(v[8:16]) {
		return []string{FlagBodyCheck}, nil
	}
	return nil, nil
}

func usccDepartment(c byte) bool {
	return (c >= '1' && c <= '9') || c == 'A' || c == 'N' || c == 'Y'
}

// usccCheck is the check character over 17 characters of the alphabet: weights
// are the powers of 3 modulo 31.
func usccCheck(first17 string) byte {
	sum, w := 0, 1
	for i := range len(first17) {
		sum += strings.IndexByte(usccAlphabet, first17[i]) * w
		w = w * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31]
}

// orgCheck is the check character of GB 11714 over 8 digits and capitals.
func orgCheck(body8 string) byte {
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		c := int(body8[i])
		if c >= 'A' {
			c -= 'A' - 10
		} else {
			c -= '0'
		}
		sum += c * w
	}
	switch r := 11 - sum%11; r {
	case 10:
		return 'X'
	case 11:
		return '0'
	default:
		return byte('0' + r)
	}
}

// USCC makes a credit code with valid check characters: department and category
// of GB 32100, six digits of the registrar's division, and the first 8
// characters of the organisation code.
func USCC(department, category byte, division, body8 string) (string, error) {
	if len(division) != 6 || len(body8) != 8 {
		return "", fmt.Errorf("uscc: division %q and body %q do not have 6 and 8 characters", clip(division), clip(body8))
	}
	first16 := string([]byte{department, category}) + division + body8
	for i := range len(first16) {
		if strings.IndexByte(usccAlphabet, first16[i]) < 0 {
			return "", fmt.Errorf("uscc: character %d of %q is not in the alphabet", i+1, clip(first16))
		}
	}
	first17 := first16 + string(orgCheck(body8))
	v := first17 + string(usccCheck(first17))
	if _, _, err := Check("uscc", v); err != nil {
		return "", err
	}
	return v, nil
}

// checkRID: 17 digits and a check character, ISO 7064 MOD 11-2; digits 7–14 are
// a date that exists. Messages say nothing of the value but its mask.
func checkRID(s *Scheme, v string, _ Options) ([]string, error) {
	if len(v) == 15 && digits(v) {
		return nil, s.fail(RuleLength, v,
			"15 位为一代证号码，应换为 18 位", "has 15 digits: the first-generation form, which must be replaced by the one of 18")
	}
	if err := s.sized(v, 18); err != nil {
		return nil, err
	}
	if !digits(v[:17]) || ((v[17] < '0' || v[17] > '9') && v[17] != 'X') {
		return nil, s.fail(RuleAlphabet, v, "应为 17 位数字加 1 位校验码（0–9 或 X）", "is not 17 digits and a check character (0–9 or X)")
	}
	if v[17] != ridCheck(v[:17]) {
		return nil, s.fail(RuleCheck, v, "校验码错误（ISO 7064 MOD 11-2）", "wrong check character (ISO 7064 MOD 11-2)")
	}
	if !ridDate(v) {
		return nil, s.fail(RuleDate, v, "第 7–14 位不是存在的日期", "digits 7–14 are no date that exists")
	}
	return nil, nil
}

// ridDate reports whether the date exists. Nobody whom a register holds was born
// before 1800.
func ridDate(v string) bool {
	born, err := time.Parse("20060102", v[6:14])
	return err == nil && born.Year() >= 1800
}

// isRID reports whether a value passes for a resident identity number.
func isRID(v string) bool {
	v = upperASCII(v)
	return len(v) == 18 && digits(v[:17]) && v[17] == ridCheck(v[:17]) && ridDate(v)
}

func ridCheck(first17 string) byte {
	sum, w := 0, 1
	for i := 16; i >= 0; i-- { // weights are the powers of 2 modulo 11 from the right
		w = w * 2 % 11
		sum += int(first17[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// RIDCheck gives the check character of a resident identity number. The error
// does not show the digits.
func RIDCheck(first17 string) (byte, error) {
	if len(first17) != 17 || !digits(first17) {
		return 0, errors.New("rid: not 17 digits before the check character")
	}
	return ridCheck(first17), nil
}
