package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

func (p *program) getCommand() *cobra.Command {
	var at, cityFile string
	cmd := &cobra.Command{
		Use:   "get CODE|scheme:value",
		Short: "Print one thing: its state, attributes, aliases, links and history",
		Args:  exactly(1, "a code or an alias"),
		RunE: func(cmd *cobra.Command, args []string) error {
			city, err := readCity(cityFile)
			if err != nil {
				return err
			}
			instant, err := p.parseInstant(at, city.zone)
			if err != nil {
				return err
			}
			store, err := p.openStore(cmd.Context(), existing)
			if err != nil {
				return err
			}
			return errors.Join(p.get(cmd.Context(), store, question{args[0], instant, city}), store.Close())
		},
	}
	cmd.Flags().StringVar(&cityFile, "city", "", cityFlag)
	cmd.Flags().StringVar(&at, "datetime", "", "valid time, RFC 3339 or a date (default now)")
	return cmd
}

// parseInstant reads an instant, or the beginning of a day in the city.
func (p *program) parseInstant(text string, zone *time.Location) (entities.Instant, error) {
	if text == "" {
		return entities.InstantOf(p.now()), nil
	}
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil {
			return entities.InstantOf(t), nil
		}
	}
	return 0, usageError("--datetime %q is neither RFC 3339 nor YYYY-MM-DD", text)
}

// question is what get is asked: a code or an alias at an instant, in a city.
type question struct {
	name string
	at   entities.Instant
	city *city
}

// record is everything that is known of one thing.
type record struct {
	status  entities.Status
	aliases []entities.Alias
	out, in []entities.Link
	history []entities.Entity
	names   map[entities.Code]string // of the things linked to, as far as they are printed
}

func (p *program) get(ctx context.Context, store entities.Store, q question) error {
	head, err := store.Head(ctx)
	if err != nil {
		return err
	}
	reader := store.At(head)
	code, err := p.lookUp(ctx, store, reader, q)
	if err != nil {
		return err
	}
	r, err := readRecord(ctx, reader, code)
	if err != nil {
		return err
	}
	if p.json {
		return p.printRecordJSON(r, head)
	}
	if err := r.readNames(ctx, reader, q.at); err != nil {
		return err
	}
	return p.printRecord(r, q)
}

// lookUp finds the code that a text means: a code, or an alias.
func (p *program) lookUp(ctx context.Context, store entities.Store, reader entities.Reader, q question) (entities.Code, error) {
	city, code, err := entities.ParseCityCode(q.name)
	if err == nil && city != "" && q.city.Code != "" && city != q.city.Code {
		return 0, fmt.Errorf("%s is a code of the city %s; this is %s", q.name, city, q.city.Code)
	}
	if err == nil {
		return code, nil
	}
	scheme, value, found := strings.Cut(q.name, ":")
	if !found || scheme == "" || value == "" {
		return 0, usageError("%w; an alias is written scheme:value", err)
	}
	seal, err := sealer(ctx, store)
	if err != nil {
		return 0, err
	}
	if value, err = seal(scheme, value); err != nil {
		return 0, fmt.Errorf("%s: %w", scheme, err)
	}
	resolved, err := reader.Resolve(ctx, []entities.Key{{Scheme: scheme, Value: value}}, q.at)
	if err != nil {
		return 0, err
	}
	return resolved[0].Code()
}

func readRecord(ctx context.Context, reader entities.Reader, code entities.Code) (r record, err error) {
	if r.status, err = reader.Status(ctx, code); err != nil {
		return r, err
	}
	codes := []entities.Code{code}
	for alias, err := range reader.Aliases(ctx, entities.AliasQuery{Codes: codes}) {
		if err != nil {
			return r, err
		}
		r.aliases = append(r.aliases, alias)
	}
	for _, reverse := range []bool{false, true} {
		for link, err := range reader.Links(ctx, entities.LinkQuery{Codes: codes, Reverse: reverse}) {
			if err != nil {
				return r, err
			}
			if reverse {
				r.in = append(r.in, link)
			} else {
				r.out = append(r.out, link)
			}
		}
	}
	for version, err := range reader.History(ctx, entities.HistoryQuery{Codes: codes}) {
		if err != nil {
			return r, err
		}
		r.history = append(r.history, version)
	}
	return r, nil
}

// mostPrinted is how many links of one role and direction are printed; JSON has
// them all.
const mostPrinted = 40

// readNames finds what the things at the other ends of the printed links are called.
func (r *record) readNames(ctx context.Context, reader entities.Reader, at entities.Instant) error {
	r.names = map[entities.Code]string{}
	printed := map[string]int{}
	look := func(role string, code entities.Code) error {
		if printed[role]++; printed[role] > mostPrinted {
			return nil
		}
		e, err := reader.Get(ctx, code, at)
		switch {
		case err == nil:
			r.names[code] = nameOf(&e)
		case !errors.Is(err, entities.ErrNotFound) && !errors.Is(err, entities.ErrErased) && !errors.Is(err, entities.ErrNeverIssued):
			return err
		}
		return nil
	}
	var errs []error
	for _, l := range r.out {
		errs = append(errs, look("out "+l.Role, l.To))
	}
	for _, l := range r.in {
		errs = append(errs, look("in "+l.Role, l.From))
	}
	return errors.Join(errs...)
}

// nameOf is the first of the fields that people look a thing up by.
func nameOf(e *entities.Entity) string {
	for _, field := range searchFields(e.Kind()) {
		if v := e.Attrs.Get(field); v.Type() == entities.StringType && v.Text() != "" {
			return v.Text()
		}
	}
	return ""
}

