package postgis_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/twpayne/go-geom"

	"github.com/chengma/chengma/entities"
	"github.com/chengma/chengma/entities/postgis"
)

// TestViews: what a DBA or QGIS sees of a kind is what holds now as the head knows
// it, with a shape of two dimensions and its SRID.
func TestViews(t *testing.T) {
	ctx := context.Background()
	name := schema(t)
	store := open(t, postgis.Config{Schema: name})
	g, err := entities.NewGeometry(geom.NewPointFlat(geom.XYZ, []float64{114, 22.5, 9}))
	if err != nil {
		t.Fatal(err)
	}
	now, ended, always := named("now", "now"), named("ended", "ended"), named("always", "always")
	now.Geometry, now.Over = &g, entities.Since(1_500_000_000_000_001)
	ended.Over.To = 10
	always.Over = entities.Always
	apply(t, store, "first", now, ended, always, named("wrong", "wrong"))
	apply(t, store, "second", &entities.End{Subject: entities.ByKey("k", "wrong"), Over: entities.Always, Mode: entities.Correction})
	c, err := pgx.Connect(ctx, databaseURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	rows, err := c.Query(ctx, `SELECT (attrs ->> 'name') || coalesce(' ' || public.st_asewkt(shape), '') || ' ' || valid_from || ' ' || valid_to
		FROM `+name+`.current_building ORDER BY code`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"now SRID=4326;POINT(114 22.5) 2017-07-14 02:40:00.000001+00 infinity", "always -infinity infinity"}
	if len(found) != 2 || found[0] != want[0] || found[1] != want[1] {
		t.Errorf("got %q, want %q", found, want)
	}
	for _, kind := range entities.Kinds() {
		if _, err := c.Exec(ctx, "SELECT * FROM "+name+".current_"+kind.String()); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
