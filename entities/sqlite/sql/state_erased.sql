-- Whether code ?1 was ever erased.
SELECT rev_from
FROM code_states
WHERE code = ?1 AND state = 4
