package entities_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/chengma/chengma/entities"
)

func jsonValue(t *testing.T, raw string) entities.Value {
	t.Helper()
	v, err := entities.JSON([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestValues(t *testing.T) {
	tests := []struct {
		name  string
		value entities.Value
		json  string
	}{
		{"null", entities.Null, "null"},
		{"bool", entities.Bool(true), "true"},
		{"integer over 2^53", entities.Int(9007199254740993), "9007199254740993"},
		{"smallest integer", entities.Int(math.MinInt64), "-9223372036854775808"},
		{"whole float is an integer", entities.Float(3), "3"},
		{"float", entities.Float(1488.22045), "1488.22045"},
		{"text", entities.String("a\"\\\n\x01<城>"), `"a\"\\\n\u0001<城>"`},
		{"object is made canonical", jsonValue(t, `{ "b": 1.50, "a": [ {"d":2,"c":1} ] }`), `{"a":[{"c":1,"d":2}],"b":1.50}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.value.AppendJSON(nil)); got != tt.json {
				t.Errorf("got %s, want %s", got, tt.json)
			}
		})
	}
}

func TestUnsetIsNotNull(t *testing.T) {
	if entities.Unset == entities.Null || !entities.Unset.IsUnset() || entities.Unset.IsNull() || !entities.Null.IsNull() {
		t.Error("unset and null are not told apart")
	}
}

func TestPatched(t *testing.T) {
	base := entities.NewAttrs(entities.Attr{Name: "a", Value: entities.Int(1)}, entities.Attr{Name: "c", Value: entities.Int(3)})
	patch := entities.NewAttrs(
		entities.Attr{Name: "a", Value: entities.Unset},
		entities.Attr{Name: "b", Value: entities.Null},
		entities.Attr{Name: "c", Value: entities.Int(4)},
	)
	if got := string(base.Patched(patch).AppendJSON(nil)); got != `{"b":null,"c":4}` {
		t.Errorf("got %s", got)
	}
	if got := string(base.AppendJSON(nil)); got != `{"a":1,"c":3}` {
		t.Errorf("the patched attributes became %s", got)
	}
}

func anyValue() *rapid.Generator[entities.Value] {
	return rapid.Custom(func(t *rapid.T) entities.Value {
		switch rapid.IntRange(0, 4).Draw(t, "type") {
		case 0:
			return entities.Null
		case 1:
			return entities.Bool(rapid.Bool().Draw(t, "bool"))
		case 2:
			return entities.Int(rapid.Int64().Draw(t, "int"))
		case 3:
			return entities.Float(rapid.Float64Range(-1e300, 1e300).Draw(t, "float"))
		}
		return entities.String(rapid.String().Draw(t, "text"))
	})
}

func TestAttrsRoundTripThroughJSON(t *testing.T) {
	var decoder entities.AttrsDecoder
	rapid.Check(t, func(t *rapid.T) {
		var list []entities.Attr
		for _, name := range rapid.SliceOfDistinct(rapid.StringMatching(`[a-z_城]{1,8}`), rapid.ID).Draw(t, "names") {
			list = append(list, entities.Attr{Name: name, Value: anyValue().Draw(t, name)})
		}
		attrs := entities.NewAttrs(list...)
		raw := attrs.AppendJSON(nil)
		if !json.Valid(raw) {
			t.Fatalf("not JSON: %s", raw)
		}
		got, err := decoder.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(attrs) {
			t.Fatalf("%s came back as %s", raw, got.AppendJSON(nil))
		}
	})
}

func FuzzAttrsDecoder(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":[1,{"c":null}],"城":"码"}`))
	f.Add([]byte(`{"a":1e999}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var decoder entities.AttrsDecoder
		attrs, err := decoder.Decode(raw)
		if err != nil {
			if !errors.Is(err, entities.ErrInvalidValue) {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		for i := 1; i < len(attrs); i++ {
			if attrs[i-1].Name >= attrs[i].Name {
				t.Fatalf("%q: names are not sorted", raw)
			}
		}
	})
}

func TestJSON_RefusesWhatIsNoNumber(t *testing.T) {
	for _, number := range []string{"0", "-0", "10", "0.5", "-1.25e-7", "1E+3", "9007199254740993"} {
		if _, err := entities.JSON([]byte(`{"a":[` + number + `]}`)); err != nil {
			t.Errorf("%s inside: %v", number, err)
		}
		if _, err := entities.JSON([]byte(number)); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	for _, number := range []string{"nan", "-inf", "01", "-01", "1.", ".5", "-", "1e", "1e+", "--1", "1e5.5"} {
		if v, err := entities.JSON([]byte(`{"a":[` + number + `]}`)); err == nil {
			t.Errorf("%s inside is taken for %s", number, v.Text())
		}
		if v, err := entities.JSON([]byte(number)); err == nil {
			t.Errorf("%s is taken for %s", number, v.Text())
		}
	}
}
