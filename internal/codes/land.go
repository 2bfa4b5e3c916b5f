package codes

import (
	"fmt"
	"strings"
)

// digits reports whether s is ASCII digits throughout.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// sized refuses a value that does not have n bytes. It comes before any other
// rule, so that the rules can index.
func (s *Scheme) sized(v string, n int) error {
	if len(v) == n {
		return nil
	}
	return s.lengthError(v, fmt.Sprint(n))
}

func (s *Scheme) lengthError(v, want string) error {
	got := len([]rune(v))
	return s.fail(RuleLength, v,
		fmt.Sprintf("应为 %s 位，实际 %d 位", want, got),
		fmt.Sprintf("has %d characters, not %s", got, want))
}

// digitsOnly refuses a value with anything but digits; the message names the
// place, not the character, which may be part of a sensitive value.
func (s *Scheme) digitsOnly(v string) error {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return s.fail(RuleAlphabet, v,
				fmt.Sprintf("第 %d 位不是数字", i+1),
				fmt.Sprintf("character %d is not a digit", i+1))
		}
	}
	return nil
}

// provinces are the first two digits of GB/T 2260 codes.
const provinces = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 "

// division refuses a value whose first six characters cannot be a county-level
// division. That the division existed at a time is for a dated table to say.
func (s *Scheme) division(v string) error {
	if digits(v[:6]) && strings.Contains(provinces, " "+v[:2]+" ") {
		return nil
	}
	return s.fail(RuleDivision, v, "前 6 位不是行政区划代码（GB/T 2260）", "the first 6 characters are no division code (GB/T 2260)")
}

// checkDivision: 6 digits (province 2, city 2, county 2), 9 with the town, 12
// with the village. Shorter levels padded with zeros are in use and accepted.
func checkDivision(s *Scheme, v string, _ Options) ([]string, error) {
	if len(v) != 6 && len(v) != 9 && len(v) != 12 {
		return nil, s.lengthError(v, "6 / 9 / 12")
	}
	if err := s.digitsOnly(v); err != nil {
		return nil, err
	}
	if err := s.division(v); err != nil {
		return nil, err
	}
	// Towns: 001–099 streets, 100–199 towns, 200–399 townships, 400–599 areas
	// run by an enterprise. Data in use strays from the ranges: a flag.
	if len(v) > 6 && v[6] >= '6' {
		return []string{FlagTownRange}, nil
	}
	return nil, nil
}

// checkParcel: 县6 地籍区3 地籍子区3 宗地特征码2 顺序5.
func checkParcel(s *Scheme, v string, _ Options) ([]string, error) {
	if err := s.sized(v, 19); err != nil {
		return nil, err
	}
	return nil, s.parcel(v)
}

// parcel checks the first 19 characters, which are there.
func (s *Scheme) parcel(v string) error {
	if digits(v) {
		return s.fail(RuleLayout, v,
			"全为数字；第 13、14 位应为宗地特征码（字母）",
			"is all digits; characters 13 and 14 are letters (the parcel's feature code)")
	}
	if err := s.division(v); err != nil {
		return err
	}
	switch {
	case !digits(v[6:12]):
		return s.fail(RuleLayout, v, "第 7–12 位（地籍区、地籍子区）应为数字", "characters 7–12 (cadastral district and sub-district) are not digits")
	case !strings.Contains("GJZ", v[12:13]):
		return s.fail(RuleLayout, v, "第 13 位（土地所有权）应为 G、J 或 Z", "character 13 (ownership) is not G, J or Z")
	case v[13] < 'A' || v[13] > 'Z':
		return s.fail(RuleLayout, v, "第 14 位（宗地特征码）应为字母", "character 14 (feature code) is not a letter")
	case !digits(v[14:19]):
		return s.fail(RuleLayout, v, "第 15–19 位（宗地顺序号）应为数字", "characters 15–19 (serial number) are not digits")
	}
	return nil
}

// checkBDC: a parcel code, 定着物特征码 [FLQW], and 8 digits, which are 幢4 户4
// for F and zeros for W.
func checkBDC(s *Scheme, v string, _ Options) ([]string, error) {
	if err := s.sized(v, 28); err != nil {
		return nil, err
	}
	if err := s.parcel(v); err != nil {
		return nil, err
	}
	switch {
	case !strings.Contains("FLQW", v[19:20]):
		return nil, s.fail(RuleLayout, v, "第 20 位（定着物特征码）应为 F、L、Q 或 W", "character 20 (kind of fixture) is not F, L, Q or W")
	case !digits(v[20:]):
		return nil, s.fail(RuleLayout, v, "第 21–28 位应为数字", "characters 21–28 are not digits")
	case v[19] == 'W' && v[20:] != "00000000":
		return nil, s.fail(RuleLayout, v, "无定着物（W）时后 8 位应为 00000000", "a unit without fixture (W) ends in 00000000")
	}
	return nil, nil
}

// ParcelOfBDC gives the parcel code within a real estate unit code in normal
// form; ok is false where there is none.
func ParcelOfBDC(bdc string) (parcel string, ok bool) {
	if len(bdc) != 28 {
		return "", false
	}
	return bdc[:19], true
}

// FormatBDC groups a real estate unit code in normal form for display, 6 6 7 9.
// Anything else comes back as it is.
func FormatBDC(bdc string) string {
	if len(bdc) != 28 {
		return bdc
	}
	return bdc[:6] + " " + bdc[6:12] + " " + bdc[12:19] + " " + bdc[19:]
}
