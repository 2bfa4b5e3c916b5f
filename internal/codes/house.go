package codes

import (
	"fmt"
)

// checkSZBuilding: 省2 市2 区2 街道3 社区3 网格2 栋5. The first 12 digits are a
// division; which ones existed when is for a dated table to say.
func checkSZBuilding(s *Scheme, v string, _ Options) ([]string, error) {
	return nil, s.shenzhen(v, 19)
}

// checkSZHouse: szbuilding and 房6.
func checkSZHouse(s *Scheme, v string, _ Options) ([]string, error) {
	return nil, s.shenzhen(v, 25)
}

func (s *Scheme) shenzhen(v string, n int) error {
	if err := s.sized(v, n); err != nil {
		return err
	}
	if err := s.digitsOnly(v); err != nil {
		return err
	}
	if v[:4] != "4403" {
		return s.fail(RuleDivision, v, "不以 4403（深圳市）开头", "does not begin with 4403 (Shenzhen)")
	}
	return nil
}

// SZBuildingOfHouse gives the building code within a Shenzhen housing code in
// normal form; ok is false where there is none.
func SZBuildingOfHouse(house string) (building string, ok bool) {
	if len(house) != 25 {
		return "", false
	}
	return house[:19], true
}

// checkHouse26: 区划9 幢12 户4 校验1; stars fill unused places of the building
// part and count as 0.
func checkHouse26(s *Scheme, v string, o Options) ([]string, error) {
	if err := s.sized(v, 26); err != nil {
		return nil, err
	}
	if err := s.house26Layout(v[:25]); err != nil {
		return nil, err
	}
	got := v[25]
	if got < '0' || got > '9' {
		return nil, s.fail(RuleAlphabet, v, "第 26 位（校验码）不是数字", "character 26 (check) is not a digit")
	}
	if got == mod1110(v[:25], false) {
		return nil, nil
	}
	if got == mod1110(v[:25], true) {
		if o.House26ForgottenTen {
			return []string{FlagForgottenTen}, nil
		}
		return nil, s.fail(RuleCheck, v,
			"校验码错误；若登记系统省略了“余数 0 换为 10”一步则相符，可用选项接受",
			`wrong check character; it is the one of registries that forget the step "0 becomes 10", which an option accepts`)
	}
	return nil, s.fail(RuleCheck, v, "校验码错误（ISO 7064 MOD 11,10）", "wrong check character (ISO 7064 MOD 11,10)")
}

// house26Layout checks the 25 characters before the check character.
func (s *Scheme) house26Layout(v string) error {
	for i := range len(v) {
		if (v[i] >= '0' && v[i] <= '9') || (v[i] == '*' && i >= 9 && i < 21) {
			continue
		}
		return s.fail(RuleAlphabet, v,
			fmt.Sprintf("第 %d 位应为数字（幢号 10–21 位可为 *）", i+1),
			fmt.Sprintf("character %d is not a digit (characters 10–21 may be *)", i+1))
	}
	return s.division(v)
}

// mod1110 is ISO 7064 MOD 11,10 over digits and stars. forget leaves out the
// step that makes 10 of 0.
func mod1110(v string, forget bool) byte {
	p := 10
	for i := range len(v) {
		a := 0
		if v[i] != '*' {
			a = int(v[i] - '0')
		}
		sum := (p + a) % 10
		if sum == 0 && !forget {
			sum = 10
		}
		p = 2 * sum % 11
	}
	return byte('0' + (11-p)%10)
}

// House26 appends the check character to the first 25 of a house code.
func House26(first25 string) (string, error) {
	s, _ := Lookup("house26")
	if len(first25) != 25 {
		return "", fmt.Errorf("house26: %d characters before the check character, not 25", len(first25))
	}
	if err := s.house26Layout(first25); err != nil {
		return "", err
	}
	return first25 + string(mod1110(first25, false)), nil
}

// checkHouse23 checks digits and division. JGJ/T 496-2022 has a check
// character by a table that is not at hand, hence the flag on every code.
func checkHouse23(s *Scheme, v string, _ Options) ([]string, error) {
	if err := s.sized(v, 23); err != nil {
		return nil, err
	}
	if err := s.digitsOnly(v); err != nil {
		return nil, err
	}
	if err := s.division(v); err != nil {
		return nil, err
	}
	return []string{FlagLayoutOnly}, nil
}
