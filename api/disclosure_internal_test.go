package api

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

func TestDisclose(t *testing.T) {
	for _, test := range []struct{ count, want int }{{0, -1}, {9, -1}, {10, 10}, {12, 10}, {13, 15}, {17, 15}, {18, 20}, {100, 100}} {
		d := disclose(test.count, 0)
		switch {
		case test.want < 0 && (d.Count != nil || !d.Suppressed):
			t.Errorf("%d: %+v, want it suppressed", test.count, d)
		case test.want >= 0 && (d.Count == nil || *d.Count != test.want || d.Suppressed):
			t.Errorf("%d: %v, want %d", test.count, d.Count, test.want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 1000).Draw(r, "n")
		d := disclose(n, 0)
		if d.Count != nil && (*d.Count < discloseFrom || *d.Count%discloseBase != 0 || *d.Count-n > 2 || n-*d.Count > 2) {
			r.Fatalf("%d is told as %d", n, *d.Count)
		}
	})
}

func TestQuarterOf(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	for _, test := range []struct{ at, want string }{
		{"2026-03-01T00:00:00Z", "2025-12-31T16:00:00Z"},
		{"2026-03-31T15:59:59Z", "2025-12-31T16:00:00Z"},
		{"2026-03-31T16:00:00Z", "2026-03-31T16:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := quarterOf(entities.InstantOf(at), zone).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.at, got, test.want)
		}
	}
}

// TestIssuedShare holds the sample against a count.
func TestIssuedShare(t *testing.T) {
	for _, kind := range entities.Kinds() {
		first, _ := kind.Codes()
		issuable := 0
		const all = 20_000
		for i := range all {
			if (first + entities.Code(i)).Issuable() {
				issuable++
			}
		}
		if share, got := float64(issuable)/all, issuedShare(first+all-1); got < share-0.1 || got > share+0.1 {
			t.Errorf("%s: a share of %.3f is issued; the sample says %.3f", kind, share, got)
		}
	}
}
