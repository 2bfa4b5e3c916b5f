package storetest

import (
	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

// act draws one act about a handful of things, keys, attributes and instants.
// The sources keep to the attributes that they answer for, but for what they say
// beside (Secondary).
func (d *duel) act(t *rapid.T) entities.Act {
	subject := d.ref(t)
	over := drawOver(t)
	mode := rapid.SampledFrom([]entities.Mode{entities.Change, entities.Change, entities.Correction}).Draw(t, "mode")
	switch rapid.SampledFrom(duelActs).Draw(t, "act") {
	case "end":
		e := &entities.End{Subject: subject, Over: over, Mode: mode, Origin: entities.Origin{Source: "s1"}}
		if over.To == entities.Forever && over.From != entities.Beginning && rapid.Bool().Draw(t, "into") {
			e.Into = []entities.Ref{d.ref(t)}
		}
		return e
	case "claim":
		return &entities.ClaimAlias{
			Key: drawKey(t), Subject: subject, Over: over, Mode: mode, Shared: rapid.Bool().Draw(t, "shared"), Source: "s1",
		}
	case "endalias":
		a := &entities.EndAlias{Key: drawKey(t), Over: over, Mode: mode}
		if rapid.Bool().Draw(t, "of one") {
			a.Subject = subject
		}
		return a
	case "relate":
		r := &entities.Relate{
			From: subject, Role: "on", Over: over, Mode: mode, Add: rapid.Bool().Draw(t, "add"),
			Source: rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "source"),
		}
		level := rapid.IntRange(0, 1).Draw(t, "level") // one for all: two may turn out to be one thing
		for range rapid.IntRange(0, 2).Draw(t, "targets") {
			r.To = append(r.To, entities.Target{To: d.ref(t), Confidence: 1, Level: level})
		}
		return r
	case "same":
		return &entities.SameAs{Duplicate: subject, Of: d.ref(t), Reason: "r"}
	case "undo":
		return &entities.UndoSameAs{Duplicate: subject}
	case "mark":
		return &entities.Mark{
			Subject: subject, Kind: entities.Building, Reason: "r",
			State: rapid.SampledFrom([]entities.State{entities.Reserved, entities.Frozen, entities.Active, entities.Active}).Draw(t, "state"),
		}
	case "erase":
		return &entities.Erase{Subject: subject, Reason: "r"}
	case "restore":
		return &entities.Restore{Subject: subject, To: entities.Revision(rapid.IntRange(0, int(d.model.head())).Draw(t, "to"))}
	}
	return d.assert(t, subject, over, mode)
}

var duelActs = []string{
	"assert", "assert", "assert", "assert", "assert", "assert", "assert", "assert", "end", "end",
	"claim", "endalias", "relate", "relate", "same", "undo", "mark", "restore", "erase",
}

func (d *duel) assert(t *rapid.T, subject entities.Ref, over entities.Interval, mode entities.Mode) entities.Act {
	a := &entities.Assert{
		Subject: subject, Kind: entities.Building, Over: over, Mode: mode,
		Origin: entities.Origin{Source: rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "source")},
		Whole:  rapid.IntRange(0, 3).Draw(t, "whole") == 0,
	}
	own, others := []string{"v", "w"}, []string{"x"}
	if a.Origin.Source == "s2" {
		own, others = others, own
	}
	a.Patch = drawAttrs(t, own, true)
	if rapid.IntRange(0, 2).Draw(t, "secondary") == 0 {
		a.Secondary = drawAttrs(t, others, false)
	}
	if rapid.IntRange(0, 4).Draw(t, "class") == 0 {
		a.Class = rapid.SampledFrom([]string{"tower", "shed"}).Draw(t, "of class")
	}
	if rapid.IntRange(0, 4).Draw(t, "shape") == 0 {
		g := rapid.SampledFrom([]entities.Geometry{{}, mustShape("POINT (1 2)"), mustShape("POINT (3 4)")}).Draw(t, "geometry")
		a.Geometry = &g
	}
	return a
}

func drawAttrs(t *rapid.T, names []string, removable bool) entities.Attrs {
	var out []entities.Attr
	for _, name := range names {
		n := rapid.IntRange(0, 5).Draw(t, name)
		switch {
		case n < 3:
			out = append(out, entities.Attr{Name: name, Value: entities.Int(int64(n))})
		case n == 3:
			out = append(out, entities.Attr{Name: name, Value: entities.Null})
		case n == 4 && removable:
			out = append(out, entities.Attr{Name: name, Value: entities.Unset})
		}
	}
	return entities.NewAttrs(out...)
}

func (d *duel) ref(t *rapid.T) entities.Ref {
	if len(d.codes) > 0 && rapid.IntRange(0, 3).Draw(t, "by code") == 0 {
		return entities.ByCode(rapid.SampledFrom(d.codes).Draw(t, "code"))
	}
	return entities.ByKey("k", rapid.SampledFrom(duelNames).Draw(t, "name"))
}

func drawKey(t *rapid.T) entities.Key {
	return key(rapid.SampledFrom(duelNames).Draw(t, "key"))
}

func drawOver(t *rapid.T) entities.Interval {
	i := rapid.IntRange(0, len(duelYears)-1).Draw(t, "from")
	j := rapid.IntRange(i+1, len(duelYears)+2).Draw(t, "to")
	over := since(duelYears[i])
	if j < len(duelYears) {
		over.To = year(duelYears[j])
	}
	if i == 0 && rapid.IntRange(0, 3).Draw(t, "ever") == 0 {
		over.From = entities.Beginning
	}
	return over
}
