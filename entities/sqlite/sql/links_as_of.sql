-- Links from code ?1 that revision ?2 knew.
SELECT id, from_code, to_code, valid_from, valid_to, rev_from, rev_to,
       role, share_num, share_den, level, confidence, source, method
FROM links
WHERE from_code = ?1 AND rev_from <= ?2 AND rev_to > ?2
ORDER BY role, to_code, valid_from, id
