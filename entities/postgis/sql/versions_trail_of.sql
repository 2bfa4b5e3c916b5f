-- As versions_trail, of the codes $1 in their order; of the first of them behind
-- ($2, $3). $4 revision, $5 superseded, $6 behind revision, $7 at the most.
SELECT v.*
FROM unnest($1::bigint[]) WITH ORDINALITY AS j(code, n) CROSS JOIN LATERAL (
  SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
  FROM versions AS v
  WHERE v.code = j.code
    AND (v.valid_from, v.rev_from) > (CASE j.n WHEN 1 THEN $2::bigint ELSE -9223372036854775808 END, CASE j.n WHEN 1 THEN $3::bigint ELSE 0 END)
    AND v.rev_from <= $4 AND ($5 OR v.rev_to > $4)
    AND (v.rev_from > $6 OR (v.rev_to > $6 AND v.rev_to <= $4))
  ORDER BY v.valid_from, v.rev_from
  LIMIT $7
) AS v
ORDER BY j.n, v.valid_from, v.rev_from
LIMIT $7
