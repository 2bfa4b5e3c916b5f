package schemas_test

import (
	"encoding/json"
	"fmt"

	"github.com/chengma/chengma/schemas"
)

func ExampleKind_Check() {
	building, _ := schemas.Lookup("B")
	rec := map[string]any{"name": "福田大厦", "height": "103 m", "registration": "registered"}
	for _, v := range building.Check("natural", func(name string) (any, bool) { v, ok := rec[name]; return v, ok }) {
		fmt.Println(v.Field, v.Rule, v.Want)
		fmt.Println(v.MessageZh)
		fmt.Println(v.MessageEn)
	}
	// Output:
	// height type number >= 0
	// “高度”类型不符，应为：数值 >= 0
	// “Height” is of another type; want: number >= 0
}

func ExampleKind_JSONSchema() {
	district, _ := schemas.Lookup("district")
	text, err := district.JSONSchema(schemas.View{Lang: "en", ID: "https://example.org/collections/district/schema"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var s struct {
		Title      string
		Properties map[string]struct{ Title, Type string }
	}
	if err := json.Unmarshal(text, &s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Title, s.Properties["population"])
	// Output: District {Population integer}
}
