package entities_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

func mustCode(t interface{ Fatal(...any) }, kind entities.Kind, serial uint64) entities.Code {
	code, err := entities.NewCode(kind, serial)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// The vectors are those of the design, section 4.
func TestCodeVectors(t *testing.T) {
	tests := []struct {
		name    string
		kind    entities.Kind
		serial  uint64
		text    string
		integer uint64
	}{
		{"building 1", entities.Building, 1, "B00000000013", 562949953421313},
		{"building 123456789", entities.Building, 123456789, "B00003NQK8NP", 562950076878101},
		{"the last land", entities.Land, 1<<48 - 1, "L7ZZZZZZZZZJ", 562949953421311},
		{"person 22000000", entities.Person, 22000000, "P00000MZCC0R", 1407374905553280},
		{"enterprise 987654321", entities.Enterprise, 987654321, "E0000XDWT5HU", 1688850847918257},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code := mustCode(t, tt.kind, tt.serial)
			if code.String() != tt.text || uint64(code) != tt.integer {
				t.Errorf("got %s, %d; want %s, %d", code, uint64(code), tt.text, tt.integer)
			}
		})
	}
}

func TestCodeNotIssuable(t *testing.T) {
	code := mustCode(t, entities.Enterprise, 987654321)
	if code.Issuable() {
		t.Errorf("%s has check character U and must not be issued", code)
	}
	if _, err := entities.ParseCode("E0000XDWT5HU"); !errors.Is(err, entities.ErrMalformedCode) {
		t.Errorf("parse of a code that is never issued: %v", err)
	}
}

func TestCodeDisplay(t *testing.T) {
	if got := mustCode(t, entities.Building, 123456789).Display(); got != "B-00003-NQK8N-P" {
		t.Errorf("got %s", got)
	}
}

func TestParseCode(t *testing.T) {
	want := mustCode(t, entities.Building, 123456789)
	tests := []struct {
		name, text string
		err        error
		says       string
	}{
		{"plain", "B00003NQK8NP", nil, ""},
		{"lower case", "b00003nqk8np", nil, ""},
		{"as displayed", "B-00003-NQK8N-P", nil, ""},
		{"with blanks", " B 00003 NQK8N P ", nil, ""},
		{"O for 0", "BOooo3NQK8NP", nil, ""},
		{"wrong check character", "B00003NQK8NQ", entities.ErrCheckCharacter, "check character"},
		{"wrong digit", "B00004NQK8NP", entities.ErrCheckCharacter, "mistyped"},
		{"no such kind", "Z00003NQK8NP", entities.ErrMalformedCode, "letter of no kind"},
		{"too short", "B00003NQK8N", entities.ErrMalformedCode, "11 characters"},
		{"too long", "B00003NQK8NP0", entities.ErrMalformedCode, "more than 12"},
		{"empty", "", entities.ErrMalformedCode, "0 characters"},
		{"U among the digits", "B0000UNQK8NP", entities.ErrMalformedCode, "base-32"},
		{"serial 0", "B00000000002", entities.ErrMalformedCode, "serial"},
		{"serial over 2^48", "B80000000000", entities.ErrMalformedCode, "serial"},
		{"another script", "楼00003NQK8N", entities.ErrMalformedCode, "letters and digits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := entities.ParseCode(tt.text)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if tt.err == nil && got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if tt.err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
}

func TestParseCityCode(t *testing.T) {
	city, code, err := entities.ParseCityCode("440300:B00003NQK8NP")
	if err != nil || city != "440300" || code.String() != "B00003NQK8NP" {
		t.Errorf("got %q %s %v", city, code, err)
	}
	if _, _, err := entities.ParseCityCode("44030:B00003NQK8NP"); !errors.Is(err, entities.ErrMalformedCode) {
		t.Errorf("five digits of city: %v", err)
	}
}

func issuable(t *rapid.T) entities.Code {
	kind := rapid.SampledFrom(entities.Kinds()).Draw(t, "kind")
	serial := rapid.Uint64Range(1, 1<<48-1).Draw(t, "serial")
	for {
		if code := mustCode(t, kind, serial); code.Issuable() {
			return code
		}
		serial = serial%(1<<48-1) + 1
	}
}

func TestCodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := issuable(t)
		for _, text := range []string{code.String(), code.Display(), strings.ToLower(code.Display())} {
			if got, err := entities.ParseCode(text); err != nil || got != code {
				t.Fatalf("%s: got %s, %v", text, got, err)
			}
		}
	})
}

// folded is the character that a reader takes c for in a place of a code.
func folded(place int, c byte) byte {
	if place > 0 {
		switch c {
		case 'I', 'L':
			return '1'
		case 'O':
			return '0'
		}
	}
	return c
}

func TestEverySubstitutionIsCaught(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	rapid.Check(t, func(t *rapid.T) {
		code := issuable(t)
		text := []byte(code.String())
		for place, right := range text {
			for _, wrong := range []byte(alphabet) {
				if folded(place, wrong) == folded(place, right) {
					continue
				}
				text[place] = wrong
				if got, err := entities.ParseCode(string(text)); err == nil {
					t.Fatalf("%s read as %s: substitution in place %d of %s is not caught", text, got, place, code)
				}
			}
			text[place] = right
		}
	})
}

func TestEveryAdjacentTranspositionIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := issuable(t)
		text := []byte(code.String())
		for i := 0; i+1 < len(text); i++ {
			if text[i] == text[i+1] {
				continue
			}
			text[i], text[i+1] = text[i+1], text[i]
			if got, err := entities.ParseCode(string(text)); err == nil {
				t.Fatalf("%s read as %s: transposition at %d of %s is not caught", text, got, i, code)
			}
			text[i], text[i+1] = text[i+1], text[i]
		}
	})
}

func TestCodesThatAreSkipped(t *testing.T) {
	const upTo = 20000
	skipped := 0
	for serial := uint64(1); serial <= upTo; serial++ {
		code := mustCode(t, entities.Housing, serial)
		if code.Issuable() {
			continue
		}
		skipped++
		if _, err := entities.ParseCode(code.String()); err == nil {
			t.Fatalf("%s is never issued and yet it is read", code)
		}
	}
	// Four check characters of 36, and a few transpositions: about one in nine.
	if share := float64(skipped) / upTo; share < 0.10 || share > 0.20 {
		t.Errorf("%.3f of the serials are skipped", share)
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"B00003NQK8NP", "B-00003-NQK8N-P", "L7ZZZZZZZZZJ", "", "楼", "440300:B00003NQK8NP", "\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := entities.ParseCode(text)
		if err != nil {
			if !errors.Is(err, entities.ErrMalformedCode) && !errors.Is(err, entities.ErrCheckCharacter) {
				t.Fatalf("%q: error of no kind: %v", text, err)
			}
			return
		}
		if again, err := entities.ParseCode(code.String()); err != nil || again != code {
			t.Fatalf("%q read as %s, which reads as %s, %v", text, code, again, err)
		}
	})
}

func BenchmarkParseCode(b *testing.B) {
	for b.Loop() {
		if _, err := entities.ParseCode("B-00003-NQK8N-P"); err != nil {
			b.Fatal(err)
		}
	}
}
