-- Versions of kind ?2 that have term ?1 and all terms of the JSON array ?3, and
-- hold at instant ?4 as revision ?5 knows it; ?6 at the most, in order of ID.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class,
       CAST(v.attrs AS BLOB), v.shape, v.vertical_crs, v.repair, v.origins
FROM search_terms AS t CROSS JOIN versions AS v ON v.id = t.version
WHERE t.term = ?1 AND t.kind = ?2
  AND v.valid_from <= ?4 AND v.valid_to > ?4 AND v.rev_from <= ?5 AND v.rev_to > ?5
  AND NOT EXISTS (
    SELECT 1 FROM json_each(?3) AS j
    WHERE NOT EXISTS (
      SELECT 1 FROM search_terms AS o
      WHERE o.term = j.value AND o.kind = t.kind AND o.version = t.version
    )
  )
ORDER BY t.version
LIMIT ?6
