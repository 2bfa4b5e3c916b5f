package codes_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/internal/codes"
)

// The numbers are the samples of GB 11643 and one made of a date.
func TestMaskRIDs(t *testing.T) {
	const a, b = "11010519491231002X", "440524188001010014"
	tests := []struct{ name, in, want string }{
		{"nothing", "赛格广场", "赛格广场"},
		{"the number alone", a, "110***X"},
		{"in lower case", strings.ToLower(a), "110***X"},
		{"between words", "张三" + a + "（户主）", "张三110***X（户主）"},
		{"two", a + ", " + b, "110***X, 440***4"},
		{"full width", "１１０１０５１９４９１２３１００２Ｘ", "110***X"},
		{"in JSON", `{"id":"` + b + `"}`, `{"id":"440***4"}`},
		{"wrong check character", "110105194912310021", "110105194912310021"},
		{"part of a longer code", "440304001002" + a, "440304001002" + a},
		{"a date that does not exist", "440305190002290030", "440305190002290030"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := codes.MaskRIDs(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := codes.HoldsRID(tt.in); got != (tt.in != tt.want) {
				t.Errorf("holds one: %v", got)
			}
		})
	}
}

// Wherever the number stands it is found, and nothing that is none is.
func TestHoldsRID_Anywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune("张三a1２（ -,")), 0, 60, -1)
		before, after := words.Draw(t, "before"), words.Draw(t, "after")
		number := rapid.SampledFrom([]string{"11010519491231002X", "440524188001010014", "４４０５２４１８８００１０１００１４"}).Draw(t, "number")
		if text := before + "、" + number + "。" + after; !codes.HoldsRID(text) || strings.Contains(codes.MaskRIDs(text), number) {
			t.Fatalf("not found in %q", text)
		}
		if text := before + after; codes.HoldsRID(text) {
			t.Fatalf("found in %q", text)
		}
	})
}

func BenchmarkHoldsRID(b *testing.B) {
	text := strings.Repeat("荒川水系荒川洪水浸水想定区域（想定最大規模）>浸水深: ", 4)
	for b.Loop() {
		if codes.HoldsRID(text) {
			b.Fatal("found")
		}
	}
}
