package postgis

import (
	"os"
	"testing"
)

// For tests outside the package.

// SetLimits makes reading go its other ways.
func SetLimits(s *Store, boxCodes, changed int) {
	s.limits = limits{boxCodes: boxCodes, changed: changed}
}

// Explain gives an error its place.
var Explain = explain

// ToEWKB and ToISO translate shapes.
var (
	ToEWKB = toEWKB
	ToISO  = toISO
)

// Statement returns a statement by the name of its file.
func Statement(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("sql/" + name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
