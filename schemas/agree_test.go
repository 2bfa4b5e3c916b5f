package schemas_test

import (
	"encoding/json"
	"maps"
	"math"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/chengma/chengma/schemas"
)

// The records that Check lets pass are those that an independent validator
// lets pass by the same files: the record without its nulls, with its class.
func TestCheckAgreesWithAValidator(t *testing.T) {
	c := newCompiler(t)
	for _, k := range schemas.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			schema, err := c.Compile(base + "kinds/" + k.Name + ".schema.json")
			if err != nil {
				t.Fatal(err)
			}
			passed, refused := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				class, rec := drawRecord(t, k)
				got := k.Check(class, rec.get)
				want := validate(t, schema, class, rec)
				if (len(got) == 0) != (want == nil) {
					t.Fatalf("%s %v\nCheck: %+v\nvalidator: %v", class, rec, got, want)
				}
				if want == nil {
					passed++
				} else {
					refused++
				}
			})
			t.Logf("%d records passed, %d refused", passed, refused)
			if passed == 0 || refused == 0 {
				t.Errorf("%d records passed, %d refused; the test needs both", passed, refused)
			}
		})
	}
}

func validate(t *rapid.T, schema *jsonschema.Schema, class string, rec record) error {
	doc := maps.Clone(rec)
	if doc == nil {
		doc = record{}
	}
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	doc["class"] = class
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v)
}

// drawRecord draws a record that is right in every field that it has, and in
// half of the cases puts one wrong thing into it.
func drawRecord(t *rapid.T, k *schemas.Kind) (string, record) {
	class := rapid.SampledFrom(k.Classes).Draw(t, "class")
	rec := record{}
	for _, f := range class.Fields {
		chance := rapid.IntRange(0, 9).Draw(t, "chance of "+f.Name)
		if f.Constraint == schemas.Optional && chance > 3 || chance > 8 {
			continue
		}
		if chance == 0 && f.Constraint == schemas.Optional {
			rec[f.Name] = nil
			continue
		}
		rec[f.Name] = drawGood(t, f)
	}
	name := class.Name
	switch rapid.IntRange(0, 7).Draw(t, "fault") {
	case 0:
		name = rapid.SampledFrom([]string{"", "x", "Natural"}).Draw(t, "other class")
	case 1, 2, 3:
		f := rapid.SampledFrom(k.Fields).Draw(t, "field at fault")
		rec[f.Name] = drawAny(t, f)
	}
	return name, rec
}

func drawGood(t *rapid.T, f *schemas.Field) any {
	switch f.Type {
	case schemas.Boolean:
		return rapid.Bool().Draw(t, f.Name)
	case schemas.Integer, schemas.Number:
		low, high := bounds(f)
		n := rapid.Int64Range(int64(low), int64(high)).Draw(t, f.Name)
		if rapid.Bool().Draw(t, "as float") {
			return float64(n)
		}
		return n
	case schemas.Object:
		return json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"a": [1, {"b": null}]}`}).Draw(t, f.Name))
	case schemas.Array:
		items := []string{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			if f.Items.CodeList != nil {
				items = append(items, drawCode(t, f.Items.CodeList))
			} else {
				items = append(items, rapid.StringMatching(f.Items.Pattern).Draw(t, f.Name))
			}
		}
		text, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		return json.RawMessage(text)
	}
	return drawText(t, f)
}

func drawText(t *rapid.T, f *schemas.Field) string {
	switch {
	case f.CodeList != nil:
		return drawCode(t, f.CodeList)
	case f.Format == "date":
		return rapid.SampledFrom([]string{"1949-10-01", "2024-02-29", "0001-01-01", "9999-12-31"}).Draw(t, f.Name)
	case f.Format == "date-time":
		return rapid.SampledFrom([]string{"2024-02-29T00:00:00Z", "1998-06-30T23:59:59.123+08:00", "2024-01-01t00:00:00z"}).Draw(t, f.Name)
	case f.Pattern != "":
		return rapid.StringMatching(f.Pattern).Draw(t, f.Name)
	}
	low, high := 0, 40
	if f.MinLength != nil {
		low = *f.MinLength
	}
	if f.MaxLength != nil {
		high = min(high, *f.MaxLength)
	}
	return rapid.StringN(low, high, -1).Draw(t, f.Name)
}

func drawCode(t *rapid.T, l *schemas.CodeList) string {
	return rapid.SampledFrom(l.Codes).Draw(t, "code").Value
}

func bounds(f *schemas.Field) (low, high float64) {
	low, high = -1000, 1e6
	if f.Minimum != nil {
		low = math.Ceil(*f.Minimum)
	}
	if f.Maximum != nil {
		high = math.Floor(*f.Maximum)
	}
	return low, high
}

// drawAny draws a value that is mostly wrong, near the limits of what is right.
func drawAny(t *rapid.T, f *schemas.Field) any {
	low, high := bounds(f)
	length := 1
	if f.MaxLength != nil {
		length = *f.MaxLength
	}
	options := []*rapid.Generator[any]{
		rapid.SampledFrom([]any{nil, true, int64(0), 0.5, "", json.RawMessage(`{}`), json.RawMessage(`[]`), json.RawMessage(`["x", 1]`)}),
		rapid.SampledFrom([]any{low, high, low - 1, high + 1, int64(low) - 1, int64(high) + 1, math.Nextafter(high, math.Inf(1))}),
		rapid.SampledFrom([]any{"2023-02-29", "2024-2-9", "2024-02-29T24:00:00Z", "2024-02-29T08:00:00", "2024-02-29T08:00:00+0800", "2024-02-29T08:00:00,5Z", "2024-02-29T08:00:00.Z"}),
		rapid.Map(rapid.StringN(length, length, -1), func(s string) any { return s }),
		rapid.Map(rapid.StringN(length+1, length+1, -1), func(s string) any { return s }),
		rapid.Map(rapid.StringMatching(`[0-9A-Z-]{0,12}`), func(s string) any { return s }),
		rapid.Map(rapid.Float64Range(-1e9, 1e9), func(x float64) any { return x }),
	}
	return rapid.OneOf(options...).Draw(t, "value at fault")
}
