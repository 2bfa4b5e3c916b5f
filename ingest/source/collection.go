package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

func isBufferFull(err error) bool { return errors.Is(err, bufio.ErrBufferFull) }

// readCollection reads a FeatureCollection, or a lone Feature, feature by
// feature: it walks the outer object by its brackets and never holds more than
// one feature.
func (s *Source) readCollection(emit func(*Record) bool) error {
	w := &jsonWalker{in: s.reader, most: s.cfg.MaxRecord, line: 1}
	if bom, err := s.reader.Peek(3); err == nil && string(bom) == string(utf8BOM) {
		_, _ = s.reader.Discard(3) // they were peeked at
	}
	err := s.walkCollection(w, emit)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends in the middle of the JSON at line %d", ErrTruncated, w.line)
	case err != nil && !errors.Is(err, errStopped):
		return readError(err)
	}
	return err
}

func (s *Source) walkCollection(w *jsonWalker, emit func(*Record) bool) error {
	if err := w.expect('{'); err != nil {
		return err
	}
	found := false
	for first := true; ; first = false {
		c, err := w.token()
		if err != nil {
			return err
		}
		if c == '}' {
			if !found {
				return fmt.Errorf("%w: the JSON object has no array \"features\"; GeoJSON is a FeatureCollection here", ErrFormat)
			}
			return nil
		}
		if c == ',' && !first {
			if c, err = w.token(); err != nil {
				return err
			}
		}
		if c != '"' {
			return w.unexpected(c, "a member name")
		}
		name, err := w.value(c)
		if err != nil {
			return err
		}
		features := string(name) == `"features"`
		if err := w.expect(':'); err != nil {
			return err
		}
		if features {
			found = true
			err = s.walkFeatures(w, emit)
		} else {
			err = w.skip()
		}
		if err != nil {
			return err
		}
	}
}

func (s *Source) walkFeatures(w *jsonWalker, emit func(*Record) bool) error {
	if err := w.expect('['); err != nil {
		return err
	}
	decoder := newFeatureDecoder()
	number, last := int64(0), int64(0)
	for {
		c, err := w.token()
		if err != nil {
			return err
		}
		switch {
		case c == ']':
			return nil
		case c == ',' && number > 0:
			if c, err = w.token(); err != nil {
				return err
			}
		}
		number++
		r := &Record{Line: w.line}
		if w.line == last || number == 1 && w.line == 1 {
			r.Line = number
		}
		last = w.line
		if c != '{' {
			return w.unexpected(c, "a feature")
		}
		if r.Raw, err = w.value(c); err != nil {
			return err
		}
		decoder.decode(r.Raw, r)
		if !emit(r) {
			return errStopped
		}
	}
}

// jsonWalker goes through JSON by its brackets and strings. What stands between
// them is checked where it is decoded.
type jsonWalker struct {
	in   *bufio.Reader
	most int
	line int64
	text []byte
}

// token returns the next byte that is no white space.
func (w *jsonWalker) token() (byte, error) {
	for {
		c, err := w.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			w.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
	}
}

func (w *jsonWalker) expect(want byte) error {
	c, err := w.token()
	if err == nil && c != want {
		return w.unexpected(c, fmt.Sprintf("%q", want))
	}
	return err
}

func (w *jsonWalker) unexpected(c byte, want string) error {
	return fmt.Errorf("%w: line %d: %q stands where %s is expected", ErrFormat, w.line, c, want)
}

func (w *jsonWalker) skip() error {
	c, err := w.token()
	if err != nil {
		return err
	}
	_, err = w.value(c)
	return err
}

// value returns the text of the value that begins with c, valid until the next
// call.
func (w *jsonWalker) value(c byte) ([]byte, error) {
	w.text = append(w.text[:0], c)
	switch c {
	case '{', '[', '"':
		return w.text, w.nested(c)
	}
	for { // a number or a name: up to what ends it
		c, err := w.in.ReadByte()
		if err != nil {
			return nil, err
		}
		if c == ',' || c == '}' || c == ']' || c <= ' ' {
			return w.text, w.in.UnreadByte()
		}
		w.text = append(w.text, c)
	}
}

func (w *jsonWalker) nested(c byte) error {
	depth, quoted := 0, false
	if c == '"' {
		quoted = true
	} else {
		depth = 1
	}
	for depth > 0 || quoted {
		c, err := w.in.ReadByte()
		if err != nil {
			return err
		}
		w.text = append(w.text, c)
		if len(w.text) > w.most {
			return fmt.Errorf("%w: the value that ends at line %d has over %d bytes", ErrFormat, w.line, w.most)
		}
		switch {
		case c == '\n':
			w.line++
		case quoted && c == '\\':
			if c, err = w.in.ReadByte(); err != nil {
				return err
			}
			w.text = append(w.text, c)
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}
