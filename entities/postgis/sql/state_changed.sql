-- The newest revision up to $2 at which a state of code $1 began or ended.
SELECT coalesce(max(greatest(rev_from, CASE WHEN rev_to <= $2 THEN rev_to ELSE 0 END)), 0)
FROM code_states
WHERE code = $1 AND rev_from <= $2
