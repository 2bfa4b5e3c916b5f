package storetest

import (
	"fmt"
	"strings"

	"github.com/chengma/chengma/entities"
)

// describe writes acts for messages.
func describe(acts []entities.Act) string {
	const most = 8
	var b strings.Builder
	for i, act := range acts {
		if i == most {
			fmt.Fprintf(&b, " … and %d more", len(acts)-most)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(describeAct(act))
	}
	return b.String()
}

func describeAct(act entities.Act) string {
	mode := func(m entities.Mode) string { return [...]string{"change", "correct"}[m&1] }
	switch a := act.(type) {
	case *entities.Assert:
		s := fmt.Sprintf("%s %s over %s to {%s}", mode(a.Mode), a.Subject, a.Over, patchText(a.Patch))
		if len(a.Secondary) > 0 {
			s += " secondary {" + patchText(a.Secondary) + "}"
		}
		if a.Class != "" {
			s += " class " + a.Class
		}
		if a.Geometry != nil {
			s += fmt.Sprintf(" shape %x", a.Geometry.WKB())
		}
		if a.Whole {
			s += " whole"
		}
		return s + " by " + a.Origin.Source
	case *entities.End:
		return fmt.Sprintf("%s: end %s over %s", mode(a.Mode), a.Subject, a.Over)
	case *entities.ClaimAlias:
		return fmt.Sprintf("%s: %s names %s over %s (shared %t)", mode(a.Mode), a.Key, a.Subject, a.Over, a.Shared)
	case *entities.EndAlias:
		return fmt.Sprintf("%s: %s no longer names %s over %s", mode(a.Mode), a.Key, a.Subject, a.Over)
	case *entities.Relate:
		s := fmt.Sprintf("%s: %s %s over %s (add %t) by %s:", mode(a.Mode), a.From, a.Role, a.Over, a.Add, a.Source)
		for _, t := range a.To {
			s += " " + t.To.String()
		}
		return s
	}
	return fmt.Sprintf("%T%+v", act, act)
}

// patchText writes a patch; other than JSON it tells unset from null.
func patchText(attrs entities.Attrs) string {
	parts := make([]string, len(attrs))
	for i, a := range attrs {
		parts[i] = a.Name + ": " + a.Value.Text()
		if a.Value.IsUnset() {
			parts[i] = a.Name + ": unset"
		}
	}
	return strings.Join(parts, ", ")
}

func describeQuery(q *entities.Query) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	add("%v valid %s", q.Kinds, q.Valid)
	if len(q.Classes) > 0 {
		add("classes %v", q.Classes)
	}
	if len(q.Codes) > 0 {
		add("codes %v", q.Codes)
	}
	if q.Box != nil {
		add("box %v", *q.Box)
	}
	if q.Intersects != nil {
		add("intersects %v", q.Intersects.FlatCoords())
	}
	if q.Filter != nil {
		add("filter on %v", q.Filter.Properties())
	}
	if q.Linked != nil {
		add("linked %+v", *q.Linked)
	}
	if len(q.Order) > 0 {
		add("order %v", q.Order)
	}
	if q.After != nil {
		add("after %v", *q.After)
	}
	if q.Limit > 0 {
		add("limit %d", q.Limit)
	}
	return strings.Join(parts, ", ")
}
