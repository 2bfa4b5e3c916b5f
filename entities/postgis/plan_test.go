package postgis_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/chengma/chengma/entities/postgis"
)

// planRows is how many buildings the plans are made for: enough that reading all
// of them is never the cheapest way.
const planRows = 200_000

// crowd fills a schema with planRows buildings, most of them changed once, with an
// alias and a link to one of 1,000 parcels, by statements of the server's own.
func crowd(t *testing.T, name string) {
	t.Helper()
	const building, land = "562949953421312", "281474976710656"
	admin(t, "SET search_path = "+name+", public",
		`INSERT INTO `+name+`.revisions SELECT r, r, r, '', '', '{2}', 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, '{}' FROM generate_series(1, 200) AS r`,
		`INSERT INTO `+name+`.batches SELECT r, r, 0 FROM generate_series(1, 200) AS r`,
		`INSERT INTO `+name+`.origins (source, collected, document) SELECT 'register', d, '' FROM generate_series(1, 1000) AS d`,
		fmt.Sprintf(`INSERT INTO %s.codes SELECT %s + i, 1 + i %% 100 FROM generate_series(1, %d) AS i`, name, building, planRows),
		fmt.Sprintf(`INSERT INTO %s.versions (code, valid_from, valid_to, rev_from, rev_to, cause, origin, class, attrs, shape, terms)
			SELECT %s + i, CASE v WHEN 0 THEN 0 ELSE 1000 END, CASE v WHEN 0 THEN 1000 ELSE 9223372036854775807 END,
				1 + i / 2000 + v * 100, CASE WHEN v = 0 AND i %% 50 = 0 THEN 150 ELSE 9223372036854775807 END, 0, 1, 'natural', '{"height":3}',
				st_makeenvelope(x, y, x + 0.0004, y + 0.0004, 4326), ARRAY[chr(19968 + i %% 900) || chr(19968 + i / 900), '路']
			FROM generate_series(1, %d) AS i, generate_series(0, 1) AS v,
				LATERAL (SELECT 114 + (i %% 450) * 0.0005 AS x, 22.4 + (i / 450) * 0.0005 AS y) AS p`, name, building, planRows),
		fmt.Sprintf(`INSERT INTO %s.aliases (code, valid_from, valid_to, rev_from, scheme, value, mask, source)
			SELECT %s + i, 0, 9223372036854775807, 1 + i / 2000, 'bdc', 'unit-' || i, '', '' FROM generate_series(1, %d) AS i`, name, building, planRows),
		fmt.Sprintf(`INSERT INTO %s.links (from_code, to_code, valid_from, valid_to, rev_from, role, share_num, share_den, level, confidence, source, method)
			SELECT %s + i, %s + i %% 1000, 0, 9223372036854775807, 1 + i / 2000, 'on', 0, 0, 0, 1, '', 'key' FROM generate_series(1, %d) AS i`,
			name, building, land, planRows),
		fmt.Sprintf(`INSERT INTO %s.code_states (code, state, reason, same_as, rev_from) SELECT %s + i, 2, '', 0, 1 FROM generate_series(1, 20000) AS i`, name, building),
		fmt.Sprintf(`INSERT INTO %s.refusals (batch, rev, run, source, file, line, key, rule, field, value, zh, en, partial)
			SELECT i %% 200, 1, 1, 's', 'f', i, 'k:' || i, 'r', '', '', '', '', false FROM generate_series(1, 20000) AS i`, name),
		fmt.Sprintf(`INSERT INTO %s.discrepancies (rev, code, name, valid_from, valid_to, kept, kept_source, other, other_source)
			SELECT 1, %s + i, 'v', 0, 1, '1', '', '2', '' FROM generate_series(1, 20000) AS i`, name, building),
		"VACUUM ANALYZE",
	)
}

