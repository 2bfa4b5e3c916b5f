-- Codes from $5 to $6 with a version whose envelope meets a box ($1 west, $2 south,
-- $3 east, $4 north) and that overlaps [$7, $8), as revision $9 knows it; $10 at
-- the most.
SELECT DISTINCT v.code
FROM versions AS v
WHERE v.shape && st_makeenvelope($1, $2, $3, $4, 4326) AND v.code >= $5 AND v.code <= $6
  AND v.valid_from < $8 AND v.valid_to > $7 AND v.rev_from <= $9 AND v.rev_to > $9
LIMIT $10
