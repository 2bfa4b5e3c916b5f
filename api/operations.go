package api

import (
	"net/http"
	"slices"
)

// operations is the table of everything that the server answers.
func (s *Server) operations() []*operation {
	var all []*operation
	for _, group := range [][]operation{s.documentOperations(), s.featureOperations(), s.entityOperations(), s.tileOperations(), s.plainOperations()} {
		for i := range group {
			op := &group[i]
			if op.method == "" {
				op.method = http.MethodGet
			}
			if speaks := op.tag != "Operations" && !slices.Equal(op.forms, []string{typeMVT}); speaks && !op.takes(paramLang.name) {
				op.params = append(op.params[:len(op.params):len(op.params)], paramLang)
			}
			all = append(all, op.describe())
			if op.keyed {
				all = append(all, op.underKey())
			}
		}
	}
	return all
}

func (s *Server) documentOperations() []operation {
	return []operation{
		{id: "getLandingPage", path: "/", tag: "Capabilities", summary: "Landing page: the viewer for a browser, links otherwise", params: []param{paramF("json", "html"), paramLang}, forms: []string{typeJSON, typeHTML}, free: true, handle: landing},
		{id: "getConformance", path: "/conformance", tag: "Capabilities", summary: "Conformance classes", params: []param{paramF("json")}, forms: []string{typeJSON}, handle: conformance},
		{id: "getAPI", path: "/api", tag: "Capabilities", summary: "This description: OpenAPI 3.1, or 3.0", params: []param{paramF("oas31", "oas30")}, forms: []string{typeOpenAPI, typeOpenAPI3}, handle: describeAPI},
		{id: "getCollections", path: "/collections", tag: "Capabilities", summary: "The collections: one a kind", params: []param{paramKnownAt, paramLang, paramF("json")}, forms: []string{typeJSON}, handle: collections},
		{id: "describeCollection", path: "/collections/{collectionId}", tag: "Capabilities", summary: "One collection", params: []param{paramKnownAt, paramLang, paramF("json")}, forms: []string{typeJSON}, problems: []string{probUnknownKind}, handle: collection},
		{id: "getSchema", path: "/collections/{collectionId}/schema", tag: "Capabilities", summary: "Schema of the features (Part 5)", params: []param{paramLang, paramF("json")}, forms: []string{typeSchema}, problems: []string{probUnknownKind}, handle: schemaOf},
		{id: "getQueryables", path: "/collections/{collectionId}/queryables", tag: "Capabilities", summary: "What filters may use (Part 3)", params: []param{paramLang, paramF("json")}, forms: []string{typeSchema}, problems: []string{probUnknownKind}, handle: queryablesOf},
	}
}

func (s *Server) featureOperations() []operation {
	crs := query("crs", "Coordinate system of the answer, a URI of the collection's list. Default: CRS84.", map[string]any{"type": "string", "format": "uri"})
	return []operation{
		{
			id: "getFeatures", path: "/collections/{collectionId}/items", tag: "Features", summary: "Features of a kind", free: true,
			params: []param{
				query("bbox", "4 or 6 numbers: west, south, (bottom,) east, north(, top); west > east crosses the antimeridian.", map[string]any{"type": "array", "items": map[string]any{"type": "number"}, "oneOf": []any{map[string]any{"minItems": 4, "maxItems": 4}, map[string]any{"minItems": 6, "maxItems": 6}}}),
				query("bbox-crs", "Coordinate system of bbox. Default: CRS84.", map[string]any{"type": "string", "format": "uri"}),
				crs, paramDatetime, paramKnownAt,
				query("filter", "CQL2 text or JSON over the queryables.", text()),
				query("filter-lang", "Language of filter.", text("cql2-text", "cql2-json")),
				query("filter-crs", "Coordinate system of the geometries in filter. Default: CRS84.", map[string]any{"type": "string", "format": "uri"}),
				query("limit", "Most features of a page; more than the maximum is clamped.", whole(1, s.cfg.MaxLimit, s.cfg.DefaultLimit)),
				paramCursor,
				query("offset", "How many features to leave out; cursor is faster and stable.", map[string]any{"type": "integer", "minimum": 0, "default": 0}),
				query("properties", "Only these properties.", map[string]any{"type": "array", "items": text()}),
				query("sortby", "Properties to order by, with - for descending.", map[string]any{"type": "array", "items": text()}),
				paramF("json", "geojson"),
			},
			forms:    []string{typeGeoJSON},
			problems: []string{probUnknownKind, probBBox, probDatetime, probKnownAt, probUnknownRevision, probCRS, probFilter, probFilterLimit, probProperty, probNumber, probCursor, probValue},
			handle:   items,
		},
		{
			id: "getFeature", path: "/collections/{collectionId}/items/{featureId}", tag: "Features", summary: "One feature, where it exists at the time asked for",
			params: []param{crs, paramDatetime, paramKnownAt, paramF("json", "geojson")}, forms: []string{typeGeoJSON},
			problems: []string{probUnknownKind, probMalformedCode, probCheckCharacter, probNeverIssued, probNotAtThisTime, probRetired, probErased, probWrongCollection, probDatetime, probKnownAt, probUnknownRevision, probCRS},
			handle:   item,
		},
	}
}

