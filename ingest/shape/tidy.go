package shape

import (
	"fmt"
	"strings"

	"github.com/twpayne/go-geom"
)

// tidied is a ring or line without the faults that need no geometry to mend, and
// what they were.
type tidied struct {
	flat     []float64
	repeated int  // points that stood twice
	spikes   int  // points out and back
	opened   bool // it was not closed
	dropped  int  // rings that cover nothing
}

func (t *tidied) note() string {
	var parts []string
	if t.opened {
		parts = append(parts, "ring closed")
	}
	if t.repeated > 0 {
		parts = append(parts, fmt.Sprintf("%d repeated points dropped", t.repeated))
	}
	if t.spikes > 0 {
		parts = append(parts, fmt.Sprintf("%d spikes dropped", t.spikes))
	}
	if t.dropped > 0 {
		parts = append(parts, fmt.Sprintf("%d rings without area dropped", t.dropped))
	}
	return strings.Join(parts, "; ")
}

// tidyRing drops repeated points and, of a ring, closes it and drops spikes.
func tidyRing(flat []float64, stride int, ring bool) tidied {
	t := tidied{flat: make([]float64, 0, len(flat)+stride)}
	same := func(a, b []float64) bool { return a[0] == b[0] && a[1] == b[1] }
	for i := 0; i+stride <= len(flat); i += stride {
		point := flat[i : i+stride]
		n := len(t.flat)
		if n > 0 && same(t.flat[n-stride:], point) {
			t.repeated++
			continue
		}
		if ring && n >= 2*stride && same(t.flat[n-2*stride:], point) {
			t.flat = t.flat[:n-stride]
			t.spikes++
			continue
		}
		t.flat = append(t.flat, point...)
	}
	if !ring {
		return t
	}
	if n := len(t.flat); n > 0 && !same(t.flat[:stride], t.flat[n-stride:]) {
		t.flat = append(t.flat, t.flat[:stride]...)
		t.opened = true
	}
	for { // a spike over the seam of the ring
		n := len(t.flat)
		if n < 4*stride || !same(t.flat[stride:], t.flat[n-2*stride:]) {
			return t
		}
		t.flat = append([]float64(nil), t.flat[stride:n-stride]...)
		t.spikes++
	}
}

// tidyParts tidies every ring; a hole without area goes, and so does a part.
func tidyParts(parts [][][]float64, stride int) ([][][]float64, string, error) {
	var all tidied
	var out [][][]float64
	for _, part := range parts {
		var kept [][]float64
		for i, flat := range part {
			t := tidyRing(flat, stride, true)
			all.repeated += t.repeated
			all.spikes += t.spikes
			all.opened = all.opened || t.opened
			if len(t.flat) < 4*stride {
				all.dropped++
				if i == 0 {
					break
				}
				continue
			}
			kept = append(kept, t.flat)
		}
		if len(kept) > 0 {
			out = append(out, kept)
		}
	}
	if len(out) == 0 {
		return nil, "", invalid("没有面积", "it covers no area")
	}
	return out, all.note(), nil
}

// simpleRing reports whether a polygon is one ring of few points that is surely
// valid: most footprints are, and asking the library costs thirty times as much.
func simpleRing(p *geom.Polygon) bool {
	const most = 40
	flat, stride := p.FlatCoords(), p.Stride()
	n := len(flat)/stride - 1
	if p.NumLinearRings() != 1 || n < 3 || n > most {
		return false
	}
	at := func(i int) (x, y float64) { return flat[i*stride], flat[i*stride+1] }
	x0, y0 := at(0)
	if xn, yn := at(n); x0 != xn || y0 != yn {
		return false
	}
	for i := range n {
		ax, ay := at(i)
		bx, by := at(i + 1)
		if ax == bx && ay == by {
			return false
		}
		cx, cy := at((i+1)%n + 1)
		// A corner that turns back on itself is a spike; an exactly straight one is
		// left to the library too, which costs little as they are rare.
		if cross(ax, ay, bx, by, cx, cy) == 0 {
			return false
		}
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue // neighbours over the seam
			}
			px, py := at(j)
			qx, qy := at(j + 1)
			if mayMeet(ax, ay, bx, by, px, py, qx, qy) {
				return false
			}
		}
	}
	return true
}

func cross(ax, ay, bx, by, cx, cy float64) float64 {
	return (bx-ax)*(cy-ay) - (by-ay)*(cx-ax)
}

// mayMeet reports whether two segments share a point, or come so near that
// rounding decides.
func mayMeet(ax, ay, bx, by, px, py, qx, qy float64) bool {
	if max(ax, bx) < min(px, qx) || max(px, qx) < min(ax, bx) ||
		max(ay, by) < min(py, qy) || max(py, qy) < min(ay, by) {
		return false
	}
	const tiny = 1e-18 // far below the square of any coordinate step in degrees or metres
	apart := func(s, t float64) bool { return s > tiny && t > tiny || s < -tiny && t < -tiny }
	return !apart(cross(ax, ay, bx, by, px, py), cross(ax, ay, bx, by, qx, qy)) &&
		!apart(cross(px, py, qx, qy, ax, ay), cross(px, py, qx, qy, bx, by))
}
