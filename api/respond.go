package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/chengma/chengma/entities"
)

// Headers of the contract.
const (
	headerRevision = "City-Revision"
	exposedHeaders = "ETag, City-Revision, Link, Content-Location"
)

// caching says how long an answer may be used again.
type caching struct {
	immutable bool
	// until is the next instant of valid time at which the answer changes without
	// a revision; it counts only where the revision is pinned. Zero: not known.
	until entities.Instant
}

func (v *view) caching() caching { return caching{immutable: v.immutable()} }

const longest = 31536000 // a year in seconds, RFC 9111's own example of "for ever"

func (q *request) cacheControl(c caching, now entities.Instant) string {
	scope := "public"
	if q.keyed {
		scope = "private"
	}
	switch {
	case c.immutable:
		return scope + ", max-age=" + strconv.Itoa(longest) + ", immutable"
	case c.until > now && c.until.Bounded():
		return scope + ", max-age=" + strconv.FormatInt(min(int64(c.until-now)/1_000_000, longest), 10)
	}
	return scope + ", no-cache" // to be asked again with the ETag
}

func (q *request) showRevision(rev entities.Revision) {
	q.w.Header()[headerRevision] = []string{strconv.FormatInt(int64(rev), 10)}
}

// etag is a strong validator: it depends on the bytes alone.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	var text [24]byte
	text[0] = '"'
	base64.RawURLEncoding.Encode(text[1:23], sum[:16])
	text[23] = '"'
	return string(text[:])
}

const (
	gzipSuffix  = `-gz"`
	gzipFrom    = 1024 // bytes below which compression is not worth it
	gzipLevel   = 3
	varyGeneral = "Accept, Accept-Encoding, Accept-Language, Authorization"
	varyTile    = "Accept-Encoding, Authorization"
)

// answer is a whole body.
type answer struct {
	status int // Defaults to 200
	mime   string
	body   []byte
	caching
	vary    string // Defaults to varyGeneral
	gzipped bool   // body is compressed already
	tag     string // Defaults to the digest of the body
}

// send writes an answer with validator and caching, or 304.
func (q *request) send(a answer, now entities.Instant) error {
	h := q.w.Header()
	h["Content-Type"] = []string{a.mime}
	if a.vary == "" {
		a.vary = varyGeneral
	}
	h["Vary"] = []string{a.vary}
	h["Cache-Control"] = []string{q.cacheControl(a.caching, now)}
	tag := a.tag
	if tag == "" {
		tag = etag(a.body)
	}
	wantsGzip := acceptsGzip(q.r.Header.Get("Accept-Encoding"))
	if a.gzipped && !wantsGzip {
		plain, err := gunzip(a.body)
		if err != nil {
			return err
		}
		a.body, a.gzipped = plain, false
	} else if !a.gzipped && wantsGzip && len(a.body) >= gzipFrom {
		packed, err := pack(a.body)
		if err != nil {
			return err
		}
		a.body, a.gzipped = packed, true
	}
	if a.gzipped {
		tag = tag[:len(tag)-1] + gzipSuffix
		h["Content-Encoding"] = []string{"gzip"}
	}
	if a.status == 0 {
		h["Etag"] = []string{tag}
		if noneMatch(q.r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Type")
			h.Del("Content-Encoding")
			q.w.WriteHeader(http.StatusNotModified)
			return nil
		}
		a.status = http.StatusOK
	}
	h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	q.w.WriteHeader(a.status)
	_, err := q.w.Write(a.body)
	return err
}

// sendJSON sends a document that is as true as the view.
func (q *request) sendJSON(v any, mime string, c caching, now entities.Instant) error {
	body, err := marshal(v)
	if err != nil {
		return err
	}
	return q.send(answer{mime: mime, body: body, caching: c}, now)
}

// noneMatch reports whether a validator is in an If-None-Match header (RFC 9110,
// 13.1.2), with or without the mark of compression: both forms have one source.
func noneMatch(header, tag string) bool {
	if header == "" {
		return false
	}
	plain := func(t string) string { return strings.TrimSuffix(strings.TrimSuffix(t, gzipSuffix), `"`) }
	for _, t := range strings.Split(header, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == "*" || len(t) > 2 && plain(t) == plain(tag) {
			return true
		}
	}
	return false
}

func acceptsGzip(header string) bool {
	if header == "" {
		return false
	}
	best, specific := 0.0, false
	for _, item := range strings.Split(header, ",") {
		name, params, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			best, specific = qOf(params), true
		case "*":
			if !specific {
				best = qOf(params)
			}
		}
	}
	return best > 0
}

var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzipLevel)
	if err != nil {
		panic("gzip level: " + err.Error()) // a constant of this file
	}
	return w
}}

// sendProblem answers an error as problem+json.
func (q *request) sendProblem(p *Problem) {
	lang := q.language()
	t := p.kind()
	body, err := marshal(wireProblem{
		Type: "/problems/" + p.Type, Title: t.title.In(lang), Status: t.status, Detail: p.Detail.In(lang),
		Parameter: p.Parameter, Suggestions: p.Suggestions, Candidates: p.Candidates, Successors: p.Successors, Head: p.Head, Links: p.Links,
	})
	if err != nil {
		body = []byte(`{"type":"/problems/internal","status":500}`)
	}
	h := q.w.Header()
	for name, values := range p.header {
		h[name] = values
	}
	for _, name := range []string{"Etag", "Content-Encoding", "Content-Location", "Content-Crs", "Link"} {
		h.Del(name)
	}
	h.Set("Content-Type", typeProblem)
	h.Set("Content-Language", lang)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", varyGeneral)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(t.status)
	_, _ = q.w.Write(body) // a client that has gone needs no problem
}

type wireProblem struct {
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Status      int      `json:"status"`
	Detail      string   `json:"detail"`
	Parameter   string   `json:"parameter,omitempty"`
	Suggestions []string `json:"suggestions,omitempty"`
	Candidates  []thing  `json:"candidates,omitempty"`
	Successors  []string `json:"successors,omitempty"`
	Head        int64    `json:"head,omitempty"`
	Links       []link   `json:"links,omitempty"`
}
