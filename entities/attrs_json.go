package entities

import (
	"fmt"

	"github.com/valyala/fastjson"
)

// AttrsDecoder reads attributes from the JSON that [Attrs.AppendJSON] writes, or
// from any JSON object. It keeps buffers between calls and is for one goroutine.
type AttrsDecoder struct {
	parser fastjson.Parser
	names  map[string]string // one string a name, however many rows have it
}

// Decode reads one JSON object. The attributes share no memory with raw.
func (d *AttrsDecoder) Decode(raw []byte) (Attrs, error) {
	v, err := d.parser.ParseBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: attributes: %v", ErrInvalidValue, err)
	}
	object, err := v.Object()
	if err != nil {
		return nil, fmt.Errorf("%w: attributes: %v", ErrInvalidValue, err)
	}
	if d.names == nil {
		d.names = make(map[string]string)
	}
	attrs := make([]Attr, 0, object.Len())
	object.Visit(func(key []byte, v *fastjson.Value) {
		if err != nil {
			return
		}
		var value Value
		if value, err = ParsedJSON(v); err != nil {
			err = fmt.Errorf("attribute %q: %w", key, err)
			return
		}
		attrs = append(attrs, Attr{Name: d.intern(key), Value: value})
	})
	if err != nil {
		return nil, err
	}
	return NewAttrs(attrs...), nil
}

func (d *AttrsDecoder) intern(key []byte) string {
	if name, ok := d.names[string(key)]; ok {
		return name
	}
	name := string(key)
	if len(d.names) < 4096 {
		d.names[name] = name
	}
	return name
}
