package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/chengma/chengma/entities"
)

func (p *program) getCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "get CODE|scheme:value",
		Short: "Print one thing: its state, attributes, aliases, links and history",
		Args:  exactly(1, "a code or an alias"),
		RunE: func(cmd *cobra.Command, args []string) error {
			instant, err := p.parseInstant(at)
			if err != nil {
				return err
			}
			store, err := p.openStore(cmd.Context(), existing)
			if err != nil {
				return err
			}
			return errors.Join(p.get(cmd.Context(), store, args[0], instant), store.Close())
		},
	}
	cmd.Flags().StringVar(&at, "datetime", "", "valid time, RFC 3339 or a date (default now)")
	return cmd
}

func (p *program) parseInstant(text string) (entities.Instant, error) {
	if text == "" {
		return entities.InstantOf(p.now()), nil
	}
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return entities.InstantOf(t), nil
		}
	}
	return 0, usageError("--datetime %q is neither RFC 3339 nor YYYY-MM-DD", text)
}

// record is everything that is known of one thing.
type record struct {
	status  entities.Status
	aliases []entities.Alias
	out, in []entities.Link
	history []entities.Entity
}

func (p *program) get(ctx context.Context, store entities.Store, name string, at entities.Instant) error {
	head, err := store.Head(ctx)
	if err != nil {
		return err
	}
	reader := store.At(head)
	code, err := p.lookUp(ctx, store, reader, name, at)
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
	return p.printRecord(r, at)
}

// lookUp finds the code that a text means: a code, or an alias.
func (p *program) lookUp(ctx context.Context, store entities.Store, reader entities.Reader, name string, at entities.Instant) (entities.Code, error) {
	_, code, err := entities.ParseCityCode(name)
	if err == nil {
		return code, nil
	}
	scheme, value, found := strings.Cut(name, ":")
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
	resolved, err := reader.Resolve(ctx, []entities.Key{{Scheme: scheme, Value: value}}, at)
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

func (p *program) printRecord(r record, at entities.Instant) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	s := r.status
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Code.Display(), s.Code.Kind(), s.State, s.Reason)
	if s.SameAs != 0 {
		fmt.Fprintf(w, "same as\t%s\n", s.SameAs.Display())
	}
	for _, successor := range s.Successors {
		fmt.Fprintf(w, "replaced by\t%s\n", successor.Display())
	}
	for _, a := range r.aliases {
		value := a.Value
		if a.Mask != "" {
			value = a.Mask
		}
		fmt.Fprintf(w, "alias\t%s:%s\t%s\n", a.Scheme, value, period(a.Valid))
	}
	for i := range r.history {
		v := &r.history[i]
		mark := " "
		if v.Valid.Contains(at) {
			mark = "*"
		}
		fmt.Fprintf(w, "%s version\t%s\t%s\t%s\t%s\n", mark, period(v.Valid), v.Class, v.Cause, v.Origin.Source)
		for _, attr := range v.Attrs {
			fmt.Fprintf(w, "\t  %s\t%s\n", attr.Name, attr.Value.Text())
		}
	}
	for _, l := range r.out {
		fmt.Fprintf(w, "link\t%s → %s\t%s\t%s\n", l.Role, l.To.Display(), period(l.Valid), l.Method)
	}
	for _, l := range r.in {
		fmt.Fprintf(w, "link\t%s ← %s\t%s\t%s\n", l.Role, l.From.Display(), period(l.Valid), l.Method)
	}
	return w.Flush()
}

// period prints an interval with local days where its ends are midnights.
func period(i entities.Interval) string {
	end := func(t entities.Instant) string {
		if !t.Bounded() {
			return "…"
		}
		local := t.Time().Local()
		if local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 && local.Nanosecond() == 0 {
			return local.Format(time.DateOnly)
		}
		return local.Format(time.RFC3339)
	}
	return end(i.From) + " – " + end(i.To)
}

func (p *program) printRecordJSON(r record, head entities.Revision) error {
	type interval struct{ From, To *string }
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
