package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// describeAPI answers the OpenAPI document, made from the table of operations.
func describeAPI(q *request) error {
	form, err := choose(q.param("f"), q.r.Header.Get("Accept"),
		offer{"oas31", typeOpenAPI}, offer{"oas30", typeOpenAPI3}, offer{"oas31", typeJSON}, offer{"oas31", "text/html"})
	if err != nil {
		return err
	}
	// Both versions have one essence; the parameter tells them apart.
	if q.param("f") == "" && strings.Contains(strings.ReplaceAll(q.r.Header.Get("Accept"), " ", ""), "version=3.0") {
		form = offer{"oas30", typeOpenAPI3}
	}
	version, mime := "3.1.0", typeOpenAPI
	if form.f == "oas30" {
		version, mime = "3.0.3", typeOpenAPI3
	}
	return q.sendJSON(q.openAPI(version), mime, caching{}, q.now())
}

// openAPI makes the document. The schemas are kept to what 3.0 and 3.1 have in
// common, so that both are the same but for the version.
func (q *request) openAPI(version string) map[string]any {
	paths := map[string]map[string]any{}
	for _, op := range q.s.ops {
		if paths[op.path] == nil {
			paths[op.path] = map[string]any{}
		}
		paths[op.path][strings.ToLower(op.method)] = q.operation(op)
	}
	return map[string]any{
		"openapi": version,
		"info": map[string]any{
			"title": q.s.cfg.City.Name.En, "version": "1",
			"description": "The registers of a city: one code for each thing, in space and in two times.",
			"license":     map[string]any{"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		"servers":  []any{map[string]any{"url": q.address("")}},
		"security": []any{map[string]any{}, map[string]any{"key": []string{}}},
		"paths":    paths,
		"components": map[string]any{
			"securitySchemes": map[string]any{"key": map[string]any{"type": "http", "scheme": "bearer", "description": "Opens what the key's grants name. What is public needs none."}},
			"schemas":         components(),
			"headers":         headerComponents(),
			"responses":       problemComponents(),
		},
	}
}

func (q *request) operation(op *operation) map[string]any {
	var params []any
	for _, p := range op.params {
		params = append(params, q.parameter(p))
	}
	if op.id == "getFeatures" {
		params = append(params, map[string]any{
			"name": "properties-equal", "in": "query", "style": "form", "explode": true,
			"description": "Any queryable as name=value.",
			"schema":      map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}},
		})
	}
	content := map[string]any{}
	for _, form := range op.forms {
		content[form] = map[string]any{"schema": schemaRef(responseSchema(op, form))}
	}
	headers := map[string]any{}
	for _, name := range []string{"ETag", headerRevision} {
		headers[name] = map[string]any{"$ref": "#/components/headers/" + name}
	}
	responses := map[string]any{
		"200":     map[string]any{"description": op.summary + ".", "content": content, "headers": headers},
		"default": map[string]any{"$ref": "#/components/responses/Problem"},
	}
	for _, problem := range op.problems {
		responses[strconv.Itoa(problemTypes[problem].status)] = map[string]any{"$ref": "#/components/responses/Problem" + strconv.Itoa(problemTypes[problem].status)}
	}
	o := map[string]any{"operationId": op.id, "summary": op.summary, "tags": []string{op.tag}, "responses": responses}
	if op.id == "showCode" {
		responses["303"] = map[string]any{"description": "Programs are led to /entities/{code}."}
	}
	if op.method == http.MethodGet && op.tag != "Operations" {
		responses["304"] = map[string]any{"description": "The caller has it already (If-None-Match)."}
	}
	if params != nil {
		o["parameters"] = params
	}
	if op.body != "" {
		o["requestBody"] = map[string]any{"required": true, "content": map[string]any{typeJSON: map[string]any{"schema": schemaRef(op.body)}}}
	}
	return o
}

func (q *request) parameter(p param) map[string]any {
	schema := p.schema
	if p.name == "collectionId" {
		var names []string
		for _, kind := range q.access.Kinds() {
			names = append(names, kind.String())
		}
		schema = text(names...)
	}
	out := map[string]any{"name": p.name, "in": p.in, "description": p.about, "schema": schema}
	if p.in == "path" || p.name == "q" {
		out["required"] = true
	}
	if p.in == "query" {
		out["style"], out["explode"] = "form", false
	}
	return out
}

