-- Links of near ends up to ?6, behind (?1, ?2, ?3, ?4, ?5) in order of near end
-- (from_code), role, far end, beginning and ID, that overlap [?7, ?8): those that
-- revision ?9 knows, or (?10) knew once, and that came or went behind revision
-- ?11; ?12 at the most.
SELECT id, from_code, to_code, valid_from, valid_to, rev_from, rev_to,
       role, share_num, share_den, level, confidence, source, method
FROM links
WHERE (from_code, role, to_code, valid_from, id) > (?1, ?2, ?3, ?4, ?5) AND from_code <= ?6
  AND valid_from < ?8 AND valid_to > ?7
  AND rev_from <= ?9 AND (?10 OR rev_to > ?9)
  AND (rev_from > ?11 OR (rev_to > ?11 AND rev_to <= ?9))
ORDER BY from_code, role, to_code, valid_from, id
LIMIT ?12
