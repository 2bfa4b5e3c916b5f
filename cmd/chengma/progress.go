package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/chengma/chengma/ingest"
)

// progress shows how far a load is: a bar on a terminal, a line every few seconds
// elsewhere, nothing beside JSON.
type progress struct {
	name  string
	out   io.Writer
	bar   *progressbar.ProgressBar
	quiet bool
	now   func() time.Time
	last  time.Time
}

const progressEvery = 5 * time.Second

func (p *program) newProgress(name string) *progress {
	g := &progress{name: name, out: p.err, now: p.now, last: p.now(), quiet: p.json}
	if p.terminal && !p.json {
		g.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(p.err), progressbar.OptionSetDescription(name),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return g
}

func (g *progress) show(at ingest.Progress) {
	if g.bar != nil {
		if at.Total > 0 {
			g.bar.ChangeMax64(at.Total)
		}
		_ = g.bar.Set64(at.Bytes) // a bar that cannot be drawn is no reason to stop
		return
	}
	if now := g.now(); !g.quiet && now.Sub(g.last) >= progressEvery {
		g.last = now
		fmt.Fprintf(g.out, "%s: %d records, %d in quarantine, %d of %d bytes\n", g.name, at.Records, at.Refused, at.Bytes, at.Total)
	}
}

func (g *progress) end() {
	if g.bar != nil {
		_ = g.bar.Finish() // see show
	}
}
