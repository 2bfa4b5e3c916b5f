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
		if _, known := p.issued[code]; !known {
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
			lanes[k] = &lane[T]{}
			*order = append(*order, k)
			missing = append(missing, k)
		}
	}
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

func (p *planner) versionLane(ctx context.Context, code Code) (*lane[Entity], error) {
	if lane := p.versions[code]; lane != nil {
		return lane, nil
	}
	err := p.loadVersions(ctx, []Code{code})
	return p.versions[code], err
}

func (p *planner) linkLane(ctx context.Context, code Code) (*lane[Link], error) {
	if lane := p.links[code]; lane != nil {
		return lane, nil
	}
	err := p.loadLinks(ctx, []Code{code})
	return p.links[code], err
}

func (p *planner) aliasLane(ctx context.Context, key Key) (*lane[Alias], error) {
	if lane := p.aliases[key]; lane != nil {
		return lane, nil
	}
	err := p.loadKeys(ctx, []Key{key})
	return p.aliases[key], err
}

func (p *planner) stateLane(ctx context.Context, code Code) (*lane[CodeState], error) {
	if lane := p.states[code]; lane != nil {
		return lane, nil
	}
	err := p.loadStates(ctx, []Code{code})
	return p.states[code], err
}