// TestPlans asserts, for every statement on the way of a request and with what a
// request would ask, which index leads it, and that no large table is read whole.
func TestPlans(t *testing.T) {
	if testing.Short() {
		t.Skip("loads 400,000 versions")
	}
	name := schema(t)
	open(t, postgis.Config{Schema: name})
	crowd(t, name)
	ctx := context.Background()
	c, err := pgx.Connect(ctx, databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, "SET search_path = "+name+", public; SET max_parallel_workers_per_gather = 0; SET jit = off"); err != nil {
		t.Fatal(err)
	}
	const (
		first = int64(562949953421312)
		last  = first + 1<<48 - 1
		land  = int64(281474976710656 + 7)
		code  = first + 4242
		ever  = int64(9223372036854775807)
		never = -ever - 1
		head  = int64(200)
		at    = int64(2000)
	)
	codes := []int64{code, code + 7, code + 70_000}
	byCode, byFrom, byTo := "versions_building_pkey", "links_by_from", "links_by_to"
	for _, test := range []struct {
		statement string
		args      []any
		index     []string // each must be in the plan
	}{
		{"version_at", []any{code, at, head}, []string{byCode}},
		{"versions_latest", []any{codes, at, at + 1, head}, []string{byCode}},
		{"versions_scan", []any{code, last, at, at + 1, head, int64(64)}, []string{byCode}},
		{"versions_scan", []any{code, last, at, at + 1, head, int64(2048)}, []string{byCode}},
		{"versions_scan", []any{code, last, int64(0), ever, head, int64(2048)}, []string{byCode}},
		{"versions_open", []any{codes}, []string{byCode}},
		{"versions_as_of", []any{code, head}, []string{byCode}},
		{"versions_trail", []any{code, never, int64(0), last, head, true, int64(0), int64(2048)}, []string{byCode}},
		{"versions_trail_of", []any{codes, never, int64(0), head, true, int64(0), int64(2048)}, []string{byCode}},
		{"versions_changed", []any{head - 1, head, int64(1 << 20)}, []string{"versions_building_rev_from_idx", "versions_building_rev_to_idx"}},
		{"box_codes", []any{114.1, 22.5, 114.11, 22.51, first, last, at, at + 1, head, int64(100_001)}, []string{"versions_building_shape_idx"}},
		{"search", []any{first, last, []string{"一丁", "路"}, at, head, int64(10_000)}, []string{"versions_building_terms_idx"}},
		{"code_alive", []any{code, head}, []string{byCode}},
		{"code_issued", []any{code}, []string{"codes_pkey"}},
		{"codes_issued", []any{codes}, []string{"codes_pkey"}},
		{"aliases_open", []any{codes}, []string{"aliases_by_code"}},
		{"aliases_open_by_key", []any{"bdc", []string{"unit-7", "unit-9", "none"}}, []string{"aliases_by_key"}},
		{"aliases_as_of", []any{code, head}, []string{"aliases_by_code"}},
		{"aliases_of_key", []any{"bdc", "unit-7", head}, []string{"aliases_by_key"}},
		{"aliases_of_keys", []any{[]string{"bdc", "bdc"}, []string{"unit-7", "unit-9"}, head}, []string{"aliases_by_key"}},
		{"aliases_trail", []any{code, "", "", never, int64(0), last, never, ever, head, true, int64(0), int64(2048)}, []string{"aliases_by_code"}},
		{"aliases_trail_of", []any{codes, "", "", never, int64(0), never, ever, head, true, int64(0), int64(2048)}, []string{"aliases_by_code"}},
		{"aliases_changed", []any{int64(99), head, int64(1 << 20)}, []string{"aliases_opened", "aliases_closed"}},
		{"links_open", []any{codes}, []string{byFrom}},
		{"links_as_of", []any{code, head}, []string{byFrom}},
		{"links_trail", []any{code, "", int64(0), never, int64(0), last, never, ever, head, true, int64(0), int64(2048)}, []string{byFrom}},
		{"links_to_trail", []any{land, "", int64(0), never, int64(0), last, never, ever, head, true, int64(0), int64(2048)}, []string{byTo}},
		{"links_trail_of", []any{codes, "", int64(0), never, int64(0), never, ever, head, true, int64(0), int64(2048)}, []string{byFrom}},
		{"links_to_trail_of", []any{[]int64{land, land + 1}, "on", code, never, int64(0), never, ever, head, true, int64(0), int64(2048)}, []string{byTo}},
		{"links_changed", []any{int64(99), head, int64(1 << 20)}, []string{"links_opened", "links_closed"}},
		{"links_to_changed", []any{int64(99), head, int64(1 << 20)}, []string{"links_opened", "links_closed"}},
		{"linked_from", []any{code, "on", at, at + 1, head}, []string{byFrom}},
		{"linked_to", []any{land, "on", at, at + 1, head}, []string{byTo}},
		{"linked_to", []any{land, "", at, at + 1, head}, []string{byTo}},
		{"states_open", []any{codes}, []string{"code_states_by_code"}},
		{"states_as_of", []any{code, head}, []string{"code_states_by_code"}},
		{"state_changed", []any{code, head}, []string{"code_states_by_code"}},
		{"state_erased", []any{code}, []string{"code_states_by_code"}},
		{"refusals", []any{int64(700), int64(0), "", "", false, int64(64)}, []string{"refusals_pkey"}},
		{"refusals_settle", []any{"s", []string{"k:7", "k:8"}, head}, []string{"refusals_by_key"}},
		{"discrepancies", []any{int64(700), int64(64)}, []string{"discrepancies_pkey"}},
		{"versions_close", []any{[]int64{1, 2}, []int64{code, code + 1}, head}, []string{byCode}},
		{"aliases_close", []any{[]int64{1, 2}, []int64{code, code + 1}, head}, []string{"aliases_by_code"}},
		{"links_close", []any{[]int64{1, 2}, []int64{code, code + 1}, head}, []string{byFrom}},
		{"erase_versions", []any{[]int64{code}}, []string{byCode}},
		{"erase_links", []any{[]int64{code}}, []string{byFrom, byTo}},
		{"erase_refusals", []any{[]int64{code}}, []string{"aliases_by_code", "refusals_by_key"}},
	} {
		modes := []string{"force_custom_plan", "force_generic_plan"}
		if planned(test.statement) {
			modes = modes[:1]
		}
		for _, mode := range modes {
			plan := explain(t, c, mode, postgis.Statement(t, test.statement), test.args)
			for _, index := range test.index {
				if !strings.Contains(plan, " "+index+" ") && !strings.Contains(plan, " "+index+"\n") {
					t.Errorf("%s, %s: index %s is not used:\n%s", test.statement, mode, index, plan)
				}
			}
			for _, table := range wholeTable.FindAllStringSubmatch(plan, -1) {
				if slices.Contains([]string{"versions_building", "aliases", "links", "codes", "refusals", "discrepancies", "code_states"}, table[1]) {
					t.Errorf("%s, %s: all of %s is read:\n%s", test.statement, mode, table[1], plan)
				}
			}
		}
	}
}

