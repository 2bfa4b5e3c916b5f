-- The newest revision published at or before instant ?1.
SELECT coalesce(max(rev), 0)
FROM revisions
WHERE time <= ?1
