-- Of each of the codes $1 the latest version that overlaps [$2, $3), as revision
-- $4 knows it.
SELECT v.*
FROM unnest($1::bigint[]) AS j(code) CROSS JOIN LATERAL (
  SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
  FROM versions AS v
  WHERE v.code = j.code AND v.valid_from < $3 AND v.valid_to > $2 AND v.rev_from <= $4 AND v.rev_to > $4
  ORDER BY v.valid_from DESC, v.rev_from DESC
  LIMIT 1
) AS v
