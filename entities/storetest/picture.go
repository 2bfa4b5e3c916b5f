package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chengma/chengma/entities"
)

// picture writes all that a revision knows of things: versions, aliases, links
// and states. Two pictures are equal where the revisions say the same.
func (c *city) picture(rev entities.Revision, codes ...entities.Code) string {
	c.Helper()
	at := c.store.At(rev)
	var lines []string
	for i := range codes {
		of := codes[i : i+1]
		versions := collect(c, "history", at.History(c.ctx, entities.HistoryQuery{Codes: of}))
		lines = append(lines, codes[i].String()+": "+rows(versions))
		for _, a := range collect(c, "aliases", at.Aliases(c.ctx, entities.AliasQuery{Codes: of})) {
			lines = append(lines, fmt.Sprintf("  %s over %s mask %q by %q", a.Key, a.Valid, a.Mask, a.Source))
		}
		for _, l := range collect(c, "links", at.Links(c.ctx, entities.LinkQuery{Codes: of})) {
			lines = append(lines, "  "+linkText(&l))
		}
		status, err := at.Status(c.ctx, codes[i])
		if err != nil {
			lines = append(lines, "  "+stateOf(nil, err))
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s %q same as %d, successors %v", status.State, status.Reason, status.SameAs, status.Successors))
	}
	return strings.Join(lines, "\n")
}

func linkText(l *entities.Link) string {
	return fmt.Sprintf("%s %s %s over %s share %d/%d by %q %s level %d confidence %g",
		l.From, l.Role, l.To, l.Valid, l.Share.Num, l.Share.Den, l.Source, l.Method, l.Level, l.Confidence)
}

// aliasTexts and linkTexts write rows in an order of their own, so that answers
// compare whatever the order of rows that the contract does not order.
func aliasTexts(all []entities.Alias) []string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = fmt.Sprintf("%s names %s over %s mask %q by %q", a.Key, a.Code, a.Valid, a.Mask, a.Source)
	}
	slices.Sort(out)
	return out
}

func linkTexts(all []entities.Link) []string {
	out := make([]string, len(all))
	for i := range all {
		out[i] = linkText(&all[i])
	}
	slices.Sort(out)
	return out
}
