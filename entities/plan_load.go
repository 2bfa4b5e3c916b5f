package entities

import (
	"context"
	"fmt"
	"sort"
)

func (p *planner) loadKeys(ctx context.Context, keys []Key) error {
	return fetch(ctx, keys, p.aliases, &p.order.aliases, p.load.Keys,
		func(a *Alias) Key { return a.Key })
}

func (p *planner) loadVersions(ctx context.Context, codes []Code) error {
	return fetch(ctx, codes, p.versions, &p.order.versions, func(ctx context.Context, missing []Code) ([]Stored[Entity], error) {
		rows, err := p.load.Versions(ctx, missing)
		sort.Slice(rows, func(i, j int) bool { return rows[i].Row.Valid.From < rows[j].Row.Valid.From })
		return rows, err
	}, func(e *Entity) Code { return e.Code })
}

func (p *planner) loadLinks(ctx context.Context, codes []Code) error {
	return fetch(ctx, codes, p.links, &p.order.links, p.load.LinksFrom,
		func(l *Link) Code { return l.From })
}

func (p *planner) loadStates(ctx context.Context, codes []Code) error {
	return fetch(ctx, codes, p.states, &p.order.states, p.load.States,
		func(s *CodeState) Code { return s.Code })
}

func (p *planner) loadIssued(ctx context.Context, codes []Code) error {
	var missing []Code
	for _, code := range codes {
		if _, known := p.issued[code]; !known && !p.minted[code] {
			missing = append(missing, code)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	issued, err := p.load.Issued(ctx, missing)
	if err != nil {
		return fmt.Errorf("load codes: %w", err)
	}
	for _, code := range missing {
		p.issued[code] = false
	}
	for _, code := range issued {
		p.issued[code] = true
	}
	return nil
}

// fetch loads the lanes that are not there yet.
func fetch[K comparable, T any](ctx context.Context, keys []K, lanes map[K]*lane[T], order *[]K,
	load func(context.Context, []K) ([]Stored[T], error), keyOf func(*T) K,
) error {
	var missing []K
	for _, k := range keys {
		if lanes[k] == nil {
			missing = append(missing, k)
		}
	}
	fresh := make([]lane[T], len(missing))
	for i, k := range missing {
		lanes[k] = &fresh[i]
	}
	*order = append(*order, missing...)
	if len(missing) == 0 {
		return nil
	}
	rows, err := load(ctx, missing)
	if err != nil {
		return fmt.Errorf("load rows: %w", err)
	}
	for _, row := range rows {
		lane := lanes[keyOf(&row.Row)]
		lane.loaded = append(lane.loaded, row)
		lane.now = append(lane.now, row.Row)
	}
	return nil
}

// laneOf returns the lane of a code: an empty one of a code that was minted in
// this batch, else as loaded.
func laneOf[T any](code Code, lanes map[Code]*lane[T], order *[]Code, minted map[Code]bool, load func() error) (*lane[T], error) {
	if l := lanes[code]; l != nil {
		return l, nil
	}
	if minted[code] {
		l := &lane[T]{}
		lanes[code] = l
		*order = append(*order, code)
		return l, nil
	}
	err := load()
	return lanes[code], err
}

func (p *planner) versionLane(ctx context.Context, code Code) (*lane[Entity], error) {
	return laneOf(code, p.versions, &p.order.versions, p.minted, func() error { return p.loadVersions(ctx, []Code{code}) })
}

func (p *planner) linkLane(ctx context.Context, code Code) (*lane[Link], error) {
	return laneOf(code, p.links, &p.order.links, p.minted, func() error { return p.loadLinks(ctx, []Code{code}) })
}

func (p *planner) aliasLane(ctx context.Context, key Key) (*lane[Alias], error) {
	if lane := p.aliases[key]; lane != nil {
		return lane, nil
	}
	err := p.loadKeys(ctx, []Key{key})
	return p.aliases[key], err
}

func (p *planner) stateLane(ctx context.Context, code Code) (*lane[CodeState], error) {
	return laneOf(code, p.states, &p.order.states, p.minted, func() error { return p.loadStates(ctx, []Code{code}) })
}
