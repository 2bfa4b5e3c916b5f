package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/chengma/chengma/entities"
)

// Names of the checks, as they stand in [entities.Damage].
const (
	CheckIntegrity     = "integrity"      // SQLite's own check of pages, indexes and R*Tree
	CheckRevisions     = "revisions"      // a gap, time going backwards, a batch of no revision
	CheckRefusals      = "refusals"       // a revision has not as many refusals as it says
	CheckOverlap       = "overlap"        // two versions of a thing hold at one instant and revision
	CheckInterval      = "empty-interval" // a row holds at no instant
	CheckSpan          = "span"           // a row is known to no revision, or to one beyond the head
	CheckIssued        = "never-issued"   // a version or a state of a code that was never given
	CheckIssuable      = "unissuable"     // a code was given that must not be
	CheckSerials       = "serials"        // a sequence stands before a code that was given
	CheckAlias         = "orphan-alias"   // an alias of a code that was never given
	CheckLink          = "dangling-link"  // a link from or to a code that was never given
	CheckState         = "state"          // two states of a code at one revision
	CheckAttributes    = "attributes"     // attributes that are no JSON object
	CheckOrigin        = "origin"         // an origin that is not there
	CheckGeometry      = "geometry"       // a shape that is no WKB
	CheckBoxMissing    = "box-missing"    // a shape without a box in the R*Tree
	CheckBoxExtra      = "box-extra"      // a box without a shape
	CheckBox           = "box"            // a box that does not hold its shape
	CheckSearchMissing = "search-missing" // search terms of a version are not there
	CheckSearchExtra   = "search-extra"   // search terms of no version
)

// Checks returns the names of all checks of Verify.
func Checks() []string {
	return []string{
		CheckIntegrity, CheckRevisions, CheckRefusals, CheckOverlap, CheckInterval, CheckSpan, CheckIssued,
		CheckIssuable, CheckSerials, CheckAlias, CheckLink, CheckState, CheckAttributes, CheckOrigin, CheckGeometry,
		CheckBoxMissing, CheckBoxExtra, CheckBox, CheckSearchMissing, CheckSearchExtra,
	}
}

// Verify yields everything that is not as it must be, as the head has it when
// Verify begins. The whole file is read, in chunks between which the store can
// be written to.
func (s *Store) Verify(ctx context.Context) iter.Seq2[entities.Damage, error] {
	return func(yield func(entities.Damage, error) bool) {
		v := verifier{store: s, ctx: ctx, yield: yield}
		err := v.run()
		if err != nil && !errors.Is(err, errStopped) {
			yield(entities.Damage{}, fmt.Errorf("verify: %w", err))
		}
	}
}

// errStopped says that the consumer wants no more.
var errStopped = errors.New("stopped")

// verifier is one Verify at work.
type verifier struct {
	store *Store
	ctx   context.Context
	yield func(entities.Damage, error) bool
	head  entities.Revision
}

func (v *verifier) run() error {
	head, err := v.store.Head(v.ctx)
	if err != nil {
		return err
	}
	v.head = head
	if err := v.integrity(); err != nil {
		return err
	}
	for _, check := range statementChecks() {
		if err := v.statement(check); err != nil {
			return err
		}
	}
	if err := v.issuable(); err != nil {
		return err
	}
	return v.versions()
}

// report yields damage, which is found with a connection and yielded without.
func (v *verifier) report(damage []entities.Damage) error {
	for _, d := range damage {
		if !v.yield(d, nil) {
			return errStopped
		}
	}
	return v.ctx.Err()
}

// integrity runs SQLite's own check, which covers the R*Tree too.
func (v *verifier) integrity() error {
	var damage []entities.Damage
	err := v.store.read(v.ctx, func(c *conn) error {
		for _, text := range []string{"PRAGMA integrity_check", "SELECT rtreecheck('main', 'versions_box')"} {
			rows, err := c.query(v.ctx, text)
			if err != nil {
				return err
			}
			for rows.next() {
				for line := range strings.Lines(rows.text(0)) {
					if line = strings.TrimSpace(line); line != "ok" && line != "" {
						damage = append(damage, entities.Damage{Check: CheckIntegrity, Text: line})
					}
				}
			}
			if err := rows.close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.report(damage)
}

// statementCheck is a check that one statement does: its rows are a code, 0
// where there is none, and a text. Parameter 1 is the head.
type statementCheck struct {
	name, text string
}

func statementChecks() []statementCheck {
	return []statementCheck{
		{CheckRevisions, verifyRevisionsSQL},
		{CheckRefusals, verifyRefusalsSQL},
		{CheckOverlap, verifyOverlapSQL},
		{CheckInterval, verifyIntervalSQL},
		{CheckSpan, verifySpanSQL},
		{CheckIssued, verifyIssuedSQL},
		{CheckSerials, verifySerialsSQL},
		{CheckAlias, verifyAliasSQL},
		{CheckLink, verifyLinkSQL},
		{CheckState, verifyStateSQL},
		{CheckBoxExtra, verifyBoxExtraSQL},
		{CheckSearchExtra, verifySearchExtraSQL},
	}
}

// mostDamage is how much damage of one kind is listed; what is broken a million
// times is said often enough.
const mostDamage = 10_000

func (v *verifier) statement(check statementCheck) error {
	var damage []entities.Damage
	err := v.store.read(v.ctx, func(c *conn) error {
		rows, err := c.query(v.ctx, check.text, int64(v.head), int64(mostDamage))
		if err != nil {
			return fmt.Errorf("check %s: %w", check.name, err)
		}
		for rows.next() {
			damage = append(damage, entities.Damage{Check: check.name, Code: entities.Code(rows.int(0)), Text: rows.text(1)})
		}
		return rows.close()
	})
	if err != nil {
		return err
	}
	return v.report(damage)
}
