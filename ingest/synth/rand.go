package synth

import "math/rand/v2"

// mix makes one well-spread number of several; decisions that more than one
// block must agree on are taken from it alone.
func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h += p + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// share turns a mixed number into one from 0 to 1.
func share(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// dice are the random numbers of one block.
type dice struct{ *rand.Rand }

func newDice(parts ...uint64) dice {
	h := mix(parts...)
	return dice{rand.New(rand.NewPCG(h, mix(h)))}
}

// between gives a number from lo to hi, both included.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

func (d dice) within(lo, hi float64) float64 { return lo + (hi-lo)*d.Float64() }

func (d dice) chance(p float64) bool { return d.Float64() < p }

func pick[T any](d dice, list []T) T { return list[d.IntN(len(list))] }
