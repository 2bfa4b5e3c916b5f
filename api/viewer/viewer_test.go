package viewer_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/chengma/chengma/api/viewer"
)

func TestFiles(t *testing.T) {
	about, err := fs.ReadFile(viewer.Files(), "about.txt")
	if err != nil || !strings.Contains(string(about), "scripts/build-viewer") {
		t.Fatalf("about.txt: %q, %v; want the committed file that says how the viewer is built", about, err)
	}
}

// TestPageIsSelfContained reads the built page: every address in it is relative
// and has its file, so that it works below any path and calls no other host.
func TestPageIsSelfContained(t *testing.T) {
	page, err := fs.ReadFile(viewer.Files(), "index.html")
	if err != nil {
		t.Skip("the viewer is not built; scripts/build-viewer does it")
	}
	addresses := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(string(page), -1)
	if len(addresses) < 2 {
		t.Fatalf("index.html names %d files; want a script and a style sheet at least", len(addresses))
	}
	for _, address := range addresses {
		if strings.HasPrefix(address[1], "data:") {
			continue
		}
		name, relative := strings.CutPrefix(address[1], "./")
		if !relative {
			t.Errorf("index.html: %q is not relative", address[1])
			continue
		}
		if _, err := fs.Stat(viewer.Files(), name); err != nil {
			t.Errorf("index.html: %v", err)
		}
	}
}
