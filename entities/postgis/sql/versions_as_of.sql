-- Versions of code $1 that revision $2 knew.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE v.code = $1 AND v.rev_from <= $2 AND v.rev_to > $2
ORDER BY v.valid_from
