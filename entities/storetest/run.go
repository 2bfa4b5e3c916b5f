package storetest

import (
	"testing"
	"time"

	"github.com/chengma/chengma/entities"
)

// Config is what a test asks of a store. The zero value asks for nothing.
type Config struct {
	// Now is the store's clock. Defaults to time.Now.
	Now func() time.Time
}

// Open makes an empty store that is the test's alone. What it needs beside
// Store.Close it gives back in t.Cleanup.
type Open = func(t *testing.T, cfg Config) entities.Store

// Exemption excuses a store from one test, with the reason.
type Exemption struct {
	Test   string // as it stands in [Tests]
	Reason string
}

// check is one test of the suite. It sees the test as testing.TB, so that the
// tests of the suite itself can let it fail.
type check struct {
	name string
	run  func(s *suite)
}

// suite is one test at work: the test, and how to open stores.
type suite struct {
	testing.TB
	open func(cfg Config) entities.Store
}

// Tests returns the names of all tests of [Run], in the order in which they run.
func Tests() []string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.name
	}
	return names
}

// Run runs the whole suite, each test on a store of its own. Exemptions are
// counted and printed; one that names no test fails.
func Run(t *testing.T, open Open, exemptions ...Exemption) {
	t.Helper()
	excused := excuses(t, exemptions, Tests())
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if reason, ok := excused[c.name]; ok {
				t.Skipf("exempt: %s", reason)
			}
			c.run(&suite{TB: t, open: func(cfg Config) entities.Store { return open(t, cfg) }})
		})
	}
}

func excuses(t *testing.T, exemptions []Exemption, names []string) map[string]string {
	t.Helper()
	excused := make(map[string]string)
	for _, name := range names {
		excused[name] = ""
	}
	for _, e := range exemptions {
		if _, known := excused[e.Test]; !known || e.Reason == "" {
			t.Errorf("exemption %q: it must name a test of the suite and give a reason", e.Test)
			continue
		}
		excused[e.Test] = e.Reason
	}
	count := 0
	for name, reason := range excused {
		if reason == "" {
			delete(excused, name)
			continue
		}
		count++
		t.Logf("exempt from %s: %s", name, reason)
	}
	t.Logf("%d tests, %d exempt", len(names), count)
	return excused
}
