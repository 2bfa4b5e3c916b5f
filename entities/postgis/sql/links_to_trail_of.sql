-- As links_to_trail, of the near ends $1 in their order; of the first of them behind
-- ($2, $3, $4, $5). Overlapping [$6, $7); $8 revision, $9 superseded, $10 behind
-- revision, $11 at the most.
SELECT l.*
FROM unnest($1::bigint[]) WITH ORDINALITY AS j(code, n) CROSS JOIN LATERAL (
  SELECT l.id, l.from_code, l.to_code, l.valid_from, l.valid_to, l.rev_from, l.rev_to,
       l.role, l.share_num, l.share_den, l.level, l.confidence, l.source, l.method
  FROM links AS l
  WHERE l.to_code = j.code
    AND (l.role, l.from_code, l.valid_from, l.id) > (
      CASE j.n WHEN 1 THEN $2::text ELSE '' END, CASE j.n WHEN 1 THEN $3::bigint ELSE 0 END,
      CASE j.n WHEN 1 THEN $4::bigint ELSE -9223372036854775808 END, CASE j.n WHEN 1 THEN $5::bigint ELSE 0 END)
    AND l.valid_from < $7 AND l.valid_to > $6
    AND l.rev_from <= $8 AND ($9 OR l.rev_to > $8)
    AND (l.rev_from > $10 OR (l.rev_to > $10 AND l.rev_to <= $8))
  ORDER BY l.role, l.from_code, l.valid_from, l.id
  LIMIT $11
) AS l
ORDER BY j.n, l.role, l.from_code, l.valid_from, l.id
LIMIT $11
