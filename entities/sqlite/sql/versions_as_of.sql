-- Versions of code ?1 that revision ?2 knew.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class,
       CAST(attrs AS BLOB), shape, vertical_crs, repair, origins
FROM versions
WHERE code = ?1 AND rev_from <= ?2 AND rev_to > ?2
ORDER BY valid_from
