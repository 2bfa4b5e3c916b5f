-- Stored versions of codes up to ?4, behind (?1, ?2, ?3) in order of code,
-- beginning and revision: those that revision ?5 knows, or (?6) knew once, and
-- that came or went behind revision ?7; ?8 at the most.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, cause, origin, class,
       CAST(attrs AS BLOB), shape, vertical_crs, repair, origins
FROM versions
WHERE (code, valid_from, rev_from) > (?1, ?2, ?3) AND code <= ?4
  AND rev_from <= ?5 AND (?6 OR rev_to > ?5)
  AND (rev_from > ?7 OR (rev_to > ?7 AND rev_to <= ?5))
ORDER BY code, valid_from, rev_from
LIMIT ?8
