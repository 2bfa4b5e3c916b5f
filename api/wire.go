package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/schemas"
)

// link is a link as OGC API writes it.
type link struct {
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Href     string `json:"href"`
	Title    string `json:"title,omitempty"`
	Length   int    `json:"-"`
	Template bool   `json:"templated,omitempty"`
}

// instant is valid time as it stands in answers: RFC 3339 in UTC, null where open.
type instant entities.Instant

// MarshalJSON implements json.Marshaler.
func (i instant) MarshalJSON() ([]byte, error) {
	return appendInstant(nil, entities.Instant(i)), nil
}

func appendInstant(b []byte, i entities.Instant) []byte {
	if !i.Bounded() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = i.Time().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// span is recorded time as it stands in answers.
type span struct {
	From     entities.Revision  `json:"from"`
	To       *entities.Revision `json:"to"`
	FromTime *time.Time         `json:"fromTime"`
	ToTime   *time.Time         `json:"toTime"`
}

type validTime struct {
	From instant `json:"from"`
	To   instant `json:"to"`
}

func validOf(i entities.Interval) *validTime { return &validTime{instant(i.From), instant(i.To)} }

type wireOrigin struct {
	Source    *string `json:"source"`
	Collected instant `json:"collected"`
	Document  *string `json:"document"`
}

func originOf(o entities.Origin) *wireOrigin {
	return &wireOrigin{Source: orNull(o.Source), Collected: instant(o.Collected), Document: orNull(o.Document)}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// thing names a thing for people and programs.
type thing struct {
	Code       string        `json:"code"`
	Display    string        `json:"display"`
	Kind       string        `json:"kind"`
	KindTitle  *schemas.Text `json:"kindTitle,omitempty"`
	Class      string        `json:"class,omitempty"`
	ClassTitle *schemas.Text `json:"classTitle,omitempty"`
	Title      string        `json:"title,omitempty"`
}

// official is the alias that a thing is shown under.
type official struct {
	Scheme string       `json:"scheme"`
	Value  string       `json:"value"`
	Title  schemas.Text `json:"title"`
}

// wireAlias is an alias; a sensitive one has Mask in the place of Value.
type wireAlias struct {
	Scheme   string       `json:"scheme"`
	Title    schemas.Text `json:"title"`
	Value    string       `json:"value,omitempty"`
	Mask     string       `json:"mask,omitempty"`
	From     instant      `json:"from"`
	To       instant      `json:"to"`
	Recorded *span        `json:"recorded,omitempty"`
}

// label explains a property.
type label struct {
	Title schemas.Text  `json:"title"`
	Unit  *string       `json:"unit"`
	Value *schemas.Text `json:"value,omitempty"`
}

// marshal writes JSON without escaping <, > and &, which stand in addresses.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return b.Bytes(), nil
}
