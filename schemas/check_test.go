package schemas_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chengma/chengma/schemas"
)

type record map[string]any

func (r record) get(name string) (any, bool) {
	v, ok := r[name]
	return v, ok
}

func (r record) with(name string, v any) record {
	out := record{name: v}
	for k, v := range r {
		if k != name {
			out[k] = v
		}
	}
	return out
}

func kind(t testing.TB, name string) *schemas.Kind {
	t.Helper()
	k, ok := schemas.Lookup(name)
	if !ok {
		t.Fatalf("no kind %q", name)
	}
	return k
}

// tower is a record with a value of every type.
var tower = record{
	"name": "福田大厦", "state": "in_use", "registration": "registered", "use": "office", "structure": "reinforced_concrete",
	"height": 103.4, "base_height": int64(0), "floors_above": int64(28), "floors_below": 3.0, "year_built": int64(1998),
	"completed_on": "1998-06-30", "heritage": false, "full_address": "福中路15号", "division_code": "440304",
	"hazard": json.RawMessage(`{"depth": 0.03}`), "remark": nil,
}

func TestCheck(t *testing.T) {
	sensor := record{"observes": json.RawMessage(`["water_level", "flow"]`)}
	school := record{"stages": json.RawMessage(`["primary"]`)}
	floor := record{"nominal_floor": "3A"}
	tests := []struct {
		name, kind, class string
		rec               record
		field, rule       string // empty: nothing is wrong
	}{
		{"whole record", "building", "natural", tower, "", ""},
		{"no field at all", "building", "natural", record{}, "", ""},
		{"unknown class", "building", "tower", tower, "class", schemas.RuleClass},
		{"no class", "building", "", tower, "class", schemas.RuleClass},
		{"mandatory field missing", "enterprise", "company", record{"status": "existing"}, "name", schemas.RuleRequired},
		{"mandatory field null", "enterprise", "company", record{"name": nil}, "name", schemas.RuleRequired},
		{"mandatory in this class only", "building", "floor", record{}, "nominal_floor", schemas.RuleRequired},
		{"and there", "building", "floor", floor, "", ""},
		{"field of another class", "building", "natural", tower.with("nominal_floor", "3A"), "nominal_floor", schemas.RuleForeign},
		{"null of another class", "building", "natural", tower.with("nominal_floor", nil), "", ""},
		{"tightened to mandatory", "land", "below", record{"z_bottom": -20.0, "vertical_datum": "local"}, "z_top", schemas.RuleRequired},
		{"not tightened", "land", "surface", record{"z_bottom": -20.0, "vertical_datum": "local"}, "", ""},
		{"field calls for another", "land", "surface", record{"z_bottom": -20.0}, "vertical_datum", schemas.RuleCondition},
		{"null calls for nothing", "land", "surface", record{"z_bottom": nil}, "", ""},
		{"class's field calls for another", "building", "floor", floor.with("z_top", 9.5), "vertical_datum", schemas.RuleCondition},
		{"value calls for another", "right", "ownership", record{"right_type": "lease", "co_ownership": "by_share", "share_numerator": int64(1)}, "share_denominator", schemas.RuleCondition},
		{"other value does not", "right", "ownership", record{"right_type": "lease", "co_ownership": "joint"}, "", ""},
		{"text for a number", "building", "natural", tower.with("height", "103.4"), "height", schemas.RuleType},
		{"number for text", "building", "natural", tower.with("name", int64(7)), "name", schemas.RuleType},
		{"text for a truth value", "building", "natural", tower.with("heritage", "no"), "heritage", schemas.RuleType},
		{"fraction for an integer", "building", "natural", tower.with("floors_above", 2.5), "floors_above", schemas.RuleType},
		{"not a number", "building", "natural", tower.with("height", math.NaN()), "height", schemas.RuleType},
		{"infinite", "building", "natural", tower.with("height", math.Inf(1)), "height", schemas.RuleType},
		{"another Go type", "building", "natural", tower.with("floors_above", 28), "floors_above", schemas.RuleType},
		{"array for an object", "building", "natural", tower.with("hazard", json.RawMessage(`[]`)), "hazard", schemas.RuleType},
		{"broken object", "building", "natural", tower.with("hazard", json.RawMessage(`{"a":`)), "hazard", schemas.RuleType},
		{"empty raw value", "building", "natural", tower.with("hazard", json.RawMessage(nil)), "hazard", schemas.RuleType},
		{"an object known to be JSON", "building", "natural", tower.with("hazard", schemas.JSON(`{"a":1}`)), "", ""},
		{"an array known to be JSON for an object", "building", "natural", tower.with("hazard", schemas.JSON(`[1]`)), "hazard", schemas.RuleType},
		{"blanks before an object", "building", "natural", tower.with("hazard", json.RawMessage(" \n{}")), "", ""},
		{"value not in the list", "building", "natural", tower.with("use", "Office"), "use", schemas.RuleCode},
		{"below the minimum", "building", "natural", tower.with("height", -0.1), "height", schemas.RuleMinimum},
		{"at the minimum", "building", "natural", tower.with("height", 0.0), "", ""},
		{"above the maximum", "building", "natural", tower.with("floors_above", int64(301)), "floors_above", schemas.RuleMaximum},
		{"integer over 2^53", "building", "natural", tower.with("floors_above", int64(math.MaxInt64)), "floors_above", schemas.RuleMaximum},
		{"empty name", "building", "natural", tower.with("name", ""), "name", schemas.RuleLength},
		{"200 characters of 3 bytes", "building", "natural", tower.with("name", strings.Repeat("楼", 200)), "", ""},
		{"201 characters", "building", "natural", tower.with("name", strings.Repeat("楼", 201)), "name", schemas.RuleLength},
		{"layout", "building", "natural", tower.with("division_code", "44 0304"), "division_code", schemas.RulePattern},
		{"day that does not exist", "building", "natural", tower.with("completed_on", "1998-02-29"), "completed_on", schemas.RuleFormat},
		{"date in another form", "building", "natural", tower.with("completed_on", "1998/06/30"), "completed_on", schemas.RuleFormat},
		{"date-time", "event", "works", record{"name": "x", "occurred_at": "2024-02-29T08:00:00.5+08:00"}, "", ""},
		{"date-time in small letters", "event", "works", record{"name": "x", "occurred_at": "2024-02-29t08:00:00z"}, "", ""},
		{"date-time without a zone", "event", "works", record{"name": "x", "occurred_at": "2024-02-29T08:00:00"}, "occurred_at", schemas.RuleFormat},
		{"hour of one digit", "event", "works", record{"name": "x", "occurred_at": "2024-02-29T8:00:00.00Z"}, "occurred_at", schemas.RuleFormat},
		{"comma before the fraction", "event", "works", record{"name": "x", "occurred_at": "2024-02-29T08:00:00,5Z"}, "occurred_at", schemas.RuleFormat},
		{"array of texts", "thing", "sensor", sensor, "", ""},
		{"array with a number", "thing", "sensor", sensor.with("observes", json.RawMessage(`["a", 1]`)), "observes", schemas.RuleArrayItems},
		{"array with another layout", "thing", "sensor", sensor.with("observes", json.RawMessage(`["Water"]`)), "observes", schemas.RuleArrayItems},
		{"array with null", "thing", "sensor", sensor.with("observes", json.RawMessage(`[null]`)), "observes", schemas.RuleArrayItems},
		{"broken array", "thing", "sensor", sensor.with("observes", json.RawMessage(`["a"`)), "observes", schemas.RuleType},
		{"array of a list", "thing", "school", school, "", ""},
		{"array outside of the list", "thing", "school", school.with("stages", json.RawMessage(`["nursery"]`)), "stages", schemas.RuleArrayItems},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := kind(t, tt.kind).Check(tt.class, tt.rec.get)
			if tt.rule == "" {
				if len(got) != 0 {
					t.Fatalf("violations %+v, want none", got)
				}
				return
			}
			if len(got) != 1 || got[0].Field != tt.field || got[0].Rule != tt.rule {
				t.Fatalf("violations %+v, want one of %s on %s", got, tt.rule, tt.field)
			}
			if v := got[0]; v.MessageZh == "" || v.MessageEn == "" || v.Want == "" {
				t.Errorf("violation %+v does not say everything", v)
			}
		})
	}
}

