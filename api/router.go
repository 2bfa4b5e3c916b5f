package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// errTorn marks an error after part of a body was sent.
var errTorn = errors.New("answer broke off")

// router makes the handler of the operations.
func (s *Server) router() http.Handler {
	mux := chi.NewRouter()
	s.mux = mux
	for _, op := range s.ops {
		handler := s.serve(op)
		mux.Method(op.method, op.path, handler)
		if op.method == http.MethodGet {
			mux.Method(http.MethodHead, op.path, handler)
		}
	}
	missing := &operation{id: "none", handle: func(q *request) error { return q.missing() }}
	mux.NotFound(s.serve(missing))
	wrong := &operation{id: "none", handle: func(q *request) error { return q.wrongMethod(mux) }}
	mux.MethodNotAllowed(s.serve(wrong))
	return s.front(mux)
}

// front does what comes before the router: the prefix of a proxy that does not
// take it off, preflight requests, and the length of the address.
func (s *Server) front(mux http.Handler) http.Handler {
	prefix := ""
	if u, err := url.Parse(s.cfg.PublicURL); err == nil {
		prefix = u.Path
	}
	tooLong := s.serve(&operation{id: "none", handle: func(*request) error {
		return refuse(probURISize, "", "An address has at most "+strconv.Itoa(s.cfg.MaxURL)+" bytes; long filters can be shortened by asking for less.", "网址最长 "+strconv.Itoa(s.cfg.MaxURL)+" 字节。")
	}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Access-Control-Allow-Origin"] = []string{"*"}
		h["Access-Control-Expose-Headers"] = []string{exposedHeaders}
		h["X-Content-Type-Options"] = []string{"nosniff"}
		if len(r.RequestURI) > s.cfg.MaxURL || len(r.URL.Path)+len(r.URL.RawQuery) > s.cfg.MaxURL {
			tooLong(w, r)
			return
		}
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Accept-Language, If-None-Match")
			h.Set("Access-Control-Max-Age", "86400")
			h.Set("Allow", "GET, HEAD, POST, OPTIONS")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if prefix != "" && strings.HasPrefix(r.URL.Path, prefix+"/") {
			http.StripPrefix(prefix, mux).ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// serve runs an operation: gate, handler, error, measure.
func (s *Server) serve(op *operation) http.HandlerFunc {
	meter := s.metrics.of(op.id)
	return func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now() // a duration, not a time of the domain
		out := &recorder{ResponseWriter: w}
		ctx, cancel := context.WithCancelCause(r.Context())
		limit := time.AfterFunc(s.cfg.AnswerWithin, func() { cancel(errTooLong) })
		q := &request{s: s, w: out, r: r.WithContext(ctx), client: r.Context(), limit: limit, op: op, access: s.open}
		defer func() {
			limit.Stop()
			cancel(nil)
			if fault := recover(); fault != nil {
				s.metrics.done(meter, http.StatusInternalServerError, begun)
				q.panicked(out, fault)
				return
			}
			s.metrics.done(meter, out.status, begun)
		}()
		q.showRevision(s.head.current())
		if err := q.run(); err != nil {
			q.failed(out, err)
		}
	}
}

// run lets the request through the gate and runs its handler.
func (q *request) run() error {
	if err := q.admit(); err != nil {
		return err
	}
	if q.r.URL.RawQuery != "" {
		values, err := url.ParseQuery(q.r.URL.RawQuery)
		if err != nil {
			return refuse(probValue, "", "The query of the address is not well escaped: "+err.Error()+".", "网址的查询部分转义有误。")
		}
		q.query = values
		if !q.op.free && q.op.id != "none" {
			if err := q.checkQuery(nil); err != nil {
				return err
			}
		}
	}
	return q.op.handle(q)
}

// admit turns the key of a request into what its caller may see.
func (q *request) admit() error {
	key := ""
	if header := q.r.Header.Get("Authorization"); header != "" {
		scheme, value, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return unknownKey("Authorization is “Bearer KEY” here.", "Authorization 应为“Bearer 密钥”。")
		}
		key = strings.TrimSpace(value)
	}
	if strings.HasPrefix(q.op.path, "/k/") {
		q.token = q.path("key")
		key = q.token
	}
	if key == "" {
		return nil
	}
	access, ok := q.s.cfg.Keys.find(key, q.s.cfg.Now())
	if !ok {
		return unknownKey("The key is unknown or has expired; what is public needs none.", "密钥未知或已过期；公开内容无需密钥。")
	}
	q.access, q.keyed = access, true
	return nil
}

func unknownKey(en, zh string) *Problem {
	p := refuse(probKey, "Authorization", en, zh)
	p.header = http.Header{"Www-Authenticate": {`Bearer realm="city"`}}
	return p
}

// failed answers an error. What went wrong inside is logged, never shown.
func (q *request) failed(out *recorder, err error) {
	if q.client.Err() != nil { // it has gone, or takes nothing any more
		out.status = statusGone
		panic(http.ErrAbortHandler)
	}
	p := problemOf(err)
	if errors.Is(context.Cause(q.r.Context()), errTooLong) && out.status == 0 {
		p = q.tooLong()
	}
	if p.kind().status >= http.StatusInternalServerError {
		q.s.cfg.Log.Error("request failed", "operation", q.op.id, "problem", p.Type, "error", err)
	}
	if out.status != 0 || errors.Is(err, errTorn) {
		panic(http.ErrAbortHandler) // the body is torn: so must be the connection
	}
	if p.Type == probUnavailable {
		p.header = http.Header{"Retry-After": {"5"}}
	}
	if p.Type == probErased && len(p.Links) == 0 {
		p.Detail = p.kind().about
	}
	q.sendProblem(p)
}

// errTooLong is why an answer that does not begin in time is given up.
var errTooLong = errors.New("the answer took too long")

func (q *request) tooLong() *Problem {
	within := q.s.cfg.AnswerWithin.String()
	p := refuse(probUnavailable, "", "The answer did not begin within "+within+"; ask for less: a smaller bbox, a narrower filter, no sortby.", "回答未能在 "+within+" 内开始；请缩小范围或过滤条件，或不用 sortby。")
	p.Err = errTooLong
	return p
}

// statusGone stands in the metrics for a client that went away.
const statusGone = 499

func (q *request) panicked(out *recorder, fault any) {
	if fault == http.ErrAbortHandler { //nolint:errorlint // the value itself is thrown
		panic(fault)
	}
	q.s.cfg.Log.Error("panic", "operation", q.op.id, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
	if out.status != 0 {
		panic(http.ErrAbortHandler)
	}
	q.sendProblem(&Problem{Type: probInternal, Detail: problemTypes[probInternal].about})
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// missing answers a path that no operation has: a file of the viewer, else a
// problem.
func (q *request) missing() error {
	name := strings.TrimPrefix(path.Clean(q.r.URL.Path), "/")
	if q.s.cfg.Viewer != nil && fs.ValidPath(name) && name != "." && (q.r.Method == http.MethodGet || q.r.Method == http.MethodHead) {
		if info, err := fs.Stat(q.s.cfg.Viewer, name); err == nil && !info.IsDir() {
			return q.sendAsset(name)
		}
	}
	return refuse(probResource, "", quote(q.r.URL.Path)+" is no path of this server; /api lists them.", "“"+clip(q.r.URL.Path)+"”不是本服务器的路径；见 /api。")
}

func (q *request) wrongMethod(mux *chi.Mux) error {
	allowed := []string{http.MethodOptions}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if mux.Match(chi.NewRouteContext(), method, q.r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	p := refuse(probMethod, "", "This resource takes "+list+".", "此资源接受 "+list+"。")
	p.header = http.Header{"Allow": {list}}
	return p
}

// Routes returns every route ("GET /collections") with its parameters ("query f",
// "path z"), as the router has them.
func (s *Server) Routes() map[string][]string {
	routes := map[string][]string{}
	walk := func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == http.MethodHead {
			return nil
		}
		for _, op := range s.ops {
			if op.method != method || op.path != route {
				continue
			}
			params := []string{}
			for _, name := range pathParams(route) {
				params = append(params, "path "+name)
			}
			for _, name := range op.queryNames() {
				params = append(params, "query "+name)
			}
			routes[method+" "+route] = params
		}
		return nil
	}
	_ = chi.Walk(s.mux, walk) // walk never fails
	return routes
}
