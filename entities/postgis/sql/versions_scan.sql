-- Of codes behind $1 and up to $2 the latest version that overlaps [$3, $4), as
-- revision $5 knows it; in order of code, $6 at the most.
SELECT DISTINCT ON (v.code) v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE v.code > $1 AND v.code <= $2 AND v.valid_from < $4 AND v.valid_to > $3 AND v.rev_from <= $5 AND v.rev_to > $5
ORDER BY v.code, v.valid_from DESC, v.rev_from DESC
LIMIT $6
