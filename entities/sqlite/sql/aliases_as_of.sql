-- Aliases of code ?1 that revision ?2 knew.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, scheme, value, mask, source
FROM aliases
WHERE code = ?1 AND rev_from <= ?2 AND rev_to > ?2
ORDER BY scheme, value, valid_from, id
