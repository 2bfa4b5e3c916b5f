package api

import (
	"strconv"
	"strings"
)

// Media types of the answers.
const (
	typeJSON     = "application/json"
	typeGeoJSON  = "application/geo+json"
	typeProblem  = "application/problem+json"
	typeHTML     = "text/html; charset=utf-8"
	typeSchema   = "application/schema+json"
	typeOpenAPI  = "application/vnd.oai.openapi+json;version=3.1"
	typeOpenAPI3 = "application/vnd.oai.openapi+json;version=3.0"
	typeMVT      = "application/vnd.mapbox-vector-tile"
	typeText     = "text/plain; charset=utf-8"
)

// offer is one form that a resource has.
type offer struct {
	f    string // value of the f parameter
	mime string
}

// choose picks a form by the f parameter, else by Accept (RFC 9110, 12.5.1). The
// first offer is the default; where Accept wants none of them the resource is not
// acceptable.
func choose(f, accept string, offers ...offer) (offer, error) {
	var names []string
	for _, o := range offers {
		if f != "" && o.f == f {
			return o, nil
		}
		names = append(names, o.f)
	}
	if f != "" {
		return offer{}, noSuchForm(f, names)
	}
	if strings.TrimSpace(accept) == "" {
		return offers[0], nil
	}
	best, bestQ := -1, 0.0
	for i, o := range offers {
		if q := quality(accept, o.mime); q > bestQ {
			best, bestQ = i, q
		}
	}
	if best < 0 {
		return offer{}, refuse(probNotAcceptable, "Accept", "The resource has the forms "+strings.Join(names, ", ")+" (parameter f).", "该资源有 "+strings.Join(names, "、")+" 形式（参数 f）。")
	}
	return offers[best], nil
}

// quality returns how much an Accept header wants a media type: the q of its most
// specific range that fits, 0 for none.
func quality(accept, mime string) float64 {
	mime = essence(mime)
	major, _, _ := strings.Cut(mime, "/")
	found, specific := 0.0, -1
	for len(accept) > 0 {
		var item string
		item, accept, _ = strings.Cut(accept, ",")
		rangeText, params, _ := strings.Cut(item, ";")
		level := -1
		switch r := strings.ToLower(strings.TrimSpace(rangeText)); {
		case r == mime:
			level = 2
		case r == "application/*+json" && strings.HasSuffix(mime, "+json"):
			level = 1
		case r == major+"/*":
			level = 1
		case r == "*/*" || r == "*":
			level = 0
		}
		if level > specific {
			found, specific = qOf(params), level
		}
	}
	return found
}

// essence drops the parameters of a media type.
func essence(mime string) string {
	e, _, _ := strings.Cut(mime, ";")
	return strings.ToLower(strings.TrimSpace(e))
}

func qOf(params string) float64 {
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}

// language picks zh or en: what the caller asks for by name, else the header's
// first wish of the two (RFC 9110, 12.5.4), else en.
func language(lang, header string) string {
	if lang != "" {
		if l := tagOf(lang); l != "" {
			return l
		}
	}
	best, bestQ := "en", 0.0
	for len(header) > 0 {
		var item string
		item, header, _ = strings.Cut(header, ",")
		tag, params, _ := strings.Cut(item, ";")
		if l := tagOf(strings.TrimSpace(tag)); l != "" {
			if q := qOf(params); q > bestQ {
				best, bestQ = l, q
			}
		}
	}
	return best
}

func tagOf(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if primary == "zh" || primary == "en" {
		return primary
	}
	return ""
}
