package codes_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/internal/codes"
)

func TestValidCodes(t *testing.T) {
	for _, v := range []struct {
		name, scheme, value, want string
		flags                     []string
	}{
		{"county", "division", "440304", "440304", nil},
		{"street", "division", "440304001", "440304001", nil},
		{"pseudo-street", "division", "440304400", "440304400", nil},
		{"street of 大鹏新区", "division", "440307009", "440307009", nil},
		{"village", "division", "440304001002", "440304001002", nil},
		{"city padded", "division", "440300000000", "440300000000", nil},
		{"town out of range", "division", "440304600", "440304600", []string{codes.FlagTownRange}},
		{"parcel", "parcel", "450103001001GB00001", "450103001001GB00001", nil},
		{"parcel, lower case", "parcel", "450103001001gb00001", "450103001001GB00001", nil},
		{"bdc without fixture", "bdc", "450103001001GB00001W00000000", "450103001001GB00001W00000000", nil},
		{"bdc with fixture", "bdc", "440304001002GB00015F00010023", "440304001002GB00015F00010023", nil},
		{"bdc in display form", "bdc", "440304 001002 GB00015 F00010023", "440304001002GB00015F00010023", nil},
		{"bdc full-width", "bdc", "４４０３０４００１００２ＧＢ０００１５Ｆ０００１００２３", "440304001002GB00015F00010023", nil},
		{"szbuilding", "szbuilding", "4403040010020100001", "4403040010020100001", nil},
		{"szhouse", "szhouse", "4403040010020100001000012", "4403040010020100001000012", nil},
		{"house26", "house26", "44030400420080700000100014", "44030400420080700000100014", nil},
		{"house26 with stars", "house26", "4403050012010**00000203056", "4403050012010**00000203056", nil},
		{"house23", "house23", "44030400100200000100012", "44030400100200000100012", []string{codes.FlagLayoutOnly}},
		{"uscc of a national registrar", "uscc", "91110000600037341L", "91110000600037341L", nil},
		{"uscc with a letter in the body", "uscc", "91350100M000100Y43", "91350100M000100Y43", nil},
		{"uscc in Shenzhen", "uscc", "9144030071526726XG", "9144030071526726XG", nil},
		{"uscc untidy", "uscc", "\uFEFF 9144030071526726xg\u3000", "9144030071526726XG", nil},
		{"rid", "rid", "11010519491231002X", "11010519491231002X", nil},
		{"rid, small x", "rid", "11010519491231002x", "11010519491231002X", nil},
		{"rid of the nineteenth century", "rid", "440524188001010014", "440524188001010014", nil},
		{"beidou level 10", "beidou", "N50F0503279022264243", "N50F0503279022264243", nil},
		{"beidou level 1", "beidou", "n50f", "N50F", nil},
	} {
		t.Run(v.name, func(t *testing.T) {
			got, flags, err := codes.Check(v.scheme, v.value)
			if err != nil {
				t.Fatal(err)
			}
			if got != v.want || !slices.Equal(flags, v.flags) {
				t.Errorf("got %q %v, want %q %v", got, flags, v.want, v.flags)
			}
		})
	}
}

