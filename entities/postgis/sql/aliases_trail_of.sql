-- As aliases_trail, of the codes $1 in their order; of the first of them behind
-- ($2, $3, $4, $5). Overlapping [$6, $7); $8 revision, $9 superseded, $10 behind
-- revision, $11 at the most.
SELECT a.*
FROM unnest($1::bigint[]) WITH ORDINALITY AS j(code, n) CROSS JOIN LATERAL (
  SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
  FROM aliases AS a
  WHERE a.code = j.code
    AND (a.scheme, a.value, a.valid_from, a.id) > (
      CASE j.n WHEN 1 THEN $2::text ELSE '' END, CASE j.n WHEN 1 THEN $3::text ELSE '' END,
      CASE j.n WHEN 1 THEN $4::bigint ELSE -9223372036854775808 END, CASE j.n WHEN 1 THEN $5::bigint ELSE 0 END)
    AND a.valid_from < $7 AND a.valid_to > $6
    AND a.rev_from <= $8 AND ($9 OR a.rev_to > $8)
    AND (a.rev_from > $10 OR (a.rev_to > $10 AND a.rev_to <= $8))
  ORDER BY a.scheme, a.value, a.valid_from, a.id
  LIMIT $11
) AS a
ORDER BY j.n, a.scheme, a.value, a.valid_from, a.id
LIMIT $11
