-- Versions of codes behind $1 and up to $2 that overlap [$3, $4), as revision $5
-- knows them; in order of code and beginning, $6 at the most.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE v.code > $1 AND v.code <= $2 AND v.valid_from < $4 AND v.valid_to > $3 AND v.rev_from <= $5 AND v.rev_to > $5
ORDER BY v.code, v.valid_from
LIMIT $6
