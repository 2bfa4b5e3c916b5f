-- The version of code ?1 at instant ?2, as revision ?3 knows it.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class,
       CAST(attrs AS BLOB), shape, vertical_crs, repair, origins
FROM versions
WHERE code = ?1 AND valid_from <= ?2 AND valid_to > ?2 AND rev_from <= ?3 AND rev_to > ?3
ORDER BY valid_from DESC, rev_from DESC
LIMIT 1
