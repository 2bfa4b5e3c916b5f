package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Mapping says how the records of a register's files become things. Make one
// with [LoadMapping] or [ParseMapping]; its fields are the keys of the mapping
// language, see docs/mapping.md.
type Mapping struct {
	Title       Title                `json:"title"`
	Source      string               `json:"source"`
	Document    *ValueSpec           `json:"document"`
	Collected   *TimeSpec            `json:"collected"`
	Kind        string               `json:"kind"`
	Class       *ConstSpec           `json:"class"`
	Zone        string               `json:"zone"`
	Null        []Text               `json:"null"`
	File        FileSpec             `json:"file"`
	Key         KeySpec              `json:"key"`
	CRS         CRSSpec              `json:"crs"`
	Geometry    *GeometrySpec        `json:"geometry"`
	Envelope    []float64            `json:"envelope"`
	Valid       ValidSpec            `json:"valid"`
	Mode        *ConstSpec           `json:"mode"`
	Whole       bool                 `json:"whole"`
	Fields      map[string]ValueSpec `json:"fields"`
	Aliases     []AliasSpec          `json:"aliases"`
	Links       []LinkSpec           `json:"links"`
	States      []StateSpec          `json:"states"`
	Responsible []string             `json:"responsible"`

	file   string // its path
	digest string // of the file and of what it includes
	prog   *program
}

// Title is a text in one or both languages.
type Title struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// UnmarshalJSON reads a text or an object.
func (t *Title) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		*t = Title{Zh: s, En: s}
		return err
	}
	type plain Title
	return json.Unmarshal(raw, (*plain)(t))
}

// Text is a scalar of the mapping as text: 01, true and "01" alike.
type Text string

// UnmarshalJSON reads text, a number or a boolean.
func (t *Text) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(t))
	}
	*t = Text(raw)
	return nil
}

// Texts are one text or several.
type Texts []string

// UnmarshalJSON reads a scalar or a list of them.
func (t *Texts) UnmarshalJSON(raw []byte) error {
	var list []Text
	if raw[0] != '[' {
		list = make([]Text, 1)
		if err := list[0].UnmarshalJSON(raw); err != nil {
			return err
		}
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	for _, s := range list {
		*t = append(*t, string(s))
	}
	return nil
}

// ColumnSpec says where a text of a record comes from.
type ColumnSpec struct {
	From       Texts            `json:"from"`
	Const      *Text            `json:"const"`
	Join       *string          `json:"join"`
	Path       []Text           `json:"path"`
	Null       []Text           `json:"null"`
	Trim       *bool            `json:"trim"`
	Fold       bool             `json:"fold"`
	Case       string           `json:"case"`
	Pad        *PadSpec         `json:"pad"`
	Values     map[string]*Text `json:"values"`
	ValuesFile *ValuesFile      `json:"values-file"`
	Else       *Text            `json:"else"`
	Default    *Text            `json:"default"`
}

// PadSpec fills short texts up.
type PadSpec struct {
	To   int    `json:"to"`
	With Text   `json:"with"`
	Side string `json:"side"`
}

// ValuesFile names a CSV file with a code list.
type ValuesFile struct {
	File  string `json:"file"`
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ValueSpec says where an attribute comes from and how it is converted.
type ValueSpec struct {
	ColumnSpec
	Unit     string   `json:"unit"`
	Factor   *float64 `json:"factor"`
	Offset   float64  `json:"offset"`
	Decimal  string   `json:"decimal"`
	Digits   *int     `json:"digits"`
	Date     Texts    `json:"date"`
	True     []Text   `json:"true"`
	False    []Text   `json:"false"`
	Empty    string   `json:"empty"`
	Required *bool    `json:"required"`
	OnError  string   `json:"on-error"`
}

// UnmarshalJSON reads a column's name or an object.
func (v *ValueSpec) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &v.From)
	}
	type plain ValueSpec
	return json.Unmarshal(raw, (*plain)(v))
}

// ConstSpec is a constant, or a value of the record.
type ConstSpec struct {
	ColumnSpec
}

// UnmarshalJSON reads a constant or an object.
func (v *ConstSpec) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		v.Const = new(Text)
		return v.Const.UnmarshalJSON(raw)
	}
	return json.Unmarshal(raw, &v.ColumnSpec)
}

// TimeSpec is a time for all records (At: run, always, a date or an instant), or
// one of the record.
type TimeSpec struct {
	At        string
	From      Texts   `json:"from"`
	Join      *string `json:"join"`
	Path      []Text  `json:"path"`
	Date      Texts   `json:"date"`
	Null      []Text  `json:"null"`
	Default   string  `json:"default"`
	Inclusive bool    `json:"inclusive"`
}

// UnmarshalJSON reads a time or an object.
func (t *TimeSpec) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &t.At)
	}
	type plain TimeSpec
	return json.Unmarshal(raw, (*plain)(t))
}

// ValidSpec is the valid time of a record.
type ValidSpec struct {
	From *TimeSpec `json:"from"`
	To   *TimeSpec `json:"to"`
}

