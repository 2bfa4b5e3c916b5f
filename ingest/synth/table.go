package synth

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// column is a column of a table or a property of a feature.
type column struct {
	name   string
	number bool // written without quotes into GeoJSON
}

// columns reads names parted by blanks; one that begins with # is a number.
func columns(names string) []column {
	var out []column
	for _, name := range strings.Fields(names) {
		bare := strings.TrimPrefix(name, "#")
		out = append(out, column{name: bare, number: bare != name})
	}
	return out
}

// register is what one department keeps: an extract of 2005 and change files.
type register struct {
	name    string // of the files, "buildings"
	kind    string
	format  string // csv, tsv, geojsonl
	as      coding // of the extract; change files are never gzipped
	columns []column
	changes bool // there are change files, with a column for the operation
	project func(point) (x, y float64)
	digits  int // decimals of coordinates
	key     int // its column
	dirt    []dirt
	late    []dirt // of change files
	fresh   func(cells []string, n int)
}

// table writes a register.
type table struct {
	*register
	city  *writer
	files [8]*file // by hand-over
	rows  [8]int64 // records, dirty ones included
	clean int64    // clean records, for the choice of dirty ones
	after int64    // the same, of change files
	spoil int      // dirty records so far
	rings [][]point
}

// fileName is the name of a hand-over's file.
func (r *register) fileName(at int) string {
	ext, suffix := r.format, "-changes"
	if at == 0 {
		suffix = ""
		if r.as.gzip {
			ext += ".gz"
		}
	}
	if !r.changes {
		return fmt.Sprintf("data/%s.%s", r.name, ext)
	}
	return fmt.Sprintf("data/%s-%d%s.%s", r.name, handOvers[at], suffix, ext)
}

func (t *table) open(at int) *file {
	if f := t.files[at]; f != nil {
		return f
	}
	as := t.as
	as.gzip = as.gzip && at == 0
	f, err := create(t.city.sink, t.fileName(at), as)
	if err != nil {
		t.city.fail(err)
		return nil
	}
	t.files[at] = f
	if t.format != "geojsonl" {
		for i, c := range t.columns {
			if i > 0 {
				f.row = append(f.row, t.separator())
			}
			f.row = append(f.row, c.name...)
		}
		t.city.fail(f.line())
	}
	return f
}

func (t *table) separator() byte {
	if t.format == "tsv" {
		return '\t'
	}
	return ','
}

// put writes a record into the file of a hand-over, and a dirty one with it when
// it is time for one. Rings are of the city's plane.
func (t *table) put(at int, rings []ring, cells ...string) {
	if t.city.err != nil {
		return
	}
	t.rings = t.rings[:0]
	for _, r := range rings {
		flat := make([]point, 0, len(r)+1)
		for _, p := range r {
			x, y := t.project(p)
			flat = append(flat, point{x, y})
		}
		t.rings = append(t.rings, append(flat, flat[0]))
	}
	bad := t.due(at, cells)
	if bad == nil {
		t.write(at, t.rings, cells)
		return
	}
	t.soil(at, bad, cells)
}

// write writes a record as it is.
func (t *table) write(at int, rings [][]point, cells []string) {
	f := t.open(at)
	if f == nil {
		return
	}
	t.rows[at]++
	t.city.records++
	if t.format == "geojsonl" {
		f.row = t.feature(f.row, rings, cells)
	} else {
		f.row = appendTable(f.row, t.separator(), cells)
	}
	t.city.fail(f.line())
}

func appendTable(b []byte, separator byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, separator)
		}
		if strings.IndexByte(c, '"') >= 0 || strings.IndexByte(c, separator) >= 0 {
			b = append(append(append(b, '"'), strings.ReplaceAll(c, `"`, `""`)...), '"')
			continue
		}
		b = append(b, c...)
	}
	return b
}

func (t *table) feature(b []byte, rings [][]point, cells []string) []byte {
	b = append(b, `{"type":"Feature","properties":{`...)
	first := true
	for i, c := range cells {
		if c == "" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), t.columns[i].name...), `":`...)
		if t.columns[i].number && plainNumber(c) {
			b = append(b, c...)
		} else {
			b = appendText(b, c)
		}
	}
	b = append(b, `},"geometry":`...)
	switch {
	case len(rings) == 0:
		b = append(b, "null"...)
	case len(rings) == 1 && len(rings[0]) == 2: // a point, closed upon itself
		b = append(b, `{"type":"Point","coordinates":`...)
		b = append(t.position(b, rings[0][0]), '}')
	default:
		b = append(b, `{"type":"Polygon","coordinates":[`...)
		for i, r := range rings {
			if i > 0 {
				b = append(b, ',')
			}
			b = t.positions(b, r)
		}
		b = append(b, `]}`...)
	}
	return append(b, '}')
}

func plainNumber(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' && (s[i] != '-' || i > 0) {
			return false
		}
	}
	return true
}

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	if strings.ContainsAny(s, `"\`) {
		s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	}
	return append(append(b, s...), '"')
}

func (t *table) positions(b []byte, r []point) []byte {
	b = append(b, '[')
	for i, p := range r {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.position(b, p)
	}
	return append(b, ']')
}

func (t *table) position(b []byte, p point) []byte {
	b = appendFixed(append(b, '['), p.x, t.digits)
	return append(appendFixed(append(b, ','), p.y, t.digits), ']')
}

var powers = [...]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// appendFixed writes a number with so many decimals.
func appendFixed(b []byte, v float64, digits int) []byte {
	n := int64(math.Round(v * powers[digits]))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	unit := int64(powers[digits])
	b = strconv.AppendInt(b, n/unit, 10)
	if digits == 0 {
		return b
	}
	b = append(b, '.')
	for rest := n % unit; unit > 1; rest %= unit {
		unit /= 10
		b = append(b, byte('0'+rest/unit))
	}
	return b
}

// fixed is appendFixed as text.
func fixed(v float64, digits int) string {
	var buf [24]byte
	return string(appendFixed(buf[:0], v, digits))
}

func (t *table) close() error {
	for _, f := range t.files {
		if f == nil {
			continue
		}
		if err := f.close(); err != nil {
			return err
		}
	}
	return nil
}
