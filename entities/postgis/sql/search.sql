-- Versions of codes from $1 to $2 that have all of the terms $3 and hold at instant
-- $4, as revision $5 knows it; $6 at the most, those first that came first.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE v.code >= $1 AND v.code <= $2 AND v.terms @> $3::text[]
  AND v.valid_from <= $4 AND v.valid_to > $4 AND v.rev_from <= $5 AND v.rev_to > $5
ORDER BY v.id
LIMIT $6
