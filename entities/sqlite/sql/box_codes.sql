-- Codes with a version in a box (?1 west, ?2 south, ?3 east, ?4 north), of kinds
-- from ?5 to ?6, that overlaps [?7, ?8), as revision ?9 knows it; ?10 at the most.
SELECT DISTINCT v.code
FROM versions_box AS b CROSS JOIN versions AS v ON v.id = b.id
WHERE b.west <= ?3 AND b.east >= ?1 AND b.south <= ?4 AND b.north >= ?2
  AND b.kind_low >= ?5 AND b.kind_low <= ?6
  AND v.valid_from < ?8 AND v.valid_to > ?7 AND v.rev_from <= ?9 AND v.rev_to > ?9
LIMIT ?10
