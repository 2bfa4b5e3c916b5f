package codes_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/internal/codes"
)

func digitString(n int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", n))
}

func validUSCC(rt *rapid.T) string {
	v, err := codes.USCC(
		rapid.SampledFrom([]byte("123456789ANY")).Draw(rt, "department"),
		rapid.SampledFrom([]byte("1239")).Draw(rt, "category"),
		digitString(6).Draw(rt, "division"),
		rapid.StringMatching("[0-9A-HJ-NPQRTUWXY]{8}").Draw(rt, "body"))
	if err != nil {
		rt.Fatal(err)
	}
	return v
}

func validRID(rt *rapid.T) string {
	first17 := digitString(6).Draw(rt, "division") +
		fmt.Sprintf("%04d%02d%02d", rapid.IntRange(1900, 2025).Draw(rt, "year"),
			rapid.IntRange(1, 12).Draw(rt, "month"), rapid.IntRange(1, 28).Draw(rt, "day")) +
		digitString(3).Draw(rt, "serial")
	c, err := codes.RIDCheck(first17)
	if err != nil {
		rt.Fatal(err)
	}
	return first17 + string(c)
}

func validHouse26(rt *rapid.T) string {
	v, err := codes.House26("440304" + digitString(3).Draw(rt, "town") +
		rapid.StringMatching("[0-9*]{12}").Draw(rt, "building") + digitString(4).Draw(rt, "unit"))
	if err != nil {
		rt.Fatal(err)
	}
	return v
}

// Moduli 31 and 11 are prime and above every weight and difference, and
// MOD 11,10 is built to: no single substitution passes. In house26 a star and a
// 0 have the same value, which no check character can tell apart.
func TestEverySingleSubstitutionIsCaught(t *testing.T) {
	for _, v := range []struct {
		scheme, alphabet string
		valid            func(*rapid.T) string
	}{
		{"uscc", "0123456789ABCDEFGHJKLMNPQRTUWXY", validUSCC},
		{"rid", "0123456789X", validRID},
		{"house26", "0123456789*", validHouse26},
	} {
		t.Run(v.scheme, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				code := v.valid(rt)
				if got, flags, err := codes.Check(v.scheme, code); err != nil || got != code || flags != nil {
					rt.Fatalf("%s: %q, %v, %v", code, got, flags, err)
				}
				for i := range len(code) {
					for j := range len(v.alphabet) {
						was, is := code[i], v.alphabet[j]
						if was == is || v.scheme == "house26" && strings.Trim(string([]byte{was, is}), "0*") == "" {
							continue
						}
						wrong := code[:i] + string(is) + code[i+1:]
						if _, _, err := codes.Check(v.scheme, wrong); err == nil {
							rt.Fatalf("%s passed for %s", wrong, code)
						}
					}
				}
			})
		})
	}
}

// Adjacent transpositions: moduli 31 and 11 catch all; MOD 11,10 catches all but
// a few of the digits' pairs by design, so nothing is claimed for house26.
func TestEveryAdjacentTranspositionIsCaught(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		for scheme, code := range map[string]string{"uscc": validUSCC(rt), "rid": validRID(rt)} {
			for i := range len(code) - 1 {
				if code[i] == code[i+1] {
					continue
				}
				wrong := code[:i] + string(code[i+1]) + string(code[i]) + code[i+2:]
				if _, _, err := codes.Check(scheme, wrong); err == nil {
					rt.Fatalf("%s passed for %s", wrong, code)
				}
			}
		}
	})
}

