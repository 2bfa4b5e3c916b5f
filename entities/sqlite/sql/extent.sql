-- Codes, valid times and shapes of versions of codes from ?1 to ?2 that
-- revision ?3 knows.
SELECT code, valid_from, valid_to, shape
FROM versions
WHERE code >= ?1 AND code <= ?2 AND rev_from <= ?3 AND rev_to > ?3
ORDER BY code
