//go:build unix

package ingest_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/chengma/chengma/ingest"
)

// A named pipe is read once, as a stream is.
func TestRun_NamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, []byte("id,n\n1,x\n"), 0o600) }()
	b := newBench()
	report, err := ingest.Run(t.Context(), b.config(t, building("fields: {name: n}\n"), path))
	if err != nil || report.Created != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}
