package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/sqlite"
)

// damagedCity makes a store with some of everything, and closes it.
//
//	revision 1: things k:0 to k:2 (versions 1 to 3: a place and a name), building
//	            k:3 (a polygon), person p:1; a refusal
//	revision 2: k:0 changed at 1000, link from k:3 on k:0
//	revision 3: k:2 frozen
func damagedCity(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "city.db")
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	batch := entities.Batch{Key: "first", Refusals: []entities.Refusal{{Source: "s", Key: "k:9", Rule: "r"}}}
	for i := range 3 {
		name := entities.Attr{Name: "name", Value: entities.String("莲花山公园")}
		batch.Acts = append(batch.Acts, point(fmt.Sprintf("k:%d", i), 114+float64(i), 22.5, name))
	}
	square := geom.NewPolygonFlat(geom.XY, []float64{113, 22, 114, 22, 114, 23, 113, 22}, []int{8})
	batch.Acts = append(batch.Acts,
		&entities.Assert{Subject: ref("k:3"), Kind: entities.Building, Over: entities.Since(0), Geometry: shape(square), Origin: entities.Origin{Source: "s"}},
		named("p:1", entities.Person, "张三"))
	if _, err := store.Apply(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	apply(t, store, "second", &entities.Assert{
		Subject: ref("k:0"), Over: entities.Since(1000), Patch: entities.NewAttrs(entities.Attr{Name: "name", Value: entities.String("莲花")}),
	}, &entities.Relate{From: ref("k:3"), Role: "on", To: []entities.Target{{To: ref("k:0")}}, Over: entities.Since(0)})
	apply(t, store, "third", &entities.Mark{Subject: ref("k:2"), State: entities.Frozen, Reason: "lawsuit"})
	clean(t, store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestVerify damages a store by hand, and asserts that the check that is there
// for it, and no other, reports it.
func TestVerify(t *testing.T) {
	thing := func(serial int) string { return fmt.Sprintf("(8 * 281474976710656 + %d)", serial) }
	damages := []struct {
		check, name, text string
	}{
		{sqlite.CheckIntegrity, "index entries gone", `PRAGMA writable_schema = ON;
			CREATE TABLE empty (code, role, to_code, valid_from);
			CREATE INDEX empty_index ON empty (code, role, to_code, valid_from);
			UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty_index') WHERE name = 'links_by_to';
			DELETE FROM sqlite_schema WHERE name IN ('empty', 'empty_index')`},
		{sqlite.CheckIntegrity, "stray node parent", `INSERT INTO versions_box_parent VALUES (999, 1)`},
		{sqlite.CheckRevisions, "gap", `INSERT INTO revisions SELECT 5, time, 'fifth', source, note, kinds, acts, created, updated, unchanged, minted, refused,
			west, south, east, north, erased, versions_top, aliases_top, links_top, states_top FROM revisions WHERE rev = 3;
			INSERT INTO batches VALUES ('fifth', 5, 0)`},
		{sqlite.CheckRevisions, "time backwards", `UPDATE revisions SET time = time - 1000000000000 WHERE rev = 2`},
		{sqlite.CheckRevisions, "batch gone", `DELETE FROM batches WHERE key = 'second'`},
		{sqlite.CheckRevisions, "batch of no revision", `INSERT INTO batches VALUES ('ghost', 9, 0)`},
		{sqlite.CheckRefusals, "refusal gone", `DELETE FROM refusals`},
		{sqlite.CheckRefusals, "refusal of no batch", `UPDATE batches SET refused = 0; UPDATE refusals SET batch = 'ghost'`},
		{sqlite.CheckOverlap, "two versions at once", `UPDATE versions SET valid_to = 2000 WHERE code = ` + thing(1) + ` AND valid_to = 1000`},
		{sqlite.CheckInterval, "empty version", `UPDATE versions SET valid_to = valid_from WHERE id = 2`},
		{sqlite.CheckInterval, "backward alias", `UPDATE aliases SET valid_to = valid_from - 1, valid_from = 0 WHERE id = 1`},
		{sqlite.CheckInterval, "empty link", `UPDATE links SET valid_to = valid_from`},
		{sqlite.CheckSpan, "version never known", `UPDATE versions SET rev_to = rev_from WHERE id = 2`},
		{sqlite.CheckSpan, "alias beyond the head", `UPDATE aliases SET rev_from = 77 WHERE id = 1`},
		{sqlite.CheckSpan, "link closed in the future", `UPDATE links SET rev_to = 77`},
		{sqlite.CheckSpan, "state of revision 0", `UPDATE code_states SET rev_from = 0;
			UPDATE codes SET rev = 0 WHERE code = (SELECT code FROM code_states)`},
		{sqlite.CheckIssued, "code forgotten", `DELETE FROM aliases WHERE value = '1'; DELETE FROM codes WHERE code = ` + thing(2)},
		{sqlite.CheckIssued, "state of nothing", `UPDATE code_states SET code = ` + thing(77)},
		{sqlite.CheckIssuable, "unissuable code", `INSERT INTO codes VALUES (6 * 281474976710656 + 987654321, 1);
			INSERT INTO serials VALUES (6, 987654322)`},
		{sqlite.CheckSerials, "sequence set back", `UPDATE serials SET next = 1 WHERE kind = 8`},
		{sqlite.CheckSerials, "sequence of persons gone", `DELETE FROM serials WHERE kind = 5`},
		{sqlite.CheckAlias, "alias of nothing", `UPDATE aliases SET code = ` + thing(77) + ` WHERE id = 1`},
		{sqlite.CheckLink, "link to nothing", `UPDATE links SET to_code = ` + thing(77)},
		{sqlite.CheckLink, "link from nothing", `UPDATE links SET from_code = ` + thing(77)},
		{sqlite.CheckState, "two states", `INSERT INTO code_states SELECT 9, code, 0, '', 0, rev_from, rev_to FROM code_states`},
		{sqlite.CheckAttributes, "broken JSON", `UPDATE versions SET attrs = '{"name":' WHERE code >> 48 = 2`},
		{sqlite.CheckAttributes, "no object", `UPDATE versions SET attrs = '[1]' WHERE code >> 48 = 2`},
		{sqlite.CheckOrigin, "origin gone", `UPDATE versions SET origin = 77 WHERE id = 2`},
		{sqlite.CheckOrigin, "origin of an attribute gone", `UPDATE versions SET origins = '{"name":77}' WHERE id = 2`},
		{sqlite.CheckGeometry, "cut WKB", `UPDATE versions SET shape = substr(shape, 1, 20) WHERE id = 2`},
		{sqlite.CheckGeometry, "four billion points", `UPDATE versions SET shape = x'0102000000FFFFFFFF00000000000000000000000000000000' WHERE id = 2`},
		{sqlite.CheckGeometry, "not on the globe", `UPDATE versions SET shape = x'0101000000000000000000F07F0000000000000000' WHERE id = 2`},
		{sqlite.CheckBoxMissing, "box gone", `DELETE FROM versions_box WHERE id = 2`},
		{sqlite.CheckBoxExtra, "box of nothing", `INSERT INTO versions_box VALUES (99, 1, 1, 1, 1, 8, 8.5)`},
		{sqlite.CheckBoxExtra, "shape gone", `UPDATE versions SET shape = NULL WHERE id = 2`},
		{sqlite.CheckBox, "box elsewhere", `UPDATE versions_box SET west = 10, east = 11 WHERE id = 2`},
		{sqlite.CheckBox, "box of another kind", `UPDATE versions_box SET kind_low = 3, kind_high = 3.5 WHERE id = 2`},
		{sqlite.CheckSearchMissing, "terms gone", `DELETE FROM search_terms WHERE version = 2`},
		{sqlite.CheckSearchExtra, "terms of nothing", `INSERT INTO search_terms VALUES ('莲花', 8, 99)`},
	}
	covered := make(map[string]bool)
	for _, damage := range damages {
		covered[damage.check] = true
		t.Run(damage.check+"/"+damage.name, func(t *testing.T) {
			path := damagedCity(t)
			edit(t, path, damage.text)
			reported := make(map[string]string)
			for _, d := range all(t, open(t, sqlite.Config{Path: path}).Verify(context.Background())) {
				reported[d.Check] = fmt.Sprintf("%s: %s", d.Code, d.Text)
			}
			if _, found := reported[damage.check]; !found || len(reported) != 1 {
				t.Errorf("reported %v, want %s alone", reported, damage.check)
			}
		})
	}
	for _, check := range sqlite.Checks() {
		if !covered[check] {
			t.Errorf("no damage is made for check %s", check)
		}
	}
}

// TestVerifyStops stops at the first damage when the caller does.
func TestVerifyStops(t *testing.T) {
	path := damagedCity(t)
	edit(t, path, "UPDATE aliases SET code = 8 * 281474976710656 + 77", "DELETE FROM versions_box")
	n := 0
	for _, err := range open(t, sqlite.Config{Path: path}).Verify(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d reports", n)
	}
	if !slices.Contains(sqlite.Checks(), sqlite.CheckAlias) {
		t.Error("Checks leaves one out")
	}
}