func TestInvalidCodes(t *testing.T) {
	for _, v := range []struct {
		name, scheme, value, rule string
	}{
		{"empty", "division", "", codes.RuleLength},
		{"one digit short", "division", "44030", codes.RuleLength},
		{"no such province", "division", "990304", codes.RuleDivision},
		{"a letter", "division", "44O304", codes.RuleAlphabet},
		{"parcel all digits", "parcel", "4501030010011200001", codes.RuleLayout},
		{"parcel ownership", "parcel", "450103001001AB00001", codes.RuleLayout},
		{"parcel feature code", "parcel", "450103001001G100001", codes.RuleLayout},
		{"parcel serial", "parcel", "450103001001GB0000A", codes.RuleLayout},
		{"parcel sub-district", "parcel", "45010300100XGB00001", codes.RuleLayout},
		{"bdc W with a unit", "bdc", "440304001002GB00015W00010023", codes.RuleLayout},
		{"bdc of 27", "bdc", "440304001002GB00015F0001002", codes.RuleLength},
		{"bdc all digits", "bdc", "4403040010021200015000010023", codes.RuleLayout},
		{"bdc kind of fixture", "bdc", "440304001002GB00015X00010023", codes.RuleLayout},
		{"bdc letters in the unit", "bdc", "440304001002GB00015F0001002A", codes.RuleLayout},
		{"szbuilding elsewhere", "szbuilding", "4401040010020100001", codes.RuleDivision},
		{"szhouse a building's length", "szhouse", "4403040010020100001", codes.RuleLength},
		{"house26 check", "house26", "44030400420080700000100015", codes.RuleCheck},
		{"house26 star in the division", "house26", "4403*400420080700000100014", codes.RuleAlphabet},
		{"house26 star in the unit", "house26", "440304004200807000001*0014", codes.RuleAlphabet},
		{"house26 check letter", "house26", "4403040042008070000010001X", codes.RuleAlphabet},
		{"house23 length", "house23", "4403040010020000010001", codes.RuleLength},
		{"uscc check", "uscc", "91110000600037341N", codes.RuleCheck},
		{"uscc alphabet", "uscc", "9111000060003734IL", codes.RuleAlphabet},
		{"uscc department", "uscc", "01110000600037341L", codes.RuleLayout},
		{"uscc division", "uscc", "9111A000600037341L", codes.RuleDivision},
		{"uscc bytes, not characters", "uscc", "9111000060003734é", codes.RuleAlphabet},
		{"rid date", "rid", "440305190002290030", codes.RuleDate},
		{"rid check", "rid", "110105194912310021", codes.RuleCheck},
		{"rid of the first generation", "rid", "110105491231002", codes.RuleLength},
		{"rid letters", "rid", "1101051949123100XX", codes.RuleAlphabet},
		{"beidou length", "beidou", "N50F0", codes.RuleLength},
		{"beidou hemisphere", "beidou", "X50F", codes.RuleLayout},
		{"beidou band 61", "beidou", "N61F", codes.RuleLayout},
		{"beidou band W", "beidou", "N50W", codes.RuleLayout},
		{"beidou column C at level 2", "beidou", "N50FC0", codes.RuleLayout},
		{"beidou 6 at level 3", "beidou", "N50F056", codes.RuleLayout},
	} {
		t.Run(v.name, func(t *testing.T) {
			got, _, err := codes.Check(v.scheme, v.value)
			var e *codes.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %q, %v; want an *Error", got, err)
			}
			if e.Rule != v.rule || e.Scheme != v.scheme || got != "" {
				t.Errorf("got %q %+v, want rule %s", got, e, v.rule)
			}
			if e.MessageZh == "" || e.MessageEn == "" || e.Masked == "" && v.value != "" {
				t.Errorf("incomplete: %+v", e)
			}
		})
	}
}

// Every first character that GB 32100 has is accepted, A, N and Y too.
func TestUSCCDepartments(t *testing.T) {
	for _, d := range []byte("123456789ANY") {
		v, err := codes.USCC(d, '1', "440300", "MA5D0000")
		if err != nil {
			t.Errorf("%c: %v", d, err)
			continue
		}
		if _, flags, err := codes.Check("uscc", v); err != nil || flags != nil || v[0] != d {
			t.Errorf("%s: %v %v", v, flags, err)
		}
	}
	if _, err := codes.USCC('0', '1', "440300", "MA5D0000"); err == nil {
		t.Error("department 0 was accepted")
	}
}

// A right check character around a wrong organisation code is a flag.
func TestUSCCBodyFlag(t *testing.T) {
	for _, last := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		v := "91440300715267261" + string(last) // the body's check is X
		if _, flags, err := codes.Check("uscc", v); err == nil {
			if !slices.Equal(flags, []string{codes.FlagBodyCheck}) {
				t.Errorf("%s: flags %v", v, flags)
			}
			return
		}
	}
	t.Error("no check character fits")
}

