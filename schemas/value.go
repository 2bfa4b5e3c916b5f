package schemas

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// fieldCheck is a field definition compiled for checking values.
type fieldCheck struct {
	field   *Field
	pattern *regexp.Regexp
	items   *regexp.Regexp
}

// compile prepares the checks of a field, whose pattern is known to be valid.
func compile(f *Field) fieldCheck {
	c := fieldCheck{field: f}
	if f.Pattern != "" {
		c.pattern = regexp.MustCompile(f.Pattern)
	}
	if f.Items != nil && f.Items.Pattern != "" {
		c.items = regexp.MustCompile(f.Items.Pattern)
	}
	return c
}

// run checks one value that is there.
func (c *fieldCheck) run(v any) (Violation, bool) {
	switch c.field.Type {
	case String:
		if s, ok := v.(string); ok {
			return c.text(s)
		}
	case Integer, Number:
		switch n := v.(type) {
		case int64:
			return c.number(float64(n))
		case float64:
			finite := !math.IsNaN(n) && !math.IsInf(n, 0)
			if finite && (c.field.Type == Number || n == math.Trunc(n)) {
				return c.number(n)
			}
		}
	case Boolean:
		if _, ok := v.(bool); ok {
			return Violation{}, false
		}
	case Object:
		switch raw := v.(type) {
		case JSON:
			if strings.HasPrefix(string(raw), "{") {
				return Violation{}, false
			}
		case json.RawMessage:
			if startsWith(raw, '{') {
				return Violation{}, false
			}
		}
	case Array:
		switch raw := v.(type) {
		case JSON:
			if strings.HasPrefix(string(raw), "[") {
				return c.array([]byte(raw))
			}
		case json.RawMessage:
			if startsWith(raw, '[') {
				return c.array(raw)
			}
		}
	}
	return c.bad(RuleType, "类型不符", "is of another type"), true
}

// startsWith says whether text is JSON whose first character is first.
func startsWith(text []byte, first byte) bool {
	for _, b := range text {
		switch b {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return b == first && json.Valid(text)
	}
	return false
}

func (c *fieldCheck) text(s string) (Violation, bool) {
	f := c.field
	if f.CodeList != nil {
		if _, ok := f.CodeList.byValue[s]; !ok {
			return c.bad(RuleCode, "不在代码表中", "is not in the code list"), true
		}
	}
	if f.MinLength != nil || f.MaxLength != nil {
		n := utf8.RuneCountInString(s)
		if f.MinLength != nil && n < *f.MinLength || f.MaxLength != nil && n > *f.MaxLength {
			return c.bad(RuleLength, "长度不符", "has another length"), true
		}
	}
	switch {
	case f.Format == "date" && !isDate(s), f.Format == "date-time" && !isDateTime(s):
		return c.bad(RuleFormat, "格式不符", "has another format"), true
	case c.pattern != nil && !c.pattern.MatchString(s):
		return c.bad(RulePattern, "格式不符", "has another layout"), true
	}
	return Violation{}, false
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isDateTime follows RFC 3339 section 5.6. The parser of the standard library
// also takes an hour of one digit and a comma before the fraction, and refuses
// lower-case letters.
func isDateTime(s string) bool {
	if len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || s[19] == ',' {
		return false
	}
	_, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	return err == nil
}

func (c *fieldCheck) number(n float64) (Violation, bool) {
	f := c.field
	switch {
	case f.Minimum != nil && n < *f.Minimum:
		return c.bad(RuleMinimum, "小于下限", "is less than allowed"), true
	case f.Maximum != nil && n > *f.Maximum:
		return c.bad(RuleMaximum, "大于上限", "is more than allowed"), true
	}
	return Violation{}, false
}

func (c *fieldCheck) array(raw json.RawMessage) (Violation, bool) {
	var values []any
	if err := json.Unmarshal(raw, &values); err != nil {
		return c.bad(RuleType, "类型不符", "is of another type"), true
	}
	for _, v := range values {
		if !c.item(v) {
			return c.bad(RuleArrayItems, "有不符合要求的元素", "has an element that is not allowed"), true
		}
	}
	return Violation{}, false
}

func (c *fieldCheck) item(v any) bool {
	it := c.field.Items
	switch v := v.(type) {
	case string:
		if it.Type != String || c.items != nil && !c.items.MatchString(v) {
			return false
		}
		if it.CodeList != nil {
			_, ok := it.CodeList.byValue[v]
			return ok
		}
		return true
	case float64:
		return it.Type == Number || it.Type == Integer && v == math.Trunc(v)
	case bool:
		return it.Type == Boolean
	}
	return false
}

func (c *fieldCheck) bad(rule, zh, en string) Violation {
	f := c.field
	want := f.describe()
	return Violation{
		Field: f.Name, Rule: rule, Want: want.En,
		MessageZh: "“" + f.Title.Zh + "”" + zh + "，应为：" + want.Zh,
		MessageEn: "“" + f.Title.En + "” " + en + "; want: " + want.En,
	}
}
