// Package viewer holds the built web viewer, so that the program is one file. It
// serves nothing itself: the api package does, and so far as the viewer is
// concerned that is just one more client of the public API.
package viewer

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the viewer: index.html and what it needs, below assets. Where the
// program was built without the viewer (scripts/build-viewer makes it; it needs
// Node), there is no index.html.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return embed.FS{} // not reached: "dist" is a valid path, and that is all Sub asks
	}
	return files
}
