package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/internal/codes"
	"github.com/chengma/chengma/schemas"
)

// resolveRequest is the body of POST /entities/resolve.
type resolveRequest struct {
	Refs     []resolveRef `json:"refs"`
	Datetime string       `json:"datetime"`
	KnownAt  resolveRev   `json:"known-at"`
}

// resolveRev is a known-at: a number, a text, or null for the newest.
type resolveRev string

// UnmarshalJSON implements json.Unmarshaler.
func (r *resolveRev) UnmarshalJSON(raw []byte) error {
	switch {
	case string(raw) == "null":
		return nil
	case raw[0] == '"':
		return json.Unmarshal(raw, (*string)(r))
	}
	*r = resolveRev(raw)
	return nil
}

// resolveRef is a text (a code or scheme:value) or an object with both parts.
type resolveRef struct {
	text          string
	scheme, value string
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *resolveRef) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &r.text)
	}
	var parts struct {
		Code   string `json:"code"`
		Scheme string `json:"scheme"`
		Value  string `json:"value"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&parts); err != nil {
		return errors.New("a ref is a text, or an object with code, or with scheme and value")
	}
	r.text, r.scheme, r.value = parts.Code, parts.Scheme, parts.Value
	return nil
}

type resolveResult struct {
	Ref        int          `json:"ref"`
	Code       string       `json:"code,omitempty"`
	Display    string       `json:"display,omitempty"`
	Kind       string       `json:"kind,omitempty"`
	State      string       `json:"state,omitempty"`
	Stale      *bool        `json:"stale,omitempty"`
	Candidates []string     `json:"candidates,omitempty"`
	Problem    *wireProblem `json:"problem,omitempty"`
}

type resolveDocument struct {
	Results  []resolveResult   `json:"results"`
	Resolved int               `json:"resolved"`
	Revision entities.Revision `json:"revision"`
	Datetime instant           `json:"datetime"`
}

// resolve looks thousands of codes and aliases up in one call. Each gets its own
// result; one that fails does not fail the others.
func resolve(q *request) error {
	body, err := q.readResolve()
	if err != nil {
		return err
	}
	if isInterval(body.Datetime) {
		return refuse(probDatetime, "datetime", "This resource takes an instant or a date, not an interval.", "此资源只接受时刻或日期，不接受区间。")
	}
	v, err := q.viewAt(body.Datetime, string(body.KnownAt))
	if err != nil {
		return err
	}
	doc := resolveDocument{Results: make([]resolveResult, len(body.Refs)), Revision: v.rev, Datetime: instant(v.at())}
	var keys []entities.Key
	var places []int
	for i, ref := range body.Refs {
		doc.Results[i].Ref = i
		code, key, err := q.refOf(ref)
		switch {
		case err != nil:
			doc.Results[i].Problem = q.problemDocument(problemOf(err))
		case code != 0:
			if err := q.resolveCode(v, code, &doc.Results[i]); err != nil {
				return err
			}
		default:
			keys, places = append(keys, key), append(places, i)
		}
	}
	found, err := q.resolveKeys(v, keys)
	if err != nil {
		return err
	}
	for i, r := range found {
		if err := q.resolveAlias(v, r, &doc.Results[places[i]]); err != nil {
			return err
		}
	}
	for _, r := range doc.Results {
		if r.Problem == nil {
			doc.Resolved++
		}
	}
	return q.sendUnkept(doc)
}

// sendUnkept sends an answer to a POST, which nobody may keep.
func (q *request) sendUnkept(doc any) error {
	raw, err := marshal(doc)
	if err != nil {
		return err
	}
	q.w.Header().Set("Cache-Control", "no-store")
	q.w.Header().Set("Content-Type", typeJSON)
	_, err = q.w.Write(raw)
	return err
}

func (q *request) readResolve() (*resolveRequest, error) {
	if mime := essence(q.r.Header.Get("Content-Type")); mime != typeJSON && !strings.HasSuffix(mime, "+json") {
		return nil, refuse(probMediaType, "Content-Type", "The body is application/json.", "正文应为 application/json。")
	}
	if coding := q.r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuse(probMediaType, "Content-Encoding", "The body is not compressed: without Content-Encoding.", "正文不压缩：不带 Content-Encoding。")
	}
	q.limit.Stop()
	raw, err := io.ReadAll(http.MaxBytesReader(q.w, q.r.Body, q.s.cfg.MaxBody))
	q.limit.Reset(q.s.cfg.AnswerWithin) // what the client took to send is its own time
	if err != nil {
		var size *http.MaxBytesError
		if errors.As(err, &size) {
			return nil, refuse(probBodySize, "", fmt.Sprintf("A body has at most %d bytes.", size.Limit), fmt.Sprintf("正文最大 %d 字节。", size.Limit))
		}
		return nil, badBody("it ends too early")
	}
	var body resolveRequest
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return nil, badBody(jsonFault(err))
	}
	if dec.More() {
		return nil, badBody("more than one JSON value")
	}
	if len(body.Refs) == 0 {
		return nil, badBody("refs is missing or empty")
	}
	if len(body.Refs) > q.s.cfg.MaxRefs {
		return nil, refuse(probBodySize, "refs", fmt.Sprintf("%d refs; at most %d in one call.", len(body.Refs), q.s.cfg.MaxRefs), fmt.Sprintf("有 %d 个 refs；一次最多 %d 个。", len(body.Refs), q.s.cfg.MaxRefs))
	}
	return &body, nil
}

// jsonFault says what is wrong with a body in the words of JSON, not of Go.
func jsonFault(err error) string {
	var kind *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &kind):
		return strings.TrimPrefix(err.Error(), "json: ")
	case kind.Field == "":
		return "it is of the type " + kind.Value
	}
	return kind.Field + " is of the type " + kind.Value
}

func badBody(fault string) *Problem {
	return refuse(probBody, "", `The body is {"refs": ["CODE", "scheme:value", {"scheme": …, "value": …}], "datetime": …, "known-at": …}: `+clip(fault)+".", "正文应为 {\"refs\": [\"城码\", \"方案:值\", {\"scheme\": …, \"value\": …}]}。")
}

// refOf reads one reference: a code, or a key whose value is sealed already.
func (q *request) refOf(ref resolveRef) (entities.Code, entities.Key, error) {
	scheme, value := ref.scheme, ref.value
	if scheme == "" {
		if isCode(ref.text) {
			code, err := q.s.parseCode(ref.text)
			return code, entities.Key{}, err
		}
		scheme, value, _ = strings.Cut(ref.text, ":")
	}
	if scheme == "" || value == "" {
		return 0, entities.Key{}, refuse(probMalformedAlias, "refs", "An alias needs a scheme and a value.", "别名应有方案和值。")
	}
	key := entities.Key{Scheme: scheme, Value: value}
	if q.s.sensitive(scheme) {
		if q.s.cfg.Sealer == nil {
			return 0, key, refuse(probUnknownAlias, "refs", "The alias names nothing here.", "没有事物使用这个别名。")
		}
		if known, ok := codes.Lookup(scheme); ok {
			value = known.Normalise(value)
		}
		key.Value = q.s.cfg.Sealer.Seal(scheme, value)
	}
	return 0, key, nil
}

func (q *request) resolveCode(v *view, code entities.Code, r *resolveResult) error {
	known, err := q.knows(v, code)
	if err != nil {
		return err
	}
	if !known {
		r.Problem = q.problemDocument(neverIssued(code))
		return nil
	}
	return q.resolvedTo(v, code, false, r)
}

func (q *request) resolveAlias(v *view, found resolved, r *resolveResult) error {
	switch len(found.codes) {
	case 0:
		r.Problem = q.problemDocument(refuse(probUnknownAlias, "refs", "The alias names nothing here.", "没有事物使用这个别名。"))
		return nil
	case 1:
		return q.resolvedTo(v, found.codes[0], found.stale, r)
	}
	for _, code := range found.codes {
		r.Candidates = append(r.Candidates, code.String())
	}
	r.Problem = q.problemDocument(refuse(probAmbiguousAlias, "refs", fmt.Sprintf("The alias names %d things at this time.", len(found.codes)), fmt.Sprintf("别名此时指向 %d 个事物。", len(found.codes))))
	return nil
}

func (q *request) resolvedTo(v *view, code entities.Code, stale bool, r *resolveResult) error {
	status, err := v.reader.Status(q.r.Context(), code)
	if err != nil {
		return fmt.Errorf("status of %s: %w", code, err)
	}
	r.Code, r.Display, r.Kind, r.State, r.Stale = code.String(), code.Display(), code.Kind().String(), status.State.String(), &stale
	return nil
}

// problemDocument is a problem inside an answer.
func (q *request) problemDocument(p *Problem) *wireProblem {
	t := p.kind()
	lang := q.language()
	detail := p.Detail
	if detail == (schemas.Text{}) {
		detail = t.about
	}
	return &wireProblem{Type: "/problems/" + p.Type, Title: t.title.In(lang), Status: t.status, Detail: detail.In(lang)}
}