func TestHouse26ForgottenTen(t *testing.T) {
	const first25 = "4403040042008070000010001"
	plain, err := codes.House26(first25)
	if err != nil || plain != first25+"4" {
		t.Fatalf("House26 = %q, %v", plain, err)
	}
	if v, err := codes.House26("4403050012010**0000020305"); err != nil || v[25] != '6' {
		t.Fatalf("House26 = %q, %v", v, err)
	}
	accepted := 0
	for _, c := range "012356789" {
		v := first25 + string(c)
		if _, _, err := codes.Check("house26", v); err == nil {
			t.Errorf("%s accepted without being asked to", v)
		}
		_, flags, err := codes.CheckWith("house26", v, codes.Options{House26ForgottenTen: true})
		if err != nil {
			continue
		}
		accepted++
		if !slices.Equal(flags, []string{codes.FlagForgottenTen}) {
			t.Errorf("%s: flags %v", v, flags)
		}
	}
	if accepted != 1 {
		t.Errorf("%d other check characters accepted with the option, want 1", accepted)
	}
}

func TestRIDCheck(t *testing.T) {
	if c, err := codes.RIDCheck("11010519491231002"); err != nil || c != 'X' {
		t.Errorf("%c, %v", c, err)
	}
	if c, err := codes.RIDCheck("44052418800101001"); err != nil || c != '4' {
		t.Errorf("%c, %v", c, err)
	}
	_, err := codes.RIDCheck("1101051949123100X")
	if err == nil || strings.Contains(err.Error(), "110105") {
		t.Errorf("got %v", err)
	}
}

func TestBeiDouVectors(t *testing.T) {
	for _, v := range []struct {
		lon, lat float64
		want     string
	}{
		{114.057939, 22.543527, "N50F0503279022264243"},
		{113.930413, 22.533287, "N49FB51A1CE257724542"},
		{116 + 18./60 + 45.37/3600, 39 + 59./60 + 35.38/3600, "N50J47539B8255346152"},
	} {
		lengths := []int{4, 6, 7, 9, 11, 12, 14, 16, 18, 20}
		for i, n := range lengths {
			got, err := codes.BeiDou(v.lon, v.lat, i+1)
			if err != nil || got != v.want[:n] {
				t.Errorf("level %d: %q, %v; want %q", i+1, got, err, v.want[:n])
			}
		}
	}
	for _, v := range [][3]float64{{114, 88, 1}, {114, -88, 1}, {181, 0, 1}, {114, 22, 0}, {114, 22, 11}} {
		if got, err := codes.BeiDou(v[0], v[1], int(v[2])); err == nil {
			t.Errorf("%v: %q", v, got)
		}
	}
}

// 114°E is an edge of level 1 and runs through Shenzhen; decimals that mean an
// edge fall on its eastern or northern side.
func TestBeiDouEdges(t *testing.T) {
	for _, v := range []struct {
		lon, lat float64
		want     string
	}{
		{113.9999999, 22.5, "N49FB51E0"},
		{114, 22.5, "N50F05000"},
		{114.3, 22.5, "N50F0513000"}, // 18 minutes
		{114 + 1./60, 22 + 2./60, "N50F0401200000000000"},
		{180, 0, "N60AB"},
		{-180, 0, "N01AB"},
		{-0.1, -0.1, "S30A00"},
		{0, 0, "N31A0000000000000000"},
	} {
		got, err := codes.BeiDou(v.lon, v.lat, 10)
		if err != nil || !strings.HasPrefix(got, v.want) {
			t.Errorf("%v, %v: %q, %v; want %s…", v.lon, v.lat, got, err, v.want)
		}
	}
}

