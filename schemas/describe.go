package schemas

import (
	"fmt"
	"strconv"
	"strings"
)

var typeNames = map[Type]Text{
	String:  {Zh: "文本", En: "string"},
	Integer: {Zh: "整数", En: "integer"},
	Number:  {Zh: "数值", En: "number"},
	Boolean: {Zh: "真或假", En: "true or false"},
	Object:  {Zh: "JSON 对象", En: "JSON object"},
	Array:   {Zh: "JSON 数组", En: "JSON array"},
}

var formatNames = map[string]Text{
	"date":      {Zh: "日期 YYYY-MM-DD", En: "date YYYY-MM-DD"},
	"date-time": {Zh: "带时区的时间（RFC 3339）", En: "time with its zone (RFC 3339)"},
}

// describe says in a few words which values a field takes.
func (f *Field) describe() Text {
	if f.CodeList != nil {
		return f.CodeList.describe()
	}
	what := typeNames[f.Type]
	if name, ok := formatNames[f.Format]; ok {
		what = name
	}
	if f.Items != nil {
		of := typeNames[f.Items.Type]
		if f.Items.CodeList != nil {
			of = f.Items.CodeList.describe()
		}
		what = what.and("，元素为 "+of.Zh, " of "+of.En)
		what = what.layout(f.Items.Pattern)
	}
	if f.Minimum != nil {
		what = what.both(" >= " + strconv.FormatFloat(*f.Minimum, 'f', -1, 64))
	}
	if f.Maximum != nil {
		what = what.both(" <= " + strconv.FormatFloat(*f.Maximum, 'f', -1, 64))
	}
	if f.MinLength != nil {
		what = what.and(fmt.Sprintf("，字数 >= %d", *f.MinLength), fmt.Sprintf(", length >= %d", *f.MinLength))
	}
	if f.MaxLength != nil {
		what = what.and(fmt.Sprintf("，字数 <= %d", *f.MaxLength), fmt.Sprintf(", length <= %d", *f.MaxLength))
	}
	return what.layout(f.Pattern)
}

func (t Text) and(zh, en string) Text { return Text{Zh: t.Zh + zh, En: t.En + en} }

func (t Text) both(s string) Text { return t.and(s, s) }

func (t Text) layout(pattern string) Text {
	if pattern == "" {
		return t
	}
	return t.and("，格式 "+pattern, " like "+pattern)
}

// describe lists a short code list and counts a long one.
func (l *CodeList) describe() Text {
	const most = 12
	if len(l.Codes) > most {
		return Text{
			Zh: fmt.Sprintf("代码表“%s”的 %d 个值之一", l.Title.Zh, len(l.Codes)),
			En: fmt.Sprintf("one of the %d values of the code list %s", len(l.Codes), l.Name),
		}
	}
	values := make([]string, len(l.Codes))
	for i, c := range l.Codes {
		values[i] = c.Value
	}
	return Text{}.both(strings.Join(values, " | "))
}