// A point lies in the cell of its code at every level, and a code of the middle
// of a cell is that of the cell.
func TestBeiDouCell(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lon := rapid.Float64Range(-180, 180).Draw(rt, "lon")
		lat := rapid.Float64Range(-87.999, 87.999).Draw(rt, "lat")
		level := rapid.IntRange(1, 10).Draw(rt, "level")
		code, err := codes.BeiDou(lon, lat, level)
		if err != nil {
			rt.Fatal(err)
		}
		w, s, e, n, err := codes.BeiDouCell(code)
		if err != nil {
			rt.Fatal(err)
		}
		const slack = 1e-12 // see the millionth of a unit in the encoder
		if lon < w-slack || lon > e+slack || lat < s-slack || lat > n+slack {
			rt.Fatalf("%v, %v is not in %s: %v %v %v %v", lon, lat, code, w, s, e, n)
		}
		if again, err := codes.BeiDou((w+e)/2, (s+n)/2, level); err != nil || again != code {
			rt.Fatalf("middle of %s is in %s, %v", code, again, err)
		}
	})
}

// leaks reports whether text holds more of a sensitive value than its mask
// does: any six characters in a row. (Messages name standards by numbers of
// up to five digits.)
func leaks(text, value string) bool {
	for i := 0; i+6 <= len(value); i++ {
		if strings.Contains(text, value[i:i+6]) {
			return true
		}
	}
	return false
}

func TestNoPersonalNumberInMessages(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.StringMatching("[0-9]{6,20}[0-9X]?").Draw(rt, "value")
		_, _, err := codes.Check("rid", value)
		if err == nil {
			return
		}
		var e *codes.Error
		if !errors.As(err, &e) {
			rt.Fatal(err)
		}
		if leaks(err.Error()+e.Masked+e.MessageZh+e.MessageEn+e.Rule, value) {
			rt.Fatalf("%s: %+v", value, e)
		}
		valid := validRID(rt)
		for _, s := range codes.All() {
			if s.Name == "rid" {
				continue
			}
			if _, _, err := codes.Check(s.Name, valid); err != nil && leaks(err.Error(), valid) {
				rt.Fatalf("%s shows %s: %v", s.Name, valid, err)
			}
		}
	})
}

// No input panics; what passes passes again unchanged; what fails says why in
// both languages.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		"", "440304001002GB00015F00010023", "4403050012010**00000203056", "91110000600037341L",
		"11010519491231002X", "N50F0503279022264243", "4403040010020100001000012", "\xff\xfe", "９１１１\u200b", "é1110000600037341",
		strings.Repeat("4", 26), "S01V", strings.Repeat("*", 26), "N50FBB5EEEE3777777777",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, s := range codes.All() {
			v, flags, err := s.Check(value, codes.Options{House26ForgottenTen: len(value)%2 == 0})
			if err == nil {
				again, flags2, err := s.Check(v, codes.Options{House26ForgottenTen: true})
				if err != nil || again != v || len(flags2) != len(flags) {
					t.Errorf("%s: %q passed as %q, and then %q, %v", s.Name, value, v, again, err)
				}
				continue
			}
			var e *codes.Error
			if !errors.As(err, &e) || v != "" || e.MessageZh == "" || e.MessageEn == "" || e.Rule == "" {
				t.Errorf("%s: %q: %+v", s.Name, value, err)
			}
			if len(err.Error()) > 600 {
				t.Errorf("%s: a message of %d bytes", s.Name, len(err.Error()))
			}
		}
		codes.Mask("rid", value)
		codes.LostZeros(value, len(value)+1)
	})
}

func FuzzFindDamage(f *testing.F) {
	for _, s := range []string{"", "4.4E+24", "4403040010020100000000000", "440304.0", "#N/A", "####", ".", "4E+", "９.0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, ok := codes.FindDamage(value)
		if ok != (d.Kind != "") || ok != (d.MessageZh != "" && d.MessageEn != "") {
			t.Errorf("%q: %+v, %v", value, d, ok)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	for _, v := range [][2]string{
		{"division", "440304001002"},
		{"bdc", "440304001002GB00015F00010023"},
		{"house26", "44030400420080700000100014"},
		{"uscc", "9144030071526726XG"},
		{"rid", "11010519491231002X"},
		{"beidou", "N50F0503279022264243"},
	} {
		b.Run(v[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := codes.Check(v[0], v[1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBeiDou(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codes.BeiDou(114.057939, 22.543527, 10); err != nil {
			b.Fatal(err)
		}
	}
}
