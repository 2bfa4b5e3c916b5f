-- Stored versions of codes up to $4, behind ($1, $2, $3) in order of code,
-- beginning and revision: those that revision $5 knows, or ($6) knew once, and
-- that came or went behind revision $7; $8 at the most.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE (v.code, v.valid_from, v.rev_from) > ($1, $2, $3) AND v.code >= $1 AND v.code <= $4
  AND v.rev_from <= $5 AND ($6 OR v.rev_to > $5)
  AND (v.rev_from > $7 OR (v.rev_to > $7 AND v.rev_to <= $5))
ORDER BY v.code, v.valid_from, v.rev_from
LIMIT $8
