package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// readSequence reads one feature a line, each possibly behind a record separator
// (RFC 8142).
func (s *Source) readSequence(emit func(*Record) bool) error {
	decoder := newFeatureDecoder()
	lines := lineReader{in: s.reader, most: s.cfg.MaxRecord}
	for {
		text, ended, err := lines.next()
		if err != nil && !errors.Is(err, errTooLong) {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return readError(err)
		}
		raw := bytes.Trim(text, "\x1e \t\r\n")
		if lines.number == 1 {
			raw = bytes.TrimPrefix(raw, utf8BOM)
		}
		if len(raw) == 0 && err == nil {
			continue
		}
		r := &Record{Line: lines.number, Raw: raw}
		if err == nil {
			decoder.decode(raw, r)
		} else {
			r.Err = problem("记录超过 %d 字节", "the record has over %d bytes", s.cfg.MaxRecord)
		}
		if r.Err != nil && !ended {
			return fmt.Errorf("%w: line %d ends in the middle of a feature: %v", ErrTruncated, lines.number, r.Err)
		}
		if !emit(r) {
			return errStopped
		}
	}
}

var utf8BOM = []byte("\xef\xbb\xbf")

var errTooLong = errors.New("record is too long")

// lineReader reads lines of any length up to a bound.
type lineReader struct {
	in     interface{ ReadSlice(byte) ([]byte, error) }
	most   int
	number int64
	line   []byte
}

// next returns the next line and whether it ended with a line break. A line over
// the bound is read to its end and is errTooLong.
func (l *lineReader) next() (line []byte, ended bool, err error) {
	l.number++
	l.line = l.line[:0]
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		if !long {
			if err == nil && len(l.line) == 0 {
				return part, true, nil
			}
			l.line = append(l.line, part...)
			long = len(l.line) > l.most
		}
		switch {
		case err == nil && long:
			return l.line[:l.most], true, errTooLong
		case err == nil:
			return l.line, true, nil
		case isBufferFull(err):
			continue
		case errors.Is(err, io.EOF) && len(l.line) > 0:
			return l.line, false, nil
		}
		return nil, false, err
	}
}
