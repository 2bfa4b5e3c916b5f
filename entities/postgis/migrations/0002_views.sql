-- What holds now, as the head knows it: a view for each kind, for QGIS and for
-- people who know SQL.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION city_time(instant bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN instant < -200000000000000000 THEN timestamptz '-infinity'
  WHEN instant > 9000000000000000000 THEN timestamptz 'infinity'
  ELSE timestamptz '1970-01-01 00:00:00+00' + instant / 86400000000 * interval '1 day'
     + instant % 86400000000 * interval '1 microsecond'
END;
-- +goose StatementEnd
COMMENT ON FUNCTION city_time IS 'An instant of the city as a timestamp; infinite where it is open.';

CREATE VIEW current_land AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_land
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_building AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_building
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_housing AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_housing
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_right AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_right
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_person AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_person
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_enterprise AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_enterprise
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_event AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_event
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_thing AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_thing
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_vehicle AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_vehicle
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_asset AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_asset
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_address AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_address
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_district AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_district
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
CREATE VIEW current_household AS
SELECT code, class, attrs, st_force2d(shape)::geometry(Geometry, 4326) AS shape,
       city_time(valid_from) AS valid_from, city_time(valid_to) AS valid_to
FROM versions_household
WHERE valid_from <= (extract(epoch FROM now()) * 1000000)::bigint AND valid_to > (extract(epoch FROM now()) * 1000000)::bigint
  AND rev_from <= (SELECT coalesce(max(rev), 0) FROM revisions) AND rev_to > (SELECT coalesce(max(rev), 0) FROM revisions);
