package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/chengma/chengma/entities"
)

// request is one request on its way through its operation.
type request struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request   // its context also ends where the answer takes too long
	client context.Context // ends where the client goes
	limit  *time.Timer     // until the answer must have begun
	op     *operation
	access *Access
	keyed  bool   // a key was given
	token  string // the key, where it came in the path
	query  url.Values
	base   string // see origin
}

// param returns a query parameter, empty where it was not given.
func (q *request) param(name string) string {
	if q.query == nil {
		return ""
	}
	return q.query.Get(name)
}

// path returns a part of the path, unescaped.
func (q *request) path(name string) string {
	raw := chi.URLParam(q.r, name)
	if q.r.URL.RawPath == "" || !strings.Contains(raw, "%") {
		return raw
	}
	if text, err := url.PathUnescape(raw); err == nil {
		return text
	}
	return raw
}

// language is the one that the caller reads: zh or en.
func (q *request) language() string {
	return language(q.param("lang"), q.r.Header.Get("Accept-Language"))
}

// number reads a whole number within limits: below low is refused, above high is
// clamped (OGC API – Features Part 1, 7.15.2, permission 8).
func (q *request) number(name string, fallback, low, high int) (int, error) {
	text := q.param(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil && !strings.HasPrefix(text, "-") && isDigits(text) {
		return high, nil // too long for an int is over the maximum
	}
	if err != nil || n < low {
		return 0, refuse(probNumber, name,
			quote(text)+" is not a whole number from "+strconv.Itoa(low)+" on.",
			"“"+clip(text)+"”不是不小于 "+strconv.Itoa(low)+" 的整数。")
	}
	return min(n, high), nil
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// boolean reads true or false.
func (q *request) boolean(name string, fallback bool) (bool, error) {
	switch text := q.param(name); text {
	case "":
		return fallback, nil
	case "true", "false":
		return text == "true", nil
	default:
		p := refuse(probValue, name, quote(text)+" is neither true nor false.", "“"+clip(text)+"”既不是 true，也不是 false。")
		p.Suggestions = []string{"true", "false"}
		return false, p
	}
}

// address returns the absolute address of a path of the server. Path and query
// must be escaped already.
func (q *request) address(path string) string {
	if q.base == "" {
		q.base = q.s.cfg.PublicURL
		if q.base == "" {
			q.base = originOfRequest(q.r, !q.s.cfg.IgnoreForwarded).String()
		}
	}
	return q.base + path
}

// keyPath puts the key before a path where it came in the path, so that the
// addresses in an answer open as much as the answer did.
func (q *request) keyPath(path string) string {
	if q.token == "" {
		return q.address(path)
	}
	return q.address("/k/" + url.PathEscape(q.token) + path)
}

// self is the address of the request.
func (q *request) self() string {
	address := q.address(q.r.URL.EscapedPath())
	if q.r.URL.RawQuery != "" {
		address += "?" + q.r.URL.RawQuery
	}
	return address
}

// with is the address of the request with some query parameters changed; an empty
// value takes one away.
func (q *request) with(changes ...string) string {
	values := url.Values{}
	for name, v := range q.query {
		values[name] = v
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			values.Del(changes[i])
		} else {
			values.Set(changes[i], changes[i+1])
		}
	}
	address := q.address(q.r.URL.EscapedPath())
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address
}

// checkQuery refuses parameters that the operation does not know, and those of its
// own that are given twice. Operations with free parameters are asked for the
// further names.
func (q *request) checkQuery(further func(name string) bool) error {
	for _, name := range sortedKeys(q.query) {
		if known := q.op.param(name); known != nil {
			if err := known.check(q.query[name]); err != nil {
				return err
			}
			continue
		}
		if further != nil && further(name) {
			continue
		}
		p := refuse(probParameter, clip(name), quote(name)+" is no parameter of this resource.", "此资源没有参数“"+clip(name)+"”。")
		p.Suggestions = near(name, q.op.queryNames())
		if len(p.Suggestions) > 0 {
			p.Detail.En += " Did you mean " + strings.Join(p.Suggestions, " or ") + "?"
			p.Detail.Zh += "是否指 " + strings.Join(p.Suggestions, "、") + "？"
		}
		return p
	}
	return nil
}

func sortedKeys(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// splitList cuts a list with commas; blanks around the elements do not count.
func splitList(text string) []string {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// kindOf finds a kind that the caller may see something of. Kinds that are closed
// to the caller answer like kinds that are not there.
func (q *request) kindOf(name, parameter string) (entities.Kind, error) {
	kind, err := entities.ParseKind(name)
	if err == nil && q.access.Sees(kind) {
		return kind, nil
	}
	var names []string
	for _, k := range q.access.Kinds() {
		names = append(names, k.String())
	}
	p := refuse(probUnknownKind, parameter,
		quote(name)+" is none of "+strings.Join(names, ", ")+".",
		"“"+clip(name)+"”不在 "+strings.Join(names, "、")+" 之中。")
	p.Suggestions = near(name, names)
	return 0, p
}

// kindsOf reads a list of kinds; the empty list is every kind that the caller sees.
func (q *request) kindsOf(parameter string) ([]entities.Kind, error) {
	names := splitList(q.param(parameter))
	if len(names) == 0 {
		return q.access.Kinds(), nil
	}
	var kinds []entities.Kind
	for _, name := range names {
		kind, err := q.kindOf(name, parameter)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds, nil
}
