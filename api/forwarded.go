package api

import (
	"net/http"
	"regexp"
	"strings"
)

// origin is the address under which a client sees the server.
type origin struct {
	scheme, host, prefix string
}

func (o origin) String() string { return o.scheme + "://" + o.host + o.prefix }

var (
	hostForm   = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?$`)
	prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)
)

// originOfRequest finds the address that the client used: what proxies say of it
// (RFC 7239 Forwarded, else X-Forwarded-Proto, -Host, -Port, -Prefix; the first
// proxy's word), else the request's own. Values that are no scheme, host or path
// are left aside.
func originOfRequest(r *http.Request, believe bool) origin {
	o := origin{scheme: "http", host: r.Host}
	if r.TLS != nil {
		o.scheme = "https"
	}
	if believe {
		o = o.forwarded(r.Header)
	}
	if !hostForm.MatchString(o.host) {
		o.host = "localhost"
	}
	return o
}

func (o origin) forwarded(h http.Header) origin {
	proto, host := parseForwarded(h.Get("Forwarded"))
	if proto == "" {
		proto = first(h.Get("X-Forwarded-Proto"))
	}
	if host == "" {
		host = first(h.Get("X-Forwarded-Host"))
		if port := first(h.Get("X-Forwarded-Port")); host != "" && port != "" && !strings.Contains(host, ":") && port != "80" && port != "443" {
			host += ":" + port
		}
	}
	if proto = strings.ToLower(proto); proto == "http" || proto == "https" {
		o.scheme = proto
	}
	if hostForm.MatchString(host) {
		o.host = host
	}
	if prefix := strings.TrimRight(first(h.Get("X-Forwarded-Prefix")), "/"); prefixForm.MatchString(prefix) {
		o.prefix = prefix
	}
	return o
}

func first(list string) string {
	v, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(v)
}

// parseForwarded returns proto and host of the first element of a Forwarded
// header (RFC 7239, 4).
func parseForwarded(header string) (proto, host string) {
	for header != "" {
		var name, value string
		name, header, _ = strings.Cut(header, "=")
		value, header = forwardedValue(header)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "proto":
			proto = value
		case "host":
			host = value
		}
		header = strings.TrimLeft(header, " \t")
		if strings.HasPrefix(header, ",") {
			return proto, host
		}
		header = strings.TrimPrefix(header, ";")
	}
	return proto, host
}

// forwardedValue reads a token or a quoted string.
func forwardedValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ";,")
		if end < 0 {
			end = len(s)
		}
		return strings.TrimSpace(s[:end]), s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", ""
}
