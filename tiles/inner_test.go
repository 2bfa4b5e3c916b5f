package tiles

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is faster than the plain way is compared with the plain way.

func TestZipIsOneGzipOfTheSameBytes(t *testing.T) {
	z, err := newZipper()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		var tile []byte
		var cuts []int
		for range rapid.IntRange(0, 3).Draw(r, "layers") {
			noise := rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(r, "noise")
			start := len(tile)
			tile = append(tile, bytes.Repeat(noise, rapid.IntRange(0, 4000).Draw(r, "times"))...)
			cuts = append(cuts, start, len(tile))
			tile = append(tile, bytes.Repeat([]byte("value"), rapid.IntRange(0, 50).Draw(r, "values"))...)
		}
		first, err := z.zip(tile, cuts)
		if err != nil {
			r.Fatal(err)
		}
		first = bytes.Clone(first)
		reader, err := gzip.NewReader(bytes.NewReader(first))
		if err != nil {
			r.Fatal(err)
		}
		reader.Multistream(false) // browsers read one member
		back, err := io.ReadAll(reader)
		if err != nil || !bytes.Equal(back, tile) {
			r.Fatalf("%d bytes came back as %d: %v", len(tile), len(back), err)
		}
		fresh, err := newZipper()
		if err != nil {
			r.Fatal(err)
		}
		if second, err := fresh.zip(tile, cuts); err != nil || !bytes.Equal(second, first) {
			r.Fatalf("a compressor that was used before gives other bytes: %v", err)
		}
	})
}

func drawRing(r *rapid.T, most int64) []vertex {
	along := rapid.Int64Range(-most, most)
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) vertex {
		return vertex{along.Draw(r, "x"), along.Draw(r, "y")}
	}), 1, 12).Draw(r, "ring")
}

func TestSurveyAgreesWithClean(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ring := drawRing(r, rapid.SampledFrom([]int64{2, 5, largest}).Draw(r, "size"))
		tidy, twice := survey(ring)
		cleaned := clean(slices.Clone(ring))
		if tidy != slices.Equal(cleaned, ring) {
			r.Fatalf("%v is tidy: %v, but is cleaned to %v", ring, tidy, cleaned)
		}
		if tidy && twice != twiceArea(ring) {
			r.Fatalf("%v: twice the area is %d instead of %d", ring, twice, twiceArea(ring))
		}
	})
}

func TestNearIsTheSameInIntegers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ring := drawRing(r, rapid.SampledFrom([]int64{3, 20, largest, 1 << 20}).Draw(r, "size"))
		a, b := ring[0], ring[len(ring)-1]
		if a == b {
			return
		}
		if got, want := near(a, b, ring[1:]), nearFar(a, b, ring[1:]); got != want {
			r.Fatalf("%v from %v to %v: %v instead of %v", ring[1:], a, b, got, want)
		}
	})
}

func TestForemostComeFirst(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sizes := rapid.SliceOf(rapid.OneOf(rapid.Just(float32(0)), rapid.Float32Range(0, 1e19), rapid.Float32Range(1, 1.1))).Draw(r, "sizes")
		var all []candidate
		for i, s := range sizes {
			all = append(all, candidate{size: s, at: uint32(i), code: uint64(i * 7919 % 1009)})
		}
		want := slices.Clone(all)
		slices.SortFunc(want, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.code, b.code))
		})
		n := rapid.IntRange(1, 20).Draw(r, "n")
		var got, best []candidate
		for len(all) > 0 {
			best, all = foremost(all, n)
			if len(best) < n && len(all) > 0 {
				r.Fatalf("%d at a time instead of %d", len(best), n)
			}
			got = append(got, best...)
		}
		if !slices.Equal(got, want) {
			r.Fatalf("%v instead of %v", got, want)
		}
	})
}