func (p *program) printRecord(r record, q question) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	s := r.status
	name := ""
	for i := range r.history {
		if name == "" || r.history[i].Valid.Contains(q.at) {
			name = nameOf(&r.history[i])
		}
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Code.Display(), s.Code.Kind(), strings.TrimSpace(s.State.String()+" "+s.Reason), name)
	if s.SameAs != 0 {
		fmt.Fprintf(w, "same as\t%s\n", s.SameAs.Display())
	}
	for _, successor := range s.Successors {
		fmt.Fprintf(w, "replaced by\t%s\n", successor.Display())
	}
	zone := q.city.zone
	for _, a := range r.aliases {
		value := a.Value
		if a.Mask != "" {
			value = a.Mask
		}
		fmt.Fprintf(w, "alias\t%s:%s\t%s\n", a.Scheme, value, period(a.Valid, zone))
	}
	for i := range r.history {
		printVersion(w, &r.history[i], q)
	}
	r.printLinks(w, zone)
	return w.Flush()
}

func printVersion(w io.Writer, v *entities.Entity, q question) {
	mark := " "
	if v.Valid.Contains(q.at) {
		mark = "*"
	}
	fmt.Fprintf(w, "%s version\t%s\t%s\t%s\t%s\n", mark, period(v.Valid, q.city.zone), v.Class, v.Cause, v.Origin.Source)
	kind, _ := schemas.Default().Lookup(v.Kind().String())
	for _, attr := range v.Attrs {
		fmt.Fprintf(w, "\t  %s\t%s\n", attr.Name, readable(kind, attr))
	}
	if b, err := v.Geometry.Bounds(); err == nil && !b.Empty() {
		fmt.Fprintf(w, "\t  geometry\t%.6f %.6f – %.6f %.6f\n", b.West, b.South, b.East, b.North)
	}
}

// readable is a value with its unit, or what its code means.
func readable(kind *schemas.Kind, attr entities.Attr) string {
	text := attr.Value.Text()
	if kind == nil {
		return text
	}
	field, ok := kind.Field(attr.Name)
	switch {
	case !ok:
	case field.Unit != "" && field.Unit != "a": // nobody writes "1993 a"
		text += " " + field.Unit
	case field.CodeList != nil:
		if code, ok := field.CodeList.Lookup(text); ok {
			text += " (" + code.Title.Zh + ", " + code.Title.En + ")"
		}
	}
	return text
}

func (r *record) printLinks(w io.Writer, zone *time.Location) {
	var order []string
	lines := map[string][]string{}
	add := func(key, arrow string, l *entities.Link, far entities.Code) {
		if lines[key] == nil {
			order = append(order, key)
		}
		lines[key] = append(lines[key], fmt.Sprintf("link\t%s %s %s\t%s\t%s\t%s\n", l.Role, arrow, far.Display(), period(l.Valid, zone), l.Method, r.names[far]))
	}
	for i := range r.out {
		add("out "+r.out[i].Role, "→", &r.out[i], r.out[i].To)
	}
	for i := range r.in {
		add("in "+r.in[i].Role, "←", &r.in[i], r.in[i].From)
	}
	for _, key := range order {
		for _, line := range lines[key][:min(len(lines[key]), mostPrinted)] {
			_, _ = io.WriteString(w, line) // a tabwriter keeps its error for Flush
		}
		if more := len(lines[key]) - mostPrinted; more > 0 {
			fmt.Fprintf(w, "\t… and %d more %s; --json has them all\n", more, key)
		}
	}
}

// period prints an interval with days of the city where its ends are midnights.
func period(i entities.Interval, zone *time.Location) string {
	end := func(t entities.Instant) string {
		if !t.Bounded() {
			return "…"
		}
		local := t.Time().In(zone)
		if local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 && local.Nanosecond() == 0 {
			return local.Format(time.DateOnly)
		}
		return local.Format(time.RFC3339)
	}
	return end(i.From) + " – " + end(i.To)
}

func (p *program) printRecordJSON(r record, head entities.Revision) error {
	type interval struct {
		From *string `json:"from"`
		To   *string `json:"to"`
	}
	span := func(i entities.Interval) (out interval) {
		if i.From.Bounded() {
			s := i.From.String()
			out.From = &s
		}
		if i.To.Bounded() {
			s := i.To.String()
			out.To = &s
		}
		return out
	}
	doc := map[string]any{
		"code": r.status.Code, "kind": r.status.Code.Kind().String(), "state": r.status.State.String(),
		"reason": r.status.Reason, "successors": r.status.Successors, "revision": head,
	}
	var aliases, links, versions []map[string]any
	for _, a := range r.aliases {
		value := a.Value
		if a.Mask != "" {
			value = a.Mask
		}
		aliases = append(aliases, map[string]any{"scheme": a.Scheme, "value": value, "valid": span(a.Valid)})
	}
	for _, l := range append(r.out, r.in...) {
		links = append(links, map[string]any{"from": l.From, "role": l.Role, "to": l.To, "valid": span(l.Valid), "method": l.Method})
	}
	for i := range r.history {
		v := &r.history[i]
		versions = append(versions, map[string]any{
			"class": v.Class, "properties": json.RawMessage(v.Attrs.AppendJSON(nil)), "valid": span(v.Valid),
			"recorded": v.Recorded.From, "cause": v.Cause.String(), "source": v.Origin.Source,
		})
	}
	doc["aliases"], doc["links"], doc["versions"] = aliases, links, versions
	out := json.NewEncoder(p.out)
	out.SetEscapeHTML(false)
	return out.Encode(doc)
}
