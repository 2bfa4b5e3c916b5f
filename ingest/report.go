package ingest

import (
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/chengma/chengma/entities"
)

// Report says what a run did. It is what commands print and queues keep, also as
// JSON.
type Report struct {
	Run     int64    `json:"run,omitempty"`
	Resumed bool     `json:"resumed,omitempty"` // it goes on with an interrupted run
	DryRun  bool     `json:"dry_run,omitempty"`
	Source  string   `json:"source"`
	Kind    string   `json:"kind"`
	Title   Title    `json:"title"`
	Files   []string `json:"files"`

	Started time.Time     `json:"started"`
	Took    time.Duration `json:"took_ns"`

	// Read = Created + Updated + Unchanged + Repeated + Quarantined + Skipped.
	Read        int64 `json:"read"`
	Created     int64 `json:"created"`
	Updated     int64 `json:"updated"`
	Unchanged   int64 `json:"unchanged"`
	Repeated    int64 `json:"repeated,omitempty"` // applied before the run was interrupted
	Quarantined int64 `json:"quarantined"`
	Skipped     int64 `json:"skipped"`

	// Partial counts parts (a link, a value) without which records were applied.
	Partial       int64       `json:"partial"`
	Settled       int         `json:"settled,omitempty"` // earlier refusals of what was loaded now
	Discrepancies int64       `json:"discrepancies"`
	Rules         []RuleCount `json:"rules"`

	// Ended counts the things that a full extract ended, of Covered that it was
	// about. EndsSuspended says why it ended none.
	Ended         int    `json:"ended"`
	Covered       int    `json:"covered,omitempty"`
	EndsSuspended string `json:"ends_suspended,omitempty"`

	FirstRevision entities.Revision `json:"first_revision,omitempty"`
	LastRevision  entities.Revision `json:"last_revision,omitempty"`
	Revisions     int               `json:"revisions"`

	Bytes      int64 `json:"bytes"` // read, as the files have them
	TotalBytes int64 `json:"total_bytes"`

	Notes   []string `json:"notes,omitempty"`
	Changes *Changes `json:"changes,omitempty"` // of a dry run

	rules map[string]*RuleCount
}

// RuleCount says how often a rule spoke, with one example.
type RuleCount struct {
	Rule    string `json:"rule"`
	Zh      string `json:"zh"`
	En      string `json:"en"`
	Records int64  `json:"records"` // in quarantine
	Partial int64  `json:"partial"` // applied without a part
	Skipped int64  `json:"skipped"`
}

func newReport(cfg Config) *Report {
	m := cfg.Mapping
	r := &Report{
		Source: m.Source, Kind: m.Kind, Title: m.Title, DryRun: cfg.DryRun,
		Notes: append([]string(nil), m.prog.notes...), rules: make(map[string]*RuleCount),
	}
	for _, in := range cfg.Sources {
		r.Files = append(r.Files, filepath.Base(in.Path))
	}
	return r
}

func (r *Report) rule(of *Rule) *RuleCount {
	c := r.rules[of.Name]
	if c == nil {
		c = &RuleCount{Rule: of.Name, Zh: of.Zh, En: of.En}
		r.rules[of.Name] = c
	}
	return c
}

func (r *Report) refuse(bad *fault) {
	r.Quarantined++
	r.rule(bad.rule).Records++
}

func (r *Report) partial(bad *fault) {
	r.Partial++
	r.rule(bad.rule).Partial++
}

func (r *Report) skip(of *Rule) {
	r.Skipped++
	r.rule(of).Skipped++
}

func (r *Report) published(receipt entities.Receipt) {
	r.Discrepancies += int64(len(receipt.Discrepancies))
	if receipt.Repeated || receipt.Revision == 0 || receipt.Revision == r.LastRevision || !changed(receipt) {
		return
	}
	if r.FirstRevision == 0 {
		r.FirstRevision = receipt.Revision
	}
	r.LastRevision = receipt.Revision
	r.Revisions++
}

// changed reports whether a batch made a revision.
func changed(receipt entities.Receipt) bool {
	for _, result := range receipt.Results {
		if result.Outcome != entities.Unchanged || result.Minted {
			return true
		}
	}
	return false
}

func (r *Report) suspendEnds(why string) {
	if r.EndsSuspended == "" {
		r.EndsSuspended = why
	}
}

func (r *Report) finish(now time.Time) {
	r.Took = now.Sub(r.Started)
	r.Rules = r.Rules[:0]
	for _, c := range r.rules {
		r.Rules = append(r.Rules, *c)
	}
	sort.Slice(r.Rules, func(i, j int) bool { return r.Rules[i].Rule < r.Rules[j].Rule })
}

// Applied counts the records that are in the store now.
func (r *Report) Applied() int64 { return r.Created + r.Updated + r.Unchanged + r.Repeated }

// Balanced reports whether every record read is accounted for, by outcome and by
// rule.
func (r *Report) Balanced() bool {
	var refused, skipped, partial int64
	for _, c := range r.Rules {
		refused, skipped, partial = refused+c.Records, skipped+c.Skipped, partial+c.Partial
	}
	return r.Read == r.Applied()+r.Quarantined+r.Skipped &&
		refused == r.Quarantined && skipped == r.Skipped && partial == r.Partial
}

// Rate is records a second, 0 where no time passed.
func (r *Report) Rate() float64 {
	if r.Took <= 0 {
		return 0
	}
	return float64(r.Read) / r.Took.Seconds()
}

// note is what batches say of themselves.
func (r *Report) note() string {
	title := orText(r.Title.Zh, r.Title.En)
	return strings.TrimSpace(title + " " + strings.Join(r.Files, ", "))
}