func (s *Server) entityOperations() []operation {
	links := query("limit", "Most links of one role, direction and kind.", whole(1, mostLinks, defaultLinks))
	reference := []string{probMalformedCode, probCheckCharacter, probNeverIssued, probUnknownAlias, probAmbiguousAlias, probMalformedAlias, probSensitiveAlias, probDatetime, probKnownAt, probUnknownRevision}
	return []operation{
		{id: "getEntity", path: "/entities/{ref}", tag: "Entities", summary: "Everything about a thing, by code or alias", params: []param{paramDatetime, paramKnownAt, links, paramLang, paramF("json")}, forms: []string{typeJSON}, problems: reference, handle: entity},
		{
			id: "getHistory", path: "/entities/{ref}/history", tag: "Entities", summary: "Its versions on both axes of time",
			params: []param{
				paramKnownAt, query("superseded", "Also versions that a later revision replaced. Default: true.", map[string]any{"type": "boolean", "default": true}),
				query("geometry", "With geometry. Default: true.", map[string]any{"type": "boolean", "default": true}),
				query("limit", "Most versions of a page.", whole(1, mostVersions, defaultVersions)), paramCursor, paramLang, paramF("json"),
			},
			forms: []string{typeJSON}, problems: append(reference, probCursor, probNumber), handle: history,
		},
		{
			id: "getRelated", path: "/entities/{ref}/related", tag: "Entities", summary: "Its links, page by page",
			params: []param{
				query("role", "Only links of this role.", text()), query("kind", "Only links to things of this kind.", text()), query("direction", "Only links from it (out) or to it (in).", text("in", "out")),
				paramDatetime, paramKnownAt, query("limit", "Most links of a page.", whole(1, mostRelated, defaultLinks)), paramCursor, paramLang, paramF("json"),
			},
			forms: []string{typeJSON}, problems: append(reference, probUnknownRole, probUnknownKind, probCursor, probNumber), handle: related,
		},
		{id: "resolve", method: http.MethodPost, path: "/entities/resolve", tag: "Entities", summary: "Many codes and aliases in one call", params: []param{paramLang}, body: "ResolveRequest", forms: []string{typeJSON}, problems: []string{probBody, probBodySize, probMediaType, probDatetime, probKnownAt, probUnknownRevision}, handle: resolve},
		{
			id: "search", path: "/search", tag: "Entities", summary: "Things by code, alias, or part of a name or address",
			params: []param{query("q", "What somebody typed.", text()), query("kinds", "Only these kinds.", map[string]any{"type": "array", "items": text()}), paramDatetime, paramKnownAt, query("limit", "Most results.", whole(1, mostResults, defaultResults)), paramLang, paramF("json")},
			forms:  []string{typeJSON}, problems: []string{probValue, probUnknownKind, probNumber, probDatetime, probKnownAt}, handle: search,
		},
		{id: "showCode", path: "/c/{code}", tag: "Entities", summary: "A thing for people: the viewer, or a page without script", params: []param{paramDatetime, paramKnownAt, paramLang, paramF("html", "json")}, forms: []string{typeHTML}, problems: []string{probMalformedCode, probCheckCharacter, probNeverIssued}, handle: showCode},
	}
}

