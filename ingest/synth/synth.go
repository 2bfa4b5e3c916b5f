package synth

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/chengma/chengma/internal/geodesy"
)

// Config says what city to make. People is required, and Out or Sink.
type Config struct {
	Out    string // folder for the files
	People int    // who live there at the end; everything else is in proportion
	Seed   uint64
	// Sink takes the files instead of the folder.
	Sink Sink
	// Progress is told how many of the blocks are done. Defaults to nobody.
	Progress func(done, blocks int)
}

// MaxPeople is as many as there are personal numbers that cannot meet.
const MaxPeople = 25_000_000

// ErrConfig: a city that cannot be made.
var ErrConfig = errors.New("synthetic city configuration")

// Summary says what was written.
type Summary struct {
	Files   int
	Records int64
	// Dirty counts the lines of the answer key by outcome.
	Dirty map[string]int64
	// Things counts what was made, dirty records apart: people who live there at
	// the end, parcels (without streets), streets, buildings, units, and what else
	// stands at the end or ever stood.
	People, Parcels, Streets, Buildings, Units, Enterprises int64
	Duplicates                                              int64
	Envelope                                                geodesy.Envelope
}

// writer is a city being written.
type writer struct {
	plan     *plan
	sink     Sink
	key      *file
	err      error
	envelope geodesy.Envelope
	summary  Summary
	records  int64
	dirty    map[string]int64

	tables                                                 []*table
	districts, grids, land, buildings, units, addresses    *table
	households, people, enterprises, entrances             *table
	charging2020, charging2025, schools, hospitals, rights *table
	homes, offices                                         anchors
	heads                                                  []*firm
	chargers, chargersOld, certificates, headCount         int
	mappings                                               map[string]bool
}

// fail keeps the first error; what is written after it is lost anyway.
func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// addHead remembers a firm that may have branches.
func (w *writer) addHead(f *firm) {
	const kept = 64
	if len(w.heads) < kept {
		w.heads = append(w.heads, f)
	} else {
		w.heads[w.headCount%kept] = f
	}
	w.headCount++
}

// Write makes a city. The bytes depend on People and Seed alone. On an error, or
// when ctx ends, files may be left unfinished.
func Write(ctx context.Context, cfg Config) (Summary, error) {
	if cfg.People < 1000 || cfg.People > MaxPeople {
		return Summary{}, fmt.Errorf("%w: %d people; want 1000 to %d", ErrConfig, cfg.People, MaxPeople)
	}
	if cfg.Sink == nil {
		if cfg.Out == "" {
			return Summary{}, fmt.Errorf("%w: neither folder nor sink", ErrConfig)
		}
		cfg.Sink = folder(cfg.Out)
	}
	w := &writer{plan: newPlan(cfg.People, cfg.Seed), sink: cfg.Sink, dirty: map[string]int64{}}
	w.envelope = w.plan.lattice.envelope()
	var err error
	if w.key, err = create(cfg.Sink, "key.jsonl", coding{}); err != nil {
		return Summary{}, err
	}
	w.registers()
	err = w.all(ctx, cfg.Progress)
	for _, t := range w.tables {
		err = errors.Join(err, t.close())
	}
	err = errors.Join(err, w.key.close())
	if err == nil {
		err = w.manifest(cfg)
	}
	return w.finish(), err
}

func (w *writer) all(ctx context.Context, progress func(done, blocks int)) error {
	w.writeDistricts()
	w.writeGrids()
	n := w.plan.lattice.n
	for j := range n {
		for i := range n {
			if err := errors.Join(ctx.Err(), w.err); err != nil {
				return err
			}
			w.block(i, j)
			if progress != nil {
				progress(j*n+i+1, n*n)
			}
		}
	}
	return w.err
}

// block makes one block and writes it.
func (w *writer) block(i, j int) {
	b := newBlock(w, i, j)
	b.layOut()
	w.summary.Parcels += int64(len(b.parcels))
	b.size()
	b.divide()
	streets := len(b.parcels)
	w.writeStreets(b)
	w.summary.Streets += int64(len(b.parcels) - streets)
	b.writeLand()
	b.writeBuildings()
	b.writeEntrances()
	b.writeUnits()
	b.writeAddresses()
	b.populate()
	b.employ()
	b.writeThings()
	for _, h := range b.buildings {
		w.summary.Buildings++
		w.summary.Units += int64(len(h.units))
	}
	w.summary.People += int64(b.cell.people)
	w.summary.Enterprises += int64(b.firms)
}

func (w *writer) finish() Summary {
	s := w.summary
	s.Records, s.Dirty, s.Envelope = w.records, w.dirty, w.envelope
	for _, t := range w.tables {
		for _, f := range t.files {
			if f != nil {
				s.Files++
			}
		}
	}
	return s
}

// envelope is a box around the city with some room.
func (l *lattice) envelope() geodesy.Envelope {
	border := l.outline(0, 0, l.n, l.n)
	x0, x1 := border.spread(point{1, 0})
	y0, y1 := border.spread(point{0, 1})
	const room = 60
	var e geodesy.Envelope
	e.West, e.South = lonLat(point{x0 - room, y0 - room})
	e.East, e.North = lonLat(point{x1 + room, y1 + room})
	for _, v := range []*float64{&e.West, &e.South, &e.East, &e.North} {
		*v = parse(fixed(*v, 5))
	}
	return e
}

func parse(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err) // a number that this package wrote
	}
	return v
}
