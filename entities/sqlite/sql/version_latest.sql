-- The latest version of code ?1 that overlaps [?2, ?3), as revision ?4 knows it.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class,
       CAST(attrs AS BLOB), shape, vertical_crs, repair, origins
FROM versions
WHERE code = ?1 AND valid_from < ?3 AND valid_to > ?2 AND rev_from <= ?4 AND rev_to > ?4
ORDER BY valid_from DESC, rev_from DESC
LIMIT 1
