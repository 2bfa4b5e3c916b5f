-- Versions that overlap [?3, ?4), as revision ?5 knows them, of codes up to ?6,
-- behind code ?1 and beginning ?2; in order, ?7 at the most.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class,
       CAST(attrs AS BLOB), shape, vertical_crs, repair, origins
FROM versions
WHERE (code, valid_from) > (?1, ?2) AND code <= ?6
  AND valid_from < ?4 AND valid_to > ?3 AND rev_from <= ?5 AND rev_to > ?5
ORDER BY code, valid_from
LIMIT ?7
