package postgis_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// damagedCity makes a store with some of everything.
//
//	revision 1: things k:0 to k:2 (a place and a name), building k:3 (a polygon
//	            that is not closed), person p:1; a refusal
//	revision 2: k:0 changed at 1000, link from k:3 on k:0
//	revision 3: k:2 frozen
func damagedCity(t *testing.T, store entities.Store) {
	t.Helper()
	batch := entities.Batch{Key: "first", Refusals: []entities.Refusal{{Source: "s", Key: "k:9", Rule: "r"}}}
	place := func(key string, kind entities.Kind, shape geom.T) {
		g, err := entities.NewGeometry(shape)
		if err != nil {
			t.Fatal(err)
		}
		a := named(key, "莲花山公园")
		a.Kind, a.Geometry, a.Origin = kind, &g, entities.Origin{Source: "s"}
		batch.Acts = append(batch.Acts, a)
	}
	for i := range 3 {
		place(fmt.Sprint(i), entities.Thing, geom.NewPointFlat(geom.XY, []float64{114 + float64(i), 22.5}))
	}
	place("3", entities.Building, geom.NewPolygonFlat(geom.XY, []float64{113, 22, 114, 22, 114, 23}, []int{6}))
	person := named("p", "张三")
	person.Kind = entities.Person
	batch.Acts = append(batch.Acts, person)
	if _, err := store.Apply(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	later := named("0", "莲花")
	later.Kind, later.Over = entities.Thing, entities.Since(1000)
	apply(t, store, "second", later, &entities.Relate{
		From: entities.ByKey("k", "3"), Role: "on", To: []entities.Target{{To: entities.ByKey("k", "0")}}, Over: entities.Since(0),
	})
	apply(t, store, "third", &entities.Mark{Subject: entities.ByKey("k", "2"), State: entities.Frozen, Reason: "lawsuit"})
}

// TestVerify damages a store by hand, and asserts that the check that is there
// for it, and no other, reports it.
func TestVerify(t *testing.T) {
	name := schema(t)
	store := open(t, postgis.Config{Schema: name})
	damagedCity(t, store)
	thing := func(serial int) string { return fmt.Sprintf("(8 * 281474976710656 + %d)", serial) }
	covered := make(map[string]bool)
	for _, damage := range []struct {
		check, name, text string
	}{
		{postgis.CheckRevisions, "gap", `INSERT INTO revisions SELECT 5, time, 'fifth', source, note, kinds, acts, created, updated, unchanged, minted, refused, west, south, east, north, erased FROM revisions WHERE rev = 3; INSERT INTO batches VALUES ('fifth', 5, 0)`},
		{postgis.CheckRevisions, "time backwards", `UPDATE revisions SET time = time - 1000000000000 WHERE rev = 2`},
		{postgis.CheckRevisions, "batch gone", `DELETE FROM batches WHERE key = 'second'`},
		{postgis.CheckRevisions, "batch of no revision", `INSERT INTO batches VALUES ('ghost', 9, 0)`},
		{postgis.CheckRefusals, "refusal gone", `DELETE FROM refusals`},
		{postgis.CheckRefusals, "refusal of no batch", `UPDATE batches SET refused = 0; UPDATE refusals SET batch = 'ghost'`},
		{postgis.CheckOverlap, "two versions at once", `UPDATE versions SET valid_to = 2000 WHERE code = ` + thing(1) + ` AND valid_to = 1000`},
		{postgis.CheckInterval, "empty version", `UPDATE versions SET valid_to = valid_from WHERE code = ` + thing(2)},
		{postgis.CheckInterval, "backward alias", `UPDATE aliases SET valid_to = -1, valid_from = 0 WHERE value = '1'`},
		{postgis.CheckInterval, "empty link", `UPDATE links SET valid_to = valid_from`},
		{postgis.CheckSpan, "version never known", `UPDATE versions SET rev_to = rev_from WHERE code = ` + thing(2)},
		{postgis.CheckSpan, "alias beyond the head", `UPDATE aliases SET rev_from = 77 WHERE value = '1'`},
		{postgis.CheckSpan, "link closed in the future", `UPDATE links SET rev_to = 77`},
		{postgis.CheckSpan, "state of revision 0", `UPDATE code_states SET rev_from = 0; UPDATE codes SET rev = 0 WHERE code = (SELECT code FROM code_states)`},
		{postgis.CheckIssued, "code forgotten", `DELETE FROM aliases WHERE value = '1'; DELETE FROM codes WHERE code = ` + thing(2)},
		{postgis.CheckIssued, "state of nothing", `UPDATE code_states SET code = ` + thing(77)},
		{postgis.CheckIssuable, "unissuable code", `INSERT INTO codes VALUES (6 * 281474976710656 + 987654321, 1); INSERT INTO serials VALUES (6, 987654322)`},
		{postgis.CheckSerials, "sequence set back", `UPDATE serials SET next = 1 WHERE kind = 8`},
		{postgis.CheckSerials, "sequence of persons gone", `DELETE FROM serials WHERE kind = 5`},
		{postgis.CheckAlias, "alias of nothing", `UPDATE aliases SET code = ` + thing(77) + ` WHERE value = '1'`},
		{postgis.CheckLink, "link to nothing", `UPDATE links SET to_code = ` + thing(77)},
		{postgis.CheckLink, "link from nothing", `UPDATE links SET from_code = ` + thing(77)},
		{postgis.CheckState, "two states", `INSERT INTO code_states SELECT 9, code, 0, '', 0, rev_from, rev_to FROM code_states`},
		{postgis.CheckAttributes, "no object", `UPDATE versions SET attrs = '[1]', terms = NULL WHERE code >> 48 = 2`},
		{postgis.CheckOrigin, "origin gone", `UPDATE versions SET origin = 77 WHERE code = ` + thing(2)},
		{postgis.CheckOrigin, "origin of an attribute gone", `UPDATE versions SET origins = '{"name":77}' WHERE code = ` + thing(2)},
		{postgis.CheckGeometry, "cut WKB", `UPDATE versions SET exact = substr(exact, 1, 20) WHERE code >> 48 = 2`},
		{postgis.CheckGeometry, "not on the globe", `UPDATE versions SET shape = st_point(500, 0, 4326) WHERE code = ` + thing(2)},
		{postgis.CheckGeometry, "measured", `UPDATE versions SET shape = st_geomfromtext('POINT M (1 1 1)', 4326) WHERE code = ` + thing(2)},
		{postgis.CheckBox, "stand-in elsewhere", `UPDATE versions SET shape = st_point(1, 1, 4326) WHERE code >> 48 = 2`},
		{postgis.CheckSearch, "terms gone", `UPDATE versions SET terms = NULL WHERE code = ` + thing(2)},
		{postgis.CheckSearch, "other terms", `UPDATE versions SET terms = '{莲花}' WHERE code >> 48 = 5`},
	} {
		covered[damage.check] = true
		t.Run(damage.check+"/"+damage.name, func(t *testing.T) {
			restore := saved(t, name)
			defer restore()
			admin(t, append([]string{"SET search_path = " + name + ", public"}, strings.Split(damage.text, "; ")...)...)
			reported := make(map[string]string)
			for d, err := range open(t, postgis.Config{Schema: name}).Verify(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				reported[d.Check] = fmt.Sprintf("%s: %s", d.Code, d.Text)
			}
			if _, found := reported[damage.check]; !found || len(reported) != 1 {
				t.Errorf("reported %v, want %s alone", reported, damage.check)
			}
		})
	}
	for _, check := range postgis.Checks() {
		if !covered[check] {
			t.Errorf("no damage is made for check %s", check)
		}
	}
	for damage, err := range store.Verify(context.Background()) {
		t.Errorf("after all is put back: %+v, error %v", damage, err)
	}
}

// saved copies the tables of a schema and returns what puts them back.
func saved(t *testing.T, name string) func() {
	t.Helper()
	tables := []string{"revisions", "batches", "codes", "serials", "origins", "versions", "aliases", "links", "code_states", "refusals"}
	save, back := []string{"SET search_path = " + name + ", public"}, []string{"SET search_path = " + name + ", public"}
	for _, table := range tables {
		save = append(save, "CREATE TABLE saved_"+table+" AS TABLE "+table)
		back = append(back, "DELETE FROM "+table, "INSERT INTO "+table+" TABLE saved_"+table, "DROP TABLE saved_"+table)
	}
	admin(t, save...)
	return func() { admin(t, back...) }
}
