package sqlite

import "github.com/chengma/chengma/entities"

// For tests outside the package.

// Bounds is the envelope of WKB without decoding it.
var Bounds = entities.BoundsOfWKB

// Hilbert is the place of a box on the curve.
var Hilbert = hilbert

// SetLimits makes reading go its other ways.
func SetLimits(s *Store, boxCodes, changed int) {
	s.limits = limits{boxCodes: boxCodes, changed: changed}
}

// Writer runs statements on the writing connection.
func Writer(s *Store, text string) error { return s.writer.pragma(text) }

// Explain returns SQLite's plan of a statement, one step a line.
func Explain(s *Store, text string) (string, error) {
	raw, err := s.writer.query(s.life, "EXPLAIN QUERY PLAN "+text)
	if err != nil {
		return "", err
	}
	plan := ""
	for raw.next() {
		plan += raw.text(3) + "\n"
	}
	return plan, raw.close()
}

// Statements are those whose plan matters, by the name of their file.
func Statements() map[string]string {
	return map[string]string{
		"version_at": versionAtSQL, "version_latest": versionLatestSQL, "versions_scan": versionsScanSQL,
		"versions_trail": versionsTrailSQL, "versions_changed": versionsChangedSQL, "version_by_id": versionByIDSQL,
		"versions_open": versionsOpenSQL, "versions_as_of": versionsAsOfSQL, "box_codes": boxCodesSQL, "extent": extentSQL,
		"aliases_open_by_key": aliasesOpenByKeySQL, "aliases_open": aliasesOpenSQL, "aliases_as_of": aliasesAsOfSQL,
		"aliases_of_key": aliasesOfKeySQL, "aliases_trail": aliasesTrailSQL, "aliases_changed": aliasesChangedSQL,
		"links_open": linksOpenSQL, "links_as_of": linksAsOfSQL, "links_trail": linksTrailSQL, "links_to_trail": linksToTrailSQL,
		"links_changed": linksChangedSQL, "links_to_changed": linksToChangedSQL, "linked_from": linkedFromSQL,
		"linked_to": linkedToSQL, "states_open": statesOpenSQL, "states_as_of": statesAsOfSQL, "search": searchSQL,
		"refusals": refusalsSQL, "refusals_settle": refusalsSettleSQL, "discrepancies": discrepanciesSQL,
		"verify_overlap": verifyOverlapSQL, "verify_refusals": verifyRefusalsSQL,
	}
}

// Permute returns the serial that the n-th of a kind gets under a key.
func Permute(key []byte, kind entities.Kind, n uint64) (uint64, error) {
	p, err := entities.NewPermutation(key, kind)
	if err != nil {
		return 0, err
	}
	return p.Of(n), nil
}