// planned reports whether a statement is planned each time it runs.
func planned(statement string) bool {
	switch statement {
	case "versions_scan", "box_codes", "search", "linked_from", "linked_to", "codes_issued":
		return true
	}
	return strings.Contains(statement, "_trail") || strings.HasSuffix(statement, "_changed")
}

var wholeTable = regexp.MustCompile(`Seq Scan on (\w+)`)

// explain returns the plan of a prepared statement, with the arguments known to
// the planner or not.
func explain(t *testing.T, c *pgx.Conn, mode, text string, args []any) string {
	t.Helper()
	ctx := context.Background()
	literals := make([]string, len(args))
	for i, arg := range args {
		literals[i] = literal(arg)
	}
	for _, statement := range []string{"SET plan_cache_mode = " + mode, "DEALLOCATE ALL", "PREPARE p AS " + text} {
		if _, err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	rows, err := c.Query(ctx, "EXPLAIN (COSTS OFF) EXECUTE p ("+strings.Join(literals, ", ")+")", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.Join(lines, "\n") + "\n"
}

func literal(arg any) string {
	switch v := arg.(type) {
	case string:
		return "'" + v + "'"
	case []string:
		return "'{" + strings.Join(v, ",") + "}'"
	case []int64:
		return "'" + strings.NewReplacer("[", "{", "]", "}", " ", ",").Replace(fmt.Sprint(v)) + "'"
	}
	return fmt.Sprint(arg)
}
