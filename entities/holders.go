package entities

import "math"

// Holders returns, of all aliases of a key in order of code, those that
// hold at an instant, else those that held last before it, else those that hold
// first after it; one a code. It is the rule of [Resolution].
func Holders(known []Alias, at Instant) (matches []Alias, stale bool) {
	last, first := int64(math.MinInt64), int64(math.MaxInt64)
	holds := false
	for i := range known {
		switch valid := known[i].Valid; {
		case valid.Contains(at):
			holds = true
		case valid.To <= at:
			last = max(last, int64(valid.To))
		default:
			first = min(first, int64(valid.From))
		}
	}
	for _, a := range known {
		fits := a.Valid.Contains(at)
		if !holds {
			fits = int64(a.Valid.To) == last
			if last == math.MinInt64 {
				fits = int64(a.Valid.From) == first
			}
		}
		if n := len(matches); fits && (n == 0 || matches[n-1].Code != a.Code) {
			matches = append(matches, a)
		}
	}
	return matches, len(matches) > 0 && !holds
}