func schemaRef(name string) map[string]any {
	if name == "" {
		return map[string]any{"type": "string"}
	}
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

// responseSchema names the schema of an answer; empty for texts and bytes.
func responseSchema(op *operation, form string) string {
	if !strings.Contains(form, "json") {
		return ""
	}
	switch strings.TrimSuffix(op.id, "WithKey") {
	case "getFeatures":
		return "FeatureCollection"
	case "getFeature":
		return "Feature"
	case "getCollections":
		return "Collections"
	case "describeCollection":
		return "Collection"
	case "getLandingPage":
		return "LandingPage"
	case "getConformance":
		return "Conformance"
	case "resolve":
		return "ResolveResponse"
	}
	return "Document"
}

func object(properties map[string]any, required ...string) map[string]any {
	o := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

func arrayOf(items map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": items}
}

func components() map[string]any {
	str, integer := text(), map[string]any{"type": "integer"}
	links := arrayOf(schemaRef("Link"))
	feature := object(map[string]any{
		"type": text("Feature"), "id": str, "geometry": map[string]any{"description": "GeoJSON geometry, or null."},
		"properties": map[string]any{"type": "object", "additionalProperties": true}, "links": links, "revision": integer,
	}, "type", "geometry", "properties")
	return map[string]any{
		"Link":        object(map[string]any{"rel": str, "type": str, "href": str, "title": str, "templated": map[string]any{"type": "boolean"}}, "rel", "href"),
		"Document":    map[string]any{"type": "object", "additionalProperties": true},
		"LandingPage": object(map[string]any{"title": str, "description": str, "attribution": str, "links": links}, "links"),
		"Conformance": object(map[string]any{"conformsTo": arrayOf(str)}, "conformsTo"),
		"Collections": object(map[string]any{"links": links, "collections": arrayOf(schemaRef("Collection")), "revision": integer}, "links", "collections"),
		"Collection":  object(map[string]any{"id": str, "title": str, "description": str, "itemType": str, "extent": map[string]any{"type": "object"}, "crs": arrayOf(str), "storageCrs": str, "links": links}, "id", "links"),
		"Feature":     feature,
		"FeatureCollection": object(map[string]any{
			"type": text("FeatureCollection"), "features": arrayOf(schemaRef("Feature")), "links": links,
			"numberMatched": integer, "numberMatchedEstimate": integer, "numberReturned": integer, "revision": integer,
		}, "type", "features"),
		"ResolveRequest": object(map[string]any{
			"refs":     map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"oneOf": []any{str, object(map[string]any{"code": str, "scheme": str, "value": str})}}},
			"datetime": str, "known-at": map[string]any{"oneOf": []any{integer, str}},
		}, "refs"),
		"ResolveResponse": object(map[string]any{
			"results": arrayOf(object(map[string]any{
				"ref": integer, "code": str, "display": str, "kind": str, "state": str, "stale": map[string]any{"type": "boolean"},
				"candidates": arrayOf(str), "problem": schemaRef("Problem"),
			}, "ref")),
			"resolved": integer, "revision": integer, "datetime": str,
		}, "results"),
		"Problem": object(map[string]any{
			"type": text(problemTypeURIs()...), "title": str, "status": integer, "detail": str, "parameter": str, "suggestions": arrayOf(str),
			"candidates": arrayOf(schemaRef("Document")), "successors": arrayOf(str), "head": integer, "links": links,
		}, "type", "title", "status"),
	}
}

func headerComponents() map[string]any {
	return map[string]any{
		"ETag":         map[string]any{"description": "Strong validator.", "schema": text()},
		headerRevision: map[string]any{"description": "The revision that the answer was computed at.", "schema": map[string]any{"type": "integer"}},
	}
}

// problemComponents is one response a status, and Problem for any.
func problemComponents() map[string]any {
	byStatus := map[string][]string{"": {"A problem (RFC 9457)"}}
	for name, t := range problemTypes {
		status := strconv.Itoa(t.status)
		byStatus[status] = append(byStatus[status], name)
	}
	out := map[string]any{}
	for status, names := range byStatus {
		slices.Sort(names)
		out["Problem"+status] = map[string]any{
			"description": strings.Join(names, ", ") + ".",
			"content":     map[string]any{typeProblem: map[string]any{"schema": schemaRef("Problem")}},
		}
	}
	return out
}

func problemTypeURIs() []string {
	names := ProblemNames()
	for i := range names {
		names[i] = "/problems/" + names[i]
	}
	return names
}
