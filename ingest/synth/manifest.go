package synth

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"text/template"
)

//go:embed mappings/*.yaml
var mappingFiles embed.FS

// City is city.json: what the files are and in which order they are loaded.
type City struct {
	Name     map[string]string `json:"name"`
	Code     string            `json:"code"`
	People   int               `json:"people"`
	Seed     uint64            `json:"seed"`
	Centre   [2]float64        `json:"centre"`   // longitude, latitude
	Envelope [4]float64        `json:"envelope"` // west, south, east, north
	Zone     string            `json:"zone"`
	Note     map[string]string `json:"note"`
	Loads    []Load            `json:"loads"`
	Key      string            `json:"key"`
}

// Load is one run of ingest: a mapping with its files.
type Load struct {
	Mapping string   `json:"mapping"`
	Files   []string `json:"files"`
}

// manifest writes the mappings and city.json.
func (w *writer) manifest(cfg Config) error {
	e := w.envelope
	city := City{
		Name: map[string]string{"zh": cityName, "en": "Demo City"}, Code: cityCode, People: cfg.People, Seed: cfg.Seed,
		Centre: [2]float64{cityLon, cityLat}, Envelope: [4]float64{e.West, e.South, e.East, e.North}, Zone: cityZone, Key: "key.jsonl",
		Note: map[string]string{
			"zh": "虚构城市：所有人名、企业、地址与代码均由程序生成，所用区划代码从未分配。",
			"en": "A fictional city: every person, firm, address and code is made by a program; the division codes were never assigned.",
		},
	}
	for _, l := range w.loads() {
		if err := w.mapping(l); err != nil {
			return err
		}
		city.Loads = append(city.Loads, Load{Mapping: l.mapping, Files: []string{l.file}})
	}
	raw, err := json.MarshalIndent(city, "", "  ")
	if err != nil {
		return err
	}
	return w.put("city.json", append(raw, '\n'))
}

// load is a run of ingest on its way to the manifest.
type load struct {
	mapping, file, template string
	values                  mappingValues
}

// mappingValues fill the templates of mappings.
type mappingValues struct {
	Changes  bool
	Envelope string
	Year     int
	AsOf     string
}

// loads lists the runs in their order: hand-over by hand-over, what is linked to
// before what links to it, and the extracts of one date where they belong.
func (w *writer) loads() []load {
	var out []load
	add := func(t *table, at int) {
		if t.files[at] == nil {
			return
		}
		l := load{file: t.files[at].name, template: t.name, mapping: "mappings/" + t.name + ".yaml"}
		l.values.Changes = at > 0
		if at > 0 {
			l.mapping = "mappings/" + t.name + "-changes.yaml"
		}
		switch t {
		case w.charging2020:
			l.template, l.values.Year, l.values.AsOf = "charging", 2020, "2020-12-31"
		case w.charging2025:
			l.template, l.values.Year, l.values.AsOf = "charging", 2025, lastDay.String()
		}
		out = append(out, l)
	}
	add(w.districts, 0)
	add(w.grids, 0)
	for at := range handOvers {
		for _, t := range []*table{w.land, w.buildings, w.units, w.addresses, w.households, w.people, w.enterprises} {
			add(t, at)
		}
		if handOvers[at] == 2020 {
			add(w.charging2020, 0)
		}
	}
	for _, t := range []*table{w.entrances, w.schools, w.hospitals, w.charging2025, w.rights} {
		add(t, 0)
	}
	return out
}

// mapping writes the mapping of a load, once.
func (w *writer) mapping(l load) error {
	if w.mappings[l.mapping] {
		return nil
	}
	if w.mappings == nil {
		w.mappings = map[string]bool{}
	}
	w.mappings[l.mapping] = true
	name := "mappings/" + l.template + ".yaml"
	t, err := template.New(path.Base(name)).ParseFS(mappingFiles, name)
	if err != nil {
		return fmt.Errorf("mapping %s: %w", l.template, err)
	}
	e := w.envelope
	l.values.Envelope = fmt.Sprintf("[%v, %v, %v, %v]", e.West, e.South, e.East, e.North)
	var text bytes.Buffer
	if err := t.Execute(&text, l.values); err != nil {
		return fmt.Errorf("mapping %s: %w", l.template, err)
	}
	return w.put(l.mapping, text.Bytes())
}

func (w *writer) put(name string, raw []byte) error {
	out, err := w.sink.Create(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	if _, err := out.Write(raw); err != nil {
		return fmt.Errorf("write %s: %w", name, closeAfter(out, err))
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("close %s: %w", name, err)
	}
	return nil
}

func closeAfter(c io.Closer, err error) error {
	if e := c.Close(); e != nil {
		return fmt.Errorf("%w; %w", err, e)
	}
	return err
}