func (s *Server) tileOperations() []operation {
	times := []param{paramDatetime, paramKnownAt}
	address := []string{probLayer, probTile, probDatetime, probKnownAt, probUnknownRevision}
	return []operation{
		{id: "getTileSets", path: "/collections/{collectionId}/tiles", tag: "Tiles", summary: "Tile sets of a collection", params: []param{paramF("json")}, forms: []string{typeJSON}, keyed: true, problems: []string{probUnknownKind, probLayer}, handle: tileSets},
		{id: "getTileSet", path: "/collections/{collectionId}/tiles/{tileMatrixSetId}", tag: "Tiles", summary: "One tile set", params: []param{paramF("json")}, forms: []string{typeJSON}, keyed: true, problems: []string{probUnknownKind, probLayer, probTileMatrixSet}, handle: tileSet},
		{id: "getCollectionTile", path: "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", tag: "Tiles", summary: "A vector tile", params: append([]param{paramF("mvt")}, times...), forms: []string{typeMVT}, keyed: true, problems: append(address, probUnknownKind, probTileMatrixSet), handle: collectionTile},
		{id: "getTileMatrixSets", path: "/tileMatrixSets", tag: "Tiles", summary: "Tile matrix sets", params: []param{paramF("json")}, forms: []string{typeJSON}, handle: tileMatrixSets},
		{id: "getTileMatrixSet", path: "/tileMatrixSets/{tileMatrixSetId}", tag: "Tiles", summary: "One tile matrix set", params: []param{paramF("json")}, forms: []string{typeJSON}, problems: []string{probTileMatrixSet}, handle: tileMatrixSetDocument},
		{id: "getLayers", path: "/layers.json", tag: "Tiles", summary: "The layers that have tiles, and the city", params: []param{paramKnownAt}, forms: []string{typeJSON}, keyed: true, handle: layers},
		{id: "getTileJSON", path: "/tiles/{layer}.json", tag: "Tiles", summary: "TileJSON 3.0 of a layer", params: times, forms: []string{typeJSON}, keyed: true, problems: []string{probLayer}, handle: tileJSON},
		{id: "getStyle", path: "/styles/{style}.json", tag: "Tiles", summary: "A MapLibre style", params: append([]param{paramLang}, times...), forms: []string{typeJSON}, keyed: true, problems: []string{probStyle}, handle: style},
		{id: "getTile", path: "/tiles/{layer}/{z}/{x}/{y}.mvt", tag: "Tiles", summary: "A vector tile", params: times, forms: []string{typeMVT}, keyed: true, problems: address, handle: tile},
		{id: "getTileAt", path: "/tiles/at/{datetime}/known/{revision}/{layer}/{z}/{x}/{y}.mvt", tag: "Tiles", summary: "A vector tile with its time in the path", forms: []string{typeMVT}, keyed: true, problems: address, handle: tileAt},
	}
}

func (s *Server) plainOperations() []operation {
	return []operation{
		{id: "getProblem", path: "/problems/{type}", tag: "Capabilities", summary: "What a problem means", params: []param{paramLang}, forms: []string{typeHTML}, problems: []string{probResource}, handle: problemPage},
		{id: "getHealth", path: "/healthz", tag: "Operations", summary: "The process answers", forms: []string{typeText}, handle: healthz},
		{id: "getReadiness", path: "/readyz", tag: "Operations", summary: "The store answers", forms: []string{typeText}, problems: []string{probUnavailable}, handle: readyz},
		{id: "getMetrics", path: "/metrics", tag: "Operations", summary: "Prometheus metrics", forms: []string{typeText}, handle: showMetrics},
	}
}
