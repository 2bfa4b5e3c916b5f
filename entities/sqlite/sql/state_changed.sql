-- The newest revision up to ?2 at which a state of code ?1 began or ended.
SELECT coalesce(max(max(rev_from, iif(rev_to <= ?2, rev_to, 0))), 0)
FROM code_states
WHERE code = ?1 AND rev_from <= ?2