func TestCheckFindsEverythingWrong(t *testing.T) {
	got := kind(t, "building").Check("natural", tower.with("height", "tall").with("use", "x").with("year_built", int64(0)).get)
	var fields []string
	for _, v := range got {
		fields = append(fields, v.Field+" "+v.Rule)
	}
	slices.Sort(fields)
	if want := []string{"height type", "use code-list", "year_built minimum"}; !slices.Equal(fields, want) {
		t.Errorf("violations %v, want %v", fields, want)
	}
}

func TestCheckPatchMissesNothing(t *testing.T) {
	k := kind(t, "right")
	if got := k.CheckPatch("ownership", record{"co_ownership": "by_share"}.get); len(got) != 0 {
		t.Errorf("violations %+v, want none", got)
	}
	if got := k.CheckPatch("ownership", record{"co_ownership": "halves"}.get); len(got) != 1 || got[0].Rule != schemas.RuleCode {
		t.Errorf("violations %+v, want one of the code list", got)
	}
	if got := k.CheckPatch("theft", record{}.get); len(got) != 1 || got[0].Rule != schemas.RuleClass {
		t.Errorf("violations %+v, want one of the class", got)
	}
}

// A violation goes into quarantine, logs and answers; the value must not.
func TestViolationsDoNotShowTheValue(t *testing.T) {
	const secret = "11010519491231002X"
	k := kind(t, "person")
	for _, f := range k.FieldsOf("resident") {
		for _, v := range k.CheckPatch("resident", record{f.Name: secret}.get) {
			if strings.Contains(v.MessageZh+v.MessageEn+v.Want, secret) {
				t.Errorf("%s: %+v shows the value", f.Name, v)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	tests := []struct {
		name, kind, class string
		rec               record
		want              schemas.Violation
	}{
		{"short list", "building", "natural", record{"registration": "yes"}, schemas.Violation{
			Field: "registration", Rule: schemas.RuleCode, Want: "registered | unregistered | historical | illegal | temporary",
			MessageZh: "“登记情况”不在代码表中，应为：registered | unregistered | historical | illegal | temporary",
			MessageEn: "“Registration” is not in the code list; want: registered | unregistered | historical | illegal | temporary",
		}},
		{"long list", "land", "surface", record{"land_use": "1301"}, schemas.Violation{
			Field: "land_use", Rule: schemas.RuleCode, Want: "one of the 85 values of the code list land-use",
			MessageZh: "“实际用途”不在代码表中，应为：代码表“土地利用现状分类”的 85 个值之一",
			MessageEn: "“Land use” is not in the code list; want: one of the 85 values of the code list land-use",
		}},
		{"limits", "land", "surface", record{"green_ratio": 101.0}, schemas.Violation{
			Field: "green_ratio", Rule: schemas.RuleMaximum, Want: "number >= 0 <= 100",
			MessageZh: "“绿地率”大于上限，应为：数值 >= 0 <= 100", MessageEn: "“Green ratio” is more than allowed; want: number >= 0 <= 100",
		}},
		{"array", "thing", "sensor", record{"observes": json.RawMessage(`[1]`)}, schemas.Violation{
			Field: "observes", Rule: schemas.RuleArrayItems, Want: "JSON array of string like ^[a-z][a-z0-9_]*$",
			MessageZh: "“观测项”有不符合要求的元素，应为：JSON 数组，元素为 文本，格式 ^[a-z][a-z0-9_]*$",
			MessageEn: "“Observes” has an element that is not allowed; want: JSON array of string like ^[a-z][a-z0-9_]*$",
		}},
		{"lengths", "building", "natural", record{"name": ""}, schemas.Violation{
			Field: "name", Rule: schemas.RuleLength, Want: "string, length >= 1, length <= 200",
			MessageZh: "“名称”长度不符，应为：文本，字数 >= 1，字数 <= 200",
			MessageEn: "“Name” has another length; want: string, length >= 1, length <= 200",
		}},
		{"date", "building", "natural", record{"completed_on": "1998"}, schemas.Violation{
			Field: "completed_on", Rule: schemas.RuleFormat, Want: "date YYYY-MM-DD",
			MessageZh: "“竣工日期”格式不符，应为：日期 YYYY-MM-DD", MessageEn: "“Completed on” has another format; want: date YYYY-MM-DD",
		}},
		{"condition", "asset", "equipment", record{"name": "泵", "quantity": int64(2)}, schemas.Violation{
			Field: "quantity_unit", Rule: schemas.RuleCondition, Want: "string, length <= 20",
			MessageZh: "缺少“计量单位”（因“数量”而必填）", MessageEn: "“Unit of the quantity” is missing, which “Quantity” calls for",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := kind(t, tt.kind).Check(tt.class, tt.rec.get); len(got) != 1 || got[0] != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// A record that is right costs no memory.
func TestCheckAllocatesNothing(t *testing.T) {
	k := kind(t, "building")
	get := tower.get
	if n := testing.AllocsPerRun(100, func() { k.Check("natural", get) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkCheck(b *testing.B) {
	k := kind(b, "building")
	get := tower.get
	b.ReportAllocs()
	for b.Loop() {
		if v := k.Check("natural", get); v != nil {
			b.Fatal(v)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := schemas.Load(schemas.Files()); err != nil {
			b.Fatal(err)
		}
	}
}