// WhenSpec is the valid time of an alias or a link: always, record, or times.
type WhenSpec struct {
	Word string
	ValidSpec
}

// UnmarshalJSON reads a word or an object.
func (w *WhenSpec) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &w.Word)
	}
	return json.Unmarshal(raw, &w.ValidSpec)
}

// KeySpec is the record's own key.
type KeySpec struct {
	Scheme string `json:"scheme"`
	ColumnSpec
	Repeat string `json:"repeat"`
	Valid  string `json:"valid"`
	Mint   *bool  `json:"mint"`
}

// CRSSpec is the coordinate system of the file.
type CRSSpec struct {
	Name       string         `json:"name"`
	Axes       string         `json:"axes"`
	Vertical   string         `json:"vertical"`
	Plane      map[string]any `json:"plane"`
	Geocentric map[string]any `json:"geocentric"`
	Area       []float64      `json:"area"`
}

// UnmarshalJSON reads a name or an object.
func (c *CRSSpec) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &c.Name)
	}
	type plain CRSSpec
	return json.Unmarshal(raw, (*plain)(c))
}

// GeometrySpec says where the shape comes from.
type GeometrySpec struct {
	From     string `json:"from"`
	Lon      string `json:"lon"`
	Lat      string `json:"lat"`
	X        string `json:"x"`
	Y        string `json:"y"`
	Z        string `json:"z"`
	WKT      string `json:"wkt"`
	Decimal  string `json:"decimal"`
	Null     []Text `json:"null"`
	Required bool   `json:"required"`
	Repair   *bool  `json:"repair"`
	Empty    string `json:"empty"`
	OnError  string `json:"on-error"`
}

// UnmarshalJSON reads a word or an object.
func (g *GeometrySpec) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &g.From)
	}
	type plain GeometrySpec
	return json.Unmarshal(raw, (*plain)(g))
}

// AliasSpec is a further key of the thing.
type AliasSpec struct {
	Scheme string `json:"scheme"`
	ColumnSpec
	Split    string    `json:"split"`
	Valid    *WhenSpec `json:"valid"`
	Shared   bool      `json:"shared"`
	Single   bool      `json:"single"`
	Check    string    `json:"check"`
	Required bool      `json:"required"`
	OnError  string    `json:"on-error"`
}

// LinkSpec is a link by alias, by containment or to the nearest.
type LinkSpec struct {
	Role   string `json:"role"`
	Scheme string `json:"scheme"`
	ColumnSpec
	Split      string      `json:"split"`
	Prefix     int         `json:"prefix"`
	Within     *TargetKind `json:"within"`
	Nearest    *TargetKind `json:"nearest"`
	Share      string      `json:"share"`
	Add        bool        `json:"add"`
	Valid      *WhenSpec   `json:"valid"`
	Level      int         `json:"level"`
	Confidence *float64    `json:"confidence"`
	Empty      string      `json:"empty"`
	Required   bool        `json:"required"`
	OnMissing  string      `json:"on-missing"`
	OnMany     string      `json:"on-ambiguous"`
}

// TargetKind is what a link by place goes to.
type TargetKind struct {
	Kind   string  `json:"kind"`
	Class  Texts   `json:"class"`
	Metres float64 `json:"metres"`
}

// StateSpec is one of several states that a record tells.
type StateSpec struct {
	Valid  ValidSpec            `json:"valid"`
	Mode   string               `json:"mode"`
	Fields map[string]ValueSpec `json:"fields"`
}

// FileSpec says what the files are.
type FileSpec struct {
	Format    string           `json:"format"`
	Layer     string           `json:"layer"`
	Encoding  string           `json:"encoding"`
	Header    *bool            `json:"header"`
	Columns   []string         `json:"columns"`
	Delimiter string           `json:"delimiter"`
	Extent    string           `json:"extent"`
	AsOf      string           `json:"as-of"`
	Scope     *ScopeSpec       `json:"scope"`
	Operation *OperationSpec   `json:"operation"`
	Only      map[string]Texts `json:"only"`
}

// ScopeSpec says which things a full extract may end.
type ScopeSpec struct {
	Class      Texts            `json:"class"`
	Attributes map[string]Texts `json:"attributes"`
	Box        []float64        `json:"box"`
	Linked     *struct {
		Role   string `json:"role"`
		Scheme string `json:"scheme"`
		Value  Text   `json:"value"`
	} `json:"linked"`
}

// OperationSpec is the column of a delta that says what to do.
type OperationSpec struct {
	From   Texts             `json:"from"`
	Values map[string]string `json:"values"`
	Into   *TargetSpec       `json:"into"`
	Of     *TargetSpec       `json:"of"`
	Reason string            `json:"reason"`
}

// TargetSpec names other things by their keys.
type TargetSpec struct {
	Scheme string `json:"scheme"`
	ColumnSpec
	Split string `json:"split"`
}

// decodeStrict reads the JSON of a mapping that its schema has accepted.
func decodeStrict(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("read mapping: %w", err)
	}
	return nil
}
