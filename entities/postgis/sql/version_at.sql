-- The version of code $1 at instant $2, as revision $3 knows it.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE v.code = $1 AND v.valid_from <= $2 AND v.valid_to > $2 AND v.rev_from <= $3 AND v.rev_to > $3
ORDER BY v.valid_from DESC, v.rev_from DESC
LIMIT 1
