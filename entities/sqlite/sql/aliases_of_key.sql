-- Aliases with scheme ?1 and value ?2 that revision ?3 knew.
SELECT id, code, valid_from, valid_to, rev_from, rev_to, scheme, value, mask, source
FROM aliases
WHERE scheme = ?1 AND value = ?2 AND rev_from <= ?3 AND rev_to > ?3
ORDER BY code, valid_from, source
