package postgis

import (
	"context"
	"fmt"
	"slices"

	"github.com/chengma/chengma/entities"
)

// writer writes the rows of one revision.
type writer struct {
	*applier
	rev int64
}

func (w *writer) write(ctx context.Context, diff *entities.Diff) error {
	steps := []func(context.Context, *entities.Diff) error{
		w.codes, w.erase, w.closeRows, w.origins, w.versions, w.aliases, w.links, w.states,
	}
	for _, step := range steps {
		if err := step(ctx, diff); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) codes(ctx context.Context, diff *entities.Diff) error {
	// Permuted codes come in no order, and a B-tree likes one.
	codes := plain(diff.Minted)
	slices.Sort(codes)
	err := w.conn.copyIn(ctx, "codes", []string{"code", "rev"}, len(codes), func(i int) ([]any, error) {
		return []any{codes[i], w.rev}, nil
	})
	if err != nil {
		return err
	}
	for kind, seq := range w.minted {
		if _, err := w.conn.exec(ctx, serialSetSQL, int64(kind), int64(seq.Next())); err != nil {
			return fmt.Errorf("give codes: %w", err)
		}
	}
	return nil
}

// erase deletes all rows of things, at every revision.
func (w *writer) erase(ctx context.Context, diff *entities.Diff) error {
	if len(diff.Erased) == 0 {
		return nil
	}
	codes := plain(diff.Erased)
	for _, text := range []string{ // refusals are found by aliases: they go first
		eraseRefusalsCountedSQL, eraseRefusalsSQL, eraseDiscrepanciesSQL, eraseVersionsSQL, eraseAliasesSQL, eraseLinksSQL,
	} {
		if _, err := w.conn.exec(ctx, text, codes); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	w.erased = true
	return nil
}

// scrub takes what was erased out of the pages.
func (s *Store) scrub(ctx context.Context) error {
	return s.read(ctx, func(c *conn) error {
		_, err := c.exec(ctx, eraseScrubSQL)
		return err
	})
}

func (w *writer) closeRows(ctx context.Context, diff *entities.Diff) error {
	for table, step := range [tables]struct {
		text string
		ids  []int64
	}{
		tableVersions: {versionsCloseSQL, diff.Versions.Close},
		tableAliases:  {aliasesCloseSQL, diff.Aliases.Close},
		tableLinks:    {linksCloseSQL, diff.Links.Close},
		tableStates:   {codeStatesCloseSQL, diff.States.Close},
	} {
		for ids := range slices.Chunk(step.ids, loadAtOnce) {
			codes := make([]int64, len(ids))
			for i, id := range ids {
				codes[i] = w.loaded[table][id]
			}
			closed, err := w.conn.exec(ctx, step.text, ids, codes, w.rev)
			if err != nil {
				return fmt.Errorf("close rows: %w", err)
			}
			// Rows of what is erased in the same batch are gone already.
			if int(closed) != len(ids) && !w.erased {
				return fmt.Errorf("close rows: %d of %d were there", closed, len(ids))
			}
		}
	}
	return nil
}

// origins learns the IDs that the versions need.
func (w *writer) origins(ctx context.Context, diff *entities.Diff) error {
	var all []entities.Origin
	seen := make(map[entities.Origin]bool)
	add := func(origin entities.Origin) {
		if !seen[origin] {
			seen[origin] = true
			all = append(all, origin)
		}
	}
	for i := range diff.Versions.Add {
		add(diff.Versions.Add[i].Origin)
		for _, apart := range diff.Versions.Add[i].Origins {
			add(apart.Origin)
		}
	}
	return w.store.names.learn(ctx, w.conn, all)
}

func (w *writer) versions(ctx context.Context, diff *entities.Diff) error {
	columns := []string{
		"code", "valid_from", "valid_to", "rev_from", "cause", "origin", "class", "attrs", "shape", "exact",
		"vertical_crs", "repair", "origins", "terms",
	}
	return w.conn.copyIn(ctx, "versions", columns, len(diff.Versions.Add), func(i int) ([]any, error) {
		e := &diff.Versions.Add[i]
		values, err := w.version(e)
		if err != nil {
			return nil, fmt.Errorf("version of %s: %w", e.Code, err)
		}
		return values, nil
	})
}

func (w *writer) version(e *entities.Entity) ([]any, error) {
	shape, exact, err := shapeColumns(e.Geometry)
	if err != nil {
		return nil, err
	}
	var terms any
	if found := e.SearchTerms(w.store.cfg.SearchFields(e.Kind())); len(found) > 0 {
		terms = found
	}
	return []any{
		int64(e.Code), int64(e.Valid.From), int64(e.Valid.To), w.rev, int64(e.Cause), w.store.names[e.Origin], e.Class,
		e.Attrs.AppendJSON(nil), shape, exact, textOrNull(e.Geometry.VerticalCRS), textOrNull(e.Geometry.Repair),
		w.attrOrigins(e.Origins), terms,
	}, nil
}

// shapeColumns returns the columns shape and exact.
func shapeColumns(g entities.Geometry) (shape, exact any, err error) {
	if g.IsZero() {
		return nil, nil, nil
	}
	ewkb, odd, err := toEWKB(g.WKB())
	if err != nil || !odd {
		return ewkb, nil, err
	}
	box, err := entities.BoundsOfWKB(g.WKB())
	if err != nil {
		return nil, nil, err
	}
	if ewkb, err = envelopeEWKB(box); err != nil {
		return nil, nil, err
	}
	return ewkb, g.WKB(), nil
}

// attrOrigins encodes the origins of attributes that come from elsewhere.
func (w *writer) attrOrigins(apart []entities.AttrOrigin) any {
	if len(apart) == 0 {
		return nil
	}
	attrs := make(entities.Attrs, len(apart))
	for i, o := range apart {
		attrs[i] = entities.Attr{Name: o.Name, Value: entities.Int(w.store.names[o.Origin])}
	}
	return attrs.AppendJSON(nil)
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (w *writer) aliases(ctx context.Context, diff *entities.Diff) error {
	columns := []string{"code", "valid_from", "valid_to", "rev_from", "scheme", "value", "mask", "source"}
	return w.conn.copyIn(ctx, "aliases", columns, len(diff.Aliases.Add), func(i int) ([]any, error) {
		r := &diff.Aliases.Add[i]
		return []any{int64(r.Code), int64(r.Valid.From), int64(r.Valid.To), w.rev, r.Scheme, r.Value, r.Mask, r.Source}, nil
	})
}

func (w *writer) links(ctx context.Context, diff *entities.Diff) error {
	columns := []string{
		"from_code", "to_code", "valid_from", "valid_to", "rev_from", "role", "share_num", "share_den", "level",
		"confidence", "source", "method",
	}
	return w.conn.copyIn(ctx, "links", columns, len(diff.Links.Add), func(i int) ([]any, error) {
		r := &diff.Links.Add[i]
		return []any{
			int64(r.From), int64(r.To), int64(r.Valid.From), int64(r.Valid.To), w.rev, r.Role, int64(r.Share.Num),
			int64(r.Share.Den), int64(r.Level), r.Confidence, r.Source, r.Method,
		}, nil
	})
}

func (w *writer) states(ctx context.Context, diff *entities.Diff) error {
	columns := []string{"code", "state", "reason", "same_as", "rev_from"}
	return w.conn.copyIn(ctx, "code_states", columns, len(diff.States.Add), func(i int) ([]any, error) {
		r := &diff.States.Add[i]
		return []any{int64(r.Code), int64(r.State), r.Reason, int64(r.SameAs), w.rev}, nil
	})
}
