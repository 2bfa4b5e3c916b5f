package snapshot

import (
	"encoding/binary"
	"math"

	"github.com/chengma/chengma/entities"
)

// Attributes of the exact half: for each, the dictionary number of its name and
// a value. A text is a dictionary number as long as its attribute has few
// different ones, else it stands where it is.
const (
	exactNull = iota
	exactFalse
	exactTrue
	exactInt
	exactFloat
	exactText
	exactEntry
	exactJSON
	exactTypes
)

// fewTexts is how many different texts of one attribute the dictionary takes.
const fewTexts = 4096

type attrsEncoder struct {
	dict  *dictionary
	texts map[uint32]int // different texts by the attribute's name
	seen  map[string]uint32
}

func newAttrsEncoder(dict *dictionary) *attrsEncoder {
	return &attrsEncoder{dict: dict, texts: make(map[uint32]int), seen: make(map[string]uint32)}
}

func (e *attrsEncoder) append(b []byte, attrs entities.Attrs) []byte {
	for _, a := range attrs {
		name := e.dict.number([]byte(a.Name))
		tag := func(t uint64) { b = binary.AppendUvarint(b, uint64(name)*exactTypes+t) }
		switch a.Value.Type() {
		case entities.NullType:
			tag(exactNull)
		case entities.BoolType:
			if a.Value.Bool() {
				tag(exactTrue)
			} else {
				tag(exactFalse)
			}
		case entities.IntType:
			tag(exactInt)
			i, _ := a.Value.Int()
			b = binary.AppendVarint(b, i)
		case entities.FloatType:
			tag(exactFloat)
			f, _ := a.Value.Float()
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
		case entities.StringType:
			text := a.Value.Text()
			if n, ok := e.entry(name, text); ok {
				tag(exactEntry)
				b = binary.AppendUvarint(b, uint64(n))
				continue
			}
			tag(exactText)
			b = appendText(b, text)
		case entities.JSONType:
			tag(exactJSON)
			b = appendText(b, a.Value.Text())
		}
	}
	return b
}

func (e *attrsEncoder) entry(name uint32, text string) (uint32, bool) {
	if n, ok := e.seen[text]; ok {
		return n, true
	}
	if e.texts[name] >= fewTexts {
		return 0, false
	}
	e.texts[name]++
	n := e.dict.number([]byte(text))
	e.seen[text] = n
	return n, true
}

func (c *columns) decodeAttrs(b []byte) (entities.Attrs, error) {
	r := reader{b: b}
	var attrs entities.Attrs
	for len(r.b) > 0 {
		tag := r.uvarint()
		name, err := c.text(tag / exactTypes)
		if err != nil {
			return nil, err
		}
		value := entities.Unset
		switch tag % exactTypes {
		case exactNull:
			value = entities.Null
		case exactFalse, exactTrue:
			value = entities.Bool(tag%exactTypes == exactTrue)
		case exactInt:
			u := r.uvarint()
			value = entities.Int(int64(u>>1) ^ -int64(u&1))
		case exactFloat:
			if raw := r.take(8); raw != nil {
				value = entities.Float(math.Float64frombits(binary.LittleEndian.Uint64(raw)))
			}
		case exactText:
			value = entities.String(r.text())
		case exactEntry:
			text, err := c.text(r.uvarint())
			if err != nil {
				return nil, err
			}
			value = entities.String(text)
		case exactJSON:
			if value, err = entities.JSON(r.take(r.uvarint())); err != nil {
				return nil, err
			}
		}
		attrs = append(attrs, entities.Attr{Name: name, Value: value})
	}
	return attrs, r.err("attributes")
}

// text returns a dictionary entry as a string of its own.
func (c *columns) text(number uint64) (string, error) {
	if number >= uint64(len(c.dictEnd)) {
		r := reader{bad: true}
		return "", r.err("a dictionary number")
	}
	return string(c.entry(uint32(number))), nil
}

// Origins and geometry notes stand in the dictionary: rows of one source share
// one entry.

func appendOrigins(b []byte, e *entities.Entity) []byte {
	if e.Origin == (entities.Origin{}) && len(e.Origins) == 0 {
		return b
	}
	b = appendOrigin(b, e.Origin)
	for _, o := range e.Origins {
		b = appendOrigin(appendText(b, o.Name), o.Origin)
	}
	return b
}

func appendOrigin(b []byte, o entities.Origin) []byte {
	b = binary.AppendVarint(appendText(b, o.Source), int64(o.Collected))
	return appendText(b, o.Document)
}

func (r *reader) origin() entities.Origin {
	o := entities.Origin{Source: r.text()}
	u := r.uvarint()
	o.Collected = entities.Instant(int64(u>>1) ^ -int64(u&1))
	o.Document = r.text()
	return o
}

func decodeOrigins(b []byte, e *entities.Entity) error {
	if len(b) == 0 {
		return nil
	}
	r := reader{b: b}
	e.Origin = r.origin()
	for len(r.b) > 0 {
		name := r.text()
		e.Origins = append(e.Origins, entities.AttrOrigin{Name: name, Origin: r.origin()})
	}
	return r.err("origins")
}

func appendNote(b []byte, g entities.Geometry) []byte {
	if g.VerticalCRS == "" && g.Repair == "" {
		return b
	}
	return appendText(appendText(b, g.VerticalCRS), g.Repair)
}

func decodeNote(b []byte, g *entities.Geometry) error {
	if len(b) == 0 {
		return nil
	}
	r := reader{b: b}
	g.VerticalCRS, g.Repair = r.text(), r.text()
	return r.err("a note on a geometry")
}
