package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// A test that needs a second process runs this test binary again, with the name
// of the writer and the file in its environment. The child applies batches and
// prints the receipt of each when it has it.
const (
	childName    = "CHENGMA_TEST_WRITER"
	childPath    = "CHENGMA_TEST_STORE"
	childBatches = "CHENGMA_TEST_BATCHES"
	childActs    = 40 // assertions in a batch
)

// child is the whole of a child process; false in the test itself.
func child() bool {
	name := os.Getenv(childName)
	if name == "" {
		return false
	}
	if err := writeBatches(name, os.Getenv(childPath), os.Getenv(childBatches)); err != nil {
		fmt.Println("failed:", err)
	}
	return true
}

func writeBatches(name, path, batches string) error {
	n, err := strconv.Atoi(batches)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	for i := range n {
		receipt, err := store.Apply(context.Background(), childBatch(name, i))
		if err != nil {
			return err
		}
		fmt.Println("receipt", int64(receipt.Revision), childKey(name, i))
	}
	return store.Close()
}

func childKey(name string, i int) string { return fmt.Sprintf("%s-%d", name, i) }

// childBatch makes new buildings and people, changes the buildings of the batch
// before, and links and refuses some.
func childBatch(name string, i int) entities.Batch {
	batch := entities.Batch{Key: childKey(name, i), Refusals: []entities.Refusal{{Source: name, Rule: "test", Key: childKey(name, i)}}}
	key := func(i, k int) entities.Ref { return entities.ByKey("test", fmt.Sprintf("%s-%d-%d", name, i, k)) }
	shape, err := entities.NewGeometry(geom.NewPointFlat(geom.XY, []float64{114 + float64(i%100)/1000, 22.5}))
	if err != nil {
		panic(err)
	}
	for k := range childActs {
		assert := &entities.Assert{
			Subject: key(i, k), Kind: entities.Building, Over: entities.Since(0), Geometry: &shape,
			Patch: entities.NewAttrs(entities.Attr{Name: "name", Value: entities.String(childKey(name, i))}),
		}
		if k == 0 {
			assert.Kind, assert.Geometry = entities.Person, nil
		}
		batch.Acts = append(batch.Acts, assert)
		if i > 0 && k > 0 {
			batch.Acts = append(batch.Acts, &entities.Assert{
				Subject: key(i-1, k), Over: entities.Since(1000),
				Patch: entities.NewAttrs(entities.Attr{Name: "floors", Value: entities.Int(int64(i))}),
			})
		}
	}
	batch.Acts = append(batch.Acts, &entities.Relate{
		From: key(i, 0), Role: "lives-in", Over: entities.Since(0), To: []entities.Target{{To: key(i, 1)}},
	})
	return batch
}

// process is a child that has been started.
type process struct {
	cmd   *exec.Cmd
	lines chan string // what it prints; closed when it has ended
}

func startChild(t *testing.T, name, path string, batches int) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childName+"="+name, childPath+"="+path, childBatches+"="+strconv.Itoa(batches))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, lines: make(chan string, 1<<16)}
	go func() {
		defer close(p.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	return p
}

// receipt reads a line of a child; false for a line that was cut off.
func receipt(t *testing.T, line string) (rev entities.Revision, key string, ok bool) {
	t.Helper()
	if strings.HasPrefix(line, "failed") {
		t.Fatal(line)
	}
	n, err := fmt.Sscanf(line, "receipt %d %s", &rev, &key)
	return rev, key, n == 2 && err == nil
}
