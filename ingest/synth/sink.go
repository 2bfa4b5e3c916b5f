package synth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// Sink takes the files. The default writes them into a folder.
type Sink interface {
	// Create opens a new file; the name may have a folder, with a slash.
	Create(name string) (io.WriteCloser, error)
}

// folder is the sink of ordinary use.
type folder string

func (f folder) Create(name string) (io.WriteCloser, error) {
	path := filepath.Join(string(f), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.Create(path)
}

// file is one open file with what is needed to write text into it.
type file struct {
	name   string
	lines  int64 // written so far
	buf    *bufio.Writer
	layers []io.Closer // outermost first
	row    []byte
}

// coding says how a file is written.
type coding struct {
	gb18030, bom, gzip bool
}

func create(sink Sink, name string, as coding) (*file, error) {
	out, err := sink.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	f := &file{name: name, layers: []io.Closer{out}}
	var w io.Writer = out
	if as.gzip {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return nil, errors.Join(err, out.Close())
		}
		w, f.layers = z, append([]io.Closer{z}, f.layers...)
	}
	if as.gb18030 {
		t := transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder())
		w, f.layers = t, append([]io.Closer{t}, f.layers...)
	}
	f.buf = bufio.NewWriterSize(w, 1<<15)
	if as.bom {
		if _, err := f.buf.WriteString("\ufeff"); err != nil {
			return nil, errors.Join(fmt.Errorf("write %s: %w", name, err), f.close())
		}
	}
	return f, nil
}

// line writes the row that was put together, with its end.
func (f *file) line() error {
	f.row = append(f.row, '\n')
	_, err := f.buf.Write(f.row)
	f.row = f.row[:0]
	f.lines++
	if err != nil {
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

func (f *file) close() error {
	errs := []error{f.buf.Flush()}
	for _, c := range f.layers {
		errs = append(errs, c.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close %s: %w", f.name, err)
	}
	return nil
}