func TestDamage(t *testing.T) {
	for _, v := range []struct {
		name, value string
		kind        codes.DamageKind
		certain     bool
		repaired    string
	}{
		{"scientific", "4.4E+24", codes.DamageScientific, true, ""},
		{"scientific, more digits", "4.40304E+24", codes.DamageScientific, true, ""},
		{"scientific, small e without sign", "4.40304e24", codes.DamageScientific, true, ""},
		{"scientific without decimals", "4E+18", codes.DamageScientific, true, ""},
		{"szhouse", "4403040010020100000000000", codes.DamageTailZeros, true, ""},
		{"eighteen digits", "440304001002010000", codes.DamageTailZeros, false, ""},
		{"decimal", "440304.0", codes.DamageDecimal, true, "440304"},
		{"decimal, two zeros", " 440304.00 ", codes.DamageDecimal, true, "440304"},
		{"decimal of a long code", "440304001002010000.0", codes.DamageDecimal, true, ""},
		{"not available", "#N/A", codes.DamageErrorValue, true, ""},
		{"narrow column", "########", codes.DamageErrorValue, true, ""},
		{"full-width", "４．４Ｅ＋２４", codes.DamageScientific, true, ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			d, ok := codes.FindDamage(v.value)
			if !ok || d.Kind != v.kind || d.Certain != v.certain || d.Repaired != v.repaired {
				t.Errorf("got %+v, %v", d, ok)
			}
			if d.MessageZh == "" || d.MessageEn == "" {
				t.Errorf("no message: %+v", d)
			}
		})
	}
	for _, value := range []string{
		"", "440304", "4403040010020100001000012", "12E3", "1E10", "A1.0", "3.14", ".0", "0.",
		"440304001002GB00015F00010023", "1000000000000000", "91110000600037341L", strings.Repeat("9", 300),
	} {
		if d, ok := codes.FindDamage(value); ok {
			t.Errorf("%q: %+v", value, d)
		}
	}
}

func TestLostZeros(t *testing.T) {
	d, ok := codes.LostZeros("1101", 5)
	if !ok || d.Kind != codes.DamageLeadingZero || d.Repaired != "01101" || d.Certain {
		t.Errorf("got %+v, %v", d, ok)
	}
	for _, v := range []string{"", "01101", "1", "11A1", "011011"} {
		if d, ok := codes.LostZeros(v, 5); ok {
			t.Errorf("%q: %+v", v, d)
		}
	}
}

func TestMask(t *testing.T) {
	for _, v := range []struct{ scheme, value, want string }{
		{"rid", "11010519491231002X", "110***X"},
		{"rid", " 11010519491231002x ", "110***X"},
		{"rid", "1101051949123", "***"},
		{"rid", "", "***"},
		{"nobody", "11010519491231002X", "110***X"},
		{"uscc", "91110000600037341L", "91110000600037341L"},
		{"uscc", "11010519491231002X", "110***X"}, // a personal number in the wrong column
		{"uscc", strings.Repeat("9", 100), strings.Repeat("9", 64) + "…"},
	} {
		if got := codes.Mask(v.scheme, v.value); got != v.want {
			t.Errorf("Mask(%s, %s) = %q, want %q", v.scheme, v.value, got, v.want)
		}
	}
}

func TestSchemes(t *testing.T) {
	all := codes.All()
	if len(all) != 10 {
		t.Errorf("%d schemes", len(all))
	}
	for _, s := range all {
		if got, ok := codes.Lookup(s.Name); !ok || got != s || s.TitleZh == "" || s.TitleEn == "" || s.Basis == "" {
			t.Errorf("%+v", s)
		}
		if s.Sensitive != (s.Name == "rid") {
			t.Errorf("%s: sensitive is %v", s.Name, s.Sensitive)
		}
	}
	var e *codes.UnknownSchemeError
	if _, _, err := codes.Check("plateau", "x"); !errors.As(err, &e) || e.Name != "plateau" {
		t.Errorf("got %v", err)
	}
}

func TestParts(t *testing.T) {
	if p, ok := codes.ParcelOfBDC("440304001002GB00015F00010023"); !ok || p != "440304001002GB00015" {
		t.Errorf("%q, %v", p, ok)
	}
	if _, ok := codes.ParcelOfBDC("440304"); ok {
		t.Error("a parcel in six digits")
	}
	if b, ok := codes.SZBuildingOfHouse("4403040010020100001000012"); !ok || b != "4403040010020100001" {
		t.Errorf("%q, %v", b, ok)
	}
	if _, ok := codes.SZBuildingOfHouse("440304"); ok {
		t.Error("a building in six digits")
	}
	if got := codes.FormatBDC("440304001002GB00015F00010023"); got != "440304 001002 GB00015 F00010023" {
		t.Error(got)
	}
}
