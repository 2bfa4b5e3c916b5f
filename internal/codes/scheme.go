package codes

import (
	"fmt"
	"slices"
)

// Basis says where a check comes from.
type Basis string

// The bases, from the firmest to the weakest.
const (
	// StandardVerified: the standard's own rule, confirmed with its samples.
	StandardVerified Basis = "standard-verified"
	// CodeDerived: the rule as data and programs in use agree on it.
	CodeDerived Basis = "code-derived"
	// Assumed: background knowledge; a refusal may be wrong.
	Assumed Basis = "assumed"
)

// Options are what an operator can ask for beyond the rules of a scheme.
type Options struct {
	// House26ForgottenTen accepts, with FlagForgottenTen, check characters of
	// house26 codes from registries that leave out the step "0 becomes 10" of
	// ISO 7064 MOD 11,10.
	House26ForgottenTen bool
}

// The flags that an accepted code can carry.
const (
	// FlagForgottenTen: see Options.
	FlagForgottenTen = "house26-forgotten-ten"
	// FlagLayoutOnly: the scheme has a check character that was not checked,
	// because its table is not public.
	FlagLayoutOnly = "layout-only"
	// FlagBodyCheck: the check character of the whole credit code is right,
	// that of the organisation code inside (GB 11714) is not.
	FlagBodyCheck = "uscc-body-check"
	// FlagTownRange: the town part of a division code is in none of the ranges
	// of GB/T 10114.
	FlagTownRange = "division-town-range"
)

// Scheme is a code scheme.
type Scheme struct {
	Name      string // as in aliases, "uscc"
	TitleZh   string
	TitleEn   string
	Kind      string // of the entity that the code usually names; a hint
	Standard  string // by number, or empty
	Sensitive bool   // values are never shown, logged or stored in clear
	Basis     Basis

	upper  bool // letters are folded to capitals
	blanks bool // blanks inside are a display form and are dropped
	check  func(s *Scheme, v string, o Options) (flags []string, err error)
}

// The kinds that schemes name, as text: this package is a leaf and does not
// know the entities package.
const (
	kindDistrict   = "district"
	kindLand       = "land"
	kindHousing    = "housing"
	kindBuilding   = "building"
	kindEnterprise = "enterprise"
	kindPerson     = "person"
)

var schemes = []*Scheme{
	{
		Name: "division", TitleZh: "行政区划代码", TitleEn: "administrative division code", Kind: kindDistrict,
		Standard: "GB/T 2260, GB/T 10114", Basis: CodeDerived, check: checkDivision,
	},
	{
		Name: "parcel", TitleZh: "宗地代码", TitleEn: "land parcel code", Kind: kindLand,
		Standard: "GB/T 37346", Basis: CodeDerived, upper: true, blanks: true, check: checkParcel,
	},
	{
		Name: "bdc", TitleZh: "不动产单元代码", TitleEn: "real estate unit code", Kind: kindHousing,
		Standard: "GB/T 37346", Basis: StandardVerified, upper: true, blanks: true, check: checkBDC,
	},
	{
		Name: "szbuilding", TitleZh: "深圳楼栋编码", TitleEn: "Shenzhen building code", Kind: kindBuilding,
		Basis: CodeDerived, check: checkSZBuilding,
	},
	{
		Name: "szhouse", TitleZh: "深圳房屋编码", TitleEn: "Shenzhen housing code", Kind: kindHousing,
		Basis: CodeDerived, check: checkSZHouse,
	},
	{
		Name: "house26", TitleZh: "房屋代码（JGJ/T 246-2012）", TitleEn: "house code, 26 digits (JGJ/T 246-2012)", Kind: kindHousing,
		Standard: "JGJ/T 246-2012", Basis: StandardVerified, check: checkHouse26,
	},
	{
		Name: "house23", TitleZh: "房屋代码（JGJ/T 496-2022）", TitleEn: "house code, 23 digits (JGJ/T 496-2022)", Kind: kindHousing,
		Standard: "JGJ/T 496-2022", Basis: Assumed, check: checkHouse23,
	},
	{
		Name: "uscc", TitleZh: "统一社会信用代码", TitleEn: "unified social credit code", Kind: kindEnterprise,
		Standard: "GB 32100-2015", Basis: StandardVerified, upper: true, check: checkUSCC,
	},
	{
		Name: "rid", TitleZh: "公民身份号码", TitleEn: "resident identity number", Kind: kindPerson,
		Standard: "GB 11643", Sensitive: true, Basis: StandardVerified, upper: true, check: checkRID,
	},
	{
		Name: "beidou", TitleZh: "北斗网格位置码", TitleEn: "BeiDou grid location code",
		Standard: "GB/T 39409-2020", Basis: StandardVerified, upper: true, check: checkBeiDou,
	},
}

// All gives every scheme, in a fixed order. The slice is the caller's own.
func All() []*Scheme { return slices.Clone(schemes) }

// Lookup finds a scheme by its name, exactly as written.
func Lookup(name string) (*Scheme, bool) {
	for _, s := range schemes {
		if s.Name == name {
			return s, true
		}
	}
	return nil, false
}

// UnknownSchemeError says that there is no such scheme.
type UnknownSchemeError struct{ Name string }

// Error names the scheme that was asked for.
func (e *UnknownSchemeError) Error() string {
	return fmt.Sprintf("no check is known for code scheme %q", clip(e.Name))
}

// Check is [CheckWith] without options.
func Check(scheme, value string) (normalised string, flags []string, err error) {
	return CheckWith(scheme, value, Options{})
}

// CheckWith checks a value against a scheme found by name; see [Scheme.Check].
// A name that is not known is an *UnknownSchemeError.
func CheckWith(scheme, value string, o Options) (normalised string, flags []string, err error) {
	s, ok := Lookup(scheme)
	if !ok {
		return "", nil, &UnknownSchemeError{Name: scheme}
	}
	return s.Check(value, o)
}

// Check normalises a value and checks it. flags say what a reader of an
// accepted code should know. A refused value is an *Error, and normalised is
// empty then.
func (s *Scheme) Check(value string, o Options) (normalised string, flags []string, err error) {
	v := s.Normalise(value)
	flags, err = s.check(s, v, o)
	if err != nil {
		return "", nil, err
	}
	return v, flags, nil
}
