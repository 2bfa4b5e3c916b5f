package cql2_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/chengma/chengma/entities/cql2"
)

// TestProgramIsConcurrent shares one program between goroutines from the first
// row on, when what it prepares lazily is made. Run it with -race.
func TestProgramIsConcurrent(t *testing.T) {
	for _, filter := range []string{
		`S_INTERSECTS(footprint, POLYGON((0 0, 100 0, 100 60, 50 100, 40 20, 0 100, 0 0)))`,
		`S_WITHIN(footprint, POLYGON((0 0, 100 0, 100 60, 50 100, 40 20, 0 100, 0 0)))`,
		`S_INTERSECTS(footprint, LINESTRING(0 0, 100 60, 50 100, 40 20, 0 100))`,
		`CASEI(name) LIKE CASEI('%É%') OR A_OVERLAPS(tags, ('a', 'b')) OR S_TOUCHES(footprint, BBOX(10, 10, 20, 20))`,
	} {
		e := parseText(t, filter)
		var rows []mapRow
		for i := range 100 {
			rows = append(rows, mapRow{
				"footprint": square(float64(i%10)*9.7, float64(i/10)*9.7, 5), "name": cql2.String(fmt.Sprintf("é%d", i%3)), "tags": stringArray("b"),
			})
		}
		want := make([]bool, len(rows))
		for i, row := range rows { // a program of its own for each, so that nothing is shared
			program, err := cql2.Compile(e, checkQueryables())
			if err != nil {
				t.Fatal(err)
			}
			if want[i], err = program.Match(row); err != nil {
				t.Fatal(err)
			}
		}
		shared, err := cql2.Compile(e, checkQueryables())
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for worker := range 8 {
			wait.Go(func() {
				for i := range rows {
					n := (i + worker*13) % len(rows)
					if got, err := shared.Match(rows[n]); err != nil || got != want[n] {
						t.Errorf("%s, row %d: %v, %v; want %v", filter, n, got, err, want[n])
					}
				}
			})
		}
		wait.Wait()
	}
}
