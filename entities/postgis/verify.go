package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/chengma/chengma/entities"
)

// Names of the checks, as they stand in [entities.Damage]. Pages and indexes are
// PostgreSQL's own to check (pg_amcheck).
const (
	CheckRevisions  = "revisions"      // a gap, time going backwards, a batch of no revision
	CheckRefusals   = "refusals"       // a batch has not as many refusals as it says
	CheckOverlap    = "overlap"        // two versions of a thing hold at one instant and revision
	CheckInterval   = "empty-interval" // a row holds at no instant
	CheckSpan       = "span"           // a row is known to no revision, or to one beyond the head
	CheckIssued     = "never-issued"   // a version or a state of a code that was never given
	CheckIssuable   = "unissuable"     // a code was given that must not be
	CheckSerials    = "serials"        // a sequence stands before a code that was given
	CheckAlias      = "orphan-alias"   // an alias of a code that was never given
	CheckLink       = "dangling-link"  // a link from or to a code that was never given
	CheckState      = "state"          // two states of a code at one revision
	CheckAttributes = "attributes"     // attributes that are no JSON object
	CheckOrigin     = "origin"         // an origin that is not there
	CheckGeometry   = "geometry"       // a shape that is none, or not on the globe
	CheckBox        = "box"            // the stand-in of a shape does not hold it
	CheckSearch     = "search"         // search terms that are not those of the version
)

// Checks returns the names of all checks of Verify.
func Checks() []string {
	return []string{
		CheckRevisions, CheckRefusals, CheckOverlap, CheckInterval, CheckSpan, CheckIssued, CheckIssuable, CheckSerials,
		CheckAlias, CheckLink, CheckState, CheckAttributes, CheckOrigin, CheckGeometry, CheckBox, CheckSearch,
	}
}

// Verify yields everything that is not as it must be. All tables are read, in
// chunks between which the store can be written to.
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

// mostDamage is how much damage of one kind is listed; what is broken a million
// times is said often enough.
const mostDamage = 10_000

func (v *verifier) run() error {
	head, err := v.store.Head(v.ctx)
	if err != nil {
		return err
	}
	v.head = head
	// Checks that one statement does: its rows are a code, 0 where there is none,
	// and a text.
	for _, check := range []struct{ name, text string }{
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
	} {
		err := v.collect(func(c *conn, found func(entities.Damage)) error {
			return c.query(v.ctx, func(r *row) error {
				found(entities.Damage{Check: check.name, Code: entities.Code(r.int(0)), Text: r.text(1)})
				return nil
			}, check.text, int64(v.head), int64(mostDamage))
		})
		if err != nil {
			return err
		}
	}
	if err := v.issuable(); err != nil {
		return err
	}
	return v.versions()
}

// collect finds damage with a connection and reports it without.
func (v *verifier) collect(look func(c *conn, found func(entities.Damage)) error) error {
	var damage []entities.Damage
	err := v.store.read(v.ctx, func(c *conn) error {
		return look(c, func(d entities.Damage) { damage = append(damage, d) })
	})
	if err != nil {
		return err
	}
	for _, d := range damage {
		if !v.yield(d, nil) {
			return errStopped
		}
	}
	return v.ctx.Err()
}

// issuable looks at every code that was given.
func (v *verifier) issuable() error {
	for after, n := int64(-1), mostChunk; n == mostChunk; {
		n = 0
		err := v.collect(func(c *conn, found func(entities.Damage)) error {
			return c.query(v.ctx, func(r *row) error {
				n++
				after = r.int(0)
				if code := entities.Code(after); !code.Issuable() {
					found(entities.Damage{Check: CheckIssuable, Code: code, Text: "this code must not be given"})
				}
				return nil
			}, verifyCodesSQL, after, int64(mostChunk))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// versions looks into every stored version.
func (v *verifier) versions() error {
	at := []any{int64(math.MinInt64), int64(math.MinInt64), int64(0)}
	for n := mostChunk; n == mostChunk; {
		n = 0
		err := v.collect(func(c *conn, found func(entities.Damage)) error {
			origins := make(map[int64][]entities.Damage) // what is wrong if the origin is not there
			err := c.query(v.ctx, func(r *row) error {
				n++
				at = []any{r.int(versionCode), r.int(versionValidFrom), r.int(versionRevFrom)}
				v.version(c, r, origins, found)
				return nil
			}, verifyVersionsSQL, append(slices.Clone(at), int64(mostChunk))...)
			if err != nil {
				return err
			}
			return v.origins(c, origins, found)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// version looks into one row: its attributes, shape and search terms.
func (v *verifier) version(c *conn, r *row, origins map[int64][]entities.Damage, found func(entities.Damage)) {
	damage := func(check, format string, args ...any) entities.Damage {
		text := fmt.Sprintf("version %d: ", r.int(versionID)) + fmt.Sprintf(format, args...)
		return entities.Damage{Check: check, Code: entities.Code(r.int(versionCode)), Text: text}
	}
	ids := map[string]int64{"": r.int(versionOrigin)}
	if !r.null(versionOrigins) {
		if err := json.Unmarshal(r.values[versionOrigins], &ids); err != nil {
			found(damage(CheckOrigin, "%v", err))
		}
	}
	for name, id := range ids {
		origins[id] = append(origins[id], damage(CheckOrigin, "origin %d of %q is not there", id, name))
	}
	if check, err := shapeDamage(r); err != nil {
		found(damage(check, "%v", err))
	}
	attrs, err := c.decoder.Decode(r.values[versionAttrs])
	if err != nil {
		found(damage(CheckAttributes, "%v", err))
		return // without attributes there are no terms to expect
	}
	e := entities.Entity{Code: entities.Code(r.int(versionCode)), Attrs: attrs}
	var terms []string
	if last := versionOrigins + 1; !r.null(last) {
		err = json.Unmarshal(r.values[last], &terms)
	}
	if want := e.SearchTerms(v.store.cfg.SearchFields(e.Kind())); err != nil || !slices.Equal(terms, want) {
		found(damage(CheckSearch, "it is found by %q, it should be by %q", terms, want))
	}
}

// shapeDamage says what is wrong with the columns shape and exact.
func shapeDamage(r *row) (check string, err error) {
	shape, err := wkbOf(r)
	if err != nil {
		return CheckGeometry, err
	}
	g, err := entities.GeometryFromWKB(shape)
	if err != nil || r.null(versionExact) {
		return CheckGeometry, err
	}
	stored, err := toISO(r.values[versionShape])
	if err != nil {
		return CheckBox, err
	}
	outer, err := entities.BoundsOfWKB(stored)
	if err != nil {
		return CheckBox, err
	}
	if inner, err := g.Bounds(); err != nil || !inner.Empty() && !inner.Within(outer) {
		return CheckBox, errors.New("its envelope does not hold its shape")
	}
	return "", nil
}

// origins reports what names origins that are not there.
func (v *verifier) origins(c *conn, wanted map[int64][]entities.Damage, found func(entities.Damage)) error {
	ids := make([]int64, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id)
	}
	err := c.query(v.ctx, func(r *row) error {
		delete(wanted, r.int(0))
		return nil
	}, originsByIDSQL, ids)
	for _, missing := range wanted {
		for _, d := range missing {
			found(d)
		}
	}
	return err
}
