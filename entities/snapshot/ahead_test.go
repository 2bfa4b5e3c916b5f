package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/snapshot"
)

// breaking is a store whose history ends with an error, or goes on until it is
// told to stop.
type breaking struct {
	entities.Reader
	after int
	err   error
	ended chan struct{}
}

func (b *breaking) History(ctx context.Context, _ entities.HistoryQuery) iter.Seq2[entities.Entity, error] {
	return func(yield func(entities.Entity, error) bool) {
		defer close(b.ended)
		for serial := 1; ; serial++ {
			if serial > b.after && b.err != nil {
				yield(entities.Entity{}, b.err)
				return
			}
			kind := entities.Building
			if serial > b.after {
				kind = entities.Land // which the builder refuses
			}
			code, err := entities.NewCode(kind, uint64(serial))
			e := entities.Entity{Code: code, Valid: entities.Since(0), Recorded: entities.Span{From: 1, To: entities.Open}}
			if !yield(e, err) {
				return
			}
		}
	}
}

func TestBuildEndsWithWhatItReads(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, after := range []int{0, 1, 255, 256, 257, 5000} {
		for _, c := range []struct {
			name string
			err  error
		}{{"the store fails", broken}, {"the builder refuses", nil}} {
			t.Run(fmt.Sprint(c.name, " after ", after), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "x.snapshot")
				r := &breaking{after: after, err: c.err, ended: make(chan struct{})}
				err := snapshot.Build(t.Context(), r, entities.Published{Revision: 1}, buildings, path)
				if err == nil || c.err != nil && !errors.Is(err, c.err) {
					t.Errorf("built with %v", err)
				}
				select {
				case <-r.ended:
				default:
					t.Error("reading goes on after the end")
				}
				if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("there is a file: %v", err)
				}
			})
		}
	}
}

func TestBuildStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &breaking{after: 1 << 40, ended: make(chan struct{})}
	err := snapshot.Build(ctx, r, entities.Published{Revision: 1}, buildings, filepath.Join(t.TempDir(), "x.snapshot"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("built with %v", err)
	}
	<-r.ended
}
