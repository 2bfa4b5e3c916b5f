package ingest

import (
	"context"
	"fmt"

	"github.com/chengma/chengma/entities"
)

// endsAllowed is the share of what an extract covers that it may end unasked.
const endsAllowed = 0.02

// TooManyEndsError says that a full extract would end more than 2 % of what it
// covers. Its records are applied, its ends are not; a run with AllowEnds makes
// them.
type TooManyEndsError struct {
	Ends, Covered int
}

// Error says how many, and what to do.
func (e *TooManyEndsError) Error() string {
	return fmt.Sprintf("the extract would end %d of the %d things that it covers, more than %g %%: check that the file is whole and its scope right, then allow ends",
		e.Ends, e.Covered, endsAllowed*100)
}

// ends finds the things of this source that a full extract should have and does
// not, and ends them as of its date. It comes last: by then every record has been
// seen.
func (r *runState) ends(ctx context.Context) error {
	if r.broken != nil {
		r.report.suspendEnds("the file ends early: " + r.broken.Error())
	}
	if r.report.EndsSuspended != "" {
		r.note("nothing was ended: %s", r.report.EndsSuspended)
		return nil
	}
	asOf := r.fixed(r.prog.full.asOf, false, false)
	gone, err := r.missingThings(ctx, asOf)
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		return nil
	}
	if float64(len(gone)) > endsAllowed*float64(r.report.Covered) && !r.cfg.AllowEnds {
		if r.preview == nil {
			return &TooManyEndsError{Ends: len(gone), Covered: r.report.Covered}
		}
		r.note("%v", &TooManyEndsError{Ends: len(gone), Covered: r.report.Covered})
	}
	if r.preview != nil {
		r.report.Ended = len(gone)
		return r.preview.ended(ctx, gone, asOf)
	}
	for n := 0; len(gone) > 0; n++ {
		some := gone[:min(len(gone), chunkActs)]
		gone = gone[len(some):]
		if err := r.endThings(ctx, n, some, asOf); err != nil {
			return err
		}
	}
	return nil
}

func (r *runState) endThings(ctx context.Context, n int, codes []entities.Code, asOf entities.Instant) error {
	batch := entities.Batch{Key: fmt.Sprintf("ingest:%d:ends:%d", r.id, n), Source: r.prog.source, Note: r.report.note()}
	for _, code := range codes {
		batch.Acts = append(batch.Acts, &entities.End{
			Subject: entities.ByCode(code), Over: entities.Since(asOf),
			Origin: entities.Origin{Source: r.prog.source, Collected: entities.Beginning},
		})
	}
	receipt, err := r.store.Apply(ctx, batch)
	if err != nil {
		return fmt.Errorf("end what the extract does not have: %w", err)
	}
	r.report.Ended += len(codes)
	r.report.published(receipt)
	return nil
}

// missingThings lists the things of the source in scope, at an instant, none of
// whose keys was in the files.
func (r *runState) missingThings(ctx context.Context, asOf entities.Instant) ([]entities.Code, error) {
	reader, err := r.reader(ctx)
	if err != nil {
		return nil, err
	}
	full := r.prog.full
	q := entities.Query{Kinds: []entities.Kind{r.prog.kind}, Classes: full.classes, Box: full.box, Valid: entities.During(asOf)}
	if full.linkedRole != "" {
		found, err := lookUp(ctx, reader, []keyAt{{full.linkedTo, asOf}})
		if err != nil {
			return nil, err
		}
		code, err := found[keyAt{full.linkedTo, asOf}].Code()
		if err != nil {
			return nil, fmt.Errorf("scope of the extract: %w", err)
		}
		q.Linked = &entities.Linked{Code: code, Role: full.linkedRole}
	}
	var gone, some []entities.Code
	for e, err := range reader.Find(ctx, q) {
		if err != nil {
			return nil, fmt.Errorf("look for what the extract does not have: %w", err)
		}
		if !full.covers(&e) {
			continue
		}
		if some = append(some, e.Code); len(some) == 1000 {
			if gone, err = r.withoutKey(ctx, reader, gone, some); err != nil {
				return nil, err
			}
			some = some[:0]
		}
	}
	return r.withoutKey(ctx, reader, gone, some)
}

func (f *fullProgram) covers(e *entities.Entity) bool {
	for name, values := range f.attributes {
		v := e.Attrs.Get(name)
		if v.IsUnset() || v.IsNull() || !values[textOfValue(v)] {
			return false
		}
	}
	return true
}

// withoutKey appends to gone those of the codes that are of the source and have no
// key that was seen.
func (r *runState) withoutKey(ctx context.Context, reader entities.Reader, gone, codes []entities.Code) ([]entities.Code, error) {
	if len(codes) == 0 {
		return gone, nil
	}
	ours, present := make(map[entities.Code]bool), make(map[entities.Code]bool)
	for alias, err := range reader.Aliases(ctx, entities.AliasQuery{Codes: codes}) {
		if err != nil {
			return nil, fmt.Errorf("look for what the extract does not have: %w", err)
		}
		if alias.Scheme != r.prog.key.scheme.name || alias.Source != r.prog.source {
			continue
		}
		ours[alias.Code] = true
		if r.seen.has(hashKey(alias.Scheme, alias.Value)) {
			present[alias.Code] = true
		}
	}
	for _, code := range codes {
		if !ours[code] {
			continue
		}
		r.report.Covered++
		if !present[code] {
			gone = append(gone, code)
		}
	}
	return gone, nil
}
